"""Encodes the inputs of an inference (dicts, lists, numpy arrays and pandas DataFrames) as JSON."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import InvalidInputError, MissingFileError

Signature = Sequence[Mapping[str, Any]]


def encode(inputs: Any, signature: Callable[[], Signature]) -> bytes:
    """Returns the body of an inference request.

    NaN, `None` and pandas' `NA` are missing values and sent as `null`. Infinity is sent as `"Infinity"`.

    Args:
        inputs: A dict of inputs by name, each a nested list or a numpy array; a DataFrame with one row for each row of
            the inputs; or a nested list or an array, for a model with one input.
        signature: Fetches the model's inputs. Called only for inputs that are not a dict.

    Raises:
        InvalidInputError: If a value cannot be sent as JSON, or a DataFrame's columns are not the model's.
    """
    if _is_frame(inputs):
        inputs = from_frame(inputs, signature())
    elif isinstance(inputs, (list, tuple)) or (hasattr(inputs, "tolist") and hasattr(inputs, "shape")):
        inputs = {_only_input(signature(), type(inputs).__name__): inputs}
    if not isinstance(inputs, Mapping):
        raise InvalidInputError(
            f"Inputs must be a dict by name, such as {{'tensor': [[1.0, 2.0]]}}, a list, an array or a DataFrame, "
            f"not {type(inputs).__name__}."
        )
    try:
        return _text(inputs)
    except ValueError:
        # The values are converted only if one of them is a number that JSON cannot represent.
        return _text(_finite(inputs))
    except TypeError as error:
        raise InvalidInputError(f"The inputs cannot be sent as JSON: {error}") from error


def _only_input(signature: Signature, kind: str) -> str:
    """Returns the name of a model's only input, which values without a name are for."""
    names = [str(tensor["name"]) for tensor in signature]
    if len(names) != 1:
        raise InvalidInputError(
            f"The model has {len(names)} inputs, so values of type {kind} need a name. "
            f"Pass a dict with {_quoted(names)}."
        )
    return names[0]


def _text(inputs: Any) -> bytes:
    return json.dumps(inputs, allow_nan=False, separators=(",", ":"), default=plain).encode()


def _finite(value: Any) -> Any:
    """Returns the value with NaN and the infinities in the form that the server accepts."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def existing_file(path: str | Path) -> Path:
    """Returns the path of an existing file, with ``~`` expanded.

    Raises:
        MissingFileError: If the file does not exist or is a folder.
    """
    file = Path(path).expanduser()
    if file.is_dir():
        raise MissingFileError(f"'{path}' is a folder. Expected a file; zip the folder of a SavedModel.")
    if not file.is_file():
        raise MissingFileError(f"The file '{path}' does not exist (looked in {Path.cwd()}).")
    return file


def from_frame(frame: Any, signature: Signature) -> dict[str, Any]:
    """Returns a DataFrame as inputs by name.

    If the columns are named like the model's inputs, each is one input. Otherwise, they are the columns of the model's
    only input, in the order of its features if the model knows their names, or else in their own order. Columns without
    names (0, 1, 2, …) are matched by position.

    Raises:
        InvalidInputError: If a column is missing, unknown or duplicated. The message names it.
    """
    names, columns = [str(tensor["name"]) for tensor in signature], [str(column) for column in frame.columns]
    twice = [column for column, count in Counter(columns).items() if count > 1]
    if twice:
        raise InvalidInputError(f"The DataFrame has duplicate columns: {_quoted(twice)}.")
    has_names = list(frame.columns) != list(range(len(columns)))
    if set(names) == set(columns):
        order = [columns.index(name) for name in names]
    elif len(names) == len(columns) and len(names) > 1 and not has_names:
        order = list(range(len(names)))
    elif len(names) == 1 and names[0] not in columns:
        features = signature[0].get("feature_names")
        return {
            names[0]: _rows(frame, columns, [str(name) for name in features] if features and has_names else columns)
        }
    else:
        raise _mismatch(columns, names)
    return {
        name: _column(frame[frame.columns[position]], tensor["shape"])
        for name, position, tensor in zip(names, order, signature, strict=True)
    }


def _rows(frame: Any, columns: list[str], wanted: list[str]) -> Any:
    """Returns the rows of a frame, with its columns in the wanted order."""
    values = frame.to_numpy()
    if wanted == columns:
        return values.tolist()
    positions = {column: position for position, column in enumerate(columns)}
    if positions.keys() != set(wanted):
        raise _mismatch(columns, wanted)
    return values[:, [positions[column] for column in wanted]].tolist()


def _mismatch(columns: list[str], wanted: list[str]) -> InvalidInputError:
    missing = [name for name in wanted if name not in set(columns)]
    unknown = [column for column in columns if column not in set(wanted)]
    parts = [f"missing: {_quoted(missing)}"] if missing else []
    parts += [f"unknown: {_quoted(unknown)}"] if unknown else []
    return InvalidInputError(
        f"The DataFrame's columns do not match the model's ({'; '.join(parts)}). Pass the key of a split in `headers`."
    )


def _quoted(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:20])
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_numpy")


def _column(values: Any, shape: Sequence[int]) -> list[Any]:
    rows: list[Any] = [plain(row) if hasattr(row, "tolist") else row for row in values.tolist()]
    if len(shape) > 1 and not any(isinstance(row, (list, tuple)) for row in rows):
        return [[row] for row in rows]
    return rows


def plain(value: Any) -> Any:
    """Returns a value that JSON cannot express as one that it can: arrays as lists, pandas' missing values as None."""
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} has type {type(value).__name__}. Expected a number, a string, a list or an array.")
