"""Builders of the windows and of the baseline of an assay, with Wallaroo's names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from .assay_config import Window
from .errors import InvalidInputError
from .logged import Time

_UNITS = ("seconds", "minutes", "hours", "days", "weeks")


class WindowBuilder:
    """Builds the windows of an assay. By default, a window is 24 hours long, and follows right after the other.

    Args:
        window: What it begins with.
        check_path: Is given an iopath, and raises an `InvalidInputError` unless it is that of the assay.
    """

    def __init__(self, window: Window, check_path: Callable[[str], None]) -> None:
        self._window = window
        self._check_path = check_path

    def add_model_name(self, model_name: str) -> WindowBuilder:
        """Counts only the responses of one model, in the baseline as well."""
        return self._with(replace(self._window, model_name=model_name))

    def add_width(self, **width: int) -> WindowBuilder:
        """Sets the length of a window: one of ``seconds``, ``minutes``, ``hours``, ``days`` and ``weeks``.

        Raises:
            InvalidInputError: Unless it is exactly one of them, and a positive whole number.
        """
        return self._with(replace(self._window, width=_length("add_width", width)))

    def add_interval(self, **interval: int) -> WindowBuilder:
        """Sets how often a window ends, as for `add_width`. Windows end at multiples of it since 1970, in UTC.

        Raises:
            InvalidInputError: Unless it is exactly one of them, and a positive whole number.
        """
        return self._with(replace(self._window, interval=_length("add_interval", interval)))

    def add_start(self, start: datetime) -> WindowBuilder:
        """Sets when the first window of an interactive run may begin. Without a time zone, it is local time."""
        if not isinstance(start, datetime):
            raise InvalidInputError(f"The start of the windows must be a datetime, not {start!r}.")
        return self._with(replace(self._window, start=start))

    def add_path(self, path: str) -> WindowBuilder:
        """Checks that the windows watch the same input or output as the baseline.

        Raises:
            InvalidInputError: If the path is not that of the assay.
        """
        self._check_path(path)
        return self

    def add_location_filter(self, locations: list[str]) -> NoReturn:
        """Is not supported: the log of a server has no locations."""
        refuse_locations()

    def add_workspace_id(self, workspace_id: int) -> NoReturn:
        """Is not supported: the name of a pipeline is unique on a server."""
        raise InvalidInputError(
            "The windows of an assay are those of its pipeline, whose name is unique on the server. Leave out "
            "`add_workspace_id`."
        )

    def build(self) -> Window:
        """Returns the windows, for `AssayBuilder.add_window`."""
        return self._window

    def _with(self, window: Window) -> WindowBuilder:
        self._window = window
        return self


@dataclass(frozen=True)
class FixedBaseline:
    """A window of the log that others are compared with.

    Attributes:
        start, end: From the start to before the end.
        model_name: Name of the model whose responses count. None for that of the assay.
    """

    start: Time | None = None
    end: Time | None = None
    model_name: str | None = None


class FixedBaselineBuilder:
    """Builds the baseline of an assay from a window of the log."""

    def __init__(self, baseline: FixedBaseline) -> None:
        self._baseline = baseline

    def add_model_name(self, model_name: str) -> FixedBaselineBuilder:
        """Counts only the responses of one model, in the windows as well."""
        return self._with(replace(self._baseline, model_name=model_name))

    def add_start(self, start: Time) -> FixedBaselineBuilder:
        """Sets the earliest time of an inference, as for `Pipeline.logs`."""
        return self._with(replace(self._baseline, start=start))

    def add_end(self, end: Time) -> FixedBaselineBuilder:
        """Sets the time before which inferences count, as for `Pipeline.logs`."""
        return self._with(replace(self._baseline, end=end))

    def add_location_filter(self, locations: list[str]) -> NoReturn:
        """Is not supported: the log of a server has no locations."""
        refuse_locations()

    def build(self) -> FixedBaseline:
        """Returns the baseline, for `AssayBuilder.add_baseline`."""
        return self._baseline

    def _with(self, baseline: FixedBaseline) -> FixedBaselineBuilder:
        self._baseline = baseline
        return self


def refuse_locations() -> NoReturn:
    """Raises an error that says what to use instead of locations."""
    raise InvalidInputError(
        "The log of this server has no locations. Use a pipeline for each location, with an assay of its own."
    )


def _length(verb: str, given: dict[str, int]) -> timedelta:
    if len(given) != 1 or not set(given) <= set(_UNITS):
        raise InvalidInputError(f"`{verb}` takes exactly one of {', '.join(_UNITS)}, not {', '.join(given) or 'none'}.")
    ((unit, count),) = given.items()
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise InvalidInputError(f"`{verb}` takes a positive whole number of {unit}, not {count!r}.")
    try:
        return timedelta(**{unit: count})
    except OverflowError as error:
        raise InvalidInputError(f"`{verb}` takes fewer {unit} than {count}.") from error
