"""Finds arithmetic that crashes the process if a number does not fit, and that has not been reviewed; and escapes by characters.

Swift traps on overflow, on converting a floating-point number that is too large or not finite, and on a range that ends before it
starts. Numbers from outside must go through CheckedNumbers.swift or be checked against bounds first. Lines that do so, or whose
numbers come from the server itself, are listed in allowed_traps.txt with the reason.

A quotation mark with a combining mark behind it is another character to Swift, and "\r\n" is one character. What is escaped for
another program is escaped by bytes.

    check_traps.py    prints lines that are not listed, and listed lines that no longer exist; exits with status 1 if there are any
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ALLOWED = Path(__file__).with_name("allowed_traps.txt")

# Signs of a floating-point number in an argument; its type is unknown here.
FLOATING = r"rounded|squareRoot|timeInterval|\bDouble\(|\bFloat\(|\d\.\d|\de\d|\bexp\(|\blog\(|\bpow\(|[fF]raction"
# Initializers that do not trap have a label.
CHECKED = r"exactly:|saturating:|clamping:|truncatingIfNeeded:|bitPattern:|ascii:"

TRAPS = {
    "a floating-point number is converted to an integer": re.compile(
        rf"\bU?Int(8|16|32|64)?\((?!{CHECKED})[^\n]*?(?:{FLOATING})"
    ),
    "the magnitude of the smallest integer does not fit": re.compile(r"(?<![.\w])abs\((?![^()]*\bDouble\b)"),
    "a duration can overflow": re.compile(
        r"(?<!: )\.(?:seconds|milliseconds|microseconds|nanoseconds)\((?![\d_. *+]+\))"
    ),
    "bits are shifted out": re.compile(r"(?<![\w.])(?!\d)[\w.]*[A-Za-z)\]]\w* << "),
    "a product can overflow": re.compile(r"\.reduce\(1, ?\*\)|\.reduce\(1\) ?\{"),
    "a range can end before it starts": re.compile(
        r"(?!UInt8\()(?<![\w.)])(?:[A-Za-z_][\w.]*(?:\[[^\]]*\])?(?:\([^()]*\))?)\.\.\.(?!UInt8|\w+\.max)[A-Za-z_(]"
    ),
}

#: A replacement of a sign that other programs treat specially.
ESCAPE = re.compile(r"""\.replacing\("(?:'|\\"|&|<|>|\\n|\\r|\\\\)",""")


def code(line: str) -> str:
    """Returns a line without its comment and the text of its string literals. What is interpolated is code."""
    kept: list[str] = []
    # The enclosing literals, each with the number of parentheses that are open in its interpolation; -1 for its text.
    literals: list[int] = []
    position = 0
    while position < len(line):
        character, pair = line[position], line[position : position + 2]
        if literals and literals[-1] == -1:
            if pair == r"\(":
                literals[-1] = 0
                kept.append(" ")
            elif character == '"':
                literals.pop()
            position += 2 if character == "\\" else 1
            continue
        if pair == "//":
            break
        if character == '"':
            literals.append(-1)
            kept.append('""')
        elif literals and character == ")" and literals[-1] == 0:
            literals[-1] = -1
        else:
            if literals and character in "()":
                literals[-1] += 1 if character == "(" else -1
            kept.append(character)
        position += 1
    return "".join(kept)


def found() -> Iterator[tuple[str, int, str, str]]:
    """Yields the file name, number and text of each line that may trap, and why."""
    for path in sorted((REPOSITORY / "Sources").rglob("*.swift")):
        if re.search(r"\.(pb|generated)\.swift$", path.name):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for reason, pattern in TRAPS.items():
                if pattern.search(code(line)):
                    yield path.name, number, line.strip(), reason
            if ESCAPE.search(line):
                yield path.name, number, line.strip(), "text is escaped by characters; use replacingBytes(of:with:)"


def allowed() -> set[tuple[str, str]]:
    """Returns the file name and text of each listed line."""
    entries: set[tuple[str, str]] = set()
    has_reason = False
    for line in ALLOWED.read_text().splitlines():
        if line.startswith("#"):
            has_reason = True
        elif not line:
            has_reason = False
        elif not has_reason:
            sys.exit(f"{ALLOWED.name}: no reason is given before: {line}")
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
        print(
            f"Use CheckedNumbers.swift, check the number first, or list the line in {ALLOWED.name} with the reason why it fits."
        )
    for path, text in sorted(known - seen):
        print(f"{ALLOWED.name}: no longer exists: {path}: {text}")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
