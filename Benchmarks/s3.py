"""Benchmarks PUT and GET of one large S3 object on a release build against cp of the same file on the same disk.

A PUT is acknowledged once the object is on disk, so it is compared with cp followed by a flush. A GET into a file is compared
with cp only. The client is a plain socket: sendfile for PUT, a 1 MiB buffer for GET. Rounds alternate, and medians are compared.
Most of a PUT is spent on MD5, which S3 uses as the object's ETag: one core hashes about 700 MB/s, however fast the disk is. The
parts of a multipart upload are hashed in parallel.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import ROOT, resident_megabytes, roost
from claims import Claim, show

SIGNED = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
PART = 64 << 20


def connect(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=600)


def head(method: str, path: str, length: int = 0) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: {SIGNED}",
        "X-Amz-Content-SHA256: UNSIGNED-PAYLOAD",
        f"Content-Length: {length}",
        "Connection: close",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(connection: socket.socket) -> tuple[bytes, bytes]:
    """Returns the head of a response, and the part of the body that was read with it."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (part := connection.recv(65_536)):
            break
        received += part
    top, _, rest = received.partition(b"\r\n\r\n")
    if not re.match(rb"HTTP/1.1 20\d", top):
        raise SystemExit(f"The request failed: {received[:1000]!r}")
    return top, rest


def request(url: str, method: str, path: str, body: bytes = b"") -> tuple[bytes, bytes]:
    with connect(url) as connection:
        connection.sendall(head(method, path, len(body)) + body)
        top, rest = answer(connection)
        while part := connection.recv(65_536):
            rest += part
        return top, rest


def put(url: str, source: Path, path: str, offset: int = 0, count: int | None = None) -> str:
    """Sends a file or a range of it, and returns the ETag of the stored object."""
    count = source.stat().st_size - offset if count is None else count
    with connect(url) as connection, source.open("rb") as file:
        connection.sendall(head("PUT", path, count))
        connection.sendfile(file, offset, count)
        top, _ = answer(connection)
    found = re.search(rb'etag: ("[^"]+")', top, re.IGNORECASE)
    assert found
    return found[1].decode()


def put_in_parts(url: str, source: Path, path: str) -> None:
    _, body = request(url, "POST", f"{path}?uploads")
    found = re.search(rb"<UploadId>(.+)</UploadId>", body)
    assert found
    upload = found[1].decode()
    size = source.stat().st_size

    def send(number: int) -> str:
        offset = number * PART
        target = f"{path}?partNumber={number + 1}&uploadId={upload}"
        return put(url, source, target, offset, min(PART, size - offset))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        etags = list(pool.map(send, range(-(-size // PART))))
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>" for number, etag in enumerate(etags, 1)
    )
    xml = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
    request(url, "POST", f"{path}?uploadId={upload}", xml.encode())


def get(url: str, path: str, target: Path) -> None:
    buffer = memoryview(bytearray(1 << 20))
    with connect(url) as connection, target.open("wb", buffering=0) as file:
        connection.sendall(head("GET", path))
        _, rest = answer(connection)
        file.write(rest)
        while count := connection.recv_into(buffer):
            file.write(buffer[:count])


def copy(source: Path, target: Path, flush: bool) -> None:
    subprocess.run(["cp", "--reflink=never", str(source), str(target)], check=True)
    if flush:
        subprocess.run(["sync", str(target)], check=True)


def md5(source: Path) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    with source.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)


def seconds(action: Callable[[], object]) -> float:
    start = time.monotonic()
    action()
    return time.monotonic() - start


def measure(binary: Path, folder: Path, byte_count: int, rounds: int) -> list[Claim]:
    """Prints the times, and returns the claims: description, ratio, bound, and whether it holds."""
    source, target = folder / "source", folder / "target"
    with source.open("wb") as file:
        for start in range(0, byte_count, 1 << 20):
            file.write(os.urandom(min(1 << 20, byte_count - start)))
    os.sync()
    times: dict[str, list[float]] = {"cp, flushed": [], "MD5": [], "PUT": [], "PUT in parts": [], "cp": [], "GET": []}
    with roost(binary, folder / "data") as (url, pid, _):
        request(url, "PUT", "/bench")
        for round_number in range(rounds + 1):
            # Delete the target first, so that every run starts with the same free memory, which matters more than copying.
            def copied(flush: bool) -> float:
                target.unlink(missing_ok=True)
                return seconds(lambda: copy(source, target, flush))

            def stored(store: Callable[[str, Path, str], object], path: str) -> float:
                request(url, "DELETE", path)
                return seconds(lambda: store(url, source, path))

            found = {
                "cp, flushed": copied(flush=True),
                # The tag of an object is its MD5, which cannot be computed in parallel.
                "MD5": seconds(lambda: md5(source)),
                "PUT": stored(put, "/bench/k"),
                "PUT in parts": stored(put_in_parts, "/bench/parts"),
                "cp": copied(flush=False),
            }
            target.unlink()
            found["GET"] = seconds(lambda: get(url, "/bench/k", target))
            if target.read_bytes() != source.read_bytes():
                raise SystemExit("The downloaded object differs from the uploaded file.")
            # The first round warms up.
            if round_number:
                for name, value in found.items():
                    times[name].append(value)
        memory = resident_megabytes(pid)
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"\nS3, {byte_count / 1e9:g} GB: median seconds of {rounds} rounds")
    for name, value in medians.items():
        print(f"  {name:20} {value:8.2f} s {byte_count / value / 1e6:8.0f} MB/s")
    print(f"  server memory        {memory:8.0f} MB")
    claims = []
    for what, ours, base in [("PUT", "PUT", "cp, flushed"), ("GET", "GET", "cp")]:
        ratio = medians[base] / medians[ours]
        claims.append((f"S3 {what} of {byte_count / 1e9:g} GB vs. {base}", ratio, ">= 0.5", ratio >= 0.5))
    ratio = medians["MD5"] / medians["PUT"]
    claims.append((f"S3 PUT of {byte_count / 1e9:g} GB vs. its MD5 alone", ratio, ">= 0.8", ratio >= 0.8))
    return claims


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build-release" / "release" / "roost")
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure")
    options = parser.parse_args()
    if not options.binary.is_file():
        sys.exit(f"No release build at {options.binary}. Build one with: make release")
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        claims = measure(options.binary, folder, options.bytes, options.rounds)
    finally:
        shutil.rmtree(folder)
    show("s3", claims)


if __name__ == "__main__":
    main()
