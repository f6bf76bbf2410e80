from __future__ import annotations

import importlib
from datetime import timedelta
from typing import Any

import numpy
import pytest

import roost
from roost.tensors import nested

FAILURE = {"False": {"expr": "anomaly-housing-model.outputs[0][0] < 100"}}
INPUT = [0.02675675, 0.0, 0.02677953, 0.0, 0.0010046, 0.00951931, 0.14795322]
INPUT += [0.0027145, 2, 0.98536841, 0.02988655, 0.04031725, 0.04298041]


def tensor(kind: str, data: list[Any], dim: list[int]) -> dict[str, Any]:
    return {kind: {"data": data, "dim": dim, "v": 1}}


def result(**changes: Any) -> roost.InferenceResult:
    raw = {
        "check_failures": [FAILURE],
        "elapsed": 12196540,
        "model_name": "anomaly-housing-model",
        "model_version": "a3b1c29f-c827-4aad-817d-485de464d59b",
        "original_data": {"dense_16_input": [INPUT]},
        "outputs": [tensor("Float", [350.46990966796875], [1, 1])],
        "pipeline_name": "anomaly-housing-pipeline",
        "shadow_data": {},
        "time": 1667416852255,
    }
    return roost.InferenceResult(raw | changes)


NON_FINITE = [None, "NaN", "Infinity", "-Infinity", 0.5]


def test_missing_and_infinite_numbers_come_back_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [float("nan"), float("nan"), float("inf"), float("-inf"), 0.5]
    for kind in ("Float", "Double", "Float16"):
        (array,) = result(outputs=[tensor(kind, NON_FINITE, [5])]).data()
        assert array.dtype == numpy.float64
        numpy.testing.assert_array_equal(array, expected)
    monkeypatch.setattr(importlib, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    (values,) = result(outputs=[tensor("Float", NON_FINITE, [5])]).data()
    assert [str(value) for value in values] == ["nan", "nan", "inf", "-inf", "0.5"]


def test_no_rows_are_an_empty_array() -> None:
    (array,) = result(outputs=[tensor("Float", [], [0, 3])]).data()
    assert array.shape == (0, 3)


def test_a_result_prints_as_the_pretty_printed_answer() -> None:
    assert repr([result()]) == (
        """[InferenceResult({'check_failures': [{'False': {'expr': 'anomaly-housing-model.outputs[0][0] < '
                                       '100'}}],
 'elapsed': 12196540,
 'model_name': 'anomaly-housing-model',
 'model_version': 'a3b1c29f-c827-4aad-817d-485de464d59b',
 'original_data': {'dense_16_input': [[0.02675675,
                                       0.0,
                                       0.02677953,
                                       0.0,
                                       0.0010046,
                                       0.00951931,
                                       0.14795322,
                                       0.0027145,
                                       2,
                                       0.98536841,
                                       0.02988655,
                                       0.04031725,
                                       0.04298041]]},
 'outputs': [{'Float': {'data': [350.46990966796875], 'dim': [1, 1], 'v': 1}}],
 'pipeline_name': 'anomaly-housing-pipeline',
 'shadow_data': {},
 'time': 1667416852255})]"""
    )


def test_a_result_has_its_parts() -> None:
    parts = result()
    assert parts.model() == ("anomaly-housing-model", "a3b1c29f-c827-4aad-817d-485de464d59b")
    assert parts.input_data() == {"dense_16_input": [INPUT]}
    assert parts.check_failures() == [FAILURE]
    assert parts.time_elapsed() == timedelta(microseconds=12196.54)
    assert str(parts.data()) == "[array([[350.46990967]])]"
    shadowed = result(shadow_data={"rf": [tensor("Float", [1.0], [1, 1])]}).shadow_data()
    assert str(shadowed) == "{'rf': [array([[1.]])]}"


@pytest.mark.parametrize(
    ("kind", "data", "dtype"),
    [
        ("Float", [0.5, 1.0], "float64"),
        ("Double", [0.5, 1.0], "float64"),
        ("Float16", [0.5, 1.0], "float64"),
        ("Int64", [2**62, -1], "int64"),
        ("Uint8", [0, 255], "uint8"),
        ("Uint64", [0, 2**64 - 1], "uint64"),
        ("Bool", [True, False], "bool"),
        ("String", ["a", "ä"], "object"),
    ],
)
def test_each_data_type_becomes_an_array(kind: str, data: list[Any], dtype: str) -> None:
    (array,) = result(outputs=[tensor(kind, data, [2, 1])]).data()
    assert array.dtype == dtype
    assert array.tolist() == [[data[0]], [data[1]]]


def test_without_numpy_data_is_nested_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    assert result(outputs=[tensor("Int8", [1, 2, 3, 4], [2, 2])]).data() == [[[1, 2], [3, 4]]]


@pytest.mark.parametrize("shape", [[], [1], [6], [2, 3], [1, 2, 3], [3, 0], [0, 3]])
def test_nested_lists_have_the_shape_that_numpy_gives(shape: list[int]) -> None:
    array = numpy.arange(int(numpy.prod(shape))).reshape(shape)
    assert nested(array.ravel().tolist(), shape) == array.tolist()


def test_a_frame_has_a_row_for_each_row_and_the_outputs_by_name() -> None:
    several = result(
        outputs=[tensor("Float", [0.5, 0.25], [2, 1]), tensor("Int64", [1, 2, 3, 4], [2, 2])],
        shadow_data={"rf": [tensor("Float", [1.0, None], [2, 1])]},
        check_failures=[{"False": {"expr": "a", "rows": [1]}}, {"Error": {"expr": "b", "message": "m"}}],
    )
    frame = several.to_dataframe()
    assert frame.columns.tolist() == [
        "model",
        "outputs[0]",
        "outputs[1][0]",
        "outputs[1][1]",
        "rf.outputs[0]",
        "check_failures",
    ]
    assert frame["outputs[1][1]"].tolist() == [2, 4]
    assert frame["rf.outputs[0]"].isna().tolist() == [False, True]
    assert frame["check_failures"].tolist() == [["b"], ["a", "b"]]
    named = roost.InferenceResult(several.raw, None, lambda model, version: ["price", "class"])
    assert named.to_dataframe().columns.tolist()[1:4] == ["price", "class[0]", "class[1]"]


def test_outputs_without_common_rows_have_no_frame() -> None:
    ragged = result(outputs=[tensor("Float", [0.5, 0.25], [2, 1]), tensor("Float", [0.5], [1, 1])])
    with pytest.raises(roost.RoostError, match="different numbers of rows"):
        ragged.to_dataframe()
