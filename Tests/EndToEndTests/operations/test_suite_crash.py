"""The server is killed while suites run. Every version that was acknowledged is tested."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

from harness import Server, answered
from monitored import echo
from suites import ended, put_object, put_suite

KILLS = int(os.environ.get("ROOST_KILLS", "6"))


def test_every_version_is_tested_whenever_the_server_is_killed(start_server: Callable[..., Server]) -> None:
    chance = random.Random(5)
    server = start_server()
    api = server.api
    api.upload("killed", echo(2))
    rows = "".join(f"{index % 2},{index % 7 / 7:.3f}\n" for index in range(2000))
    data = put_object(api, "rows.csv", rows)
    other = put_object(api, "more.csv", "".join(f"{index % 2},{index % 5},{index % 3}\n" for index in range(3000)))
    suite = put_suite(api, {"quality": {"metric": "accuracy", "data": other, "minimum": 0}}, model="killed")
    assert data
    uploaded = []
    for turn in range(KILLS):
        uploaded.append(server.api.upload("killed", echo(2, f"x{turn}"))["id"])
        time.sleep(chance.uniform(0, 0.4))
        server.kill()
        server.start()
    runs = ended(server.api, suite, KILLS)
    assert sorted(run["model"].split("@")[1] for run in runs) == sorted(uploaded)
    for run in runs:
        assert run["outcome"] == "passed", run
    events = answered(server.api.get("/v1/events", params={"kind": "suite.passed", "limit": 100}), 200)["events"]
    assert len({event["details"]["run"] for event in events}) == len(events) == KILLS
