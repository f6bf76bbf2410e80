from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from roost.series import Series

RECORD: dict[str, Any] = (
    {
        "pipeline": "fraud",
        "variants": [],
        "start": "2026-11-29T20:00:00.000000Z",
        "end": "2026-11-29T20:02:30.000000Z",
        "step_seconds": 60,
        "requests": [None, 0, 12],
        "client_errors": [None, 0, 1],
        "server_errors": [None, 0, 2],
        "errors": [None, 0, 3],
        "check_failures": [None, 0, 4],
        "total": {
            "requests": 12,
            "client_errors": 1,
            "server_errors": 2,
            "errors": 3,
            "check_failures": 4,
            "mean_ms": 0.5,
        },
    }
    | {f"{name}_ms": [None, None, 0.5] for name in ("mean", "p50", "p90", "p99")}
    | {f"model_{name}_ms": [None, None, 0.25] for name in ("mean", "p50", "p90", "p99")}
)


def test_a_series_has_its_parts() -> None:
    series = Series.from_record(RECORD)
    assert (series.pipeline, series.variant, series.step) == ("fraud", None, timedelta(minutes=1))
    assert series.times()[-1] == datetime(2026, 11, 29, 20, 2, tzinfo=timezone.utc)
    assert (series.requests, series.p99_ms) == ([None, 0, 12], [None, None, 0.5])
    assert (series.total["errors"], series.total["mean_ms"], series.total["p99_ms"]) == (3, 0.5, None)
    assert repr(series) == ("Series of 'fraud' from 2026-11-29 20:00:00 in 3 steps of 60 s: 12 requests, 3 errors")
    assert "variant A" in repr(Series.from_record(RECORD | {"variant": "A"}))


def test_a_frame_tells_gaps_from_idleness() -> None:
    pandas = pytest.importorskip("pandas")
    frame = Series.from_record(RECORD).to_dataframe()
    assert frame["requests"].isna().tolist() == [True, False, False]
    assert frame["requests"].sum() == 12
    assert str(frame["requests"].dtype) == "Int64"
    assert frame["model_p50_ms"].dropna().tolist() == [0.25]
    assert frame.index[2] == pandas.Timestamp("2026-11-29T20:02:00Z")
