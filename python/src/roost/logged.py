"""Reads a pipeline's inference log, and what it did over time."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from .frames import FRAME_WRITERS
from .logs import LogEntries, LogEntry
from .pipeline_record import PipelineRecord
from .series import Series
from .shadow_logs import ShadowLogEntries
from .times import query_time, span

Time: TypeAlias = datetime | timedelta | str | int


class LoggedPipeline(PipelineRecord):
    """The part of a pipeline that reads its inference log, and what it did over time."""

    def series(
        self,
        start: Time | None = None,
        end: Time | None = None,
        step: timedelta | int | None = None,
        variant: str | None = None,
    ) -> Series:
        """Returns requests, errors, failed validations and latencies over time.

        The server keeps steps of 5 seconds for the last hour since its start, and steps of a minute for a week.

        Args:
            start: The earliest time, as for `logs`. Defaults to an hour before `end`.
            end: The latest time. Defaults to now.
            step: The length of a step, as a timedelta or in seconds: 5, 10, 15, 30, or a multiple of 60. By default,
                the server chooses one.
            variant: The variant of an endpoint. Defaults to all requests.
        """
        seconds = int(span(step).removesuffix("s")) if isinstance(step, timedelta) else step
        query = {"start": query_time(start), "end": query_time(end), "step": seconds, "variant": variant}
        return Series.from_record(self._connection.get(self._path("series"), query))

    def logs(
        self,
        limit: int = 100,
        start: Time | None = None,
        end: Time | None = None,
        model: str | None = None,
        valid: bool | None = None,
        id: str | None = None,
    ) -> LogEntries:
        """Returns entries of the inference log, newest first. A shadow deploy writes one entry for each model.

        Args:
            limit: Maximum number of entries to return.
            start: The earliest time: a datetime (local time if it has no time zone), a timedelta (how long ago it
                was), an RFC 3339 string, or milliseconds since the epoch.
            end: The latest time, in the same forms.
            model: Name of a model, to return only its entries.
            valid: False to return only entries with check failures, True to return only entries without.
            id: ID of an inference (`InferenceResult.id`), or several with spaces between them: only their entries.
        """
        query = _query(limit, start, end, model, valid, id)
        return LogEntries(LogEntry(raw) for raw in self._connection.get(self._path("logs"), query)["entries"])

    def logs_shadow_deploy(
        self, limit: int = 100, start: Time | None = None, end: Time | None = None
    ) -> ShadowLogEntries:
        """Returns the log entries of a shadow deploy, grouped by inference, newest first.

        Args:
            limit: Maximum number of log entries to read. The oldest inference among them is returned in full.
            start: The earliest time, as for `logs`.
            end: The latest time, as for `logs`.
        """
        entries = self.logs(limit=limit, start=start, end=end)
        if entries and len(entries) == limit:
            last = entries[-1].id
            entries = LogEntries([entry for entry in entries if entry.id != last] + self.logs(id=last))
        return ShadowLogEntries.grouped(entries)

    def export_logs(
        self,
        path: str | Path,
        limit: int | None = None,
        start: Time | None = None,
        end: Time | None = None,
        model: str | None = None,
        valid: bool | None = None,
        id: str | None = None,
    ) -> Path:
        """Writes log entries to a file, newest first.

        All entries are written, unless the parameters, which are the same as for `logs`, select fewer. An existing file
        is replaced once the new one is complete.

        The file has JSON Lines, unless its name ends in ``.parquet`` or ``.csv``. These are written with pandas and,
        for Parquet, pyarrow. They have the columns of `LogEntries.to_dataframe`, with lists and dicts as JSON, and need
        memory for all entries.

        Returns:
            The path of the file.

        Raises:
            RoostError: If a package is not installed.
        """
        file = Path(path).expanduser()
        write = FRAME_WRITERS.get(file.suffix.lower())
        part = file.with_name(file.name + ".part")
        query = _query(limit, start, end, model, valid, id)
        with self._connection.request("GET", self._path("logs", "export"), params=query, stream=True) as response:
            try:
                with part.open("wb") as output:
                    self._connection.download(response, output)
                if write is not None:
                    with part.open("rb") as lines:
                        entries = LogEntries(LogEntry(json.loads(line)) for line in lines)
                    write(entries.to_dataframe(), part)
                part.replace(file)
            finally:
                part.unlink(missing_ok=True)
        return file


def _query(
    limit: int | None, start: Time | None, end: Time | None, model: str | None, valid: bool | None, id: str | None
) -> dict[str, Any]:
    return {
        "limit": limit,
        "start": query_time(start),
        "end": query_time(end),
        "model": model,
        "valid": None if valid is None else str(bool(valid)).lower(),
        "id": id,
    }
