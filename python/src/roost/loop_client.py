"""Adds loops and finds them again, and builds training sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .connection import Connection, path
from .html import Things
from .logged import Time
from .loop import Loop, LoopRun
from .times import body_time
from .training_set import TrainingSet

# Seconds. The server reads the log.
_TIMEOUT = 3600.0


class LoopClient:
    """The part of a client that handles loops."""

    _connection: Connection

    def put_loop(self, name: str, definition: Mapping[str, Any]) -> Loop:
        """Adds a loop, or changes the one with its name.

        Args:
            name: Name of the loop.
            definition: What starts a run and what a run does, as in a file for ``roost loop apply``: a dict with
                ``pipeline``, ``when``, ``then`` and others.

        Raises:
            APIError: If the definition is wrong. The message says where.
        """
        return Loop(self._connection, self._connection.send("PUT", path("loops", name), dict(definition)))

    def loop(self, name: str) -> Loop:
        """Returns the loop with a name.

        Raises:
            EntityNotFoundError: If there is no such loop.
        """
        return Loop(self._connection, self._connection.get(path("loops", name)))

    def loops(self, pipeline: str | None = None, workspace: str | None = None) -> Things[Loop]:
        """Returns the loops of a pipeline, of the pipelines of a workspace, or of all pipelines.

        Raises:
            EntityNotFoundError: If there is no such workspace.
        """
        query = {"pipeline": pipeline, "workspace": workspace}
        records = self._connection.get(path("loops"), query)["loops"]
        return Things(Loop(self._connection, record) for record in records)

    def loop_run(self, id: str) -> LoopRun:
        """Returns a run of a loop: by its ID, the beginning of it, or the name of a loop for its newest run.

        Raises:
            EntityNotFoundError: If there is no such run.
        """
        return LoopRun(self._connection, self._connection.get(path("loop-runs", id)))

    def build_training_set(
        self,
        pipeline: str,
        output: str,
        *,
        start: Time | None = None,
        end: Time | None = None,
        rows: int | None = None,
        validation: float | None = None,
        add_to: str | None = None,
        weight: Mapping[str, Any] | None = None,
    ) -> TrainingSet:
        """Builds training data from what a pipeline logged and its labels, and stores it in a bucket.

        Args:
            pipeline: Name of the pipeline.
            output: Where ``train.csv`` and ``validation.csv`` are stored: ``s3://BUCKET/PREFIX``.
            start: Only rows that were logged at this time or later: a time as for `Pipeline.logs`.
            end: Only rows that were logged before this time.
            rows: Only this many rows, the newest ones.
            validation: The share of the inferences whose rows are for validation, such as 0.2.
            add_to: An existing data set of the same columns whose lines come first: ``s3://BUCKET/PREFIX``.
            weight: Rows that count more: ``{"where": "inputs.size > 200", "factor": 3}``.

        Raises:
            APIError: If the log does not have what is needed. The message says why.
        """
        given = {
            "output": output,
            "start": body_time(start),
            "end": body_time(end),
            "rows": rows,
            "validation": validation,
            "add_to": add_to,
            "weight": None if weight is None else dict(weight),
        }
        body = {name: value for name, value in given.items() if value is not None}
        return TrainingSet(self._connection.send("POST", path("pipelines", pipeline, "training-sets"), body, _TIMEOUT))
