from __future__ import annotations

import operator
from typing import Any

import numpy
import pytest

import roost
from roost.references import Tensors

A = Tensors("housing-model.outputs", ["price", "rooms"])
a, b = A[0][0], A[1][2]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (a < 100.0, "housing-model.outputs[0][0] < 100"),
        (a <= 0.5, "housing-model.outputs[0][0] <= 0.5"),
        (100 > a, "housing-model.outputs[0][0] < 100"),
        (numpy.float64(100) >= a, "housing-model.outputs[0][0] <= 100"),
        (a == numpy.int64(3), "housing-model.outputs[0][0] == 3"),
        (a != -1.5, "housing-model.outputs[0][0] != -1.5"),
        (a < 1e-7, "housing-model.outputs[0][0] < 1e-07"),
        (a == 'say "hi"', r'housing-model.outputs[0][0] == "say \"hi\""'),
        (roost.inputs[0][3] > 0, "inputs[0][3] > 0"),
        (1 - a > b / 2, "1 - housing-model.outputs[0][0] > housing-model.outputs[1][2] / 2"),
    ],
)
def test_a_condition_is_text_in_the_servers_language(expression: roost.Expression, text: str) -> None:
    assert str(expression) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ((a + b) * 2, "(A + B) * 2"),
        (a + b * 2, "A + B * 2"),
        (a - (b - 1), "A - (B - 1)"),
        (a - b - 1, "A - B - 1"),
        (a / (b * 2), "A / (B * 2)"),
        (-a * b, "-A * B"),
        (-(a + b), "-(A + B)"),
        (-(-a), "-(-A)"),
        (2 / a, "2 / A"),
        ((a < 1) & (b > 2) | ~(a == b), "A < 1 and B > 2 or not A == B"),
        ((a < 1) & ((b > 2) | (b < 0)), "A < 1 and (B > 2 or B < 0)"),
        (~((a < 1) | (b > 2)), "not (A < 1 or B > 2)"),
        (~~(a < 1), "not not A < 1"),
        ((a < 1) == (b < 1), "(A < 1) == (B < 1)"),
        ((a < 1) & (b < 1) & (a > 0), "A < 1 and B < 1 and A > 0"),
        (a | b, "A or B"),
    ],
)
def test_parentheses_are_where_precedence_needs_them(expression: roost.Expression, text: str) -> None:
    assert str(expression).replace(str(a), "A").replace(str(b), "B") == text


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: 0 < a < 1,
        lambda: (a > 0) and (a < 1),
        lambda: not a,
        lambda: a < 100 & b > 0,
        lambda: (a > 0) & True,
        lambda: (a > 0) + 1,
        lambda: (a > 0) > b,
        lambda: (a + 1) & (b > 0),
        lambda: a == True,  # noqa: E712
        lambda: a < None,
        lambda: list(A),
        lambda: list(A[0]),
    ],
)
def test_what_python_would_get_silently_wrong_is_refused(mistake: Any) -> None:
    with pytest.raises(TypeError):
        mistake()


def test_the_refusal_of_a_chain_says_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"& \| ~"):
        operator.not_(a < 1)


def test_an_index_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IndexError, match="rooms"):
        A[2]
    with pytest.raises(IndexError):
        A[-1]
    with pytest.raises(roost.InvalidInputError):
        _ = a < float("nan")
