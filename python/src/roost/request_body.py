"""Inputs of an inference as JSON: dicts, numpy arrays and pandas DataFrames."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import InvalidInputError, MissingFileError

Signature = Sequence[Mapping[str, Any]]


def encode(inputs: Any, signature: Callable[[], Signature]) -> bytes:
    """The body of an inference request.

    Args:
        inputs: A dict of inputs by name, each a nested list or a numpy array; or a DataFrame, a row for each row of the
            inputs.
        signature: Asks for the model's inputs; called for a DataFrame only.

    Raises:
        InvalidInputError: A value is NaN, infinite or no JSON; the message says where.
    """
    if _is_frame(inputs):
        inputs = from_frame(inputs, signature())
    if not isinstance(inputs, Mapping):
        raise InvalidInputError(
            f"Inputs are a dict by name, {{'tensor': [[1.0, 2.0]]}}, or a DataFrame, not {type(inputs).__name__}."
        )
    try:
        text = json.dumps(inputs, allow_nan=False, separators=(",", ":"), default=_plain)
    except ValueError:
        refuse_nan(inputs)
        raise
    except TypeError as error:
        raise InvalidInputError(f"The inputs cannot be sent as JSON: {error}") from error
    return text.encode()


def existing_file(path: str | Path) -> Path:
    """The path, with ``~`` resolved, of a file that exists.

    Raises:
        MissingFileError: There is none, or it is a folder.
    """
    file = Path(path).expanduser()
    if file.is_dir():
        raise MissingFileError(f"'{path}' is a folder; a file is needed (zip a SavedModel's folder).")
    if not file.is_file():
        raise MissingFileError(f"There is no file '{path}' (looked in {Path.cwd()}).")
    return file


def from_frame(frame: Any, signature: Signature) -> dict[str, Any]:
    """A DataFrame as inputs by name.

    Where the columns are the model's inputs, each column is one input. Else all columns together are the rows of the
    model's one input, shape ``[rows, columns]``.
    """
    names, columns = [str(tensor["name"]) for tensor in signature], [str(column) for column in frame.columns]
    if set(names) == set(columns):
        return {
            str(tensor["name"]): _column(frame[frame.columns[columns.index(str(tensor["name"]))]], tensor["shape"])
            for tensor in signature
        }
    if len(names) == 1 and names[0] not in columns:
        return {names[0]: frame.to_numpy().tolist()}
    raise InvalidInputError(
        f"The DataFrame's columns {columns} are not the model's inputs {names}. Name the columns like the inputs; "
        "a key of a split goes to `headers`."
    )


def refuse_nan(inputs: Any) -> None:
    """Raises `InvalidInputError` that names the first NaN or infinity among the inputs, if there is one."""
    for name, value in inputs.items():
        place = _unsendable(value, "")
        if place is not None:
            raise InvalidInputError(
                f"Input '{name}' holds {place[1]} at {place[0] or 'the top'}. JSON has no NaN and no infinity: "
                "replace or drop it first (for example `frame.fillna(0)`)."
            )


def _unsendable(value: Any, place: str) -> tuple[str, float] | None:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return place, value
    children: Any = ()
    if isinstance(value, Mapping):
        children = value.items()
    elif isinstance(value, (list, tuple)):
        children = enumerate(value)
    for key, child in children:
        found = _unsendable(child, f"{place}[{key!r}]")
        if found is not None:
            return found
    return None


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_numpy")


def _column(values: Any, shape: Sequence[int]) -> list[Any]:
    rows: list[Any] = [_plain(row) if hasattr(row, "tolist") else row for row in values.tolist()]
    if len(shape) > 1 and not any(isinstance(row, (list, tuple)) for row in rows):
        return [[row] for row in rows]
    return rows


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} of type {type(value).__name__} is neither a number, a string, a list nor an array.")
