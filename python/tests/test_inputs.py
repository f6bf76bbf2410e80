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


@pytest.mark.parametrize(
    ("inputs", "signature"),
    [
        (pandas.DataFrame({"x": [1]}), TWO),
        (pandas.DataFrame({"tensor": [[1, 2]], "session_id": ["a"]}), ONE),
        (pandas.DataFrame({"x": [pandas.NA]}), ONE),
        ([[1.0, 2.0]], ONE),
        ({"tensor": {1, 2}}, ONE),
    ],
)
def test_what_cannot_be_sent_is_refused(inputs: Any, signature: list[dict[str, Any]]) -> None:
    with pytest.raises(roost.InvalidInputError):
        body(inputs, signature)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), numpy.float32("nan")])
def test_nan_is_refused_with_its_place(bad: float) -> None:
    with pytest.raises(roost.InvalidInputError, match=r"'tensor' holds (nan|inf) at \[0\]\[1\]"):
        body({"n": 1, "tensor": numpy.array([[1.0, bad]])})
    with pytest.raises(roost.InvalidInputError, match=r"\[0\]\[1\]"):
        body(pandas.DataFrame({"x": [1.0], "y": [bad]}))
