"""Finds the experiments and shadow deploys that are running."""

from __future__ import annotations

from typing import Any, Literal

from .connection import Connection, path


class ComparisonClient:
    """The part of a client that lists what the running pipelines compare."""

    _connection: Connection

    def comparisons(
        self, kind: Literal["experiment", "shadow"] | None = None, workspace: str | None = None
    ) -> list[dict[str, Any]]:
        """Returns the experiments and shadow deploys that are running, in the order of the pipelines' names.

        Each has the ``pipeline``, the ``kind``, the ``version`` that answers, the time ``since`` which it runs, the
        names of the ``champion`` and the ``challengers``, and, if there is one, the newest ``report`` on it without
        its contents. `Client.report` returns those.

        Args:
            kind: Only experiments, or only shadow deploys. Defaults to both.
            workspace: Only those of the pipelines of a workspace. Defaults to all.

        Raises:
            EntityNotFoundError: If there is no such workspace.
        """
        found: list[dict[str, Any]] = []
        while True:
            query = {"kind": kind, "workspace": workspace, "offset": str(len(found))}
            page = self._connection.get(path("comparisons"), query)
            found += page["comparisons"]
            if not page["comparisons"] or len(found) >= page["total"]:
                return found
