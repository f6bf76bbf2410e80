"""A function: code that the server runs on demand."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from .connection import JSON, Connection, path
from .errors import FunctionError, InvalidInputError
from .html import fields
from .request_body import plain
from .times import from_rfc3339, query_time

# Seconds that the server may need to start a process, beyond the function's own time limit.
_START_LIMIT = 60.0


class Function:
    """A function, as the server last reported it. `refresh` updates it."""

    def __init__(self, connection: Connection, record: JSON) -> None:
        self._connection = connection
        self._record = record

    def name(self) -> str:
        """Returns the function's name."""
        return str(self._record["name"])

    @property
    def definition(self) -> dict[str, Any]:
        """The configuration, code, versions, aliases and URLs."""
        return self._record

    def environment(self) -> dict[str, str]:
        """Returns the environment variables."""
        return dict(self._record["environment"])

    def versions(self) -> list[str]:
        """Returns the published versions, oldest first."""
        return [str(version["version"]) for version in self._record["versions"]]

    def created_at(self) -> datetime:
        """Returns when the function was created, in UTC."""
        return from_rfc3339(self._record["created_at"])

    def modified_at(self) -> datetime:
        """Returns when the code or the configuration last changed, in UTC."""
        return from_rfc3339(self._record["modified_at"])

    def refresh(self) -> Function:
        """Updates this object with the function's current state on the server.

        Returns:
            The function itself.
        """
        self._record = self._connection.get(path("functions", self.name()))
        return self

    def invoke(self, event: Any = None, *, version: str | None = None, timeout: float | None = None) -> Any:
        """Runs the function, and returns its result.

        Args:
            event: What the function gets: anything that JSON can express, also numpy arrays.
            version: A version or an alias. By default, the current code.
            timeout: Seconds to wait for the result. By default, as long as the function may take.

        Raises:
            FunctionError: If the function fails. It has the error's type and message, and where it happened.
            APIError: If the function cannot run, or handles as many events as it may (code ``busy``).
        """
        if timeout is None:
            timeout = max(self._connection.timeout, self._record["timeout_seconds"] + _START_LIMIT)
        answer = self._send(event, {"version": version}, timeout)
        if answer["failed"]:
            raise FunctionError(self.name(), answer["result"])
        return answer["result"]

    def invoke_later(self, event: Any = None, *, version: str | None = None) -> str:
        """Lets the server run the function later. It does so at most once.

        Returns:
            The ID of the invocation, which is in the function's log.
        """
        return str(self._send(event, {"version": version, "queue": "true"}, self._connection.timeout)["id"])

    def events(self) -> list[dict[str, Any]]:
        """Returns the events for later that wait, are being handled, or have failed, each with its ``state``."""
        return list(self._connection.get(path("functions", self.name(), "events"))["events"])

    def logs(
        self, *, since: datetime | str | int | None = None, limit: int = 1000, filter: str | None = None
    ) -> list[str]:
        """Returns the last lines of the function's log, oldest first. The log outlives the function.

        Args:
            since: The time of the earliest line: a datetime, RFC 3339, or milliseconds since the epoch.
            limit: The maximum number of lines.
            filter: Text that a line must contain.
        """
        query = {"since": query_time(since), "limit": limit, "filter": filter}
        answer = self._connection.get(path("functions", self.name(), "logs"), query)
        return [str(event["message"]) for event in answer["events"]]

    def delete(self) -> None:
        """Deletes the function with all its versions. Its log stays."""
        self._connection.send("DELETE", path("functions", self.name()))

    def _send(self, event: Any, query: dict[str, str | None], timeout: float) -> JSON:
        try:
            body = json.dumps({} if event is None else event, allow_nan=False, default=plain)
        except (TypeError, ValueError) as error:
            raise InvalidInputError(f"The event cannot be sent as JSON: {error}") from error
        response = self._connection.request(
            "POST",
            path("functions", self.name(), "invocations"),
            params=query,
            data=body.encode(),
            headers={"Content-Type": "application/json"},
            timeout=timeout,
        )
        return self._connection.json(response)

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {
            "name": self.name(),
            "runtime": self._record["runtime"],
            "handler": self._record["handler"],
            "timeout": f"{self._record['timeout_seconds']} s",
            "memory": f"{self._record['memory_mb']} MB",
            "changed": self.modified_at(),
        }

    def __repr__(self) -> str:
        return f"Function(name={self.name()!r}, runtime={self._record['runtime']!r})"

    def _repr_html_(self) -> str:
        return fields(self.describe().items())
