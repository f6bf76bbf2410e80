"""Starts learning curves and finds them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .connection import Connection, path
from .html import Things
from .job import TrainingJob
from .learning_curve import LearningCurve


class CurveClient:
    """The part of a client that handles learning curves."""

    _connection: Connection

    def draw_learning_curve(
        self,
        name: str,
        job: TrainingJob | str | None = None,
        *,
        training: Mapping[str, Any] | None = None,
        percents: Sequence[int] | None = None,
        repeats: int | None = None,
        holdout: float | None = None,
        metric: str | None = None,
        maximize: bool | None = None,
        seed: int | None = None,
    ) -> LearningCurve:
        """Starts training jobs with more and more of the data of a job. Use ``.wait()`` to wait for them.

        Args:
            name: The curve's name, unique on the server: at most 48 letters, digits and ``-``. The names of its
                training jobs begin with it.
            job: An existing training job, whose definition is used.
            training: The definition of a training job in the server's format, instead of ``job``.
            percents: The parts of the data, in ascending order; the last one is 100. Defaults to 10, 25, 50 and 100.
            repeats: How many samples of each size there are. Defaults to 5.
            holdout: The share of the training data that is held out if the job has no channel for that. Defaults to
                0.2.
            metric: A metric on held-out data, such as ``validation:rmse``. Defaults to the only one.
            maximize: Whether to maximize the metric. Defaults to what its name says.
            seed: Makes the samples repeatable. Defaults to 0.

        Raises:
            APIError: If the definition is not valid or the name is taken (code ``conflict``).
        """
        body: dict[str, Any] = {
            "name": name,
            "job": job.name() if isinstance(job, TrainingJob) else job,
            "training": None if training is None else dict(training),
            "percents": None if percents is None else list(percents),
            "repeats": repeats,
            "holdout": holdout,
            "metric": metric,
            "direction": None if maximize is None else "Maximize" if maximize else "Minimize",
            "seed": seed,
        }
        body = {field: value for field, value in body.items() if value is not None}
        return LearningCurve(self._connection, self._connection.send("POST", path("learning-curves"), body))

    def learning_curve(self, name: str) -> LearningCurve:
        """Returns the learning curve with the given name.

        Raises:
            EntityNotFoundError: If there is no such curve.
        """
        return LearningCurve(self._connection, self._connection.get(path("learning-curves", name)))

    def list_learning_curves(self, limit: int = 100) -> Things[LearningCurve]:
        """Returns the newest learning curves."""
        records = self._connection.get(path("learning-curves"), {"limit": limit})["jobs"]
        return Things(LearningCurve(self._connection, record) for record in records)
