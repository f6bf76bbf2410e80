"""Writes the results of the last `make bench` into docs/benchmarks.md, with the date, the machine and the versions."""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
RESULTS = ROOT / ".build" / "benchmarks.jsonl"
BEGIN, END = "<!-- Written by Benchmarks/page.py -->\n", "<!-- The end of what Benchmarks/page.py writes -->\n"


def output(*command: str | Path) -> str:
    """Returns all that a command prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip()


def machine() -> str:
    processor = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return (
        f"{processor[1] if processor else platform.machine()}, {os.cpu_count()} cores, "
        f"{int(memory[1]) / 2**20 if memory else 0:.0f} GiB, {system}, Linux {platform.release()}"
    )


def versions() -> str:
    runtimes = Path(os.environ.get("ROOST_RUNTIMES") or ROOT / ".build" / "runtimes")
    folders = sorted(folder.name for folder in runtimes.iterdir() if folder.is_dir())
    return ", ".join(
        [
            f"Roost {output(ROOT / '.build-release/release/roost', '--version')}",
            *(" ".join(name.rsplit("-", 1)) for name in folders if not name.startswith("lambda")),
            output("nginx", "-v").removeprefix("nginx version: ").replace("/", " "),
            f"XGBoost {version('xgboost-cpu')} in Python {platform.python_version()}",
        ]
    )


def table(lines: list[str]) -> str:
    rows = ["| Benchmark | Measured | Value | Target |", "| --- | --- | --- | --- |"]
    for result in map(json.loads, lines):
        for what, value, bound, holds in result["claims"]:
            rows.append(f"| {result['benchmark']} | {what} | {value:.2f} | {bound}{'' if holds else ', **missed**'} |")
    return "\n".join(rows)


def main() -> None:
    if not RESULTS.is_file():
        sys.exit("There are no results. Run: make bench")
    measured = datetime.date.fromtimestamp(RESULTS.stat().st_mtime).isoformat()
    facts = f"Measured on {measured} on {machine()}, with {versions()}."
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{facts}\n\n{table(RESULTS.read_text().splitlines())}\n\n{END}{after}")
    print(f"Wrote {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
