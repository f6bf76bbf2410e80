"""Benchmarks batch transform of a CSV object on a release build against Python's XGBoost on the same file.

The job's time is measured from its start to its end: it starts a process, loads the model, reads, predicts, and writes the
predictions to the bucket. Python's time is that of pandas.read_csv and the prediction, without startup, imports and loading the
model; it writes nothing. Both use the same number of threads. Rounds alternate, and medians are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import ROOT, call, roost
from claims import show

ROWS, COLUMNS = 1_000_000, 20
SIGNED = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"

MAKE = """
import sys, numpy, xgboost
rows, columns, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
numbers = numpy.random.default_rng(1)
data = numbers.normal(size=(rows, columns)).round(4)
numpy.savetxt(folder + "/rows.csv", data, delimiter=",", fmt="%.4f")
target = data[:, 0] * data[:, 1] + numpy.abs(data[:, 2])
booster = xgboost.train({"max_depth": 6}, xgboost.DMatrix(data[:20000], target[:20000]), 100)
booster.save_model(folder + "/model.json")
"""

PREDICT = """
import sys, time, pandas, xgboost
booster = xgboost.Booster({"nthread": int(sys.argv[2])}, model_file=sys.argv[1] + "/model.json")
begun = time.perf_counter()
frame = pandas.read_csv(sys.argv[1] + "/rows.csv", header=None, dtype="float32")
answers = booster.predict(xgboost.DMatrix(frame, nthread=int(sys.argv[2])), validate_features=False)
print(time.perf_counter() - begun)
answers.tofile(sys.argv[1] + "/expected")
"""


def python(script: str, *arguments: object) -> str:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def s3(method: str, url: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(url, data=body, method=method, headers={"Authorization": SIGNED})
    with urllib.request.urlopen(request, timeout=600) as response:
        return bytes(response.read())


def transform(url: str, name: str) -> float:
    """Runs one job, and returns its duration in seconds."""
    definition = {
        "name": name,
        "model": "trees",
        "input": {"name": "input", "uri": "s3://bench/rows.csv", "content_type": "text/csv"},
        "output": f"s3://bench/{name}",
        "split": "Line",
        "assemble": "Line",
    }
    call("POST", f"{url}/v1/transform-jobs", json.dumps(definition).encode())
    while True:
        job: dict[str, Any] = json.loads(call("GET", f"{url}/v1/transform-jobs/{name}"))
        state = job["state"]
        if state["status"] == "Completed":
            begun, ended = (
                datetime.fromisoformat(state[key].replace("Z", "+00:00")) for key in ("started_at", "ended_at")
            )
            return (ended - begun).total_seconds()
        if state["status"] != "InProgress":
            raise SystemExit(f"The transform job did not complete: {job}")
        time.sleep(0.05)


def check(url: str, name: str, folder: Path) -> None:
    """Checks that the predictions are the same as Python's."""
    answers = s3("GET", f"{url}/bench/{name}/rows.csv.out")
    (folder / "answers").write_bytes(answers)
    python(
        "import sys, numpy; given = numpy.loadtxt(sys.argv[1] + '/answers', dtype='float32');"
        "known = numpy.fromfile(sys.argv[1] + '/expected', dtype='float32');"
        "assert numpy.allclose(given, known, rtol=1e-5, atol=1e-6), (given[:5], known[:5])",
        folder,
    )


def measure(binary: Path, rounds: int, rows: int, folder: Path) -> float:
    """Prints the table, and returns the ratio of the rates."""
    threads = os.cpu_count() or 1
    python(MAKE, rows, COLUMNS, folder)
    print(f"\nBatch transform of {rows} rows of {COLUMNS} columns, {threads} threads: rows per second")
    ours, bare = [], []
    with roost(binary, folder / "transform", "--job-threads", str(threads)) as (url, _, _):
        s3("PUT", f"{url}/bench", b"")
        s3("PUT", f"{url}/bench/rows.csv", (folder / "rows.csv").read_bytes())
        call(
            "POST", f"{url}/v1/models/trees/versions", (folder / "model.json").read_bytes(), "application/octet-stream"
        )
        for number in range(rounds):
            bare.append(float(python(PREDICT, folder, threads)))
            ours.append(transform(url, f"round-{number}"))
        check(url, "round-0", folder)
    for name, seconds in {"XGBoost in Python": bare, "transform job": ours}.items():
        print(f"{name:20} {rows / statistics.median(seconds):12,.0f}")
    return statistics.median(bare) / statistics.median(ours)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build-release" / "release" / "roost")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ratio = measure(options.binary, options.rounds, options.rows, Path(folder))
    holds = ratio >= 0.7
    show("transform", [("batch transform vs. Python: rows per second", ratio, ">= 0.7", holds)])
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
