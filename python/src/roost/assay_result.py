"""What an assay says about one window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import assay_charts
from .assay_definition import baseline_window, thresholds
from .charts import Chart
from .connection import JSON
from .estimates import dataframe, number
from .html import fields
from .times import from_rfc3339


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


@dataclass(frozen=True)
class AssayBin:
    """The values in one bin: an interval, open below and closed above, or a category.

    Attributes:
        name: The bin's name: its interval, its category, or ``other categories``.
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
            "status": self.status.replace("_", " "),
            "values": self.window.count,
            "mean": number(self.window.mean),
            "reason": self.reason,
        }

    def _has_categories(self) -> bool:
        return any(found.category is not None for found in self.bins)

    def __repr__(self) -> str:
        name = f"'{self.assay}' " if self.assay else ""
        window = f"{_short(self.start)} to {_short(self.end)}"
        return f"<AssayResult {name}{self.metric}, {window}: {self.status.replace('_', ' ')}. {self.reason}>"

    def _repr_html_(self) -> str:
        return self.chart()._repr_html_() + fields(self.describe().items())


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
        return f"≤ {number(upper)}"
    return f"> {number(lower)}" if upper is None else f"({number(lower)}, {number(upper)}]"


def _compared(before: float | None, after: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"Baseline": before, "Window": after}
    if before is not None and after is not None:
        row["diff"] = after - before
        row["pct_diff"] = 100 * (after - before) / before if before else None
    return row


def _short(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")
