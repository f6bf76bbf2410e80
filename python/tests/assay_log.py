"""A window of a log for the tests of baselines."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

START, END = (datetime(2026, 11, 1, hour, tzinfo=timezone.utc) for hour in (0, 10))


def entry(hour: int, rows: Any, outputs: list[float | None], **changes: Any) -> dict[str, Any]:
    """Returns an entry of a log: the values of its outputs have a 0 after each."""
    data = [value for output in outputs for value in (output, 0.0)]
    return {
        "time": int(START.timestamp() * 1000) + hour * 3_600_000,
        "id": f"inference-{hour}",
        "model_name": "housing",
        "role": "champion",
        "outputs": [{"Float": {"data": data, "dim": [len(outputs), 2], "v": 1}}],
        "original_data": {"tensor": rows},
    } | changes
