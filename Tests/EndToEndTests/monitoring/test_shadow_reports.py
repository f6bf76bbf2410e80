"""Reports on shadow deploys, compared with NumPy and SciPy."""

from __future__ import annotations

import random
from math import exp, log
from typing import Any

import numpy as np
import pytest
import small_onnx
from harness import Api, answered, refused, until
from monitored import complement, echo, exported, infer, labels, negated, outputs, report, verified
from scipy import stats
from scipy.special import betaln


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("echo", echo())
    api.upload("complement", complement())
    api.upload("negated", negated())
    api.upload("failing", small_onnx.failing_model(1, "x"))
    return api


def shadowed(client: Api, name: str, count: int) -> list[dict[str, Any]]:
    """Returns the log once all challengers have run."""
    found: list[dict[str, Any]] = until(
        lambda: len(log := exported(client, name)) == count and log, f"{count} entries are logged"
    )
    return found


def test_the_numbers_of_a_report_are_those_of_the_log(client: Api) -> None:
    step = {"shadow_deploy": {"champion": "echo", "challengers": ["complement"]}}
    client.serve("monitored-shadow", [step], labels={"type": "class"})
    dice = random.Random(1)
    for index in range(120):
        rows = [[dice.random()] for _ in range(index % 2 + 1)]
        client.infer("monitored-shadow", {"x": rows}, headers={"X-Roost-Inference-Id": f"i{index}"})
    entries = shadowed(client, "monitored-shadow", 240)
    champions = {entry["id"]: outputs(entry) for entry in entries if entry["role"] == "champion"}
    challengers = {entry["id"]: outputs(entry) for entry in entries if entry["role"] == "challenger"}
    ids = [entry["id"] for entry in entries if entry["role"] == "challenger"]
    truth = {id: [int(dice.random() < 0.3 + 0.5 * (value > 0.5)) for value in champions[id]] for id in ids[:90]}
    labels(client, "monitored-shadow", truth)
    found = report(client, "monitored-shadow")
    assert (found["kind"], found["entries"]) == ("shadow", 240)
    (pair,) = found["shadow"]["challengers"]
    one = np.concatenate([champions[id] for id in ids])
    two = np.concatenate([challengers[id] for id in ids])
    assert (pair["name"], pair["champion"], pair["requests"], pair["rows"]) == ("complement", "echo", 120, len(one))
    assert pair["agreement"]["value"] == pytest.approx(np.mean((one >= 0.5) == (two >= 0.5)), rel=1e-12)
    gaps = np.abs(one - two)
    assert pair["differences"]["mean"] == pytest.approx(gaps.mean(), rel=1e-9)
    assert pair["differences"]["p95"] == pytest.approx(np.quantile(gaps, 0.95), rel=1e-9)
    assert pair["differences"]["largest"] == pytest.approx(gaps.max(), rel=1e-9)
    assert pair["rank_correlation"] == pytest.approx(stats.spearmanr(one, two).statistic, rel=1e-9)
    assert pair["failures"]["value"] == 0

    only = {"champion": 0, "challenger": 0}
    right = {"champion": 0, "challenger": 0}
    best = 0.0
    for id in ids[:90]:
        for label, first, second in zip(truth[id], champions[id], challengers[id], strict=True):
            said = {"champion": (first >= 0.5) == bool(label), "challenger": (second >= 0.5) == bool(label)}
            for side in right:
                right[side] += said[side]
            if said["champion"] != said["challenger"]:
                only["champion" if said["champion"] else "challenger"] += 1
                b, c = only.values()
                best = max(best, betaln(b + 0.5, c + 0.5) - betaln(0.5, 0.5) + (b + c) * log(2))
    compared = pair["labels"]
    total = sum(map(len, truth.values()))
    assert compared["pairs"] == total
    assert compared["champion_accuracy"]["value"] == pytest.approx(right["champion"] / total, rel=1e-12)
    assert compared["challenger_accuracy"]["value"] == pytest.approx(right["challenger"] / total, rel=1e-12)
    assert (compared["only_champion"], compared["only_challenger"]) == tuple(only.values())
    exact = stats.binomtest(only["champion"], sum(only.values())).pvalue
    assert compared["exact_p"] == pytest.approx(exact, rel=1e-9)
    assert compared["evidence"]["maximum"] == pytest.approx(exp(best), rel=1e-9)
    worst = sorted(zip(gaps + 1e6 * ((one >= 0.5) != (two >= 0.5)), one, two, strict=True), key=lambda each: -each[0])
    shown = [(each["champion"], each["challenger"]) for each in pair["disagreements"]]
    assert shown == [(pytest.approx(first), pytest.approx(second)) for _, first, second in worst[:20]]
    after = verified(client, found["id"])
    assert (after["is_reproduced"], after["log_agrees"]) == (True, True), after
    picture = client.get(f"/v1/reports/{found['id']}/picture")
    assert picture.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("settings", "decision", "agreement", "pairs"),
    [
        # Half of the rows are positive for each model, and never the same ones.
        ({"type": "class", "threshold": 0}, "outputs[0] >= 0.0", 0, 60),
        # Without a threshold, such numbers are amounts, of which a few lie between 0 and 1.
        ({"type": "class"}, None, None, None),
        ({"type": "number"}, None, None, None),
    ],
)
def test_scores_that_are_no_probabilities(
    client: Api, settings: Any, decision: str | None, agreement: float | None, pairs: int | None
) -> None:
    name = f"scores-{settings['type']}-{len(settings)}"
    client.serve(name, [{"shadow_deploy": {"champion": "echo", "challengers": ["negated"]}}], labels=settings)
    values = [index - 29.5 for index in range(60)]
    values = [value / 10 for value in values]
    for index, value in enumerate(values):
        infer(client, name, f"i{index}", [value])
    shadowed(client, name, 120)
    labels(client, name, {f"i{index}": int(value > 0) for index, value in enumerate(values)})
    (pair,) = report(client, name)["shadow"]["challengers"]
    assert pair["rows"] == 60
    assert pair.get("decision") == decision
    assert (pair.get("agreement") or {}).get("value") == agreement
    compared = pair.get("labels")
    assert (compared and compared["pairs"]) == pairs
    if pairs:
        assert (compared["champion_accuracy"]["value"], compared["challenger_accuracy"]["value"]) == (1, 0)


def test_a_label_that_fits_nothing_does_not_change_what_the_others_say(client: Api) -> None:
    client.serve("mistyped", ["echo"], labels={"type": "class", "threshold": 0.5})
    client.serve("mistyped-too", ["echo"], labels={"type": "class"})
    for name in ("mistyped", "mistyped-too"):
        for index in range(40):
            infer(client, name, f"i{index}", [index / 40])
        labels(client, name, {f"i{index}": int(index >= 20) for index in range(39)})
        labels(client, name, {"i39": "banana split!"})
        found = answered(client.get(f"/v1/pipelines/{name}/quality"), 200)
        assert (found["task"], found["counts"]["wrong_type"]) == ("binary", 1)
        (group,) = found["groups"]
        assert group["metrics"]["accuracy"] == 1
        labels(client, name, {"i39": 7})
        found = answered(client.get(f"/v1/pipelines/{name}/quality"), 200)
        assert (found["task"], found["counts"]["wrong_type"]) == ("binary", 1)


def test_quality_of_scores_needs_a_threshold_if_they_are_no_probabilities(client: Api) -> None:
    for name, settings in (("margins", {"type": "class"}), ("margins-0", {"type": "class", "threshold": 0})):
        client.serve(name, ["echo"], labels=settings)
        for index in range(40):
            infer(client, name, f"i{index}", [(index - 19.5) / 5])
        labels(client, name, {f"i{index}": int(index >= 20) for index in range(40)})
    found = answered(client.get("/v1/pipelines/margins/quality"), 200)
    assert found.get("task") is None
    assert any("Declare the threshold" in note for note in found["notes"])
    found = answered(client.get("/v1/pipelines/margins-0/quality"), 200)
    assert (found["task"], found["groups"][0]["metrics"]["accuracy"]) == ("binary", 1)


def test_failing_challengers_and_a_share_of_the_requests(client: Api) -> None:
    step = {"shadow_deploy": {"champion": "echo", "challengers": ["failing", "complement"], "share": 0.5}}
    client.serve("partly", [step])
    for index in range(300):
        infer(client, "partly", f"i{index}", [float(index % 3)])
    found = until(lambda: (made := report(client, "partly"))["entries"] > 500 and made, "challengers have run")
    by_name = {pair["name"]: pair for pair in found["shadow"]["challengers"]}
    entries = exported(client, "partly")
    for name, pair in by_name.items():
        mine = [entry for entry in entries if entry["role"] == "challenger" and entry["model_name"] == name]
        assert 100 < pair["requests"] <= len(mine) < 200
    assert by_name["failing"]["failures"]["value"] > 0.2
    assert by_name["failing"]["champion_failures"]["value"] == 0
    assert by_name["failing"]["rows"] < by_name["failing"]["requests"]


def test_a_question_that_does_not_fit_is_refused(client: Api) -> None:
    step = {"shadow_deploy": {"champion": "echo", "challengers": ["complement"]}}
    client.serve("unshadowed", [step])
    refused(client.post("/v1/pipelines/unshadowed/reports"), 400, "start", "no challengers in this window")
    for field, value in [("guardrails", []), ("experiment", "x"), ("candidate", "echo"), ("requests", 5)]:
        answer = client.post("/v1/pipelines/unshadowed/reports", json={"kind": "shadow", field: value})
        refused(answer, 400, field, "cannot be used in a report of kind 'shadow'")
    refused(client.post("/v1/pipelines/unshadowed/reports", json={"kind": "experiment"}), 400, "pipeline")
    assert answered(client.get("/v1/pipelines/unshadowed/reports"), 200)["reports"] == []
