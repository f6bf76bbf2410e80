"""Compares the latencies of models and pipelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .connection import Connection, path
from .errors import InvalidInputError
from .logged import Time
from .model import Model
from .pipeline import Pipeline
from .request_body import encode, existing_file
from .simulation import Simulation
from .times import body_time

# Seconds that a simulation takes in addition to its requests, at most.
_PATIENCE = 600.0
_FORMATS = {".csv": "csv", ".jsonl": "json_lines", ".ndjson": "json_lines"}


class SimulationClient:
    """The part of a client that compares latencies."""

    _connection: Connection

    def _in_workspace(self) -> dict[str, str]:
        raise NotImplementedError

    def simulate(
        self,
        subjects: Sequence[Model | Pipeline | str] | Model | Pipeline | str,
        inputs: str | Path | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        *,
        rate: float,
        duration: float | None = None,
        pipeline: Pipeline | str | None = None,
        start: Time | None = None,
        end: Time | None = None,
        requests: int | None = None,
        arrivals: str | None = None,
        seed: int | None = None,
        warm_up: float | None = None,
        tolerance: float | None = None,
    ) -> Simulation:
        """Sends the same requests at the same rate to each subject, one subject after the other.

        Requests begin at their times whether or not earlier ones have been answered, and their latencies count from
        these times. The subjects need not be deployed. Nothing is logged, or counted as traffic.

        Args:
            subjects: Models, pipelines, and names: ``fraud``, ``fraud-dense@VERSION``. The outputs of the others are
                compared with those of the first one.
            inputs: A file (JSON, JSON Lines or CSV), a request, or a list of requests.
            rate: Requests a second.
            duration: Seconds in which requests begin, for each subject. Defaults to 10.
            pipeline: A pipeline whose logged requests are replayed, instead of ``inputs``.
            start: The earliest time of a logged request, as for `Pipeline.logs`.
            end: The time before which logged requests count. Defaults to now.
            requests: How many of the newest logged requests. Defaults to 1000.
            arrivals: ``constant`` (at equal distances), the default, or ``poisson`` (independently of each other).
            seed: Makes Poisson arrivals repeatable.
            warm_up: Seconds before that, at the same rate, which are not counted. Defaults to 1.
            tolerance: Outputs that differ by more than this are different. Defaults to 0.

        Raises:
            InvalidInputError: If there are no inputs and no pipeline, or both.
            MissingFileError: If there is no such file.
            APIError: If a subject does not exist, or another simulation is running (code ``conflict``).
        """
        if (inputs is None) == (pipeline is None):
            raise InvalidInputError("Give either inputs or a pipeline.")
        given = [subjects] if isinstance(subjects, (Model, Pipeline, str)) else list(subjects)
        logged = {
            "pipeline": pipeline.name() if isinstance(pipeline, Pipeline) else pipeline,
            "start": body_time(start),
            "end": body_time(end),
            "requests": requests,
        }
        body: dict[str, Any] = {
            "subjects": [_name(each) for each in given],
            "inputs": _present(logged) if inputs is None else _data(inputs),
            "rate": rate,
            "duration": duration,
            "arrivals": arrivals,
            "seed": seed,
            "warm_up": warm_up,
            "tolerance": tolerance,
            **self._in_workspace(),
        }
        timeout = max(2 * _PATIENCE, self._connection.timeout)
        answer = self._connection.send("POST", path("simulations"), _present(body), timeout)
        return Simulation(self._connection, answer)


def _name(subject: Model | Pipeline | str) -> str:
    if isinstance(subject, Model):
        return f"{subject.name()}@{subject.version()}"
    return subject.name() if isinstance(subject, Pipeline) else subject


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _data(inputs: str | Path | Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> dict[str, str]:
    if isinstance(inputs, (str, Path)):
        file = existing_file(inputs)
        return {"data": file.read_text(encoding="utf-8"), "format": _FORMATS.get(file.suffix.lower(), "json")}
    requests = [inputs] if isinstance(inputs, Mapping) else inputs
    return {"data": "\n".join(encode(each, list).decode() for each in requests), "format": "json_lines"}
