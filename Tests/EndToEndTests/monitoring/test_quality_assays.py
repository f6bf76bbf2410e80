"""Assays on the quality of predictions, compared with scikit-learn."""

from __future__ import annotations

import math
import random
import time
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from harness import Api, answered, refused
from monitored import echo, labels, now, stamp
from scipy import stats
from sklearn import metrics

# What 0 and 1 are taken for in a logarithm.
EPSILON = float(np.finfo(np.float64).eps)


def put(api: Api, name: str, definition: dict[str, Any]) -> Any:
    return answered(api.put(f"/v1/assays/{name}", json=definition), 201)


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("echo", echo())
    return api


def last_window(api: Api, definition: dict[str, Any], start: datetime) -> Any:
    """Returns what an assay says about a window of a minute that ends a second from now."""
    definition = definition | {"window": "60s", "every": "1s"}
    body = {"start": stamp(start), "end": stamp(now() + timedelta(seconds=1))}
    return answered(api.post("/v1/assays/preview", json=definition, params=body), 200)["results"][-1]


def test_quality_metrics_can_be_watched(client: Api) -> None:
    client.serve("judged", ["echo"], labels={"type": "class", "threshold": 0.5})
    dice = random.Random(7)
    truth: dict[str, int] = {}
    for index in range(400):
        score = dice.random()
        client.infer("judged", {"x": [[score]]}, headers={"X-Roost-Inference-Id": f"j{index}"})
        truth[f"j{index}"] = int((score >= 0.5) != (dice.random() < 0.4))
    labels(client, "judged", {id: label for id, label in list(truth.items())[:300]})
    base = {
        "pipeline": "judged",
        "metric": "accuracy",
        "baseline": {"values": [1] * 95 + [0] * 5 + [1] * 100},
        "alert": 0.1,
    }
    found = last_window(client, base | {"window": "60s"}, now() - timedelta(seconds=1))
    # Inferences without a label do not count.
    assert found["window"]["count"] == 300
    assert found["status"] == "alert"
    assert found["window"]["mean"] == pytest.approx(0.6, abs=0.1)


def judge(
    client: Api, pipeline: str, prefix: str, count: int, wrong: float, seed: int
) -> tuple[list[float], list[int]]:
    """Sends scores with labels, a share of which is wrong, and returns both."""
    dice = random.Random(seed)
    scores = [round(dice.random() * 64) / 64 for _ in range(count)]
    truth = [int((score >= 0.5) != (dice.random() < wrong)) for score in scores]
    for index, score in enumerate(scores):
        client.infer(pipeline, {"x": [[score]]}, headers={"X-Roost-Inference-Id": f"{prefix}{index}"})
    labels(client, pipeline, {f"{prefix}{index}": label for index, label in enumerate(truth)})
    return scores, truth


def jackknife(values: list[float]) -> float:
    count = len(values)
    return math.sqrt((count - 1) / count * sum((value - np.mean(values)) ** 2 for value in values))


@pytest.mark.parametrize("metric", ["f1", "roc_auc", "log_loss", "precision"])
def test_quality_of_many_rows_can_be_watched(client: Api, metric: str) -> None:
    pipeline = f"graded-{metric.replace('_', '-')}"
    client.serve(pipeline, ["echo"], labels={"type": "class", "threshold": 0.5})

    def measured(scores: list[float], truth: list[int]) -> float:
        said = [int(score >= 0.5) for score in scores]
        if metric == "roc_auc":
            return float(metrics.roc_auc_score(truth, scores))
        if metric == "log_loss":
            return float(metrics.log_loss(truth, np.clip(scores, EPSILON, 1 - EPSILON)))
        return float(getattr(metrics, f"{metric}_score")(truth, said))

    def error(scores: list[float], truth: list[int]) -> float:
        """The jackknife without one of 50 groups of inferences at a time."""
        parts = [[index for index in range(len(scores)) if index % 50 != group] for group in range(50)]
        return jackknife([measured([scores[i] for i in part], [truth[i] for i in part]) for part in parts])

    start = now()
    before = judge(client, pipeline, "b", 400, 0.1, 11)
    baseline = {"start": stamp(start), "end": stamp(now())}
    time.sleep(0.01)
    base = {"pipeline": pipeline, "metric": metric, "baseline": baseline, "warn": 0.01, "alert": 0.02}
    put(client, pipeline, base | {"window": "1h"})
    middle = now()
    after = judge(client, pipeline, "w", 300, 0.35, 12)
    found = last_window(client, base, middle)
    window = (before[0] + after[0], before[1] + after[1])
    assert found["baseline"]["count"] == 400
    assert found["baseline"]["mean"] == pytest.approx(measured(*before), rel=1e-9)
    assert found["window"]["count"] == 700
    assert found["window"]["mean"] == pytest.approx(measured(*window), rel=1e-9)
    assert found["score"] == pytest.approx(abs(measured(*window) - measured(*before)), abs=1e-9)
    both = math.hypot(error(*before), error(*window))
    assert found["noise"] == pytest.approx(stats.norm.isf(0.005) * both, rel=1e-9)
    assert found["bins"] == []
    assert client.get(f"/v1/assays/{pipeline}/picture").text.startswith("<svg")


def test_quality_that_a_pipeline_does_not_have_is_refused(client: Api) -> None:
    client.serve("ungraded", ["echo"], labels={"type": "number"})
    start = now()
    judge(client, "ungraded", "u", 210, 0.1, 13)
    base = {
        "pipeline": "ungraded",
        "metric": "f1",
        "baseline": {"start": stamp(start), "end": stamp(now())},
        "window": "1h",
        "alert": 0.1,
    }

    def refuse(change: dict[str, Any], field: str, words: str) -> None:
        refused(client.put("/v1/assays/ungraded", json=base | change), 400, field, words)

    refuse({}, "metric", "Expected one of: rmse, mae, r2.")
    refuse({"baseline": {"values": [1.0] * 300}}, "baseline", "must be a window of the log")
    refuse({"statistic": "psi"}, "statistic", "leave out 'statistic'")
    refuse({"bins": {"by": "quantiles"}}, "bins", "cannot be divided into bins")
    refuse({"metric": "rmse", "minimum": 1000}, "baseline", "Not enough data")
    put(client, "ungraded", base | {"metric": "rmse"})
