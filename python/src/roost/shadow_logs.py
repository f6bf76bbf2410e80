"""The log of a shadow deploy, with the champion's and the challengers' entries grouped by inference."""

from __future__ import annotations

from collections.abc import Iterable

from .html import cell
from .logs import LogEntry
from .words import visible


class ShadowLogEntry:
    """One inference of a shadow deploy.

    Attributes:
        id: The inference's ID.
        champion: The entry of the model that answered. None if the log no longer has it.
        challengers: The entries of the other models, sorted by name.
    """

    def __init__(self, entries: list[LogEntry]) -> None:
        self.id = entries[0].id
        self.champion = next((entry for entry in entries if entry.role != "challenger"), None)
        self.challengers = sorted((e for e in entries if e.role == "challenger"), key=lambda entry: entry.model_name)

    def entries(self) -> list[LogEntry]:
        """Returns the champion's entry, followed by those of the challengers."""
        return ([self.champion] if self.champion else []) + self.challengers

    def __repr__(self) -> str:
        return f"<ShadowLogEntry {visible(self.id)}: {', '.join(entry.model_name for entry in self.entries())}>"


class ShadowLogEntries(list[ShadowLogEntry]):
    """Inferences of a shadow deploy, newest first. A notebook shows them as a table."""

    @classmethod
    def grouped(cls, entries: Iterable[LogEntry]) -> ShadowLogEntries:
        """Groups entries by inference, omitting inferences without a challenger."""
        groups: dict[str, list[LogEntry]] = {}
        for entry in entries:
            groups.setdefault(entry.id, []).append(entry)
        return cls(group for group in map(ShadowLogEntry, groups.values()) if group.challengers)

    def _repr_html_(self) -> str:
        return _HEAD + "".join(_group(number, entry) for number, entry in enumerate(self)) + _FOOT


_HEAD = """
<h2>Shadow Deploy Logs</h2>
<p>
    <em>Logs from a shadow pipeline, grouped by their input.</em>
</p>
<table>
    <tbody>
"""

_FOOT = """
    </tbody>
</table>
"""


def _group(number: int, group: ShadowLogEntry) -> str:
    heads = "".join(
        f"\n        <td><strong>{name}</strong></td>"
        for name in ("Model Name", "Output", "Timestamp", "Model Version", "Elapsed")
    )
    rows = "".join(_primary(entry) if entry is group.champion else _challenger(entry) for entry in group.entries())
    return f"""
    <tr><td colspan='6'>Log Entry {number}</td></tr>
    <tr><td colspan='6'></td></tr>
    <tr>
        <td><strong><em>Input</em></strong></td>
        <td colspan='6'>{cell(group.entries()[0].input_text())}</td>
    </tr>

    <tr>
        <td>Model Type</td>{heads}
    </tr>
{rows}"""


def _primary(entry: LogEntry) -> str:
    time = entry.timestamp.replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"""
    <tr>
        <td><strong><em>Primary</em></strong></td>
        <td>{cell(entry.model_name)}</td>
        <td>{cell(entry.output_text())}</td>
        <td>{time}</td>
        <td>{cell(entry.model_version)}</td>
        <td>{entry.elapsed}</td>
    </tr>
"""


def _challenger(entry: LogEntry) -> str:
    return f"""
    <tr>
        <td><strong><em>Challenger</em></strong></td>
        <td>{cell(entry.model_name)}</td>
        <td>{cell(_tensors(entry))}</td>
        <td colspan=3></td>
    </tr>
"""


def _tensors(entry: LogEntry) -> str:
    if not entry.raw.get("outputs"):
        return entry.output_text()
    return str(
        [
            {kind: {name: tensor[name] for name in ("v", "dim", "data") if name in tensor}}
            for output in entry.raw["outputs"]
            for kind, tensor in output.items()
        ]
    )
