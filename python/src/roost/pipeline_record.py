"""What the server says about a pipeline, and where it is."""

from __future__ import annotations

from .connection import JSON, Connection, path


class PipelineRecord:
    """A pipeline's name and address, and its record as the server last sent it."""

    def __init__(self, connection: Connection, record: JSON) -> None:
        self._connection = connection
        self._record = record

    def name(self) -> str:
        """The pipeline's name, which is its address on the server."""
        return str(self._record["name"])

    def workspace(self) -> str:
        """The name of the workspace that holds it."""
        return str(self._record["workspace"])

    def url(self) -> str:
        """Where inferences are sent to."""
        return self._connection.url + self._path("infer")

    def _path(self, *parts: str) -> str:
        return path("pipelines", self.name(), *parts)

    def _refresh(self) -> None:
        self._record = self._connection.get(self._path())
