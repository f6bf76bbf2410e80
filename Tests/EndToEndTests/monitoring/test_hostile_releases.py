"""Definitions of releases that are wrong, or that are written in an unusual way."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Api
from monitored import complement, echo
from released import ok, stage


@pytest.fixture(scope="module")
def pipeline(api: Api) -> str:
    for name, model in {"echo": echo(), "complement": complement(), "two-columns": echo(2)}.items():
        api.upload(name, model)
    api.serve("release-bad", [{"model": "echo"}])
    return "release-bad"


@pytest.mark.parametrize(
    ("change", "field", "part"),
    [
        ({"candidate": "no-such"}, "model", "no-such"),
        ({"candidate": "two-columns"}, "steps", "input"),
        ({"candidate": "echo"}, "candidate", "already the pipeline's champion"),
        ({"stages": []}, "stages", "1 to 20"),
        ({"stages": [stage(0)]}, "stages.share", "more than 0"),
        ({"stages": [stage(0.5), stage(0.1)]}, "stages.share", "grow"),
        ({"stages": [stage("200%")]}, "stages.share", "at most 1"),
        ({"stages": [stage(0.5, units=-1)]}, "stages.units", "0 to"),
        ({"stages": [stage(0.5, "-5m")]}, "stages[0].duration", "length of time"),
        ({"stages": [stage(0.5, "99999999999999w")]}, "stages.duration", "52w"),
        ({"stages": [stage(0.5, "53w")]}, "stages.duration", "52w"),
        ({"promote": "better"}, "goal", "Declare 'goal'"),
        ({"alpha": 1.5}, "alpha", "less than 1"),
        ({"guardrails": [{"metric": "latency"}]}, "guardrails.budget_ms", "budget_ms"),
        ({"guardrails": ["no_such_metric +"]}, "guardrails.metric", ""),
        ({"replaces": "other"}, "replaces", "no model 'other'"),
        ({"hash_key": "x"}, "hash_key", ""),
        ({"unknown": 1}, "body", "unknown field 'unknown'"),
    ],
)
def test_a_bad_definition_is_refused_before_anything_changes(
    api: Api, pipeline: str, change: dict[str, Any], field: str, part: str
) -> None:
    body = {"pipeline": pipeline, "candidate": "complement", "stages": [stage(0.5)], **change}
    for path in ("/v1/releases/plan", "/v1/releases"):
        answer = api.post(path, json=body)
        assert answer.status_code in (400, 404), answer.text
        error = answer.json()["error"]
        assert (error["field"], part in error["message"]) == (field, True), answer.text
    versions = ok(api.get(f"/v1/pipelines/{pipeline}/versions"))["versions"]
    assert len(versions) == 1


@pytest.mark.parametrize("share", ["0.25", "25%", '"25%"', "2.5e-1"])
def test_a_definition_in_yaml(api: Api, pipeline: str, share: str) -> None:
    text = f"pipeline: {pipeline}\ncandidate: complement\nstages: [{{share: {share}, duration: 2h}}]\n"
    answer = api.post("/v1/releases/plan", data=text, headers={"Content-Type": "application/yaml"})
    assert ok(answer)["definition"]["stages"] == [{"share": 0.25, "duration": "2h", "units": 100}]
