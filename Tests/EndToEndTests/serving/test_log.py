"""The inference log: its contents, how it is read back, and its metrics."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from harness import DATA, Api, Server, answered, refused, tensor, until

MODEL, OTHER = "log-model", "log-other"
PIPELINE = "logged"
HOUSES: list[list[float]] = json.loads((DATA / "houses.json").read_text())["features"]
#: The house whose price is too high.
BAD = 17
KEPT_BYTES = 32 << 10


@pytest.fixture(scope="module")
def logging_server(running_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose counters no other test changes."""
    server = Server(tmp_path_factory.mktemp("log"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def client(logging_server: Server) -> Api:
    api = logging_server.api
    api.upload(MODEL, "house-price.onnx")
    api.upload(OTHER, "housing-regression.json")
    return api


@pytest.fixture(scope="module")
def entries(client: Api) -> list[Any]:
    """Sixty entries, newest first: each house by two models, and 20 entries from another time."""
    models = {"xgb": OTHER}
    step = {"key_split": {"key": "kind", "default": MODEL, "models": models}}
    rules = [("price", f"{MODEL}.outputs[0][0] < 100")]
    client.serve(PIPELINE, [step], rules)
    for kind in ("onnx", "xgb", "onnx"):
        for number, house in enumerate(HOUSES):
            headers = {"X-Roost-Inference-Id": f"{kind}-{number}"}
            client.infer(PIPELINE, {"features": [house], "kind": kind}, headers=headers)
    logged = client.logs(PIPELINE, limit="1000")
    assert len(logged) == 60
    return logged


def test_entries_are_what_was_answered_newest_first(client: Api, entries: list[Any]) -> None:
    assert [entry["time"] for entry in entries] == sorted((entry["time"] for entry in entries), reverse=True)
    assert entries[0]["id"] == "onnx-19"
    answer = client.post(f"/v1/pipelines/{PIPELINE}/infer", json={"features": [HOUSES[BAD]], "kind": "onnx"})
    result = answered(answer, 200)
    (entry,) = client.logs(PIPELINE, id=answer.headers["X-Roost-Inference-Id"])
    version = client.get(f"/v1/pipelines/{PIPELINE}").json()["version"]["id"]
    assert re.fullmatch("[0-9a-f]{16}", entry.pop("keys")["kind"])
    (model_time,) = entry.pop("step_times")
    assert 0 < model_time < entry["elapsed"]
    # The split's key is not declared to be random, so there is no share.
    assert entry == {
        "experiment": client.get(f"/v1/pipelines/{PIPELINE}").json()["version"]["experiment"]["id"],
        "variant": MODEL,
        "time": result["time"],
        "id": answer.headers["X-Roost-Inference-Id"],
        "valid": False,
        "model_name": MODEL,
        "model_version": result["model_version"],
        "role": "champion",
        "pipeline_name": PIPELINE,
        "pipeline_version": version,
        "elapsed": result["elapsed"],
        "check_failures": result["check_failures"],
        "outputs": result["outputs"],
        "original_data": {"features": [HOUSES[BAD]], "kind": "onnx"},
    }


def rfc3339(milliseconds: int, offset: int = 0) -> str:
    zone = timezone(timedelta(hours=offset))
    return datetime.fromtimestamp(milliseconds / 1000, zone).isoformat(timespec="milliseconds")


def matching(entries: list[Any], query: dict[str, str]) -> list[Any]:
    """Returns the entries that a query should find, computed without the server."""
    found = [
        entry
        for entry in entries
        if entry["model_name"] == query.get("model", entry["model_name"])
        and entry["id"] in query.get("id", entry["id"]).split(" ")
        and entry["valid"] == (query["valid"] == "true" if "valid" in query else entry["valid"])
        and int(query.get("start", 0)) <= entry["time"] < int(query.get("end", 1 << 60))
    ]
    return found[: int(query.get("limit", 100))]


QUERIES: list[dict[str, str]] = [
    {},
    {"limit": "1"},
    {"limit": "7"},
    {"model": MODEL},
    {"model": OTHER},
    {"model": "nope"},
    {"valid": "true"},
    {"valid": "false"},
    {"valid": "false", "limit": "1"},
    {"id": "xgb-3"},
    {"id": "onnx-3"},
    {"id": "nope"},
    {"id": "xgb-3 nope onnx-3"},
    {"model": MODEL, "valid": "true", "limit": "5"},
    {"model": OTHER, "valid": "false"},
    {"start": "FIRST"},
    {"end": "FIRST"},
    {"start": "MIDDLE"},
    {"end": "MIDDLE"},
    {"start": "MIDDLE", "end": "LAST", "model": MODEL},
    {"start": "LAST", "end": "FIRST"},
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_query_finds_what_it_says(client: Api, entries: list[Any], query: dict[str, str]) -> None:
    now = client.logs(PIPELINE, limit="1000")
    times = {"FIRST": entries[-1]["time"], "MIDDLE": entries[30]["time"], "LAST": entries[0]["time"]}
    query = {name: str(times.get(value, value)) for name, value in query.items()}
    expected = matching(now, query)
    assert client.logs(PIPELINE, **query) == expected
    exported = client.get(f"/v1/pipelines/{PIPELINE}/logs/export", params={"limit": "100"} | query)
    assert exported.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in exported.text.splitlines()] == expected


def test_a_query_names_at_most_a_hundred_ids(client: Api, entries: list[Any]) -> None:
    answer = client.get(f"/v1/pipelines/{PIPELINE}/logs", params={"id": " ".join(map(str, range(101)))})
    refused(answer, 400, "id", "at most 100 ids")


def test_times_may_be_written_in_any_zone(client: Api, entries: list[Any]) -> None:
    middle = entries[30]["time"]
    expected = client.logs(PIPELINE, start=str(middle), limit="1000")
    for written in (rfc3339(middle), rfc3339(middle, 2), rfc3339(middle).replace("+00:00", "Z")):
        assert client.logs(PIPELINE, start=written, limit="1000") == expected, written


def test_an_export_has_everything_without_a_limit(client: Api, entries: list[Any]) -> None:
    exported = client.get(f"/v1/pipelines/{PIPELINE}/logs/export").text
    assert exported.endswith("\n")
    assert [json.loads(line) for line in exported.splitlines()] == client.logs(PIPELINE, limit="100000")


def test_an_export_of_nothing_is_empty(client: Api, entries: list[Any]) -> None:
    answer = client.get(f"/v1/pipelines/{PIPELINE}/logs/export", params={"id": "nope"})
    assert (answer.status_code, answer.content) == (200, b"")


def test_pandas_reads_the_files_as_they_are(client: Api, logging_server: Server, entries: list[Any]) -> None:
    logged = client.logs(PIPELINE, limit="1000")
    segments = sorted((logging_server.data / "logs" / PIPELINE).glob("*.jsonl"))
    frame = pd.concat([pd.read_json(segment, lines=True, dtype=False) for segment in segments])
    assert len(frame) == len(logged)
    assert set(frame["id"]) == {entry["id"] for entry in logged}
    assert frame["time"].is_monotonic_increasing
    assert int((~frame["valid"]).sum()) == len([entry for entry in logged if not entry["valid"]])
    prices = frame["outputs"].map(lambda outputs: outputs[0]["Float"]["data"][0])
    assert prices[frame["valid"] & (frame["model_name"] == MODEL)].max() < 100


def test_what_is_too_large_is_left_out_and_counted(client: Api) -> None:
    client.serve("large", [MODEL])
    omitted = client.metric("roost_log_parts_omitted_total")
    body = json.dumps({"features": HOUSES * 20})
    assert len(body) > KEPT_BYTES
    result = answered(client.post("/v1/pipelines/large/infer", data=body), 200)
    assert result["original_data"] == json.loads(body)
    (entry,) = client.logs("large")
    assert entry["original_data"] is None
    assert entry["omitted"] == {"original_data": len(body)}
    assert entry["outputs"] == result["outputs"]
    assert client.metric("roost_log_parts_omitted_total") == omitted + 1

    rows = HOUSES[:1] * 10_000
    answer = client.infer_v2("large", [tensor("features", "FP32", rows)])
    assert answer["outputs"][0]["shape"] == [10_000, 1]
    entry = client.logs("large", limit="1")[0]
    assert entry["omitted"] == {"original_data": 10_000 * 13 * 4, "outputs": 10_000 * 4}
    assert (entry["original_data"], entry["outputs"]) == (None, None)
    assert client.metric("roost_log_parts_omitted_total") == omitted + 3


def test_what_is_just_small_enough_is_kept(client: Api) -> None:
    client.serve("limit", [MODEL])
    body = json.dumps({"features": HOUSES[:1]})
    for size, is_kept in ((KEPT_BYTES, True), (KEPT_BYTES + 1, False)):
        answered(client.post("/v1/pipelines/limit/infer", data=body.ljust(size)), 200)
        entry = client.logs("limit", limit="1")[0]
        assert (entry["original_data"] is not None) == is_kept, size


def test_a_request_of_many_lines_is_one_line(client: Api) -> None:
    client.serve("lines", [MODEL])
    text = json.dumps({"features": HOUSES[:1]}, indent=4).replace("\n", "\r\n")
    answered(client.post("/v1/pipelines/lines/infer", data=text), 200)
    exported = client.get("/v1/pipelines/lines/logs/export").text.splitlines()
    assert [json.loads(line)["original_data"] for line in exported] == [{"features": HOUSES[:1]}]


def test_a_model_that_is_asked_directly_has_a_log_of_its_own(client: Api) -> None:
    client.serve("direct", [MODEL])
    client.infer_v2(MODEL, [tensor("features", "FP32", HOUSES[:1])], id="direct-1")
    entries = answered(client.get(f"/v1/models/{MODEL}/logs", params={"id": "direct-1"}), 200)["entries"]
    assert [entry["model_name"] for entry in entries] == [MODEL]
    assert entries[0]["original_data"]["features"] == HOUSES[:1]
    assert client.logs("direct") == []


def test_all_that_was_accepted_is_logged_or_counted_as_dropped(client: Api, entries: list[Any]) -> None:
    def balanced() -> bool:
        accepted = client.metric("roost_log_entries_accepted_total")
        dropped = client.metric("roost_log_entries_dropped_total")
        return accepted == client.metric("roost_log_entries_logged_total") + dropped

    until(balanced, "the log's buffer is written")
    names = [pipeline["name"] for pipeline in client.listing()[2]["pipelines"]]
    read = sum(len(client.logs(name, limit="100000")) for name in names)
    direct = client.get(f"/v1/models/{MODEL}/logs", params={"limit": "100000"}).json()["entries"]
    assert read + len(direct) == client.metric("roost_log_entries_logged_total")
    assert client.metric("roost_log_entries_dropped_total") == 0
    assert client.metric("roost_requests_total") == read + len(direct)


def anonymous_bytes(pid: int) -> int:
    """Returns the memory of a process, without the files that are mapped into it."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(status.split("RssAnon:")[1].split()[0])


def test_a_long_answer_is_not_built_in_memory(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api = server.api
    api.upload("long", "house-price.onnx")
    api.serve("long", ["long"])
    api.infer("long", {"features": HOUSES[:1]})
    entry = json.dumps(api.logs("long")[0], separators=(",", ":"))
    assert list(json.loads(entry))[:4] == ["time", "id", "valid", "model_name"]
    # The log as it would be after a while of larger requests.
    line = entry.replace('"original_data":{', '"original_data":{"padding":"' + "x" * 3000 + '",')
    (server.data / "logs" / "long" / f"{int((time.time() - 600) * 1e6)}.jsonl").write_text(f"{line}\n" * 40_000)
    before = anonymous_bytes(server.pid)
    for path, key in [("logs", "entries"), ("logs/export", None)]:
        answer = api.get(f"/v1/pipelines/long/{path}", params={"limit": "40000"}, stream=True)
        size = highest = 0
        content = b""
        for piece in answer.iter_content(1 << 20):
            content = content[-4000:] + piece[-4000:]
            size += len(piece)
            highest = max(highest, anonymous_bytes(server.pid))
        assert size > 100_000_000
        assert highest - before < 40_000_000
        assert content.endswith(b"}]}" if key else b"}\n")
