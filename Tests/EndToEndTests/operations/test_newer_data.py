"""A data folder that a newer release has used is refused in words, and left as it is."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from harness import BINARY, Server

MIGRATION = "999: something of the future"
MESSAGE = (
    "Error: The data folder was last used by a newer release of Roost and cannot be opened by this one (its catalog has "
    f"the unknown migration '{MIGRATION}'). Use the newer release.\n"
)


def contents(folder: Path) -> dict[Path, bytes]:
    # Each start writes the number of its process into the lock.
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


def test_a_newer_releases_folder_is_refused(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api = server.api
    api.upload("fraud", "fraud-dense.onnx")
    api.serve("fraud", ["fraud"])
    assert server.stop() == 0
    with closing(sqlite3.connect(server.data / "roost.sqlite")) as database, database:
        database.execute("INSERT INTO grdb_migrations VALUES (?)", [MIGRATION])
    # What only an opened folder may clean up.
    for leftover in ("scratch/left", "objects/incoming/left", "objects/incoming-blobs/left"):
        (server.data / leftover).write_bytes(b"left")
    before = contents(server.data)

    for command in (["serve", "--port", "0"], ["aws", "keys", "list"]):
        result = subprocess.run(
            [str(BINARY), *command, "--data", str(server.data)], capture_output=True, text=True, timeout=60
        )
        assert (result.returncode, result.stdout, result.stderr) == (1, "", MESSAGE)
        assert contents(server.data) == before

    with closing(sqlite3.connect(server.data / "roost.sqlite")) as database, database:
        database.execute("DELETE FROM grdb_migrations WHERE identifier = ?", [MIGRATION])
    server.start()
    assert server.api.settled("fraud")["state"] == "Running"
