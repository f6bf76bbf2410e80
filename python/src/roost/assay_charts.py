"""Charts of what assays say about windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .charts import BLUE, GRAY, ORANGE, VERMILION, Chart, Plot, Scale, stacked
from .errors import InvalidInputError
from .estimates import number, share

if TYPE_CHECKING:
    from .assay_result import AssayResult

_COLORS = {"ok": BLUE, "warning": ORANGE, "alert": VERMILION}


def bins(result: AssayResult) -> Chart:
    """Returns a chart of the shares of the baseline and of the window in each bin."""
    window = f"{result.start:%Y-%m-%d %H:%M:%S} to {result.end:%Y-%m-%d %H:%M:%S} UTC"
    plot = Plot(f"{result.label}, {window}", f"{result.status.replace('_', ' ')}: {result.reason}")
    series = (
        ("baseline", GRAY, [each.baseline_share for each in result.bins]),
        ("window", BLUE, [each.window_share for each in result.bins]),
    )
    names = [each.name for each in result.bins]
    highest = max((height for _, _, shares in series for height in shares), default=0)
    scale = Scale(0, highest or 1)
    plot.y_axis(scale, percent=True)
    for part, (side, color, shares) in enumerate(series):
        notes = [f"{side}, {name}: {share(height)}" for name, height in zip(names, shares, strict=True)]
        plot.bars(shares, scale, color, notes, part=part, of=len(series))
    return plot.name_axis(names).legend([(side, color) for side, color, _ in series]).chart()


def scores(results: Sequence[AssayResult], title: str) -> Plot:
    """Returns a plot of the scores over time, with the thresholds.

    Raises:
        InvalidInputError: If there are no results.
    """
    if not results:
        raise InvalidInputError("There are no results to chart.")
    ordered = sorted(results, key=lambda result: result.start)
    limits = {
        (name, threshold, color)
        for result in ordered
        for name, threshold, color in (
            ("warning", result.warning_threshold, ORANGE),
            ("alert", result.alert_threshold, VERMILION),
        )
        if threshold is not None
    }
    values = [result.score for result in ordered if result.score is not None]
    highest = max([*values, *(threshold for _, threshold, _ in limits)], default=0.0)
    scale = Scale(0, 1.1 * highest or 1)
    start, end = ordered[0].start, max(result.end for result in ordered)
    counts = [(name, sum(result.status == name for result in ordered)) for name in ("alert", "warning", "ok")]
    lacking = sum(result.status == "not_enough_data" for result in ordered)
    subtitle = ", ".join(f"{count} {name}" for name, count in [*counts, ("without enough data", lacking)] if count)
    plot = Plot(title, f"{len(ordered)} windows: {subtitle}").y_axis(scale).time_axis(start, end)
    for name, threshold, color in sorted(limits):
        plot.threshold(threshold, scale, color, f"{name} {number(threshold)}")
    for result in ordered:
        place = (result.start - start) / (end - start)
        note = f"{result.label}, {result.start:%Y-%m-%d %H:%M:%S} UTC: {result.reason}"
        plot.dot(place, result.score, scale, _COLORS.get(result.status, GRAY), note)
    return plot


def scores_by_label(results: Sequence[AssayResult], selected: Sequence[str] | None) -> Chart:
    """Returns a chart with the scores of each label, below each other.

    Raises:
        InvalidInputError: If there are no results, or none with one of the selected labels.
    """
    labels = list(dict.fromkeys(result.label for result in results))
    for label in selected or []:
        if label not in labels:
            raise InvalidInputError(f"There is no label {label!r}. The results have: {', '.join(labels)}.")
    chosen = [label for label in labels if selected is None or label in selected]
    if not chosen:
        raise InvalidInputError("There are no results to chart.")
    plots = [scores([result for result in results if result.label == label], f"Scores of {label}") for label in chosen]
    return stacked(f"Scores of {', '.join(chosen)}", plots)
