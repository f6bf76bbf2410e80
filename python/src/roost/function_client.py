"""Creates functions and finds them again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from .connection import Connection, path
from .function import Function
from .function_code import code_fields
from .html import Things


class FunctionClient:
    """The part of a client that handles functions."""

    _connection: Connection

    def create_function(
        self,
        name: str,
        code: str | Path | bytes | None = None,
        *,
        handler: str | None = None,
        runtime: str | None = None,
        timeout: int | None = None,
        memory: int | None = None,
        storage: int | None = None,
        environment: Mapping[str, str] | None = None,
        description: str | None = None,
        concurrency: int | Literal["default"] | None = None,
    ) -> Function:
        """Creates a function, or changes the one with this name.

        Of an existing function, what is not given stays as it is, also the code. A notebook that creates a function can
        therefore be run again.

        Args:
            name: The function's name: 1 to 64 letters, digits, ``-`` and ``_``.
            code: A Python file, which becomes ``function.py``; a folder or a zip archive with ``function.py`` and what
                it imports; or the text of a Python file, with its line ends.
            handler: What handles events: ``MODULE.FUNCTION``. A new function has ``function.handler``.
            runtime: ``python3.10`` to ``python3.14``, which all run on the server's Python, or ``provided.al2023``.
            timeout: Seconds that an invocation may take, 3 by default.
            memory: Megabytes of memory of a process, 128 by default.
            storage: Megabytes of temporary files of a process, 512 by default.
            environment: All environment variables.
            description: What the function is for.
            concurrency: The most events at once, beyond which they are refused; or ``default``, beyond which they wait.

        Raises:
            MissingFileError: If there is no such file.
            APIError: If the definition is not valid.
        """
        given = {
            "handler": handler,
            "runtime": runtime,
            "timeout_seconds": timeout,
            "memory_mb": memory,
            "storage_mb": storage,
            "environment": None if environment is None else dict(environment),
            "description": description,
        }
        body: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
        if code is not None:
            body |= code_fields(code)
        if concurrency is not None:
            body["concurrency"] = None if concurrency == "default" else concurrency
        return Function(self._connection, self._connection.send("PUT", path("functions", name), body))

    def function(self, name: str) -> Function:
        """Returns the function with the given name.

        Raises:
            EntityNotFoundError: If there is no such function.
        """
        return Function(self._connection, self._connection.get(path("functions", name)))

    def functions(self) -> Things[Function]:
        """Returns all functions of the server."""
        records = self._connection.get(path("functions"))["functions"]
        return Things(Function(self._connection, record) for record in records)
