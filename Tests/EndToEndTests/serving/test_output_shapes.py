"""Outputs whose first dimensions differ, or that have no rows or no columns, are written correctly in each dialect."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xgboost
from endpoint_clients import AWS
from harness import Api, answered, until
from small_onnx import BOOL, FLOAT, INT64, STRING, model, node

X = {"x": (FLOAT, ("rows", 2))}
LARGEST = node("ReduceMax", ["x"], "score", axes=[1], keepdims=1)
LOSS = node("ReduceMax", ["x"], "loss", keepdims=0)

MODELS = {
    # One number per row, and one for all rows.
    "shape-loss": model([LARGEST, LOSS], X, {"score": (FLOAT, ("rows", 1)), "loss": (FLOAT, ())}),
    "shape-first-loss": model([LARGEST, LOSS], X, {"loss": (FLOAT, ()), "score": (FLOAT, ("rows", 1))}),
    "shape-labels": model(
        [node("Identity", ["x"], "score"), node("Identity", ["three"], "labels")],
        X,
        {"score": (FLOAT, ("rows", 2)), "labels": (FLOAT, ("labels",))},
        {"three": (FLOAT, [3], struct.pack("<3f", 7, 8, 9))},
    ),
    "shape-text": model(
        [node("Cast", ["x"], "words", to=STRING), LOSS, node("Cast", ["loss"], "word", to=STRING)],
        X,
        {"words": (STRING, ("rows", 2)), "word": (STRING, ())},
    ),
    # One row for each number that is not 0.
    "shape-found": model(
        [node("NonZero", ["x"], "places"), node("Transpose", ["places"], "found")], X, {"found": (INT64, ("found", 2))}
    ),
    "shape-no-columns": model(
        [node("Identity", ["x"], "score"), node("Slice", ["x", "two", "two", "one"], "nothing")],
        X,
        {"score": (FLOAT, ("rows", 2)), "nothing": (FLOAT, ("rows", "none"))},
        {"one": (INT64, [1], struct.pack("<q", 1)), "two": (INT64, [1], struct.pack("<q", 2))},
    ),
    # Declares two columns, but returns one.
    "shape-lies": model(
        [node("Compress", ["x", "first"], "y", axis=1)],
        X,
        {"y": (FLOAT, ("rows", 2))},
        {"first": (BOOL, [2], b"\1\0")},
    ),
    "shape-one": model(
        [LARGEST, LOSS], {"x": (FLOAT, ("rows", 1))}, {"score": (FLOAT, ("rows", 1)), "loss": (FLOAT, ())}
    ),
}
ACCEPTS = ["text/csv", "application/json", "application/jsonlines", "application/x-recordio-protobuf"]
TWO_ROWS = [[1.0, 2.0], [3.0, 4.0]]


@pytest.fixture(scope="module")
def served(api: Api) -> Api:
    for name, artifact in MODELS.items():
        api.upload(name, artifact)
        api.serve(name, [{"random_split": {"models": [{"name": "main", "model": name, "weight": 1}]}}])
    return api


@pytest.fixture(scope="module")
def aws(served: Api) -> AWS:
    return AWS(served.url)


def refusal(call: Callable[[], Any]) -> Any:
    with pytest.raises(Exception, match="ModelError") as error:
        call()
    return getattr(error.value, "response", None)


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("shape-loss", ("score", "loss")),
        ("shape-first-loss", ("loss", "score")),
        ("shape-labels", ("score", "labels")),
        ("shape-text", ("words", "word")),
    ],
)
def test_an_endpoint_refuses_rows_of_different_numbers(
    aws: AWS, name: str, outputs: tuple[str, str], accept: str
) -> None:
    secret = "123456789,987654321\n" * 1000
    for _ in range(3):
        aws.invoke("shape-found", secret)
        response = refusal(lambda: aws.invoke(name, "1,2\n3,4\n", Accept=accept))
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
        assert all(f"'{output}'" in response["OriginalMessage"] for output in outputs), response
        assert "number" in response["OriginalMessage"]


def test_many_rows_are_refused_as_well(aws: AWS) -> None:
    response = refusal(lambda: aws.invoke("shape-one", "1\n" * 1_500_000))
    assert "'loss'" in response["OriginalMessage"]


@pytest.mark.parametrize("accept", ACCEPTS)
def test_one_row_goes_with_one_number(aws: AWS, accept: str) -> None:
    answer = aws.invoke("shape-loss", "1,2\n", Accept=accept)["Body"].read()
    expected = {
        "text/csv": b"2.0,2.0\n",
        "application/json": b'{"predictions":[{"score":[2.0],"loss":2.0}]}',
        "application/jsonlines": b'{"score":[2.0],"loss":2.0}\n',
    }
    if accept in expected:
        assert answer == expected[accept]
    else:
        assert answer.count(struct.pack("<f", 2)) == 2
        assert len(answer) < 100


def test_no_rows_are_an_empty_answer(aws: AWS) -> None:
    for accept, expected in zip(ACCEPTS, [b"", b'{"predictions":[]}', b"", b""], strict=True):
        assert aws.invoke("shape-found", "0,0\n", Accept=accept)["Body"].read() == expected
    assert aws.predict("shape-found", "0,5\n0,0\n6,0", Accept="text/csv") == "0,1\n2,0\n"


def test_no_columns_are_an_empty_list(aws: AWS) -> None:
    answer = json.loads(aws.predict("shape-no-columns", "1,2\n3,4", Accept="application/json"))
    assert answer == {"predictions": [{"score": row, "nothing": []} for row in TWO_ROWS]}
    assert aws.predict("shape-no-columns", "1,2\n3,4", Accept="text/csv") == "1.0,2.0,\n3.0,4.0,\n"


def test_the_other_dialects_write_each_output_in_its_own_shape(served: Api) -> None:
    tensor = {"name": "x", "datatype": "FP32", "shape": [2, 2], "data": TWO_ROWS}
    expected = {
        "shape-loss": [([2, 1], [2.0, 4.0]), ([], [4.0])],
        "shape-labels": [([2, 2], [1.0, 2.0, 3.0, 4.0]), ([3], [7.0, 8.0, 9.0])],
        "shape-text": [([2, 2], ["1", "2", "3", "4"]), ([], ["4"])],
        "shape-no-columns": [([2, 2], [1.0, 2.0, 3.0, 4.0]), ([2, 0], [])],
    }
    for name, outputs in expected.items():
        answer = served.infer(name, {"x": TWO_ROWS})
        shown = [next(iter(output.values())) for output in answer["outputs"]]
        assert [(output["dim"], output["data"]) for output in shown] == outputs
        (entry,) = served.logs(name, limit=1)
        assert entry["outputs"] == answer["outputs"]
        answer = served.infer_v2(name, [tensor])
        assert [(output["shape"], output["data"]) for output in answer["outputs"]] == outputs


def test_a_validation_reads_no_row_that_is_not_there(served: Api) -> None:
    steps = [{"model": "shape-loss"}]
    served.serve("shape-checked", steps, [("both", "shape-loss.outputs[0][0] < shape-loss.outputs[1]")])
    (failure,) = served.infer("shape-checked", {"x": TWO_ROWS})["check_failures"]
    assert "numbers of rows" in failure["Error"]["message"]
    (failure,) = served.infer("shape-checked", {"x": TWO_ROWS[:1]})["check_failures"]
    assert "False" in failure


def test_a_model_that_answers_another_shape_than_it_says_feeds_no_other(served: Api) -> None:
    rows = np.random.default_rng(0).normal(size=(50, 2))
    booster = xgboost.train({"max_depth": 2}, xgboost.DMatrix(rows, rows.sum(axis=1)), num_boost_round=2)
    served.upload("shape-trees", bytes(booster.save_raw("ubj")))
    served.serve("shape-chain", ["shape-lies", "shape-trees"])
    answer = served.post("/v1/pipelines/shape-chain/infer", json={"x": TWO_ROWS})
    assert answer.status_code == 400
    assert "[-1, 2]" in answer.json()["error"]["message"]
    assert "[2, 1]" in answer.json()["error"]["message"]


def test_a_shape_of_nothing_costs_nothing(served: Api) -> None:
    tensor = {"name": "x", "datatype": "FP32", "shape": [9_000_000_000_000_000_000, 0], "data": []}
    answer = served.post("/v2/models/shape-loss/infer", json={"inputs": [tensor]})
    assert answer.status_code == 400


@pytest.mark.parametrize("accept", ["text/csv", "application/json", "application/jsonlines"])
def test_a_batch_of_rows_of_different_numbers_fails_in_words(served: Api, aws: AWS, accept: str) -> None:
    aws.s3.create_bucket(Bucket="shapes")
    aws.s3.put_object(Bucket="shapes", Key="in/rows.csv", Body=b"1,2\n3,4\n")
    name = f"shapes-{ACCEPTS.index(accept)}"
    transformed(served, name, "shape-loss", accept, "MultiRecord", "Failed", "'loss'")
    transformed(served, f"{name}-one", "shape-loss", accept, "SingleRecord", "Completed", "")
    written = aws.s3.get_object(Bucket="shapes", Key=f"out/{name}-one/rows.csv.out")["Body"].read().decode()
    assert [line for line in written.splitlines() if line] == (
        ["2.0,2.0", "4.0,4.0"] if accept == "text/csv" else ['{"score":[2.0],"loss":2.0}', '{"score":[4.0],"loss":4.0}']
    )


def transformed(api: Api, name: str, model: str, accept: str, batching: str, status: str, reason: str) -> None:
    definition = {
        "name": name,
        "model": model,
        "input": {"uri": "s3://shapes/in/", "content_type": "text/csv"},
        "output": f"s3://shapes/out/{name}",
        "split": "Line",
        "assemble": "Line",
        "batching": batching,
        "accept": accept,
    }
    answered(api.post("/v1/transform-jobs", json=definition), 201)

    def look() -> Any:
        job = answered(api.get(f"/v1/transform-jobs/{name}"), 200)
        return job if job["state"]["status"] in ("Completed", "Failed") else None

    job = until(look, f"the end of {name}", 60)
    assert job["state"]["status"] == status, job
    assert reason in job["state"].get("failure_reason", ""), job
