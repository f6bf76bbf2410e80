#!/usr/bin/env python3
"""Finds the phrases of banned_phrases.txt in the project's prose: comments, messages, scripts and documents.

    check_language.py [FOLDER]    prints PATH:LINE: PHRASE for each one in a git work tree (default: this repository);
                                  status 1 if there are any

A phrase is found across a line end too, within a paragraph, a block of comments or a string that is written in pieces.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

BANNED = Path(__file__).with_name("banned_phrases.txt")

# Files without a suffix are scripts, such as ./demo, and the Makefile.
SUFFIXES = {"", ".swift", ".md", ".py", ".ipynb", ".sh", ".yaml", ".service", ".c", ".cpp", ".h"}
# Generated code, and the two files that quote what is not to be said.
SKIPPED = re.compile(r"\.(pb|generated)\.swift$|^docs/language\.md$|^scripts/banned_phrases\.txt$")

# What stands between two words of one phrase: no more than one line end.
GAP = r"(?:[^\S\n]+|[^\S\n]*\n[^\S\n]*)"

# What begins a line of a comment, joins the pieces of a string, or continues one on the next line.
COMMENT = re.compile(r"^[ \t]*(?:/{2,}|#+|\*)", re.MULTILINE)
SEAM = re.compile(r'"[ \t]*\n[ \t]*(?:\+[ \t]*)?[rf]*"|\\(?=\n)')
# Code in Markdown: a phrase does not go on from one of its lines to the next.
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def phrases() -> list[re.Pattern[str]]:
    """Returns the banned phrases. A space in one stands for any gap between two words."""
    lines = [line.strip() for line in BANNED.read_text().splitlines()]
    return [re.compile(line.replace(" ", GAP), re.IGNORECASE) for line in lines if line and not line.startswith("#")]


def files(folder: Path) -> Iterator[Path]:
    """Yields the files that git tracks or would add, relative to the folder."""
    command = ["git", "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in sorted(set(listed.split("\0")) - {""}):
        path = Path(name)
        if path.suffix in SUFFIXES and not SKIPPED.search(name) and (folder / path).is_file():
            yield path


def prose(path: Path, text: str) -> str:
    """Returns the text with blanks in place of what interrupts its sentences, every character still in its place."""
    if path.suffix == ".md":
        if path.name == "CHANGELOG.md":
            # Earlier releases are history.
            text = "".join(re.split(r"(?m)^(?=## )", text)[:2])
        return FENCE.sub(lambda match: match[0].replace("\n", "\0\n"), text)
    return SEAM.sub(blank, COMMENT.sub(blank, text))


def blank(match: re.Match[str]) -> str:
    """Replaces a match with blanks, and keeps one line end, so that phrases can be found across it."""
    return re.sub(r"[^\n]", " ", match[0])


def found(folder: Path) -> Iterator[tuple[Path, int, str]]:
    """Yields the file, the line and the text of each banned phrase."""
    banned = phrases()
    for path in files(folder):
        text = prose(path, (folder / path).read_text())
        for start, phrase in sorted({(match.start(), match[0]) for each in banned for match in each.finditer(text)}):
            yield path, text.count("\n", 0, start) + 1, " ".join(phrase.split())


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BANNED.parents[1]
    status = 0
    for path, line, phrase in found(folder):
        print(f"{path}:{line}: {phrase}")
        status = 1
    if status:
        print("docs/language.md shows what to write instead.")
    return status


if __name__ == "__main__":
    sys.exit(main())
