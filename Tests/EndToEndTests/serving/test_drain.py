"""Draining: a server that is asked to stop finishes running requests, and accepts no others."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from harness import BINARY, DATA, Api, Server, answered, until

FRAUD: list[list[float]] = json.loads((DATA / "fraud.json").read_text())["tensor"]
HANGS = [[0.6] * 29]

StartServer = Callable[..., Server]


def test_a_drain_answers_as_not_ready_and_goes_on_until_its_delay_is_over(start_server: StartServer) -> None:
    server = start_server("--drain-delay", "8")
    api = server.api
    api.upload("m", "fraud-dense.onnx")
    api.serve("p", ["m"])
    assert answered(api.get("/v2/health/ready"), 200) == {"ready": True}
    server.signal(signal.SIGTERM)
    until(lambda: Api(api.url).get("/v2/health/ready").status_code == 503, "the server is not ready any more", 7)
    fresh = server.api
    assert answered(fresh.get("/v2/health/ready"), 503) == {"ready": False}
    assert fresh.status()["state"] == "draining"
    assert answered(fresh.get("/v2/health/live"), 200) == {"live": True}
    assert fresh.infer("p", {"tensor": FRAUD})["model_name"] == "m"
    assert server.wait() == 0


@contextmanager
def slow_request(server: Server) -> Iterator[list[Any]]:
    """A request that runs for as long as the server lets it, and its outcome."""
    outcome: list[Any] = []

    def ask() -> None:
        try:
            outcome.append(server.api.post("/v1/pipelines/slow/infer", json={"input": HANGS}, timeout=20))
        except requests.RequestException as error:
            outcome.append(error)

    api = server.api
    api.upload("slow", "slow-loop.onnx")
    api.serve("slow", ["slow"])
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    until(lambda: api.metric("roost_pool_running") == 1, "the slow request runs")
    yield outcome
    thread.join(30)
    assert not thread.is_alive()


def test_a_drain_waits_for_a_request_that_runs(start_server: StartServer) -> None:
    server = start_server("--timeout", "5")
    with slow_request(server) as outcome:
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
    assert isinstance(outcome[0], requests.Response), outcome[0]
    assert outcome[0].status_code == 504


def test_a_drain_that_takes_too_long_ends(start_server: StartServer) -> None:
    server = start_server("--timeout", "60", "--drain-limit", "0.5")
    with slow_request(server) as outcome:
        server.signal(signal.SIGTERM)
        server.wait(15)
    assert outcome


def test_a_second_signal_ends_the_server_at_once(start_server: StartServer) -> None:
    server = start_server("--timeout", "60", "--drain-delay", "60")
    with slow_request(server) as outcome:
        server.signal(signal.SIGTERM)
        until(lambda: server.api.status()["state"] == "draining", "the server drains")
        server.signal(signal.SIGTERM)
        assert server.wait(5) != 0
    assert isinstance(outcome[0], requests.ConnectionError), outcome[0].text


def test_a_second_server_is_kept_out_of_the_data_folder(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        command = [str(BINARY), "serve", "--port", "0", "--data", str(server.data)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 1
        message = f"Error: Another server (process {server.pid}) is using the data folder '{server.data}'."
        assert second.stderr.startswith(message)
        assert len(second.stderr.splitlines()) == 1
        assert server.api.get("/v1/status").status_code == 200
        # A crash leaves nothing that prevents the next start.
        server.kill()
        server.start()
    finally:
        server.kill()
