"""Runs programs that use SageMaker's SDKs, each in the environment of its SDK."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from harness import BINARY, REPOSITORY, Server

PROGRAMS = Path(__file__).parents[1] / "documents" / "sagemaker_document"

LIMIT = 600.0
# The SDKs poll every 5 to 60 seconds, by pauses and by the clock. Their pauses are short, because the results are there sooner, and
# their clock goes on as if they were not.
SHORT_PAUSES = """
import time
_time, _sleep, _skipped = time.time, time.sleep, [0.0]
def _short(seconds):
    pause = 2 if seconds >= 60 else min(seconds, 0.5)
    _skipped[0] += seconds - pause
    _sleep(pause)
time.sleep = _short
time.time = lambda: _time() + _skipped[0]
"""
LAUNCHER = (
    SHORT_PAUSES
    + """
import runpy, sys
sys.path.insert(0, {programs!r})
runpy.run_path(sys.argv[1], run_name="__main__")
"""
)


def environment(server: Server) -> dict[str, str]:
    """Returns the environment of a shell without AWS settings after `eval "$(roost aws env)"`."""
    own = {
        name: value for name, value in os.environ.items() if not name.startswith("AWS_") and "PROXY" not in name.upper()
    }
    own["PATH"] = f"{BINARY.parent}:{REPOSITORY / '.venv' / 'bin'}:{own['PATH']}"
    own["HOME"] = str(server.data)
    own["ROOST_URL"] = server.url
    command = 'set -e; settings=$(roost aws env); eval "$settings"; env -0'
    shell = subprocess.run(["bash", "-c", command], env=own, check=True, capture_output=True, timeout=60)
    pairs = [line.split("=", 1) for line in shell.stdout.decode().split("\0") if "=" in line]
    return {name: value for name, value in pairs}


def run(server: Server, folder: Path, *command: str) -> str:
    """Runs a command that uses the server, and returns its output."""
    process = subprocess.run(
        command, cwd=folder, env=environment(server), capture_output=True, text=True, timeout=LIMIT
    )
    assert process.returncode == 0, f"{process.stdout[-3000:]}\n{process.stderr[-6000:]}"
    return process.stdout


def run_program(server: Server, folder: Path, python: Path, program: str) -> Any:
    """Runs one of the programs in `folder`, and returns its results."""
    folder.mkdir(exist_ok=True)
    if not python.is_file():
        pytest.skip(f"{python} does not exist. Make it with scripts/venv.sh.")
    launcher = folder / "launch.py"
    launcher.write_text(LAUNCHER.format(programs=str(PROGRAMS.parent)))
    run(server, folder, str(python), str(launcher), str(PROGRAMS / program))
    return json.loads((folder / "results.json").read_text())
