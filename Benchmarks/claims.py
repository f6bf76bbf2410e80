"""Claims of benchmarks: what was measured, and the bound that it should keep."""

from __future__ import annotations

import json
import os
from pathlib import Path

#: Description, value, bound, and whether it holds.
Claim = tuple[str, float, str, bool]


def show(benchmark: str, claims: list[Claim]) -> None:
    """Prints the claims, and adds them to the file ROOST_BENCHMARKS, if that is set, for Benchmarks/page.py."""
    print("\nTargets")
    for what, value, bound, holds in claims:
        print(f"  {what:45} {value:10.2f}  {bound:8} {'yes' if holds else 'NO'}")
    if path := os.environ.get("ROOST_BENCHMARKS"):
        with Path(path).open("a") as file:
            file.write(json.dumps({"benchmark": benchmark, "claims": claims}) + "\n")
