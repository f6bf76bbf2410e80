"""What a pipeline or an endpoint did over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .connection import JSON
from .frames import pandas
from .times import from_rfc3339

_COUNTS = ["requests", "client_errors", "server_errors", "errors", "check_failures"]
_LATENCIES = ["mean_ms", "p50_ms", "p90_ms", "p99_ms", "model_mean_ms", "model_p50_ms", "model_p90_ms", "model_p99_ms"]


@dataclass(frozen=True)
class Series:
    """What a pipeline or an endpoint did in each step of a span of time.

    Each list has one value for each step. A count is None if the pipeline did not exist or the server did not run, and
    0 if nothing was asked. A latency is None if no request was answered.

    Attributes:
        pipeline: The name of the pipeline or endpoint.
        variant: The variant that was asked for; None for all requests.
        variants: The variants of an endpoint that did something in this time.
        start: When the first step begins.
        end: Until when requests are counted. The last step is incomplete if it ends later.
        step: The length of a step.
        requests: All requests, also those that failed.
        client_errors: Requests that failed because of what the client sent.
        server_errors: Other requests that failed.
        errors: The sum of both.
        check_failures: Answered requests of which a validation failed.
        mean_ms, p50_ms, p90_ms, p99_ms: The latency of the answered requests in milliseconds. The percentiles are
            within 6.25 %.
        model_mean_ms, model_p50_ms, model_p90_ms, model_p99_ms: Their latency inside the models.
        total: The same for all steps together, by the names above: sums, and the latencies of all answered requests,
            which are None without any.
    """

    pipeline: str
    variant: str | None
    variants: list[str]
    start: datetime
    end: datetime
    step: timedelta
    requests: list[int | None]
    client_errors: list[int | None]
    server_errors: list[int | None]
    errors: list[int | None]
    check_failures: list[int | None]
    mean_ms: list[float | None]
    p50_ms: list[float | None]
    p90_ms: list[float | None]
    p99_ms: list[float | None]
    model_mean_ms: list[float | None]
    model_p50_ms: list[float | None]
    model_p90_ms: list[float | None]
    model_p99_ms: list[float | None]
    total: dict[str, int | float | None]

    @classmethod
    def from_record(cls, record: JSON) -> Series:
        """Returns the series in a response of the server."""
        columns = {name: record[name] for name in _COUNTS + _LATENCIES}
        return cls(
            pipeline=record["pipeline"],
            variant=record.get("variant"),
            variants=record["variants"],
            start=from_rfc3339(record["start"]),
            end=from_rfc3339(record["end"]),
            step=timedelta(seconds=record["step_seconds"]),
            total={name: record["total"].get(name) for name in _COUNTS + _LATENCIES},
            **columns,
        )

    def times(self) -> list[datetime]:
        """Returns when each step begins."""
        return [self.start + number * self.step for number in range(len(self.requests))]

    def to_dataframe(self) -> Any:
        """Returns a pandas DataFrame with a row for each step, a column for each list, and the times as its index.

        Raises:
            RoostError: If pandas is not installed.
        """
        module = pandas()
        index = module.DatetimeIndex(self.times(), name="time")
        counts = {name: module.array(getattr(self, name), dtype="Int64") for name in _COUNTS}
        latencies = {name: module.array(getattr(self, name), dtype="Float64") for name in _LATENCIES}
        return module.DataFrame(counts | latencies, index=index)

    def __repr__(self) -> str:
        what = self.pipeline if self.variant is None else f"{self.pipeline}, variant {self.variant}"
        requests, errors = (sum(value or 0 for value in column) for column in (self.requests, self.errors))
        seconds = int(self.step.total_seconds())
        return (
            f"Series of '{what}' from {self.start:%Y-%m-%d %H:%M:%S} in {len(self.requests)} steps of {seconds} s: "
            f"{requests} requests, {errors} errors"
        )
