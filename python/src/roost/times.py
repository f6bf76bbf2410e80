"""Times as the server writes them: RFC 3339 in records, epoch milliseconds in results."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def from_rfc3339(text: str) -> datetime:
    """An aware time, with microseconds."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def from_epoch_ms(milliseconds: int) -> datetime:
    """An aware time in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def query_time(value: datetime | str | int | None) -> str | int | None:
    """A time as a query parameter: a datetime becomes RFC 3339; one without a zone is local time."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value
