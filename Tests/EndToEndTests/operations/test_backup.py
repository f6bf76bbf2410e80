"""`roost backup` and `roost restore`: what comes back, from running servers, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from aws import client, csv, regression
from command import Command
from harness import BINARY, DATA, Server, answered, until
from own_algorithms import MEAN, Account, add, algorithm, serve

IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/{}:latest"
# Writes a line, and then waits.
WAITS = """#!/usr/bin/env python3
import time
print("waiting", flush=True)
time.sleep(600)
"""
ROWS = json.loads((DATA / "fraud.json").read_text())


def members(path: Path) -> dict[str, bytes]:
    """Returns the files of a backup, in its order."""
    with tarfile.open(path) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]


def packed(files: list[tuple[str, bytes]], path: Path) -> Path:
    """Writes an archive with these entries. It gets valid checksums unless it has some."""
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files)
    if files and files[-1][0] != "SHA256SUMS":
        files = [*files, ("SHA256SUMS", sums.encode())]
    with tarfile.open(path, "w") as archive:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def leftovers(folder: Path) -> list[str]:
    """Returns what backups and restores leave if they are not complete."""
    return [str(path) for path in folder.rglob("*") if path.name.endswith((".restore", ".partial", "backup"))]


def prepare(server: Server) -> None:
    """Fills a server with something of each kind."""
    api = server.api
    dense, trees = api.upload("dense", "fraud-dense.onnx"), api.upload("trees", "fraud-trees.onnx")
    split = {
        "random_split": {
            "hash_key": "session",
            "models": [{"model": model["model"], "weight": 1} for model in (dense, trees)],
        }
    }
    api.serve("fraud", [split])
    api.serve("plain", ["dense"], [("certain", "dense.outputs[0][0] < 2")])
    code = "def handler(event, context):\n    return {'twice': event['x'] * 2}\n"
    answered(api.put("/v1/functions/twice", json={"source": code, "runtime": "python3.12"}), 200, 201)
    s3 = client("s3", server.url)
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="rows/a.csv", Body=csv(regression(200, 1)))
    subprocess.run([str(BINARY), "aws", "keys", "make", "--data", str(server.data)], check=True, capture_output=True)


def prepare_jobs(server: Server, folder: Path) -> None:
    """Runs a job, deploys its model as an endpoint, and starts a job that does not end."""
    account = Account(server.url)
    account.put("data/train/a.csv", "1,2\n3,4\n")
    add(server.url, "mean", MEAN)
    account.train("done", IMAGE.format("mean"), {"trim": "0"}, {"train": "data/train/"})
    model = account.ended("done")["ModelArtifacts"]["S3ModelArtifacts"]
    serve(account, "mean", IMAGE.format("mean"), model)
    add(server.url, "waits", algorithm(folder / "waits", WAITS))
    account.train("running", IMAGE.format("waits"), {}, {"train": "data/train/"})
    until(lambda: account.log("running"), "the job runs")


def check_jobs(server: Server) -> None:
    """Checks that a restored server has what ``prepare_jobs`` has made, and that the job runs again."""
    account = Account(server.url)
    assert account.describe("done")["TrainingJobStatus"] == "Completed"
    assert account.log("done") == ["rows=2; train:rmse=1.000000"]
    answer = account.runtime.invoke_endpoint(EndpointName="mean", ContentType="text/csv", Body=b"1\n")
    assert answer["Body"].read() == b"2.0\n"
    account.is_in("running", "Training")
    account.sagemaker.stop_training_job(TrainingJobName="running")
    account.ended("running")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command("http://127.0.0.1:9", tmp_path)


def test_a_running_server_is_restored_as_it_was(
    start_server: Callable[..., Server], command: Command, tmp_path: Path
) -> None:
    server = start_server()
    prepare(server)
    prepare_jobs(server, tmp_path)
    api = server.api
    before = api.infer("plain", ROWS)
    api.infer("fraud", ROWS)
    until(lambda: api.logs("fraud"), "the inference is logged")
    end = threading.Event()
    written: list[str] = []

    def infer() -> None:
        mine = server.api
        while not end.is_set():
            mine.infer("fraud", ROWS)

    def change() -> None:
        """Creates, replaces and removes objects and artifacts all the time."""
        mine, s3 = server.api, client("s3", server.url)
        for number in range(10_000):
            if end.is_set():
                return
            s3.put_object(Bucket="kept", Key="changing", Body=os.urandom(2000))
            s3.put_object(Bucket="kept", Key=f"new/{number}", Body=str(number).encode())
            s3.delete_object(Bucket="kept", Key=f"new/{number - 2}")
            written.append(
                mine.upload(f"more-{number}", "fraud-dense.onnx" if number % 2 else "fraud-trees.onnx")["id"]
            )

    threads = [threading.Thread(target=work) for work in (infer, infer, change)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(written) > 1, "something is written")
        known = list(written)
        done = [command.json("backup", f"{number}.tar", "--data", str(server.data)) for number in range(4)]
    finally:
        end.set()
        for thread in threads:
            thread.join()
    counted = len(api.logs("fraud", limit=10_000))
    assert [each["release"] for each in done] == [api.status()["version"]] * 4
    assert stat.S_IMODE((tmp_path / "0.tar").stat().st_mode) == 0o600
    assert leftovers(tmp_path) == []

    for number in range(4):
        target = tmp_path / f"restored-{number}" / "data"
        target.parent.mkdir()
        assert "Restored" in command("restore", f"{number}.tar", "--data", str(target))
        restored = Server(target.parent)
        restored.start()
        try:
            mine = restored.api
            assert [mine.settled(name)["state"] for name in ("fraud", "plain")] == ["Running"] * 2
            assert mine.infer("plain", ROWS)["outputs"] == before["outputs"]
            entries = mine.logs("fraud", limit=10_000)
            assert 1 < len(entries) <= counted + 1
            versions = {
                version["id"]
                for model in answered(mine.get("/v1/models"), 200)["models"]
                for version in model["versions"]
            }
            assert set(known) <= versions
            s3 = client("s3", restored.url)
            for item in s3.list_objects_v2(Bucket="kept")["Contents"]:
                body = s3.get_object(Bucket="kept", Key=item["Key"])["Body"].read()
                assert f'"{hashlib.md5(body).hexdigest()}"' == item["ETag"]
            for model in answered(mine.get("/v1/models"), 200)["models"]:
                version = model["versions"][0]
                content = mine.get(f"/v1/models/{model['name']}/versions/{version['id']}/artifact").content
                assert hashlib.sha256(content).hexdigest() == version["sha256"]
            newest = [answered(each.get("/v1/pipelines/fraud"), 200)["version"] for each in (mine, api)]
            assert newest[0] == newest[1]
            assert newest[0]["experiment"]["id"]
            assert answered(mine.get("/v1/functions"), 200) == answered(api.get("/v1/functions"), 200)
            listed = subprocess.run(
                [str(BINARY), "aws", "keys", "list", "--data", str(target)], check=True, capture_output=True, text=True
            )
            assert "AKIA" in listed.stdout
            check_jobs(restored)
        finally:
            restored.kill()


def test_a_backup_can_be_piped_and_read_by_other_tools(
    start_server: Callable[..., Server], command: Command, tmp_path: Path
) -> None:
    server = start_server()
    prepare(server)
    data = ["--data", str(server.data)]
    piped = subprocess.run([str(BINARY), "backup", "-", *data], capture_output=True, check=True)
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(piped.stdout, 1))
    assert command("backup", "verify", "a.tar.gz").startswith("Complete: ")
    whole = command.json("backup", "verify", "a.tar.gz")
    (tmp_path / "plain").mkdir()
    subprocess.run(["tar", "-xzf", str(tmp_path / "a.tar.gz"), "-C", str(tmp_path / "plain")], check=True)
    checked = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path / "plain", capture_output=True)
    assert checked.returncode == 0, checked.stdout
    assert len(checked.stdout.splitlines()) == whole["files"] + 1
    with (tmp_path / "a.tar.gz").open("rb") as content:
        subprocess.run([str(BINARY), "restore", "-", "--data", str(tmp_path / "again")], stdin=content, check=True)
    assert (tmp_path / "again" / "roost.sqlite").is_file()
    assert stat.S_IMODE((tmp_path / "again").stat().st_mode) == 0o700
    for left_out in ("lock", "runtimes", "jobs", "scratch", "start"):
        assert not (tmp_path / "again" / left_out).exists()


def test_a_stopped_server_and_a_killed_one_can_be_backed_up(
    start_server: Callable[..., Server], command: Command, tmp_path: Path
) -> None:
    server = start_server()
    prepare(server)
    server.kill()
    command("backup", "killed.tar", "--data", str(server.data))
    server.start()
    assert server.stop() == 0
    command("backup", "stopped.tar", "--data", str(server.data))
    names = [set(members(tmp_path / name)) for name in ("killed.tar", "stopped.tar")]
    # The last minute of the time series is written when the server stops.
    points = {name for name in names[1] if name.startswith("series/")}
    assert names[0] | points == names[1]


def test_a_killed_backup_leaves_nothing_that_stays(
    start_server: Callable[..., Server], command: Command, tmp_path: Path
) -> None:
    server = start_server()
    prepare(server)
    client("s3", server.url).put_object(Bucket="kept", Key="large", Body=os.urandom(64 << 20))
    data = ["--data", str(server.data)]
    # Nobody reads the pipe, so the backup is in the middle when it is killed.
    process = subprocess.Popen([str(BINARY), "backup", "-", *data], stdout=subprocess.PIPE)
    staging = server.data / "backup" / "work" / "objects" / "blobs"
    until(staging.is_dir, "the backup has begun")
    assert process.stdout is not None
    process.stdout.read(1 << 20)
    assert "Another backup is in progress" in command.fails("backup", "b.tar", *data)
    server.kill()
    server.start()
    assert staging.is_dir(), "a backup survives a restart of the server"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert staging.is_dir()
    server.kill()
    server.start()
    assert not (server.data / "backup").exists()
    command("backup", "b.tar", *data)
    assert not (server.data / "backup").exists()


def test_what_cannot_be_backed_up(start_server: Callable[..., Server], command: Command, tmp_path: Path) -> None:
    server = start_server()
    prepare(server)
    data = ["--data", str(server.data)]
    assert "must not be in the data folder" in command.fails("backup", str(server.data / "logs" / "b.tar"), *data)
    assert "There is no data in the folder" in command.fails("backup", "b.tar", "--data", str(tmp_path / "nowhere"))
    assert "cannot be written" in command.fails("backup", "nowhere/b.tar", *data)
    assert not list(tmp_path.rglob("b.tar*"))
    with open("/dev/full", "wb") as full:
        done = subprocess.run([str(BINARY), "backup", "-", *data], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "Error: The backup cannot be written: the disk is full.\n")
    piped = subprocess.run(
        f"'{BINARY}' backup - --data '{server.data}' | head -c 1000", shell=True, capture_output=True
    )
    assert b"cannot be written: Broken pipe" in piped.stderr
    assert leftovers(server.data) == []
    # Lost files are named, and the rest is saved.
    lost = next(path for path in (server.data / "objects" / "sha256").rglob("*") if path.is_file())
    lost.unlink()
    done = command.run("backup", "b.tar", *data)
    assert done.returncode == 0
    assert done.stderr == f"Warning: '{lost.relative_to(server.data)}' is missing in the data folder.\n"


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a good backup."""
    folder = tmp_path_factory.mktemp("backup")
    server = Server(folder)
    server.start()
    try:
        server.api.upload("dense", "fraud-dense.onnx")
        Command(server.url, folder)("backup", "good.tar", "--data", str(server.data))
    finally:
        server.kill()
    return members(folder / "good.tar")


def refused(command: Command, archive: Path) -> str:
    """Returns the error of a restore, which must leave nothing."""
    target = command.folder / "target"
    message = command.fails("restore", str(archive), "--data", str(target))
    assert command.fails("backup", "verify", str(archive)) == message
    assert not target.exists()
    assert leftovers(command.folder) == []
    return message


def test_damaged_backups_are_refused(backup: dict[str, bytes], command: Command, tmp_path: Path) -> None:
    files = list(backup.items())
    path = tmp_path / "x.tar"
    whole = packed(files, path).read_bytes()
    assert "Complete" in command("backup", "verify", str(path))
    for part in (0, 100, 512, 5000, len(whole) // 2, len(whole) - 10240 * 2):
        path.write_bytes(whole[:part])
        refused(command, path)
    for name in ("roost.sqlite", "log-secret"):
        changed = [(each, data[:-1] + b"?" if each == name else data) for each, data in files]
        assert f"'{name}' is damaged" in refused(command, packed(changed, path))
    without = [(each, data) for each, data in files if each != "log-secret"]
    assert "is damaged" in refused(command, packed(without, path))
    broken = dict(backup)
    broken["roost.sqlite"] = b"SQLite format 3\0" + b"x" * 4096
    target = tmp_path / "target"
    message = command.fails("restore", str(packed(list(broken.items())[:-1], path)), "--data", str(target))
    assert "'roost.sqlite' cannot be read" in message
    assert not target.exists()


def test_hostile_backups_are_refused(backup: dict[str, bytes], command: Command, tmp_path: Path) -> None:
    files = list(backup.items())[:-1]
    path = tmp_path / "x.tar"
    newer = json.loads(backup["backup.json"]) | {"format": 2}
    assert "only a newer release can read" in refused(
        command, packed([("backup.json", json.dumps(newer).encode()), *files[1:]], path)
    )
    for header in (b"", b"[]", b'{"format":1}', b'{"format":1e400}', b'{"format":"1"}', b"x" * 100_000):
        refused(command, packed([("backup.json", header), *files[1:]], path))
    for name in (
        "../x",
        "/tmp/x",
        "a/../../x",
        "objects/incoming/x",
        "runtimes/onnx/x.so",
        "jobs/x",
        "roost.sqlite-wal",
    ):
        refused(command, packed([*files, (name, b"x")], path))
    assert "twice" in command.fails("restore", str(packed([*files, files[1]], path)), "--data", str(tmp_path / "t"))
    assert "it has no catalog" in refused(command, packed(files[:1], path))
    assert "not made by 'roost backup'" in refused(command, packed([("logs/x", b"")], path))
    packed([*files, ("SHA256SUMS", b""), ("logs/x", b"")], path)
    refused(command, path)
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        with tarfile.open(path, "w") as archive:
            first = tarfile.TarInfo("backup.json")
            first.size = len(backup["backup.json"])
            archive.addfile(first, io.BytesIO(backup["backup.json"]))
            entry = tarfile.TarInfo("logs/x")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
        refused(command, path)
    path.write_bytes(os.urandom(5000))
    refused(command, path)


def test_restore_needs_an_empty_folder(backup: dict[str, bytes], command: Command, tmp_path: Path) -> None:
    path = packed(list(backup.items()), tmp_path / "x.tar")
    full = tmp_path / "full"
    full.mkdir()
    (full / "a").write_text("kept")
    assert "is not empty" in command.fails("restore", str(path), "--data", str(full))
    assert [each.name for each in full.iterdir()] == ["a"]
    assert "cannot be read as a folder" in command.fails("restore", str(path), "--data", str(full / "a"))
    assert "There is no readable file" in command.fails("restore", "nothing.tar", "--data", str(tmp_path / "t"))
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "link").symlink_to(empty)
    command("restore", str(path), "--data", str(tmp_path / "link"))
    assert (empty / "roost.sqlite").is_file()
    assert (tmp_path / "link").is_symlink()
    assert leftovers(tmp_path) == []
