"""The demo prints its four parts, also on a server on which it ran before."""

from __future__ import annotations

import os
import subprocess
import sys

from harness import REPOSITORY


def test_the_demo_runs_twice_on_one_server(server: str) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, str(REPOSITORY / "Examples" / "demo.py")],
            env={**os.environ, "ROOST_URL": server, "PYTHONPATH": str(REPOSITORY / "python" / "src")},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        for shown in (
            "A challenger sees",
            "1000 requests, split 2 : 1",
            "the one bad row",
            "Every inference is in the log",
        ):
            assert shown in done.stdout
