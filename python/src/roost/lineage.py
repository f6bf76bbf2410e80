"""Where a model version comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .connection import JSON
from .html import fields


@dataclass(frozen=True)
class TrainingData:
    """The data that a job read from a channel.

    Attributes:
        channel: The name of the channel.
        uri: The channel's URI.
        sha256: The SHA-256 of what ``sha256sum --zero`` prints for the objects in the order of their keys.
        objects: The number of objects.
    """

    channel: str
    uri: str
    sha256: str
    objects: int


@dataclass(frozen=True)
class Lineage:
    """Where a model version comes from, as far as the server knows.

    Attributes:
        job: The name of the job that made the artifact. None if no job of the server did.
        job_kind: The kind of that job, such as ``training``.
        tuning_job: The tuning job that the job was a trial of, if any.
        data: The data of that job.
        parent: The version of which this one is the successor, as ``NAME@UUID``. None for the first.
        by: Who uploaded the version. None if nobody said.
    """

    job: str | None
    job_kind: str | None
    tuning_job: str | None
    data: tuple[TrainingData, ...]
    parent: str | None
    by: str | None

    @staticmethod
    def read(raw: JSON) -> Lineage:
        """Reads the server's form."""
        job = raw.get("job") or {}
        data = tuple(
            TrainingData(str(one["channel"]), str(one["uri"]), str(one["sha256"]), int(one["objects"]))
            for one in raw["data"]
        )
        return Lineage(job.get("name"), job.get("kind"), job.get("tuning_job"), data, raw.get("parent"), raw.get("by"))

    def describe(self) -> dict[str, Any]:
        """Returns the fields that are known, for tables."""
        known: dict[str, Any] = {"job": self.job, "tuning job": self.tuning_job}
        for one in self.data:
            known[f"data '{one.channel}'"] = f"{one.uri} ({one.objects} objects, sha256 {one.sha256[:16]}…)"
        known |= {"parent": self.parent, "by": self.by}
        return {name: value for name, value in known.items() if value is not None}

    def _repr_html_(self) -> str:
        return fields(self.describe().items())
