"""What an assay would have said about past windows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import display
from .assay_result import AssayResult, AssaySummary
from .assay_results import AssayResults
from .connection import JSON, Connection, path, query
from .logged import Time
from .times import from_rfc3339, query_time
from .words import count, title

# Seconds. The server reads the log for each window.
_TIMEOUT = 600.0


class AssayPreview:
    """What an assay would have said about past windows. A notebook shows a chart of the scores, and a table.

    Attributes:
        baseline: The values of the baseline.
        results: What it would have said about each window, oldest first.
        alerts: The ends of the windows at which it would have begun to alert, in UTC.
        raw: The preview as the server sent it.
    """

    def __init__(
        self, connection: Connection, raw: JSON, definition: JSON, assay: str | None = None, label: str | None = None
    ) -> None:
        self.raw = raw
        self.baseline = AssaySummary.of(raw["baseline"])
        self.results = AssayResults(
            connection, (AssayResult(each, definition, assay, label) for each in raw["results"])
        )
        self.alerts: list[datetime] = [from_rfc3339(time) for time in raw["alerts"]]

    def to_dataframe(self) -> Any:
        """Returns the results as a pandas DataFrame, as `AssayResults.to_dataframe` does.

        Raises:
            RoostError: If pandas is not installed.
        """
        return self.results.to_dataframe()

    def _title(self) -> str:
        found = [result.status for result in self.results]
        alerts, warnings, empty = (found.count(name) for name in ("alert", "warning", "not_enough_data"))
        times = "once" if len(self.alerts) == 1 else f"{count(len(self.alerts))} times"
        would = f"have alerted {times}" if self.alerts else "not have alerted"
        return (
            f"{count(len(found), 'window')} ended: {count(alerts, 'alert')}, {count(warnings, 'warning')}, "
            f"{count(empty)} without enough data. The assay would {would}. The baseline has "
            f"{count(self.baseline.count, 'value')}."
        )

    def __repr__(self) -> str:
        return f"<AssayPreview: {self._title()}>"

    def _repr_html_(self) -> str:
        alerts = ", ".join(title(time) for time in self.alerts)
        begun = [display.paragraph(f"It would have begun to alert at: {alerts}.")] if alerts else []
        return display.page(display.paragraph(self._title()), *begun, *self.results.parts())


def preview_assay(
    connection: Connection,
    body: JSON,
    start: Time | None,
    end: Time | None,
    name: str | None = None,
    label: str | None = None,
) -> AssayPreview:
    """Returns what an assay would have said about past windows.

    Args:
        name: The name of the assay in the results.
        label: What charts call the metric.
    """
    window = query({"start": query_time(start), "end": query_time(end)})
    address = path("assays", "preview") + (f"?{window}" if window else "")
    raw = connection.send("POST", address, body, max(_TIMEOUT, connection.timeout))
    return AssayPreview(connection, raw, body, name, label)
