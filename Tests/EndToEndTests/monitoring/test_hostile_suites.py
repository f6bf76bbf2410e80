"""Test suites that are wrong: each error names the case and the field, and nothing is added."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Api, answered, refused
from monitored import echo
from suites import new_name, put_object, run


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("score", echo())
    put_object(api, "anything", "1")
    return api


SIZE = {"name": "a", "size": {"budget_bytes": 1}}


@pytest.mark.parametrize(
    ("definition", "status", "field", "part"),
    [
        ({"cases": [SIZE]}, 400, "model", "needs a 'model' or a 'pipeline'"),
        ({"model": "no-such", "cases": [SIZE]}, 404, "model", "no-such"),
        ({"pipeline": "no-such", "cases": [SIZE]}, 404, "pipeline", "no-such"),
        ({"model": "score", "cases": []}, 400, "cases", "1 to 200"),
        ({"model": "score", "cases": [SIZE, SIZE]}, 400, "cases[1].name", "twice"),
        ({"model": "score", "cases": [{"name": "a"}]}, 400, "cases[0]", "exactly one of"),
        ({"model": "score", "cases": [SIZE | {"golden": {}}]}, 400, "cases[0]", "exactly one of"),
        ({"model": "score", "extra": 1, "cases": [SIZE]}, 400, "body", "unknown field 'extra'"),
        ({"model": "score", "training_jobs": "*", "cases": [SIZE]}, 400, "training_jobs", "more than '*'"),
        ({"model": "score", "champion": "no-such", "cases": [SIZE]}, 404, "champion", "no-such"),
        (
            {"model": "score", "cases": [{"name": "a", "golden": {"inputs": {"z": [[1]]}, "outputs": {"y": [[1]]}}}]},
            400,
            "cases[0].golden.inputs.z",
            "no input 'z'",
        ),
        (
            {"model": "score", "cases": [{"name": "a", "golden": {"inputs": {"x": [[1]]}, "outputs": {"z": [[1]]}}}]},
            400,
            "cases[0].golden.outputs.z",
            "Unknown output",
        ),
        (
            {"model": "score", "cases": [{"name": "a", "quality": {"metric": "auc", "data": "s3://suites/x"}}]},
            400,
            "cases[0].quality.minimum",
            "needs a minimum",
        ),
        (
            {
                "model": "score",
                "cases": [{"name": "a", "quality": {"metric": "auc", "data": "s3://suites/gone", "minimum": 1}}],
            },
            404,
            "cases[0].quality.data",
            "no data at",
        ),
        (
            {"model": "score", "cases": [{"name": "a", "latency": {"budget_ms": -1}}]},
            400,
            "cases[0].latency.budget_ms",
            "more than 0",
        ),
        (
            {"model": "score", "cases": [{"name": "a", "latency": {"budget_ms": 1, "batches": [10**12]}}]},
            400,
            "cases[0].latency.batches",
            "between 1 and",
        ),
        (
            {
                "model": "score",
                "cases": [
                    {"name": "a", "behavior": {"expect": "same", "change": {"input": "z", "add": 1}, "inputs": {}}}
                ],
            },
            400,
            "cases[0].behavior.change.input",
            "Unknown input 'z'",
        ),
        (
            {"model": "score", "cases": [{"name": "a", "program": {"function": "no-such", "inputs": {"x": [[1]]}}}]},
            404,
            "cases[0].program.function",
            "no-such",
        ),
    ],
)
def test_a_wrong_suite_is_refused(client: Api, definition: Any, status: int, field: str, part: str) -> None:
    name = new_name()
    refused(client.put(f"/v1/suites/{name}", json=definition), status, field, part)
    assert client.get(f"/v1/suites/{name}").status_code == 404


@pytest.mark.parametrize(
    ("key", "content", "part"),
    [
        ("unlabeled.csv", "0.5\n0.6\n", "a label and 1 features are expected"),
        ("empty-label.csv", ",0.5\n", "there is no label"),
        ("words.csv", "1,0.5\n1,much\n", None),
        ("unlabeled.jsonl", '{"inputs": {"x": [[1]]}}\n', "there is no 'label'"),
        ("broken.jsonl", '{"inputs": \n', "line 1"),
        ("wide.jsonl", '{"inputs": {"x": [[1, 2]]}, "label": 1}\n', "must have shape"),
    ],
)
def test_data_that_cannot_be_read_is_named(client: Api, key: str, content: str, part: str | None) -> None:
    uri = put_object(client, key, content)
    name = new_name()
    case = {"name": "a", "quality": {"metric": "accuracy", "data": uri, "minimum": 0}}
    answer = client.put(f"/v1/suites/{name}", json={"model": "score", "cases": [case]})
    if part:
        refused(answer, 400, "cases[0].quality.data", "Case 'a': ", part)
        return
    # Only the first row is read before.
    answered(answer, 201)
    found = run(client, name)
    assert found["outcome"] == "error"
    assert "line 2" in found["reason"]
