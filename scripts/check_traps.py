"""Finds arithmetic that ends the process where a number does not fit, and that nobody has looked at.

Swift traps on overflow, on the conversion of a floating-point number that is too large or none, and on a range whose end comes
before its beginning. Numbers from outside go through CheckedNumbers.swift instead, or are held against
bounds first. A place where that is so, or where the number is our own, is listed in allowed_traps.txt with the reason.

    check_traps.py    tells the places that are not listed, and what is listed and not there any more; status 1 if there are any
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ALLOWED = Path(__file__).with_name("allowed_traps.txt")

# What tells a floating-point number in an argument: there are no types here.
FLOATING = r"rounded|squareRoot|timeInterval|\bDouble\(|\bFloat\(|\d\.\d|\de\d|\bexp\(|\blog\(|\bpow\(|[fF]raction"
# Initializers that do not trap carry a label.
CHECKED = r"exactly:|saturating:|clamping:|truncatingIfNeeded:|bitPattern:|ascii:"

TRAPS = {
    "a floating-point number becomes a whole one": re.compile(
        rf"\bU?Int(8|16|32|64)?\((?!{CHECKED})[^\n]*?(?:{FLOATING})"
    ),
    "the magnitude of the least number does not fit": re.compile(r"(?<![.\w])abs\((?![^()]*\bDouble\b)"),
    "a duration has an end": re.compile(
        r"(?<!: )\.(?:seconds|milliseconds|microseconds|nanoseconds)\((?![\d_. *+]+\))"
    ),
    "bits are shifted out": re.compile(r"(?<![\w.])(?!\d)[\w.]*[A-Za-z)\]]\w* << "),
    "a product does not fit": re.compile(r"\.reduce\(1, ?\*\)|\.reduce\(1\) ?\{"),
    "a range begins after its end": re.compile(
        r"(?!UInt8\()(?<![\w.)])(?:[A-Za-z_][\w.]*(?:\[[^\]]*\])?(?:\([^()]*\))?)\.\.\.(?!UInt8|\w+\.max)[A-Za-z_(]"
    ),
}


def code(line: str) -> str:
    """A line without its comment, and without what is in quotes."""
    line = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)
    return re.sub(r"//.*", "", line)


def found() -> Iterator[tuple[str, int, str, str]]:
    """File, number and text of each line that may trap, and why."""
    for path in sorted((REPOSITORY / "Sources").rglob("*.swift")):
        if re.search(r"\.(pb|generated)\.swift$", path.name):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for reason, pattern in TRAPS.items():
                if pattern.search(code(line)):
                    yield path.name, number, line.strip(), reason


def allowed() -> set[tuple[str, str]]:
    """File and text of the lines that are listed."""
    entries: set[tuple[str, str]] = set()
    has_reason = False
    for line in ALLOWED.read_text().splitlines():
        if line.startswith("#"):
            has_reason = True
        elif not line:
            has_reason = False
        elif not has_reason:
            sys.exit(f"{ALLOWED.name}: no reason stands before: {line}")
        else:
            path, _, text = line.partition(": ")
            entries.add((path, text))
    return entries


def main() -> int:
    known = allowed()
    seen: set[tuple[str, str]] = set()
    status = 0
    for path, number, text, reason in found():
        seen.add((path, text))
        if (path, text) not in known:
            print(f"{path}:{number}: {reason}: {text}")
            status = 1
    if status:
        print(f"Use what CheckedNumbers.swift has, check the number first, or say in {ALLOWED.name} why it fits.")
    for path, text in sorted(known - seen):
        print(f"{ALLOWED.name}: not there any more: {path}: {text}")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
