"""What happened on a server."""

from __future__ import annotations

from typing import Any

from .connection import JSON
from .times import from_rfc3339
from .words import visible


class Event:
    """Something that happened.

    Attributes:
        sequence: The place in the order of events, which only grows.
        time: When it happened, in UTC.
        kind: What happened, such as ``pipeline.deployed``.
        subject_kind: What it happened to: ``pipeline``, ``endpoint``, ``job``, ``report`` …
        subject: The name of what it happened to.
        message: One sentence for people.
        by: Who asked for it; ``None`` if nobody said.
        details: Facts by name, such as the version.
        raw: The event as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.sequence: int = raw["sequence"]
        self.time = from_rfc3339(raw["time"])
        self.kind: str = raw["kind"]
        self.subject_kind: str = raw["subject"]["kind"]
        self.subject: str = raw["subject"]["name"]
        self.message: str = raw["message"]
        self.by: str | None = raw.get("by")
        self.details: dict[str, str] = raw["details"]

    def describe(self) -> dict[str, Any]:
        """Returns the fields by name, for tables."""
        return {
            "time": self.time.isoformat(sep=" ", timespec="seconds"),
            "kind": self.kind,
            "subject": f"{self.subject_kind} {self.subject}",
            "message": self.message,
        }

    def __repr__(self) -> str:
        return f"<Event {self.sequence} {self.kind}: {visible(self.message)}>"
