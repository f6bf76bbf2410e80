"""Converts the server's times: RFC 3339 in records, epoch milliseconds in results."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TypeAlias

from .errors import InvalidInputError

Span: TypeAlias = "str | timedelta"

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def from_rfc3339(text: str) -> datetime:
    """Returns an RFC 3339 time as an aware datetime, with microseconds."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def from_epoch_ms(milliseconds: int) -> datetime:
    """Returns milliseconds since the epoch as an aware datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def query_time(value: datetime | timedelta | str | int | None) -> str | int | None:
    """Returns a time as a query parameter.

    A datetime becomes RFC 3339; without a time zone, it is local time. A timedelta is how long ago it was.
    """
    if isinstance(value, timedelta):
        value = datetime.now(timezone.utc) - value
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value


def body_time(value: datetime | timedelta | str | int | None) -> str | None:
    """Returns a time as a field of a body: RFC 3339."""
    if isinstance(value, int):
        value = from_epoch_ms(value)
    return None if value is None else str(query_time(value))


def span(value: Span) -> str:
    """Returns a length of time in the server's format, such as ``90s``.

    Raises:
        InvalidInputError: If it is not a whole number of seconds.
    """
    if isinstance(value, str):
        return value
    seconds = value.total_seconds()
    if seconds != int(seconds) or seconds < 0:
        raise InvalidInputError(f"{value!r} is not a length of time in whole seconds.")
    return f"{int(seconds)}s"
