"""How good a pipeline's models were, as far as labels say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import display
from .connection import JSON
from .estimates import dataframe, number, text_table
from .times import from_rfc3339
from .words import NONE, chosen, count, fixed, visible


class QualityGroup:
    """The quality of one model version, in one period and slice.

    Attributes:
        model, model_version: Name and version (a UUID) of the model.
        variant: Name of the arm of a split, if there was one.
        slice: Which values of the sliced input, such as ``[18, 30)``. None for all.
        period: When the period began. None for the whole window.
        rows: The rows that the model answered.
        labeled_rows: The rows with a label that fits.
        metrics: By name, such as ``accuracy``. A metric that is not defined here is missing.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.model: str = raw["model"]
        self.model_version: str = raw["model_version"]
        self.variant: str | None = raw.get("variant")
        self.slice: str | None = raw.get("slice")
        period = raw.get("period")
        self.period: datetime | None = None if period is None else from_rfc3339(period)
        self.rows: int = raw["rows"]
        self.labeled_rows: int = raw["labeled_rows"]
        self.metrics: dict[str, float] = raw["metrics"]

    def __repr__(self) -> str:
        place = "".join(f", {value}" for value in (self.slice, self.period) if value is not None)
        shown = ", ".join(f"{name} {number(value)}" for name, value in self.metrics.items())
        return f"<QualityGroup {self.model}{place}: {self.labeled_rows} labeled rows; {shown}>"


class Mistake:
    """A row that was predicted wrongly.

    Attributes:
        id: The inference's ID, for `Pipeline.logs`.
        time: When it ran, in UTC.
        row: The row, counted from 0.
        model, model_version: Name and version (a UUID) of the model that answered.
        prediction: The predicted class or number, as text.
        score: The score of the predicted class, or of the positive class if there is only one score. None for a number.
        label: What was true, as text.
        loss: How bad it is: the absolute error, or 1 minus the score of the right class.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.id: str = raw["id"]
        self.time = from_rfc3339(raw["time"])
        self.row: int = raw["row"]
        self.model: str = raw["model"]
        self.model_version: str = raw["model_version"]
        self.prediction: str = raw["prediction"]
        self.score: float | None = raw.get("score")
        self.label: str = raw["label"]
        self.loss: float = raw["loss"]

    def __repr__(self) -> str:
        return visible(f"<Mistake {self.id} row {self.row}: {self.prediction} instead of {self.label}>")


class Quality:
    """What a pipeline's models answered, compared with the labels. Prints as text; a notebook shows tables.

    Attributes:
        task: ``binary``, ``multiclass`` or ``regression``. None if no label fits.
        prediction: The output that is compared with the labels.
        threshold: The score from which a prediction counts as positive. None for other tasks.
        counts: What became of the labels and of the inferences: ``inferences``, ``rows``, ``labeled_rows``,
            ``waiting_labels``, ``dropped_labels``, ``wrong_type``, ``wrong_rows`` and ``repeated_ids``.
        groups: The quality of each model version, period and slice.
        mistakes: The rows that were predicted wrongly, the worst first.
        labeled_share_p: The p-value of equal shares of labeled rows in all model versions. None with one version.
        notes: What the reader should know.
        raw: The response as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.pipeline: str = raw["pipeline"]
        self.task: str | None = raw.get("task")
        self.prediction: str = raw["prediction"]
        self.threshold: float | None = raw.get("threshold")
        self.counts: dict[str, int] = raw["counts"]
        self.groups = [QualityGroup(group) for group in raw["groups"]]
        self.mistakes = [Mistake(mistake) for mistake in raw["mistakes"]]
        self.labeled_share_p: float | None = raw.get("labeled_share_p")
        self.notes: list[str] = raw["notes"]

    def to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each group and a column for each metric.

        Raises:
            RoostError: If pandas is not installed.
        """
        columns = ["model", "model_version", "variant", "slice", "period", "rows", "labeled_rows"]
        rows = [{name: getattr(group, name) for name in columns} | group.metrics for group in self.groups]
        return dataframe(rows, columns + self._metrics())

    def mistakes_to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each mistake.

        Raises:
            RoostError: If pandas is not installed.
        """
        return dataframe([vars(mistake) for mistake in self.mistakes], _MISTAKES)

    def __repr__(self) -> str:
        parts = [self._title(), text_table(*self._groups())]
        if self.mistakes:
            parts.append(f"The worst {len(self.mistakes)} mistakes:\n" + text_table(*self._mistakes()))
        return "\n\n".join([*parts, *self._remarks()])

    def _repr_html_(self) -> str:
        head, rows = self._groups()
        parts = [display.paragraph(self._title()), display.grid(head, rows, range(head.index("rows"), len(head)))]
        if self.mistakes:
            parts += [display.heading("Worst mistakes"), display.grid(*self._mistakes(), (1, 4))]
        return display.page(*parts, display.listed(self._remarks()))

    def _title(self) -> str:
        counts, task = self.counts, self.task or "unknown task"
        threshold = "" if self.threshold is None else f", positive from {chosen(self.threshold)}"
        return (
            f"Quality of pipeline '{self.pipeline}' ({task}, {self.prediction}{threshold}): "
            f"{count(counts['labeled_rows'])} of {count(counts['rows'])} rows have a label."
        )

    def _remarks(self) -> list[str]:
        counted = {
            "waiting_labels": "labels wait for their inference",
            "dropped_labels": "labels were dropped, because their inference did not come in time",
            "wrong_type": "labels have a type that the prediction cannot be compared with",
            "wrong_rows": "labels have another number of rows than their inference",
        }
        found = [f"{count(self.counts[name])} {words}." for name, words in counted.items() if self.counts.get(name)]
        return found + self.notes

    def _metrics(self) -> list[str]:
        # In the order in which the first group has them.
        return list(dict.fromkeys(name for group in self.groups for name in group.metrics))

    def _groups(self) -> tuple[list[str], list[list[str]]]:
        optional = [name for name in ("slice", "period") if any(getattr(group, name) for group in self.groups)]
        names = self._metrics()
        head = ["model", *optional, "rows", "labeled", *names]
        rows = [
            [
                group.variant or group.model,
                *(NONE if getattr(group, name) is None else _short(getattr(group, name)) for name in optional),
                count(group.rows),
                count(group.labeled_rows),
                *(_metric(group.metrics.get(name)) for name in names),
            ]
            for group in self.groups
        ]
        return head, rows

    def _mistakes(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [mistake.id, str(mistake.row), mistake.model, mistake.prediction, number(mistake.score), mistake.label]
            for mistake in self.mistakes
        ]
        return ["inference", "row", "model", "prediction", "score", "label"], rows


def _metric(value: float | None) -> str:
    # Four decimals for what is usually between 0 and 1, as the command has it.
    return NONE if value is None else fixed(value, 4) if abs(value) < 10 else number(value)


def _short(value: Any) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value)


_MISTAKES = ["id", "time", "row", "model", "model_version", "prediction", "score", "label", "loss"]
