"""Entries of a pipeline's inference log."""

from __future__ import annotations

import importlib
from datetime import datetime
from typing import Any

from .errors import RoostError
from .html import cell
from .tensors import arrays
from .times import from_epoch_ms


class LogEntry:
    """One model's part in one inference.

    Attributes:
        id: The inference's id; the models of a shadow deploy share it.
        timestamp: When the inference ran, in UTC.
        model_name, model_version: The model that ran.
        role: ``champion``, or ``challenger`` for a model of a shadow deploy that did not answer.
        input: The inputs by name; empty where they were too large to be kept (``raw["omitted"]`` has the size).
        output: The output tensors, as `InferenceResult.data` gives them; empty where there are none.
        valid: Whether every validation held.
        check_failures: The validations that did not hold.
        elapsed: Nanoseconds.
        error: Why a challenger failed; None where it did not.
        raw: The entry as the server sent it.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.id: str = raw["id"]
        self.timestamp: datetime = from_epoch_ms(raw["time"])
        self.model_name: str = raw["model_name"]
        self.model_version: str = raw["model_version"]
        self.role: str = raw.get("role", "champion")
        self.input: dict[str, Any] = raw.get("original_data") or {}
        self.output: list[Any] = arrays(raw.get("outputs") or [])
        self.valid: bool = raw["valid"]
        self.check_failures: list[dict[str, Any]] = raw["check_failures"]
        self.elapsed: int = raw["elapsed"]
        self.error: str | None = raw.get("error")

    def input_text(self) -> str:
        """The inputs as tables show them: the values alone where there is one input."""
        if "original_data" in self.raw.get("omitted", {}):
            return f"({self.raw['omitted']['original_data']} bytes, not kept)"
        return str(next(iter(self.input.values())) if len(self.input) == 1 else self.input)

    def output_text(self) -> str:
        """The outputs as tables show them."""
        if "outputs" in self.raw.get("omitted", {}):
            return f"({self.raw['omitted']['outputs']} bytes, not kept)"
        return self.error if self.error is not None else str(self.output)

    def __repr__(self) -> str:
        state = "valid" if self.valid else f"{len(self.check_failures)} check failures"
        return f"<LogEntry {self.timestamp.isoformat()} {self.model_name} {state}: {self.output_text()}>"


class LogEntries(list[LogEntry]):
    """Log entries, newest first; a notebook shows them as a table, those with check failures in red."""

    def to_dataframe(self) -> Any:
        """A pandas DataFrame with a row for each entry.

        Raises:
            RoostError: pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ImportError as error:
            raise RoostError("A DataFrame needs pandas: pip install 'roost[pandas]'.") from error
        rows = [[getattr(entry, column) for column in _COLUMNS] for entry in self]
        return pandas.DataFrame(rows, columns=_COLUMNS)

    def _repr_html_(self) -> str:
        return _HEAD + "".join(_row(entry) for entry in self) + "\n</table>\n"


_COLUMNS = [
    "timestamp",
    "id",
    "model_name",
    "model_version",
    "role",
    "valid",
    "check_failures",
    "elapsed",
    "input",
    "output",
    "error",
]

_HEAD = """
<table>
    <tr>
        <th>Timestamp</th>
        <th>Output</th>
        <th>Input</th>
        <th>Anomalies</th>
    </tr>
"""


def _row(entry: LogEntry) -> str:
    return f"""
<tr style="{"color: red;" if entry.check_failures else ""}">
    <td>{entry.timestamp.strftime("%Y-%d-%b %H:%M:%S")}</td>
    <td>{cell(entry.output_text())}</td>
    <td>{cell(entry.input_text())}</td>
    <td>{len(entry.check_failures)}</td>
</tr>
"""
