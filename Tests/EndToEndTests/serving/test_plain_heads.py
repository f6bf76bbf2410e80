"""Requests whose heads are plain take a short way through the server. They get the responses of the long way."""

from __future__ import annotations

import gzip
import random
import re
import socket

import pytest
from harness import Api
from small_onnx import FLOAT, model, node

NAME = "plain"
BODY = b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}'
#: Any head with this header takes the long way. The server ignores the header.
LONG_WAY = b"Expect: nothing\r\n"
PLAIN = (
    f"POST /v2/models/{NAME}/infer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    f"Accept: */*\r\nX-Roost-Inference-Id: a\r\nContent-Length: {len(BODY)}\r\n"
).encode()
#: What a head may contain that readers of HTTP disagree about.
PIECES = [
    b" ", b"\t", b"\r", b"\n", b"\r\n", b"\r\n ", b"\0", b"\x7f", b"\xe4", b":", b",", b";", b"?", b"#", b"%", b"/", b"//", b"a",
    b"Content-Length: 3\r\n", b"content-length:  71\r\n", b"Content-Length : 71\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Host: evil.example\r\n", b"Host: localhost\r\n", b"Host:\r\n", b"Origin: http://evil.example\r\n", b"Upgrade: h2c\r\n",
    b"Sec-Fetch-Site: cross-site\r\n", b"Connection: close\r\n", b"Connection: keep-alive, x\r\n", b"X:\r\n", b": x\r\n",
    b"Content-Encoding: gzip\r\n", b"X-Roost-Inference-Id: b\r\n", b"Accept-Encoding: gzip\r\n", b"x" * 9000 + b": y\r\n",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(api: Api) -> tuple[str, int]:
    shape: list[int | str] = ["rows", 2]
    api.upload(NAME, model([node("Identity", ["x"], "y")], {"x": (FLOAT, shape)}, {"y": (FLOAT, shape)}))
    api.serve(NAME, [NAME])
    host, port = api.url.removeprefix("http://").split(":")
    return host, int(port)


def answered(address: tuple[str, int], *pieces: bytes) -> bytes:
    """Returns all that the server sends, from which what differs each time is removed."""
    with socket.create_connection(address, timeout=10) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # The server has refused the rest.
        received = b""
        try:
            while part := connection.recv(1 << 16):
                received += part
        except ConnectionResetError:
            pass
    # The last response says that the connection closes if the client's end has arrived by then.
    changing = rb"[0-9a-f]{8}-[0-9a-f-]{27}|date: [^\r]*|connection: close\r\n"
    return re.sub(changing, b"", received, flags=re.IGNORECASE)


def mutated(random: random.Random) -> bytes:
    head = PLAIN
    for _ in range(random.choice([1, 1, 2, 3])):
        kind, start = random.random(), random.randrange(len(head))
        line = head.find(b"\r\n", start) + 2
        piece = random.choice(PIECES)
        if kind < 0.3:
            head = head[:start] + piece + head[start:]
        elif kind < 0.8:
            head = head[:line] + piece + head[line:]
        else:
            head = head[:start] + head[start + random.randrange(1, 4) :]
    # What is appended next begins a line in any case.
    return head + b"End: x\r\n"


def test_a_plain_request_is_answered_as_any_other(address: tuple[str, int]) -> None:
    short, long = answered(address, PLAIN + b"\r\n" + BODY), answered(address, PLAIN + LONG_WAY + b"\r\n" + BODY)
    assert short == long
    assert short.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"data":[1.0,2.0]' in short


def test_a_client_that_has_closed_its_side_gets_the_response(address: tuple[str, int]) -> None:
    # A body with a coding runs on another thread, so the client's end arrives while it runs.
    body = gzip.compress(BODY)
    head = PLAIN.replace(f"{len(BODY)}".encode(), f"{len(body)}".encode()) + b"Content-Encoding: gzip\r\n\r\n"
    for count in range(1, 20):
        received = answered(address, (head + body) * count)
        assert received.count(b'"data":[1.0,2.0]') == count


@pytest.mark.parametrize("seed", range(20))
def test_no_head_has_two_meanings(address: tuple[str, int], seed: int) -> None:
    source = random.Random(seed)
    statuses = set()
    for _ in range(50):
        head = mutated(source)
        follower = PLAIN.replace(b"Id: a", b"Id: second") + b"\r\n" + BODY
        cut = source.randrange(1, len(head))
        whole = head + b"\r\n" + BODY + follower
        long = answered(address, head + LONG_WAY + b"\r\n" + BODY + follower)
        for pieces in [[whole], [whole[:cut], whole[cut:]]]:
            short = answered(address, *pieces)
            # The router may refuse a request before all of it has arrived, and then closes the connection.
            is_refused = short[9:10] == b"4" and (long.startswith(short) or short.startswith(long))
            assert short == long or is_refused, (whole, pieces)
        statuses.add(long[9:12])
    assert {b"200", b"400"} <= statuses
