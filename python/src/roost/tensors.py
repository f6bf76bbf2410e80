"""Output tensors of a result, as numpy arrays, or as nested lists if numpy is not installed."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from math import prod
from typing import Any

# Narrower floats are read as 64-bit floats too, which keeps the digits that the server sent.
_FLOATS = {"Float", "Double", "Float16"}


def arrays(outputs: Sequence[dict[str, Any]]) -> list[Any]:
    """Returns one array for each output, in the model's order.

    Args:
        outputs: Objects such as ``{"Float": {"data": [0.5], "dim": [1, 1], "v": 1}}``.

    Returns:
        Arrays of shape ``dim``: floats as float64, integers and booleans in their own type, strings as objects. Among
        floats, ``null`` and ``"NaN"`` become NaN, and ``"Infinity"`` and ``"-Infinity"`` become infinities.
    """
    return [_array(kind, tensor["data"], tensor["dim"]) for output in outputs for kind, tensor in output.items()]


def by_row(name: str, output: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """Returns the columns of an output, each with one value for each row.

    An output with one value for each row is one column of that name, one with several has ``NAME[0]``, ``NAME[1]``, ….
    """
    ((kind, tensor),) = output.items()
    data = [_float(value) for value in tensor["data"]] if kind in _FLOATS else tensor["data"]
    dim = tensor["dim"]
    rows = dim[0] if dim else 1
    width = prod(dim[1:]) if dim else 1
    if width == 1:
        return [(name, data)]
    return [(f"{name}[{index}]", [data[row * width + index] for row in range(rows)]) for index in range(width)]


def brief(value: Any, limit: int = 3) -> str:
    """Returns nested lists, dicts and arrays as text, with the first values of each list."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {brief(item, limit)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        shown = [brief(item, limit) for item in value[:limit]]
        rest = len(value) - limit
        return "[" + ", ".join(shown + ([f"… {rest} more"] if rest > 0 else [])) + "]"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def _array(kind: str, data: list[Any], dim: list[int]) -> Any:
    try:
        numpy = importlib.import_module("numpy")
    except ImportError:
        return nested([_float(value) for value in data] if kind in _FLOATS else data, dim)
    dtype = "float64" if kind in _FLOATS else "object" if kind == "String" else kind.lower()
    return numpy.array(data, dtype=dtype).reshape(dim)


def _float(value: Any) -> float:
    return float("nan") if value is None else float(value)


def nested(data: list[Any], dim: Sequence[int]) -> Any:
    """Returns flat values in row-major order as nested lists of shape ``dim``; for ``[]``, the only value."""
    if not dim:
        return data[0]
    if len(dim) == 1:
        return list(data)
    size = prod(dim[1:])
    return [nested(data[row * size : (row + 1) * size], dim[1:]) for row in range(dim[0])]
