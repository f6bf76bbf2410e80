"""Builds assays with Wallaroo's names."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn

from . import assay_baseline
from .assay_config import AssayConfig, Window
from .assay_definition import definition, values
from .assay_paths import Element, PipelineTensors
from .assay_summarizer import UnivariateContinuous, UnivariateContinuousSummarizerBuilder
from .assay_windows import FixedBaseline, FixedBaselineBuilder, WindowBuilder, refuse_locations
from .charts import Chart
from .connection import Connection
from .errors import InvalidInputError
from .estimates import dataframe
from .logged import Time

_ALERT = 0.25


class AssayBuilder:
    """Builds an assay with Wallaroo's names, as returned by `Client.build_assay`. The methods can be chained.

    By default, windows of 24 hours are compared by the population stability index of five bins, a score from 0.25 on is
    an alert, and no score is a warning. What Wallaroo has and this server does not raises an error.
    """

    def __init__(
        self,
        connection: Connection,
        name: str,
        pipeline: str,
        iopath: str,
        model_name: str | None,
        baseline: FixedBaseline,
        baseline_data: Any,
    ) -> None:
        self._connection = connection
        self._name = name
        self._pipeline = pipeline
        self._iopath = iopath
        self._model_name = model_name
        self._baseline = FixedBaselineBuilder(baseline)
        self._data = None if baseline_data is None else values(baseline_data)
        self._windows = WindowBuilder(Window(), self._check_path)
        self._summarizer = UnivariateContinuousSummarizerBuilder(UnivariateContinuous())
        self._warning: float | None = None
        self._alert = _ALERT
        self._run_until: datetime | None = None
        self._minimum: int | None = None
        self._is_active = True

    # The assay

    def add_name(self, name: str) -> AssayBuilder:
        """Sets the assay's name."""
        self._name = name
        return self

    def add_active(self, active: bool) -> AssayBuilder:
        """Sets whether the assay looks at windows once it is uploaded."""
        self._is_active = active
        return self

    def add_iopath(self, iopath: str) -> AssayBuilder:
        """Sets the input or output that is watched, such as ``output dense_2 0`` or ``input tensor 3``."""
        self._iopath = iopath
        return self

    def add_location_filter(self, locations: list[str]) -> NoReturn:
        """Is not supported: the log of a server has no locations."""
        refuse_locations()

    def add_warning_threshold(self, warning_threshold: float) -> AssayBuilder:
        """Sets the score from which a window is a warning. By default, no score is."""
        self._warning = warning_threshold
        return self

    def add_alert_threshold(self, alert_threshold: float) -> AssayBuilder:
        """Sets the score from which a window is an alert. Defaults to 0.25."""
        self._alert = alert_threshold
        return self

    def add_run_until(self, run_until: datetime) -> AssayBuilder:
        """Sets when an interactive run ends. Without a time zone, it is local time. Defaults to now."""
        if not isinstance(run_until, datetime):
            raise InvalidInputError(f"The end of the windows must be a datetime, not {run_until!r}.")
        self._run_until = run_until
        return self

    def add_minimum(self, count: int) -> AssayBuilder:
        """Sets the fewest values of a baseline and of a window that are compared. Defaults to 200.

        Wallaroo has no such limit. With few values, scores tell more about chance than about drift.
        """
        self._minimum = count
        return self

    # Its parts

    def fixed_baseline_builder(self) -> FixedBaselineBuilder:
        """Returns the builder of a baseline from the log. What it is given counts for this assay."""
        return self._baseline

    def add_baseline(self, baseline: FixedBaseline) -> AssayBuilder:
        """Sets the baseline to one of a `FixedBaselineBuilder`."""
        self._baseline = FixedBaselineBuilder(baseline)
        return self

    def window_builder(self) -> WindowBuilder:
        """Returns the builder of the windows. What it is given counts for this assay."""
        return self._windows

    def add_window(self, window: Window) -> AssayBuilder:
        """Sets the windows to those of a `WindowBuilder`."""
        self._windows = WindowBuilder(window, self._check_path)
        return self

    @property
    def summarizer_builder(self) -> UnivariateContinuousSummarizerBuilder:
        """The builder of how windows are compared. What it is given counts for this assay."""
        return self._summarizer

    def univariate_continuous_summarizer(self) -> UnivariateContinuousSummarizerBuilder:
        """Returns the `summarizer_builder`."""
        return self.summarizer_builder

    def add_summarizer(self, summarizer: UnivariateContinuous) -> AssayBuilder:
        """Sets how windows are compared to what a `UnivariateContinuousSummarizerBuilder` built."""
        self._summarizer = UnivariateContinuousSummarizerBuilder(summarizer)
        return self

    # The baseline's values

    def baseline_dataframe(self) -> Any:
        """Returns the values of the baseline as a pandas DataFrame with a row for each.

        From the log, the columns are ``time``, ``id``, ``model_name``, ``row`` (of the request, counted from 0) and the
        value, such as ``output_dense_2_0``. Of a baseline that was given as data, there is only the value.

        Raises:
            RoostError: If pandas is not installed.
        """
        element = self._element()
        names = ["time", "id", "model_name", "row"] if self._data is None else []
        return dataframe(self._rows(element), [*names, element.column])

    def baseline_histogram(self, bins: int | None = None, log_scale: bool = False) -> Chart:
        """Returns a histogram of the baseline.

        Args:
            bins: The number of bins. By default, it depends on the number of values.
            log_scale: Whether the bins have the same width on a logarithmic scale.

        Raises:
            InvalidInputError: If the baseline has no numbers, or one that a logarithmic scale does not have.
        """
        if bins is not None and bins < 1:
            raise InvalidInputError(f"A histogram has at least one bin, not {bins}.")
        return assay_baseline.histogram(self._numbers(log_scale), self._iopath, bins, log_scale)

    def baseline_kde(self, log_scale: bool = False) -> Chart:
        """Returns a kernel density estimate of the baseline, with the arguments of `baseline_histogram`."""
        return assay_baseline.density(self._numbers(log_scale), self._iopath, log_scale)

    def baseline_ecdf(self, log_scale: bool = False) -> Chart:
        """Returns the empirical distribution function of the baseline, with the arguments of `baseline_histogram`."""
        return assay_baseline.distribution(self._numbers(log_scale), self._iopath, log_scale)

    # The configuration

    def build(self) -> AssayConfig:
        """Returns the configuration, which can be tried on past windows.

        Raises:
            EntityNotFoundError: If there is no such pipeline.
            InvalidInputError: If the iopath names no input or output of the pipeline, the baseline is missing, or parts
                contradict each other.
        """
        window, summarizer = self._windows.build(), self._summarizer.build()
        start, end = self._span()
        built = definition(
            self._pipeline,
            self._element().metric,
            window.width,
            baseline={"start": start, "end": end} if self._data is None else self._data,
            model=self._model(),
            statistic=summarizer.metric.value,
            bins=summarizer.bins(),
            every=window.interval,
            # The server's own threshold of warnings is lower.
            warn=self._alert if self._warning is None else self._warning,
            alert=self._alert,
            minimum=self._minimum,
            paused=None if self._is_active else True,
        )
        return AssayConfig(self._connection, self._name, built, window, self._run_until)

    def upload(self) -> str:
        """Adds the assay to the server, as `Client.upload_assay` does, and returns its name, which is its ID."""
        return self.build().upload()

    def _element(self) -> Element:
        return PipelineTensors(self._connection, self._pipeline, self._model()).element(self._iopath)

    def _check_path(self, iopath: str) -> None:
        if iopath.split() != self._iopath.split():
            raise InvalidInputError(
                f"The windows of an assay watch what its baseline does: {self._iopath!r}, not {iopath!r}."
            )

    def _model(self) -> str | None:
        given = (self._model_name, self._baseline.build().model_name, self._windows.build().model_name)
        names = sorted({name for name in given if name is not None})
        if len(names) > 1:
            raise InvalidInputError(
                f"The baseline and the windows of an assay are of the same model, not of {', '.join(names)}."
            )
        return names[0] if names else None

    def _span(self) -> tuple[Time | None, Time | None]:
        """Returns the start and the end of a baseline from the log."""
        baseline = self._baseline.build()
        given = [name for name, time in (("start", baseline.start), ("end", baseline.end)) if time is not None]
        if self._data is not None and given:
            raise InvalidInputError("A baseline is either data or a window of the log, not both.")
        if self._data is None and len(given) < 2:
            raise InvalidInputError(
                f"The baseline has {' and '.join(given) or 'nothing'}. Set its start and end, or `baseline_data`."
            )
        return baseline.start, baseline.end

    def _rows(self, element: Element) -> list[dict[str, Any]]:
        start, end = self._span()
        if self._data is not None:
            return [{element.column: value} for value in self._data]
        return assay_baseline.from_log(self._connection, self._pipeline, element, start, end, self._model())

    def _numbers(self, is_log: bool) -> list[float]:
        element = self._element()
        return assay_baseline.numbers([row[element.column] for row in self._rows(element)], is_log)

    def __repr__(self) -> str:
        return f"<AssayBuilder '{self._name}' of {self._iopath!r} on '{self._pipeline}'>"
