"""Charts of what reports say."""

from __future__ import annotations

from datetime import datetime

from .charts import BASE, MUTED, NEW, Chart, Plot, Scale
from .comparisons import Comparison
from .times import from_rfc3339
from .words import bound, evidence, minute

# Evidence beyond these says nothing more. The line then stays at the end of the chart.
_LEAST, _MOST = 0.01, 1e6


def evidence_over_time(comparison: Comparison) -> Chart | None:
    """Returns a chart of the evidence, with the evidence that decides; None if there is no evidence."""
    points = comparison.raw.get("series") or []
    if comparison.evidence_problem is not None or not points:
        return None
    times = [from_rfc3339(point["time"]) for point in points]
    better = [_clipped(point["better"]) for point in points]
    worse = [_clipped(point["worse"]) for point in points]
    needed = min(1 / comparison.alpha if comparison.alpha > 0 else 20.0, _MOST)
    values = [*better, *worse, needed, 1.0]
    scale = Scale(min(0.1, *values), max(10 * needed, *values), is_log=True)
    places, is_timed = _places(times)
    plot = Plot(
        f"Evidence E that {comparison.challenger} is better or worse, log scale",
        "" if is_timed else "Outcomes in their order, all within a second",
    ).y_axis(scale)
    if is_timed:
        plot.time_axis(times[0], times[-1])
    else:
        plot.name_axis([])
    span = Scale(0, 1)
    plot.curve(zip(places, worse, strict=True), span, scale, BASE)
    plot.curve(zip(places, better, strict=True), span, scale, NEW)
    plot.threshold(needed, scale, MUTED, f"1/α = {bound(needed)}", is_left=True)
    crossing = next((index for index, value in enumerate(better) if value >= needed), None)
    if crossing is not None and is_timed:
        past = f"past the bound {minute(times[crossing])} UTC"
        plot.ring(places[crossing], better[crossing], scale, NEW, past)
        plot.label(past, places[crossing], better[crossing], scale, up=-18)
    # The labels of lines that end close together would cover each other.
    apart = abs(scale.place(better[-1]) - scale.place(worse[-1])) > 0.08
    last = points[-1]
    for name, line, color in (("worse", worse, BASE), ("better", better, NEW)):
        text = f"{name}: {evidence(last[name])}"
        plot.dot(places[-1], line[-1], scale, color, text)
        plot.label(
            text,
            1.0,
            line[-1],
            scale,
            NEW if color == NEW else MUTED,
            up=8 if apart or (name == "better") == (better[-1] >= worse[-1]) else -16,
        )
    return plot.chart()


def _places(times: list[datetime]) -> tuple[list[float], bool]:
    """Returns where points are, and whether by their times: labels that came in one request have one time."""
    length = (times[-1] - times[0]).total_seconds()
    if length >= 1:
        return [(time - times[0]).total_seconds() / length for time in times], True
    return [index / max(len(times) - 1, 1) for index in range(len(times))], False


def _clipped(value: float) -> float:
    return min(max(value, _LEAST), _MOST)
