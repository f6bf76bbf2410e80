"""The server is killed while it deletes. What it deletes is there with its log, or gone with it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing

import requests
from harness import DATA, Api, Server, answered
from small_onnx import failing_model

KILLS = int(os.environ.get("ROOST_KILLS", "10"))
INPUT = {"tensor": json.loads((DATA / "fraud.json").read_text())["tensor"]}


def test_a_deletion_is_done_or_not_after_every_kill(start_server: Callable[..., Server]) -> None:
    chance = random.Random(11)
    server = start_server()
    server.api.upload("kept", "fraud-dense.onnx")
    server.api.serve("kept", ["kept"])
    outcomes = set()
    for turn in range(KILLS):
        api = server.api
        # The model's bytes differ, and those of its twin are those of a model that stays.
        own = api.upload("own", failing_model(29, f"input-{turn}"))
        api.upload("own", "fraud-dense.onnx")
        api.define("own", [f"own@{own['id']}"])
        twin = api.serve("own", ["own"])
        for _ in range(3):
            api.infer("own", INPUT)
        assert len(api.logs("own")) == 3
        api.undeploy("own")
        acknowledged = threading.Event()
        thread = threading.Thread(target=delete, args=(server.url, acknowledged))
        thread.start()
        if turn == 0:
            assert acknowledged.wait(10)
        else:
            time.sleep(chance.uniform(0, 0.03))
        server.kill()
        thread.join(30)
        server.start()

        api = server.api
        answer = api.get("/v1/pipelines/own")
        is_gone = answer.status_code == 404
        outcomes.add(is_gone)
        assert is_gone or not acknowledged.is_set()
        if is_gone:
            assert not (server.data / "logs" / "own").exists()
            api.define("own", ["kept"])
            assert api.logs("own") == []
        else:
            assert len(api.logs("own")) == 3
            assert answered(answer, 200)["version"]["id"] == twin["id"]
        everything = {"force": "true", "log": "true"}
        answered(api.delete("/v1/pipelines/own", params=everything), 200)
        if api.get("/v1/models/own").status_code == 200:
            answered(api.delete("/v1/models/own", params=everything), 200)
        # Every artifact belongs to a version, and the version that stays has its own.
        assert len([path for path in (server.data / "objects" / "sha256").rglob("*") if path.is_file()]) == 1
        assert api.infer("kept", INPUT)
    # That some kills come before the deletion is likely, but not certain.
    assert True in outcomes


def test_a_start_removes_the_logs_of_what_was_deleted_and_no_others(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload("kept", "fraud-dense.onnx")
    assert server.stop() == 0
    gone = ("logs/gone", "labels/gone", "logs/@default@gone")
    # Nothing says that these were deleted: perhaps an older database was restored.
    others = ("logs/other", "labels/other", "logs/@default@other")
    segment = f"{time.time_ns() // 1000:017}.jsonl"
    for folder in gone + others:
        (server.data / folder).mkdir(parents=True)
        (server.data / folder / segment).write_text("{}\n")
    with closing(sqlite3.connect(server.data / "roost.sqlite")) as database, database:
        database.executemany("INSERT INTO removal VALUES (?)", [("gone",), ("default@gone",)])
    server.start()
    assert not any((server.data / folder).exists() for folder in gone)
    assert all((server.data / folder / segment).exists() for folder in others)
    with closing(sqlite3.connect(server.data / "roost.sqlite")) as database:
        assert database.execute("SELECT * FROM removal").fetchall() == []


def delete(url: str, acknowledged: threading.Event) -> None:
    api = Api(url)
    with contextlib.suppress(requests.RequestException):
        answered(api.delete("/v1/pipelines/own", params={"log": "true"}), 200)
        acknowledged.set()
        answered(api.delete("/v1/models/own"), 200)
