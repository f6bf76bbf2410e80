"""The package's exceptions. Each message says what failed, on what, and what to do about it."""

from __future__ import annotations

from typing import Any


class RoostError(Exception):
    """Base class of all errors that this package defines."""


class InvalidInputError(RoostError, ValueError):
    """A value was rejected before it was sent. The message names the value."""


class MissingFileError(RoostError, FileNotFoundError):
    """The file to send does not exist, or is not a file."""


class ServerUnreachableError(RoostError):
    """No server is listening at the client's URL, or the connection broke."""


class RequestTimeoutError(RoostError, TimeoutError):
    """A response did not arrive, or a job or a release did not end, in time. The server may still complete it."""


class DeploymentError(RoostError):
    """A pipeline could not be deployed or undeployed, or not in time. The message has the server's reason."""


class JobError(RoostError):
    """A job failed or was stopped. The message has the reason."""


class ReleaseError(RoostError):
    """A release ended without a promotion. The message has the reason."""


class LoopError(RoostError):
    """A run of a loop failed or was aborted. The message has the reason."""


class SuiteError(RoostError):
    """A test suite failed, or could not be run. The message names the cases."""


class FunctionError(RoostError):
    """A function failed.

    Attributes:
        function: The function's name.
        type: The type of the error, such as ``KeyError``, or ``Sandbox.Timedout`` if the function took too long.
        message: What the error says.
        trace: Where it happened, as Python prints it, outermost call first. Empty if that is not known.
        raw: The error as the function described it.
    """

    def __init__(self, function: str, raw: Any) -> None:
        details = raw if isinstance(raw, dict) else {"errorMessage": raw}
        self.function = function
        self.type = str(details.get("errorType", "Error"))
        self.message = str(details.get("errorMessage", ""))
        self.trace = [str(frame).rstrip("\n") for frame in details.get("stackTrace") or []]
        self.raw = raw
        super().__init__("\n".join([f"Function '{function}' failed: {self.type}: {self.message}", *self.trace]))


class APIError(RoostError):
    """The server responded with an error.

    Attributes:
        code: The kind of error, such as ``invalid_input``, ``not_found`` or ``conflict``.
        message: A description for people.
        field: The field of the request that caused the error. None if no single field did.
        status: The HTTP status code.
    """

    def __init__(self, message: str, *, code: str, status: int, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.status = status


class EntityNotFoundError(APIError):
    """The requested workspace, model, pipeline, version, job or function does not exist."""

    def __init__(self, message: str, *, code: str = "not_found", status: int = 404, field: str | None = None) -> None:
        super().__init__(message, code=code, status=status, field=field)
