"""Sets and finds gates."""

from __future__ import annotations

from collections.abc import Iterable

from .connection import Connection, path
from .errors import InvalidInputError
from .gate import Gate
from .html import Things
from .release import requester


class GateClient:
    """The part of a client that handles gates."""

    _connection: Connection

    def gates(self, workspace: str | None = None) -> Things[Gate]:
        """Returns the gates of all pipelines and endpoints, or of those of a workspace.

        Raises:
            EntityNotFoundError: If there is no such workspace.
        """
        found = self._connection.get(path("gates"), {"workspace": workspace})["gates"]
        return Things(Gate(self._connection, raw) for raw in found)

    def gate(self, pipeline: str) -> Gate:
        """Returns the gate of a pipeline or an endpoint.

        Raises:
            EntityNotFoundError: If the pipeline has none.
        """
        return Gate(self._connection, self._connection.get(path("gates", pipeline)))

    def set_gate(self, pipeline: str, suites: Iterable[str], by: str | None = None) -> Gate:
        """Requires that a version has passed suites before it answers in a pipeline or an endpoint.

        What answers already goes on to answer. Earlier overrides of the gate stay.

        Args:
            pipeline: The name of the pipeline or the endpoint.
            suites: The names of the suites. They replace those that the gate requires until now.
            by: Who sets it. Defaults to the name of the user.

        Raises:
            EntityNotFoundError: If there is no such pipeline or suite.
            APIError: If a suite tests a model that the pipeline does not have.
        """
        if isinstance(suites, str):
            raise InvalidInputError("'suites' is a list of names, such as ['basics'].")
        body = {"suites": list(suites), "by": by or requester()}
        body = {name: value for name, value in body.items() if value is not None}
        return Gate(self._connection, self._connection.send("PUT", path("gates", pipeline), body))
