"""Training jobs with more and more of the data, and what they achieved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .connection import JSON, path
from .errors import RoostError
from .estimates import Estimate, between, dataframe, ends, number, text_table
from .html import Things, cell, table
from .job import Job, TrainingJob
from .picture import saved


class CurvePoint:
    """What the jobs with a part of the data achieved.

    Attributes:
        percent: The part of the training data.
        lines: The lines that each of the jobs got.
        jobs: The names of the training jobs.
        values: The metric of each of them. None for a job that failed, or has not ended.
        metric: Their mean, with its 95 % interval if there are several. None without values.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.percent: int = raw["percent"]
        self.lines: int = raw["lines"]
        self.jobs: list[str] = raw["jobs"]
        self.values: list[float | None] = raw["values"]
        self.metric = Estimate.of(raw.get("metric"))

    def __repr__(self) -> str:
        return f"<CurvePoint {self.percent} %: {self.metric or '-'}>"


class LearningCurve(Job):
    """A learning curve. Prints as text; a notebook shows its picture and a table."""

    kind = "learning-curve"

    @classmethod
    def collection(cls) -> str:
        """Returns what learning curves are called in paths of the API."""
        return "learning-curves"

    @classmethod
    def noun(cls) -> str:
        """Returns what a learning curve is called in messages."""
        return "learning curve"

    def metric(self) -> str | None:
        """Returns the name of the metric, or None before the first training job ended."""
        name = self._record.get("metric")
        return None if name is None else str(name)

    def points(self) -> list[CurvePoint]:
        """Returns what the jobs achieved with each part of the data, the smallest one first."""
        return [CurvePoint(each) for each in self._record["points"]]

    def gain(self) -> Estimate | None:
        """Returns by how much the last step improved the metric. None before all training jobs have ended."""
        return Estimate.of(self._record.get("gain"))

    def verdict(self) -> str | None:
        """Returns ``helped``, ``hurt``, ``within_noise`` or ``not_enough_evidence``, about the last step."""
        verdict = self._record.get("verdict")
        return None if verdict is None else str(verdict)

    def summary(self) -> str | None:
        """Returns what that means, in a sentence."""
        summary = self._record.get("summary")
        return None if summary is None else str(summary)

    def training_jobs(self) -> Things[TrainingJob]:
        """Returns the training jobs that have started, the smallest part of the data first."""
        names = [name for point in self.points() for name in point.jobs]
        query = {"name_contains": self.name(), "limit": 1000}
        records = self._connection.get(path("training-jobs"), query)["jobs"]
        found = {record["definition"]["name"]: record for record in records}
        return Things(TrainingJob(self._connection, found[name]) for name in names if name in found)

    def to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each training job.

        Raises:
            RoostError: If pandas is not installed.
        """
        rows = [
            {"percent": point.percent, "lines": point.lines, "job": job, "value": value}
            for point in self.points()
            for job, value in zip(point.jobs, point.values, strict=True)
        ]
        return dataframe(rows, ["percent", "lines", "job", "value"])

    def picture(self) -> str:
        """Returns the curve as a picture, in SVG."""
        return self._connection.request("GET", path(self.collection(), self.name(), "picture")).content.decode()

    def save_picture(self, path: str | Path) -> Path:
        """Writes the picture to an SVG file.

        Returns:
            The path of the file.
        """
        return saved(self.picture(), path)

    def __repr__(self) -> str:
        points = text_table(self._head(), self._rows())
        return "\n".join([f"{self.noun()} {self.name()}: {self.status()}", points, self.summary() or ""]).rstrip()

    def _repr_svg_(self) -> str | None:
        try:
            return self.picture()
        except RoostError:
            # The server is gone, but the numbers are here.
            return None

    def _repr_html_(self) -> str:
        return (
            (self._repr_svg_() or "")
            + table(self._head(), self._rows())
            + (f"<p>{cell(self.summary())}</p>" if self.summary() else "")
        )

    def _head(self) -> list[str]:
        return ["data", "lines", "jobs", self.metric() or "metric", "95 % interval"]

    def _rows(self) -> list[list[str]]:
        return [
            [
                f"{each.percent} %",
                str(each.lines),
                f"{sum(value is not None for value in each.values)} of {len(each.jobs)}",
                number(None if each.metric is None else each.metric.value),
                between(ends(each.metric)),
            ]
            for each in self.points()
        ]
