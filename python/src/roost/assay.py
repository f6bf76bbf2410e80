"""An assay: it watches a metric of a pipeline in window after window."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import display
from .assay_definition import with_alert, with_warning
from .assay_result import AssayResult, AssaySummary
from .assay_results import AssayResults
from .connection import JSON, Connection, path
from .html import fields
from .logged import Time
from .times import from_rfc3339, query_time
from .verdicts import window_headline, window_since
from .words import Status, assay_status, span, title

# Seconds. The server reads the baseline.
_TIMEOUT = 600.0


class Assay:
    """An assay, as the server last reported it. `refresh` updates it.

    Attributes:
        raw: The assay as the server sent it.
    """

    def __init__(self, connection: Connection, raw: JSON) -> None:
        self._connection = connection
        self.raw = raw

    def name(self) -> str:
        """Returns the assay's name."""
        return str(self.raw["name"])

    def pipeline(self) -> str:
        """Returns the name of the pipeline."""
        return str(self.definition["pipeline"])

    def metric(self) -> str:
        """Returns what is watched, such as ``outputs[0][0]``."""
        return str(self.definition["metric"])

    def created_at(self) -> datetime:
        """Returns when the assay was added, in UTC."""
        return from_rfc3339(self.raw["created_at"])

    def next_end(self) -> datetime | None:
        """Returns when the next window ends, in UTC. None if the assay is paused."""
        time = self.raw.get("next_end")
        return None if time is None else from_rfc3339(time)

    @property
    def definition(self) -> dict[str, Any]:
        """The definition in the server's format, without the values of a baseline that were listed."""
        return dict(self.raw["definition"])

    @property
    def level(self) -> str:
        """What enough of the last windows said: ``ok``, ``warning``, ``alert``, or ``not_enough_data`` at first."""
        return str(self.raw["level"])

    @property
    def baseline(self) -> AssaySummary:
        """The values of the baseline, which were read when the assay was defined."""
        return AssaySummary.of(self.raw["baseline"])

    @property
    def last(self) -> AssayResult | None:
        """The newest result. None before the first window."""
        last = self.raw.get("last")
        return None if last is None else self._result(last)

    def refresh(self) -> Assay:
        """Updates this object with the assay's current state on the server.

        Returns:
            The assay itself.
        """
        self.raw = self._connection.get(self._path())
        return self

    def results(self, start: Time | None = None, end: Time | None = None, limit: int | None = None) -> AssayResults:
        """Returns what the assay said about its windows, newest first.

        Args:
            start: Only windows that end at this time or later: a time as for `Pipeline.logs`.
            end: Only windows that end before this time.
            limit: The most results, 100 by default, at most 10,000.
        """
        query = {"start": query_time(start), "end": query_time(end), "limit": limit}
        records = self._connection.get(self._path("results"), query)["results"]
        return AssayResults(self._connection, (self._result(record) for record in records))

    def pause(self) -> Assay:
        """Stops looking at windows.

        Returns:
            The assay itself.
        """
        return self._change("pause")

    def resume(self) -> Assay:
        """Looks at windows again, from now on.

        Returns:
            The assay itself.
        """
        return self._change("resume")

    def delete(self) -> None:
        """Deletes the assay and its results."""
        self._connection.request("DELETE", self._path())

    def set_alert_threshold(self, threshold: float) -> Assay:
        """Sets the score from which a window is an alert. The baseline stays.

        If no score is a warning, because both thresholds are the same, the warning threshold follows.

        Returns:
            The assay itself.
        """
        return self._define(with_alert(self.refresh().definition, threshold))

    def set_warning_threshold(self, threshold: float) -> Assay:
        """Sets the score from which a window is a warning. The baseline stays.

        Returns:
            The assay itself.
        """
        return self._define(with_warning(self.refresh().definition, threshold))

    # Wallaroo's names

    def turn_on(self) -> Assay:
        """Does what `resume` does."""
        return self.resume()

    def turn_off(self) -> Assay:
        """Does what `pause` does."""
        return self.pause()

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show. The last result is that of the last window with enough values."""
        last, next_end = self._measured(), self.next_end()
        return {
            "assay": self.name(),
            "pipeline": self.pipeline(),
            "metric": self.metric(),
            "window": span(self.definition["window"]),
            "state": str(self._state()),
            "last result": "" if last is None else window_since(last, self.last),
            "next window ends": "(paused)" if next_end is None else title(next_end),
        }

    def __repr__(self) -> str:
        return f"<Assay '{self.name()}' of {self.metric()} on '{self.pipeline()}': {self._state()}>"

    def _repr_html_(self) -> str:
        last = self._measured()
        state = self._state()
        if last is None:
            return display.page(display.verdict(state, "No window has ended yet."), fields(self.describe().items()))
        sentence = f"{window_headline(last)}. {window_since(last, self.last)}"
        about = display.heading(f"Assay {self.name()}") + fields(self.describe().items())
        return display.page(display.verdict(state, sentence), about, *last.parts()[2:])

    def _state(self) -> Status:
        return assay_status(self.level, is_paused=bool(self.definition.get("paused")))

    def _measured(self) -> AssayResult | None:
        """Returns the last window that has enough values; if none has, the last one."""
        last = self.last
        if last is None or last.status != "not_enough_data":
            return last
        records = self._connection.get(self._path("results"), {"measured": "true", "limit": 1})["results"]
        return self._result(records[0]) if records else last

    def _result(self, raw: JSON) -> AssayResult:
        return AssayResult(raw, self.definition, self.name())

    def _change(self, verb: str) -> Assay:
        self.raw = self._connection.send("POST", self._path(verb))
        return self

    def _define(self, definition: JSON) -> Assay:
        self.raw = put_assay(self._connection, self.name(), definition).raw
        return self

    def _path(self, *parts: str) -> str:
        return path("assays", self.name(), *parts)


def put_assay(connection: Connection, name: str, body: JSON) -> Assay:
    """Adds or changes an assay."""
    timeout = max(_TIMEOUT, connection.timeout)
    return Assay(connection, connection.send("PUT", path("assays", name), body, timeout))
