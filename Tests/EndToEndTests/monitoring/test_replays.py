"""Replays: a candidate answers logged requests, compared with NumPy."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from math import exp, log1p
from pathlib import Path
from typing import Any

import native_functions
import numpy as np
import pytest
import small_onnx
from command import Command
from harness import DATA, Api, Server, answered, refused, tensor, until
from monitored import complement, echo, exported, infer, labels, negated, outputs, report, verified

import roost


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("replay-echo", echo())
    api.upload("replay-complement", complement())
    api.upload("replay-failing", small_onnx.failing_model(1, "x"))
    return api


def replay(client: Api, pipeline: str, candidate: str, **more: Any) -> Any:
    return report(client, pipeline, kind="replay", candidate=candidate, **more)


def bettor(differences: list[float]) -> tuple[float, float]:
    """Returns the maximal evidence that a candidate is better, and that it is worse."""
    total = squares = 0.0
    logs, best = {1: 0.0, -1: 0.0}, {1: 0.0, -1: 0.0}
    for difference in differences:
        for side in logs:
            bet = min(max(side * total / (squares + 1), 0), 0.9)
            logs[side] += log1p(bet * side * difference)
            best[side] = max(best[side], logs[side])
        total, squares = total + difference, squares + difference**2
    return exp(best[1]), exp(best[-1])


def test_a_worse_candidate_is_worse_on_labeled_requests(client: Api) -> None:
    client.serve("replay-worse", ["replay-echo"], goal={"metric": "accuracy"}, labels={"type": "class"})
    dice = random.Random(3)
    values = [dice.random() for _ in range(150)]
    for index, value in enumerate(values):
        infer(client, "replay-worse", f"i{index}", [value])
    truth = {f"i{index}": int(dice.random() < value) for index, value in enumerate(values)}
    labels(client, "replay-worse", truth)
    found = replay(client, "replay-worse", "replay-complement")
    assert (found["kind"], found["entries"]) == ("replay", 150)
    (pair,) = found["shadow"]["challengers"]
    assert (pair["name"], pair["champion"], pair["requests"]) == ("replay-complement", "replay-echo", 150)
    logged = {entry["id"]: outputs(entry)[0] for entry in exported(client, "replay-worse")}
    right = [int((logged[id] >= 0.5) == bool(label)) for id, label in truth.items()]
    ours = [int((1 - logged[id] >= 0.5) == bool(label)) for id, label in truth.items()]
    goal = pair["goal"]
    assert goal["goal"] == {"metric": "accuracy"}
    assert goal["is_declared"]
    assert goal["units"] == 150
    assert goal["champion_goal"]["value"] == pytest.approx(np.mean(right), rel=1e-12)
    assert goal["challenger_goal"]["value"] == pytest.approx(np.mean(ours), rel=1e-12)
    differences = [float(two - one) for one, two in zip(right, ours, strict=True)]
    assert goal["difference"]["value"] == pytest.approx(np.mean(differences), rel=1e-12)
    assert goal["differing"] == np.count_nonzero(differences)
    better, worse = bettor(differences)
    assert goal["better"]["maximum"] == pytest.approx(better, rel=1e-9)
    assert goal["worse"]["maximum"] == pytest.approx(worse, rel=1e-9)
    assert worse > 20 > better
    # Nothing of it is in the log, and the report can be computed again.
    assert len(exported(client, "replay-worse")) == 150
    after = verified(client, found["id"])
    assert (after["is_reproduced"], after["log_agrees"]) == (True, True), after


def test_an_equal_candidate_differs_in_nothing(client: Api) -> None:
    client.serve("replay-equal", ["replay-echo"], validations=[("small", "replay-echo.outputs[0][0] < 0.5")])
    for index in range(20):
        infer(client, "replay-equal", f"i{index}", [index / 20])
    found = replay(client, "replay-equal", "replay-echo", goal={"metric": "check_failures"})
    (pair,) = found["shadow"]["challengers"]
    assert pair["differences"] == {"mean": 0, "p95": 0, "largest": 0}
    assert pair["failures"]["value"] == 0
    goal = pair["goal"]
    assert not goal["is_declared"]
    assert (goal["units"], goal["differing"], goal["difference"]["value"]) == (20, 0, 0)
    assert goal["champion_goal"]["value"] == goal["challenger_goal"]["value"] == 0.5
    assert goal["better"] == goal["worse"] == {"maximum": 1, "p_value": 1}


def test_the_newest_requests_of_the_window_are_replayed(client: Api) -> None:
    client.serve("replay-newest", ["replay-echo"])
    for index in range(30):
        infer(client, "replay-newest", f"i{index}", [index])
    found = replay(client, "replay-newest", "replay-complement", requests=10)
    assert found["entries"] == 10
    shown = {each["id"] for each in found["shadow"]["challengers"][0]["disagreements"]}
    assert shown == {f"i{index}" for index in range(20, 30)}
    assert "goal" not in found["shadow"]["challengers"][0]


def test_a_failure_is_the_worst_outcome(client: Api) -> None:
    client.serve("replay-failures", ["replay-echo"])
    for index in range(30):
        infer(client, "replay-failures", f"i{index}", [float(index % 3)])
    found = replay(client, "replay-failures", "replay-failing", goal={"metric": "outputs[0][0] >= 0"})
    (pair,) = found["shadow"]["challengers"]
    failures = pair["failures"]["value"]
    assert 0 < failures < 1
    goal = pair["goal"]
    assert (goal["units"], goal["champion_goal"]["value"]) == (30, 1)
    assert goal["challenger_goal"]["value"] == pytest.approx(1 - failures)
    errors = replay(client, "replay-failures", "replay-failing", goal={"metric": "errors"})
    assert errors["shadow"]["challengers"][0]["goal"]["challenger_goal"]["value"] == pytest.approx(failures)


def test_what_the_log_does_not_hold_in_full_is_left_out(client: Api) -> None:
    client.upload("replay-wide", echo(2))
    client.serve("replay-hidden", ["replay-wide"], log={"mask": ["x"]})
    infer(client, "replay-hidden", "masked", [1, 2])
    request = {"kind": "replay", "candidate": "replay-wide"}
    refused(client.post("/v1/pipelines/replay-hidden/reports", json=request), 400, "start", "that the log hides")
    client.serve("replay-hidden", ["replay-wide"], log={"keep": {"first_rows": 1}})
    client.infer("replay-hidden", {"x": [[1, 2], [3, 4]]})
    infer(client, "replay-hidden", "whole", [5, 6])
    infer(client, "replay-hidden", "whole", [7, 8])
    found = replay(client, "replay-hidden", "replay-wide")
    assert found["entries"] == 1
    notes = " ".join(found["notes"])
    for reason in ["1 requests that have inputs that the log hides", "1 requests that are not in the log in full"]:
        assert reason in notes
    assert "1 requests that have an id that a newer one has too" in notes


def test_other_champions_and_champions_of_splits(client: Api) -> None:
    client.upload("replay-negated", negated())
    client.serve("replay-split", ["replay-negated"])
    infer(client, "replay-split", "old", [1])
    choices = [{"model": "replay-echo", "weight": 1}, {"model": "replay-complement", "weight": 1}]
    client.serve("replay-split", [{"random_split": {"models": choices, "hash_key": "user"}}])
    for index in range(40):
        infer(client, "replay-split", f"i{index}", [index / 40], user=f"u{index % 10}")
    answers = {entry["id"]: entry["model_name"] for entry in exported(client, "replay-split")}
    found = replay(client, "replay-split", "replay-negated", goal={"metric": "outputs[0][0] < 0.5"})
    mine = [id for id, model in answers.items() if model == "replay-echo"]
    assert found["entries"] == len(mine)
    (pair,) = found["shadow"]["challengers"]
    # A unit is a value of the hash key.
    assert pair["goal"]["units"] == len({int(id[1:]) % 10 for id in mine})
    assert f"{41 - len(mine)} requests that were answered by another model" in " ".join(found["notes"])


def test_a_step_of_several_and_functions_of_none(client: Api) -> None:
    client.serve("replay-chain", ["replay-complement", "replay-echo"])
    for index in range(5):
        infer(client, "replay-chain", f"i{index}", [index])
    request = {"kind": "replay", "candidate": "replay-echo"}
    url = "/v1/pipelines/replay-chain/reports"
    refused(client.post(url, json=request), 400, "replaces", "one of replay-complement, replay-echo")
    found = replay(client, "replay-chain", "replay-echo", replaces="replay-complement")
    (pair,) = found["shadow"]["challengers"]
    assert pair["differences"]["largest"] == 7
    refused(client.post(url, json=request | {"replaces": "x"}), 400, "replaces", "no single model 'x'")


def test_a_candidate_that_does_not_fit_is_refused(client: Api) -> None:
    client.upload("replay-two", echo(2))
    client.serve(
        "replay-refused", ["replay-echo"], labels={"type": "class"}, goal={"metric": "latency", "budget_ms": 1}
    )
    url = "/v1/pipelines/replay-refused/reports"
    good: dict[str, Any] = {"kind": "replay", "candidate": "replay-complement"}
    refused(client.post(url, json=good), 400, "start", "no request of pipeline 'replay-refused'")
    infer(client, "replay-refused", "one", [1])
    changes: list[tuple[dict[str, Any], str, str]] = [
        ({"candidate": "replay-two"}, "candidate", "takes"),
        ({"candidate": "nothing@v9"}, "candidate", "nothing"),
        ({"candidate": "replay-echo@v9"}, "candidate", "v9"),
        ({"candidate": None}, "candidate", "needs a 'candidate'"),
        ({"requests": 0}, "requests", "between 1 and 100000"),
        ({"requests": 100_001}, "requests", "between 1 and 100000"),
        ({"goal": {"metric": "latency", "budget_ms": 1}}, "goal", "Choose another goal"),
        ({"goal": {"metric": "outputs[7][0] > 0"}}, "metric", "outputs"),
        ({"guardrails": []}, "guardrails", "cannot be used in a report of kind 'replay'"),
        ({"experiment": "x"}, "experiment", "cannot be used"),
        ({"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, "start", "before"),
    ]
    for change, field, text in changes:
        refused(client.post(url, json=good | change), 404 if "@v9" in str(change) else 400, field, text)
    refused(client.post(url, json={"kind": "shadow", "requests": 5}), 400, "requests", "of kind 'shadow'")
    refused(client.post(url, json={"kind": "experiment", "candidate": "replay-echo"}), 400, "candidate")
    # The kind follows from the candidate. A latency that was declared is left out.
    found = answered(client.post(url, json={"candidate": "replay-complement"}), 201)
    assert found["kind"] == "replay"
    assert "So the pipeline's goal is left out." in " ".join(found["notes"])
    picture = client.get(f"/v1/reports/{found['id']}/picture").text
    assert "Replay report" in picture


def test_the_goal_of_a_shadow_deploy(client: Api) -> None:
    step = {"shadow_deploy": {"champion": "replay-echo", "challengers": ["replay-complement"]}}
    client.serve("replay-shadow", [step], goal={"metric": "outputs[0][0] > 0.25"})
    values = [index / 50 for index in range(50)]
    for index, value in enumerate(values):
        infer(client, "replay-shadow", f"i{index}", [value])
    until(lambda: len(exported(client, "replay-shadow")) == 100, "all challengers have run")
    found = report(client, "replay-shadow")
    (pair,) = found["shadow"]["challengers"]
    exact = np.array(values, dtype=np.float32)
    differences = (np.float32(1) - exact > 0.25).astype(float) - (exact > 0.25)
    assert pair["goal"]["units"] == 50
    assert pair["goal"]["difference"]["value"] == pytest.approx(differences.mean())
    assert pair["goal"]["better"]["maximum"] == pytest.approx(bettor(differences.tolist())[0], rel=1e-9)
    after = verified(client, found["id"])
    assert (after["is_reproduced"], after["log_agrees"]) == (True, True), after
    # The same requests, replayed, say the same.
    again = replay(client, "replay-shadow", "replay-complement")["shadow"]["challengers"][0]
    assert again["goal"] == pair["goal"]
    assert again["differences"] == pair["differences"]


def test_a_candidate_that_hangs_does_not_hold_the_server_up(start_server: Callable[..., Server]) -> None:
    api = start_server("--challenger-timeout", "0.5").api
    payments = json.loads((DATA / "fraud-1000.json").read_text())["tensor"]
    api.upload("dense", "fraud-dense.onnx")
    api.upload("slow", "slow-loop.onnx")
    api.serve("hanging", ["dense"])
    for index in range(8):
        headers = {"X-Roost-Inference-Id": f"i{index}"}
        # The second model of a loop takes hours if the first value is more than one half.
        api.infer("hanging", {"tensor": [[0.6, *payments[index][1:]]]}, headers=headers)
    found = report(api, "hanging", candidate="slow", goal={"metric": "errors"})
    assert found["entries"] == 5
    (pair,) = found["shadow"]["challengers"]
    assert pair["failures"]["value"] == pair["goal"]["challenger_goal"]["value"] == 1
    assert "3 requests that came after the candidate had been too slow" in " ".join(found["notes"])
    # Abandoned runs are stopped, so the next one is as before.
    api.serve("hanging", ["dense"])
    api.infer("hanging", {"tensor": [[0.4, *payments[0][1:]]]})
    again = report(api, "hanging", candidate="slow", requests=1)
    assert again["shadow"]["challengers"][0]["failures"]["value"] == 0


def test_the_command_and_the_sdk_make_replays(client: Api, tmp_path: Path) -> None:
    command = Command(client.url, tmp_path)
    client.serve("replay-shown", ["replay-echo"], goal={"metric": "outputs[0][0] > 0.5"})
    for index in range(10):
        infer(client, "replay-shown", f"i{index}", [index / 10])
    text = command("report", "replay-shown", "--candidate", "replay-complement", "--requests", "6")
    assert text.startswith("◌ Not enough data. replay-complement takes the same decision as replay-echo for")
    assert "Replay report of pipeline replay-shown\n" in text
    assert "replay-complement, replayed beside replay-echo" in text
    assert re.search(r"units +6, \d differ", text)
    sdk = roost.Client(client.url)
    pipeline = sdk.pipelines_by_name("replay-shown")[0]
    found = pipeline.report(candidate=sdk.model_by_name("replay-complement"), requests=6)
    (comparison,) = found.comparisons
    assert (found.kind, comparison.goal.units, comparison.goal.is_declared) == ("replay", 6, True)
    assert comparison.goal.better.maximum < comparison.goal.worse.maximum < 20
    assert str(found).startswith("◌ Not enough data. replay-complement takes the same decision as replay-echo for")
    assert "<svg" in found._repr_html_()
    assert list(found.to_dataframe()["challenger"]) == ["replay-complement"]
    assert found.verify()["log_agrees"]
    assert [summary.kind for summary in pipeline.reports()] == ["replay", "replay"]


def test_the_models_get_what_functions_made_of_the_requests(client: Api) -> None:
    source = "def handler(event, context):\n    return {'x': [[float(len(event['text']))]]}\n"
    name = native_functions.create(client, source)
    client.serve("replay-function", [{"function": name}, "replay-echo"])
    for text in ["a", "bb", "ccc"]:
        client.infer("replay-function", {"text": text})
    found = replay(client, "replay-function", "replay-complement")
    assert found["shadow"]["challengers"][0]["differences"]["largest"] == 5
    assert "functions of the pipeline did not run again" in " ".join(found["notes"])


def test_requests_of_all_forms_are_replayed(client: Api) -> None:
    client.serve("replay-forms", ["replay-echo"])
    client.infer("replay-forms", {"x": [[1], [2]]})
    client.infer("replay-forms", {"tensor": [[3.5]]})
    client.infer_v2("replay-forms", [tensor("x", "FP32", [[4.0], [5.0]])])
    client.infer("replay-forms", {"x": []})
    found = replay(client, "replay-forms", "replay-echo")
    (pair,) = found["shadow"]["challengers"]
    assert (found["entries"], pair["rows"]) == (4, 5)
    assert pair["differences"]["largest"] == 0


def test_validations_of_the_replaced_model_cannot_be_compared(client: Api) -> None:
    client.serve("replay-checked", ["replay-echo"], validations=[("small", "replay-echo.outputs[0][0] < 0.5")])
    infer(client, "replay-checked", "i", [1])
    url = "/v1/pipelines/replay-checked/reports"
    request = {"candidate": "replay-complement", "goal": {"metric": "check_failures"}}
    refused(client.post(url, json=request), 400, "goal", "names a model that the candidate replaces")
    assert replay(client, "replay-checked", "replay-complement")["entries"] == 1
