"""Conditions on a model's inputs and outputs, written with Python's operators.

``model.outputs[0][0] < 100`` is not evaluated in Python. It becomes text that the server evaluates on every inference.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from .errors import InvalidInputError

# Operator precedence, loosest first.
_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _NEGATE, _ATOM = range(8)


class Expression:
    """A condition or a part of one. ``str()`` returns it in the server's expression language.

    Compare with ``< <= > >= == !=`` and calculate with ``+ - * /``. Combine conditions with ``&`` (and), ``|`` (or) and
    ``~`` (not), and put each comparison in parentheses: ``(a > 0) & (a < 100)``.
    """

    # Allows numpy scalars on the left of an operator.
    __array_ufunc__ = None
    __hash__ = object.__hash__

    def __init__(self, text: str, binding: int) -> None:
        self._text = text
        self._binding = binding

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<Expression {self._text}>"

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"`{self._text}` has no truth value in Python: the server evaluates it. Combine conditions with & | ~ "
            "instead of and, or, not, and write `(0 < a) & (a < 1)` instead of `0 < a < 1`."
        )

    @property
    def is_condition(self) -> bool:
        """Whether this is a condition by its form: a comparison or a combination of conditions."""
        return self._binding <= _COMPARE

    def __lt__(self, other: Any) -> Expression:
        return _compare(self, "<", other)

    def __le__(self, other: Any) -> Expression:
        return _compare(self, "<=", other)

    def __gt__(self, other: Any) -> Expression:
        return _compare(self, ">", other)

    def __ge__(self, other: Any) -> Expression:
        return _compare(self, ">=", other)

    def __eq__(self, other: Any) -> Expression:  # type: ignore[override]
        return _compare(self, "==", other)

    def __ne__(self, other: Any) -> Expression:  # type: ignore[override]
        return _compare(self, "!=", other)

    def __add__(self, other: Any) -> Expression:
        return _arithmetic(self, "+", other, _ADD)

    def __radd__(self, other: Any) -> Expression:
        return _arithmetic(other, "+", self, _ADD)

    def __sub__(self, other: Any) -> Expression:
        return _arithmetic(self, "-", other, _ADD)

    def __rsub__(self, other: Any) -> Expression:
        return _arithmetic(other, "-", self, _ADD)

    def __mul__(self, other: Any) -> Expression:
        return _arithmetic(self, "*", other, _MULTIPLY)

    def __rmul__(self, other: Any) -> Expression:
        return _arithmetic(other, "*", self, _MULTIPLY)

    def __truediv__(self, other: Any) -> Expression:
        return _arithmetic(self, "/", other, _MULTIPLY)

    def __rtruediv__(self, other: Any) -> Expression:
        return _arithmetic(other, "/", self, _MULTIPLY)

    def __neg__(self) -> Expression:
        return Expression(f"-{_inside(_number(self, '-'), _ATOM)}", _NEGATE)

    def __pos__(self) -> Expression:
        return _number(self, "+")

    def __and__(self, other: Any) -> Expression:
        return _combine(self, "and", other, _AND)

    def __rand__(self, other: Any) -> Expression:
        return _combine(other, "and", self, _AND)

    def __or__(self, other: Any) -> Expression:
        return _combine(self, "or", other, _OR)

    def __ror__(self, other: Any) -> Expression:
        return _combine(other, "or", self, _OR)

    def __invert__(self) -> Expression:
        return Expression(f"not {_inside(_condition(self, '~'), _NOT)}", _NOT)

    def is_missing(self) -> Expression:
        """Returns the condition that an input or output has no value, for metrics and slices."""
        if self._binding != _ATOM:
            raise TypeError(f"Only an input or output can be missing, not `{self}`.")
        return Expression(f"{self} is missing", _COMPARE)


def reference(text: str) -> Expression:
    """Returns the expression for a name or an indexed value, which never needs parentheses."""
    return Expression(text, _ATOM)


def conjunction(text: str) -> Expression:
    """Returns conditions that the server joined with ``and`` as an expression."""
    return Expression(text, _AND)


def _compare(left: Expression, operator: str, right: Any) -> Expression:
    other = _expression(right)
    if operator not in ("==", "!="):
        _number(left, operator)
        _number(other, operator)
    return Expression(f"{_inside(left, _ADD)} {operator} {_inside(other, _ADD)}", _COMPARE)


def _arithmetic(left: Any, operator: str, right: Any, binding: int) -> Expression:
    first, second = _number(_expression(left), operator), _number(_expression(right), operator)
    return Expression(f"{_inside(first, binding)} {operator} {_inside(second, binding + 1)}", binding)


def _combine(left: Any, operator: str, right: Any, binding: int) -> Expression:
    symbol = "&" if operator == "and" else "|"
    first, second = _condition(left, symbol), _condition(right, symbol)
    return Expression(f"{_inside(first, binding)} {operator} {_inside(second, binding)}", binding)


def _inside(part: Expression, binding: int) -> str:
    return f"({part})" if part._binding < binding else str(part)


def _number(part: Expression, operator: str) -> Expression:
    if part.is_condition:
        raise TypeError(
            f"`{part}` is a condition, so `{operator}` cannot be applied to it. Combine conditions with & | ~."
        )
    return part


def _condition(part: Any, symbol: str) -> Expression:
    if not isinstance(part, Expression) or part._binding not in (_OR, _AND, _NOT, _COMPARE, _ATOM):
        raise TypeError(
            f"`{symbol}` combines conditions, but `{part}` is not a condition. It binds more tightly than "
            f"a comparison: write `(a < 1) {symbol} (b > 2)` with the parentheses."
        )
    return part


def _expression(value: Any) -> Expression:
    if isinstance(value, Expression):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a numpy scalar
    if isinstance(value, bool):
        raise TypeError(
            f"A condition takes numbers and strings, not {value}. Use the value itself, or ~ for its opposite."
        )
    if isinstance(value, str):
        return Expression(json.dumps(value, ensure_ascii=False), _ATOM)
    if not isinstance(value, (int, float)):
        raise TypeError(f"A condition takes numbers and strings, not {type(value).__name__}.")
    if not math.isfinite(value):
        raise InvalidInputError(f"A condition cannot contain {value}.")
    whole = value == int(value) and abs(value) < 1e16
    return Expression(str(int(value)) if whole else repr(value), _NEGATE if value < 0 else _ATOM)
