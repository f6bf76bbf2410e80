"""How models and pipelines answered the same requests at the same rate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .connection import JSON, Connection, path
from .errors import RoostError
from .estimates import dataframe, text_table
from .html import cell, table
from .picture import saved
from .times import from_rfc3339

_PERCENTILES = ("p50", "p90", "p95", "p99", "max")


class SimulatedSubject:
    """What one model or pipeline did.

    Attributes:
        name: The name that was given.
        kind: ``model`` or ``pipeline``.
        version: The ID of the version that answered.
        requests, answered: How many requests it got, and how many of them it answered.
        failures: Why others failed, each with ``code``, ``message`` and ``count``.
        throughput: Answers a second, while requests began.
        backlog: Requests without an answer when the last one began.
        is_saturated: Whether it cannot keep up with the rate: it answered fewer requests than began, and its backlog
            grew.
        latency: Milliseconds from when a request should have begun to its answer, by ``p50``, ``p90``, ``p95``,
            ``p99``, ``max`` and ``mean``. A percentile is missing if there are too few answers for it.
        memory: Bytes of the server's memory: ``before`` it was loaded, when ``loaded``, at its ``peak``, and whether
            its models were loaded before (``shared``).
        surroundings: How busy the server and the machine were, from 0 to 1 (``server_busy``, ``machine_busy``), the
            ``other_requests`` meanwhile, and how late the simulation began its own requests (``lag_p99_ms``,
            ``lag_max_ms``, ``late``).
        outputs: How its outputs compare with those of the first subject: ``compared``, ``different``,
            ``largest_difference`` and ``first_different``. None for the first subject.
        raw: The subject as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.name: str = raw["name"]
        self.kind: str = raw["kind"]
        self.version: str = raw["version"]
        self.requests: int = raw["requests"]
        self.answered: int = raw["answered"]
        self.failures: list[dict[str, Any]] = raw["failures"]
        self.throughput: float = raw["throughput"]
        self.backlog: int = raw["backlog"]
        self.is_saturated: bool = raw["saturated"]
        latency = raw.get("latency") or {}
        self.latency: dict[str, float] = {name.removesuffix("_ms"): value for name, value in latency.items()}
        self.memory: dict[str, Any] = raw["memory"]
        self.surroundings: dict[str, Any] = raw["surroundings"]
        self.outputs: dict[str, Any] | None = raw.get("outputs")

    def row(self) -> dict[str, Any]:
        """Returns the figures that tables show."""
        outputs = self.outputs or {}
        return {
            "subject": self.name,
            **{f"{name}_ms": self.latency.get(name) for name in _PERCENTILES},
            "throughput": self.throughput,
            "failed": self.requests - self.answered,
            "saturated": self.is_saturated,
            "different": outputs.get("different"),
            "largest_difference": outputs.get("largest_difference"),
        }

    def __repr__(self) -> str:
        return f"<SimulatedSubject {self.name}: {'saturated' if self.is_saturated else 'keeps up'}>"


class Simulation:
    """The result of a simulation. Prints as text; a notebook shows its picture and a table.

    Attributes:
        created_at: When it ended, in UTC.
        rate: Requests a second that were asked for.
        duration: Seconds in which requests began, for each subject.
        arrivals: ``constant`` or ``poisson``.
        inputs: The number of different inputs.
        subjects: What each model or pipeline did, in the order in which they were given.
        summary: What that means, in sentences.
        notes: What the reader should know.
        raw: The result as the server sent it.
    """

    def __init__(self, connection: Connection, raw: JSON) -> None:
        self._connection = connection
        self._picture: str | None = None
        self.raw = raw
        self.created_at = from_rfc3339(raw["created_at"])
        self.rate: float = raw["rate"]
        self.duration: float = raw["duration"]
        self.arrivals: str = raw["arrivals"]
        self.inputs: int = raw["inputs"]
        self.subjects = [SimulatedSubject(each) for each in raw["subjects"]]
        self.summary: list[str] = raw["summary"]
        self.notes: list[str] = raw["notes"]

    def __getitem__(self, name: str) -> SimulatedSubject:
        """Returns the subject with a name."""
        for subject in self.subjects:
            if subject.name == name:
                return subject
        raise KeyError(name)

    def to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each subject.

        Raises:
            RoostError: If pandas is not installed.
        """
        rows = [subject.row() for subject in self.subjects]
        return dataframe(rows, list(rows[0]))

    def picture(self) -> str:
        """Returns the latencies as a picture, in SVG."""
        if self._picture is None:
            response = self._connection.request(
                "POST",
                path("simulations", "picture"),
                data=json.dumps(self.raw).encode(),
                headers={"Content-Type": "application/json"},
            )
            self._picture = response.content.decode()
        return self._picture

    def save_picture(self, path: str | Path) -> Path:
        """Writes the picture to an SVG file.

        Returns:
            The path of the file.
        """
        return saved(self.picture(), path)

    def __repr__(self) -> str:
        return "\n".join([text_table(self._head(), self._rows()), *self.summary, *self.notes])

    def _repr_svg_(self) -> str | None:
        try:
            return self.picture()
        except RoostError:
            # The server is gone, but the numbers are here.
            return None

    def _repr_html_(self) -> str:
        sentences = "".join(f"<p>{cell(each)}</p>" for each in [*self.summary, *self.notes])
        return (self._repr_svg_() or "") + table(self._head(), self._rows()) + sentences

    def _head(self) -> list[str]:
        return ["subject", *(f"{name} ms" for name in _PERCENTILES), "answers/s", "failed", "state"]

    def _rows(self) -> list[list[str]]:
        return [
            [
                each.name,
                *(_latency(each.latency.get(name)) for name in _PERCENTILES),
                f"{each.throughput:.4g}",
                str(each.requests - each.answered),
                "saturated" if each.is_saturated else "keeps up",
            ]
            for each in self.subjects
        ]


def _latency(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if value < 1000 else f"{value:.0f}"
