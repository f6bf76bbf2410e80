"""What can go wrong, each error saying what failed, on what, and the way out."""

from __future__ import annotations


class RoostError(Exception):
    """Base of every error that this package raises on its own account."""


class InvalidInputError(RoostError, ValueError):
    """A value was refused before it was sent; the message names it."""


class MissingFileError(RoostError, FileNotFoundError):
    """A file that was to be sent does not exist, or is not a file."""


class ServerUnreachableError(RoostError):
    """No server answers at the client's URL, or the connection broke."""


class RequestTimeoutError(RoostError, TimeoutError):
    """The server did not answer within the timeout. It may still carry out the request."""


class DeploymentError(RoostError):
    """A pipeline did not come up, or did not go down, in time; the message holds the server's reason."""


class JobError(RoostError):
    """A job failed, or was stopped; the message holds the reason."""


class APIError(RoostError):
    """The server answered with an error.

    Attributes:
        code: The kind, such as ``invalid_input``, ``not_found`` or ``conflict``.
        message: What was wrong, for people.
        field: The field of the request that is at fault, where it is one.
        status: The HTTP status.
    """

    def __init__(self, message: str, *, code: str, status: int, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.status = status


class EntityNotFoundError(APIError):
    """The workspace, model, pipeline or version that was asked for does not exist."""

    def __init__(self, message: str, *, code: str = "not_found", status: int = 404, field: str | None = None) -> None:
        super().__init__(message, code=code, status=status, field=field)
