"""A pipeline's record on the server, and its URL."""

from __future__ import annotations

from .connection import JSON, Connection, path


class PipelineRecord:
    """A pipeline's name, URL and most recently fetched record."""

    def __init__(self, connection: Connection, record: JSON) -> None:
        self._connection = connection
        self._record = record

    def name(self) -> str:
        """Returns the pipeline's name, which is unique on the server."""
        return str(self._record["name"])

    def workspace(self) -> str:
        """Returns the name of the pipeline's workspace."""
        return str(self._record["workspace"])

    def url(self) -> str:
        """Returns the URL that inferences are sent to."""
        return self._connection.url + self._path("infer")

    def _path(self, *parts: str) -> str:
        return path("pipelines", self.name(), *parts)

    def _refresh(self) -> None:
        self._record = self._connection.get(self._path())
