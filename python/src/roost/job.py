"""Training, tuning and transform jobs: how they stand, what they write, and how they end."""

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
    """A job as it stood when it was asked for; `refresh` asks again."""

    kind: ClassVar[str] = ""

    def __init__(self, connection: Connection, record: JSON) -> None:
        self._connection = connection
        self._record = record

    def name(self) -> str:
        """The job's name."""
        return str(self.definition["name"])

    @property
    def definition(self) -> dict[str, Any]:
        """What was asked for."""
        definition: dict[str, Any] = self._record["definition"]
        return definition

    def status(self) -> str:
        """``InProgress``, ``Stopping``, ``Completed``, ``Failed`` or ``Stopped``."""
        return str(self._record["state"]["status"])

    def is_over(self) -> bool:
        """Whether nothing of the job changes any more."""
        return self.status() in _FINAL

    def failure_reason(self) -> str | None:
        """Why it failed; None where it did not."""
        reason = self._record["state"].get("failure_reason")
        return None if reason is None else str(reason)

    def phases(self) -> list[dict[str, Any]]:
        """The steps so far, oldest first, each with ``name``, ``message``, ``started_at`` and ``ended_at``."""
        return list(self._record["state"]["phases"])

    def created_at(self) -> datetime:
        """When it was asked for, in UTC."""
        return from_rfc3339(self._record["state"]["created_at"])

    def refresh(self: AnyJob) -> AnyJob:
        """Asks the server how the job stands now.

        Returns:
            The job itself.
        """
        self._record = self._connection.get(path(f"{self.kind}-jobs", self.name()))
        return self

    def stop(self: AnyJob) -> AnyJob:
        """Asks the job to end before it is done; `wait` waits until it has.

        Returns:
            The job itself.

        Raises:
            APIError: It is over already (code ``conflict``).
        """
        self._record = self._connection.send("POST", path(f"{self.kind}-jobs", self.name(), "stop"))
        return self

    def logs(self) -> list[str]:
        """The lines that the job has written so far."""
        lines: list[str] = []
        position = 0
        while True:
            new, following = self._lines(position)
            lines += new
            if not new:
                return lines
            position = following

    def follow(self) -> Iterator[str]:
        """The lines that the job writes, as they come, until it is over."""
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
            timeout: Seconds to wait; for ever without one. The job goes on after that.
            show: Whether to print what the job writes.

        Returns:
            The job itself, completed.

        Raises:
            JobError: It failed, or was stopped; the message has the reason.
            RequestTimeoutError: It was not over in time.
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
                    f"The {self.kind} job '{self.name()}' was not over after {timeout:g} s; it goes on."
                )
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_POLL)
        if self.status() != "Completed":
            raise JobError(self.failure_reason() or f"The {self.kind} job '{self.name()}' was stopped.")
        return self

    def describe(self) -> dict[str, Any]:
        """The fields that tables show."""
        return {"name": self.name(), "kind": self.kind, "status": self.status(), "created": self.created_at()}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name()!r}, status={self.status()!r})"

    def _repr_html_(self) -> str:
        return fields(self.describe().items())

    def _lines(self, position: int) -> tuple[list[str], int]:
        answer = self._connection.get(path(f"{self.kind}-jobs", self.name(), "logs"), {"from": position})
        return [str(event["message"]) for event in answer["events"]], int(answer["next"])


class TrainingJob(Job):
    """A model being trained, or how that ended."""

    kind = "training"

    def model_uri(self) -> str | None:
        """Where the artifact is, ``s3://…/model.tar.gz``; None before there is one."""
        uri = self._record.get("model")
        return None if uri is None else str(uri)

    def metrics(self) -> dict[str, float]:
        """The last value of each metric."""
        return {str(metric["name"]): float(metric["value"]) for metric in self._record["metrics"]}


class TuningJob(Job):
    """A search for good hyperparameters, or how it ended."""

    kind = "tuning"

    def trials(self) -> Things[TrainingJob]:
        """The trials so far, oldest first."""
        query = {"tuning_job": self.name(), "sort": "created_at", "order": "asc", "limit": 1000}
        records = self._connection.get(path("training-jobs"), query)["jobs"]
        return Things(TrainingJob(self._connection, record) for record in records)

    def best(self) -> TrainingJob | None:
        """The best trial so far; None before one is over."""
        name = self._record.get("best")
        if name is None:
            return None
        return TrainingJob(self._connection, self._connection.get(path("training-jobs", str(name))))

    def best_value(self) -> float | None:
        """The objective's value of the best trial so far."""
        value = self._record.get("best_value")
        return None if value is None else float(value)


class TransformJob(Job):
    """A model being run over stored objects, or how that ended."""

    kind = "transform"

    def progress(self) -> dict[str, int]:
        """``objects``, ``objects_done``, ``bytes``, ``bytes_done``, ``records`` and ``records_failed``."""
        return {str(name): int(value) for name, value in self._record["progress"].items()}
