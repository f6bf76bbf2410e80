"""Measures functions on a release build: a warm Python function through Invoke and through API Gateway, beside the bare round
trip of AWS's runtime client, and a steady load.

The bare round trip is the time from sending an event to the runtime client until it has posted the result and asked for the next
event, over a plain socket. The three are measured in turns, so that all of them see the same machine. Requests of the load are sent at fixed times, so that a
slow response does not delay the next request.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import ROOT, roost
from claims import show

CODE = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'ok'}\n"
ROUNDS, CALLS = 10, 200
RATE, CONNECTIONS = 200, 8
SIGNED = "AWS4-HMAC-SHA256 Credential=roost/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"


def read_message(connection: socket.socket, received: bytes) -> tuple[bytes, bytes]:
    """Reads an HTTP message. Returns its head in lower case, and what was received after it."""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1 << 16)
    head, _, rest = received.partition(b"\r\n\r\n")
    head = head.lower()
    place = head.find(b"content-length:")
    length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
    while len(rest) < length:
        rest += connection.recv(1 << 16)
    return head, rest[length:]


class BareClient:
    """AWS's runtime client with a Runtime API that does nothing else."""

    def __init__(self, packages: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        (Path(self.folder.name) / "app.py").write_text(CODE)
        listener = socket.create_server(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        environment = os.environ | {"AWS_LAMBDA_RUNTIME_API": address, "PYTHONPATH": packages}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "app.handler"],
            cwd=self.folder.name,
            env=environment | {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.connection, _ = listener.accept()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.count = 0
        self.read_request()

    def read_request(self) -> None:
        _, self.received = read_message(self.connection, self.received)

    def invoke(self) -> None:
        """Sends an event, accepts its result, and waits until the client asks for the next event."""
        self.count += 1
        body = b"{}"
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {self.count}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {int(time.time() * 1000) + 3000}\r\n"
            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:f\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.connection.sendall(head.encode() + body)
        self.read_request()
        accepted = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"OK"}'
        self.connection.sendall(accepted)
        self.read_request()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.connection.close()
        self.folder.cleanup()


class Caller:
    """A connection that sends the same request again and again."""

    def __init__(self, url: str, path: str, headers: dict[str, str]) -> None:
        host = urllib.parse.urlsplit(url).netloc
        name, port = host.split(":")
        self.connection = socket.create_connection((name, int(port)), timeout=60)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
        self.request = f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{lines}Content-Length: 2\r\n\r\n{{}}".encode()
        self.received = b""

    def invoke(self) -> bool:
        self.connection.sendall(self.request)
        head, self.received = read_message(self.connection, self.received)
        return head.startswith(b"http/1.1 200") and b"x-amz-function-error" not in head


def median(call: Callable[[], Any]) -> float:
    """Returns the median time of a call in milliseconds."""
    times = []
    for _ in range(CALLS):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def aws(url: str, service: str, method: str, path: str, body: Any) -> Any:
    request = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    headers = {"Authorization": SIGNED.format(service), "Content-Type": "application/json"}
    request.request(method, path, None if body is None else json.dumps(body), headers)
    response = request.getresponse()
    text = response.read()
    assert response.status < 300, f"{path}: {response.status} {text!r}"
    return json.loads(text) if text else None


def prepare(url: str) -> str:
    """Creates a function and an API in front of it, and returns the API's path."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", CODE)
    function = aws(
        url,
        "lambda",
        "POST",
        "/2015-03-31/functions",
        {
            "FunctionName": "f",
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Role": "arn:aws:iam::000000000000:role/r",
            "Code": {"ZipFile": base64.b64encode(archive.getvalue()).decode()},
        },
    )
    api = aws(url, "apigateway", "POST", "/restapis", {"name": "api"})["id"]
    root = aws(url, "apigateway", "GET", f"/restapis/{api}/resources", None)["item"][0]["id"]
    method = f"/restapis/{api}/resources/{root}/methods/POST"
    aws(url, "apigateway", "PUT", method, {"authorizationType": "NONE"})
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function['FunctionArn']}/invocations"
    aws(url, "apigateway", "PUT", f"{method}/integration", {"type": "AWS_PROXY", "httpMethod": "POST", "uri": uri})
    aws(url, "apigateway", "POST", f"/restapis/{api}/deployments", {"stageName": "prod"})
    return f"/_aws/execute-api/{api}/prod"


def load(url: str, seconds: float) -> tuple[int, int, float]:
    """Sends requests at a fixed rate. Returns the number of requests and failures, and the 99th percentile in milliseconds."""
    failures, latencies = 0, []
    lock = threading.Lock()
    begun = time.monotonic()

    def send(place: int) -> None:
        nonlocal failures
        caller = Caller(url, "/2015-03-31/functions/f/invocations", {"Authorization": SIGNED.format("lambda")})
        due = begun + place / RATE
        while due < begun + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            succeeded = caller.invoke()
            with lock:
                failures += not succeeded
                latencies.append((time.monotonic() - due) * 1000)
            due += CONNECTIONS / RATE

    threads = [threading.Thread(target=send, args=(place,)) for place in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(latencies), failures, statistics.quantiles(latencies, n=100)[98]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long the load lasts")
    parser.add_argument("--binary", type=Path, default=ROOT / ".build-release" / "release" / "roost")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, roost(options.binary, Path(folder)) as (url, _, _):
        api = prepare(url)
        packages = next(Path(os.environ["ROOST_RUNTIMES"]).glob("lambda-*"))
        bare = BareClient(str(packages))
        signed = {"Authorization": SIGNED.format("lambda")}
        invoke = Caller(url, "/2015-03-31/functions/f/invocations", signed)
        gateway = Caller(url, api, {"Content-Type": "application/json"})
        results: dict[str, list[float]] = {"bare": [], "invoke": [], "gateway": []}
        for round_number in range(ROUNDS + 1):
            measured = {
                "bare": median(bare.invoke),
                "invoke": median(invoke.invoke),
                "gateway": median(gateway.invoke),
            }
            # The first round warms up.
            if round_number > 0:
                for name, value in measured.items():
                    results[name].append(value)
        bare.close()
        medians = {name: statistics.median(values) for name, values in results.items()}
        ratio = statistics.median([one / other for one, other in zip(results["invoke"], results["bare"], strict=True)])
        more = statistics.median([one - other for one, other in zip(results["gateway"], results["invoke"], strict=True)])
        print("\nFunctions: medians of a trivial function in Python, in ms")
        for name, value in medians.items():
            print(f"  {name:10} {value:.3f}")
        sent, failed, slowest = load(url, options.seconds)
        print(f"  load       {RATE} requests/s for {options.seconds:g} s: {failed} of {sent} failed, p99 {slowest:.1f} ms")
    claims = [
        ("Invoke / bare round trip", ratio, "<= 1.3", ratio <= 1.3),
        ("API Gateway more than Invoke, ms", more, "<= 0.2", more <= 0.2),
        ("failed requests", float(failed), "= 0", failed == 0),
    ]
    show("invocations", claims)


if __name__ == "__main__":
    main()
