"""Shows what a person sees of a command on a terminal: a pseudo-terminal, and a minimal emulator."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
from pathlib import Path
from typing import Any

from command import COMMAND_LIMIT
from harness import BINARY

_TOKEN = re.compile(r"\x1b\[(\d*)([AJK])|(\r)|(\n)|([^\x1b\r\n])")


class Screen:
    """A terminal that wraps long lines and supports the few control codes that the command uses."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self.lines: list[str] = [""]
        self.row = 0
        self.column = 0

    def write(self, text: str) -> None:
        position = 0
        while position < len(text):
            token = _TOKEN.match(text, position)
            assert token, f"an unknown code: {text[position : position + 20]!r}"
            position = token.end()
            number, code, start, down, character = token.groups()
            if code == "A":
                # Do not move past the top of the screen.
                self.row = max(self.row - int(number or 1), len(self.lines) - self.rows, 0)
            elif code == "J":
                self.lines[self.row :] = [self.lines[self.row][: self.column]]
            elif code == "K":
                self.lines[self.row] = self.lines[self.row][: self.column]
            elif start:
                self.column = 0
            elif down:
                self._down()
            else:
                if self.column == self.columns:
                    self.column = 0
                    self._down()
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + character + line[self.column + 1 :]
                self.column += 1

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")


def shown(arguments: list[str], folder: Path, environment: dict[str, str], columns: int, rows: int = 24) -> list[str]:
    """Runs a command on a terminal of this size, and returns all lines, including those that have scrolled away."""
    screen = Screen(columns, rows)
    screen.write(written(arguments, folder, environment, columns, rows))
    return [line.rstrip() for line in screen.lines]


def written(arguments: list[str], folder: Path, environment: dict[str, str], columns: int, rows: int = 24) -> str:
    """Runs a command on a terminal of this size, and returns what it writes."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    standard: dict[str, Any] = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen([str(BINARY), *arguments], cwd=folder, env=environment, **standard) as process:
        os.close(theirs)
        output = b""
        try:
            while select.select([ours], [], [], COMMAND_LIMIT)[0] and (chunk := os.read(ours, 1 << 16)):
                output += chunk
        except OSError:
            pass  # The other end is closed.
        os.close(ours)
        assert process.wait(COMMAND_LIMIT) == 0, output.decode()
    return output.decode()
