"""Benchmarks the request path of a release build against nginx in the same run, and prints ratios.

Measures server CPU time per request (from the processes' own accounting in /proc) and requests per second, with wrk on loopback.
nginx returns a fixed body of the same size, which is the limit of an HTTP stack on this machine. Rounds alternate, and medians are
shown, because benchmarks run on shared, noisy machines. Compare ratios; absolute times depend on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from claims import Claim, show

ROOT = Path(__file__).resolve().parent.parent
FEATURES = 29
TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def cpu_seconds(pids: list[int]) -> float:
    """Returns the user and system time that the processes have used so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def call(method: str, url: str, body: bytes | None = None, content_type: str = "application/json") -> bytes:
    request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=60) as response:
        return bytes(response.read())


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def roost(binary: Path, data: Path, *options: str) -> Iterator[tuple[str, int, float]]:
    """Runs a server and yields its URL, process ID, and seconds from start to ready."""
    start = time.monotonic()
    process = subprocess.Popen(
        [str(binary), "serve", "--port", "0", "--data", str(data), "--log-level", "warning", *options],
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        if not (found := re.search(r"http://\S+", line)):
            raise SystemExit("The server did not start.")
        yield found[0], process.pid, time.monotonic() - start
    finally:
        stop(process)


@contextlib.contextmanager
def nginx(folder: Path, body: bytes) -> Iterator[tuple[str, list[int]]]:
    """Runs nginx, which responds to every POST with `body`, and yields its URL and its workers' process IDs."""
    port = free_port()
    # A word in nginx's configuration is limited to 4096 bytes.
    parts = [body[start : start + 3000].decode() for start in range(0, len(body), 3000)]
    variables = "".join(f"set $part{index} '{part}';" for index, part in enumerate(parts))
    answer = "".join(f"${{part{index}}}" for index in range(len(parts)))
    conf = folder / "nginx.conf"
    conf.write_text(f"""
worker_processes {os.cpu_count()};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_buffer_size 2m;
    client_max_body_size 8m;
    server {{
        listen 127.0.0.1:{port};
        location / {{ default_type application/json; {variables} return 200 "{answer}"; }}
    }}
}}
""")
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                break
            time.sleep(0.02)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield f"http://127.0.0.1:{port}", [int(pid) for pid in children]
    finally:
        stop(process)


def wrk(
    url: str, body: bytes, connections: int, seconds: float, folder: Path, headers: dict[str, str] | None = None
) -> tuple[int, float]:
    """Returns the number of requests completed, and requests per second. Any error response ends the benchmark."""
    (folder / "body").write_bytes(body)
    script = folder / "wrk.lua"
    sent = {"Content-Type": "application/json"} | (headers or {})
    script.write_text(
        f'local file = io.open("{folder}/body", "rb")\nwrk.method = "POST"\nwrk.body = file:read("*a")\n'
        + "".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}\n" for name, value in sent.items())
    )
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script), url],
        check=True, capture_output=True, text=True,
    ).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"Some requests to {url} failed:\n{output}")
    count = re.search(r"(\d+) requests in", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if not count or not rate:
        raise SystemExit(f"Unexpected output from wrk:\n{output}")
    return int(count[1]), float(rate[1])


def csv_row() -> list[float]:
    generator = random.Random(7)
    return [generator.gauss(0, 1) for _ in range(FEATURES)]


def v2_body(rows: int) -> bytes:
    generator = random.Random(7)
    data = [generator.gauss(0, 1) for _ in range(rows * FEATURES)]
    tensor = {"name": "input", "datatype": "FP32", "shape": [rows, FEATURES], "data": data}
    return json.dumps({"inputs": [tensor]}).encode()


class Case:
    """One server under one load, measured in rounds."""

    def __init__(
        self, name: str, url: str, pids: list[int], body: bytes, connections: int, headers: dict[str, str] | None = None
    ) -> None:
        self.name, self.url, self.pids, self.body, self.connections = name, url, pids, body, connections
        self.headers = headers
        self.cpu: list[float] = []
        self.rate: list[float] = []

    def round(self, seconds: float, folder: Path) -> None:
        before = cpu_seconds(self.pids)
        count, rate = wrk(self.url, self.body, self.connections, seconds, folder, self.headers)
        self.cpu.append((cpu_seconds(self.pids) - before) / count * 1e6)
        self.rate.append(rate)


def aws_headers(service: str) -> dict[str, str]:
    """Returns the headers of a boto3 request that a server must read."""
    signed = "content-type;host;x-amz-date"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, "
        f"SignedHeaders={signed}, Signature={64 * '0'}",
        "X-Amz-Date": "20260101T000000Z",
        "Accept-Encoding": "identity",
        "User-Agent": "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7 "
        "md/pyimpl#CPython m/b,D,Z cfg/retry-mode#standard Botocore/1.44.5",
        "amz-sdk-invocation-id": "6f0f6fd9-5b0e-4e0c-8f0b-3f1b8a4b2a10",
        "amz-sdk-request": "attempt=1",
    }


INVOKE_HEADERS = aws_headers("sagemaker") | {"Content-Type": "text/csv", "Accept": "*/*"}


def deploy_endpoint(url: str) -> str:
    """Creates a SageMaker endpoint for the XGBoost example, and returns the URL of its invocations."""

    def send(method: str, target: str, body: bytes, headers: dict[str, str]) -> bytes:
        request = urllib.request.Request(url + target, data=body, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return bytes(response.read())

    def operation(name: str, **members: object) -> dict[str, object]:
        headers = {"X-Amz-Target": f"SageMaker.{name}", "Content-Type": "application/x-amz-json-1.1"}
        answer = send("POST", "/", json.dumps(members).encode(), headers | aws_headers("sagemaker"))
        return dict(json.loads(answer or b"{}"))

    archive = (ROOT / "Examples" / "models" / "fraud-binary.tar.gz").read_bytes()
    send("PUT", "/bench", b"", aws_headers("s3"))
    send("PUT", "/bench/model.tar.gz", archive, aws_headers("s3"))
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    container = {"Image": image, "ModelDataUrl": "s3://bench/model.tar.gz"}
    role = "arn:aws:iam::000000000000:role/bench"
    operation("CreateModel", ModelName="bench", ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {
        "VariantName": "main", "ModelName": "bench", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large",
        "InitialVariantWeight": 1,
    }
    operation("CreateEndpointConfig", EndpointConfigName="bench", ProductionVariants=[variant])
    operation("CreateEndpoint", EndpointName="bench", EndpointConfigName="bench")
    while (status := operation("DescribeEndpoint", EndpointName="bench")["EndpointStatus"]) != "InService":
        if status != "Creating":
            raise SystemExit(f"The endpoint is {status}.")
        time.sleep(0.01)
    return f"{url}/endpoints/bench/invocations"


def deploy_models(url: str, count: int) -> None:
    for name, file in (("dense", "fraud-dense.onnx"), ("trees", "fraud-trees.onnx")):
        artifact = (ROOT / "Examples" / "models" / file).read_bytes()
        call("POST", f"{url}/v1/models/{name}/versions", artifact, "application/octet-stream")
    pipelines = ["dense", "trees"] + [f"dense-{number}" for number in range(count - 2)]
    for name in pipelines:
        definition = {"name": name, "steps": [{"model": name.split("-")[0]}]}
        call("PUT", f"{url}/v1/pipelines/{name}", json.dumps(definition).encode())
        call("PUT", f"{url}/v1/pipelines/{name}/deployment", b"{}")
    for name in pipelines:
        while json.loads(call("GET", f"{url}/v1/pipelines/{name}/deployment"))["state"] != "Running":
            time.sleep(0.01)


def measure(binary: Path, rounds: int, seconds: float, folder: Path) -> list[Claim]:
    """Prints the tables, and returns the claims: description, value, bound, and whether it holds."""
    data = folder / "data"
    with roost(binary, data) as (url, _, _):
        deploy_models(url, 10)
    starts = []
    for _ in range(3):
        with roost(binary, data) as (_, _, ready):
            starts.append(ready)
    with roost(binary, folder / "empty") as (_, pid, _):
        idle = resident_megabytes(pid)

    claims = [
        ("start to ready with ten deployed models, s", statistics.median(starts), "< 0.5", statistics.median(starts) < 0.5),
        ("idle memory, MB", idle, "< 60", idle < 60),
    ]
    with roost(binary, data) as (url, pid, _):
        invocations = deploy_endpoint(url)
        for rows, connections in ((1, 16), (1024, 4)):
            body = v2_body(rows)
            answer = call("POST", f"{url}/v2/models/dense/infer", body)
            side = folder / f"nginx-{rows}"
            side.mkdir()
            with nginx(side, answer) as (nginx_url, workers):
                limit = Case("nginx, fixed body", nginx_url, workers, body, connections)
                dense = Case("roost, dense network", f"{url}/v2/models/dense/infer", [pid], body, connections)
                trees = Case("roost, tree ensemble", f"{url}/v2/models/trees/infer", [pid], body, connections)
                cases = [limit, dense, trees]
                if rows == 1:
                    row = ",".join(map(repr, csv_row())).encode()
                    endpoint = Case("roost, InvokeEndpoint", invocations, [pid], row, connections, INVOKE_HEADERS)
                    cases.append(endpoint)
                for case in cases:
                    wrk(case.url, case.body, connections, 1, folder, case.headers)
                for _ in range(rounds):
                    for case in cases:
                        case.round(seconds, folder)
            print(f"\n{rows} row{'s' if rows > 1 else ''}, {connections} connections, body {len(body)} bytes")
            print(f"{'':24} {'CPU µs/request':>15} {'requests/s':>12} {'vs. nginx':>9}")
            base = statistics.median(limit.rate)
            for case in cases:
                cpu, rate = statistics.median(case.cpu), statistics.median(case.rate)
                print(f"{case.name:24} {cpu:15.1f} {rate:12.0f} {rate / base:9.2f}")
            cpu, share = statistics.median(dense.cpu), statistics.median(dense.rate) / base
            if rows == 1:
                claims.append(("dense, 1 row: server CPU, µs per request", cpu, "<= 22", cpu <= 22))
                claims.append(("dense, 1 row: share of nginx's requests/s", share, ">= 0.4", share >= 0.4))
                of_v2 = statistics.median(endpoint.cpu) / cpu
                cpu = statistics.median(endpoint.cpu)
                claims.append(("InvokeEndpoint, 1 row of CSV: server CPU, µs", cpu, "<= 30", cpu <= 30))
                # The ratio of the two bounds applies to a machine of any speed.
                claims.append(("InvokeEndpoint, 1 row: CPU relative to dense", of_v2, "<= 1.36", of_v2 <= 30 / 22))
            else:
                claims.append(("dense, 1024 rows: server CPU, µs per request", cpu, "<= 1000", cpu <= 1000))
    return claims


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build-release" / "release" / "roost")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="duration of a round in seconds")
    options = parser.parse_args()
    for tool in ("wrk", "nginx"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed.")
    if not options.binary.is_file():
        sys.exit(f"No release build at {options.binary}. Build one with: make release")
    with tempfile.TemporaryDirectory() as folder:
        claims = measure(options.binary, options.rounds, options.seconds, Path(folder))
    show("bench", claims)


if __name__ == "__main__":
    main()
