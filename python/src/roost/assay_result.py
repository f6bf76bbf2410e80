"""What an assay says about one window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import assay_charts, display
from .assay_definition import baseline_window, thresholds
from .charts import Chart
from .connection import JSON
from .estimates import dataframe, number
from .times import from_rfc3339
from .verdicts import window_headline, window_reason, window_verdict
from .words import NONE, Status, count, fixed, level_status, percent, points


@dataclass(frozen=True)
class AssaySummary:
    """The values of a baseline or of a window.

    Attributes:
        count: The values that are there.
        missing: The rows without a value.
        min, max, mean, median, std: Of the finite numbers; None if there are none. ``std`` has the divisor n.
    """

    count: int
    missing: int
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    median: float | None = None
    std: float | None = None

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> AssaySummary:
        """Returns a summary from its JSON."""
        numbers = {name: raw.get(name) for name in ("min", "max", "mean", "median", "std")}
        return cls(raw["count"], raw["missing"], **numbers)

    @property
    def missing_share(self) -> float:
        """The share of the rows without a value."""
        total = self.count + self.missing
        return self.missing / total if total else 0.0


@dataclass(frozen=True)
class AssayBin:
    """The values in one bin: an interval, open below and closed above, or a category.

    Attributes:
        name: The bin's name in tables for programs: its interval, its category, or ``other categories``.
        lower, upper: The ends of an interval. None for an end that is open, and for categories.
        category: The category. None for an interval, and for all other categories.
        baseline, window: How many values of the baseline and of the window are in the bin.
        baseline_share, window_share: The same, as a share of all values. 0 if there are none.
    """

    name: str
    lower: float | None
    upper: float | None
    category: str | None
    baseline: int
    window: int
    baseline_share: float
    window_share: float

    @property
    def label(self) -> str:
        """The bin's name for people: ``up to 1 010``, ``1 010 – 1 220``, its category, or ``all others``."""
        if self.category is not None:
            return self.category or "(empty)"
        if self.lower is None:
            return "all others" if self.upper is None else f"up to {number(self.upper)}"
        return f"over {number(self.lower)}" if self.upper is None else f"{number(self.lower)} – {number(self.upper)}"


class AssayResult:
    """What an assay says about one window. Prints as text; a notebook shows its chart and its numbers.

    Attributes:
        assay: Name of the assay. None for a preview without a name.
        pipeline: Name of the pipeline.
        metric: What is watched, such as ``outputs[0][0]``.
        label: What charts call it: the metric, unless it was given a name.
        start, end: The window, in UTC. The end is exclusive.
        analyzed_at: When the server looked at it, in UTC.
        status: ``ok``, ``warning``, ``alert`` or ``not_enough_data``; ``baseline_run`` for a baseline itself.
        reason: Why, in one sentence.
        score: How far the window is from the baseline. None if there is not enough data.
        noise: What a window without drift exceeds with a small probability. None if the test has a p-value.
        p_value: The probability of such a difference without drift. None if the score is compared with the noise.
        warning_threshold, alert_threshold: As the assay declares them. None for those of its statistic.
        baseline, window: The values of both, as `AssaySummary`.
        bins: How the values of both are divided, as `AssayBin`.
        new_categories: The most frequent categories that the baseline does not have, with their counts.
        new_count: How many values are in such categories.
        raw: The result as the server sent it.
    """

    def __init__(self, raw: JSON, definition: JSON, assay: str | None = None, label: str | None = None) -> None:
        self.raw = raw
        self._definition = definition
        self.assay = assay
        self.pipeline: str = definition["pipeline"]
        self.metric: str = definition["metric"]
        self.label = label or self.metric
        self.start, self.end, self.analyzed_at = (from_rfc3339(raw[name]) for name in ("start", "end", "analyzed_at"))
        self.status: str = raw["status"]
        self.reason: str = raw["reason"]
        self.score: float | None = raw.get("score")
        self.noise: float | None = raw.get("noise")
        self.p_value: float | None = raw.get("p_value")
        self.warning_threshold, self.alert_threshold = thresholds(definition)
        self.baseline = AssaySummary.of(raw["baseline"])
        self.window = AssaySummary.of(raw["window"])
        self.bins = _bins(raw["bins"])
        self.new_categories: list[dict[str, Any]] = raw["new_categories"]
        self.new_count: int = raw["new_count"]

    def labeled(self, label: str) -> AssayResult:
        """Returns the same result with another label."""
        return AssayResult(self.raw, self._definition, self.assay, label)

    def chart(self) -> Chart:
        """Returns a chart of the shares of the baseline and of the window in each bin."""
        return assay_charts.bins(self)

    def compare_basic_stats(self) -> Any:
        """Returns a pandas DataFrame that compares the baseline and the window, with a row for each statistic.

        The columns are ``Baseline``, ``Window``, ``diff`` (the window's minus the baseline's) and ``pct_diff`` (in
        percent of the baseline's).

        Raises:
            RoostError: If pandas is not installed.
        """
        names = ["count", "missing", "min", "max", "mean", "median", "std"]
        rows = [_compared(getattr(self.baseline, name), getattr(self.window, name)) for name in names]
        start, end = baseline_window(self._definition) or (None, None)
        rows += [{"Baseline": start, "Window": self.start}, {"Baseline": end, "Window": self.end}]
        frame = dataframe(rows, ["Baseline", "Window", "diff", "pct_diff"])
        frame.index = [*names, "start", "end"]
        return frame

    def compare_bins(self) -> Any:
        """Returns a pandas DataFrame that compares the baseline and the window, with a row for each bin.

        ``b_edges`` and ``w_edges`` are the upper ends of the bins, ``b_aggregated_values`` and ``w_aggregated_values``
        the shares of the values, and ``diff_in_pcts`` is the difference of the shares.

        Raises:
            RoostError: If pandas is not installed.
        """
        rows: list[dict[str, Any]] = []
        for found in self.bins:
            edge = found.category if self._has_categories() else float("inf") if found.upper is None else found.upper
            row: dict[str, Any] = {}
            for side, share in (("b", found.baseline_share), ("w", found.window_share)):
                row |= {
                    f"{side}_edges": edge,
                    f"{side}_edge_names": found.name,
                    f"{side}_aggregated_values": share,
                    f"{side}_aggregation": "Density",
                }
            rows.append(row | {"diff_in_pcts": found.window_share - found.baseline_share})
        return dataframe(rows, _COMPARED_BINS)

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {
            "start": _short(self.start),
            "end": _short(self.end),
            "score": number(self.score),
            "status": str(level_status(self.status)),
            "values": count(self.window.count),
            "mean": number(self.window.mean),
            "reason": window_reason(self.reason),
        }

    def _has_categories(self) -> bool:
        return any(found.category is not None for found in self.bins)

    def __repr__(self) -> str:
        name = f"'{self.assay}' " if self.assay else ""
        window = f"{_short(self.start)} to {_short(self.end)}"
        status, reason = window_verdict(self)
        return f"<AssayResult {name}{self.metric}, {window}: {status}. {reason}>"

    def _repr_html_(self) -> str:
        return display.page(*self.parts())

    def parts(self) -> list[str]:
        """Returns what a notebook shows: the verdict, the shares in the bins, and the values of both sides."""
        status, reason = window_verdict(self)
        about = f"{self.metric} of pipeline '{self.pipeline}'"
        verdict = display.verdict(Status(status.kind, window_headline(self)), reason)
        parts = [verdict, display.paragraph(about)]
        if any(each.baseline or each.window for each in self.bins):
            parts += [self.chart().svg, display.heading("Bins"), display.grid(*self._bin_rows(), range(1, 4))]
        parts += [
            display.heading("Baseline and window"),
            display.grid(["", "Baseline", "Window"], self._sides(), (1, 2)),
        ]
        if self.new_categories:
            parts.append(display.heading("Values that the baseline does not have"))
            rows = [[each["category"], count(each["count"])] for each in self.new_categories]
            parts.append(display.grid(["Value", "Count"], rows, (1,)))
        return parts

    def _bin_rows(self) -> tuple[list[str], list[list[str]]]:
        has_values = any(each.window for each in self.bins)
        rows = [
            [
                each.label,
                fixed(each.baseline_share * 100, 1),
                # A window without values has no shares.
                fixed(each.window_share * 100, 1) if has_values else NONE,
                points(each.window_share - each.baseline_share) if has_values else NONE,
            ]
            for each in self.bins
        ]
        return ["Bin", "Baseline %", "Window %", "Points"], rows

    def _sides(self) -> list[list[str]]:
        rows = [
            ["Values", *(count(side.count) for side in (self.baseline, self.window))],
            ["Missing", *(percent(side.missing_share) for side in (self.baseline, self.window))],
        ]
        if self.baseline.mean is None and self.window.mean is None:
            return rows
        named = (("Median", "median"), ("Mean", "mean"), ("Standard deviation", "std"), ("Smallest", "min"))
        return rows + [
            [name, *(number(getattr(side, field)) for side in (self.baseline, self.window))]
            for name, field in (*named, ("Largest", "max"))
        ]


_COMPARED_BINS = [
    *(f"{side}_{name}" for side in "bw" for name in ("edges", "edge_names", "aggregated_values", "aggregation")),
    "diff_in_pcts",
]


def _bins(raw: list[JSON]) -> list[AssayBin]:
    before, after = (sum(each[side] for each in raw) for side in ("baseline", "window"))
    return [
        AssayBin(
            name=_name(each),
            lower=each.get("lower"),
            upper=each.get("upper"),
            category=each.get("category"),
            baseline=each["baseline"],
            window=each["window"],
            baseline_share=each["baseline"] / before if before else 0.0,
            window_share=each["window"] / after if after else 0.0,
        )
        for each in raw
    ]


def _name(raw: JSON) -> str:
    lower, upper = raw.get("lower"), raw.get("upper")
    if raw.get("category") is not None:
        return str(raw["category"])
    if lower is None and upper is None:
        return "other categories"
    if lower is None:
        return f"≤ {upper:.4g}"
    return f"> {lower:.4g}" if upper is None else f"({lower:.4g}, {upper:.4g}]"


def _compared(before: float | None, after: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"Baseline": before, "Window": after}
    if before is not None and after is not None:
        row["diff"] = after - before
        row["pct_diff"] = 100 * (after - before) / before if before else None
    return row


def _short(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")
