"""What pipelines did over time, without a Prometheus: exact counts, gaps, restarts, deletions, a broken disk and wrong clocks."""

from __future__ import annotations

import glob
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from harness import DATA, Api, Server, answered, refused, until

import roost

FRAUD: list[list[float]] = json.loads((DATA / "fraud.json").read_text())["tensor"]
COUNTS = ("requests", "client_errors", "server_errors", "errors", "check_failures")
LATENCIES = ("mean_ms", "p50_ms", "p90_ms", "p99_ms")


def series(api: Api, name: str, **query: Any) -> Any:
    found = answered(api.get(f"/v1/pipelines/{name}/series", params=query), 200)
    columns = [found[column] for column in (*COUNTS, *LATENCIES)]
    assert len({len(column) for column in columns}) == 1
    return found


def total(found: Any, column: str = "requests") -> int:
    return sum(value or 0 for value in found[column])


def ask(api: Api, name: str, good: int, bad: int = 0) -> None:
    """Sends requests that are answered, and requests that are the client's mistake."""
    for number in range(good + bad):
        rows = FRAUD[:1] if number < good else [[1.0]]
        answer = api.post(f"/v1/pipelines/{name}/infer", json={"tensor": rows})
        assert answer.status_code == (200 if number < good else 400), answer.text


def counted(api: Api, name: str, requests: int, **query: Any) -> Any:
    """Returns the series once it has all requests: what was counted in the last second may be missing."""
    return until(
        lambda: found if total(found := series(api, name, **query)) >= requests else None,
        f"{requests} requests are in the series",
        10,
    )


@pytest.fixture
def fraud(start_server: Callable[..., Server]) -> Server:
    server = start_server()
    server.api.upload("m", "fraud-dense.onnx")
    server.api.serve("fraud", [{"model": "m"}], [("low", "m.outputs[0][0] < 0.9")])
    return server


def test_the_sums_are_what_was_sent(fraud: Server) -> None:
    api = fraud.api
    ask(api, "fraud", 30, bad=4)
    for query in ({}, {"step": 5}, {"step": 60}):
        found = counted(api, "fraud", 34, **query)
        assert total(found) == 34
        assert (total(found, "client_errors"), total(found, "server_errors"), total(found, "errors")) == (4, 0, 4)
        assert total(found, "check_failures") == total(series(api, "fraud", **query), "check_failures")
    logged = api.logs("fraud", limit=1000)
    assert total(found, "check_failures") == sum(not entry["valid"] for entry in logged)
    busy = [index for index, value in enumerate(found["requests"]) if value]
    for index in busy:
        assert 0 < found["model_p50_ms"][index] <= found["p99_ms"][index] * 1.07
        assert found["p50_ms"][index] <= found["p90_ms"][index] <= found["p99_ms"][index]
    idle = [index for index, value in enumerate(found["requests"]) if not value]
    assert all(found["p50_ms"][index] is None for index in idle)


def test_latencies_are_those_of_the_log(fraud: Server) -> None:
    api = fraud.api
    ask(api, "fraud", 40)
    found = counted(api, "fraud", 40, step=3600, start=int(time.time() * 1000) - 3_600_000)
    elapsed = [entry["elapsed"] / 1e6 for entry in api.logs("fraud", limit=100)]
    busy = [index for index, value in enumerate(found["requests"]) if value]
    mean = sum(found["mean_ms"][index] * found["requests"][index] for index in busy) / 40
    assert mean == pytest.approx(sum(elapsed) / 40, rel=0.01)
    if len(busy) == 1:
        ranked = sorted(elapsed)
        for column, rank in (("p50_ms", 20), ("p90_ms", 36), ("p99_ms", 40)):
            assert found[column][busy[0]] == pytest.approx(ranked[rank - 1], rel=0.0626), column


def test_the_total_is_of_all_requests_together(fraud: Server) -> None:
    """Percentiles of a span are those of its requests, and not of its last steps."""
    api = fraud.api
    for rows in (400, 1):
        for _ in range(30):
            api.infer("fraud", {"tensor": FRAUD[:1] * rows})
        # The next ones are in another step, although a request is counted up to a second before or after its step.
        time.sleep(7)
    ask(api, "fraud", 0, bad=2)
    found = counted(api, "fraud", 62, step=5)
    assert len([value for value in found["requests"] if value]) >= 3
    whole = found["total"]
    assert {name: whole[name] for name in COUNTS} == {name: total(found, name) for name in COUNTS}
    elapsed = sorted(entry["elapsed"] / 1e6 for entry in api.logs("fraud", limit=100))
    assert len(elapsed) == 60
    for column, rank in (("p50_ms", 30), ("p90_ms", 54), ("p99_ms", 60)):
        assert whole[column] == pytest.approx(elapsed[rank - 1], rel=0.0626), column
    assert whole["mean_ms"] == pytest.approx(sum(elapsed) / 60, rel=0.01)
    (listed,) = answered(api.get("/v1/series", params={"pipelines": "fraud"}), 200)["series"]
    assert listed["total"] == series(api, "fraud")["total"] | {"requests": 62}
    nothing = series(api, "fraud", step=60, start="2026-01-01T00:00:00Z", end="2026-01-01T01:00:00Z")["total"]
    assert nothing == dict.fromkeys(COUNTS, 0)


def test_gaps_are_null_and_idleness_is_zero(fraud: Server) -> None:
    api = fraud.api
    ask(api, "fraud", 1)
    found = counted(api, "fraud", 1, step=5)
    assert found["requests"][0] is None, "the pipeline did not exist an hour ago"
    # The last five seconds are not counted yet if they have just begun.
    assert any(count is not None for count in found["requests"][-2:])
    ahead = series(api, "fraud", step=60, end=int(time.time() * 1000) + 3_600_000)
    assert ahead["requests"][-1] is None, "nobody knows the future"
    assert datetime.fromisoformat(ahead["end"]) <= datetime.now(timezone.utc)


def test_several_pipelines_at_once(fraud: Server) -> None:
    api = fraud.api
    api.serve("other", [{"model": "m"}])
    ask(api, "fraud", 3, bad=1)
    ask(api, "other", 2)
    counted(api, "fraud", 4)
    counted(api, "other", 2)
    query = {"pipelines": "other,gone,fraud"}
    found = answered(api.get("/v1/series", params=query), 200)
    assert [(one["pipeline"], total(one), total(one, "errors")) for one in found["series"]] == [
        ("other", 2, 0),
        ("fraud", 4, 1),
    ]
    refused(api.get("/v1/series"), 400, "pipelines", "1 to 100")
    refused(api.get("/v1/series", params={"pipelines": "a,a"}), 400, "pipelines", "different")
    many = ",".join(f"p{number}" for number in range(100))
    refused(api.get("/v1/series", params={"pipelines": many, "step": 5}), 400, "step", "20000")
    answered(api.get("/v1/series", params={"pipelines": many}), 200)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"step": "7"}, "step"),
        ({"step": "0"}, "step"),
        ({"step": "99999999999999999999"}, "step"),
        ({"step": "86460"}, "step"),
        ({"step": "5", "start": "2020-01-01T00:00:00Z"}, "step"),
        ({"step": "60", "start": "1970-01-01T00:00:00Z"}, "step"),
        ({"start": "9999-12-31T23:59:59Z", "end": "1960-01-01T00:00:00Z"}, "start"),
        ({"start": "1960-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}, "step"),
        ({"start": "9223372036854775807"}, "start"),
        ({"end": "yesterday"}, "end"),
    ],
)
def test_questions_that_are_refused(fraud: Server, query: dict[str, str], field: str) -> None:
    refused(fraud.api.get("/v1/pipelines/fraud/series", params=query), 400, field)


def test_a_deployment_keeps_the_series_and_a_deletion_ends_it(fraud: Server) -> None:
    api = fraud.api
    ask(api, "fraud", 3)
    api.serve("fraud", [{"model": "m"}])
    ask(api, "fraud", 2)
    counted(api, "fraud", 5)
    api.undeploy("fraud")
    answered(api.delete("/v1/pipelines/fraud", params={"force": "true", "log": "true"}), 200)
    refused(api.get("/v1/pipelines/fraud/series"), 404, "pipeline")
    api.serve("fraud", [{"model": "m"}])
    for query in ({}, {"step": 5}, {"step": 60}):
        assert total(series(api, "fraud", **query)) == 0
    ask(api, "fraud", 1)
    assert total(counted(api, "fraud", 1)) == 1
    fraud.stop()
    fraud.start()
    assert total(series(fraud.api, "fraud", step=60)) == 1, "what was deleted does not come back from the disk"


def test_minutes_survive_restarts_and_what_is_torn_is_cut(fraud: Server) -> None:
    ask(fraud.api, "fraud", 7, bad=2)
    assert fraud.stop() == 0
    (file,) = sorted((fraud.data / "series").glob("*.points"))[-1:]
    content = file.read_bytes()
    assert content.endswith(b"\n")
    lines = content.splitlines(keepends=True)
    changed = bytearray(lines[-1])
    changed[20] ^= 1
    # A line that is not what was written, noise, and a line that was being written when the server was killed.
    file.write_bytes(content + bytes(changed) + b"noise\n\n\xff\xfe\n" + lines[-1][: len(lines[-1]) // 2])
    fraud.start()
    found = series(fraud.api, "fraud", step=60)
    assert (total(found), total(found, "errors")) == (9, 2)
    ask(fraud.api, "fraud", 5)
    counted(fraud.api, "fraud", 14, step=60)
    fraud.stop()
    fraud.start()
    found = series(fraud.api, "fraud", step=60)
    assert (total(found), total(found, "errors")) == (14, 2)
    fraud.kill()
    fraud.start()
    assert total(series(fraud.api, "fraud", step=60)) == 14


def test_a_disk_that_cannot_be_written_harms_nothing(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server(folder=tmp_path / "full")
    server.stop()
    folder = server.data / "series"
    for file in folder.glob("*"):
        file.unlink()
    if folder.exists():
        folder.rmdir()
    folder.write_text("not a folder")
    server.start()
    server.api.upload("m", "fraud-dense.onnx")
    server.api.serve("fraud", [{"model": "m"}])
    ask(server.api, "fraud", 3)
    counted(server.api, "fraud", 3)
    assert server.stop() == 0
    assert "Could not write time series" in server.log.read_text()
    server.start()
    assert total(series(server.api, "fraud")) == 0


def test_a_clock_that_jumps_harms_nothing(start_server: Callable[..., Server], tmp_path: Path) -> None:
    (library,) = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    server = start_server(
        environment={
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        },
        # The shell absorbs what the library adds to the environment of its first process.
        wrapper=["sh", "-c", 'exec "$0" "$@"'],
    )
    api = server.api
    api.upload("m", "fraud-dense.onnx")
    api.serve("fraud", [{"model": "m"}])
    ask(api, "fraud", 2)
    counted(api, "fraud", 2)
    for jump in ("-2d", "+3h", "+0"):
        clock.write_text(jump)
        ask(api, "fraud", 1)
        time.sleep(1.2)
        answered(api.get("/v1/pipelines/fraud/series"), 200)
    found = counted(api, "fraud", 2)
    assert 2 <= total(found) <= 5
    assert server.stop() == 0


def test_the_sdk_makes_frames(fraud: Server) -> None:
    ask(fraud.api, "fraud", 6, bad=1)
    counted(fraud.api, "fraud", 7)
    (pipeline,) = roost.Client(fraud.url).pipelines_by_name("fraud")
    found = pipeline.series(start=timedelta(minutes=10), step=timedelta(minutes=1))
    assert (found.step, sum(value or 0 for value in found.requests)) == (timedelta(minutes=1), 7)
    frame = found.to_dataframe()
    assert list(frame.columns[:5]) == list(COUNTS)
    assert (int(frame["requests"].sum()), int(frame["errors"].sum())) == (7, 1)
    assert str(frame.index.tz) == "UTC"
    assert "7 requests, 1 errors" in repr(found)
    assert (found.total["requests"], found.total["client_errors"]) == (7, 1)
    assert (found.total["p50_ms"] or 0) > 0
