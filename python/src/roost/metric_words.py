"""What is measured of models, as the console and the command write it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from .words import NONE, chosen, fixed, measure, percent, points, share, signed, with_unit

_OWN = ("errors", "check_failures", "latency", "accuracy")
_NAMES = {"errors": "Failed requests", "check_failures": "Checks failed", "accuracy": "Right answers"}


class Metric:
    """What is measured of models.

    Attributes:
        name: `Failed requests`, or the expression.
        is_rate: Whether it is a share of the units, not a mean.
        is_higher_better: Whether more is better.
    """

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        metric = str(raw["metric"])
        is_fault = metric in _OWN and metric != "accuracy"
        budget = raw.get("budget_ms")
        self._budget = with_unit(NONE if budget is None else chosen(budget), "ms")
        self.name = f"Slow: over {self._budget}" if metric == "latency" else _NAMES.get(metric, metric)
        self.is_rate = metric in _OWN or is_condition(metric)
        self.is_higher_better = raw["better"] == "higher" if raw.get("better") else not is_fault

    def value(self, value: float | None) -> str:
        """Returns a value: in percent for a rate."""
        return percent(value) if self.is_rate else measure(value)

    def interval(self, ends: tuple[float, float] | None) -> str:
        """Returns `95.02 % – 96.20 %`."""
        return NONE if ends is None else f"{self.value(ends[0])} – {self.value(ends[1])}"

    def estimate(self, value: float | None, ends: tuple[float, float] | None = None) -> str:
        """Returns `95.61 % (95.02 to 96.20)`, or a mean with its interval."""
        if value is None or ends is None:
            return self.value(value)
        low, high = (fixed(end * 100, 2) if self.is_rate else measure(end) for end in ends)
        return f"{self.value(value)} ({low} to {high})"

    def bare(self, value: float) -> str:
        """Returns a difference without its unit."""
        return points(value) if self.is_rate else signed(value)

    def difference(self, value: float | None, ends: tuple[float, float] | None = None) -> str:
        """Returns `+1.6 points (+0.5 to +2.8)`."""
        if value is None or not math.isfinite(value):
            return NONE
        text = with_unit(points(value), "points") if self.is_rate else signed(value)
        return text if ends is None else f"{text} ({self.bare(ends[0])} to {self.bare(ends[1])})"

    def goal(self, is_declared: bool) -> str:
        """Returns the metric as a goal: “Right answers”, larger is better."""
        text = f"“{self.name}”, {self._direction}"
        smallest = self._raw.get("smallest_effect") or 0
        if smallest > 0:
            amount = with_unit(fixed(smallest * 100, 1), "points") if self.is_rate else measure(smallest)
            text += f", a difference below {amount} does not matter"
        return text + ("" if is_declared else ", chosen for this report")

    def sentence(self, challenger: tuple[str, float | None], champion: tuple[str, float | None]) -> str:
        """Returns both values in a sentence."""
        (ours, our_value), (theirs, their_value) = challenger, champion
        mine, other = self.value(our_value), self.value(their_value)
        metric = self._raw["metric"]
        if metric == "errors":
            return f"{ours} fails for {mine} of the requests, {theirs} for {other}."
        if metric == "check_failures":
            return f"A check fails for {mine} of the answers of {ours}, for {other} of those of {theirs}."
        if metric == "latency":
            return f"{ours} takes over {self._budget} for {mine} of the requests, {theirs} for {other}."
        if metric == "accuracy":
            return f"{ours} is right for {mine}, {theirs} for {other}."
        if self.is_rate:
            return f"“{self.name}” holds for {mine} with {ours}, for {other} with {theirs}; {self._direction}."
        return f"“{self.name}” is {mine} on average with {ours}, {other} with {theirs}; {self._direction}."

    @property
    def _direction(self) -> str:
        return f"{'larger' if self.is_higher_better else 'smaller'} is better"


def demand(guardrail: Mapping[str, Any]) -> str:
    """Returns what a guardrail demands."""
    limit = guardrail.get("limit")
    return "no worse" if limit is None else f"at most {share(limit)}"


_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[\w.-]+|[<>=!]=|\S', re.ASCII)
_CONDITIONS = {"<", ">", "<=", ">=", "==", "!=", "and", "or", "not", "is"}


def is_condition(expression: str) -> bool:
    """Returns whether an expression is true or false of a row: by its operators outside of the most parentheses."""
    depth = 0
    found: dict[int, set[str]] = {}
    for token in _TOKEN.findall(expression):
        if token in "([":
            depth += 1
        elif token in ")]":
            depth -= 1
        elif token in _CONDITIONS or token in {"+", "-", "*", "/"}:
            found.setdefault(depth, set()).add(token)
    if not found:
        return expression.strip(" ()") in {"true", "false"}
    return bool(found[min(found)] & _CONDITIONS)
