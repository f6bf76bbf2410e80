"""Releases over restarts of the server: what was counted is kept, and gives the same evidence again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import small_onnx
from harness import Api, Server, until
from monitored import echo
from released import counted, ended, stage, start, status, version

REFUSED = 2.0


def canary(server: Server) -> Any:
    """Starts a release whose candidate fails where the value is 2."""
    api = server.api
    api.upload("good", echo())
    api.upload("failing", small_onnx.failing_model(1, "x"))
    api.serve("restarted", [{"model": "good"}])
    release = start(api, "restarted", "failing", stage(0.5, "1h"))
    until(lambda: status(api, release["id"]).get("stage"), "the canary begins")
    return release


def answer(api: Api, value: float) -> bool:
    return api.post("/v1/pipelines/restarted/infer", json={"x": [[value]]}).ok


def test_evidence_is_the_same_after_each_kill(start_server: Callable[..., Server]) -> None:
    server = start_server()
    release = canary(server)
    for turn in range(3):
        api = server.api
        for _ in range(2):
            assert all(answer(api, 1.0) for _ in range(20))
            time.sleep(1.2)
        until(lambda: not answer(server.api, REFUSED), "the candidate refuses a request")
        before = counted(api, release["id"])
        server.kill()
        server.start()
        until(lambda: status(server.api, release["id"]).get("stage"), "the canary goes on")
        after = status(server.api, release["id"])
        assert after["guardrails"] == before["guardrails"]
        assert after["stage"]["units"] == before["stage"]["units"] > 10 * turn
    (guardrail,) = after["guardrails"]
    assert guardrail["champion"] == 0 < guardrail["candidate"]
    assert 1 < guardrail["evidence"] < guardrail["bound"]


def test_the_evidence_over_time_outlives_the_server(start_server: Callable[..., Server]) -> None:
    server = start_server()
    release = canary(server)
    path = f"/v1/releases/{release['id']}/evidence"
    assert all(answer(server.api, 1.0) for _ in range(20))
    until(lambda: len(server.api.get(path).json()["moments"]) >= 2, "there are two moments")
    server.stop()
    server.start()
    until(lambda: status(server.api, release["id"]).get("stage"), "the canary goes on")
    before = server.api.get(path).json()
    assert before["guardrails"][0]["bound"] == 100
    assert len(before["moments"]) >= 2
    until(lambda: len(server.api.get(path).json()["moments"]) > len(before["moments"]), "a moment is added")
    assert server.api.post(f"/v1/releases/{release['id']}/abort").ok
    ended(server.api, release["id"])
    after = server.api.get(path).json()["moments"]
    assert len(after) > len(before["moments"])
    assert after[0] == before["moments"][0]


def test_a_release_whose_counts_are_damaged_goes_back(start_server: Callable[..., Server]) -> None:
    server = start_server()
    release = canary(server)
    assert all(answer(server.api, 1.0) for _ in range(20))
    counted(server.api, release["id"])
    server.kill()
    with closing(sqlite3.connect(server.data / "roost.sqlite")) as database:
        assert database.execute("UPDATE rollout SET counts = x'090909'").rowcount == 1
        database.commit()
    server.start()
    found = ended(server.api, release["id"])
    assert found["state"] == "failed"
    assert version(server.api, "restarted")["version"] == release["from_version"]
