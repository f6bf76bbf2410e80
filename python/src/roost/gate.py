"""What a version must have passed before it answers in a pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .connection import JSON, Connection, path
from .html import fields
from .model import Model
from .release import requester
from .times import from_rfc3339


@dataclass(frozen=True)
class GateOverride:
    """The decision that a version may answer although it does not pass the gate.

    Attributes:
        model: The version, as ``NAME@UUID``.
        reason: Why it may answer.
        by: Who decided. None if nobody said.
        created_at: When it was decided, in UTC.
        problems: What the version did not pass at that time, in sentences.
    """

    model: str
    reason: str
    by: str | None
    created_at: datetime
    problems: tuple[str, ...]


@dataclass(frozen=True)
class GateVerdict:
    """What a gate says about a version.

    Attributes:
        pipeline: The name of the pipeline.
        model: The version, as ``NAME@UUID``.
        admitted: Whether it may begin to answer, or answers already.
        problems: What it does not pass, in sentences. An override admits a version despite of them.
    """

    pipeline: str
    model: str
    admitted: bool
    problems: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.admitted


class Gate:
    """The gate of a pipeline or an endpoint, as the server last reported it.

    Attributes:
        raw: The gate as the server sent it.
    """

    def __init__(self, connection: Connection, raw: JSON) -> None:
        self._connection = connection
        self.raw = raw

    def pipeline(self) -> str:
        """Returns the name of the pipeline."""
        return str(self.raw["pipeline"])

    def suites(self) -> list[str]:
        """Returns the names of the required suites."""
        return list(self.raw["suites"])

    def by(self) -> str | None:
        """Returns who set the gate last. None if nobody said."""
        return self.raw.get("by")

    def updated_at(self) -> datetime:
        """Returns when the gate was set last, in UTC."""
        return from_rfc3339(self.raw["updated_at"])

    def overrides(self) -> list[GateOverride]:
        """Returns the versions that are admitted whatever the suites say, the oldest first."""
        return [
            GateOverride(
                str(raw["model"]),
                str(raw["reason"]),
                raw.get("by"),
                from_rfc3339(raw["created_at"]),
                tuple(raw["problems"]),
            )
            for raw in self.raw["overrides"]
        ]

    def refresh(self) -> Gate:
        """Updates this object with the gate's current state on the server.

        Returns:
            The gate itself.
        """
        self.raw = self._connection.get(path("gates", self.pipeline()))
        return self

    def check(self, model: Model | str) -> GateVerdict:
        """Returns whether the gate admits a version, and changes nothing.

        Args:
            model: The version, or ``NAME@VERSION``.
        """
        raw = self._connection.get(path("gates", self.pipeline(), "verdict"), {"model": version_name(model)})
        return GateVerdict(str(raw["pipeline"]), str(raw["model"]), bool(raw["admitted"]), tuple(raw["problems"]))

    def override(self, model: Model | str, reason: str, by: str | None = None) -> Gate:
        """Admits one version from now on, whatever the suites say. The gate and the events keep who decided it and why.

        Args:
            model: The version, or ``NAME@VERSION``.
            reason: Why it may answer.
            by: Who decides. Defaults to the name of the user.

        Returns:
            The gate itself.
        """
        body = {"model": version_name(model), "reason": reason, "by": by or requester()}
        address = path("gates", self.pipeline(), "overrides")
        self.raw = self._connection.send("POST", address, {name: value for name, value in body.items() if value})
        return self

    def remove(self, by: str | None = None) -> None:
        """Removes the gate with its overrides.

        Args:
            by: Who removes it. Defaults to the name of the user.
        """
        self._connection.request("DELETE", path("gates", self.pipeline()), params={"by": by or requester()})

    def describe(self) -> dict[str, Any]:
        """Returns the fields by name, for tables."""
        return {
            "pipeline": self.pipeline(),
            "suites": ", ".join(self.suites()),
            "overrides": len(self.raw["overrides"]),
            "set": self.updated_at(),
            "by": self.by(),
        }

    def __repr__(self) -> str:
        return f"<Gate of pipeline '{self.pipeline()}': {', '.join(self.suites())}>"

    def _repr_html_(self) -> str:
        return fields(self.describe().items())


def version_name(model: Model | str) -> str:
    """Returns ``NAME@VERSION`` for a model version or a name."""
    return f"{model.name()}@{model.version()}" if isinstance(model, Model) else model
