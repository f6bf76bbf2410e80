"""docs/reference/command.md has the help of every command, as the command prints it."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from conftest import REPOSITORY
from harness import BINARY

PAGE = REPOSITORY / "docs" / "reference" / "command.md"

_SECTION = re.compile(r"^##+ (roost[^\n]*)\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SUBCOMMAND = re.compile(r"^  (\w+)(?: \(default\))?  +\S", re.MULTILINE)


def help_of(command: str) -> str:
    """Returns the output of `roost help …`, without the two options that every command has."""
    arguments = command.split()[1:]
    printed = subprocess.run(
        [str(BINARY), "help", *arguments],
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = printed.splitlines()
    kept = [line.rstrip() for line in lines if not re.match(r"  (--version +Show the version|-h, --help ) *", line)]
    text = re.sub(r"OPTIONS:\n(?=\n|$)", "", "\n".join(kept))
    text = re.sub(r"\n+  See 'roost help .*", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def commands(command: str = "roost") -> list[str]:
    """Returns a command and all its subcommands, in the order of the help."""
    _, _, listed = help_of(command).partition("SUBCOMMANDS:\n")
    below = [commands(f"{command} {name}") for name in _SUBCOMMAND.findall(listed)]
    return [command, *(each for group in below for each in group)]


@pytest.mark.skipif(
    not BINARY.is_file(), reason=f"There is no server binary at {BINARY}. Build it, or set ROOST_BINARY."
)
def test_the_page_has_the_help_of_every_command() -> None:
    sections = dict(_SECTION.findall(PAGE.read_text()))
    assert list(sections) == commands()
    for command, shown in sections.items():
        assert shown == help_of(command)
