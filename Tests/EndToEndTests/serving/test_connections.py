"""Connections: who may use them, how long they last, how requests follow each other, and their cost."""

from __future__ import annotations

import gzip
import json
import resource
import select
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from harness import MODELS, Api, Server, raw_request, refused, until

HOST = "Host: localhost\r\n"
NAME = "connections"


@pytest.fixture(scope="module")
def short(running_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with short timeouts and a small memory budget, with one pipeline."""
    limits = ["--idle-timeout", "3", "--head-timeout", "1", "--body-timeout", "1"]
    server = Server(tmp_path_factory.mktemp("short"), *limits, "--max-body", "2", "--body-memory", "4")
    server.start()
    server.api.upload(NAME, "two-in-two-out.onnx")
    server.api.serve(NAME, [NAME])
    yield server
    server.kill()


def connect(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def seconds_until_closed(connection: socket.socket) -> tuple[float, bytes]:
    """Returns how long the server keeps the connection open, and what it still sends."""
    start, said = time.monotonic(), b""
    while part := connection.recv(65536):
        said += part
    return time.monotonic() - start, said


def answers(connection: socket.socket, methods: list[str]) -> list[tuple[int, bytes]]:
    """Reads the responses to requests on one connection, and nothing beyond them."""
    found = []
    with connection.makefile("rb") as file:
        for method in methods:
            status = int(file.readline().split()[1])
            headers = {}
            while line := file.readline().strip().lower():
                name, value = line.split(b": ", 1)
                headers[name] = value
            body = b""
            if method != "HEAD" and b"content-length" in headers:
                body = file.read(int(headers[b"content-length"]))
            elif method != "HEAD":
                assert headers[b"transfer-encoding"] == b"chunked"
                while size := int(file.readline(), 16):
                    body += file.read(size)
                    file.readline()
                file.readline()
            found.append((status, body))
    return found


# Browsers


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_foreign_pages_change_nothing(api: Api, headers: dict[str, str]) -> None:
    before = api.listing()
    json_type = {"Content-Type": "application/json"}
    refused(api.post("/v1/workspaces", data=b'{"name":"evil"}', headers=headers | json_type), 403, next(iter(headers)))
    assert api.post("/v2/models/m/infer", data=b"{}", headers=headers).status_code == 403
    assert api.put("/evil-bucket", headers=headers).status_code == 403
    assert api.get("/v1/status", headers=headers).status_code == 403
    assert api.request("OPTIONS", "/v1/workspaces", headers=headers).status_code == 403
    target = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    assert api.post("/", data=b"{}", headers=headers | target).json()["__type"] == "AccessDenied"
    assert api.listing() == before


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_a_form_s_body_is_not_taken(api: Api, content_type: str | None) -> None:
    headers: dict[str, Any] = {"Content-Type": content_type}
    refused(api.post("/v1/workspaces", data=b'{"name":"typed"}', headers=headers), 415, "Content-Type", "octet-stream")
    refused(api.post("/v1/models/typed/versions", data=b"x", headers=headers), 415, "Content-Type")
    # Inferences are exempt: they change nothing, and curl sends them as a form by default.
    assert api.post("/v1/pipelines/none/infer", data=b"{}", headers=headers).status_code == 404


def test_other_names_are_allowed_by_the_operator(start_server: Callable[..., Server]) -> None:
    server = start_server("--allowed-host", "ml.example.org", "--allowed-host", "*.lab.test")
    for name, status in [("ml.example.org", 200), ("gpu.lab.test:80", 200), ("lab.test", 403), ("example.org", 403)]:
        assert server.api.get("/v1/status", headers={"Host": name}).status_code == status, name


def test_a_server_that_others_reach_says_so(start_server: Callable[..., Server]) -> None:
    server = start_server("--host", "0.0.0.0")
    assert "Anyone who can reach this server can do anything" in server.log.read_text()
    assert any("0.0.0.0" in warning for warning in server.api.status()["warnings"])
    assert start_server().api.status()["warnings"] == []


# Framing


def test_a_request_has_one_host(server: str) -> None:
    assert raw_request(server, b"GET /v1/status HTTP/1.1\r\n\r\n")[0] == 400
    twice = b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"
    assert raw_request(server, twice)[0] == 400


GET_ROUTES = ["/v1/status", "/v1/models", "/metrics", "/openapi.json", "/v2/health/ready", "/v2", "/v1/nothing"]


@pytest.mark.parametrize("path", GET_ROUTES)
def test_head_answers_as_get_does_without_the_body(running_server: Server, path: str) -> None:
    with connect(running_server) as connection:
        for method in ["HEAD", "GET", "HEAD"]:
            connection.sendall(f"{method} {path} HTTP/1.1\r\n{HOST}\r\n".encode())
        head, get, again = answers(connection, ["HEAD", "GET", "HEAD"])
    assert (head[0], again[0], head[1], again[1]) == (get[0], get[0], b"", b"")
    assert get[1] != b""


def test_head_does_not_say_how_long_a_streamed_answer_is(short: Server) -> None:
    path = f"/v1/pipelines/{NAME}/logs"
    assert short.api.get(path).headers["transfer-encoding"] == "chunked"
    head = short.api.request("HEAD", path)
    assert (head.status_code, "content-length" in head.headers) == (200, False)
    length = short.api.get("/openapi.json", headers={"Accept-Encoding": "identity"}).headers["content-length"]
    assert short.api.request("HEAD", "/openapi.json").headers["content-length"] == length


def test_head_of_an_inference_is_not_allowed_and_in_step(short: Server) -> None:
    with connect(short) as connection:
        for method in ["HEAD", "GET"]:
            connection.sendall(f"{method} /v1/pipelines/{NAME}/infer HTTP/1.1\r\n{HOST}\r\n".encode())
        (status, body), (second, message) = answers(connection, ["HEAD", "GET"])
    assert (status, second, body) == (405, 405, b"")
    assert b"use POST" in message


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "TLS/1.3"])
def test_the_wish_for_another_protocol_is_passed_over(short: Server, upgrade: str) -> None:
    body = json.dumps({"a": [[1, 2, 3]], "b": [[1, 2, 3]]})
    wish = f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
    infer = f"POST /v1/pipelines/{NAME}/infer HTTP/1.1\r\n{HOST}Content-Length: {len(body)}\r\n"
    with connect(short) as connection:
        for _ in range(3):
            connection.sendall(f"GET /v1/status HTTP/1.1\r\n{HOST}{wish}\r\n".encode())
            assert answers(connection, ["GET"])[0][0] == 200
            connection.sendall(f"{infer}{wish}\r\n{body}".encode())
            assert answers(connection, ["POST"])[0][0] == 200
        # Sent at once, the requests that follow in the same read are not lost.
        connection.sendall(f"{infer}{wish}\r\n{body}{infer}\r\n{body}GET /v1/status HTTP/1.1\r\n{HOST}\r\n".encode())
        assert [status for status, _ in answers(connection, ["POST", "POST", "GET"])] == [200, 200, 200]


@pytest.mark.parametrize("path", ["/v1/status", "/metrics", f"/v2/models/{NAME}", "/v1/nothing"])
def test_http_1_0_is_closed_unless_it_asks_to_be_kept(short: Server, path: str) -> None:
    with connect(short) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        seconds, said = seconds_until_closed(connection)
        assert seconds < 2.5, "sooner than an idle connection"
        assert said.startswith(b"HTTP/1.0 ")
        assert b"chunked" not in said
    with connect(short) as connection:
        for _ in range(2):
            connection.sendall(f"GET {path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".encode())
            assert answers(connection, ["GET"])[0][0] in (200, 404)


# Time


def test_an_idle_connection_is_closed(short: Server) -> None:
    with connect(short) as connection:
        connection.sendall(f"GET /v1/status HTTP/1.1\r\n{HOST}\r\n".encode())
        assert answers(connection, ["GET"])[0][0] == 200
        seconds, said = seconds_until_closed(connection)
    assert (said, 2 < seconds < 10) == (b"", True)


@pytest.mark.parametrize("path", [f"/v1/pipelines/{NAME}/infer", "/v1/pipelines", "/v1/models/slow/versions"])
def test_a_body_that_stands_still_is_given_up(short: Server, path: str) -> None:
    json_type = "Content-Type: application/json\r\n"
    with connect(short) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\n{HOST}{json_type}Content-Length: 100\r\n\r\nabc".encode())
        seconds, said = seconds_until_closed(connection)
    assert said.startswith(b"HTTP/1.1 408 ")
    assert seconds < 10


def test_a_head_that_trickles_is_given_up(short: Server) -> None:
    with connect(short) as connection:
        start = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):  # noqa: PT012
            connection.sendall(b"GET /v1/status HTTP/1.1\r\n")
            while time.monotonic() < start + 10:
                connection.sendall(b"X-A: b\r\n")
                time.sleep(0.1)
        assert time.monotonic() - start < 5


def test_a_slow_body_that_moves_is_read(start_server: Callable[..., Server]) -> None:
    """The time limit is for standing still. All pieces together take longer."""
    server = start_server("--body-timeout", "3")
    server.api.upload(NAME, "two-in-two-out.onnx")
    server.api.serve(NAME, [NAME])
    body = json.dumps({"a": [[1, 2, 3]], "b": [[1, 2, 3]]}).encode()
    with connect(server) as connection:
        head = f"POST /v1/pipelines/{NAME}/infer HTTP/1.1\r\n{HOST}Content-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode())
        begin = time.monotonic()
        for start in range(0, len(body), 4):
            time.sleep(0.4)
            connection.sendall(body[start : start + 4])
        assert time.monotonic() - begin > 3
        assert answers(connection, ["POST"])[0][0] == 200


# Memory


def resident_bytes(server: Server) -> int:
    fields = Path(f"/proc/{server.pid}/statm").read_text().split()
    return int(fields[1]) * resource.getpagesize()


def test_a_client_that_does_not_read_is_not_answered_for_ever(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload(NAME, "two-in-two-out.onnx")
    server.api.serve(NAME, [NAME])
    rows = [[1.0, 2.0, 3.0]] * 200
    body = json.dumps({"a": rows, "b": rows})
    infer = f"POST /v1/pipelines/{NAME}/infer HTTP/1.1\r\n{HOST}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    get = f"GET /openapi.json HTTP/1.1\r\n{HOST}\r\n".encode()
    before = resident_bytes(server)
    for request in [infer, get]:
        with connect(server) as connection:
            connection.settimeout(0.5)
            sent = 0
            # Send until the server reads no more and both sockets' buffers are full.
            with pytest.raises(TimeoutError):  # noqa: PT012
                while sent < 400_000_000:
                    sent += connection.send(request * 20)
            assert resident_bytes(server) < before + 100_000_000
    assert server.api.status()["state"] == "ready"


def test_bodies_share_a_budget(start_server: Callable[..., Server]) -> None:
    server = start_server("--max-body", "2", "--body-memory", "4")
    server.api.upload(NAME, "two-in-two-out.onnx")
    server.api.serve(NAME, [NAME])
    head = f"POST /v1/pipelines/{NAME}/infer HTTP/1.1\r\n{HOST}Content-Length: 1900000\r\n\r\n".encode()
    body = b" " * 1_800_000
    with connect(server) as first, connect(server) as second, connect(server) as third:
        for connection in (first, second, third):
            connection.sendall(head + body)
        # The server refuses whichever needs more when the budget is used up: two, if both do at the same moment.
        refused_ones, _, _ = select.select([first, second, third], [], [], 20)
        answers = [connection.recv(1000)[:13] for connection in refused_ones]
        assert answers in ([b"HTTP/1.1 503 "], [b"HTTP/1.1 503 "] * 2)
    inputs = {"a": [[1, 2, 3]], "b": [[1, 2, 3]]}
    path = f"/v1/pipelines/{NAME}/infer"
    until(lambda: server.api.post(path, json=inputs).status_code == 200, "the budget is free again")


def test_few_descriptors_are_no_busy_loop(start_server: Callable[..., Server]) -> None:
    server = start_server(wrapper=["prlimit", "--nofile=100:100"])
    held = [connect(server) for _ in range(120)]
    try:
        start = server.processor_seconds()
        time.sleep(3)
        assert server.processor_seconds() - start < 0.5
    finally:
        for connection in held:
            connection.close()
    until(lambda: requests.get(f"{server.url}/v1/status", timeout=10).ok, "the server accepts again")
    said = [line for line in server.log.read_text().splitlines() if "descriptors" in line]
    assert len(said) == 1, said


# Compression


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": lambda body: zlib.compress(body)[2:-4],
}


@pytest.mark.parametrize("coding", CODINGS)
def test_compressed_bodies_are_read(short: Server, coding: str) -> None:
    pack, api = CODINGS[coding], short.api
    inputs = {"a": [[1, 2, 3]], "b": [[1, 2, 3]]}
    expected = api.infer(NAME, inputs)["outputs"]
    encoded = {"Content-Encoding": coding}
    packed = pack(json.dumps(inputs).encode())
    assert api.post(f"/v1/pipelines/{NAME}/infer", data=packed, headers=encoded).json()["outputs"] == expected
    name = f"packed-{coding.lower()}-{len(packed)}"
    definition = json.dumps({"name": name, "steps": [{"model": NAME}]}).encode()
    assert api.put(f"/v1/pipelines/{name}", data=pack(definition), headers=encoded).status_code == 201
    artifact = (MODELS / "fraud-dense.onnx").read_bytes()
    answer = api.post("/v1/models/packed/versions", data=pack(artifact), headers=encoded)
    assert answer.json()["byte_count"] == len(artifact)


def test_what_cannot_be_unpacked_is_refused(short: Server) -> None:
    api = short.api
    for path in [f"/v1/pipelines/{NAME}/infer", "/v1/pipelines", "/v1/models/packed/versions"]:

        def post(body: bytes, coding: str, path: str = path) -> requests.Response:
            return api.post(path, data=body, headers={"Content-Encoding": coding})

        refused(post(b"{}", "br"), 415, "Content-Encoding", "'br'", "gzip or deflate")
        refused(post(b"{}", "gzip, br"), 415, "Content-Encoding", "'gzip, br'")
        refused(post(b"{}", "gzip"), 400, "body", "gzip")
        refused(post(gzip.compress(b"{}")[:-1], "gzip"), 400, "body", "gzip")
    bomb = gzip.compress(b" " * 50_000_000)
    answer = api.post(f"/v1/pipelines/{NAME}/infer", data=bomb, headers={"Content-Encoding": "gzip"})
    refused(answer, 413, "body", "2097152")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_answers_are_compressed_for_who_takes_that(short: Server, coding: str) -> None:
    rows = [[1.0, 2.0, 3.0]] * 3000
    body = json.dumps({"a": rows, "b": rows}).encode()
    for method, path, data in [("GET", "/openapi.json", None), ("POST", f"/v1/pipelines/{NAME}/infer", body)]:
        plain = short.api.request(method, path, headers={"Accept-Encoding": "identity"}, data=data)
        packed = short.api.request(method, path, headers={"Accept-Encoding": coding}, data=data)
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == coding
        assert packed.json().keys() == plain.json().keys()
    small = short.api.get("/v1/workspaces", headers={"Accept-Encoding": coding})
    assert "content-encoding" not in small.headers
