"""Assays with Wallaroo's names: the choices of a summarizer, and a configuration that is ready to run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

from .assay import put_assay
from .assay_definition import baseline_window
from .assay_paths import PipelineTensors
from .assay_preview import AssayPreview, preview_assay
from .assay_result import AssayResult
from .assay_results import AssayResults
from .connection import JSON, Connection
from .errors import InvalidInputError


class BinMode(Enum):
    """How the numbers of a baseline are divided into bins."""

    #: Not supported by this server.
    NONE = "none"
    #: Bins of equal width.
    EQUAL = "equal"
    #: Bins with as many values each.
    QUANTILE = "quantile"
    #: Between given edges.
    PROVIDED = "provided"


class Aggregation(Enum):
    """What is compared of each bin."""

    #: Not supported by this server.
    EDGES = "edges"
    #: The share of the values in the bin.
    DENSITY = "density"
    #: Not supported by this server.
    CUMULATIVE = "cumulative"


class Metric(Enum):
    """How the shares in bins are compared."""

    #: The largest difference of the shares in a bin.
    MAXDIFF = "max_difference"
    #: The sum of the absolute differences of the shares in each bin.
    SUMDIFF = "sum_of_differences"
    #: The population stability index.
    PSI = "psi"


@dataclass(frozen=True)
class Window:
    """The windows of an assay.

    Attributes:
        width: The length of a window.
        interval: How often a window ends. None for each window right after the other.
        start: When the first window of an interactive run may begin. None for the end of the baseline.
        model_name: Name of the model whose responses count. None for that of the assay.
    """

    width: timedelta = timedelta(hours=24)
    interval: timedelta | None = None
    start: datetime | None = None
    model_name: str | None = None


class AssayConfig:
    """The configuration of an assay, as returned by `AssayBuilder.build`. `Client.upload_assay` adds it to the server.

    Attributes:
        name: The assay's name.
        definition: The definition in the server's format.
        window: The windows.
        run_until: When an interactive run ends. None for now.
    """

    def __init__(
        self, connection: Connection, name: str, definition: JSON, window: Window, run_until: datetime | None
    ) -> None:
        self._connection = connection
        self.name = name
        self.definition = definition
        self.window = window
        self.run_until = run_until

    def interactive_run(self) -> AssayResults:
        """Returns what the assay would have said about past windows, oldest first, and adds nothing to the server.

        It looks at the windows from ``WindowBuilder.add_start``, or from the end of a baseline of the log, or else at
        those of the last day before the end. The end is ``AssayBuilder.add_run_until``, or now. Windows end at
        multiples of the interval since 1970, in UTC.

        Raises:
            APIError: If the definition is not valid, or the baseline has too few values. The message says why.
        """
        return self._preview(self.definition).results

    def interactive_baseline_run(self) -> AssayResult:
        """Returns the baseline compared with itself, to see how it is divided into bins. It has no score.

        Raises:
            APIError: If the definition is not valid, or the baseline has too few values. The message says why.
        """
        # Each result has the bins of the baseline, so one window is enough, whatever is in it.
        end = datetime.now(timezone.utc)
        start = end - (self.window.interval or self.window.width)
        raw = preview_assay(self._connection, self.definition, start, end, self.name).results[-1].raw
        span = baseline_window(self.definition)
        times = (raw["analyzed_at"],) * 2 if span is None else tuple(time.isoformat() for time in span)
        shown = {
            **{name: value for name, value in raw.items() if name not in ("score", "noise", "p_value")},
            "start": times[0],
            "end": times[1],
            "status": "baseline_run",
            "reason": "The baseline, compared with itself.",
            "window": raw["baseline"],
            "bins": [{**each, "window": each["baseline"]} for each in raw["bins"]],
            "new_categories": [],
            "new_count": 0,
        }
        return AssayResult(shown, self.definition, self.name)

    def interactive_input_run(self, inferences: Any, labels: Sequence[str] | None = None) -> AssayResults:
        """Returns what an assay on each value of the inputs would have said about past windows, as `interactive_run`.

        Args:
            inferences: Entries of the pipeline's log, results, dicts of inputs by name, or the DataFrame of
                `LogEntries.to_dataframe`. The first one tells how many values a row of the inputs has.
            labels: What charts call these values, in order. Defaults to their metrics, such as ``inputs.tensor[3]``.

        Raises:
            InvalidInputError: If the baseline is not from the log, which has the values of all inputs; or if there is
                no inference, or not a label for each value.
            APIError: If the definition is not valid, or the baseline has too few values. The message says why.
        """
        if baseline_window(self.definition) is None:
            raise InvalidInputError(
                "The baseline has the values of one input or output only. Build the assay with `baseline_start` and "
                "`baseline_end` to look at all inputs."
            )
        tensors = PipelineTensors(self._connection, self.definition["pipeline"], self.definition.get("model"))
        metrics = tensors.input_metrics(_first_inputs(inferences))
        if labels is not None and len(labels) != len(metrics):
            raise InvalidInputError(f"The inputs have {len(metrics)} values, but there are {len(labels)} labels.")
        results = AssayResults(self._connection, [])
        for metric, label in zip(metrics, labels or metrics, strict=True):
            results += self._preview({**self.definition, "metric": metric}, label).results
        return results

    def upload(self) -> str:
        """Adds the assay to the server, or changes the one of this name, and returns its name, which is its ID.

        Raises:
            InvalidInputError: If the configuration has a start or an end, which assays on the server do not have.
            APIError: If the definition is not valid, or the baseline has too few values. The message says why.
        """
        if self.window.start is not None:
            raise InvalidInputError(
                "An assay on the server looks at the windows that end from now on, so it cannot have a start. Leave "
                "out `add_start`, and use `interactive_run` for past windows."
            )
        if self.run_until is not None:
            raise InvalidInputError(
                "An assay on the server has no end. Leave out `add_run_until`, and use `Assay.turn_off` to stop it."
            )
        return put_assay(self._connection, self.name, self.definition).name()

    def _preview(self, definition: JSON, label: str | None = None) -> AssayPreview:
        baseline = baseline_window(definition)
        start = self.window.start or (None if baseline is None else baseline[1])
        # The server selects windows by their ends.
        after = None if start is None else start + self.window.width - timedelta(microseconds=1)
        return preview_assay(self._connection, definition, after, self.run_until, self.name, label)

    def __repr__(self) -> str:
        return f"<AssayConfig '{self.name}' of {self.definition['metric']} on '{self.definition['pipeline']}'>"


def _first_inputs(inferences: Any) -> Mapping[str, Any]:
    """Returns the inputs of the first inference by name."""
    if hasattr(inferences, "columns") and "input" in inferences.columns:
        inferences = inferences["input"].tolist()
    first = next(iter(inferences), None) if isinstance(inferences, Iterable) else None
    if first is None:
        raise InvalidInputError("There is no inference that tells which inputs there are.")
    found = first.input_data() if hasattr(first, "input_data") else getattr(first, "input", first)
    if not isinstance(found, Mapping):
        raise InvalidInputError(
            f"The first inference is {first!r}. Expected a log entry, a result, or a dict of inputs by name."
        )
    return found
