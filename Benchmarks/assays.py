"""Measures assays on a release build: one over a million logged inferences, and 200 on a window of 15 minutes at 1,000 requests per second."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import ROOT, call, roost
from claims import show
from report import ENTRIES, peak_megabytes, prepare, wait_for_columns, write_log

WINDOW, RATE, ASSAYS = 900, 1000, 200
STATISTICS = ("psi", "ks", "wasserstein", "jensen_shannon", "l_infinity", "max_difference", "mean")


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def definitions(window: str, every: str) -> list[dict[str, Any]]:
    """Returns assays on the inputs and the output, with each statistic in turn."""
    metrics = [f"inputs.tensor[{index}]" for index in range(29)] + ["outputs[0][0]"]
    baseline = {"values": [(index * 7919 % 2003 - 1001) / 400 for index in range(10_000)]}
    pairs = itertools.islice(itertools.cycle(itertools.product(STATISTICS, metrics)), ASSAYS)
    return [
        {
            "pipeline": "ab",
            "metric": metric,
            "statistic": statistic,
            "baseline": baseline,
            "window": window,
            "every": every,
            "warn": 0.1,
            "alert": 0.2,
        }
        for statistic, metric in pairs
    ]


def prepared(binary: Path, folder: Path, entries: int, rate: int) -> None:
    """Makes a data folder with a log."""
    with roost(binary, folder / "data") as (url, _, _):
        version, models = prepare(url)
    write_log(folder / "data" / "logs" / "ab", version, models, entries, rate)


def alone(binary: Path, folder: Path) -> tuple[float, float]:
    """Returns the seconds of an assay over a million inferences, the slowest of all statistics, and the peak memory in megabytes."""
    prepared(binary, folder, ENTRIES, 10_000)
    with roost(binary, folder / "data") as (url, process, _):
        wait_for_columns(folder / "data" / "logs" / "ab")
        Path(f"/proc/{process}/clear_refs").write_text("5")
        slowest = 0.0
        end = time.time() + 1
        query = f"?start={int(end * 1000) - 1500}&end={int(end * 1000)}"
        for definition in definitions("1d", "1s")[: 29 * len(STATISTICS) : 29]:
            before = time.monotonic()
            body = json.dumps(definition).encode()
            found = json.loads(call("POST", f"{url}/v1/assays/preview{query}", body))
            slowest = max(slowest, (time.monotonic() - before) / len(found["results"]))
            if found["results"][-1]["window"]["count"] != ENTRIES:
                raise SystemExit(f"The window has {found['results'][-1]['window']['count']} values.")
        return slowest, peak_megabytes(process)


def together(binary: Path, folder: Path) -> tuple[float, float]:
    """Returns the share of a core that 200 assays need, and the seconds until all of them have looked at a window."""
    prepared(binary, folder, WINDOW * RATE, RATE)
    with roost(binary, folder / "data") as (url, process, _):
        wait_for_columns(folder / "data" / "logs" / "ab")
        every = f"{WINDOW}s" if time.time() % WINDOW > WINDOW - 60 else "60s"
        # Between two ends of windows, so that all of them look at the same one.
        time.sleep(max(0.0, 10 - time.time() % 60))
        for index, definition in enumerate(definitions(f"{WINDOW}s", every)):
            call("PUT", f"{url}/v1/assays/a{index}", json.dumps(definition).encode())
        used = cpu_seconds(process)
        end = (int(time.time()) // 60 + 1) * 60
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            assays = json.loads(call("GET", f"{url}/v1/assays"))["assays"]
            if all("last" in assay for assay in assays):
                break
            time.sleep(1)
        counts = {assay["last"]["window"]["count"] for assay in assays}
        if min(counts) < WINDOW * RATE * 0.8:
            raise SystemExit(f"The windows have {sorted(counts)} values.")
        return (cpu_seconds(process) - used) / WINDOW, time.time() - end


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build-release" / "release" / "roost")
    options = parser.parse_args()
    if not options.binary.is_file():
        sys.exit(f"No release build at {options.binary}. Build one with: make release")
    with tempfile.TemporaryDirectory() as folder:
        seconds, memory = alone(options.binary, Path(folder) / "alone")
        share, behind = together(options.binary, Path(folder) / "together")
    print(f"\nAssays over {ENTRIES:,} inferences: {seconds:.2f} s, peak memory of the server {memory:.0f} MB")
    print(f"{ASSAYS} assays on {WINDOW // 60} minutes at {RATE:,} requests per second: {share:.3f} of a core, {behind:.0f} s")
    show(
        "assays",
        [
            ("an assay over a million inferences, seconds", seconds, "< 5", seconds < 5),
            ("peak memory, MB", memory, "< 300", memory < 300),
            ("share of a core for 200 assays", share, "<= 0.1", share <= 0.1),
        ],
    )


if __name__ == "__main__":
    main()
