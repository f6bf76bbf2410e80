"""The parts that reports share: estimates with their intervals, evidence, and how numbers are printed."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import words
from .errors import RoostError


@dataclass(frozen=True)
class Estimate:
    """A value with the interval in which it lies.

    Attributes:
        value: The rate, mean or difference.
        interval: Lower and upper end. None if there are too few observations for one.
        count: The number of observations.
    """

    value: float
    interval: tuple[float, float] | None
    count: int

    @classmethod
    def of(cls, raw: Mapping[str, Any] | None) -> Estimate | None:
        """Returns an estimate from its JSON, or None if there is none."""
        return None if raw is None else cls(raw["value"], interval(raw.get("interval")), raw["count"])

    def __str__(self) -> str:
        return number(self.value) if self.interval is None else f"{number(self.value)} ({between(self.interval)})"


@dataclass(frozen=True)
class Evidence:
    """Evidence that a claim is wrong. If the claim is right, it ever reaches 1/p with a probability of at most p.

    Attributes:
        maximum: The largest value so far.
        p_value: The smaller of 1 and 1/maximum. Valid at any time.
    """

    maximum: float
    p_value: float

    @classmethod
    def of(cls, raw: Mapping[str, Any] | None) -> Evidence | None:
        """Returns evidence from its JSON, or None if there is none."""
        return None if raw is None else cls(raw["maximum"], raw["p_value"])

    def __str__(self) -> str:
        return words.evidence(self.maximum)


def interval(raw: Mapping[str, Any] | None) -> tuple[float, float] | None:
    """Returns the lower and upper end of an interval, or None if there is none."""
    return None if raw is None else (raw["lower"], raw["upper"])


def value(estimate: Estimate | None) -> float | None:
    """Returns the value of an estimate, or None if there is none."""
    return None if estimate is None else estimate.value


def ends(estimate: Estimate | None) -> tuple[float, float] | None:
    """Returns the interval of an estimate, or None if there is none."""
    return None if estimate is None else estimate.interval


def number(value: float | None) -> str:
    """Returns a number with three significant digits, or a dash if there is none."""
    return words.measure(value)


def between(ends: tuple[float, float] | None) -> str:
    """Returns an interval as text, or a dash if there is none."""
    return words.NONE if ends is None else f"{number(ends[0])} to {number(ends[1])}"


def share(value: float | None) -> str:
    """Returns a share as a percentage, or a dash if there is none."""
    return words.share(value)


def text_table(head: Sequence[str], rows: Sequence[Sequence[Any]], numbers: Collection[int] | None = None) -> str:
    """Returns a table with aligned columns.

    Args:
        head: The names of the columns.
        rows: The values.
        numbers: The columns that are aligned to the right. Defaults to all but the first.
    """
    lines = [[words.visible(str(value)) for value in row] for row in (head, *rows)]
    right = range(1, len(head)) if numbers is None else numbers
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            value.rjust(width) if column in right else value.ljust(width)
            for column, (value, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def dataframe(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """Returns a pandas DataFrame.

    Raises:
        RoostError: If pandas is not installed.
    """
    try:
        pandas = importlib.import_module("pandas")
    except ImportError as error:
        raise RoostError("pandas is not installed. Install it with: pip install 'roost[pandas]'") from error
    return pandas.DataFrame([[row.get(column) for column in columns] for row in rows], columns=list(columns))
