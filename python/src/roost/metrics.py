"""Goals, guardrails, labels and log settings in the server's format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from .connection import JSON
from .errors import InvalidInputError
from .expressions import Expression
from .references import Values

Metric: TypeAlias = "str | Expression | Mapping[str, Any]"

# What the server keeps of each input and output by default.
_DEFAULT_BYTES = 32 << 10


def metric(
    metric: Metric,
    *,
    better: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    budget_ms: float | None = None,
    smallest_effect: float | None = None,
    alpha: float | None = None,
    limit: float | None = None,
) -> JSON:
    """Returns a metric with its settings, for `Pipeline.report` and `Pipeline.counterfactual`.

    Args:
        metric: ``errors``, ``check_failures``, ``latency``, ``accuracy``, or an expression over inputs, outputs and the
            label, such as ``roost.outputs[0][0] > 0.5`` or its text. A condition counts the rows in which it holds; the
            values of another expression are averaged.
        better: ``higher`` or ``lower``. Defaults to ``higher`` for ``accuracy`` and expressions, ``lower`` for others.
        minimum, maximum: The range of the values. A metric that is not a rate can only decide if both are given.
        budget_ms: For ``latency``: the milliseconds that a response may take.
        smallest_effect: The smallest difference that matters, in the metric's unit.
        alpha: The probability of a wrong verdict. Defaults to 0.05, or 0.01 for a guardrail.
        limit: For a guardrail: the rate that the challenger must not exceed, whatever the champion's is.

    Raises:
        InvalidInputError: If ``metric`` is not a metric.
    """
    given = {
        "better": better,
        "minimum": minimum,
        "maximum": maximum,
        "budget_ms": budget_ms,
        "smallest_effect": smallest_effect,
        "alpha": alpha,
        "limit": limit,
    }
    settings = {name: value for name, value in given.items() if value is not None}
    if isinstance(metric, Mapping):
        return {**metric, **settings}
    return {"metric": text(metric), **settings}


def text(expression: str | Expression) -> str:
    """Returns an expression in the server's language."""
    if isinstance(expression, (str, Expression)):
        return str(expression)
    raise InvalidInputError(
        "Expected 'accuracy', 'errors', 'check_failures', 'latency' or an expression such as "
        f"`roost.outputs[0][0] > 0.5`, not {expression!r}."
    )


def label_settings(
    type: str | None, prediction: str | Values | Expression | None, threshold: float | None, wait_hours: float | None
) -> JSON:
    """Returns what a pipeline's labels are."""
    given = {
        "type": type,
        # `roost.outputs[0]` is one score for each class.
        "prediction": None if prediction is None else str(prediction),
        "threshold": threshold,
        "wait_hours": wait_hours,
    }
    return {name: value for name, value in given.items() if value is not None}


def log_settings(keep: str | Mapping[str, int] | None, omit: Iterable[str], mask: Iterable[str]) -> JSON:
    """Returns what the log keeps of inferences."""
    if isinstance(omit, str) or isinstance(mask, str):
        raise InvalidInputError("`omit` and `mask` are lists of names, such as ['age'].")
    # In the form in which the server returns it, so that the same definition is not sent again.
    kept = {"bytes": _DEFAULT_BYTES} if keep is None else keep if isinstance(keep, str) else dict(keep)
    return {"keep": kept, "omit": list(omit), "mask": list(mask)}
