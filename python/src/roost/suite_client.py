"""Adds test suites, and finds them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .connection import Connection, path, query
from .html import Things
from .suite import Suite, SuiteRun


class SuiteClient:
    """The part of a client that handles test suites."""

    _connection: Connection

    def put_suite(self, name: str, definition: Mapping[str, Any]) -> Suite:
        """Adds a test suite, or changes the one with its name.

        Args:
            name: Name of the suite.
            definition: What a file has: a ``model`` or a ``pipeline``, and ``cases``.

        Raises:
            APIError: If a case does not fit the model, or a data set cannot be read. The message names the case.
        """
        return Suite(self._connection, self._connection.send("PUT", path("suites", name), dict(definition)))

    def suite(self, name: str) -> Suite:
        """Returns a test suite.

        Raises:
            EntityNotFoundError: If there is no such suite.
        """
        return Suite(self._connection, self._connection.get(path("suites", name)))

    def suites(self, workspace: str | None = None) -> Things[Suite]:
        """Returns the test suites, or those of a workspace, by name. Their cases are read when they are asked for.

        Raises:
            EntityNotFoundError: If there is no such workspace.
        """
        found = self._connection.get(path("suites"), {"workspace": workspace})["suites"]
        return Things(Suite(self._connection, suite, is_whole=False) for suite in found)

    def suite_run(self, run: str) -> SuiteRun:
        """Returns a run of a suite, by its ID or the beginning of it.

        Raises:
            EntityNotFoundError: If there is no such run.
        """
        return SuiteRun(self._connection.get(path("suite-runs", run)))

    def suggest_suite(self, subject: str, workspace: str = "default") -> dict[str, Any]:
        """Proposes a test suite for a pipeline or a model, from its signature and its log. Nothing is added.

        Args:
            subject: Name of a pipeline, or else of a model.
            workspace: Workspace of the model.

        Returns:
            The ``name`` and the ``definition``, for `put_suite`, and ``notes`` on how it was made.
        """
        address = f"{path('suites', 'suggestions')}?{query({'subject': subject, 'workspace': workspace})}"
        return self._connection.send("POST", address, timeout=3600.0)
