"""``outputs[i][j]`` and ``inputs[i][j]``: where a condition takes its values from."""

from __future__ import annotations

import operator
from typing import Any

from .expressions import Expression, reference


class Tensors:
    """The inputs or outputs of a model or a pipeline: index first the tensor, then the value.

    ``outputs[i][j]`` is the value at position ``j`` of each row of output ``i``, both counted from 0.

    Args:
        text: How the server names them, such as ``housing.outputs``.
        names: The tensors' names in order, where they are known; an index past them is refused.
    """

    __iter__ = None

    def __init__(self, text: str, names: list[str] | None = None) -> None:
        self._text = text
        self._names = names

    def __getitem__(self, index: int) -> Values:
        position = _position(index)
        if self._names is not None and position >= len(self._names):
            raise IndexError(f"{self._text}[{position}] does not exist; there are {len(self._names)}: {self._names}.")
        return Values(f"{self._text}[{position}]")

    def __repr__(self) -> str:
        return f"<{self._text}{'' if self._names is None else f': {self._names}'}>"


class Values:
    """The values in each row of one tensor; index the position."""

    __iter__ = None

    def __init__(self, text: str) -> None:
        self._text = text

    def __getitem__(self, index: int) -> Expression:
        return reference(f"{self._text}[{_position(index)}]")

    def __repr__(self) -> str:
        return f"<{self._text}, to be indexed once more>"


def _position(index: Any) -> int:
    position = operator.index(index)
    if position < 0:
        raise IndexError(f"Positions count from 0; {position} is none.")
    return position


#: The pipeline's own inputs: ``roost.inputs[0][3] > 0``.
inputs = Tensors("inputs")
