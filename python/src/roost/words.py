"""Numbers, times and states as the console and the command write them.

There, the target `Words` has them. `test_words.py` of the end-to-end tests compares the three.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

NONE = "–"
_THIN, _FIXED = "\u202f", "\u00a0"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

#: What may stand in a text besides printable characters.
_SPACES = "\n\t" + _THIN + _FIXED


def visible(text: str) -> str:
    """Returns text from outside with escapes for control characters, and for those that change its direction."""
    return "".join(
        character if character.isprintable() or character in _SPACES else repr(character)[1:-1] for character in text
    )


# Numbers


def count(value: int, noun: str = "") -> str:
    """Returns a count with thin spaces between thousands, and with its noun if there is one: 18 204, 1 row, 2 rows."""
    text = f"{value:,}".replace(",", _THIN).replace("-", "−")
    return f"{text} {noun}{'' if value == 1 else 's'}" if noun else text


def measure(value: float | None) -> str:
    """Returns three significant digits: 41.8, 0.002, 1 240, 1.1 × 10¹¹."""
    if value is None:
        return NONE
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "−∞" if value < 0 else "∞"
    if value == 0:
        return "0"
    size, sign = abs(value), "−" if value < 0 else ""
    if not 1e-6 <= size < 1e9:
        return sign + _scientific(size)
    exponent = math.floor(math.log10(size))
    # 0.9996 rounds up to the next power of ten.
    exponent += _rounded(size / 10.0 ** (exponent - 2)) >= 1000
    return sign + (fixed(size, min(8, 2 - exponent)) if exponent < 3 else count(_rounded(size)))


def signed(value: float | None) -> str:
    """Returns a measure that always has a sign."""
    return NONE if value is None else ("+" if value > 0 else "") + measure(value)


def fixed(value: float, decimals: int) -> str:
    """Returns a number with decimals, without a sign if it rounds to zero."""
    if not math.isfinite(value):
        return NONE if math.isnan(value) else "−∞" if value < 0 else "∞"
    if abs(value) >= 1e9:
        return ("−" if value < 0 else "") + _scientific(abs(value))
    is_zero = abs(value) < 0.5 * 10**-decimals
    return ("−" if value < 0 and not is_zero else "") + f"{abs(value):.{decimals}f}"


def percent(share: float | None) -> str:
    """Returns a share of 0 to 1 in percent, with two decimals."""
    return NONE if share is None or not math.isfinite(share) else f"{fixed(share * 100, 2)}{_FIXED}%"


def share(value: float | None) -> str:
    """Returns a share of 0 to 1 in percent, with as many decimals as it needs: 50 %, 0.5 %."""
    if value is None or not math.isfinite(value):
        return NONE
    size = value * 100
    close = 1e-9 * max(1, abs(size))
    decimals = next((places for places in range(3) if abs(size - round(size, places)) < close), 2)
    return f"{fixed(size, decimals)}{_FIXED}%"


def points(difference: float | None) -> str:
    """Returns a difference of rates, in points with its sign."""
    if difference is None or not math.isfinite(difference):
        return NONE
    if difference == 0:
        return "0"
    return ("−" if difference < 0 else "+") + fixed(abs(difference) * 100, 1)


def evidence(value: float | None) -> str:
    """Returns evidence: 0.04, 1.9, 14.3, 131, 2 152, 1.1 × 10¹¹."""
    if value is None or math.isnan(value):
        return NONE
    if value < 0.01:
        return f"<{_FIXED}0.01"
    if value > 1e6:
        return "∞" if math.isinf(value) else _scientific(value)
    return count(_rounded(value)) if value >= 100 else fixed(value, 2 if value < 1 else 1)


def bound(value: float) -> str:
    """Returns the evidence that decides, which is mostly a whole number: 20."""
    if not math.isfinite(value) or value <= 0:
        return NONE
    is_whole = abs(value - round(value)) < value * 1e-9
    return count(round(value)) if is_whole and value < 1e6 else evidence(value)


def probability(value: float | None) -> str:
    """Returns a p-value with two significant digits: 0.043, < 0.0001."""
    if value is None or not math.isfinite(value):
        return NONE
    if value < 0.0001:
        return f"<{_FIXED}0.0001"
    return fixed(value, 2) if value >= 0.1 else f"{value:.2g}"


def chosen(value: float) -> str:
    """Returns a number that people chose, without zeros at its end: 0.05."""
    if not math.isfinite(value):
        return NONE
    return f"{value:.3g}".replace("-", "−") if value == 0 or 0.0001 <= abs(value) < 999.5 else measure(value)


def with_unit(value: str, unit: str) -> str:
    """Returns a value with its unit, with a space that does not break."""
    return value if value == NONE else f"{value}{_FIXED}{unit}"


def _rounded(value: float) -> int:
    # Halves go up, as elsewhere in Roost; Python's `round` takes them to the even number.
    return math.floor(value + 0.5)


def _scientific(value: float) -> str:
    exponent = math.floor(math.log10(value))
    unit = 10.0**exponent
    if unit == 0:
        # Below the smallest normal number.
        return "0"
    mantissa = value / unit
    if mantissa >= 9.95:
        mantissa, exponent = 1.0, exponent + 1
    return f"{mantissa:.1f}{_FIXED}×{_FIXED}{power(exponent)}"


def power(exponent: int) -> str:
    """Returns a power of ten: 10¹¹."""
    return "10" + str(exponent).translate(_RAISED)


# Times


def minute(time: datetime) -> str:
    """Returns a time in UTC to the minute: 2026-11-28 09:00."""
    return f"{time.astimezone(timezone.utc):%Y-%m-%d %H:%M}"


def second(time: datetime) -> str:
    """Returns a time in UTC to the second: 2026-11-28 09:00:12."""
    return f"{time.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S}"


def title(time: datetime) -> str:
    """Returns a time as `2026-11-28 09:00 UTC`, with seconds if it is not a whole minute."""
    return f"{second(time).removesuffix(':00')} UTC"


def long(length: timedelta | float) -> str:
    """Returns a length of time, with two units from a minute on: 5 d 3 h."""
    seconds = max(length.total_seconds() if isinstance(length, timedelta) else length, 0.0)
    whole = int(seconds)
    for size, unit, smaller, small in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size}{_FIXED}{unit} {whole % size // smaller}{_FIXED}{small}"
    return f"{fixed(seconds, 1) if seconds < 10 else whole}{_FIXED}s"


def short(length: timedelta | float) -> str:
    """Returns a length of time with one unit: 47 min."""
    whole = int(max(length.total_seconds() if isinstance(length, timedelta) else length, 0.0))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if whole >= size:
            return f"{whole // size}{_FIXED}{unit}"
    return f"{whole}{_FIXED}s"


def span(text: str) -> str:
    """Returns a length of time that people chose, in the largest unit in which it is whole: 14 d for `2w`."""
    if not re.fullmatch(r"[0-9]{1,18}[smhdw]", text):
        return text
    seconds = int(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}[text[-1]]
    units = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    size, unit = next((size, unit) for size, unit in units if size == 1 or (seconds and seconds % size == 0))
    return f"{count(seconds // size)}{_FIXED}{unit}"


# States


@dataclass(frozen=True)
class Status:
    """A state in a word, with the kind that its shape shows: ok, busy, warn, bad, off or unknown."""

    kind: str
    word: str

    @property
    def mark(self) -> str:
        """The shape as a character, for text."""
        return _MARKS[self.kind]

    def __str__(self) -> str:
        return f"{self.mark} {self.word}"


_MARKS = {"ok": "●", "busy": "◐", "warn": "▲", "bad": "◆", "off": "○", "unknown": "◌"}

_NOT_ENOUGH = Status("unknown", "Not enough data")

_VERDICTS = {
    "better": Status("ok", "Better"),
    "worse": Status("bad", "Worse"),
    "no_difference": Status("off", "No difference"),
    "not_enough_data": _NOT_ENOUGH,
    "invalid": Status("bad", "Invalid"),
}

_LEVELS = {
    "ok": Status("ok", "OK"),
    "warning": Status("warn", "Warning"),
    "alert": Status("bad", "Alert"),
    "not_enough_data": _NOT_ENOUGH,
    "baseline_run": Status("off", "Baseline"),
}

_RELEASES = {
    "running": Status("busy", "Running"),
    "paused": Status("warn", "Paused"),
    "promoted": Status("ok", "Promoted"),
    "rolled_back": Status("bad", "Rolled back"),
    "aborted": Status("off", "Aborted"),
    "failed": Status("bad", "Failed"),
}

_RUNS = {
    "pending": Status("unknown", "Waiting"),
    "running": Status("busy", "Running"),
    "passed": Status("ok", "Passed"),
    "failed": Status("bad", "Failed"),
    "error": Status("warn", "Could not be run"),
}

_LOOPS = {
    "running": Status("busy", "Running"),
    "aborting": Status("busy", "Aborting"),
    "finished": Status("ok", "Finished"),
    "succeeded": Status("ok", "Done"),
    "failed": Status("bad", "Failed"),
    "aborted": Status("off", "Aborted"),
}


def verdict_status(name: str) -> Status:
    """Returns the state that a verdict is."""
    return _known(_VERDICTS, name)


def level_status(name: str) -> Status:
    """Returns the state that an assay says of a window."""
    return _known(_LEVELS, name)


def assay_status(level: str, *, is_paused: bool) -> Status:
    """Returns the state of an assay: paused, or what enough of its last windows said."""
    status = level_status(level)
    if not is_paused:
        return status
    # A pause hides neither an alert nor a warning.
    return Status(status.kind, f"{status.word}, paused") if level in ("alert", "warning") else Status("off", "Paused")


def release_status(name: str) -> Status:
    """Returns the state of a release."""
    return _known(_RELEASES, name)


def run_status(name: str) -> Status:
    """Returns the outcome of a suite's run."""
    return _known(_RUNS, name)


def suite_status(run: Mapping[str, Any] | None) -> Status:
    """Returns the state of a suite by its newest run."""
    if run is None:
        return Status("unknown", "Not run")
    if run["outcome"] != "failed":
        return run_status(run["outcome"])
    # In a list, a run has numbers instead of its cases.
    failed = sum(not each["passed"] for each in run["cases"])
    counts = run.get("counts") or {"cases": len(run["cases"]), "failed": failed}
    return Status("bad", f"{counts['failed']} of {counts['cases']} failed")


def loop_status(name: str) -> Status:
    """Returns the state of a loop's run, or of one of its steps."""
    return _known(_LOOPS, name)


def _known(states: Mapping[str, Status], name: str) -> Status:
    # A newer server may have states that this SDK does not know.
    return states.get(name) or Status("off", name.replace("_", " ").capitalize())
