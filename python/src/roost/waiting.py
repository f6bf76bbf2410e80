"""The progress line that is printed while the server works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_FEWEST_DOTS = 5
_SECONDS_PER_DOT = 0.25


@contextmanager
def waiting_for(what: str, limit: float) -> Iterator[Callable[[], None]]:
    """Prints ``Waiting for WHAT - this will take up to LIMITs ..... ok``, or ``fail`` if the block raises.

    Yields:
        A function to call at every poll. It prints a dot at most once every quarter of a second.
    """
    dots, last = 0, time.monotonic()
    print(f"Waiting for {what} - this will take up to {limit:g}s ", end="", flush=True)

    def tick() -> None:
        nonlocal dots, last
        if time.monotonic() - last >= _SECONDS_PER_DOT:
            dots, last = dots + 1, time.monotonic()
            print(".", end="", flush=True)

    outcome = "fail"
    try:
        yield tick
        outcome = "ok"
    finally:
        print("." * (_FEWEST_DOTS - dots) + f" {outcome}", flush=True)
