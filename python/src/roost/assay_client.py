"""Adds assays, previews them on past data, and finds them again."""

from __future__ import annotations

from typing import Any

from .assay import Assay, put_assay
from .assay_builder import AssayBuilder
from .assay_config import AssayConfig
from .assay_definition import Baseline, Bins, definition
from .assay_preview import AssayPreview, preview_assay
from .assay_results import AssayResults
from .assay_windows import FixedBaseline
from .connection import Connection, path
from .html import Things
from .logged import Time
from .metrics import Metric
from .pipeline import Pipeline
from .times import Span

# The most results that the server keeps.
_ALL = 10_000


class AssayClient:
    """The part of a client that handles assays."""

    _connection: Connection

    def add_assay(
        self,
        name: str,
        pipeline: Pipeline | str,
        metric: Metric,
        window: Span,
        *,
        baseline: Baseline | None = None,
        model: str | None = None,
        budget_ms: float | None = None,
        statistic: str | None = None,
        bins: Bins | None = None,
        every: Span | None = None,
        cron: str | None = None,
        delay: Span | None = None,
        warn: float | None = None,
        alert: float | None = None,
        alerts: int | None = None,
        out_of: int | None = None,
        minimum: int | None = None,
        alpha: float | None = None,
        paused: bool | None = None,
    ) -> Assay:
        """Adds an assay, or changes the one of this name: it compares each window of the log with a baseline.

        The server reads the baseline at once, and looks at the windows that end from now on. The windows before are
        what `preview_assay` is for.

        Args:
            name: The assay's name.
            pipeline: The pipeline, or its name.
            metric: What is watched: an input or an output, such as ``roost.inputs["age"]`` or ``roost.outputs[0][0]``,
                whose distributions are compared; or a metric as for `roost.metric`, whose means are compared.
            window: The length of a window: a timedelta, or a text such as ``"1h"`` or ``"1d"``.
            baseline: What windows are compared with: the values themselves (a list, an array or a Series);
                ``{"start": …, "end": …}`` for a window of the log, with times as for `Pipeline.logs`;
                ``"s3://BUCKET/PREFIX"``, or with a column ``{"s3_uri": …, "column": …}``, for objects with CSV or JSON
                Lines; or ``{"job": …, "channel": …, "column": …}`` for the data of a training job. By default, that of
                the assay that is changed.
            model: Name of a model, to count only its responses.
            budget_ms: For the metric ``latency``: the milliseconds that a response may take.
            statistic: How a window is compared: ``psi``, ``ks``, ``wasserstein``, ``jensen_shannon``, ``chi_squared``,
                ``l_infinity``, ``l_infinity_robust``, ``max_difference``, ``sum_of_differences`` or ``mean``. Defaults
                to ``psi`` for an input or output, and to ``mean`` for other metrics.
            bins: How numbers are divided: the number of bins with as many values of the baseline each; the edges
                between bins, in ascending order; ``"categories"`` if each number is a class; or the server's format,
                such as ``{"by": "equal_width", "count": 10}``. Defaults to 10.
            every: How often a window ends. Defaults to ``window``. Windows end at multiples of it since 1970, in UTC.
            cron: When a window ends, as a line of cron in UTC. Replaces ``every``.
            delay: How long after its end a window is looked at, so that labels can come.
            warn: The score from which a window is a warning. Defaults to the statistic's own.
            alert: The score from which a window is an alert. Defaults to the statistic's own.
            alerts: How many of the last ``out_of`` windows must be alerts for the assay to alert. Defaults to 2.
            out_of: Defaults to 3.
            minimum: The fewest values of a baseline and of a window that are compared. Defaults to 200.
            alpha: The probability of taking chance for drift. Defaults to 0.01.
            paused: Whether no windows are looked at.

        Raises:
            InvalidInputError: If a value of the baseline is not a finite number, a string or missing.
            APIError: If the definition is not valid, or the baseline has too few values. The message says why.
        """
        body = definition(
            _name(pipeline),
            metric,
            window,
            baseline=baseline,
            model=model,
            budget_ms=budget_ms,
            statistic=statistic,
            bins=bins,
            every=every,
            cron=cron,
            delay=delay,
            warn=warn,
            alert=alert,
            alerts=alerts,
            out_of=out_of,
            minimum=minimum,
            alpha=alpha,
            paused=paused,
        )
        return put_assay(self._connection, name, body)

    def preview_assay(
        self,
        pipeline: Pipeline | str,
        metric: Metric,
        window: Span,
        *,
        start: Time | None = None,
        end: Time | None = None,
        **settings: Any,
    ) -> AssayPreview:
        """Returns what an assay would have said about past windows, and adds nothing.

        Args:
            pipeline: The pipeline, or its name.
            metric: What is watched, as for `add_assay`.
            window: The length of a window, as for `add_assay`.
            start: Only windows that end after this time: a time as for `Pipeline.logs`. Defaults to a day before
                ``end``.
            end: Only windows that end by this time. Defaults to now.
            **settings: Further parameters of `add_assay`, such as ``baseline``.

        Raises:
            APIError: If the definition is not valid, or the baseline has too few values. The message says why.
        """
        body = definition(_name(pipeline), metric, window, **settings)
        return preview_assay(self._connection, body, start, end)

    def assay(self, name: str) -> Assay:
        """Returns the assay with the given name.

        Raises:
            EntityNotFoundError: If there is no such assay.
        """
        return Assay(self._connection, self._connection.get(path("assays", name)))

    def assays(self, pipeline: Pipeline | str | None = None, workspace: str | None = None) -> Things[Assay]:
        """Returns the assays of a pipeline, of the pipelines of a workspace, or of all pipelines, by name.

        Raises:
            EntityNotFoundError: If there is no such workspace.
        """
        of = None if pipeline is None else _name(pipeline)
        records = self._connection.get(path("assays"), {"pipeline": of, "workspace": workspace})["assays"]
        return Things(Assay(self._connection, record) for record in records)

    # Wallaroo's names

    def build_assay(
        self,
        *,
        assay_name: str,
        pipeline: Pipeline | str,
        iopath: str,
        model_name: str | None = None,
        baseline_start: Time | None = None,
        baseline_end: Time | None = None,
        baseline_data: Any = None,
    ) -> AssayBuilder:
        """Returns a builder of an assay with Wallaroo's names. Nothing is added to the server before it is uploaded.

        Args:
            assay_name: The assay's name.
            pipeline: The pipeline, or its name.
            iopath: The input or output that is watched: ``input NAME INDEX`` or ``output NAME INDEX``, with the
                position in a row, counted from 0.
            model_name: Name of a model, to count only its responses.
            baseline_start: The earliest time of a baseline from the log, as for `Pipeline.logs`.
            baseline_end: The time before which it ends.
            baseline_data: The values of the baseline instead: a list, a Series, or an array of one column.

        Raises:
            InvalidInputError: If a value of the baseline is not a finite number, a string or missing.
        """
        return AssayBuilder(
            self._connection,
            assay_name,
            _name(pipeline),
            iopath,
            model_name,
            FixedBaseline(baseline_start, baseline_end),
            baseline_data,
        )

    def upload_assay(self, config: AssayConfig) -> str:
        """Adds an assay to the server, or changes the one of its name, and returns its name, which is its ID.

        Raises:
            InvalidInputError: If the configuration has a start or an end, which assays on the server do not have.
            APIError: If the definition is not valid, or the baseline has too few values. The message says why.
        """
        return config.upload()

    def list_assays(self) -> Things[Assay]:
        """Returns the assays of all pipelines, by name."""
        return self.assays()

    def get_assay_results(
        self, assay_id: Assay | str, start: Time | None = None, end: Time | None = None
    ) -> AssayResults:
        """Returns what an assay said about its windows, oldest first. The server keeps the newest 10,000.

        Args:
            assay_id: The assay, or its name.
            start: Only windows that end at this time or later: a time as for `Pipeline.logs`.
            end: Only windows that end before this time.

        Raises:
            EntityNotFoundError: If there is no such assay.
        """
        assay = self.assay(assay_id) if isinstance(assay_id, str) else assay_id
        return AssayResults(self._connection, reversed(assay.results(start, end, limit=_ALL)))


def _name(pipeline: Pipeline | str) -> str:
    return pipeline if isinstance(pipeline, str) else pipeline.name()
