"""Training data that is built from what was logged and labeled."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import Any

import pytest
import requests
from command import Command
from harness import Api, answered, refused
from looped import bucket, get, put
from monitored import echo, infer, labels, send_labels

import roost

NAMES = (f"set-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    bucket(api)
    api.upload("pairs", echo(2))
    return api


@pytest.fixture
def pipeline(client: Api) -> str:
    name = next(NAMES)
    client.serve(name, [{"model": "pairs"}])
    return name


def build(api: Api, pipeline: str, **request: Any) -> requests.Response:
    body = {"output": f"s3://looped/sets/{pipeline}"} | request
    return api.post(f"/v1/pipelines/{pipeline}/training-sets", json=body)


def built(api: Api, pipeline: str, **request: Any) -> Any:
    return answered(build(api, pipeline, **request), 201)


def test_labeled_rows_become_csv(client: Api, pipeline: str) -> None:
    for number in range(4):
        infer(client, pipeline, f"{pipeline}-{number}", [number + 0.5, 10])
    labels(client, pipeline, {f"{pipeline}-{number}": number for number in range(3)})
    found = built(client, pipeline)
    text = get(client, found["train"]["uri"])
    assert text == "0,0.5,10\n1,1.5,10\n2,2.5,10\n"
    assert found["train"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert found["train"]["bytes"] == len(text)
    assert found["train"]["rows"] == 3
    assert found["counts"]["logged"] == 4
    assert found["counts"]["unlabeled"] == 1
    assert found["features"] == ["x[0]", "x[1]"]
    assert "validation" not in found


def test_a_set_is_not_added_to_the_next_one(client: Api, pipeline: str) -> None:
    for number in range(20):
        infer(client, pipeline, f"{pipeline}-{number}", [number, 0])
    labels(client, pipeline, {f"{pipeline}-{number}": number for number in range(20)})
    built(client, pipeline, validation=0.5)
    for above in (f"sets/{pipeline}", f"sets/{pipeline}/", "sets", "", f"sets/{pipeline}/validation.csv"):
        refused(build(client, pipeline, add_to=f"s3://looped/{above}"), 400, "add_to", "added to the next one")
    # A share that no row happens to have is not a file without rows.
    refused(build(client, pipeline, validation=1e-9), 409, "validation", "0 for validation")


def test_the_newest_rows_are_chosen(client: Api, pipeline: str) -> None:
    for number in range(5):
        infer(client, pipeline, f"{pipeline}-{number}", [number, 0])
    labels(client, pipeline, {f"{pipeline}-{number}": number for number in range(5)})
    found = built(client, pipeline, rows=2)
    assert get(client, found["train"]["uri"]) == "3,3,0\n4,4,0\n"
    assert found["counts"]["older"] == 3


def test_rows_of_one_inference_have_their_own_labels(client: Api, pipeline: str) -> None:
    client.infer(pipeline, {"x": [[1, 2], [3, 4], [5, 6]]}, headers={"X-Roost-Inference-Id": f"{pipeline}-a"})
    labels(client, pipeline, [{"id": f"{pipeline}-a", "row": 1, "label": 7.25}])
    labels(client, pipeline, [{"id": f"{pipeline}-a", "row": 2, "label": 'o\'k "x", y'}])
    found = built(client, pipeline)
    assert get(client, found["train"]["uri"]) == '7.25,3,4\n"o\'k ""x"", y",5,6\n'
    assert found["counts"]["unlabeled"] == 1


def test_a_correction_counts(client: Api, pipeline: str) -> None:
    infer(client, pipeline, f"{pipeline}-a", [1, 2])
    labels(client, pipeline, {f"{pipeline}-a": 1})
    labels(client, pipeline, {f"{pipeline}-a": 2})
    assert get(client, built(client, pipeline)["train"]["uri"]) == "2,1,2\n"


def test_missing_values_are_counted(client: Api, pipeline: str) -> None:
    infer(client, pipeline, f"{pipeline}-a", [1, 2])
    infer(client, pipeline, f"{pipeline}-b", [1, None])  # type: ignore[list-item]
    labels(client, pipeline, {f"{pipeline}-a": 1, f"{pipeline}-b": 2})
    found = built(client, pipeline)
    assert found["train"]["rows"] == 1
    assert found["counts"]["incomplete"] == 1


def test_validation_data_is_apart_and_the_same_each_time(client: Api, pipeline: str) -> None:
    for number in range(100):
        infer(client, pipeline, f"{pipeline}-{number}", [number, 0])
    labels(client, pipeline, {f"{pipeline}-{number}": number for number in range(100)})
    first = built(client, pipeline, validation=0.3)
    train, validation = (set(get(client, first[part]["uri"]).splitlines()) for part in ("train", "validation"))
    assert len(train) == first["train"]["rows"]
    assert len(validation) == first["validation"]["rows"]
    assert not train & validation
    assert len(train | validation) == 100
    assert 10 < len(validation) < 50
    again = built(client, pipeline, validation=0.3)
    assert again["train"]["sha256"] == first["train"]["sha256"]


def test_a_slice_counts_more_and_a_data_set_comes_first(client: Api, pipeline: str) -> None:
    put(client, f"base/{pipeline}.csv", "9,9,9\n8,8,8")
    for number in range(3):
        infer(client, pipeline, f"{pipeline}-{number}", [number, 0])
    labels(client, pipeline, {f"{pipeline}-{number}": number for number in range(3)})
    weight = {"where": "inputs.x[0] > 1", "factor": 3}
    found = built(client, pipeline, weight=weight, add_to=f"s3://looped/base/{pipeline}.csv")
    assert get(client, found["train"]["uri"]) == "9,9,9\n8,8,8\n0,0,0\n1,1,0\n2,2,0\n2,2,0\n2,2,0\n"
    assert found["counts"]["repeated"] == 2
    assert found["counts"]["added"] == 2
    assert found["train"]["rows"] == 3


@pytest.mark.parametrize(
    ("log", "named"),
    [({"omit": ["x"]}, "'log.omit' of the pipeline lists 'x'"), ({"mask": ["x"]}, "'log.mask'")],
)
def test_inputs_that_the_log_leaves_out_are_named(client: Api, log: Any, named: str) -> None:
    name = next(NAMES)
    client.serve(name, [{"model": "pairs"}], log=log)
    infer(client, name, f"{name}-a", [1, 2])
    labels(client, name, {f"{name}-a": 1})
    refused(build(client, name), 409, "log", named)
    # The version is another one now, but what was logged before is still without its inputs.
    client.serve(name, [{"model": "pairs"}])
    refused(build(client, name), 409, "log", named)


def test_inputs_that_were_too_large_are_named(client: Api) -> None:
    name = next(NAMES)
    client.serve(name, [{"model": "pairs"}], log={"keep": {"bytes": 50}})
    client.infer(name, {"x": [[1, 2]] * 100}, headers={"X-Roost-Inference-Id": f"{name}-a"})
    labels(client, name, {f"{name}-a": 1})
    refused(build(client, name), 409, "log.keep", "1 labeled inferences", "'log.keep' to 'all'")


def test_labels_of_the_wrong_type_are_counted(client: Api) -> None:
    name = next(NAMES)
    client.serve(name, [{"model": "pairs"}])
    infer(client, name, f"{name}-a", [1, 2])
    infer(client, name, f"{name}-b", [1, 2])
    labels(client, name, {f"{name}-a": 1, f"{name}-b": "high"})
    client.serve(name, [{"model": "pairs"}], labels={"type": "number"})
    found = built(client, name)
    assert found["train"]["rows"] == 1
    assert found["counts"]["wrong_type"] == 1


@pytest.fixture(scope="module")
def bad(client: Api) -> str:
    """A pipeline with a labeled row."""
    client.serve("set-bad", [{"model": "pairs"}])
    infer(client, "set-bad", "set-bad-a", [1, 2])
    labels(client, "set-bad", {"set-bad-a": 1})
    return "set-bad"


BAD: list[tuple[dict[str, Any], int, str, str]] = [
    ({"output": "looped"}, 400, "output", "is not an S3 URI"),
    ({"output": "s3://nowhere-at-all/x"}, 404, "output", "does not exist"),
    ({"rows": 0}, 400, "rows", "must be from 1"),
    ({"rows": 1e30}, 400, "body", ""),
    ({"validation": 1}, 400, "validation", "less than 1"),
    ({"window": "0s"}, 400, "window", "must be from 1s"),
    ({"window": "99999999999999999999w"}, 400, "window", ""),
    ({"window": "1h", "start": "2026-01-01T00:00:00Z"}, 400, "window", "either"),
    ({"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, 400, "start", "before"),
    ({"weight": {"where": "inputs.x[0]", "factor": 2}}, 400, "weight.where", "condition"),
    ({"weight": {"where": "inputs.x[0] >", "factor": 2}}, 400, "weight.where", ""),
    ({"weight": {"where": "inputs.x[0] > 1", "factor": 1}}, 400, "weight.factor", "from 2"),
    ({"weight": {"where": "inputs.x[0] > 1", "factor": 9e18}}, 400, "weight.factor", ""),
    ({"add_to": "s3://looped/nothing-there"}, 404, "add_to", "no objects"),
    ({"more": 1}, 400, "body", "unknown field 'more'"),
]


@pytest.mark.parametrize(("request_", "status", "field", "part"), BAD)
def test_bad_requests_name_the_field(
    client: Api, bad: str, request_: dict[str, Any], status: int, field: str, part: str
) -> None:
    answer = build(client, bad, **request_)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error.get("field") == field, error
    assert part in error["message"], error


@pytest.mark.parametrize(
    ("content", "part"), [("1,2\n", "has 2 columns. Expected 3"), ("label,a,b\n1,2,3\n", "seems to be a header")]
)
def test_a_data_set_of_other_columns_is_refused(client: Api, pipeline: str, content: str, part: str) -> None:
    put(client, f"other/{pipeline}.csv", content)
    infer(client, pipeline, f"{pipeline}-a", [1, 2])
    labels(client, pipeline, {f"{pipeline}-a": 1})
    answer = build(client, pipeline, add_to=f"s3://looped/other/{pipeline}.csv")
    assert answer.status_code == 400
    assert part in answer.json()["error"]["message"]


def test_no_labels_are_not_enough_data(client: Api, pipeline: str) -> None:
    infer(client, pipeline, f"{pipeline}-a", [1, 2])
    answer = build(client, pipeline)
    assert answer.status_code == 409
    assert "Not enough data" in answer.json()["error"]["message"]
    assert send_labels(client, pipeline, '{"id": "nobody", "label": 1}').status_code == 200
    assert build(client, pipeline).status_code == 409


def test_the_command_and_the_sdk_build_it(client: Api, pipeline: str, tmp_path: Path) -> None:
    for number in range(3):
        infer(client, pipeline, f"{pipeline}-{number}", [number, 0])
    labels(client, pipeline, {f"{pipeline}-{number}": number for number in range(3)})
    shown = Command(client.url, tmp_path)("training-set", pipeline, "--output", "s3://looped/by-command", "--rows", "2")
    assert f"Training set of pipeline {pipeline}" in shown
    assert "s3://looped/by-command/train.csv, 2 rows" in shown
    sdk = roost.Client(client.url)
    found = sdk.build_training_set(pipeline, "s3://looped/by-sdk", weight={"where": "label > 1", "factor": 2})
    assert found.uri == "s3://looped/by-sdk/train.csv"
    assert found.rows == 3
    assert found.counts["repeated"] == 1
    assert len(get(client, found.uri).splitlines()) == 4
