"""Errors about missing objects, under the module name that notebooks import."""

from .errors import EntityNotFoundError, RoostError

__all__ = ["EntityNotFoundError", "RoostError"]
