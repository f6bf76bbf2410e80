"""Definitions of assays in the server's format. The names of their fields are written here and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from . import metrics
from .connection import JSON
from .errors import InvalidInputError
from .metrics import Metric
from .times import Span, body_time, from_rfc3339, span

Baseline: TypeAlias = "str | Mapping[str, Any] | Iterable[Any]"
Bins: TypeAlias = "int | str | Sequence[float] | Mapping[str, Any]"


def definition(
    pipeline: str,
    metric: Metric,
    window: Span,
    *,
    baseline: Baseline | None = None,
    model: str | None = None,
    budget_ms: float | None = None,
    statistic: str | None = None,
    bins: Bins | None = None,
    every: Span | None = None,
    cron: str | None = None,
    delay: Span | None = None,
    warn: float | None = None,
    alert: float | None = None,
    alerts: int | None = None,
    out_of: int | None = None,
    minimum: int | None = None,
    alpha: float | None = None,
    paused: bool | None = None,
) -> JSON:
    """Returns the definition of an assay. `Client.add_assay` describes the arguments.

    Raises:
        InvalidInputError: If a value cannot be sent. The message names it.
    """
    given = {
        "pipeline": pipeline,
        **metrics.metric(metric, budget_ms=budget_ms),
        "model": model,
        "statistic": statistic,
        "baseline": None if baseline is None else _baseline(baseline),
        "bins": None if bins is None else _bins(bins),
        "window": span(window),
        "every": None if every is None else span(every),
        "cron": cron,
        "delay": None if delay is None else span(delay),
        "warn": warn,
        "alert": alert,
        "alerts": alerts,
        "out_of": out_of,
        "minimum": minimum,
        "alpha": alpha,
        "paused": paused,
    }
    return {name: value for name, value in given.items() if value is not None}


def with_alert(definition: JSON, threshold: float) -> JSON:
    """Returns a definition with another alert threshold.

    If both thresholds are the same, no score is a warning, and it stays so.
    """
    has_no_warnings = "warn" in definition and definition["warn"] == definition.get("alert")
    return {**definition, "alert": threshold} | ({"warn": threshold} if has_no_warnings else {})


def with_warning(definition: JSON, threshold: float) -> JSON:
    """Returns a definition with another warning threshold."""
    return {**definition, "warn": threshold}


def thresholds(definition: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Returns the warning and the alert threshold. None for one that is the statistic's own."""
    return definition.get("warn"), definition.get("alert")


def baseline_window(definition: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
    """Returns the start and the end of a baseline from the log. None for another baseline."""
    baseline = definition.get("baseline") or {}
    if "start" not in baseline or "end" not in baseline:
        return None
    return from_rfc3339(baseline["start"]), from_rfc3339(baseline["end"])


def _baseline(baseline: Baseline) -> JSON:
    if isinstance(baseline, str):
        return {"s3_uri": baseline}
    if not isinstance(baseline, Mapping):
        return {"values": values(baseline)}
    found = dict(baseline)
    for name in ("start", "end"):
        if name in found:
            found[name] = body_time(found[name])
    if found.get("values") is not None:
        found["values"] = values(found["values"])
    if found.get("column") is not None:
        found["column"] = str(found["column"])
    return found


def values(given: Any) -> list[Any]:
    """Returns the values of a baseline as JSON: numbers, strings, and None for what is missing.

    Args:
        given: A list, a Series, or an array of one column.

    Raises:
        InvalidInputError: If there are several columns, or a value is not finite or of another type.
    """
    found = given.tolist() if hasattr(given, "tolist") else given
    if isinstance(found, (str, Mapping)) or hasattr(found, "columns") or not isinstance(found, Iterable):
        raise InvalidInputError(
            f"A baseline is a sequence of values, such as a list, an array or one column of a DataFrame, "
            f"not {type(given).__name__}."
        )
    return [_value(value, position) for position, value in enumerate(found)]


def _value(value: Any, position: int) -> Any:
    if isinstance(value, (list, tuple)):
        if len(value) != 1:
            raise InvalidInputError(f"A baseline has one column, but value {position} has {len(value)} values.")
        value = value[0]
    if hasattr(value, "item"):
        value = value.item()
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return None
    if isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise InvalidInputError(f"Value {position} of the baseline is {value!r}. Expected a finite number or a string.")


def _bins(bins: Bins) -> JSON:
    if isinstance(bins, str):
        return {"by": bins}
    if isinstance(bins, Mapping):
        return dict(bins)
    if isinstance(bins, int):
        return {"count": bins}
    return {"edges": [float(edge) for edge in bins]}
