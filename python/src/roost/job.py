"""Training, tuning and transform jobs: their status, output and results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from .connection import JSON, Connection, path
from .errors import JobError, RequestTimeoutError
from .html import Things, fields
from .times import from_rfc3339

_FIRST_POLL = 0.05
_LONGEST_POLL = 1.0
_FINAL = ("Completed", "Failed", "Stopped")

AnyJob = TypeVar("AnyJob", bound="Job")


class Job:
    """A job, in the state in which the server last reported it. `refresh` updates it."""

    kind: ClassVar[str] = ""

    def __init__(self, connection: Connection, record: JSON) -> None:
        self._connection = connection
        self._record = record

    @classmethod
    def collection(cls) -> str:
        """Returns what the jobs of this kind are called in paths of the API."""
        return f"{cls.kind}-jobs"

    @classmethod
    def noun(cls) -> str:
        """Returns what such a job is called in messages."""
        return f"{cls.kind} job"

    def name(self) -> str:
        """Returns the job's name."""
        return str(self.definition["name"])

    @property
    def definition(self) -> dict[str, Any]:
        """The definition that the job was started with."""
        definition: dict[str, Any] = self._record["definition"]
        return definition

    def status(self) -> str:
        """Returns ``InProgress``, ``Stopping``, ``Completed``, ``Failed`` or ``Stopped``."""
        return str(self._record["state"]["status"])

    def is_over(self) -> bool:
        """Returns whether the job has completed, failed or stopped."""
        return self.status() in _FINAL

    def failure_reason(self) -> str | None:
        """Returns why the job failed, or None if it has not failed."""
        reason = self._record["state"].get("failure_reason")
        return None if reason is None else str(reason)

    def phases(self) -> list[dict[str, Any]]:
        """Returns the phases so far, oldest first, each with ``name``, ``message``, ``started_at`` and ``ended_at``."""
        return list(self._record["state"]["phases"])

    def created_at(self) -> datetime:
        """Returns when the job was created, in UTC."""
        return from_rfc3339(self._record["state"]["created_at"])

    def refresh(self: AnyJob) -> AnyJob:
        """Updates this object with the job's current state on the server.

        Returns:
            The job itself.
        """
        self._record = self._connection.get(path(self.collection(), self.name()))
        return self

    def stop(self: AnyJob) -> AnyJob:
        """Asks the server to stop the job. `wait` then waits for the end and raises a `JobError`.

        Returns:
            The job itself.

        Raises:
            APIError: If the job is already over (code ``conflict``).
        """
        self._record = self._connection.send("POST", path(self.collection(), self.name(), "stop"))
        return self

    def logs(self) -> list[str]:
        """Returns the lines that the job has written so far."""
        lines: list[str] = []
        position = 0
        while True:
            new, following = self._lines(position)
            lines += new
            if not new:
                return lines
            position = following

    def follow(self) -> Iterator[str]:
        """Yields the lines that the job writes, as they arrive, until the job is over."""
        position, pause = 0, _FIRST_POLL
        while True:
            was_over = self.is_over()
            lines, position = self._lines(position)
            yield from lines
            if lines:
                pause = _FIRST_POLL
                continue
            if was_over:
                return
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_POLL)
            self.refresh()

    def wait(self: AnyJob, timeout: float | None = None, show: bool = False) -> AnyJob:
        """Waits until the job is over.

        Args:
            timeout: Seconds to wait. By default, there is no limit. A timeout does not stop the job.
            show: Whether to print the lines that the job writes.

        Returns:
            The job itself, completed.

        Raises:
            JobError: If the job fails or is stopped. The message has the reason.
            RequestTimeoutError: If the job is not over in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        position, pause = 0, _FIRST_POLL
        while True:
            self.refresh()
            if show:
                lines, position = self._lines(position)
                for line in lines:
                    print(line, flush=True)
                if lines:
                    continue
            if self.is_over():
                break
            if deadline is not None and time.monotonic() > deadline:
                raise RequestTimeoutError(
                    f"The {self.noun()} '{self.name()}' did not finish within {timeout:g} s. It is still running."
                )
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_POLL)
        if self.status() != "Completed":
            raise JobError(self.failure_reason() or f"The {self.noun()} '{self.name()}' was stopped.")
        return self

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {"name": self.name(), "kind": self.kind, "status": self.status(), "created": self.created_at()}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name()!r}, status={self.status()!r})"

    def _repr_html_(self) -> str:
        return fields(self.describe().items())

    def _lines(self, position: int) -> tuple[list[str], int]:
        answer = self._connection.get(path(self.collection(), self.name(), "logs"), {"from": position})
        return [str(event["message"]) for event in answer["events"]], int(answer["next"])


class TrainingJob(Job):
    """A job that trains a model."""

    kind = "training"

    def model_uri(self) -> str | None:
        """Returns the artifact's URI, ``s3://…/model.tar.gz``, or None if there is no artifact yet."""
        uri = self._record.get("model")
        return None if uri is None else str(uri)

    def metrics(self) -> dict[str, float]:
        """Returns the last value of each metric."""
        return {str(metric["name"]): float(metric["value"]) for metric in self._record["metrics"]}


class TuningJob(Job):
    """A job that searches for good hyperparameters."""

    kind = "tuning"

    def trials(self) -> Things[TrainingJob]:
        """Returns the trials so far, oldest first."""
        query = {"tuning_job": self.name(), "sort": "created_at", "order": "asc", "limit": 1000}
        records = self._connection.get(path("training-jobs"), query)["jobs"]
        return Things(TrainingJob(self._connection, record) for record in records)

    def best(self) -> TrainingJob | None:
        """Returns the best trial so far, or None if no trial has finished."""
        name = self._record.get("best")
        if name is None:
            return None
        return TrainingJob(self._connection, self._connection.get(path("training-jobs", str(name))))

    def best_value(self) -> float | None:
        """Returns the best trial's value of the objective metric, or None if no trial has finished."""
        value = self._record.get("best_value")
        return None if value is None else float(value)


class TransformJob(Job):
    """A job that runs a model over stored objects."""

    kind = "transform"

    def progress(self) -> dict[str, int]:
        """Returns ``objects``, ``objects_done``, ``bytes``, ``bytes_done``, ``records`` and ``records_failed``."""
        return {str(name): int(value) for name, value in self._record["progress"].items()}
