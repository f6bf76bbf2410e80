"""``outputs[i][j]``, ``inputs[i][j]`` and the label: the values that conditions and metrics refer to."""

from __future__ import annotations

import json
import operator
import re
from typing import Any, overload

from .expressions import Expression, reference


class Tensors:
    """The inputs or outputs of a model or a pipeline. The first index selects a tensor, the second a value.

    ``outputs[i][j]`` is the value at position ``j`` in each row of output ``i``, both counted from 0. In metrics,
    ``inputs["age"]`` is an input or a feature by its name.

    Args:
        text: The server's name for them, such as ``housing.outputs``.
        names: The tensors' names in order, if known. An index past the last one raises an `IndexError`.
    """

    __iter__ = None

    def __init__(self, text: str, names: list[str] | None = None) -> None:
        self._text = text
        self._names = names

    @overload
    def __getitem__(self, index: int) -> Values: ...

    @overload
    def __getitem__(self, index: str) -> NamedInput: ...

    def __getitem__(self, index: int | str) -> Values | NamedInput:
        if isinstance(index, str):
            if self._text != "inputs":
                raise IndexError(f"{self._text} are selected by position, not by the name {index!r}.")
            return NamedInput(index)
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

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<{self._text}: index it once more to select a value>"


class NamedInput(Expression):
    """An input or a feature by its name. The index, if it has several values, is the position in the row."""

    __iter__ = None

    def __init__(self, name: str) -> None:
        is_plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
        whole = reference(f"inputs.{name}" if is_plain else f"inputs[{json.dumps(name, ensure_ascii=False)}]")
        super().__init__(str(whole), whole._binding)

    def __getitem__(self, index: int) -> Expression:
        return reference(f"{self}[{_position(index)}]")


def _position(index: Any) -> int:
    position = operator.index(index)
    if position < 0:
        raise IndexError(f"Index {position} is negative. Positions are counted from 0.")
    return position


#: The pipeline's inputs, for use in conditions and metrics: ``roost.inputs[0][3] > 0``.
inputs = Tensors("inputs")

#: The outputs of the model that answered, for use in metrics: ``roost.outputs[0][0] > 0.5``.
outputs = Tensors("outputs")

#: What turned out to be true of an inference, for use in metrics: ``roost.label == 1``.
label = reference("label")
