"""A candidate that takes the place of a pipeline's model step by step."""

from __future__ import annotations

import contextlib
import getpass
import math
import time
from datetime import datetime
from typing import Any

from . import display
from .connection import JSON, Connection, path, query
from .errors import ReleaseError, RequestTimeoutError, RoostError
from .html import fields
from .metric_words import Metric, demand
from .times import from_rfc3339
from .verdicts import brief, release_demands, release_state, release_step, release_verdict, step_length, step_words
from .words import Status, count, evidence, measure, second, share, span

_PAUSE = 0.5
_LONGEST_NAME = 128
_PROMOTIONS = {
    "safe": "if no guardrail is broken",
    "better": "if it is shown to be better",
    "manual": "when someone asks for it",
}


def requester() -> str | None:
    """Returns the name of the user, for the server's records. None if there is no name."""
    try:
        name = getpass.getuser()
    except (ImportError, KeyError, OSError):
        return None
    printable = "".join(character for character in name if character.isprintable())
    return printable.encode()[:_LONGEST_NAME].decode(errors="ignore") or None


class Release:
    """A release, as the server last reported it. `status` and `refresh` update it.

    Attributes:
        raw: The release as the server sent it.
    """

    def __init__(self, connection: Connection, raw: JSON) -> None:
        self._connection = connection
        self._seen: JSON | None = None
        self.raw = raw

    def id(self) -> str:
        """Returns the release's UUID."""
        return str(self.raw["id"])

    def pipeline(self) -> str:
        """Returns the name of the pipeline."""
        return str(self.raw["pipeline"])

    def candidate(self) -> str:
        """Returns the model version that is released, as ``NAME@UUID``."""
        return str(self.raw["candidate"])

    def champion(self) -> str:
        """Returns the model version that it replaces, as ``NAME@UUID``."""
        return str(self.raw["champion"])

    def by(self) -> str | None:
        """Returns who started the release. None if nobody said."""
        return self.raw.get("by")

    def state(self) -> str:
        """Returns ``running``, ``paused``, ``promoted``, ``rolled_back``, ``aborted`` or ``failed``."""
        return str(self.raw["state"])

    def is_over(self) -> bool:
        """Returns whether the release has ended."""
        return self.state() not in ("running", "paused")

    def reason(self) -> str | None:
        """Returns why the release ended or is paused, in a sentence. None if it is running or was promoted."""
        return self.raw.get("reason")

    def steps(self) -> list[dict[str, Any]]:
        """Returns the steps that have begun, oldest first.

        Each has its ``kind`` (``replay``, ``shadow`` or ``canary``), ``started_at`` and ``units``, and, if known, its
        ``share``, ``ended_at``, ``evidence``, ``report`` and ``finding``.
        """
        return list(self.raw["steps"])

    def created_at(self) -> datetime:
        """Returns when the release was started, in UTC."""
        return from_rfc3339(self.raw["created_at"])

    def status(self) -> dict[str, Any]:
        """Returns the ``release`` and what is seen of its current step.

        Of a canary, that is the ``stage``, with its ``share`` and how far it has come, and the ``guardrails``, each
        with the rates of the ``champion`` and the ``candidate`` and with the ``evidence``, which rolls the release back
        when it reaches the ``bound``. With a goal, there is also the ``evidence`` that the candidate is better.
        ``waiting_for`` says what the next step waits for.
        """
        status = self._connection.get(path("releases", self.id()))
        self.raw = status["release"]
        self._seen = status
        return status

    def evidence(self) -> dict[str, Any]:
        """Returns the evidence of the canary over time.

        ``guardrails`` are those that are counted with each request, each with its ``metric`` and the ``bound`` at which
        the release is rolled back; ``bound`` is what promotes the candidate, if there is a goal. Each of the
        ``moments``, at most 200, has its ``time``, the candidate's ``share``, the evidence of each of the
        ``guardrails``, and with a goal the evidence that the candidate is ``better``.
        """
        found: dict[str, Any] = self._connection.get(path("releases", self.id(), "evidence"))
        return found

    def refresh(self) -> Release:
        """Updates this object with the release's current state on the server.

        Returns:
            The release itself.
        """
        self.status()
        return self

    def wait(self, timeout: float | None = None) -> Release:
        """Waits until the release has ended.

        Args:
            timeout: Seconds to wait. By default, there is no limit. A timeout does not end the release.

        Returns:
            The release itself, whose candidate is the champion.

        Raises:
            ReleaseError: If the candidate was not promoted. The message has the reason.
            RequestTimeoutError: If the release has not ended in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.refresh().is_over():
            if deadline is not None and time.monotonic() > deadline:
                raise RequestTimeoutError(
                    f"The release of pipeline '{self.pipeline()}' did not end within {timeout:g} s. "
                    f"It is still {self.state()}."
                )
            time.sleep(_PAUSE)
        if self.state() != "promoted":
            raise ReleaseError(self.reason() or f"The release of pipeline '{self.pipeline()}' was {self._words()}.")
        return self

    def pause(self) -> Release:
        """Keeps the release from going on to its next step. Guardrails are still watched.

        Returns:
            The release itself.

        Raises:
            APIError: If it is not running (code ``conflict``).
        """
        return self._change("pause")

    def resume(self) -> Release:
        """Lets a paused release go on.

        Returns:
            The release itself.

        Raises:
            APIError: If it is not paused (code ``conflict``).
        """
        return self._change("resume")

    def abort(self) -> Release:
        """Ends the release. The pipeline goes back to what answered before; `refresh` or `wait` tells when it has.

        Returns:
            The release itself.

        Raises:
            APIError: If it has ended (code ``conflict``).
        """
        return self._change("abort")

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {
            "release": self.id(),
            "pipeline": self.pipeline(),
            "candidate": brief(self.candidate()),
            "champion": brief(self.champion()),
            "state": str(release_step(self.raw)),
            "reason": self.reason() or "",
            "started": f"{second(self.created_at())} UTC",
            "by": self.by() or "",
        }

    def __repr__(self) -> str:
        status, sentence = release_verdict(self._status())
        return f"<Release {self.id()} on pipeline '{self.pipeline()}': {status}. {sentence}>"

    def _repr_html_(self) -> str:
        status = self._status()
        parts = [display.verdict(*release_verdict(status)), display.heading(f"Release of pipeline {self.pipeline()}")]
        facts = self.describe() | {"state": str(release_state(status))}
        parts.append(fields((name, value) for name, value in facts.items() if value and name != "reason"))
        parts += [display.heading("Steps"), _steps_html(self.steps())] if self.steps() else []
        demands = release_demands(status)
        if demands:
            parts.append(display.heading("Evidence against its bound", "log scale; the upright line is the bound"))
            parts.append(_demands_html(status, demands))
        found = [f"{step_words(step)}: {step['finding']}" for step in self.steps() if step.get("finding")]
        return display.page(*parts, display.listed(found))

    def _status(self) -> JSON:
        """Returns what is known of the release: the newest from the server, if it answers."""
        if not self.is_over():
            with contextlib.suppress(RoostError):
                return self.status()
        if self._seen is not None and self._seen["release"] is self.raw:
            return self._seen
        return {"release": self.raw}

    def _words(self) -> str:
        return self.state().replace("_", " ")

    def _change(self, verb: str) -> Release:
        address = f"{path('releases', self.id(), verb)}?{query({'by': requester()})}"
        self.raw = self._connection.send("POST", address)
        return self


def _steps_html(steps: list[dict[str, Any]]) -> str:
    rows = [
        [
            step_words(step),
            second(from_rfc3339(step["started_at"])),
            step_length(step),
            count(step["units"]),
            evidence(step.get("evidence")),
        ]
        for step in steps
    ]
    return display.grid(["Step", "Started, UTC", "Time", "Units", "Evidence ×"], rows, (2, 3, 4))


def _demands_html(status: JSON, demands: list[list[Any]]) -> str:
    """Returns the evidence for the goal and against the guardrails, each beside its bound on one log scale."""
    own = status.get("evidence")
    raw = ([own] if own is not None else []) + (status.get("guardrails") or [])
    bounds = [each["bound"] for each in raw if math.isfinite(each["bound"]) and each["bound"] > 0]
    most = 10.0 ** math.ceil(math.log10(max(3 * max(bounds, default=100.0), 10.0)))
    rows = []
    for place, (row, each) in enumerate(zip(demands, raw, strict=True)):
        kind = "new" if own is not None and place == 0 else row[6].kind
        bar = display.evidence_bar(each.get("evidence", each.get("value", 0)), each["bound"], most, kind)
        rows.append([*row[:5], bar, *row[5:]])
    head = ["Demand", "", "Champion", "Candidate", "E", f"0.01 to {measure(most)}", "Bound", "State"]
    return display.grid(head, rows, (2, 3, 4, 6))


class ReleasePlan:
    """What a release would do.

    Attributes:
        definition: The definition of the release, with exact model versions, and what the pipeline declares.
        champion: The model version that the candidate would replace, as ``NAME@UUID``.
        from_version: The version of the pipeline that answers now.
        level: The ``value`` that the evidence is compared with: it promotes from ``1 / value`` on. None without a goal.
        requests_of_last_hour: The pipeline's requests in the last hour.
        raw: The plan as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.definition: dict[str, Any] = raw["definition"]
        self.champion: str = raw["champion"]
        self.from_version: str = raw["from_version"]
        self.level: dict[str, Any] | None = raw.get("level")
        self.requests_of_last_hour: int = raw["requests_of_last_hour"]

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        stages = [
            f"{share(stage['share'])} for {span(stage['duration'])} and {count(stage['units'], 'unit')}"
            for stage in self.definition["stages"]
        ]
        return {
            "pipeline": self.definition["pipeline"],
            "candidate": brief(self.definition["candidate"]),
            "champion": brief(self.champion),
            "stages": "; ".join(stages),
            "guardrails": "; ".join(
                f"{Metric(each).name}: {demand(each)}" for each in self.definition.get("guardrails") or []
            ),
            "promote": self.definition["promote"],
            "requests of the last hour": count(self.requests_of_last_hour),
        }

    def __repr__(self) -> str:
        shown = self.describe()
        return f"<ReleasePlan for '{shown['candidate']}' on pipeline '{shown['pipeline']}': {shown['stages']}>"

    def _repr_html_(self) -> str:
        candidate, champion = brief(self.definition["candidate"]), brief(self.champion)
        needed = _PROMOTIONS.get(self.definition["promote"], self.definition["promote"])
        sentence = (
            f"{candidate} would replace {champion} in {self.definition['pipeline']}, {needed}. Nothing has changed."
        )
        return display.page(display.verdict(Status("off", "A plan"), sentence), fields(self.describe().items()))
