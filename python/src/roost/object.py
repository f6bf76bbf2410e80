"""Errors about things that do not exist, under the name that notebooks import them by."""

from .errors import EntityNotFoundError, RoostError

__all__ = ["EntityNotFoundError", "RoostError"]
