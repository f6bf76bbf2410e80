"""What changed between two windows of a pipeline's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .connection import JSON
from .estimates import dataframe, interval, number, share, text_table
from .expressions import Expression, conjunction
from .html import cell, table
from .quality import Mistake
from .times import from_rfc3339
from .words import NONE, probability, visible


@dataclass(frozen=True)
class ErrorRate:
    """How many labeled rows were predicted wrongly.

    Attributes:
        rows, errors: The rows with a label, and the wrong ones among them.
        rate: The share of errors. None without rows.
        interval: Its 95 % interval.
    """

    rows: int
    errors: int
    rate: float | None
    interval: tuple[float, float] | None

    @classmethod
    def of(cls, raw: JSON) -> ErrorRate:
        """Returns a rate from its JSON."""
        return cls(raw["rows"], raw["errors"], raw.get("rate"), interval(raw.get("interval")))

    def __str__(self) -> str:
        return "-" if self.rate is None else f"{share(self.rate)} ({self.errors} of {self.rows})"


class DiagnosedElement:
    """An input or output in both windows.

    Attributes:
        name: In the language of metrics, such as ``inputs.age``.
        status: ``ok``, ``warning``, ``alert`` or ``not_enough_data``.
        reason: Why, in a sentence.
        psi: The population stability index. None if there is not enough data.
        noise: What the index exceeds by chance with small probability.
        baseline, window: The values in numbers: ``count``, ``missing``, and ``mean``, ``median``, ``min``, ``max`` and
            ``std`` of numbers.
        new_categories: The most frequent values that the baseline does not have, with their counts.
        raw: The element as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.name: str = raw["element"]
        self.status: str = raw["status"]
        self.reason: str = raw["reason"]
        self.psi: float | None = raw.get("psi")
        self.noise: float | None = raw.get("noise")
        self.baseline: dict[str, float] = raw["baseline"]
        self.window: dict[str, float] = raw["window"]
        self.new_categories: dict[str, int] = {each["category"]: each["count"] for each in raw["new_categories"]}

    @property
    def is_moved(self) -> bool:
        """Whether it moved: by as much as an assay needs, and by more than chance explains."""
        return self.status in ("warning", "alert")

    def __repr__(self) -> str:
        return f"<DiagnosedElement {self.name}: {self.reason}>"


class Example:
    """A row of a slice that was predicted wrongly.

    Attributes:
        mistake: The inference, its prediction and its label.
        inputs: Some of the row's inputs by name: first those of the slice, then those that moved. Long strings are cut.
        request: The beginning of what a function before the models was given, as JSON. None without one.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.mistake = Mistake(raw["mistake"])
        self.inputs: dict[str, Any] = {each["element"]: each["value"] for each in raw["inputs"]}
        self.request: str | None = raw.get("request")

    def __repr__(self) -> str:
        return f"<Example {visible(self.mistake.id)} row {self.mistake.row}: {self.inputs}>"


class Slice:
    """Rows in which the models are wrong more often than in others.

    Attributes:
        condition: The rows, as an expression for `Pipeline.quality`, for metrics and for assays.
        finding: ``fell``: worse than in the baseline. ``weak``: worse than elsewhere, but maybe not worse than before.
        rows: The labeled rows of the slice in the window.
        tested: Those in which the slice was tested. It was searched for in the others.
        elsewhere: The other tested rows.
        baseline: The same slice in the baseline.
        p_value: The probability of as many errors if the slice were like the other rows.
        rise_p_value: The same if it were as it was in the baseline. None without labels there.
        examples: The worst mistakes first.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.condition: Expression = conjunction(raw["condition"])
        self.finding: str = raw["finding"]
        self.rows: int = raw["rows"]
        self.tested, self.elsewhere, self.baseline = (
            ErrorRate.of(raw[name]) for name in ("tested", "elsewhere", "baseline")
        )
        self.p_value: float = raw["p_value"]
        self.rise_p_value: float | None = raw.get("rise_p_value")
        self.examples = [Example(example) for example in raw["examples"]]

    def __repr__(self) -> str:
        return f"<Slice {self.condition}: {self.finding}, {self.tested} wrong>"


class Diagnosis:
    """Which inputs and outputs moved, and in which slices quality fell. Prints as text; a notebook shows tables.

    Attributes:
        summary: The findings in sentences.
        start, end: The window, in UTC. The end is exclusive.
        baseline_start, baseline_end: What it was compared with.
        elements: Inputs and outputs. Those that moved first, each by the index.
        compared_elements: How many were compared, of which `elements` has at most 100.
        quality: ``task``, ``window`` and ``baseline`` with their ``rows``, ``errors`` and ``rate``, and other numbers.
            None if the window has too few labels.
        slices: The ones with the most errors above the rate elsewhere first.
        notes: What the reader should know.
        raw: The response as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.pipeline: str = raw["pipeline"]
        self.summary: list[str] = raw["summary"]
        self.start, self.end = (from_rfc3339(raw["window"][name]) for name in ("start", "end"))
        self.baseline_start, self.baseline_end = (from_rfc3339(raw["baseline"][name]) for name in ("start", "end"))
        self.elements = [DiagnosedElement(element) for element in raw["elements"]]
        self.compared_elements: int = raw["compared_elements"]
        self.quality: JSON | None = raw.get("quality")
        self.slices = [Slice(each) for each in raw["slices"]]
        self.notes: list[str] = raw["notes"]

    @property
    def moved(self) -> list[DiagnosedElement]:
        """The inputs and outputs that moved."""
        return [element for element in self.elements if element.is_moved]

    def to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each input and output.

        Raises:
            RoostError: If pandas is not installed.
        """
        columns = ["element", "status", "psi", "noise", "baseline_mean", "window_mean", "baseline_missing"]
        columns += ["window_missing", "new_count"]
        rows = [
            element.raw
            | {f"{name}_mean": element.raw[name].get("mean") for name in ("baseline", "window")}
            | {f"{name}_missing": element.raw[name]["missing"] for name in ("baseline", "window")}
            for element in self.elements
        ]
        return dataframe(rows, columns)

    def slices_to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each slice.

        Raises:
            RoostError: If pandas is not installed.
        """
        rows = [
            {
                "condition": str(each.condition),
                "finding": each.finding,
                "rows": each.rows,
                "rate": each.tested.rate,
                "elsewhere": each.elsewhere.rate,
                "baseline": each.baseline.rate,
                "p_value": each.p_value,
                "rise_p_value": each.rise_p_value,
            }
            for each in self.slices
        ]
        return dataframe(rows, _SLICES)

    def __repr__(self) -> str:
        parts = ["\n".join([f"Diagnosis of pipeline '{self.pipeline}'", *(f"- {text}" for text in self.summary)])]
        parts += [text_table(*self._elements())] if self.elements else []
        parts += [text_table(*self._slices())] if self.slices else []
        return "\n\n".join([*parts, *self.notes])

    def _repr_html_(self) -> str:
        parts = [f"<p>{cell(text)}</p>" for text in self.summary]
        parts += [table(*self._elements())] if self.elements else []
        parts += [table(*self._slices())] if self.slices else []
        return "".join([*parts, *(f"<p>{cell(note)}</p>" for note in self.notes)])

    def _elements(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [
                element.name,
                NONE if element.status == "ok" else element.status.replace("_", " "),
                number(element.psi),
                number(element.noise),
                number(element.baseline.get("mean")),
                number(element.window.get("mean")),
                str(element.window["missing"]),
            ]
            for element in (self.moved or self.elements[:5])
        ]
        return ["element", "status", "psi", "noise", "mean before", "mean", "missing"], rows

    def _slices(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [
                str(each.condition),
                each.finding,
                str(each.tested),
                share(each.elsewhere.rate),
                share(each.baseline.rate),
                probability(each.p_value),
            ]
            for each in self.slices
        ]
        return ["slice", "finding", "errors", "elsewhere", "baseline", "p-value"], rows


_SLICES = ["condition", "finding", "rows", "rate", "elsewhere", "baseline", "p_value", "rise_p_value"]
