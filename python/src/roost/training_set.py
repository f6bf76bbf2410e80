"""Training data that was built from a pipeline's log and its labels."""

from __future__ import annotations

from typing import Any

from .connection import JSON
from .html import fields


class TrainingSet:
    """Rows for training: CSV without a header, the label first, then the features in the order of the signature.

    Attributes:
        raw: The training set as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw

    @property
    def uri(self) -> str:
        """The object with the rows for training, as ``s3://BUCKET/KEY``."""
        return str(self.raw["train"]["uri"])

    @property
    def validation_uri(self) -> str | None:
        """The object with the rows for validation. None without any."""
        validation = self.raw.get("validation")
        return None if validation is None else str(validation["uri"])

    @property
    def sha256(self) -> str:
        """The SHA-256 of the object with the rows for training."""
        return str(self.raw["train"]["sha256"])

    @property
    def rows(self) -> int:
        """The number of rows for training, without those that are repeated."""
        return int(self.raw["train"]["rows"])

    @property
    def features(self) -> list[str]:
        """The names of the columns after the label."""
        return [str(name) for name in self.raw["features"]]

    @property
    def counts(self) -> dict[str, int]:
        """What became of the rows of the log: ``logged``, ``unlabeled``, ``incomplete``, ``wrong_type`` and others."""
        return {str(name): int(count) for name, count in self.raw["counts"].items()}

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
        return {"data": self.uri, "rows": self.rows, **self.counts}

    def _repr_html_(self) -> str:
        return fields(self.describe().items())

    def __repr__(self) -> str:
        return f"TrainingSet({self.uri!r}, rows={self.rows})"
