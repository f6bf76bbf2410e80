"""Lists and follows events, and adds webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from .connection import Connection, path
from .event import Event
from .html import Things
from .times import query_time
from .webhook import Webhook

# Seconds that a response waits for the next event.
_WAIT = 20


class EventClient:
    """The part of a client that handles events and webhooks."""

    _connection: Connection

    def events(
        self,
        *,
        kind: str | None = None,
        pipeline: str | None = None,
        subject: str | None = None,
        since: datetime | timedelta | str | None = None,
        after: int | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> Things[Event]:
        """Returns what happened, newest first.

        Args:
            kind: A kind of event, or a group such as ``release.*``.
            pipeline: The pipeline that the events are about.
            subject: What it happened to: ``KIND`` or ``KIND:NAME``, such as ``job:nightly``.
            since: The earliest time, or how long ago it was.
            after: Only later events than this sequence, oldest first.
            before: Only earlier events than this sequence.
            limit: The most events, 100 by default, at most 1,000.

        Raises:
            APIError: If a filter is not valid.
        """
        parameters = {
            "kind": kind,
            "pipeline": pipeline,
            "subject": subject,
            "since": query_time(since),
            "after": after,
            "before": before,
            "limit": limit,
        }
        return Things(Event(raw) for raw in self._connection.get(path("events"), parameters)["events"])

    def follow_events(
        self,
        *,
        kind: str | None = None,
        pipeline: str | None = None,
        subject: str | None = None,
        after: int | None = None,
    ) -> Iterator[Event]:
        """Yields events as they happen, without an end.

        Args:
            kind: A kind of event, or a group such as ``release.*``.
            pipeline: The pipeline that the events are about.
            subject: What it happened to: ``KIND`` or ``KIND:NAME``.
            after: Begin after the event with this sequence. By default, with the next one that happens.

        Raises:
            APIError: If a filter is not valid.
        """
        parameters: dict[str, Any] = {"kind": kind, "pipeline": pipeline, "subject": subject}
        if after is None:
            after = self._connection.get(path("events"), parameters | {"limit": 1})["next"]
        while True:
            reply = self._connection.get(path("events"), parameters | {"after": after, "wait": _WAIT})
            yield from (Event(raw) for raw in reply["events"])
            after = reply["next"]

    def add_webhook(
        self,
        name: str,
        url: str,
        *,
        kinds: Iterable[str] = (),
        format: Literal["standard", "slack"] | None = None,
        template: str | None = None,
        secret: str | None = None,
    ) -> Webhook:
        """Adds a webhook, which is sent the events from now on, or changes the one with this name.

        Args:
            name: The webhook's name.
            url: What takes the events.
            kinds: Kinds of events, or groups such as ``release.*``. By default, all are sent.
            format: ``slack`` for a message to a chat. By default, the event is sent as it is.
            template: JSON text to send, with placeholders such as ``{{message}}``.
            secret: Signs the requests: ``whsec_`` and 24 to 64 bytes in base64. By default, the server makes one, which
                `Webhook.secret` returns this once.

        Raises:
            APIError: If the definition is not valid, or the server may not call the URL.
        """
        given = {"url": url, "kinds": list(kinds), "format": format, "template": template, "secret": secret}
        body = {field: value for field, value in given.items() if value is not None}
        return Webhook(self._connection, self._connection.send("PUT", path("webhooks", name), body))

    def webhook(self, name: str) -> Webhook:
        """Returns the webhook with the given name.

        Raises:
            EntityNotFoundError: If there is no such webhook.
        """
        return Webhook(self._connection, self._connection.get(path("webhooks", name)))

    def webhooks(self) -> Things[Webhook]:
        """Returns all webhooks of the server."""
        records = self._connection.get(path("webhooks"))["webhooks"]
        return Things(Webhook(self._connection, record) for record in records)
