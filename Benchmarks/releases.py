"""Measures what 100 releases at once cost: the CPU of a server whose pipelines are in a canary, beside that of the same splits without
a release, with the same traffic and without traffic."""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

from assays import cpu_seconds
from bench import ROOT, call, roost
from claims import show

PIPELINES, RATE, SECONDS, ROUNDS = 100, 200, 20, 3
BODY = json.dumps({"tensor": [[0.5] * 29]}).encode()


def define(url: str, name: str, step: dict[str, Any]) -> None:
    definition = {"name": name, "steps": [step]}
    call("PUT", f"{url}/v1/pipelines/{name}", json.dumps(definition).encode())
    call("PUT", f"{url}/v1/pipelines/{name}/deployment")


def wait_for(what: str, condition: Any) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} took longer than 120 s.")
        time.sleep(0.2)


def prepare(url: str) -> None:
    """Deploys pipelines with a split, and the same number with a release at half of the requests."""
    model = (ROOT / "Examples" / "models" / "fraud-dense.onnx").read_bytes()
    for name in ("a", "b"):
        call("POST", f"{url}/v1/models/{name}/versions", model, "application/octet-stream")
    halves = {"models": [{"model": "a", "weight": 1}, {"model": "b", "weight": 1}]}
    for index in range(PIPELINES):
        define(url, f"split{index}", {"random_split": halves})
        define(url, f"release{index}", {"model": "a"})

    def states() -> set[str]:
        return {each["deployment"]["state"] for each in json.loads(call("GET", f"{url}/v1/pipelines"))["pipelines"]}

    wait_for("The deployments", lambda: states() == {"Running"})
    for index in range(PIPELINES):
        release = {
            "pipeline": f"release{index}",
            "candidate": "b",
            "stages": [{"share": 0.5, "duration": "52w", "units": 1_000_000_000}],
        }
        call("POST", f"{url}/v1/releases", json.dumps(release).encode())

    def stages() -> set[tuple[str, int]]:
        found = json.loads(call("GET", f"{url}/v1/releases"))["releases"]
        return {(each["state"], len(each["steps"])) for each in found}

    wait_for("The releases", lambda: stages() == {("running", 1)} and states() == {"Running"})


def send(url: str, names: list[str], ending: threading.Event, statuses: list[int]) -> None:
    """Sends requests at fixed times, to one pipeline after the other, and notes their statuses."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    due = time.monotonic()
    count = 0
    while not ending.is_set():
        due += 1 / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        path = f"/v1/pipelines/{names[count % len(names)]}/infer"
        connection.request("POST", path, BODY, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
        count += 1


def cost(url: str, process: int, names: list[str] | None) -> float:
    """Returns the CPU milliseconds of the server a second, while requests are sent to pipelines."""
    ending = threading.Event()
    statuses: list[int] = []
    threads = [threading.Thread(target=send, args=(url, names, ending, statuses))] if names else []
    for thread in threads:
        thread.start()
    time.sleep(2)
    before, start = cpu_seconds(process), time.monotonic()
    time.sleep(SECONDS)
    used = (cpu_seconds(process) - before) / (time.monotonic() - start) * 1000
    ending.set()
    for thread in threads:
        thread.join()
    if names and (set(statuses) != {200} or len(statuses) < 0.9 * RATE * SECONDS):
        raise SystemExit(f"{len(statuses)} requests were answered with {sorted(set(statuses))}.")
    return used


def measure(binary: Path, folder: Path) -> tuple[float, float]:
    """Returns what the decisions cost without traffic and with it, in milliseconds of CPU a second."""
    with roost(binary, folder / "data") as (url, process, _):
        prepare(url)
        splits = [f"split{index}" for index in range(PIPELINES)]
        releases = [f"release{index}" for index in range(PIPELINES)]
        idle, plain, counted = [], [], []
        for _ in range(ROUNDS):
            idle.append(cost(url, process, None))
            # Both while the releases are open: the splits' requests are not theirs.
            plain.append(cost(url, process, splits))
            counted.append(cost(url, process, releases))
        print(f"without traffic {idle}, splits {plain}, releases {counted}")
        differences = [with_counts - without for with_counts, without in zip(counted, plain, strict=True)]
        return statistics.median(idle), statistics.median(idle) + statistics.median(differences)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build-release" / "release" / "roost")
    options = parser.parse_args()
    if not options.binary.is_file():
        sys.exit(f"No release build at {options.binary}. Build one with: make release")
    with tempfile.TemporaryDirectory() as folder:
        idle, busy = measure(options.binary, Path(folder))
    show(
        "releases",
        [
            (f"CPU of {PIPELINES} releases without traffic, ms/s", idle, "< 5", idle < 5),
            (f"the same at {RATE} requests per second, ms/s", busy, "< 5", busy < 5),
        ],
    )


if __name__ == "__main__":
    main()
