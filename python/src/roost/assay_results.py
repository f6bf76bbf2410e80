"""What assays said about several windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import assay_charts, display
from .assay_result import AssayResult
from .charts import Chart
from .connection import Connection, path
from .errors import InvalidInputError, RoostError
from .estimates import dataframe
from .html import Things
from .verdicts import measured, window_headline, window_since
from .words import Status, count, level_status, measure, percent, title


class AssayResults(Things[AssayResult]):
    """What assays said about windows. A notebook shows a chart of the scores, and a table."""

    def __init__(self, connection: Connection, results: Iterable[AssayResult]) -> None:
        super().__init__(results)
        self._connection = connection

    def to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each window.

        A window is identified by its end, and an assay or a pipeline by its name, so ``id`` is the former and
        ``assay_id`` and ``pipeline_id`` are the latter. ``iopath`` is the metric. ``start`` to ``std`` are of the
        window. A threshold is missing if it is the statistic's own.

        Raises:
            RoostError: If pandas is not installed.
        """
        places = {name: self._workspace(name) for name in {result.pipeline for result in self}}
        return dataframe([_row(result, *places[result.pipeline]) for result in self], _COLUMNS)

    def chart_scores(self, title: str | None = None) -> Chart:
        """Returns a chart of the scores over time, with the thresholds.

        Args:
            title: The chart's title. Defaults to what is watched.

        Raises:
            InvalidInputError: If there are no results.
        """
        labels = ", ".join(dict.fromkeys(result.label for result in self))
        return assay_charts.scores(self, title or f"Scores of {labels}").chart()

    def chart_iopaths(self, labels: Sequence[str] | None = None, selected_labels: Sequence[str] | None = None) -> Chart:
        """Returns a chart with the scores of each metric over time, below each other.

        Args:
            labels: What to call the metrics, in the order in which they first appear. Defaults to their own labels.
            selected_labels: The labels to show. By default, all are shown.

        Raises:
            InvalidInputError: If there are no results, or the labels do not fit.
        """
        shown: Sequence[AssayResult] = self
        if labels is not None:
            metrics = list(dict.fromkeys(result.metric for result in self))
            if len(labels) != len(metrics):
                raise InvalidInputError(f"There are {len(metrics)} metrics, but {len(labels)} labels.")
            names = dict(zip(metrics, labels, strict=True))
            shown = [result.labeled(names[result.metric]) for result in self]
        return assay_charts.scores_by_label(shown, selected_labels)

    def _workspace(self, pipeline: str) -> tuple[int | None, str | None]:
        try:
            name = str(self._connection.get(path("pipelines", pipeline))["workspace"])
            return int(self._connection.get(path("workspaces", name))["id"]), name
        except RoostError:
            # The pipeline or the server is gone, but the numbers are here.
            return None, None

    def _repr_html_(self) -> str:
        return display.page(*self.parts())

    def parts(self) -> list[str]:
        """Returns what a notebook shows: the last window with values in words, a strip, the scores, and a table."""
        last = measured(self)
        if last is None:
            return [display.paragraph("No window has ended.")]
        newest = max((each for each in self if each.label == last.label), key=lambda result: result.end)
        headline = Status(level_status(last.status).kind, f"{last.label}, {window_headline(last)}")
        shown = [
            display.verdict(headline, window_since(last, newest)),
            assay_charts.heat_strip(self),
            self.chart_scores().svg,
        ]
        head = ["Window until", "State", "Score", "Noise", "Values", "Missing", "Mean"]
        if not any(result.noise is not None for result in self):
            head[3] = "p-value"
        rows = [
            [
                title(each.end),
                level_status(each.status),
                measure(each.score),
                measure(each.p_value if each.noise is None else each.noise),
                count(each.window.count),
                percent(each.window.missing_share),
                measure(each.window.mean),
            ]
            for each in self
        ]
        if len({result.label for result in self}) > 1:
            head.insert(1, "Metric")
            rows = [[row[0], each.label, *row[1:]] for row, each in zip(rows, self, strict=True)]
        return [*shown, display.grid(head, rows, range(len(head) - 5, len(head)))]


_COLUMNS = [
    "id",
    "assay_id",
    "assay_name",
    "iopath",
    "pipeline_id",
    "pipeline_name",
    "workspace_id",
    "workspace_name",
    "score",
    "start",
    "min",
    "max",
    "mean",
    "median",
    "std",
    "warning_threshold",
    "alert_threshold",
    "status",
    "end",
    "count",
    "missing",
    "noise",
    "p_value",
    "reason",
]


def _row(result: AssayResult, workspace_id: int | None, workspace_name: str | None) -> dict[str, Any]:
    own = ("score", "start", "warning_threshold", "alert_threshold", "status", "end", "noise", "p_value", "reason")
    return {
        "id": result.raw["end"],
        "assay_id": result.assay,
        "assay_name": result.assay,
        "iopath": result.metric,
        "pipeline_id": result.pipeline,
        "pipeline_name": result.pipeline,
        "workspace_id": workspace_id,
        "workspace_name": workspace_name,
        **{name: getattr(result, name) for name in own},
        **vars(result.window),
    }
