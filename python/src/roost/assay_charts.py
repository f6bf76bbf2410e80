"""Charts of what assays say about windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import display
from .charts import BASE, COLORS, MUTED, NEW, Chart, Plot, Scale, stacked
from .errors import InvalidInputError
from .html import cell
from .verdicts import measured, window_headline, window_reason
from .words import chosen, count, level_status, measure, share, title

if TYPE_CHECKING:
    from .assay_result import AssayResult

# The most windows of a heat strip.
_WINDOWS = 28


def bins(result: AssayResult) -> Chart:
    """Returns a chart of the shares of the baseline and of the window in each bin."""
    status = level_status(result.status)
    plot = Plot(f"{result.label}, {window_headline(result)}", f"{status}. {window_reason(result.reason)}")
    series = (
        (f"baseline, n {count(result.baseline.count)}", BASE, [each.baseline_share for each in result.bins]),
        (f"window, n {count(result.window.count)}", NEW, [each.window_share for each in result.bins]),
    )
    names = [each.label for each in result.bins]
    highest = max((height for _, _, shares in series for height in shares), default=0)
    scale = Scale(0, highest or 1)
    plot.y_axis(scale, percent=True)
    for part, (side, color, shares) in enumerate(series):
        notes = [f"{side}, {name}: {share(height)}" for name, height in zip(names, shares, strict=True)]
        plot.bars(shares, scale, color, notes, part=part, of=len(series))
    edges = [each.upper for each in result.bins[:-1] if each.upper is not None]
    if len(result.bins) > 1 and len(edges) == len(result.bins) - 1:
        plot.edge_axis(edges)
    else:
        plot.name_axis(names)
    return plot.legend([(side, color) for side, color, _ in series]).chart()


def scores(results: Sequence[AssayResult], title: str) -> Plot:
    """Returns a plot of the scores over time, with the thresholds and the noise.

    Raises:
        InvalidInputError: If there are no results.
    """
    if not results:
        raise InvalidInputError("There are no results to chart.")
    ordered = sorted(results, key=lambda result: result.start)
    limits = {
        (name, threshold)
        for result in ordered
        for name, threshold in (("warning", result.warning_threshold), ("alert", result.alert_threshold))
        if threshold is not None
    }
    values = [value for result in ordered for value in (result.score, result.noise) if value is not None]
    highest = max([*values, *(threshold for _, threshold in limits)], default=0.0)
    scale = Scale(0, 1.1 * highest or 1)
    start, end = ordered[0].start, max(result.end for result in ordered)
    places = [(result.start - start) / (end - start) for result in ordered]
    named = [(name, sum(result.status == name for result in ordered)) for name in ("alert", "warning", "ok")]
    lacking = sum(result.status == "not_enough_data" for result in ordered)
    counts = [(level_status(name).word, found) for name, found in [*named, ("not_enough_data", lacking)]]
    subtitle = ", ".join(f"{count(found)} {name}" for name, found in counts if found)
    plot = Plot(title, f"{len(ordered)} windows: {subtitle}")
    plot.band([(at, each.noise) for at, each in zip(places, ordered, strict=True) if each.noise is not None], scale)
    plot.y_axis(scale).time_axis(start, end)
    for name, threshold in sorted(limits):
        status = level_status(name)
        plot.threshold(threshold, scale, COLORS[status.kind][0], f"{status.mark} {name} {chosen(threshold)}")
    span = Scale(0, 1)
    for run in _runs(ordered, places):
        if len(run) > 1:
            plot.curve(run, span, scale)
    for place, result in zip(places, ordered, strict=True):
        note = f"{result.label}, {window_headline(result)}. {window_reason(result.reason)}"
        kind = level_status(result.status).kind
        if kind in ("warn", "bad"):
            plot.mark(kind, place, result.score, scale, note)
        else:
            plot.dot(place, result.score, scale, NEW if result.score is not None else MUTED, note)
    return plot


def _runs(ordered: Sequence[AssayResult], places: Sequence[float]) -> list[list[tuple[float, float]]]:
    """Returns the scores in runs: a window without a score is a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, result in zip(places, ordered, strict=True):
        if result.score is None:
            runs.append([])
        else:
            runs[-1].append((place, result.score))
    return runs


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


def heat_strip(results: Sequence[AssayResult]) -> str:
    """Returns a strip with a row for each label and a column for each window, the newest at the right, as HTML."""
    rows = []
    labels = [result.label for result in results]
    width = min(_WINDOWS, max((labels.count(label) for label in set(labels)), default=0))
    for label in dict.fromkeys(labels):
        own = sorted((result for result in results if result.label == label), key=lambda result: result.end)
        cells = "".join(_heat_cell(result) for result in own[-_WINDOWS:])
        gap = max(0, width - len(own))
        newest = measured(own) or own[-1]
        state = display.badge(level_status(newest.status))
        rows.append(
            f"<tr><th>{cell(label)}</th>{'<td></td>' * gap}{cells}<td>{state}</td>"
            f'<td class="r">{measure(newest.score)}</td></tr>'
        )
    return f'<div class="wide"><table class="heat"><tbody>{"".join(rows)}</tbody></table></div>'


def _heat_cell(result: AssayResult) -> str:
    bound = result.raw.get("warn") or result.raw.get("alert") or result.warning_threshold or 0
    part = result.score / bound if result.score is not None and bound > 0 else None
    note = f"{result.label}, {title(result.end)}: {level_status(result.status).word.lower()}, {measure(result.score)}"
    return display.heat_cell(level_status(result.status), part, note)
