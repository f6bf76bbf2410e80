"""Measures reports on a release build: over a million logged inferences of 29 inputs, alone and beside traffic; and taking labels.

The traffic is half of what its own client reaches alone, sent at fixed times, so that a slow response does not delay the next
request. A latency counts from the time at which the request was due.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

from bench import ROOT, call, roost
from claims import Claim, show

ENTRIES, SEGMENT = 1_000_000, 64 << 20
CONNECTIONS = 4
LABELS = 100_000
BODY = json.dumps({"tensor": [[0.5] * 29], "user": "u1"}).encode()


def prepare(url: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Deploys an experiment, and returns the pipeline's version and the models' versions."""
    model = (ROOT / "Examples" / "models" / "fraud-dense.onnx").read_bytes()
    for name in ("a", "b"):
        call("POST", f"{url}/v1/models/{name}/versions", model, "application/octet-stream")
    split = {"hash_key": "user", "models": [{"model": "a", "weight": 1}, {"model": "b", "weight": 1}]}
    definition = {"name": "ab", "steps": [{"random_split": split}], "goal": "outputs[0][0] > 0.5"}
    pipeline = json.loads(call("PUT", f"{url}/v1/pipelines/ab", json.dumps(definition).encode()))
    call("PUT", f"{url}/v1/pipelines/ab/deployment")
    while json.loads(call("GET", f"{url}/v1/pipelines/ab/deployment"))["state"] != "Running":
        time.sleep(0.05)
    models = json.loads(call("GET", f"{url}/v1/models"))["models"]
    return pipeline["version"], {model["name"]: model["versions"][0]["id"] for model in models}


def write_log(
    folder: Path, version: dict[str, Any], models: dict[str, str], entries: int = ENTRIES, per_second: int = 10_000
) -> None:
    """Writes segments as the server does, because sending a million requests would take most of the time."""
    chosen = random.Random(1)
    rows = [json.dumps([[chosen.gauss(0, 1) for _ in range(29)]]) for _ in range(2000)]
    folder.mkdir(parents=True, exist_ok=True)
    start = int((time.time() - entries / per_second) * 1000)
    number = 0
    while number < entries:
        size = 0
        begin = start + number * 1000 // per_second
        with (folder / f"{begin * 1000:017d}.jsonl").open("w") as segment:
            while number < entries and size < SEGMENT:
                now = start + number * 1000 // per_second
                arm = chosen.choice("ab")
                score = 0.6 if chosen.random() < (0.02 if arm == "a" else 0.0215) else 0.1
                unit = f"{chosen.getrandbits(64):016x}"
                line = (
                    f'{{"time":{now},"id":"{number:032x}","valid":true,"model_name":"{arm}",'
                    f'"model_version":"{models[arm]}","role":"champion","pipeline_name":"ab",'
                    f'"pipeline_version":"{version["id"]}","experiment":"{version["experiment"]["id"]}",'
                    f'"variant":"{arm}","share":0.5,"elapsed":{chosen.randint(30_000, 90_000)},"unit":"{unit}",'
                    f'"keys":{{"user":"{unit}"}},"check_failures":[],'
                    f'"outputs":[{{"Float":{{"data":[{score}],"dim":[1,1],"v":1}}}}],'
                    f'"original_data":{{"tensor":{rows[number % 2000]}}}}}\n'
                )
                size += segment.write(line)
                number += 1


def wait_for_columns(log: Path) -> None:
    """Waits until each segment of a log has its column file."""
    deadline = time.monotonic() + 300
    while len(list(log.glob("*.columns"))) < len(list(log.glob("*.jsonl"))) and time.monotonic() < deadline:
        time.sleep(0.2)


class Traffic:
    """Requests at fixed times over a few connections."""

    def __init__(self, url: str, rate: float | None) -> None:
        self.host = urllib.parse.urlsplit(url).netloc
        self.interval = CONNECTIONS / rate if rate else 0.0
        self.latencies: list[float] = []
        self.failures = 0
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self._send) for _ in range(CONNECTIONS)]
        self.begun = time.monotonic()
        for thread in self.threads:
            thread.start()

    def _send(self) -> None:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        due = time.monotonic()
        while not self.ending.is_set():
            due = due + self.interval if self.interval else time.monotonic()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                connection.request("POST", "/v1/pipelines/ab/infer", BODY, {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                self.failures += response.status != 200
            except OSError:
                self.failures += 1
                connection = http.client.HTTPConnection(self.host, timeout=60)
            self.latencies.append(time.monotonic() - due)

    def end(self) -> tuple[float, float]:
        """Returns the requests per second and the 99th percentile of the latency in milliseconds."""
        self.ending.set()
        for thread in self.threads:
            thread.join()
        ordered = sorted(self.latencies)
        seconds = time.monotonic() - self.begun
        return len(ordered) / seconds, ordered[int(len(ordered) * 0.99)] * 1000


def peak_megabytes(process: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def report(url: str) -> float:
    """Makes a report over the whole log, and returns its seconds."""
    before = time.monotonic()
    # The definition is younger than the entries.
    request = json.dumps({"start": "2020-01-01T00:00:00Z"}).encode()
    made = json.loads(call("POST", f"{url}/v1/pipelines/ab/reports", request))
    if made["entries"] < ENTRIES:
        raise SystemExit(f"The report has {made['entries']} entries.")
    return time.monotonic() - before


def measure(binary: Path, seconds: float, folder: Path) -> list[Claim]:
    """Prints the figures, and returns the claims: description, value, bound, and whether it holds."""
    with roost(binary, folder / "data") as (url, _, _):
        version, models = prepare(url)
    log = folder / "data" / "logs" / "ab"
    write_log(log, version, models)
    with roost(binary, folder / "data") as (url, process, _):
        wait_for_columns(log)
        Path(f"/proc/{process}/clear_refs").write_text("5")
        alone = min(report(url) for _ in range(3))
        memory = peak_megabytes(process)

        def traffic(rate: float | None, duration: float) -> tuple[float, float, int]:
            sent = Traffic(url, rate)
            time.sleep(duration)
            return (*sent.end(), sent.failures)

        most, _, _ = traffic(None, seconds)
        _, quiet, _ = traffic(most / 2, seconds)
        sent = Traffic(url, most / 2)
        time.sleep(0.5)
        beside = report(url)
        time.sleep(0.5)
        _, busy = sent.end()

        lines = "\n".join(json.dumps({"id": f"{number:032x}", "label": number % 2}) for number in range(LABELS))
        before = time.monotonic()
        call("POST", f"{url}/v1/pipelines/ab/ground-truth", lines.encode(), "application/x-ndjson")
        labels = LABELS / (time.monotonic() - before)
    print(f"\nReports over {ENTRIES:,} inferences of 29 inputs")
    print(f"  alone {alone:.2f} s, peak memory of the server {memory:.0f} MB")
    print(f"  beside {most / 2:.0f} requests per second {beside:.2f} s; 99 % within {busy:.2f} ms, without {quiet:.2f} ms")
    print(f"  {labels:,.0f} labels per second")
    return [
        ("a report alone, seconds", alone, "< 5", alone < 5),
        ("peak memory, MB", memory, "< 300", memory < 300),
        ("a report beside traffic, seconds", beside, "< 20", beside < 20),
        ("failed requests", float(sent.failures), "= 0", sent.failures == 0),
        ("p99 beside a report / p99 without", busy / quiet, "<= 1.5", busy / quiet <= 1.5),
        ("labels per second", labels, ">= 20000", labels >= 20_000),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build-release" / "release" / "roost")
    parser.add_argument("--seconds", type=float, default=5, help="duration of the traffic in seconds")
    options = parser.parse_args()
    if not options.binary.is_file():
        sys.exit(f"No release build at {options.binary}. Build one with: make release")
    with tempfile.TemporaryDirectory() as folder:
        claims = measure(options.binary, options.seconds, Path(folder))
    show("report", claims)


if __name__ == "__main__":
    main()
