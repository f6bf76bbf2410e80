"""The example that closes the loop, also while the server is killed again and again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO

import pytest
from harness import REPOSITORY, Server, free_port
from released import ok

LIMIT = 420.0


def read(stream: IO[str], lines: list[str]) -> None:
    lines.extend(stream)


@pytest.mark.parametrize("kills", [0, 10])
def test_the_loop_closes_without_a_failed_request(start_server: Callable[..., Server], kills: int) -> None:
    server = start_server("--port", str(free_port()))
    environment = os.environ | {"ROOST_URL": server.url, "PYTHONPATH": str(REPOSITORY / "python" / "src")}
    script = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "Examples" / "closing_the_loop.py")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert script.stdout is not None
    lines: list[str] = []
    reader = threading.Thread(target=read, args=(script.stdout, lines), daemon=True)
    reader.start()
    try:
        begun = time.monotonic()
        while not any("is waiting" in line for line in lines):
            assert script.poll() is None, "".join(lines)
            assert time.monotonic() - begun < 120, "".join(lines)
            time.sleep(0.1)
        for kill in range(kills):
            # At different places of the steps.
            time.sleep(1.5 + 0.37 * kill)
            server.kill()
            server.start()
        assert script.wait(LIMIT) == 0, "".join(lines)
    finally:
        script.kill()
        reader.join(10)
    text = "".join(lines)
    for step in ("build", "train", "test", "release", "tell"):
        assert re.search(rf"^{step}: succeeded", text, re.MULTILINE), text
    counts = re.search(r"^(\d+) requests, 0 failures$", text, re.MULTILINE)
    assert counts, text
    assert int(counts[1]) > 300, text
    releases = ok(server.api.get("/v1/releases"))["releases"]
    assert [release["state"] for release in releases] == ["promoted"], releases
    assert [step["kind"] for step in releases[0]["steps"]] == ["replay", "shadow", "canary", "canary"]
    assert releases[0]["level"]["position"] == 1
    jobs = ok(server.api.get("/v1/training-jobs"))["jobs"]
    assert len(jobs) == 2
