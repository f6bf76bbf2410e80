"""Entries of a pipeline's inference log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .frames import pandas
from .html import cell
from .tensors import arrays, brief
from .times import from_epoch_ms
from .words import visible


class LogEntry:
    """The log entry of one model in one inference.

    Attributes:
        id: The inference's ID. The entries of a shadow deploy share it.
        timestamp: When the inference ran, in UTC.
        model_name, model_version: Name and version (a UUID) of the model that ran.
        role: ``champion``, or ``challenger`` for a model of a shadow deploy that only ran for comparison.
        input: The inputs by name. Empty if they were too large to keep; ``raw["omitted"]`` has their size.
        output: The output tensors, as `InferenceResult.data` returns them. Empty if there are none.
        valid: Whether all validations passed.
        check_failures: The validations that failed.
        elapsed: Duration in nanoseconds.
        error: Why a challenger failed. None if it did not.
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
        """Returns the inputs as tables show them: without the name if there is only one."""
        if "original_data" in self.raw.get("omitted", {}):
            return f"({self.raw['omitted']['original_data']} bytes, not kept)"
        return brief(next(iter(self.input.values())) if len(self.input) == 1 else self.input)

    def output_text(self) -> str:
        """Returns the outputs as tables show them."""
        if "outputs" in self.raw.get("omitted", {}):
            return f"({self.raw['omitted']['outputs']} bytes, not kept)"
        if self.error is not None:
            return self.error
        # A small array stays as numpy prints it.
        small = all(getattr(array, "size", 0) <= _SMALL for array in self.output) and len(self.output) <= _SMALL
        return str(self.output) if small else brief(self.output)

    def __repr__(self) -> str:
        state = "valid" if self.valid else f"{len(self.check_failures)} check failures"
        return visible(f"<LogEntry {self.timestamp.isoformat()} {self.model_name} {state}: {self.output_text()}>")


class LogEntries(list[LogEntry]):
    """Log entries, newest first. A notebook shows them as a table, with check failures in red."""

    def to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each entry.

        Raises:
            RoostError: If pandas is not installed.
        """
        rows = [[getattr(entry, column) for column in _COLUMNS] for entry in self]
        return pandas().DataFrame(rows, columns=_COLUMNS)

    def _repr_html_(self) -> str:
        return _HEAD + "".join(_row(entry) for entry in self) + "\n</table>\n"


#: The most values that are shown in full.
_SMALL = 10

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
        <th>Model</th>
        <th>Role</th>
        <th>Valid</th>
        <th>Output</th>
        <th>Input</th>
        <th>Anomalies</th>
    </tr>
"""


def _row(entry: LogEntry) -> str:
    return f"""
<tr style="{"color: red;" if entry.check_failures else ""}">
    <td>{entry.timestamp.strftime("%Y-%m-%d %H:%M:%S")}</td>
    <td>{cell(entry.model_name)}</td>
    <td>{cell(entry.role)}</td>
    <td>{"yes" if entry.valid else "no"}</td>
    <td>{cell(entry.output_text())}</td>
    <td>{cell(entry.input_text())}</td>
    <td>{len(entry.check_failures)}</td>
</tr>
"""
