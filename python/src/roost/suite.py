"""Test suites of models, and what they said about versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import display
from .connection import JSON, Connection, path
from .errors import SuiteError
from .html import Things, fields
from .model import Model
from .release import requester
from .times import from_rfc3339
from .verdicts import brief
from .words import run_status, suite_status

_RUN_TIMEOUT = 12 * 3600.0

_KINDS = {"golden": "known answer", "program": "function"}


class SuiteRun:
    """What a suite said about one version of a model.

    Attributes:
        raw: The run as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw

    def id(self) -> str:
        """Returns the run's UUID."""
        return str(self.raw["id"])

    def suite(self) -> str:
        """Returns the name of the suite."""
        return str(self.raw["suite"])

    def model(self) -> str:
        """Returns the model version that was tested, as ``NAME@UUID``."""
        return str(self.raw["model"])

    def champion(self) -> str | None:
        """Returns the version that it was compared with, as ``NAME@UUID``. None if no case compares."""
        return self.raw.get("champion")

    def outcome(self) -> str:
        """Returns ``pending``, ``running``, ``passed``, ``failed`` or ``error``."""
        return str(self.raw["outcome"])

    def passed(self) -> bool:
        """Returns whether every case passed."""
        return self.outcome() == "passed"

    def reason(self) -> str | None:
        """Returns why the suite could not be run, in a sentence. None if it was run."""
        return self.raw.get("reason")

    def cases(self) -> list[dict[str, Any]]:
        """Returns the cases in order.

        Each has its ``name`` and ``kind``, whether it ``passed``, a ``message``, and the ``measures``.
        """
        return list(self.raw["cases"])

    def failures(self) -> list[dict[str, Any]]:
        """Returns the cases that failed."""
        return [case for case in self.cases() if not case["passed"]]

    def created_at(self) -> datetime:
        """Returns when the run was asked for, in UTC."""
        return from_rfc3339(self.raw["created_at"])

    def check(self) -> SuiteRun:
        """Raises an error unless every case passed.

        Returns:
            The run itself.

        Raises:
            SuiteError: If a case failed, or if the suite could not be run. The message names the cases.
        """
        if self.passed():
            return self
        found = "; ".join(f"{case['name']}: {case['message']}" for case in self.failures())
        raise SuiteError(f"Suite '{self.suite()}' {self._words()} for '{self.model()}': {self.reason() or found}")

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {
            "run": self.id(),
            "suite": self.suite(),
            "model": self.model(),
            "outcome": str(run_status(self.outcome())),
            "failed": ", ".join(case["name"] for case in self.failures()),
            "reason": self.reason() or "",
            "created": self.created_at(),
        }

    def __repr__(self) -> str:
        return f"<SuiteRun of '{self.suite()}' on '{self.model()}': {self.outcome()}>"

    def _repr_html_(self) -> str:
        rows = [
            [
                case["name"],
                _KINDS.get(case["kind"], case["kind"]),
                run_status("passed" if case["passed"] else "failed"),
                case["message"],
            ]
            for case in self.cases()
        ]
        sentence = f"Suite {self.suite()} for {brief(self.model())}. {self.reason() or ''}".rstrip()
        parts = [display.verdict(suite_status(self.raw), sentence), fields(self.describe().items())]
        return display.page(*parts, display.grid(["case", "kind", "state", "found"], rows))

    def _words(self) -> str:
        return "failed" if self.outcome() == "failed" else "could not be run"


class Suite:
    """A test suite, as the server last reported it.

    Attributes:
        raw: The suite as the server sent it: in a list without its cases.
    """

    def __init__(self, connection: Connection, raw: JSON, is_whole: bool = True) -> None:
        self._connection = connection
        self.raw = raw
        self._is_whole = is_whole

    def name(self) -> str:
        """Returns the suite's name."""
        return str(self.raw["name"])

    def model(self) -> str:
        """Returns the name of the model whose versions are tested."""
        return str(self.raw["model"])

    def revision(self) -> int:
        """Returns the number of the definition, from 1."""
        return int(self.raw["revision"])

    def definition(self) -> dict[str, Any]:
        """Returns the definition."""
        return dict(self._whole()["definition"])

    def last_run(self) -> SuiteRun | None:
        """Returns the newest run. None if there was none."""
        run = self._whole().get("last_run")
        return None if run is None else SuiteRun(run)

    def run(self, version: Model | str | None = None) -> SuiteRun:
        """Runs the suite on a version of its model, and waits until it has ended.

        Args:
            version: A model, ``"NAME@VERSION"``, or an ID or a tag. Defaults to the newest version.

        Returns:
            The run. `SuiteRun.check` raises an error unless it passed.

        Raises:
            APIError: If there is no such version.
        """
        name = f"{version.name()}@{version.version()}" if isinstance(version, Model) else version
        body = {key: value for key, value in {"version": name, "by": requester()}.items() if value is not None}
        return SuiteRun(self._connection.send("POST", path("suites", self.name(), "runs"), body, timeout=_RUN_TIMEOUT))

    def runs(self, limit: int | None = None) -> Things[SuiteRun]:
        """Returns the runs, newest first."""
        found = self._connection.get(path("suites", self.name(), "runs"), {"limit": limit})["runs"]
        return Things(SuiteRun(run) for run in found)

    def delete(self) -> None:
        """Removes the suite. Its runs stay with the versions of the model."""
        self._connection.send("DELETE", path("suites", self.name()))

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {
            "suite": self.name(),
            "model": self.model(),
            "revision": self.revision(),
            "cases": self.raw["case_count"],
            "last run": str(suite_status(self.raw.get("last_run"))),
        }

    def _whole(self) -> JSON:
        """Reads the suite with its cases, if it comes from a list."""
        if not self._is_whole:
            self.raw = self._connection.get(path("suites", self.name()))
            self._is_whole = True
        return self.raw

    def __repr__(self) -> str:
        return f"<Suite '{self.name()}' of model '{self.model()}'>"

    def _repr_html_(self) -> str:
        return fields(self.describe().items())
