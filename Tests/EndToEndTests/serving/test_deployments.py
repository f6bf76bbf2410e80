"""Deployments: swaps under load, failed loads, restarts, limits and memory."""

from __future__ import annotations

import json
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from harness import DATA, Api, Server, answered, refused, until

FRAUD: list[list[float]] = json.loads((DATA / "fraud.json").read_text())["tensor"]
HANGS, SHORT = [[0.6] * 29], [[0.25] * 29]

StartServer = Callable[..., Server]


def artifact_path(server: Server, version: Any) -> Path:
    """Returns the path of a model version's artifact on the server."""
    (path,) = (server.data / "objects").rglob(version["sha256"])
    return path


# Swaps


class Load:
    """Threads that infer without a pause, and count the responses."""

    def __init__(self, url: str, pipeline: str, threads: int = 4) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._url, self._pipeline = url, pipeline
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def _run(self) -> None:
        api = Api(self._url)
        while not self._end.is_set():
            try:
                answer = api.post(f"/v1/pipelines/{self._pipeline}/infer", json={"tensor": FRAUD}, timeout=20)
                said = answer.json()["model_version"] if answer.status_code == 200 else None
                failure = None if said else f"{answer.status_code} {answer.text[:300]}"
            except requests.RequestException as error:
                said, failure = None, repr(error)
            with self._lock:
                if said:
                    self.answers[said] += 1
                else:
                    self.failures.append(str(failure))

    @property
    def count(self) -> int:
        with self._lock:
            return sum(self.answers.values()) + len(self.failures)

    def has(self, count: int) -> bool:
        return self.count >= count

    @contextmanager
    def running(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._end.set()
            for thread in self._threads:
                thread.join(30)
            assert not any(thread.is_alive() for thread in self._threads)


def test_no_request_fails_while_versions_are_swapped(start_server: StartServer) -> None:
    server = start_server()
    api = server.api
    uploads = [api.upload("m", name) for name in ("fraud-dense.onnx", "fraud-dense-2.onnx", "fraud-trees.onnx")]
    versions = [api.define("p", [f"m@{upload['id']}"])["version"]["id"] for upload in uploads]
    artifact_path(server, uploads[2]).unlink()
    assert api.deploy("p", versions[0])["state"] == "Running"

    load = Load(api.url, "p")
    with load.running():
        for turn in range(20):
            # Let each version answer for a while before it is replaced.
            before = load.count
            until(partial(load.has, before + 4), "requests are answered between two swaps")
            index = 2 if turn == 10 else (turn + 1) % 2
            deployment = api.deploy("p", versions[index])
            assert deployment["state"] == "Running"
            if index == 2:
                assert deployment["version"] == versions[turn % 2]
                assert "'m'" in deployment["error"]
            else:
                assert deployment["version"] == versions[index]
                assert "error" not in deployment
    assert load.failures == []
    assert set(load.answers) == {uploads[0]["id"], uploads[1]["id"]}


def test_a_swap_answers_with_the_new_version_at_once(start_server: StartServer) -> None:
    api = start_server().api
    uploads = [api.upload("m", name) for name in ("fraud-dense.onnx", "fraud-dense-2.onnx")]
    versions = [api.define("p", [f"m@{upload['id']}"])["version"]["id"] for upload in uploads]
    for _ in range(3):
        for upload, version in zip(uploads, versions, strict=True):
            api.deploy("p", version)
            assert api.infer("p", {"tensor": FRAUD})["model_version"] == upload["id"]
            assert api.get("/v2/models/p").json()["versions"] == [version]


def test_a_first_deployment_that_cannot_load_is_an_error_that_can_be_mended(start_server: StartServer) -> None:
    server = start_server()
    api = server.api
    path = artifact_path(server, api.upload("m", "fraud-dense.onnx"))
    hidden = shutil.move(path, server.data / "hidden")
    api.define("p", ["m"])
    deployment = api.deploy("p")
    assert deployment["state"] == "Error"
    assert "'m'" in deployment["error"]
    assert str(server.data) not in deployment["error"]
    refused(api.post("/v1/pipelines/p/infer", json={"tensor": FRAUD}), 404, "pipeline", "'p'")

    shutil.move(hidden, path)
    deployment = api.deploy("p")
    assert deployment["state"] == "Running"
    assert "error" not in deployment
    api.infer("p", {"tensor": FRAUD})


def test_an_undeployed_pipeline_is_not_found(start_server: StartServer) -> None:
    api = start_server().api
    api.upload("m", "fraud-dense.onnx")
    api.define("p", ["m"])
    refused(api.get("/v1/pipelines/p/deployment"), 404, "pipeline", "never deployed")
    refused(api.delete("/v1/pipelines/p/deployment"), 404, "pipeline", "never deployed")
    api.deploy("p")
    api.infer("p", {"tensor": FRAUD})
    deployment = api.undeploy("p")
    assert (deployment["state"], deployment["models"]) == ("Stopped", [])
    refused(api.post("/v1/pipelines/p/infer", json={"tensor": FRAUD}), 404, "pipeline", "'p'")
    refused(api.post("/v2/models/p/infer", json={"inputs": []}), 404, "p")
    refused(api.get("/v2/models/m/ready"), 404, "m")
    assert api.status()["pipelines"] == 0
    # Its log can still be read.
    assert len(api.logs("p")) == 1


def test_an_undeployment_waits_for_no_deadline(start_server: StartServer) -> None:
    api = start_server("--timeout", "60", "--challenger-timeout", "60").api
    api.upload("m", "fraud-dense.onnx")
    api.upload("slow", "slow-loop.onnx")
    api.serve("alone", ["slow"])
    api.infer("alone", {"input": SHORT})
    api.undeploy("alone", limit=10)
    api.serve("shadowed", [{"shadow_deploy": {"champion": "m", "challengers": ["slow"]}}])
    api.infer("shadowed", {"tensor": SHORT})
    api.undeploy("shadowed", limit=10)


# Restarts


@pytest.mark.parametrize("crash", [False, True], ids=["SIGTERM", "kill -9"])
def test_a_restart_brings_deployments_back_as_they_were(start_server: StartServer, crash: bool) -> None:
    server = start_server()
    api = server.api
    old = api.upload("m", "fraud-dense.onnx")
    api.serve("old-version", ["m"])
    api.upload("m", "fraud-dense-2.onnx")
    api.define("old-version", ["m"])
    api.serve("stopped", ["m"])
    api.undeploy("stopped")
    api.serve("back", [f"m@{old['id']}"])
    api.serve("back", ["m"])
    answered(api.put("/v1/pipelines/back/deployment", json={"version": "previous"}), 202)
    api.settled("back")
    api.define("never", ["m"])
    api.serve("shadowed", [{"shadow_deploy": {"champion": f"m@{old['id']}", "challengers": ["m"]}}])
    before = {name: api.infer(name, {"tensor": FRAUD})["outputs"] for name in ("old-version", "shadowed")}
    listing = api.listing()
    states = {entry["name"]: entry.get("deployment", {}).get("state") for entry in listing[2]["pipelines"]}
    versions = [version["id"] for version in api.get("/v1/pipelines/back/versions").json()["versions"]]
    if crash:
        server.kill()
    else:
        assert server.stop() == 0

    server.start()
    api = server.api
    workspaces, models, pipelines = api.listing()
    assert (workspaces, models) == listing[:2]
    assert {entry["name"]: entry.get("deployment", {}).get("state") for entry in pipelines["pipelines"]} == states
    assert {name: api.infer(name, {"tensor": FRAUD})["outputs"] for name in before} == before
    assert api.infer("old-version", {"tensor": FRAUD})["model_version"] == old["id"]
    refused(api.post("/v1/pipelines/stopped/infer", json={"tensor": FRAUD}), 404, "pipeline", "'stopped'")
    deployed = api.get("/v1/pipelines/back/deployment").json()
    assert [deployed["previous_version"], deployed["version"]] == versions


# Limits and memory


def test_an_inference_over_the_limit_is_ended_and_others_go_on(start_server: StartServer) -> None:
    api = start_server("--timeout", "0.5").api
    api.upload("slow", "slow-loop.onnx")
    api.serve("slow", ["slow"])
    # More runs than there are threads for event loops or models, because a run that is not stopped would block one.
    for _ in range(5):
        answer = api.post("/v1/pipelines/slow/infer", json={"input": HANGS}, timeout=10)
        assert answer.status_code == 504, answer.text
        assert answer.json()["error"]["code"] == "timeout"
    assert api.infer("slow", {"input": SHORT})["outputs"][0]["Float"]["data"] == [0.25]


def test_deployments_that_come_and_go_leave_no_memory_behind(start_server: StartServer) -> None:
    api = start_server().api
    for index in range(4):
        api.upload(f"m{index}", "fraud-trees.onnx")
    models = [{"model": f"m{index}", "weight": 1} for index in range(4)]
    version = api.define("p", [{"random_split": {"models": models}}])["version"]["id"]

    def cycle() -> None:
        api.deploy("p", version)
        api.infer("p", {"tensor": FRAUD})
        api.undeploy("p")

    for _ in range(5):
        cycle()
    before = api.status()["memory_mb"]
    for _ in range(10):
        cycle()
    assert api.status()["memory_mb"] < before + 15


def test_a_restart_is_no_change_of_a_deployment(start_server: StartServer) -> None:
    server = start_server()
    server.api.upload("m", "fraud-dense.onnx")
    server.api.serve("p", ["m"])
    before = answered(server.api.get("/v1/pipelines/p/deployment"), 200)
    for end in (server.stop, server.kill):
        end()
        server.start()
        after = server.api.settled("p")
        assert (after["state"], after["updated_at"]) == ("Running", before["updated_at"])
    server.api.undeploy("p")
    assert server.api.deploy("p")["updated_at"] > before["updated_at"]
