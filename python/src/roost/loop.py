"""A loop: when something happens, it trains, tests and releases a model, or tells someone."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from . import display
from .connection import JSON, Connection, path, query
from .errors import LoopError, RequestTimeoutError
from .html import Things, fields
from .release import requester
from .times import from_rfc3339
from .words import loop_status

_PAUSE = 0.5


class LoopRun:
    """A run of a loop, as the server last reported it. `refresh` updates it.

    Attributes:
        raw: The run as the server sent it.
    """

    def __init__(self, connection: Connection, raw: JSON) -> None:
        self._connection = connection
        self.raw = raw

    def id(self) -> str:
        """Returns the run's UUID."""
        return str(self.raw["id"])

    def loop(self) -> str:
        """Returns the name of the loop."""
        return str(self.raw["loop"])

    def state(self) -> str:
        """Returns ``running``, ``aborting``, ``finished``, ``failed`` or ``aborted``."""
        return str(self.raw["state"])

    def is_over(self) -> bool:
        """Returns whether the run has ended."""
        return self.state() not in ("running", "aborting")

    def reason(self) -> str | None:
        """Returns why the run failed or was aborted, in a sentence. None otherwise."""
        return self.raw.get("reason")

    def cause(self) -> str:
        """Returns what started the run, in a sentence."""
        return str(self.raw["cause"]["message"])

    def steps(self) -> list[dict[str, Any]]:
        """Returns the steps that have begun, oldest first: dicts with ``kind``, ``state`` and ``links``."""
        return [dict(step) for step in self.raw["steps"]]

    def version(self) -> str | None:
        """Returns the model version that the run has made, as ``NAME@UUID``. None if it has made none."""
        versions = (step["links"].get("version") for step in self.raw["steps"])
        return next((version for version in versions if version), None)

    def started_at(self) -> datetime:
        """Returns when the run began, in UTC."""
        return from_rfc3339(self.raw["started_at"])

    def refresh(self) -> LoopRun:
        """Updates this object with the run's current state on the server.

        Returns:
            The run itself.
        """
        self.raw = self._connection.get(path("loop-runs", self.id()))
        return self

    def abort(self) -> LoopRun:
        """Ends the run, and the training job or the release that it has begun. Returns before that.

        Returns:
            The run itself.
        """
        address = f"{path('loop-runs', self.id(), 'abort')}?{query({'by': requester()})}"
        self.raw = self._connection.send("POST", address)
        return self

    def wait(self, timeout: float | None = None) -> LoopRun:
        """Waits until the run has ended.

        Args:
            timeout: How long to wait, in seconds. None waits forever.

        Returns:
            The run itself.

        Raises:
            LoopError: If the run failed or was aborted. The message says why.
            RequestTimeoutError: If it is still running after the timeout.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.refresh().is_over():
            if deadline is not None and time.monotonic() > deadline:
                raise RequestTimeoutError(f"Run {self.id()} of loop {self.loop()!r} is still running.")
            time.sleep(_PAUSE)
        if self.state() != "finished":
            raise LoopError(f"Run {self.id()} of loop {self.loop()!r} {self.state()}: {self.reason()}")
        return self

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {
            "run": self.id(),
            "loop": self.loop(),
            "state": str(loop_status(self.state())),
            "step": self.raw["steps"][-1]["kind"] if self.raw["steps"] else None,
            "version": self.version(),
        }

    def _repr_html_(self) -> str:
        rows = [[step["kind"], loop_status(step["state"]), step.get("finding", "")] for step in self.raw["steps"]]
        sentence = f"Run {self.id()} of loop {self.loop()}. {self.reason() or ''}".rstrip()
        return display.page(
            display.verdict(loop_status(self.state()), sentence), display.grid(["Step", "State", "Finding"], rows)
        )

    def __repr__(self) -> str:
        return f"LoopRun({self.id()!r}, loop={self.loop()!r}, state={self.state()!r})"


class Loop:
    """A loop, as the server last reported it. `refresh` updates it.

    Attributes:
        raw: The loop as the server sent it.
    """

    def __init__(self, connection: Connection, raw: JSON) -> None:
        self._connection = connection
        self.raw = raw

    def name(self) -> str:
        """Returns the loop's name."""
        return str(self.raw["name"])

    def pipeline(self) -> str:
        """Returns the name of the pipeline."""
        return str(self.definition["pipeline"])

    @property
    def definition(self) -> dict[str, Any]:
        """The definition in the server's format."""
        return dict(self.raw["definition"])

    @property
    def last(self) -> LoopRun | None:
        """The newest run. None before the first."""
        last = self.raw.get("last")
        return None if last is None else LoopRun(self._connection, last)

    def is_paused(self) -> bool:
        """Returns whether only users start runs."""
        return bool(self.definition.get("paused", False))

    def refresh(self) -> Loop:
        """Updates this object with the loop's current state on the server.

        Returns:
            The loop itself.
        """
        self.raw = self._connection.get(self._path())
        return self

    def run(self) -> LoopRun:
        """Starts a run now."""
        address = f"{self._path('runs')}?{query({'by': requester()})}"
        return LoopRun(self._connection, self._connection.send("POST", address))

    def runs(self, limit: int | None = None) -> Things[LoopRun]:
        """Returns the runs, newest first.

        Args:
            limit: The most runs, 100 by default, at most 1,000.
        """
        records = self._connection.get(self._path("runs"), {"limit": limit})["runs"]
        return Things(LoopRun(self._connection, record) for record in records)

    def pause(self) -> Loop:
        """Lets only users start runs. A run in progress goes on.

        Returns:
            The loop itself.
        """
        self.raw = self._connection.send("POST", self._path("pause"))
        return self

    def resume(self) -> Loop:
        """Lets alerts, times and labels start runs again, from now on.

        Returns:
            The loop itself.
        """
        self.raw = self._connection.send("POST", self._path("resume"))
        return self

    def delete(self) -> None:
        """Deletes the loop and the records of its runs. What the runs made stays."""
        self._connection.request("DELETE", self._path())

    def _path(self, *parts: str) -> str:
        return path("loops", self.name(), *parts)

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        last = self.raw.get("last")
        return {
            "loop": self.name(),
            "pipeline": self.pipeline(),
            "paused": self.is_paused(),
            "last run": None if last is None else str(loop_status(last["state"])),
        }

    def _repr_html_(self) -> str:
        return fields(self.describe().items())

    def __repr__(self) -> str:
        return f"Loop({self.name()!r}, pipeline={self.pipeline()!r})"
