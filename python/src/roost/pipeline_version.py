"""One immutable version of a pipeline's definition."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .connection import JSON
from .steps import first_model
from .times import from_rfc3339


class PipelineVersion:
    """A definition as it was at one time, each model with its version.

    Attributes:
        steps: In the server's form, models as ``NAME@UUID``.
        validations: ``{"name": …, "expression": …}``.
    """

    def __init__(self, record: JSON) -> None:
        self._record = record
        self.steps: list[dict[str, Any]] = record["steps"]
        self.validations: list[dict[str, Any]] = record["validations"]

    def id(self) -> str:
        """The version's UUID."""
        return str(self._record["id"])

    def created_at(self) -> datetime:
        """When it was made, in UTC."""
        return from_rfc3339(self._record["created_at"])

    def describe(self) -> dict[str, Any]:
        """The fields that tables show."""
        return {
            "version": self.id(),
            "created": self.created_at(),
            "steps": ", ".join(first_model(step).split("@")[0] for step in self.steps),
            "validations": ", ".join(validation["name"] for validation in self.validations),
        }

    def __repr__(self) -> str:
        return f"<PipelineVersion {self.id()} of {self.created_at()}: {self.describe()['steps'] or 'no steps'}>"
