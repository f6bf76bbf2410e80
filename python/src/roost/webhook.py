"""Where a server sends events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .connection import JSON, Connection, path
from .times import from_rfc3339


class Webhook:
    """A webhook, as the server last reported it. `refresh` updates it.

    Attributes:
        raw: The webhook as the server sent it.
    """

    def __init__(self, connection: Connection, raw: JSON) -> None:
        self._connection = connection
        self.raw = raw

    def name(self) -> str:
        """Returns the webhook's name."""
        return str(self.raw["name"])

    def url(self) -> str:
        """Returns the URL without its path, which may be a secret."""
        return str(self.raw["url"])

    def kinds(self) -> list[str]:
        """Returns the kinds of events that are sent. If there are none, all are."""
        return list(self.raw["kinds"])

    def secret(self) -> str | None:
        """Returns the secret that signs the requests, if the server has just made it. It is not shown again."""
        return self.raw.get("secret")

    def state(self) -> str:
        """Returns ``active``, ``failing`` or ``disabled``."""
        return str(self.raw["state"])

    def pending(self) -> int:
        """Returns how many events wait to be delivered."""
        return int(self.raw["pending"])

    def delivered(self) -> int:
        """Returns how many events were delivered."""
        return int(self.raw["delivered"])

    def last_error(self) -> str | None:
        """Returns why the last attempt failed; ``None`` if it succeeded."""
        return self.raw.get("last_error")

    def created_at(self) -> datetime:
        """Returns when the webhook was added, in UTC."""
        return from_rfc3339(self.raw["created_at"])

    def refresh(self) -> Webhook:
        """Updates this object with the webhook's current state on the server.

        Returns:
            The webhook itself.
        """
        self.raw = self._connection.get(path("webhooks", self.name()))
        return self

    def test(self) -> dict[str, Any]:
        """Sends a test event at once.

        Returns:
            Whether it was ``delivered``, and the receiver's ``status`` and ``response``, or the ``error``.
        """
        return self._connection.send("POST", path("webhooks", self.name(), "test"))

    def remove(self) -> None:
        """Removes the webhook. Events that wait are not delivered."""
        self._connection.request("DELETE", path("webhooks", self.name()))

    def describe(self) -> dict[str, Any]:
        """Returns the fields by name, for tables."""
        return {
            "name": self.name(),
            "url": self.url(),
            "kinds": ", ".join(self.kinds()) or "all",
            "state": self.state(),
            "pending": self.pending(),
        }

    def __repr__(self) -> str:
        return f"<Webhook '{self.name()}' to {self.url()}, {self.state()}>"
