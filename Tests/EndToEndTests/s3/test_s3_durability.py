"""Acknowledged objects survive a crash, others leave nothing behind, and large objects are not held in memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import BotoCoreError, ClientError
from harness import BINARY, Server, until
from test_s3 import connect, failure
from test_s3_reads import SIGNED

MIB = 1 << 20


def files(server: Server) -> list[Path]:
    return [path for path in (server.data / "objects").rglob("*") if path.is_file()]


def resident(server: Server, what: str = "VmRSS") -> int:
    status = Path(f"/proc/{server.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what)) << 10


def test_an_upload_survives_a_restart(start_server: Callable[..., Server]) -> None:
    server = start_server()
    s3 = connect(server.url)
    s3.create_bucket(Bucket="kept")
    where = {"Bucket": "kept", "Key": "k"}
    where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
    first = s3.upload_part(**where, PartNumber=1, Body=b"a" * 5 * MIB)["ETag"]
    server.kill()
    server.start()
    s3 = connect(server.url)
    second = s3.upload_part(**where, PartNumber=2, Body=b"b")["ETag"]
    parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    server.kill()
    server.start()
    s3 = connect(server.url)
    assert s3.get_object(Bucket="kept", Key="k")["Body"].read() == b"a" * 5 * MIB + b"b"
    assert len(files(server)) == 1


def test_crashes_amid_uploads(start_server: Callable[..., Server]) -> None:
    server = start_server()
    connect(server.url).create_bucket(Bucket="crash")
    chance = random.Random(7)
    acknowledged: dict[str, set[str]] = {}
    for round_number in range(6):
        s3 = connect(server.url)
        stop = threading.Event()

        def put(worker: int, s3: Any = s3, stop: threading.Event = stop, number: int = round_number) -> None:
            generator = random.Random(1000 * number + worker)
            with contextlib.suppress(ClientError, BotoCoreError):
                while not stop.is_set():
                    key = f"{worker}/{generator.randrange(4)}"
                    content = generator.randbytes(generator.choice([10, 100_000, 6 * MIB]))
                    digest = hashlib.md5(content).hexdigest()
                    # Until the request is acknowledged, either content is correct.
                    acknowledged.setdefault(key, {""}).add(digest)
                    if len(content) > MIB:
                        upload = s3.create_multipart_upload(Bucket="crash", Key=key)["UploadId"]
                        where = {"Bucket": "crash", "Key": key, "UploadId": upload}
                        pieces = [content[: 5 * MIB], content[5 * MIB :]]
                        parts = [
                            {"PartNumber": n, "ETag": s3.upload_part(**where, PartNumber=n, Body=piece)["ETag"]}
                            for n, piece in enumerate(pieces, 1)
                        ]
                        s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
                    else:
                        s3.put_object(Bucket="crash", Key=key, Body=content)
                    acknowledged[key] = {digest}

        workers = [threading.Thread(target=put, args=(worker,)) for worker in range(3)]
        for worker in workers:
            worker.start()
        time.sleep(chance.uniform(0.1, 0.8))
        server.kill()
        stop.set()
        for worker in workers:
            worker.join()
        server.start()
        s3 = connect(server.url)
        found: dict[str, str] = {}
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="crash"):
            for each in page.get("Contents", []):
                content = s3.get_object(Bucket="crash", Key=each["Key"])["Body"].read()
                assert len(content) == each["Size"]
                found[each["Key"]] = hashlib.md5(content).hexdigest()
        for key, allowed in acknowledged.items():
            assert found.get(key, "") in allowed
            acknowledged[key] = {found.get(key, "")}
        uploads = s3.list_multipart_uploads(Bucket="crash").get("Uploads", [])
        parts = sum(
            len(s3.list_parts(Bucket="crash", Key=each["Key"], UploadId=each["UploadId"]).get("Parts", []))
            for each in uploads
        )
        assert len(files(server)) == len(found) + parts, "something was left"
        for each in uploads:
            s3.abort_multipart_upload(Bucket="crash", Key=each["Key"], UploadId=each["UploadId"])


def test_a_large_object_is_not_held_in_memory(start_server: Callable[..., Server]) -> None:
    server = start_server()
    connect(server.url).create_bucket(Bucket="large")
    size = 400 * MIB
    piece = os.urandom(MIB)
    url = f"{server.url}/large/k"

    def sent() -> Any:
        for _ in range(size // MIB):
            yield b"%x\r\n%s\r\n" % (MIB, piece)
        yield b"0\r\n\r\n"

    before = resident(server)
    headers = SIGNED | {
        "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "X-Amz-Decoded-Content-Length": str(size),
    }
    answer = requests.put(url, data=sent(), headers=headers, timeout=120)
    assert answer.status_code == 200, answer.text
    digest = hashlib.md5()
    # Read more slowly than the server can send.
    with requests.get(url, headers=SIGNED, stream=True, timeout=120) as got:
        for chunk in got.iter_content(MIB):
            digest.update(chunk)
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert resident(server, "VmHWM") - before < 96 * MIB


def test_a_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files simulates a full disk: the same system call fails."""
    data = tmp_path / "data"
    process = subprocess.Popen(
        ["bash", "-c", 'trap "" XFSZ; ulimit -f 20480; exec "$@"', "-", BINARY, "serve", "--port", "0", "--data", data],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        s3 = connect(process.stdout.readline().split()[-1])
        s3.create_bucket(Bucket="full")
        s3.put_object(Bucket="full", Key="k", Body=b"small")
        assert failure(s3.put_object, Bucket="full", Key="k", Body=b"x" * 30 * MIB) == ("InternalError", 507)
        assert failure(s3.put_object, Bucket="full", Key="new", Body=b"x" * 30 * MIB) == ("InternalError", 507)
        assert failure(s3.head_object, Bucket="full", Key="new") == ("404", 404)
        assert s3.get_object(Bucket="full", Key="k")["Body"].read() == b"small"
        # What was written of the others is removed soon after the answer.
        until(lambda: len([path for path in (data / "objects").rglob("*") if path.is_file()]) == 1, "one file")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.parametrize("count", [20])
def test_the_last_of_many_writers_wins_whole(server: str, count: int) -> None:
    s3 = connect(server, max_pool_connections=count)
    s3.create_bucket(Bucket="writers")
    contents = [bytes([number]) * 300_000 for number in range(count)]

    def put(content: bytes) -> None:
        s3.put_object(Bucket="writers", Key="k", Body=content)

    threads = [threading.Thread(target=put, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    put(contents[0])
    while any(thread.is_alive() for thread in threads):
        assert s3.get_object(Bucket="writers", Key="k")["Body"].read() in contents
    for thread in threads:
        thread.join()
    assert s3.get_object(Bucket="writers", Key="k")["Body"].read() in contents


def test_of_many_writers_that_want_to_be_first_one_is(server: str) -> None:
    s3 = connect(server, max_pool_connections=10)
    s3.create_bucket(Bucket="first")
    outcomes: list[str] = []

    def put(number: int) -> None:
        try:
            s3.put_object(Bucket="first", Key="k", Body=b"%d" % number, IfNoneMatch="*")
            outcomes.append(str(number))
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=put, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [outcome for outcome in outcomes if outcome != "PreconditionFailed"]
    assert [s3.get_object(Bucket="first", Key="k")["Body"].read().decode()] == winners
