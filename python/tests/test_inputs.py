from __future__ import annotations

import json
from typing import Any

import numpy
import pandas
import pytest

import roost
from roost.request_body import encode

TWO = [{"name": "a", "datatype": "FP32", "shape": [-1, 1]}, {"name": "b", "datatype": "INT64", "shape": [-1]}]
ONE = [{"name": "tensor", "datatype": "FP32", "shape": [-1, 2]}]


def body(inputs: Any, signature: list[dict[str, Any]] = ONE) -> Any:
    return json.loads(encode(inputs, lambda: signature))


def test_a_dict_is_sent_as_it_is_and_arrays_as_lists() -> None:
    inputs = {"tensor": numpy.array([[1, 2.5]], dtype="float32"), "n": numpy.int64(3), "session_id": "abc"}
    assert body(inputs) == {"tensor": [[1, 2.5]], "n": 3, "session_id": "abc"}
    assert body({"tensor": [numpy.array([1, 2])]}) == {"tensor": [[1, 2]]}


def test_columns_named_like_the_inputs_are_one_input_each() -> None:
    frame = pandas.DataFrame({"b": [1, 2], "a": [0.5, 1.5]})
    assert body(frame, TWO) == {"a": [[0.5], [1.5]], "b": [1, 2]}
    assert body(pandas.DataFrame({"tensor": [[1, 2], numpy.array([3, 4])]})) == {"tensor": [[1, 2], [3, 4]]}


def test_other_columns_are_the_values_of_the_one_input() -> None:
    frame = pandas.DataFrame({"x": [1, 2], "y": [0.5, 1.5]})
    assert body(frame) == {"tensor": [[1.0, 0.5], [2.0, 1.5]]}


def test_values_without_a_name_are_the_one_input() -> None:
    for values in ([[1.0, 2.0]], ([1.0, 2.0],), numpy.array([[1.0, 2.0]])):
        assert body(values) == {"tensor": [[1.0, 2.0]]}
    with pytest.raises(roost.InvalidInputError, match=r"has 2 inputs, so values of type ndarray need a name.*'a', 'b'"):
        body(numpy.zeros((1, 2)), TWO)


NAMED = [{"name": "input", "datatype": "FP32", "shape": [-1, 2], "feature_names": ["age", "income"]}]


def test_columns_are_put_into_the_order_of_the_models_features() -> None:
    frame = pandas.DataFrame({"income": [2.5, 3.5], "age": [30, 40]})
    assert body(frame, NAMED) == {"input": [[30, 2.5], [40, 3.5]]}
    assert body(frame[["age", "income"]], NAMED) == {"input": [[30, 2.5], [40, 3.5]]}
    numbered = [NAMED[0] | {"feature_names": ["0", "1"]}]
    assert body(pandas.DataFrame([[1, 2]], columns=[1, 0]), numbered) == {"input": [[2, 1]]}


def test_columns_without_names_go_by_their_position() -> None:
    assert body(pandas.DataFrame([[30, 2.5]]), NAMED) == {"input": [[30, 2.5]]}
    assert body(pandas.DataFrame([[0.5, 3]]), TWO) == {"a": [[0.5]], "b": [3]}
    assert body(pandas.DataFrame([[1, 2]], columns=[1, 0]), ONE) == {"tensor": [[1, 2]]}


@pytest.mark.parametrize(
    ("columns", "signature", "named"),
    [
        (["age", "pay"], NAMED, ["missing: 'income'", "unknown: 'pay'"]),
        (["age"], NAMED, ["missing: 'income'"]),
        (["age", "income", "x"], NAMED, ["unknown: 'x'"]),
        (["b", "c"], TWO, ["missing: 'a'", "unknown: 'c'"]),
        (["a", "b", "key"], TWO, ["unknown: 'key'", "headers"]),
        (["tensor", "key"], ONE, ["unknown: 'key'"]),
        (["x", "x"], ONE, ["duplicate columns: 'x'"]),
        ([1, "1"], ONE, ["duplicate columns: '1'"]),
    ],
)
def test_columns_that_are_not_the_models_are_named(
    columns: list[Any], signature: list[dict[str, Any]], named: list[str]
) -> None:
    with pytest.raises(roost.InvalidInputError) as error:
        body(pandas.DataFrame([[1] * len(columns)], columns=columns), signature)
    assert all(text in str(error.value) for text in named), error.value


def test_a_frame_without_rows_is_sent() -> None:
    assert body(pandas.DataFrame({"income": [], "age": []}), NAMED) == {"input": []}
    assert body(pandas.DataFrame({"a": [], "b": []}), TWO) == {"a": [], "b": []}


@pytest.mark.parametrize(
    ("inputs", "signature"),
    [
        (pandas.DataFrame({"x": [1]}), TWO),
        (pandas.DataFrame({"tensor": [[1, 2]], "session_id": ["a"]}), ONE),
        ([[1.0, 2.0]], TWO),
        (numpy.zeros((1, 2)), TWO),
        ("text", ONE),
        ({"tensor": {1, 2}}, ONE),
    ],
)
def test_what_cannot_be_sent_is_refused(inputs: Any, signature: list[dict[str, Any]]) -> None:
    with pytest.raises(roost.InvalidInputError):
        body(inputs, signature)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (float("nan"), None),
        (numpy.float32("nan"), None),
        (None, None),
        (pandas.NA, None),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_what_json_has_no_number_for_is_sent_all_the_same(value: Any, sent: Any) -> None:
    assert body({"n": 1, "tensor": [[1.0, value]]}) == {"n": 1, "tensor": [[1.0, sent]]}
    assert body(pandas.DataFrame({"x": [1.0], "y": [value]})) == {"tensor": [[1.0, sent]]}
    if isinstance(value, float):
        assert body({"tensor": numpy.array([[1.0, value]])}) == {"tensor": [[1.0, sent]]}
