from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import upload
from fake_server import FakeServer

import roost

ANSWERS = Path(__file__).parent / "answers"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title></svg><script>alert(1)</script>",
    "javascript:alert(1)&lt;b&gt;",
]


def answer(name: str) -> Any:
    """Returns a response of the real server."""
    return json.loads((ANSWERS / f"{name}.json").read_text())


@pytest.fixture
def pipeline(client: roost.Client, model: roost.Model, server: FakeServer) -> roost.Pipeline:
    for name in ("experiment", "shadow", "quality", "counterfactual"):
        server.answers[name] = answer(name)
    return client.build_pipeline("p").add_model_step(model).deploy()


# The definition


def test_settings_are_sent_with_the_definition_and_read_back(
    client: roost.Client, server: FakeServer, model: roost.Model, tmp_path: Path
) -> None:
    other = upload(client, tmp_path, "other")
    pipeline = client.build_pipeline("p").add_random_split([(2, model), (1, other)], "session_id")
    pipeline.set_goal(roost.outputs[7][0] > 0.5, better="higher", smallest_effect=0.01, alpha=0.01)
    pipeline.add_guardrail("latency", budget_ms=20).add_guardrail("errors", limit=0.05)
    pipeline.add_guardrail("latency", budget_ms=30)
    pipeline.set_labels("class", prediction=roost.outputs[0], threshold=0.4, wait_hours=24)
    pipeline.set_log({"first_rows": 10}, omit=["age"], mask=["name"]).deploy()
    body = server.sent("PUT")[0][1]
    assert {name: body[name] for name in ("goal", "guardrails", "labels", "log")} == {
        "goal": {"metric": "outputs[7][0] > 0.5", "better": "higher", "smallest_effect": 0.01, "alpha": 0.01},
        "guardrails": [{"metric": "errors", "limit": 0.05}, {"metric": "latency", "budget_ms": 30}],
        "labels": {"type": "class", "prediction": "outputs[0]", "threshold": 0.4, "wait_hours": 24},
        "log": {"keep": {"first_rows": 10}, "omit": ["age"], "mask": ["name"]},
    }
    (version,) = (roost.PipelineVersion(server.pipelines["p"]["version"]),)
    assert version.goal == body["goal"]
    assert version.guardrails == body["guardrails"]
    assert (version.labels, version.log) == (body["labels"], body["log"])
    # An unchanged definition is not sent again, whoever deploys it.
    client.build_pipeline("p").deploy()
    assert [address for address, _ in server.sent("PUT")].count("/v1/pipelines/p") == 1


def test_settings_follow_the_rules_of_validations(client: roost.Client, server: FakeServer, model: roost.Model) -> None:
    client.build_pipeline("p").add_model_step(model).set_goal("accuracy").add_guardrail("errors").deploy()
    pipeline = client.build_pipeline("p").set_labels("number")
    assert pipeline._definition.settings == {
        "goal": {"metric": "accuracy"},
        "guardrails": [{"metric": "errors"}],
        "labels": {"type": "number"},
    }
    pipeline.add_model_step(model)
    assert pipeline._definition.settings == {"labels": {"type": "number"}}
    assert pipeline.set_goal(None).clear()._definition.settings == {}


def test_a_definition_without_settings_is_as_before(
    client: roost.Client, server: FakeServer, model: roost.Model
) -> None:
    client.build_pipeline("p").add_model_step(model).deploy()
    assert set(server.sent("PUT")[0][1]) == {"name", "workspace", "steps", "validations"}


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (roost.outputs[0][0] > 0.5, "outputs[0][0] > 0.5"),
        ((roost.outputs[0][0] > 0.5) & (roost.label == 1), "outputs[0][0] > 0.5 and label == 1"),
        (roost.label - roost.outputs[1][2], "label - outputs[1][2]"),
        (roost.inputs["age"] >= 18, "inputs.age >= 18"),
        (roost.inputs["fixed acidity"] + 1, 'inputs["fixed acidity"] + 1'),
        (roost.inputs["pixels"][3] < 2, "inputs.pixels[3] < 2"),
        ("accuracy", "accuracy"),
    ],
)
def test_metrics_are_written_in_the_servers_language(expression: Any, text: str) -> None:
    assert roost.metric(expression) == {"metric": text}


def test_what_is_not_a_metric_is_refused(model: roost.Model) -> None:
    with pytest.raises(roost.InvalidInputError):
        roost.metric(0.5)  # type: ignore[arg-type]
    with pytest.raises(IndexError):
        model.outputs["out"]
    with pytest.raises(IndexError):
        roost.inputs["age"][-1]
    assert roost.metric({"metric": "latency", "budget_ms": 20}, alpha=0.1) == {
        "metric": "latency",
        "budget_ms": 20,
        "alpha": 0.1,
    }


# Reports


def test_a_report_is_requested_with_what_was_given(pipeline: roost.Pipeline, server: FakeServer) -> None:
    pipeline.report()
    pipeline.report(
        goal=roost.metric("latency", budget_ms=20),
        start=datetime(2026, 11, 1, tzinfo=timezone.utc),
        end=1793491200000,
        experiment="e",
        kind="experiment",
        guardrails=["errors", roost.outputs[0][0] > 1],
    )
    first, second = [body for path, body in server.sent("POST") if path == "/v1/pipelines/p/reports"]
    assert first == {}
    assert second == {
        "goal": {"metric": "latency", "budget_ms": 20},
        "start": "2026-11-01T00:00:00.000000Z",
        "end": "2026-11-01T00:00:00.000000Z",
        "experiment": "e",
        "kind": "experiment",
        "guardrails": [{"metric": "errors"}, {"metric": "outputs[0][0] > 1"}],
    }


def test_a_report_has_its_parts(pipeline: roost.Pipeline) -> None:
    report = pipeline.report()
    raw = report.raw["experiment"]
    assert [arm.name for arm in report.arms] == [arm["name"] for arm in raw["arms"]]
    assert report.arms[0].goal is not None
    assert report.arms[0].goal.value == raw["arms"][0]["goal"]["value"]
    (comparison,) = report.comparisons
    assert report.verdict == comparison.verdict == raw["comparisons"][0]["verdict"]
    assert report.reason == raw["comparisons"][0]["reason"]
    difference = raw["comparisons"][0]["difference"]
    assert comparison.difference == roost.Estimate(
        difference["value"], (difference["interval"]["lower"], difference["interval"]["upper"]), difference["count"]
    )
    assert comparison.better.p_value == raw["comparisons"][0]["better"]["p_value"]
    assert [guardrail.name for guardrail in comparison.guardrails] == ["errors"]
    frame = report.to_dataframe()
    assert list(frame["arm"]) == [arm.name for arm in report.arms]
    assert list(frame["goal"]) == [arm.goal.value for arm in report.arms if arm.goal]


def test_a_report_prints_counts_rates_the_difference_and_the_verdict(pipeline: roost.Pipeline) -> None:
    assert repr(pipeline.report()) == (ANSWERS / "experiment.txt").read_text().rstrip("\n")
    assert repr(pipeline.report(kind="shadow")) == (ANSWERS / "shadow.txt").read_text().rstrip("\n")


def test_a_notebook_shows_the_verdict_first_then_the_charts_and_the_tables(pipeline: roost.Pipeline) -> None:
    report = pipeline.report()
    shown = report._repr_html_()
    verdict, chart, counts = (shown.index(text) for text in ("<b>Not enough data.</b> “outputs", "1/α = 20", "Counts"))
    assert verdict < chart < counts
    assert "Goal “outputs[0][0] &gt; 0.5”, larger is better" in shown
    assert all(f"<th>{arm.name}</th>" in shown for arm in report.arms)
    assert "<script" not in shown
    shadow = pipeline.report(kind="shadow")
    assert 'class="verdict"' in shadow._repr_html_()
    assert shadow.comparisons[0].disagreements[0]["id"] in shadow._repr_html_()


def test_a_picture_is_fetched_once_and_saved(pipeline: roost.Pipeline, server: FakeServer, tmp_path: Path) -> None:
    server.answers["picture"] = "<svg>ä</svg>"
    report = pipeline.report()
    assert report.save_picture(tmp_path / "report.svg").read_text(encoding="utf-8") == report.picture()
    assert [address for address, _ in server.sent("GET")].count(f"/v1/reports/{report.id}/picture") == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_whatever_they_are(pipeline: roost.Pipeline, server: FakeServer, name: str) -> None:
    for kind in ("experiment", "shadow"):
        report = pipeline.report(kind=kind)
        raw = json.loads(json.dumps(report.raw).replace("candidate", json.dumps(name)[1:-1]))
        raw["pipeline"] = name
        raw["notes"] = [name]
        shown = roost.Report(report._connection, raw)._repr_html_()
        html = ElementTree.fromstring(shown.replace("&nbsp;", " "))
        assert not {"script", "img", "iframe", "a"} & {each.tag.rpartition("}")[2] for each in html.iter()}
        assert not any(attribute.startswith("on") for each in html.iter() for attribute in each.attrib)
        assert any(name in (each.text or "") for each in html.iter())


def test_a_shadow_report_has_its_parts(pipeline: roost.Pipeline) -> None:
    report = pipeline.report(kind="shadow")
    (comparison,) = report.comparisons
    raw = report.raw["shadow"]["challengers"][0]
    assert (report.verdict, report.arms, report.goal) == (None, [], None)
    assert (comparison.rows, comparison.agreement.value) == (raw["rows"], raw["agreement"]["value"])
    assert comparison.labels["pairs"] == raw["labels"]["pairs"]
    assert list(report.to_dataframe()["challenger"]) == [comparison.name]


def test_kept_reports_are_listed_fetched_and_verified(
    pipeline: roost.Pipeline, client: roost.Client, server: FakeServer
) -> None:
    report = pipeline.report()
    (summary,) = pipeline.reports()
    assert (summary.id, summary.kind) == (report.id, "experiment")
    assert summary.verdicts == {report.comparisons[0].challenger: report.verdict}
    assert "◌ Not enough data" in pipeline.reports()._repr_html_()
    assert client.report(summary.id).raw == report.raw
    assert report.verify() == {"is_reproduced": True}


# Quality


def test_quality_is_requested_with_what_was_given(pipeline: roost.Pipeline, server: FakeServer) -> None:
    pipeline.quality(by=roost.inputs["age"], bins=3, every=timedelta(hours=1), model="m", worst=5, start=1)
    pipeline.quality(every=60)
    first, second = [parse_qs(urlsplit(path).query) for path, _ in server.sent("GET") if "/quality" in path]
    assert first == {
        "by": ["inputs.age"],
        "bins": ["3"],
        "every": ["3600"],
        "model": ["m"],
        "worst": ["5"],
        "start": ["1"],
    }
    assert second == {"every": ["60"]}


def test_quality_has_groups_and_mistakes(pipeline: roost.Pipeline) -> None:
    quality = pipeline.quality()
    raw = quality.raw
    assert quality.task == "binary"
    assert [group.metrics for group in quality.groups] == [group["metrics"] for group in raw["groups"]]
    assert [mistake.id for mistake in quality.mistakes] == [mistake["id"] for mistake in raw["mistakes"]]
    assert list(quality.to_dataframe()["accuracy"]) == [group["metrics"]["accuracy"] for group in raw["groups"]]
    assert list(quality.mistakes_to_dataframe()["loss"]) == [mistake["loss"] for mistake in raw["mistakes"]]
    assert repr(quality) == (ANSWERS / "quality.txt").read_text().rstrip("\n")
    shown = quality._repr_html_()
    assert f"<th>{quality.mistakes[0].id}</th>" in shown
    assert '<th class="r">accuracy</th>' in shown


# What if


def test_a_counterfactual_prints_its_estimates(pipeline: roost.Pipeline, server: FakeServer) -> None:
    found = pipeline.counterfactual(arm="candidate", metric="accuracy", decision=roost.outputs[0][0] > 0.4)
    (body,) = [body for path, body in server.sent("POST") if path.endswith("/counterfactual")]
    assert body == {"arm": "candidate", "metric": {"metric": "accuracy"}, "decision": "outputs[0][0] > 0.4"}
    assert found.self_normalized is not None
    assert found.self_normalized.value == found.raw["self_normalized"]["value"]
    assert repr(found) == (ANSWERS / "counterfactual.txt").read_text().rstrip("\n")
    assert "<th>effective sample size</th>" in found._repr_html_()


def test_entries_of_one_value_are_deleted(pipeline: roost.Pipeline, server: FakeServer) -> None:
    assert pipeline.delete_logs("customer", 17) == {"entries": 2, "labels": 1}
    assert server.sent("POST")[-1] == ("/v1/pipelines/p/logs/deletions", {"key": "customer", "value": "17"})
