"""Runs the `roost` command as a user does."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from harness import BINARY

COMMAND_LIMIT = 20.0


class Command:
    """Runs the command against one server, in a separate folder."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {"ROOST_URL": url}

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BINARY), *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=COMMAND_LIMIT,
            env=self.environment,
            cwd=self.folder,
            check=False,
        )

    def __call__(self, *arguments: str, text: str = "") -> str:
        """Returns the standard output. The command must succeed and print nothing on standard error."""
        done = self.run(*arguments, text=text)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def json(self, *arguments: str, text: str = "") -> Any:
        return json.loads(self(*arguments, "--json", text=text))

    def fails(self, *arguments: str, text: str = "") -> str:
        """Returns the message on standard error. The command must fail and print nothing on standard output."""
        done = self.run(*arguments, text=text)
        assert (done.returncode, done.stdout) == (1, ""), (done.returncode, done.stdout, done.stderr)
        assert done.stderr.startswith("Error: ")
        return done.stderr
