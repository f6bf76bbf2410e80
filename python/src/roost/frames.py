"""Finds pandas, which the SDK needs only for DataFrames, and writes files with it."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import RoostError
from .request_body import plain


def pandas() -> Any:
    """Returns the module.

    Raises:
        RoostError: If pandas is not installed.
    """
    try:
        return importlib.import_module("pandas")
    except ImportError as error:
        raise RoostError("pandas is not installed. Install it with: pip install 'roost[pandas]'") from error


def _flat(frame: Any) -> Any:
    """Returns a copy of a frame with lists, dicts and arrays as JSON."""

    def text(value: Any) -> Any:
        return json.dumps(value, default=plain) if isinstance(value, (list, dict)) else value

    return frame.apply(lambda column: column.map(text) if column.dtype == object else column)


def _write_csv(frame: Any, path: Path) -> None:
    _flat(frame).to_csv(path, index=False)


def _write_parquet(frame: Any, path: Path) -> None:
    try:
        importlib.import_module("pyarrow")
    except ImportError as error:
        raise RoostError("pyarrow is not installed. Install it with: pip install pyarrow") from error
    _flat(frame).to_parquet(path, index=False)


#: Writes a frame to a file, by the end of the file's name.
FRAME_WRITERS: dict[str, Callable[[Any, Path], None]] = {".csv": _write_csv, ".parquet": _write_parquet}
