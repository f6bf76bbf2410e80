"""The lines for curl, Python and the command at the foot of the console's pages."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path

from harness import BINARY, REPOSITORY

KINDS = ("curl", "python", "roost")


def environment(server: str, folder: Path) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    path = f"{folder}:{os.environ['PATH']}"
    sdk = str(REPOSITORY / "python" / "src")
    return os.environ | keys | {"ROOST_URL": server, "PATH": path, "PYTHONPATH": sdk}


def run(kind: str, line: str, server: str, folder: Path) -> str:
    """Runs a line as it was copied, and returns what it prints."""
    if not (folder / "roost").exists():
        (folder / "roost").symlink_to(BINARY)
    program = f"import boto3, os, roost; client = roost.Client(os.environ['ROOST_URL']); {line}"
    # An error of the server is one of the line.
    shell = ["bash", "-c", line.replace("curl -s", "curl -sSf")]
    command = [sys.executable, "-c", program] if kind == "python" else shell
    done = subprocess.run(command, env=environment(server, folder), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{line}\n{done.stderr[-400:]}"
    return done.stdout


def lines_of(text: str, kind: str) -> list[str]:
    return [html.unescape(line) for line in re.findall(rf'<pre class="{kind}"><code>(.*?)</code>', text, re.DOTALL)]
