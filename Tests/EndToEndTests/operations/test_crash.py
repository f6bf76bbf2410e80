"""The server is killed repeatedly while it works. Nothing that it acknowledged may be lost."""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests
from harness import DATA, Api, Server, answered, until
from small_onnx import failing_model

KILLS = int(os.environ.get("ROOST_KILLS", "10"))
FRAUD: list[list[float]] = json.loads((DATA / "fraud.json").read_text())["tensor"]
NUMBERS: list[float] = [float(number % 2) for number in range(29)]


class Acknowledged:
    """What the server has acknowledged across restarts."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        #: The path of each uploaded artifact, and the SHA-256 of its bytes.
        self.artifacts: dict[str, str] = {}
        #: The pipeline and ID of each defined version, and its expression.
        self.definitions: dict[tuple[str, str], str] = {}
        self.deployed: set[str] = set()
        self.inferences = 0
        self.wrong: list[str] = []

    @property
    def count(self) -> int:
        with self.lock:
            return len(self.artifacts) + len(self.definitions)

    def has(self, count: int, inferences: int) -> bool:
        """Returns whether enough requests were answered, or anything went wrong."""
        return bool(self.wrong) or (self.count >= count and self.inferences >= inferences)

    def note(self, change: Callable[[], Any]) -> None:
        with self.lock:
            change()


class Worker:
    """Uploads, defines, deploys and infers without a pause until the server dies."""

    def __init__(self, api: Api, known: Acknowledged, turn: int) -> None:
        self.api, self.known, self.turn = api, known, turn
        self.threads = [
            threading.Thread(target=self._until_gone, args=(work,), daemon=True)
            for work in (self._upload, self._define, self._deploy, self._infer)
        ]
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()

    def _until_gone(self, work: Callable[[Api, int], None]) -> None:
        api = Api(self.api.url)
        number = 0
        while True:
            try:
                work(api, number)
            except requests.RequestException:
                return
            except (AssertionError, KeyError, pytest.fail.Exception) as error:
                self.known.note(partial(self.known.wrong.append, repr(error)))
                return
            number += 1

    def _upload(self, api: Api, number: int) -> None:
        content = failing_model(29, f"input-{self.turn}-{number}")
        version = api.upload(f"model-{number % 3}", content)
        path = f"/v1/models/{version['model']}/versions/{version['id']}/artifact"
        digest = hashlib.sha256(content).hexdigest()
        assert version["sha256"] == digest
        self.known.note(lambda: self.known.artifacts.update({path: digest}))

    def _define(self, api: Api, number: int) -> None:
        name, expression = f"defined-{number % 5}", f"champion.outputs[0][0] < {self.turn * 100_000 + number}"
        version = api.define(name, ["champion"], [("v", expression)])["version"]
        self.known.note(lambda: self.known.definitions.update({(name, version["id"]): expression}))

    def _deploy(self, api: Api, number: int) -> None:
        name = f"deployed-{self.turn}-{number % 4}"
        api.define(name, ["champion" if number % 2 else "challenger"])
        deployment = api.deploy(name)
        assert deployment["state"] == "Running", deployment
        self.known.note(lambda: self.known.deployed.add(name))

    def _infer(self, api: Api, number: int) -> None:
        assert api.infer("live", {"tensor": FRAUD})["model_name"] == "champion"
        self.known.note(lambda: setattr(self.known, "inferences", self.known.inferences + 1))


def test_what_was_answered_survives_every_kill(start_server: Callable[..., Server]) -> None:
    chance = random.Random(7)
    known = Acknowledged()
    server = start_server()
    api = server.api
    api.upload("champion", "fraud-dense.onnx")
    api.upload("challenger", "fraud-dense-2.onnx")
    api.serve("live", [{"shadow_deploy": {"champion": "champion", "challengers": ["challenger"]}}])
    logged = 0
    for turn in range(KILLS):
        before, inferences = known.count, known.inferences
        worker = Worker(server.api, known, turn)
        # Vary the number of responses, so that each kill interrupts something else.
        wanted = chance.randint(5, 40)
        until(partial(known.has, before + wanted, inferences + 1), f"{wanted} answers in turn {turn}", limit=60)
        server.kill()
        worker.join()
        assert known.wrong == []
        if chance.random() < 0.3:
            server.kill_while_it_starts(chance.uniform(0.02, 0.8))
        server.start_soon()
        logged = check(server, known, logged)
    assert server.stop() == 0


def check(server: Server, known: Acknowledged, logged_before: int) -> int:
    """Checks that everything acknowledged exists, and returns the number of log entries."""
    api = server.api
    assert not list((server.data / "objects" / "incoming").iterdir())
    for path, digest in known.artifacts.items():
        answer = api.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        assert hashlib.sha256(answer.content).hexdigest() == digest, path
    recorded = {version["sha256"] for model in models(api) for version in model["versions"]}
    stored = {path.name for path in (server.data / "objects" / "sha256").rglob("*") if path.is_file()}
    assert stored == recorded

    expressions: dict[tuple[str, str], str] = {}
    for name in {name for name, _ in known.definitions}:
        versions = answered(api.get(f"/v1/pipelines/{name}/versions"), 200)["versions"]
        expressions |= {(name, version["id"]): version["validations"][0]["expression"] for version in versions}
    assert known.definitions.items() <= expressions.items()

    for name in ("live", *known.deployed):
        assert api.infer(name, {"tensor": FRAUD})["pipeline_name"] == name
    # Partial lines are never returned, and entries that were read once do not vanish.
    entries = api.logs("live", limit="100000")
    exported = [json.loads(line) for line in api.get("/v1/pipelines/live/logs/export").text.splitlines()]
    assert exported == entries
    assert len(entries) >= logged_before + 2
    assert all(entry["pipeline_name"] == "live" for entry in entries)
    return len(entries)


def models(api: Api) -> list[Any]:
    listed: list[Any] = answered(api.get("/v1/models"), 200)["models"]
    return listed


def test_a_model_uploaded_before_a_kill_can_be_deployed_after_it(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload("m", failing_model(29))
    server.kill()
    server.start()
    server.api.serve("p", ["m"])
    assert server.api.infer("p", {"input": [NUMBERS]})["outputs"][0]["Float"]["data"] == NUMBERS


def test_a_log_that_was_cut_short_goes_on(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload("m", "fraud-dense.onnx")
    server.api.serve("p", ["m"])
    server.api.infer("p", {"tensor": FRAUD})
    assert len(server.api.logs("p")) == 1
    server.kill()
    (segment,) = (server.data / "logs" / "p").iterdir()
    with segment.open("ab") as file:
        file.write(b'{"time":17952445')
    server.start()
    assert len(server.api.logs("p")) == 1
    server.api.infer("p", {"tensor": FRAUD})
    assert len(server.api.logs("p")) == 2
    assert [entry["valid"] for entry in server.api.logs("p")] == [True, True]
