"""A workspace: a named group of models and pipelines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from .connection import JSON, Connection, path
from .html import Things
from .model import Model
from .times import from_rfc3339

if TYPE_CHECKING:
    from .pipeline import Pipeline


class Workspace:
    """A named group of models and pipelines, in the state in which the server last reported it."""

    def __init__(self, connection: Connection, record: JSON) -> None:
        self._connection = connection
        self._record = record

    def name(self) -> str:
        """Returns the workspace's name."""
        return str(self._record["name"])

    def id(self) -> int:
        """Returns the workspace's numeric ID."""
        return int(self._record["id"])

    def created_at(self) -> datetime:
        """Returns when the workspace was created, in UTC."""
        return from_rfc3339(self._record["created_at"])

    def models(self) -> Things[Model]:
        """Fetches the newest version of each model in the workspace."""
        return newest_models(self._connection, self.name())

    def pipelines(self) -> Things[Pipeline]:
        """Fetches the pipelines in the workspace."""
        from .pipeline import Pipeline

        records = self._connection.get(path("pipelines"), {"workspace": self.name()})["pipelines"]
        return Things(Pipeline(self._connection, record) for record in records)

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {
            "name": self.name(),
            "id": self.id(),
            "created": self.created_at(),
            "models": ", ".join(self._record["models"]),
            "pipelines": ", ".join(self._record["pipelines"]),
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and (self._connection.url, self.id()) == (other._connection.url, other.id())

    def __hash__(self) -> int:
        return hash((self._connection.url, self.id()))

    def __repr__(self) -> str:
        content = {"name": self.name(), "id": self.id(), "archived": bool(self._record.get("archived", False))}
        if self._record.get("created_by"):
            content["created_by"] = self._record["created_by"]
        content["created_at"] = self.created_at().isoformat()
        content["models"] = list(self._record["models"])
        content["pipelines"] = list(self._record["pipelines"])
        return repr(content)


def newest_models(connection: Connection, workspace: str) -> Things[Model]:
    """Returns the newest version of each model in a workspace, by name."""
    records: list[JSON] = []
    while True:
        page = connection.get(path("models"), {"workspace": workspace, "limit": 1000, "offset": len(records)})
        records += page["models"]
        if not page["models"] or len(records) >= page["total"]:
            break
    return Things(Model(connection, record["versions"][0]) for record in records if record["versions"])
