"""HTML tables for notebooks. All text is escaped here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, Protocol, TypeVar

from .words import visible

_LONGEST_CELL = 4000


def cell(value: Any) -> str:
    """Returns a value as escaped text, truncated if it would swamp the page."""
    text = visible(str(value))
    if len(text) > _LONGEST_CELL:
        text = f"{text[:_LONGEST_CELL]} … ({len(text)} characters)"
    return escape(text, quote=False)


def fields(rows: Iterable[tuple[str, Any]]) -> str:
    """Returns a table of one thing, with a row for each of its fields."""
    content = "".join(f"<tr><th>{cell(name)}</th> <td>{cell(value)}</td></tr>" for name, value in rows)
    return f"<table>{content}</table>"


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Returns a table with a row of headings."""
    top = "".join(f"<th>{cell(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


class Described(Protocol):
    """A thing that a table can show."""

    def describe(self) -> dict[str, Any]:
        """Returns the fields by name, in order, as text or as values with a readable `str`."""


Thing = TypeVar("Thing", bound=Described)


class Things(list[Thing]):
    """A list of workspaces, models, pipelines, jobs, events and so on. A notebook shows it as a table."""

    def _repr_html_(self) -> str:
        if not self:
            return "<p>(none)</p>"
        rows = [thing.describe() for thing in self]
        return table(rows[0], (row.values() for row in rows))
