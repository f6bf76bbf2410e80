"""``outputs[i][j]`` and ``inputs[i][j]``: the values that conditions refer to."""

from __future__ import annotations

import operator
from typing import Any

from .expressions import Expression, reference


class Tensors:
    """The inputs or outputs of a model or a pipeline. The first index selects a tensor, the second a value.

    ``outputs[i][j]`` is the value at position ``j`` in each row of output ``i``, both counted from 0.

    Args:
        text: The server's name for them, such as ``housing.outputs``.
        names: The tensors' names in order, if known. An index past the last one raises an `IndexError`.
    """

    __iter__ = None

    def __init__(self, text: str, names: list[str] | None = None) -> None:
        self._text = text
        self._names = names

    def __getitem__(self, index: int) -> Values:
        position = _position(index)
        if self._names is not None and position >= len(self._names):
            raise IndexError(
                f"{self._text}[{position}] does not exist. Available tensors ({len(self._names)}): {self._names}."
            )
        return Values(f"{self._text}[{position}]")

    def __repr__(self) -> str:
        return f"<{self._text}{'' if self._names is None else f': {self._names}'}>"


class Values:
    """The values in each row of one tensor. The index is the position in the row."""

    __iter__ = None

    def __init__(self, text: str) -> None:
        self._text = text

    def __getitem__(self, index: int) -> Expression:
        return reference(f"{self._text}[{_position(index)}]")

    def __repr__(self) -> str:
        return f"<{self._text}: index it once more to select a value>"


def _position(index: Any) -> int:
    position = operator.index(index)
    if position < 0:
        raise IndexError(f"Index {position} is negative. Positions are counted from 0.")
    return position


#: The pipeline's inputs, for use in conditions: ``roost.inputs[0][3] > 0``.
inputs = Tensors("inputs")
