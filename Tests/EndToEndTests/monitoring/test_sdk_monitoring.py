"""Goals, reports, labels and quality through the Python SDK, against the real server."""

from __future__ import annotations

import json
import math
import time
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from harness import DATA, MODELS
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

import roost
from roost.words import percent, verdict_status

SVG = "{http://www.w3.org/2000/svg}svg"


@pytest.fixture(scope="module")
def client(server: str) -> roost.Client:
    return roost.Client(server)


@pytest.fixture(scope="module")
def models(client: roost.Client) -> tuple[roost.Model, roost.Model]:
    return (
        client.upload_model("sdk-control", MODELS / "fraud-dense.onnx"),
        client.upload_model("sdk-candidate", MODELS / "fraud-dense-2.onnx"),
    )


@pytest.fixture(scope="module")
def payments() -> list[list[float]]:
    content: list[list[float]] = json.loads((DATA / "fraud-1000.json").read_text())["tensor"]
    return content


@pytest.fixture(scope="module")
def split(client: roost.Client, models: tuple[roost.Model, roost.Model]) -> roost.Pipeline:
    control, candidate = models
    pipeline = client.build_pipeline("sdk-split").add_random_split([(2, control), (1, candidate)], "session_id")
    pipeline.set_goal(roost.outputs[0][0] > 0.001, better="lower", smallest_effect=0.2).add_guardrail("errors")
    pipeline.set_labels("class", prediction=roost.outputs[0][0], threshold=0.001)
    return pipeline.deploy()


@pytest.fixture(scope="module")
def results(split: roost.Pipeline, payments: list[list[float]]) -> list[roost.InferenceResult]:
    found: list[roost.InferenceResult] = []
    for number, payment in enumerate(payments[:300]):
        found += split.infer({"tensor": [payment], "session_id": f"session-{number}"})
    return found


@pytest.fixture(scope="module")
def truth(split: roost.Pipeline, results: list[roost.InferenceResult]) -> list[int]:
    """Labels of all results, which the pipeline has."""
    # Wrong for every fifth inference.
    labels = [int(score(result) >= 0.001) ^ int(number % 5 == 0) for number, result in enumerate(results)]
    assert split.add_labels(results, labels) == len(results)
    return labels


def score(result: roost.InferenceResult) -> float:
    return float(result.data()[0][0][0])


def wilson(outcomes: list[bool]) -> tuple[float, float]:
    found = binomtest(sum(outcomes), len(outcomes)).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def newcombe(one: list[bool], two: list[bool]) -> tuple[float, float]:
    """Newcombe's score interval of the difference of two rates (method 10)."""
    (p, q), (low, high), (lower, upper) = (np.mean(one), np.mean(two)), wilson(one), wilson(two)
    return float(p - q) - math.hypot(p - low, upper - q), float(p - q) + math.hypot(high - p, q - lower)


def is_well_formed(picture: str) -> bool:
    return ElementTree.fromstring(picture).tag == SVG


def embedded(html: str) -> str:
    """Returns the picture in a notebook's output."""
    start = html.index("<svg")
    return html[start : html.index("</svg>") + len("</svg>")]


def test_a_definition_goes_to_the_server_and_back(
    client: roost.Client, models: tuple[roost.Model, roost.Model]
) -> None:
    pipeline = client.build_pipeline("sdk-definition").add_random_split([(1, models[0]), (1, models[1])], "customer")
    pipeline.set_goal("label - outputs[0][0]", minimum=-1, maximum=1, smallest_effect=0.01, alpha=0.1)
    pipeline.add_guardrail("latency", budget_ms=20).add_guardrail("errors", limit=0.05)
    pipeline.set_labels("number", prediction="outputs[0][0]", wait_hours=24)
    pipeline.set_log({"first_rows": 10}, omit=["secret"], mask=["customer"]).deploy()
    (newest, *_) = pipeline.versions()
    assert newest.goal == {
        "metric": "label - outputs[0][0]",
        "minimum": -1,
        "maximum": 1,
        "smallest_effect": 0.01,
        "alpha": 0.1,
    }
    assert newest.guardrails == [{"metric": "latency", "budget_ms": 20}, {"metric": "errors", "limit": 0.05}]
    assert newest.labels == {"type": "number", "prediction": "outputs[0][0]", "wait_hours": 24}
    assert newest.log == {"keep": {"first_rows": 10}, "omit": ["secret"], "mask": ["customer"]}

    count = len(pipeline.versions())
    client.build_pipeline("sdk-definition").deploy()
    assert len(pipeline.versions()) == count
    pipeline.set_goal(None).set_log("all").deploy()
    (newest, *_) = pipeline.versions()
    assert newest.goal is None
    assert newest.log == {"keep": "all", "omit": [], "mask": []}


def test_a_mistaken_metric_is_refused(split: roost.Pipeline) -> None:
    for mistaken in ("outputs[3][0] > 0.5", "outputs[0][0] >", roost.metric("latency")):
        with pytest.raises(roost.APIError) as refused:
            split.report(goal=mistaken)
        assert (refused.value.status, refused.value.code) == (400, "invalid_input")


def test_a_report_has_the_counts_and_rates_of_the_responses(
    split: roost.Pipeline, results: list[roost.InferenceResult]
) -> None:
    report = split.report()
    counted: dict[str, list[bool]] = {"sdk-control": [], "sdk-candidate": []}
    for result in results:
        counted[result.model()[0]].append(score(result) > 0.001)
    assert [arm.name for arm in report.arms] == ["sdk-control", "sdk-candidate"]
    assert [arm.share for arm in report.arms] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    for arm in report.arms:
        outcomes = counted[arm.name]
        assert (arm.requests, arm.units, arm.outcomes) == (len(outcomes),) * 3
        assert arm.goal is not None
        assert arm.goal.value == pytest.approx(sum(outcomes) / len(outcomes))
        assert arm.goal.interval == pytest.approx(wilson(outcomes), abs=1e-9)
    control, candidate = counted["sdk-control"], counted["sdk-candidate"]
    difference = report.comparisons[0].difference
    assert difference.value == pytest.approx(sum(candidate) / len(candidate) - sum(control) / len(control))
    assert difference.interval == pytest.approx(newcombe(candidate, control), abs=1e-9)
    assert report.verdict in ("better", "worse", "no_difference", "not_enough_data")
    shown = str(report)
    assert shown.startswith(f"{verdict_status(report.verdict)}. “outputs[0][0] > 0.001” holds for ")
    for arm in report.arms:
        assert arm.goal is not None
        assert percent(arm.goal.value) in shown
    assert list(report.to_dataframe()["requests"]) == [len(control), len(candidate)]


def test_a_report_is_kept_verified_and_shown(
    split: roost.Pipeline, client: roost.Client, results: list[roost.InferenceResult], tmp_path: Path
) -> None:
    report = split.report(goal=roost.metric("latency", budget_ms=1000), guardrails=["check_failures"])
    assert report.goal == {"metric": "latency", "budget_ms": 1000}
    assert report.comparisons[0].guardrails[0].name == "check_failures"
    again = client.report(report.id)
    assert again.raw == report.raw
    assert report.id in [summary.id for summary in split.reports()]
    verification = again.verify()
    assert verification["is_reproduced"]
    assert verification["log_agrees"]
    assert is_well_formed(embedded(report._repr_html_()))
    assert is_well_formed(report.save_picture(tmp_path / "report.svg").read_text(encoding="utf-8"))
    with pytest.raises(roost.EntityNotFoundError):
        client.report("00000000-0000-4000-8000-000000000000")


def test_a_window_and_an_earlier_experiment_can_be_reported_on(
    client: roost.Client, models: tuple[roost.Model, roost.Model], payments: list[list[float]]
) -> None:
    pipeline = client.build_pipeline("sdk-windows").add_random_split([(1, models[0]), (1, models[1])])
    pipeline.set_goal("outputs[0][0] > 0.5").deploy()
    for payment in payments[:10]:
        pipeline.infer({"tensor": [payment]})
    first = pipeline.report()
    # The log has whole milliseconds.
    time.sleep(0.01)
    middle = datetime.now(timezone.utc)
    time.sleep(0.01)
    for payment in payments[:7]:
        pipeline.infer({"tensor": [payment]})
    assert pipeline.report(end=middle).entries == 10
    assert pipeline.report(start=middle).entries == 7
    pipeline.set_goal("outputs[0][0] > 0.6").deploy()
    assert pipeline.report().entries == 0
    assert pipeline.report(experiment=first.raw["experiment"]["experiment"]).entries == 17


def test_labels_give_accuracy_as_a_goal_and_quality(
    split: roost.Pipeline, results: list[roost.InferenceResult], truth: list[int]
) -> None:
    summary = split.ground_truth()
    assert (summary["labels"], summary["by_id"]) == (300, 300)
    report = split.report(goal="accuracy")
    quality = split.quality(worst=1000)
    assert (quality.task, quality.counts["labeled_rows"]) == ("binary", 300)
    for name in ("sdk-control", "sdk-candidate"):
        pairs = [(label, score(r)) for label, r in zip(truth, results, strict=True) if r.model()[0] == name]
        labels, scores = [label for label, _ in pairs], np.array([value for _, value in pairs])
        (group,) = [group for group in quality.groups if group.model == name]
        expected = accuracy_score(labels, scores >= 0.001)
        assert group.metrics["accuracy"] == pytest.approx(expected)
        assert group.metrics["roc_auc"] == pytest.approx(roc_auc_score(labels, scores))
        clipped = np.clip(scores.astype(float), np.finfo(float).eps, 1 - np.finfo(float).eps)
        assert group.metrics["log_loss"] == pytest.approx(log_loss(labels, clipped), rel=1e-6)
        (arm,) = [arm for arm in report.arms if arm.name == name]
        assert arm.goal is not None
        assert arm.goal.value == pytest.approx(expected)
    wrong = {result.id for number, result in enumerate(results) if number % 5 == 0}
    assert {mistake.id for mistake in quality.mistakes} == wrong
    losses = [mistake.loss for mistake in quality.mistakes]
    assert losses == sorted(losses, reverse=True)
    assert len(quality.mistakes_to_dataframe()) == 60
    assert list(quality.to_dataframe()["labeled_rows"]) == [group.labeled_rows for group in quality.groups]
    assert "300 of 300 rows have a label" in str(quality)


def test_slices_and_periods_divide_the_rows(split: roost.Pipeline, truth: list[int]) -> None:
    slices = split.quality(by=roost.inputs[0][0], bins=3, model="sdk-control")
    assert len(slices.groups) == 3
    assert sum(group.rows for group in slices.groups) == sum(
        group.rows for group in split.quality(model="sdk-control").groups
    )
    periods = split.quality(every=timedelta(days=1))
    assert all(group.period is not None for group in periods.groups)
    assert "period" in str(periods)


def test_what_if_questions_are_answered(split: roost.Pipeline, truth: list[int]) -> None:
    found = split.counterfactual(arm="sdk-candidate", metric="accuracy")
    rate = [group.metrics["accuracy"] for group in split.quality(model="sdk-candidate").groups]
    assert found.self_normalized is not None
    assert found.self_normalized.value == pytest.approx(rate[0])
    other = split.counterfactual(decision=roost.outputs[0][0] >= 0.5, metric="accuracy")
    assert other.observed is not None
    assert other.observed.value == pytest.approx(0.8)
    with pytest.raises(roost.APIError, match="arm"):
        split.counterfactual()


def test_labels_come_by_key_row_and_dataframe_and_the_last_one_counts(
    client: roost.Client, models: tuple[roost.Model, roost.Model], payments: list[list[float]]
) -> None:
    pipeline = client.build_pipeline("sdk-labels").add_random_split([(1, models[0]), (1, models[0])], "customer")
    pipeline.set_labels("class").deploy()
    (result,) = pipeline.infer({"tensor": payments[:3], "customer": "anna"})
    pipeline.add_label(result, [0, 0, 0])
    pipeline.add_label(result, 1, row=1)
    pipeline.infer({"tensor": payments[:1], "customer": "bert"})
    pipeline.add_labels(["bert"], [1], key="customer")
    (late,) = pipeline.infer({"tensor": payments[:1], "customer": "carl"})
    pipeline.add_labels(pandas.DataFrame({"id": [late.id], "label": [0], "row": [0]}))
    quality = pipeline.quality()
    assert quality.counts["labeled_rows"] == 5
    assert sum(group.metrics["outcome_mean"] * group.labeled_rows for group in quality.groups) == pytest.approx(2)
    pipeline.add_label(late, 1, row=0)
    assert sum(
        group.metrics["outcome_mean"] * group.labeled_rows for group in pipeline.quality().groups
    ) == pytest.approx(3)
    with pytest.raises(roost.APIError, match="must be a class"):
        pipeline.add_label(late, 0.5)
    with pytest.raises(roost.APIError, match="unknown key 'order'"):
        pipeline.add_labels(["A17"], [1], key="order")

    assert pipeline.delete_logs("customer", "bert") == {"entries": 1, "labels": 1}
    assert pipeline.quality().counts["labeled_rows"] == 4
    assert pipeline.delete_logs("customer", "bert") == {"entries": 0, "labels": 0}


def test_a_label_that_comes_first_waits_for_its_inference(
    client: roost.Client, models: tuple[roost.Model, roost.Model], payments: list[list[float]]
) -> None:
    pipeline = client.build_pipeline("sdk-early").add_model_step(models[0]).deploy()
    pipeline.add_labels(["chosen"], [1])
    assert pipeline.quality().counts["waiting_labels"] == 1
    pipeline.infer({"tensor": payments[:1]}, headers={"X-Roost-Inference-Id": "chosen"})
    counts = pipeline.quality().counts
    assert (counts["waiting_labels"], counts["labeled_rows"]) == (0, 1)


def test_a_shadow_report_compares_row_by_row(
    client: roost.Client, models: tuple[roost.Model, roost.Model], payments: list[list[float]]
) -> None:
    pipeline = client.build_pipeline("sdk-shadow").add_shadow_deploy(models[0], [models[1]]).deploy()
    results = [pipeline.infer({"tensor": [payment]})[0] for payment in payments[:60]]
    champion = np.array([score(result) for result in results])
    challenger = np.array([float(result.shadow_data()["sdk-candidate"][0][0][0]) for result in results])
    pipeline.add_labels(results, (champion > 0.5).astype(int))
    report = pipeline.report()
    (comparison,) = report.comparisons
    assert (report.kind, comparison.requests, comparison.rows) == ("shadow", 60, 60)
    assert comparison.agreement.value == pytest.approx(np.mean((champion >= 0.5) == (challenger >= 0.5)))
    assert comparison.differences["largest"] == pytest.approx(np.abs(champion - challenger).max())
    assert comparison.labels["pairs"] == 60
    assert comparison.labels["champion_accuracy"]["value"] == 1
    assert comparison.disagreements[0]["id"] == results[int(np.abs(champion - challenger).argmax())].id
    assert "sdk-candidate in the shadow of sdk-control" in str(report)
    assert is_well_formed(embedded(report._repr_html_()))
    assert report.verify()["log_agrees"]


def test_many_labels_take_several_requests(
    client: roost.Client, models: tuple[roost.Model, roost.Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = client.build_pipeline("sdk-many").add_model_step(models[0]).deploy()
    count = 120_000
    assert pipeline.add_labels([f"id-{number}" for number in range(count)], np.arange(count) % 2) == count
    assert pipeline.ground_truth()["labels"] == count
    assert math.isclose(pipeline.quality().counts["waiting_labels"], count)


def test_a_pipeline_without_a_goal_says_what_is_missing(
    client: roost.Client, models: tuple[roost.Model, roost.Model]
) -> None:
    pipeline = client.build_pipeline("sdk-goalless").add_random_split([(1, models[0]), (1, models[1])]).deploy()
    with pytest.raises(roost.APIError, match="declares no goal") as refused:
        pipeline.report()
    assert refused.value.field == "goal"
    report: Any = pipeline.report(goal="errors")
    assert report.verdict == "not_enough_data"
