"""Reading a pipeline's inference log back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from .logs import LogEntries, LogEntry
from .pipeline_record import PipelineRecord
from .shadow_logs import ShadowLogEntries
from .times import query_time

Time: TypeAlias = datetime | str | int


class LoggedPipeline(PipelineRecord):
    """The part of a pipeline that remembers every inference."""

    def logs(
        self,
        limit: int = 100,
        start: Time | None = None,
        end: Time | None = None,
        model: str | None = None,
        valid: bool | None = None,
        id: str | None = None,
    ) -> LogEntries:
        """Entries of the inference log, newest first; a shadow deploy writes one for each model.

        Args:
            limit: The most entries to return.
            start: The earliest time: a datetime (local time where it has no zone), RFC 3339, or milliseconds since the
                epoch.
            end: The latest time.
            model: Only the entries of the model of this name.
            valid: False for those with check failures only, True for those without.
            id: Only the entries of one inference (`InferenceResult.id`).
        """
        query = _query(limit, start, end, model, valid, id)
        return LogEntries(LogEntry(raw) for raw in self._connection.get(self._path("logs"), query)["entries"])

    def logs_shadow_deploy(
        self, limit: int = 100, start: Time | None = None, end: Time | None = None
    ) -> ShadowLogEntries:
        """The inferences of a shadow deploy, newest first, from the newest log entries, grouped by inference.

        Args:
            limit: The most log entries to read; the oldest inference among them is completed.
            start: The earliest time, as for `logs`.
            end: The latest time.
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
        """Writes log entries to a file of JSON Lines, newest first.

        All entries are written, unless the parameters, which are those of `logs`, say less. The file takes its name
        when it is complete; one of that name is replaced.

        Returns:
            The file.
        """
        file = Path(path).expanduser()
        part = file.with_name(file.name + ".part")
        query = _query(limit, start, end, model, valid, id)
        with self._connection.request("GET", self._path("logs", "export"), params=query, stream=True) as response:
            try:
                with part.open("wb") as output:
                    self._connection.download(response, output)
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
