"""Reports on a pipeline's experiment, labels of its inferences, and the quality of its models."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from . import labels, metrics, steps
from .counterfactual import Counterfactual
from .diagnosis import Diagnosis
from .errors import InvalidInputError
from .expressions import Expression
from .html import Things
from .logged import Time
from .metrics import Metric
from .model import Model
from .pipeline_record import PipelineRecord
from .quality import Quality
from .report import Report, ReportSummary
from .times import body_time, query_time

# A replay takes up to ten minutes, and waits for another one.
_REPLAY_TIMEOUT = 1200.0
# Two windows of a large log are read.
_DIAGNOSIS_TIMEOUT = 600.0


class MonitoredPipeline(PipelineRecord):
    """The part of a pipeline that judges its inferences."""

    # Reports

    def report(
        self,
        goal: Metric | None = None,
        start: Time | None = None,
        end: Time | None = None,
        experiment: str | None = None,
        kind: str | None = None,
        guardrails: Iterable[Metric] | None = None,
        candidate: Model | str | None = None,
        replaces: str | None = None,
        requests: int | None = None,
    ) -> Report:
        """Reports on the pipeline's experiment or shadow deploy: counts, rates, differences and a verdict.

        With a candidate, it replays logged requests instead: the candidate answers them without any live traffic.

        The server keeps the report. You may look at one at any time and as often as you like: the verdict stays valid.

        Args:
            goal: The metric that decides, such as ``roost.outputs[0][0] > 0.5``, its text, ``"accuracy"``, or a
                `roost.metric` with settings. Defaults to the goal of the pipeline's definition.
            start: The earliest time of an inference, as for `logs`. Defaults to the beginning of the experiment.
            end: The time before which inferences count. Defaults to now.
            experiment: ID of an earlier experiment. Defaults to the current one.
            kind: ``experiment``, ``shadow`` or ``replay``. Defaults to the kind that fits.
            guardrails: Metrics that must not get worse. Default to those of the definition, or to ``errors``.
            candidate: The model version that answers logged requests: a model, ``"NAME@VERSION"``, or a name for its
                newest version.
            replaces: Name of the model whose place the candidate takes. Defaults to the only one.
            requests: How many requests are replayed, the newest ones. Defaults to 1000.

        Raises:
            APIError: If the pipeline declares no goal and none is given, or if a metric does not fit the pipeline.
        """
        given = {
            "kind": kind,
            "start": body_time(start),
            "end": body_time(end),
            "experiment": experiment,
            "goal": None if goal is None else metrics.metric(goal),
            "guardrails": None if guardrails is None else [metrics.metric(guardrail) for guardrail in guardrails],
            "candidate": candidate if candidate is None or isinstance(candidate, str) else self._reference(candidate),
            "replaces": replaces,
            "requests": requests,
        }
        body = {name: value for name, value in given.items() if value is not None}
        timeout = None if candidate is None else max(_REPLAY_TIMEOUT, self._connection.timeout)
        return Report(self._connection, self._connection.send("POST", self._path("reports"), body, timeout))

    def _reference(self, model: Model) -> str:
        return steps.reference(model, self.workspace())

    def reports(self) -> Things[ReportSummary]:
        """Returns the reports on this pipeline, newest first. `Client.report` returns one with its contents."""
        records = self._connection.get(self._path("reports"))["reports"]
        return Things(ReportSummary(record) for record in records)

    def counterfactual(
        self,
        arm: str | None = None,
        decision: str | Expression | None = None,
        metric: Metric | None = None,
        start: Time | None = None,
        end: Time | None = None,
        experiment: str | None = None,
    ) -> Counterfactual:
        """Estimates what a metric would have been if another policy had chosen.

        Args:
            arm: Name of the arm to which all units would have gone.
            decision: A condition that would have been the decision, such as ``roost.outputs[0][0] > 0.4``, for the
                metric ``accuracy``.
            metric: The metric, as for `report`. Defaults to the goal of the pipeline's definition.
            start: The earliest time of an inference, as for `logs`.
            end: The time before which inferences count.
            experiment: ID of an earlier experiment. Defaults to the current one.

        Raises:
            APIError: If the shares of the split are not known, or if the question does not fit the pipeline.
        """
        given = {
            "arm": arm,
            "decision": None if decision is None else metrics.text(decision),
            "metric": None if metric is None else metrics.metric(metric),
            "start": body_time(start),
            "end": body_time(end),
            "experiment": experiment,
        }
        body = {name: value for name, value in given.items() if value is not None}
        return Counterfactual(self._connection.send("POST", self._path("counterfactual"), body))

    # Labels

    def add_label(self, inference: Any, label: Any, *, row: int | None = None, key: str | None = None) -> None:
        """Says what turned out to be true of one inference. The last label of an inference counts.

        Args:
            inference: The inference's ID, its result or its log entry; with ``key``, the key's value.
            label: A number, a Boolean or a string; for an inference of several rows, a list with one for each row.
            row: The row that the label is about, counted from 0.
            key: Name of a key of the pipeline, such as the hash key of its split.
        """
        labels.send(self._connection, self._path("ground-truth"), [labels.one(inference, label, row, key)])

    def add_labels(self, inferences: Any, truth: Any = None, *, key: str | None = None) -> int:
        """Says what turned out to be true of many inferences.

        Args:
            inferences: A DataFrame with the columns ``id`` (or ``key:NAME``), ``label`` and optionally ``row``, or a
                list of dicts with the same names. Or, together with ``truth``, a sequence of IDs, results or log
                entries; with ``key``, of the key's values.
            truth: The label of each inference, in the same order.
            key: Name of a key of the pipeline.

        Returns:
            How many labels were stored.

        Raises:
            InvalidInputError: If a label is missing, or there are more or fewer labels than inferences.
            APIError: If the server rejects a label. The message names it.
        """
        found = labels.from_any(inferences, truth, key)
        return labels.send(self._connection, self._path("ground-truth"), found)

    def ground_truth(self) -> dict[str, Any]:
        """Returns how many labels there are, by ID and by key, and the times of the first and the last one."""
        return self._connection.get(self._path("ground-truth"))

    def quality(
        self,
        start: Time | None = None,
        end: Time | None = None,
        by: str | Expression | None = None,
        bins: int | None = None,
        every: timedelta | int | None = None,
        model: str | None = None,
        worst: int | None = None,
    ) -> Quality:
        """Compares what the pipeline's models answered with the labels.

        Args:
            start: The earliest time of an inference, as for `logs`.
            end: The time before which inferences count. Defaults to now.
            by: An input, an output or a condition that divides the rows into slices, such as ``roost.inputs["age"]`` or
                the condition of a slice that `diagnose` found.
            bins: The number of slices of a numeric input. Defaults to 5.
            every: The length of a period, as a timedelta or in seconds, for the quality over time.
            model: Name of a model, to count only its inferences.
            worst: The number of mistakes to list. Defaults to 10; at most 1000.
        """
        query = {
            "start": query_time(start),
            "end": query_time(end),
            "by": None if by is None else metrics.text(by),
            "bins": bins,
            "every": int(every.total_seconds()) if isinstance(every, timedelta) else every,
            "model": model,
            "worst": worst,
        }
        return Quality(self._connection.get(self._path("quality"), query))

    def diagnose(
        self,
        start: Time | None = None,
        end: Time | None = None,
        baseline_start: Time | None = None,
        baseline_end: Time | None = None,
        model: str | None = None,
        tolerance: float | None = None,
        examples: int | None = None,
    ) -> Diagnosis:
        """Says what changed between two windows: which inputs and outputs moved, and in which slices quality fell.

        Args:
            start: The earliest time of an inference, as for `logs`. Defaults to 24 hours before the end.
            end: The time before which inferences count. Defaults to now.
            baseline_start: Where the baseline begins. Defaults to as long before the window as it is long.
            baseline_end: Where the baseline ends. Defaults to the start of the window.
            model: Name of a model, to count only its inferences.
            tolerance: For predictions that are numbers: the absolute error up to which one is right. Defaults to the
                90th percentile of the errors in the baseline.
            examples: The number of mistakes to list for each slice. Defaults to 5; at most 100.

        Raises:
            InvalidInputError: If there is a `baseline_end` without a `baseline_start`, or a baseline that nothing ends.
        """
        given: dict[str, Any] = {
            "start": body_time(start),
            "end": body_time(end),
            "model": model,
            "tolerance": tolerance,
            "examples": examples,
        }
        if baseline_start is not None:
            last = start if baseline_end is None else baseline_end
            if last is None:
                raise InvalidInputError("Say where the baseline ends with `baseline_end`, or `start` the window there.")
            given["baseline"] = {"start": body_time(baseline_start), "end": body_time(last)}
        elif baseline_end is not None:
            raise InvalidInputError("A baseline needs a `baseline_start`.")
        body = {name: value for name, value in given.items() if value is not None}
        timeout = max(_DIAGNOSIS_TIMEOUT, self._connection.timeout)
        return Diagnosis(self._connection.send("POST", self._path("diagnosis"), body, timeout))

    def delete_logs(self, key: str, value: Any) -> dict[str, int]:
        """Deletes the log entries of one value of a key, an input or a feature, and their labels.

        Returns:
            How many ``entries`` and ``labels`` were deleted.
        """
        body = {"key": key, "value": str(value)}
        return self._connection.send("POST", self._path("logs", "deletions"), body)

    def delete_all_logs(self) -> dict[str, int]:
        """Deletes all entries of the log, and all labels. A pipeline that is deployed goes on logging.

        Returns:
            How many ``entries`` and ``labels`` were deleted.
        """
        return self._connection.send("DELETE", self._path("logs"))
