"""The package's exceptions. Each message says what failed, on what, and what to do about it."""

from __future__ import annotations


class RoostError(Exception):
    """Base class of all errors that this package defines."""


class InvalidInputError(RoostError, ValueError):
    """A value was rejected before it was sent. The message names the value."""


class MissingFileError(RoostError, FileNotFoundError):
    """The file to send does not exist, or is not a file."""


class ServerUnreachableError(RoostError):
    """No server is listening at the client's URL, or the connection broke."""


class RequestTimeoutError(RoostError, TimeoutError):
    """A response did not arrive, or a job did not finish, in time. The server may still complete it."""


class DeploymentError(RoostError):
    """A pipeline could not be deployed or undeployed, or not in time. The message has the server's reason."""


class JobError(RoostError):
    """A job failed or was stopped. The message has the reason."""


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
    """The requested workspace, model, pipeline, version or job does not exist."""

    def __init__(self, message: str, *, code: str = "not_found", status: int = 404, field: str | None = None) -> None:
        super().__init__(message, code=code, status=status, field=field)
