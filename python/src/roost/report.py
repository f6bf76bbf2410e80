"""Reports on an experiment, a shadow deploy or a replay."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from . import report_pages
from .comparisons import Arm, Comparison, ShadowComparison
from .connection import JSON, Connection, path
from .estimates import dataframe
from .picture import saved
from .times import from_rfc3339
from .words import verdict_status

_VERIFY_TIMEOUT = 1200.0


class Report:
    """A report that was made and kept. Prints as text; a notebook shows its verdict, charts and tables.

    Attributes:
        id: The report's UUID, for `Client.report`.
        pipeline: Name of the pipeline.
        kind: ``experiment``, ``shadow`` or ``replay``.
        created_at, start, end: When it was made, and its window, in UTC. The end is exclusive.
        entries: The number of inferences in the window.
        goal: The metric that decides, in the server's format. None for a shadow report or a replay, whose
            comparisons have one each.
        is_declared: Whether the goal is that of the pipeline's definition, not one that was chosen for this report.
        experiment: The experiment's ID. None without one.
        arms: The models that are compared, the champion first. Empty without an experiment.
        comparisons: Each challenger against the champion: `Comparison`, or `ShadowComparison` without an experiment.
        rule: The order in which the verdict is found. Empty without an experiment.
        notes: What the reader should know.
        raw: The report as the server sent it.
    """

    def __init__(self, connection: Connection, raw: JSON) -> None:
        self._connection = connection
        self._picture: str | None = None
        self.raw = raw
        self.id: str = raw["id"]
        self.pipeline: str = raw["pipeline"]
        self.kind: str = raw["kind"]
        self.created_at, self.start, self.end = (from_rfc3339(raw[name]) for name in ("created_at", "start", "end"))
        self.entries: int = raw["entries"]
        self.notes: list[str] = raw["notes"]
        experiment = raw.get("experiment") or {}
        self.goal: JSON | None = experiment.get("goal")
        self.is_declared: bool = experiment.get("is_declared", False)
        self.experiment: str | None = experiment.get("experiment")
        self.rule: list[str] = experiment.get("rule", [])
        self.arms = [Arm(arm) for arm in experiment.get("arms", [])]
        self.comparisons: list[Any] = (
            [Comparison(each) for each in experiment["comparisons"]]
            if self.kind == "experiment"
            else [ShadowComparison(each) for each in raw["shadow"]["challengers"]]
        )

    @property
    def verdict(self) -> str | None:
        """The verdict on the only challenger of an experiment, as in `Comparison`. None with several or without."""
        return self.comparisons[0].verdict if self.kind == "experiment" and len(self.comparisons) == 1 else None

    @property
    def reason(self) -> str | None:
        """The reason for the verdict, in a sentence."""
        return self.comparisons[0].reason if self.verdict is not None else None

    def to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each arm, or for each challenger without an experiment.

        Raises:
            RoostError: If pandas is not installed.
        """
        rows = [each.row() for each in (self.arms if self.kind == "experiment" else self.comparisons)]
        return dataframe(rows, list(rows[0]) if rows else [])

    def picture(self) -> str:
        """Returns the report as a picture, in SVG."""
        if self._picture is None:
            response = self._connection.request("GET", path("reports", self.id, "picture"))
            self._picture = response.content.decode()
        return self._picture

    def save_picture(self, path: str | Path) -> Path:
        """Writes the picture to an SVG file.

        Returns:
            The path of the file.
        """
        return saved(self.picture(), path)

    def differences(self) -> list[dict[str, Any]]:
        """Counts the differences between the scores of each challenger of a shadow deploy and its champion.

        Returns:
            For each challenger its ``name``, the ``rows`` that the log still holds, and the ``counts`` of its scores
            minus the champion's in bins of equal width from ``lower`` to ``upper``.

        Raises:
            APIError: If the report is not on a shadow deploy.
        """
        found: list[dict[str, Any]] = self._connection.get(path("reports", self.id, "differences"))["challengers"]
        return found

    def verify(self) -> dict[str, Any]:
        """Makes the server compute the report again from what it recorded, and compare that with the log.

        Returns:
            ``is_reproduced``: whether the result is the same, bit for bit, with ``differences``; and ``log_agrees``:
            whether the log still holds what was recorded, with ``log_differences``.
        """
        # A replay runs again.
        timeout = max(_VERIFY_TIMEOUT, self._connection.timeout)
        return self._connection.send("POST", path("reports", self.id, "verify"), timeout=timeout)

    def __repr__(self) -> str:
        return report_pages.experiment_text(self) if self.kind == "experiment" else report_pages.shadow_text(self)

    def _repr_html_(self) -> str:
        return report_pages.experiment_html(self) if self.kind == "experiment" else report_pages.shadow_html(self)


class ReportSummary:
    """A kept report without its contents.

    Attributes:
        id: The report's UUID, for `Client.report`.
        kind: ``experiment``, ``shadow`` or ``replay``.
        created_at, start, end: When it was made, and its window, in UTC.
        verdicts: By the names of the challengers. Empty without an experiment.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.id: str = raw["id"]
        self.kind: str = raw["kind"]
        self.created_at: datetime = from_rfc3339(raw["created_at"])
        self.start: datetime = from_rfc3339(raw["start"])
        self.end: datetime = from_rfc3339(raw["end"])
        self.verdicts: dict[str, str] = raw.get("verdicts") or {}

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {
            "report": self.id,
            "kind": self.kind,
            "created": self.created_at,
            "verdicts": ", ".join(f"{name}: {verdict_status(verdict)}" for name, verdict in self.verdicts.items()),
        }

    def __repr__(self) -> str:
        return f"<ReportSummary {self.id} of {self.created_at}: {self.describe()['verdicts'] or self.kind}>"
