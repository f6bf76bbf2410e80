"""Starts the real server for the tests, and finds the documents and their data."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("ROOST_BINARY") or REPOSITORY / ".build" / "debug" / "roost")
DOCUMENTS = Path(os.environ.get("ROOST_DOCUMENTS") or REPOSITORY.parent / "shared" / "described")
TUTORIALS = Path(os.environ.get("ROOST_TUTORIALS") or DOCUMENTS.parent / "tutorials")

START_LIMIT = 60.0
STOP_LIMIT = 20.0

# The SDK of this repository, not one that happens to be installed.
if (REPOSITORY / "python" / "src" / "roost").is_dir():
    sys.path.insert(0, str(REPOSITORY / "python" / "src"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with an empty data folder, ended when the tests are done."""
    if not BINARY.is_file():
        pytest.skip(f"There is no server at {BINARY}; build it, or set ROOST_BINARY.")
    folder = tmp_path_factory.mktemp("server")
    output, log = folder / "output", folder / "log"
    with output.open("wb") as said, log.open("wb") as logged:
        process = subprocess.Popen(
            [str(BINARY), "serve", "--port", "0", "--data", str(folder / "data")],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=logged,
        )
    try:
        yield announced_url(process, output, log)
    finally:
        stop(process)


def announced_url(process: subprocess.Popen[bytes], output: Path, log: Path) -> str:
    """Waits, for a bounded time, for the line that says where the server listens."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        has_ended = process.poll() is not None
        if found := re.search(r"^Roost listens on (http://\S+)$", output.read_text(), re.MULTILINE):
            return found[1]
        if has_ended:
            break
        time.sleep(0.05)
    tail = output.read_text() + log.read_text(errors="replace")[-4000:]
    pytest.fail(f"The server did not get ready within {START_LIMIT:g} s (exit status {process.poll()}).\n{tail}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server by its process id: asked first, forced if it does not follow."""
    process.terminate()
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        pytest.fail(f"The server did not end within {STOP_LIMIT:g} s of being asked to.")
