"""Requests that begin before the server has loaded what it serves."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable

from harness import DATA, Server, free_port

ROWS = json.loads((DATA / "fraud.json").read_text())["tensor"]
BODIES = {
    "/v1/pipelines/early/infer": json.dumps({"tensor": ROWS}),
    "/v2/models/early/infer": json.dumps(
        {
            "inputs": [
                {
                    "name": "tensor",
                    "datatype": "FP32",
                    "shape": [len(ROWS), 29],
                    "data": [x for row in ROWS for x in row],
                }
            ]
        }
    ),
}


def connected(port: int) -> socket.socket:
    """Connects as soon as the server listens."""
    end = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 60)
        except ConnectionRefusedError:
            assert time.monotonic() < end
            time.sleep(0.001)


def test_a_pipeline_that_is_loaded_meanwhile_is_never_missing(start_server: Callable[..., Server]) -> None:
    port = free_port()
    server = start_server("--port", str(port))
    server.api.upload("m", "fraud-dense.onnx")
    # What is restored before it takes a while.
    for number in range(8):
        server.api.serve(f"another-{number}", ["m"])
    server.api.serve("early", ["m"])
    seen: set[str] = set()
    for _ in range(10):
        server.kill()
        starting = threading.Thread(target=server.start)
        starting.start()
        sent = {}
        for path, body in BODIES.items():
            sent[path] = connected(port)
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
            sent[path].sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        starting.join(60)
        for path, connection in sent.items():
            with connection:
                connection.sendall(BODIES[path].encode())
                answer = connection.makefile("rb").readline().decode()
            status = answer.split()[1]
            assert status in ("200", "503"), (path, answer)
            seen.add(status)
        if "503" in seen:
            break
    assert "503" in seen, "no request was there before the pipeline"
