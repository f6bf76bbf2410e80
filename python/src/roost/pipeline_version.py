"""One immutable version of a pipeline's definition."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .connection import JSON
from .steps import challenger_names, main_name
from .times import from_rfc3339


class PipelineVersion:
    """A snapshot of a definition, with the version of each model.

    Attributes:
        steps: The steps in the server's format, with models as ``NAME@UUID``.
        validations: The validations, each ``{"name": …, "expression": …}``.
        goal, labels, log: The settings of monitoring in the server's format. None if they were not set.
        guardrails: The metrics that must not get worse.
        promotion: Who promoted which challenger when, and by which report or release. None without a promotion.
    """

    def __init__(self, record: JSON) -> None:
        self._record = record
        self.steps: list[dict[str, Any]] = record["steps"]
        self.validations: list[dict[str, Any]] = record["validations"]
        self.goal: dict[str, Any] | None = record.get("goal")
        self.guardrails: list[dict[str, Any]] = record.get("guardrails") or []
        self.labels: dict[str, Any] | None = record.get("labels")
        self.log: dict[str, Any] | None = record.get("log")
        self.promotion: dict[str, Any] | None = record.get("promotion")

    def id(self) -> str:
        """Returns the version's UUID."""
        return str(self._record["id"])

    def created_at(self) -> datetime:
        """Returns when the version was created, in UTC."""
        return from_rfc3339(self._record["created_at"])

    @property
    def tags(self) -> list[str]:
        """The version's tags."""
        return list(self._record["tags"])

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {
            "version": self.id(),
            "created": self.created_at(),
            "tags": ", ".join(self.tags),
            "steps": ", ".join(main_name(step) for step in self.steps),
            "challengers": ", ".join(name for step in self.steps for name in challenger_names(step)),
            "validations": ", ".join(validation["name"] for validation in self.validations),
        }

    def __repr__(self) -> str:
        return f"<PipelineVersion {self.id()} of {self.created_at()}: {self.describe()['steps'] or 'no steps'}>"
