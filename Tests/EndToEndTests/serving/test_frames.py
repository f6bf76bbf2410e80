"""DataFrames through the SDK and rows by column through /v1: names, missing values, infinities, and no rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from endpoint_clients import tar
from harness import EXPECTED, Api, Server, answered
from pyarrow import parquet
from small_onnx import FLOAT, INT64, model, node

import roost

NAMES = ["age", "income", "a longer name than most"]


def booster(names: list[str] | None) -> xgboost.Booster:
    rows = np.random.default_rng(1).normal(size=(300, len(NAMES)))
    rows[::7, 1] = np.nan
    labels = 3 * rows[:, 0] - np.nan_to_num(rows[:, 1], nan=4) + rows[:, 2] ** 2
    return xgboost.train({"max_depth": 4}, xgboost.DMatrix(rows, labels, feature_names=names), num_boost_round=8)


@pytest.fixture(scope="module")
def named() -> xgboost.Booster:
    return booster(NAMES)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rows = np.random.default_rng(2).normal(size=(6, len(NAMES))).astype("float32")
    rows[1, 1] = np.nan
    rows[3, 0] = np.nan
    return pd.DataFrame(rows, columns=NAMES)


@pytest.fixture(scope="module")
def served(api: Api, named: xgboost.Booster) -> Api:
    api.upload("frame-named", bytes(named.save_raw("json")))
    api.upload("frame-packed", tar({"xgboost-model": bytes(named.save_raw("ubj"))}), framework="xgboost")
    api.upload("frame-nameless", bytes(booster(None).save_raw("json")))
    one = (FLOAT, ("rows", 1))
    add = node("Sub", ["age", "income"], "difference")
    api.upload("frame-columns", model([add], {"age": one, "income": one}, {"difference": one}))
    scalar = model([node("Log", ["x"], "y")], {"x": (FLOAT, ("rows", 1))}, {"y": (FLOAT, ("rows", 1))})
    api.upload("frame-log", scalar)
    whole = (INT64, ("rows", 1))
    api.upload("frame-whole", model([node("Identity", ["x"], "y")], {"x": whole}, {"y": whole}))
    for name in ("named", "packed", "nameless", "columns", "log", "whole"):
        api.serve(f"frame-{name}", [f"frame-{name}"])
    return api


@pytest.fixture(scope="module")
def client(served: Api) -> roost.Client:
    return roost.Client(served.url)


def predicted(booster: xgboost.Booster, frame: pd.DataFrame) -> Any:
    return booster.predict(xgboost.DMatrix(frame))


def said(client: roost.Client, name: str, inputs: Any) -> Any:
    (result,) = client.pipelines_by_name(f"frame-{name}")[0].infer(inputs)
    return result.data()[0]


@pytest.mark.parametrize("name", ["named", "packed"])
def test_the_signature_has_the_names_of_the_features(served: Api, client: roost.Client, name: str) -> None:
    (found,) = client.model_by_name(f"frame-{name}").signature["inputs"]
    assert found == {"name": "input", "datatype": "FP32", "shape": [-1, 3], "feature_names": NAMES}
    assert "feature_names" not in client.model_by_name("frame-nameless").signature["inputs"][0]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
def test_a_frame_is_answered_alike_whatever_the_order_of_its_columns(
    client: roost.Client, named: xgboost.Booster, frame: pd.DataFrame, order: list[int]
) -> None:
    expected = predicted(named, frame)
    for name in ("named", "packed"):
        np.testing.assert_allclose(said(client, name, frame.iloc[:, order])[:, 0], expected, rtol=1e-6)
    two = frame[["age", "income"]].fillna(0).iloc[:, [item for item in order if item < 2]]
    np.testing.assert_allclose(said(client, "columns", two)[:, 0], two["age"] - two["income"], rtol=1e-6)


def test_a_frame_without_names_goes_by_position(
    client: roost.Client, named: xgboost.Booster, frame: pd.DataFrame
) -> None:
    expected = predicted(named, frame)
    for name, columns in (("named", range(3)), ("nameless", range(3)), ("nameless", ["x", "y", "z"])):
        answer = said(client, name, frame.set_axis(list(columns), axis=1))
        np.testing.assert_allclose(answer[:, 0], expected, rtol=1e-6)


def test_columns_that_are_not_the_models_are_refused(client: roost.Client, frame: pd.DataFrame) -> None:
    with pytest.raises(roost.InvalidInputError, match="missing: 'income'; unknown: 'pay'"):
        said(client, "named", frame.rename(columns={"income": "pay"}))
    with pytest.raises(roost.InvalidInputError, match="missing: 'income'; unknown: 'pay'"):
        said(client, "columns", frame[["age", "income"]].rename(columns={"income": "pay"}))


def test_rows_come_as_objects_by_column(served: Api, named: xgboost.Booster, frame: pd.DataFrame) -> None:
    records = json.loads(frame.iloc[:, [2, 0, 1]].to_json(orient="records", double_precision=15))
    # The columns of each row are in a different order.
    mixed = [dict(sorted(row.items(), reverse=index % 2 == 0)) for index, row in enumerate(records)]
    for inputs in ({"input": records}, {"tensor": mixed}):
        answer = served.infer("frame-named", inputs)["outputs"][0]["Float"]
        assert answer["dim"] == [6, 1]
        np.testing.assert_allclose(answer["data"], predicted(named, frame), rtol=1e-6)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"age": 1, NAMES[2]: 2}, ["is missing the columns 'income'"]),
        ({"age": 1, "pay": 1, NAMES[2]: 2}, ["is missing the columns 'income'", "unknown columns: 'pay'"]),
        (dict.fromkeys(NAMES, 1) | {"x": 1}, ["unknown columns: 'x'"]),
        ({}, ["is missing the columns 'age', 'income', 'a longer"]),
        (dict.fromkeys(NAMES, "1"), ["a string"]),
        ({name: [1] for name in NAMES}, ["an array"]),
        ([1, 2, 3], ["an object"]),
    ],
)
def test_a_row_of_other_columns_is_refused(served: Api, row: Any, words: list[str]) -> None:
    rows = [dict.fromkeys(NAMES, 0), row]
    answer = served.post("/v1/pipelines/frame-named/infer", json={"input": rows})
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (400, "input")
    assert all(word in error["message"] for word in words), error
    if isinstance(row, dict) and "is missing" in words[0]:
        assert "Row 2" in error["message"]


def test_a_column_that_comes_twice_is_refused(served: Api) -> None:
    body = '{"input": [{"age": 1, "income": 2, "age": 3, "a longer name than most": 4}]}'
    answer = served.post("/v1/pipelines/frame-named/infer", data=body)
    assert answer.status_code == 400
    assert "'age' appears twice in row 1" in answer.json()["error"]["message"]
    answer = served.post("/v1/pipelines/frame-nameless/infer", json={"input": [dict.fromkeys(NAMES, 1)]})
    assert answer.status_code == 400


def test_inputs_by_other_names_are_refused_where_there_are_several(served: Api) -> None:
    for path, body in (
        ("/v1/pipelines/frame-columns/infer", {"alter": [[1]], "income": [[2]]}),
        (
            "/v2/models/frame-columns/infer",
            {
                "inputs": [
                    {"name": name, "datatype": "FP32", "shape": [1, 1], "data": [1]} for name in ("alter", "income")
                ]
            },
        ),
    ):
        error = served.post(path, json=body).text
        assert "'alter'" in error
        assert "'age' (FP32 [-1, 1]) is missing" in error


def test_null_is_a_missing_value(served: Api, named: xgboost.Booster, frame: pd.DataFrame) -> None:
    rows = [[None if np.isnan(value) else value for value in row] for row in frame.to_numpy(dtype="float64").tolist()]
    expected = predicted(named, frame)
    answer = served.infer("frame-named", {"input": rows})["outputs"][0]["Float"]["data"]
    np.testing.assert_allclose(answer, expected, rtol=1e-6)
    flat = [value for row in rows for value in row]
    for data in (rows, flat):
        tensor = {"name": "input", "datatype": "FP32", "shape": [6, 3], "data": data}
        np.testing.assert_allclose(served.infer_v2("frame-named", [tensor])["outputs"][0]["data"], expected, rtol=1e-6)


def test_null_is_no_whole_number(served: Api) -> None:
    answer = served.post("/v1/pipelines/frame-whole/infer", json={"x": [[1], [None]]})
    assert answer.status_code == 400
    assert "null" in answer.json()["error"]["message"]
    tensor = {"name": "x", "datatype": "INT64", "shape": [2, 1], "data": [1, None]}
    answer = served.post("/v2/models/frame-whole/infer", json={"inputs": [tensor]})
    assert answer.status_code == 400
    assert "null" in answer.json()["error"]


NON_FINITE = [[-1.0], [0.0], ["Infinity"], [None], [1.0]]


def test_what_json_has_no_number_for_is_null_unless_asked_for(served: Api, client: roost.Client) -> None:
    path = "/v1/pipelines/frame-log/infer"
    plain, words = [None, None, None, None, 0.0], ["NaN", "-Infinity", "Infinity", "NaN", 0.0]
    for query, expected in (("", plain), ("?non_finite=null", plain), ("?non_finite=string", words)):
        answer = answered(served.post(path + query, json={"x": NON_FINITE}), 200)
        assert answer["outputs"][0]["Float"]["data"] == expected
    tensor = {"name": "x", "datatype": "FP32", "shape": [5, 1], "data": NON_FINITE}
    for parameters, expected in ({}, plain), ({"non_finite": "string"}, words):
        answer = served.infer_v2("frame-log", [tensor], parameters=parameters)
        assert answer["outputs"][0]["data"] == expected
    for query in ("?non_finite=nan", "?non_finite", "?nonfinite=string", "?a=1&non_finite=string"):
        refused = served.post(path + query, json={"x": [[1]]})
        assert refused.status_code == 400
        assert refused.json()["error"]["field"] in ("non_finite", "nonfinite", "a")
    assert served.post("/v2/models/frame-log/infer?a=1", json={"inputs": [tensor]}).status_code == 400
    frame = pd.DataFrame({"x": [-1.0, 0.0, float("inf"), pd.NA, 1.0]})
    np.testing.assert_array_equal(said(client, "log", frame)[:, 0], [np.nan, -np.inf, np.inf, np.nan, 0])


def test_no_rows_are_answered_with_none(served: Api, client: roost.Client, frame: pd.DataFrame) -> None:
    for name in ("named", "packed", "nameless"):
        assert said(client, name, frame.iloc[:0]).shape == (0, 1)
        assert served.infer(f"frame-{name}", {"input": []})["outputs"][0]["Float"] == {
            "data": [],
            "dim": [0, 1],
            "v": 1,
        }
    assert said(client, "columns", frame[["income", "age"]].iloc[:0]).shape == (0, 1)
    tensor = {"name": "input", "datatype": "FP32", "shape": [0, 3], "data": []}
    assert served.infer_v2("frame-named", [tensor])["outputs"][0]["shape"] == [0, 1]


def test_names_are_kept_over_a_restart(start_server: Any, named: xgboost.Booster, frame: pd.DataFrame) -> None:
    server: Server = start_server()
    server.api.upload("m", bytes(named.save_raw("ubj")))
    server.api.serve("p", ["m"])
    assert server.stop() == 0
    server.start()
    (result,) = roost.Client(server.url).pipelines_by_name("p")[0].infer(frame.iloc[:, ::-1])
    np.testing.assert_allclose(result.data()[0][:, 0], predicted(named, frame), rtol=1e-6)


def test_the_log_is_exported_as_parquet(api: Api, tmp_path: Path) -> None:
    api.upload("types", "all-types.onnx")
    api.serve("exported", ["types"])
    inputs = json.loads((EXPECTED / "all-types.json").read_text())["inputs"]
    for number in range(3):
        api.infer("exported", inputs, headers={"X-Roost-Inference-Id": f"e-{number}"})
    pipeline = roost.Client(api.url).pipelines_by_name("exported")[0]
    path = pipeline.export_logs(tmp_path / "log.parquet")
    # Another program than the one that wrote it reads what stands in the file, not what a frame would make of it.
    table = parquet.read_table(path)
    frame = pipeline.logs().to_dataframe()
    assert table.column_names == list(frame.columns)
    assert table.num_rows == len(frame) == 3
    assert table["id"].to_pylist() == frame["id"].to_list() == ["e-2", "e-1", "e-0"]
    assert [time.timestamp() for time in table["timestamp"].to_pylist()] == pytest.approx(
        [time.timestamp() for time in frame["timestamp"]], abs=1e-6
    )
    for name in ("input", "output"):
        logged = json.loads(json.dumps(frame[name].to_list(), default=np.ndarray.tolist))
        assert [json.loads(text) for text in table[name].to_pylist()] == logged
    assert parquet.read_table(pipeline.export_logs(tmp_path / "one.parquet", limit=1)).num_rows == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["log.parquet", "one.parquet"]
