"""Assays: windows of the log compared with a baseline, alerts, and what survives a restart."""

from __future__ import annotations

import itertools
import json
import math
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from aws import client as aws_client
from harness import Api, Server, answered, refused, until
from monitored import echo, negated, now, split, stamp
from scipy import stats


def send(api: Api, pipeline: str, values: list[Any], rows: int = 100) -> None:
    for start in range(0, len(values), rows):
        api.infer(pipeline, {"x": [[value] for value in values[start : start + rows]]})


def normal(seed: int, count: int, mean: float = 0.0) -> list[float]:
    dice = random.Random(seed)
    return [dice.gauss(mean, 1) for _ in range(count)]


def definition(pipeline: str, values: list[Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "pipeline": pipeline,
        "metric": "inputs.x",
        "baseline": {"values": values},
        "window": "2s",
    }
    return found | more


def put(api: Api, name: str, definition: dict[str, Any], status: int = 201) -> Any:
    return answered(api.put(f"/v1/assays/{name}", json=definition), status)


def results(api: Api, name: str) -> list[Any]:
    found: list[Any] = answered(api.get(f"/v1/assays/{name}/results"), 200)["results"]
    return found


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("echo", echo())
    api.upload("negated", negated())
    return api


def preview(api: Api, definition: dict[str, Any], **query: Any) -> Any:
    return answered(api.post("/v1/assays/preview", json=definition, params=query), 200)


def one_window(api: Api, definition: dict[str, Any], end: datetime, **more: Any) -> Any:
    """Returns what an assay says about a window of a minute that ends at or after a time."""
    definition = definition | {"window": "60s", "every": "1s"} | more
    end = (end + timedelta(seconds=1)).replace(microsecond=0)
    found = preview(api, definition, start=stamp(end - timedelta(milliseconds=500)), end=stamp(end))
    (result,) = found["results"]
    return result


def test_scores_are_those_of_scipy(client: Api) -> None:
    client.serve("scores", ["echo"])
    before = np.array(normal(1, 3000), np.float32).astype(float).tolist()
    after = np.array(normal(2, 2000, 0.4), np.float32).astype(float).tolist()
    send(client, "scores", after)
    end = now()
    plain = definition("scores", before)

    found = one_window(client, plain | {"statistic": "ks"}, end)
    assert found["window"]["count"] == 2000
    assert found["score"] == pytest.approx(stats.ks_2samp(before, after).statistic, abs=1e-9)
    n, m = len(before), len(after)
    root = math.sqrt(n * m / (n + m))
    assert found["p_value"] == pytest.approx(stats.kstwobign.sf(root * found["score"]), rel=1e-6)

    found = one_window(client, plain | {"statistic": "wasserstein"}, end)
    assert found["score"] == pytest.approx(stats.wasserstein_distance(before, after) / np.std(before), abs=1e-9)

    found = one_window(client, plain, end)
    edges = np.quantile(before, np.linspace(0, 1, 11))[1:-1]
    p = np.bincount(np.digitize(before, edges, right=True), minlength=10) / n
    q = np.bincount(np.digitize(after, edges, right=True), minlength=10) / m
    assert [bin["window"] for bin in found["bins"]] == np.rint(q * m).astype(int).tolist()
    floored = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    assert found["score"] == pytest.approx(np.sum((floored[1] - floored[0]) * np.log(floored[1] / floored[0])))
    assert found["noise"] == pytest.approx(stats.chi2.ppf(0.99, 9) * (1 / n + 1 / m), rel=1e-9)
    assert found["window"]["mean"] == pytest.approx(np.mean(after), rel=1e-9)
    assert found["window"]["median"] == pytest.approx(np.median(after), rel=1e-9)
    assert found["window"]["std"] == pytest.approx(np.std(after), rel=1e-9)

    found = one_window(client, plain | {"statistic": "max_difference"}, end)
    assert found["score"] == pytest.approx(np.max(np.abs(p - q)), abs=1e-9)
    found = one_window(client, plain | {"statistic": "sum_of_differences"}, end)
    assert found["score"] == pytest.approx(np.sum(np.abs(p - q)), abs=1e-9)
    found = one_window(client, plain | {"statistic": "mean", "alert": 0.3}, end)
    assert found["score"] == pytest.approx(abs(np.mean(after) - np.mean(before)), rel=1e-9)
    assert found["p_value"] == pytest.approx(stats.ttest_ind(before, after, equal_var=False).pvalue, rel=1e-6)
    assert found["status"] == "alert"


def test_drift_alerts_and_recovers(client: Api) -> None:
    client.serve("drifting", ["echo"])
    created = put(client, "drift", definition("drifting", normal(3, 2000), window="1s"))
    assert created["level"] == "not_enough_data"
    assert created["baseline"]["count"] == 2000
    assert "baseline" not in created["definition"]

    def level() -> str:
        found: str = answered(client.get("/v1/assays/drift"), 200)["level"]
        return found

    def send_until(mean: float, wanted: str) -> None:
        limit = time.monotonic() + 30
        seed = 100
        while level() != wanted:
            assert time.monotonic() < limit, (wanted, results(client, "drift")[:5])
            seed += 1
            send(client, "drifting", normal(seed, 300, mean), rows=300)
            time.sleep(0.1)

    send_until(0, "ok")
    send_until(1, "alert")
    send_until(0, "ok")
    kinds = [
        event["kind"] for event in answered(client.get("/v1/events", params={"subject": "assay:drift"}), 200)["events"]
    ]
    # A window in which the change begins may deserve a warning only.
    assert [kind for kind in kinds if kind != "assay.warning"] == ["assay.recovered", "assay.alert"]
    shown = answered(client.get("/v1/assays", params={"pipeline": "drifting"}), 200)["assays"]
    assert [assay["name"] for assay in shown] == ["drift"]
    page = client.get("/metrics").text
    assert 'roost_assay_level{assay="drift",pipeline="drifting"} 0' in page
    ends = [result["end"] for result in results(client, "drift")]
    assert ends == sorted(set(ends), reverse=True)
    answered(client.delete("/v1/assays/drift"), 200)


def test_categories_and_missing_values(client: Api) -> None:
    client.serve("colors", [split(("echo", 1), ("negated", 1), key="color")])
    dice = random.Random(4)
    before = dice.choices(["red", "blue", "green"], [5, 4, 1], k=2000)
    base = definition("colors", before) | {"metric": "inputs.color"}
    for color in dice.choices(["red", "blue", "green", "pink"], [5, 3, 1, 1], k=300):
        client.infer("colors", {"x": [[1.0]], "color": color})
    for _ in range(100):
        client.infer("colors", {"x": [[1.0]]})
    found = one_window(client, base, now())
    assert found["window"]["missing"] == 100
    assert [new["category"] for new in found["new_categories"]] == ["pink"]
    assert found["status"] == "alert"


def test_a_baseline_from_the_log_stays(client: Api) -> None:
    client.serve("logged", ["echo"])
    start = now()
    before = normal(5, 1000)
    send(client, "logged", before)
    window = {"start": stamp(start - timedelta(seconds=1)), "end": stamp(now() + timedelta(seconds=1))}
    created = put(client, "logged", definition("logged", []) | {"baseline": window})
    assert created["baseline"]["count"] == 1000
    assert created["baseline"]["mean"] == pytest.approx(np.mean(before), abs=1e-6)
    answered(client.delete("/v1/pipelines/logged/logs"), 200)
    # The definition can be put as it was shown, and the baseline is not read again.
    shown = answered(client.get("/v1/assays/logged"), 200)["definition"]
    changed = put(client, "logged", shown | {"alert": 0.5}, status=200)
    assert changed["baseline"] == created["baseline"]
    assert answered(client.post("/v1/assays/logged/pause"), 200)["definition"]["paused"]
    assert "next_end" not in answered(client.get("/v1/assays/logged"), 200)
    assert answered(client.post("/v1/assays/logged/resume"), 200)["next_end"]


def test_a_baseline_from_a_file(client: Api) -> None:
    client.serve("filed", ["echo"])
    s3 = aws_client("s3", client.url)
    s3.create_bucket(Bucket="baselines")
    values = normal(6, 500)
    body = "age,x,name\n" + "".join(f"{index},{value!r},n{index}\n" for index, value in enumerate(values)) + "7,,n\n"
    s3.put_object(Bucket="baselines", Key="train/data.csv", Body=body.encode())
    lines = "\n".join(json.dumps({"x": value}) for value in values)
    s3.put_object(Bucket="baselines", Key="lines/data.jsonl", Body=lines.encode())
    place = {"s3_uri": "s3://baselines/train/", "column": "x"}
    for number, baseline in enumerate(
        (place, place | {"column": "1"}, place | {"s3_uri": "s3://baselines/lines/data.jsonl"})
    ):
        created = put(client, f"filed-{number}", definition("filed", []) | {"baseline": baseline})
        assert created["baseline"]["count"] == 500
        assert created["baseline"]["mean"] == pytest.approx(np.mean(values), rel=1e-9)
        assert created["definition"]["baseline"] == baseline
    for wrong, field, words in (
        (place | {"column": "y"}, "baseline.column", "The header has: age, x, name"),
        (place | {"column": "9"}, "baseline.column", "3 columns"),
        ({"s3_uri": "s3://baselines/train/"}, "baseline.column", "Say which one"),
        (place | {"s3_uri": "s3://baselines/none"}, "baseline", "no objects"),
        ({"job": "none"}, "baseline.job", "does not exist"),
    ):
        refused(
            client.put("/v1/assays/wrong", json=definition("filed", []) | {"baseline": wrong}),
            404 if "no" in words and "column" not in field else 400,
            field,
            words,
        )


def test_suggestions_say_what_would_have_fired(client: Api) -> None:
    client.serve("suggested", ["echo"])
    refused(client.post("/v1/pipelines/suggested/assays/suggestions"), 409, "pipeline", "Not enough data")
    send(client, "suggested", normal(8, 1000), rows=1)
    found = answered(client.post("/v1/pipelines/suggested/assays/suggestions"), 200)
    names = {item["definition"]["metric"]: item["name"] for item in found["suggestions"]}
    assert set(names) == {"inputs.x", "outputs[0][0]", "errors", "check_failures"}
    for item in found["suggestions"]:
        created = put(client, item["name"], item["definition"])
        assert created["baseline"]["count"] == 1000
    again = answered(client.post("/v1/pipelines/suggested/assays/suggestions"), 200)
    assert not {item["name"] for item in again["suggestions"]} & set(names.values())


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"pipeline": "none"}, "pipeline", "does not exist"),
        ({"metric": "outputs[0][9]"}, "metric", ""),
        ({"metric": "outputs[4][0]"}, "metric", ""),
        ({"metric": "x +"}, "metric", ""),
        ({"metric": "latency"}, "budget_ms", "budget_ms"),
        ({"statistic": "nothing"}, "statistic", "psi"),
        ({"statistic": "mean"}, "alert", "needs 'warn' or 'alert'"),
        ({"baseline": {}}, "baseline", "one source"),
        ({"baseline": None}, "baseline", "needs a 'baseline'"),
        ({"baseline": {"values": [1, 2, 3]}}, "baseline", "Not enough data"),
        ({"baseline": {"values": [[1]]}}, "baseline.values[0]", "a number, a string or null"),
        ({"baseline": {"values": [1] * 300, "job": "x"}}, "baseline", "one source"),
        ({"baseline": {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}}, "baseline.start", "before"),
        ({"baseline": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}}, "baseline", "Not enough data"),
        ({"window": "0s"}, "window", "1s to 366d"),
        ({"window": "9999999999w"}, "window", "1s to 366d"),
        ({"window": "soon"}, "window", "length of time"),
        ({"every": "0s"}, "every", "1s to 366d"),
        ({"cron": "every hour"}, "cron", "five fields"),
        ({"cron": "0 * * * *", "every": "1h"}, "cron", "Only one"),
        ({"cron": "0 0 31 2 *"}, "cron", "never"),
        ({"bins": {"edges": [2, 1]}}, "bins.edges", "ascending"),
        ({"bins": {"edges": []}}, "bins.edges", "edges"),
        ({"bins": {"by": "edges"}}, "bins.edges", "edges"),
        ({"bins": {"count": 1}}, "bins.count", "2 to 1000"),
        ({"warn": 0.5, "alert": 0.2}, "warn", "more than 'alert'"),
        ({"alert": -1}, "alert", "more than 0"),
        ({"alerts": 0}, "alerts", "1 to 100"),
        ({"alerts": 5, "out_of": 3}, "out_of", "less than"),
        ({"minimum": 1}, "minimum", "from 2"),
        ({"alpha": 1}, "alpha", "less than 1"),
        ({"surprise": 1}, "body", "unknown field 'surprise'"),
    ],
)
def test_bad_definitions_name_the_field(client: Api, change: dict[str, Any], field: str | None, words: str) -> None:
    if not client.get("/v1/pipelines/checked").ok:
        client.serve("checked", ["echo"])
    body = definition("checked", normal(9, 300)) | change
    body = {key: value for key, value in body.items() if value is not None}
    answer = client.put("/v1/assays/bad", json=body)
    refused(answer, 404 if change.get("pipeline") else 400, field, words)
    assert client.get("/v1/assays/bad").status_code == 404
    assert client.put("/v1/assays/-bad", json=body).status_code == 400


def test_assays_survive_kills_and_end_with_their_pipeline(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api = server.api
    api.upload("echo", echo())
    api.serve("kept", ["echo"])
    put(api, "kept", definition("kept", normal(10, 1000), window="1s", minimum=20, warn=1, alert=2))
    until(lambda: results(api, "kept"), "a first result")
    before = results(api, "kept")
    server.kill()
    time.sleep(3)
    server.start()
    api = server.api

    def continued() -> bool:
        ends = [result["end"] for result in results(api, "kept")]
        return len(ends) >= len(before) + 5

    until(continued, "the windows that were missed")
    ends = [datetime.fromisoformat(result["end"].replace("Z", "+00:00")) for result in results(api, "kept")]
    gaps = {(later - earlier).total_seconds() for later, earlier in itertools.pairwise(ends)}
    assert gaps == {1.0}
    api.undeploy("kept")
    answered(api.delete("/v1/pipelines/kept", params={"force": "true", "log": "true"}), 200)
    assert answered(api.get("/v1/assays"), 200)["assays"] == []
    assert api.get("/v1/assays/kept").status_code == 404
