"""`roost doctor` finds what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command import Command
from harness import Server


class Doctor:
    """Runs the doctor on a data folder, without a server's address."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.command = Command("", folder)
        del self.command.environment["ROOST_URL"]
        self.command.environment["ROOST_PYTHON"] = "python3"
        self.data = data

    def __call__(self, *options: str, status: int = 0) -> dict[str, Any]:
        """Returns the findings by their names."""
        done = self.command.run("doctor", "--json", "--data", str(self.data), "--port", "0", *options)
        assert done.returncode == status, done.stdout + done.stderr
        return {each["name"]: each for each in json.loads(done.stdout)["checks"]}


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    # SQLite changes the file that its readers share even when it only reads.
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "roost.sqlite-shm")
    return {path: (path.read_bytes(), path.stat().st_mode) for path in files}


@pytest.fixture
def stopped(start_server: Callable[..., Server]) -> Server:
    """A server that has stopped, with data."""
    server = start_server()
    server.api.upload("fraud", "fraud-dense.onnx")
    server.api.serve("fraud", ["fraud"])
    assert server.stop() == 0
    return server


def test_a_healthy_folder_is_left_as_it_is(stopped: Server, tmp_path: Path) -> None:
    doctor = Doctor(tmp_path, stopped.data)
    before = contents(stopped.data)
    findings = doctor("--deep")
    assert contents(stopped.data) == before
    assert {each["status"] for each in findings.values()} <= {"ok", "warning"}, findings
    assert findings["lock"]["message"] == "no server uses the folder"
    assert findings["stored files"]["message"] == "complete and undamaged"
    assert findings["runtime onnx"]["status"] == "ok"
    assert "python" in findings

    stopped.start()
    findings = doctor("--deep")
    assert str(stopped.pid) in findings["lock"]["message"]
    assert findings["catalog"]["status"] == findings["stored files"]["status"] == "ok"
    findings = doctor("--url", stopped.url)
    assert findings["server"]["status"] == "ok"
    stopped.kill()
    assert doctor()["catalog"]["status"] == "ok", "after a crash"


def test_people_read_lines(stopped: Server, tmp_path: Path) -> None:
    doctor = Doctor(tmp_path, stopped.data)
    stopped.data.chmod(0o755)
    printed = doctor.command.run("doctor", "--data", str(stopped.data), "--port", "0").stdout
    assert "warning  permissions: everybody can read the data folder (mode 755)\n         → The next start" in printed
    assert "ok       catalog: " in printed


def test_a_new_machine_has_no_folder_yet(tmp_path: Path) -> None:
    doctor = Doctor(tmp_path, tmp_path / "none")
    assert "does not exist yet" in doctor()["data folder"]["message"]
    assert not doctor.data.exists()
    doctor.data.write_text("")
    assert doctor(status=1)["data folder"]["message"].endswith("is not a folder")


def test_damage_is_found(stopped: Server, tmp_path: Path) -> None:
    doctor = Doctor(tmp_path, stopped.data)
    artifact = next(path for path in (stopped.data / "objects" / "sha256").rglob("*") if path.is_file())
    content = artifact.read_bytes()
    artifact.write_bytes(content[:-1] + b"?")
    assert "stored files" not in doctor()
    assert artifact.name in doctor("--deep", status=1)["stored files"]["message"]
    artifact.unlink()
    assert artifact.name in doctor("--deep", status=1)["stored files"]["message"]
    artifact.write_bytes(content)

    catalog = stopped.data / "roost.sqlite"
    with closing(sqlite3.connect(catalog)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    good = catalog.read_bytes()
    with closing(sqlite3.connect(catalog)) as database, database:
        database.execute("INSERT INTO grdb_migrations VALUES ('999: of the future')")
    assert "newer release" in doctor(status=1)["catalog"]["message"]
    catalog.write_bytes(good[:8192] + b"?" * (len(good) - 8192))
    assert doctor(status=1)["catalog"]["status"] == "problem"
    catalog.write_bytes(b"nothing of this kind" * 1000)
    assert doctor(status=1)["catalog"]["advice"]
    catalog.write_bytes(good)
    os.utime(catalog, (time.time() + 3600, time.time() + 3600))
    assert doctor()["time of the data"]["status"] == "warning"


def test_servers_and_ports_are_checked(stopped: Server, tmp_path: Path) -> None:
    doctor = Doctor(tmp_path, stopped.data)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert "another program uses port" in doctor("--port", str(port), status=1)["port"]["message"]
    assert doctor("--url", "http://127.0.0.1:1", status=1)["server"]["status"] == "problem"
    assert doctor("--url", "nonsense", status=1)["server"]["status"] == "problem"


def test_programs_are_loaded_in_a_child_process(stopped: Server, tmp_path: Path) -> None:
    doctor = Doctor(tmp_path, stopped.data)
    folder = tmp_path / "runtimes"
    doctor.command.environment["ROOST_RUNTIMES"] = str(folder)
    doctor.command.environment["HOME"] = str(tmp_path)
    doctor.command.environment.pop("ROOST_DATA", None)
    assert doctor()["runtimes"]["status"] == "warning"
    library = folder / "xgboost-1.0" / "xgboost" / "lib" / "libxgboost.so"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"not a library")
    assert "cannot be loaded" in doctor(status=1)["runtime xgboost"]["message"]
    shutil.rmtree(folder)
    assert "cannot be run" in doctor("--python", "no-such-python")["python"]["message"]
