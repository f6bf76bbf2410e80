"""A server starts whatever it has to load: it skips whatever crashes it, and serves the rest."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import BINARY, Api, Server, answered, refused
from own_algorithms import Account, add, algorithm
from small_onnx import failing_model
from small_tensorflow import aborting_model, harmless_model

KILLS = int(os.environ.get("ROOST_KILLS", "10"))
ROW = [[0.0, 1.0, 2.0, 3.0]]


def artifact(server: Server, digest: str) -> Path:
    return server.data / "objects" / "sha256" / digest[:2] / digest


def with_poison(server: Server, poison: bytes) -> None:
    """Deploys two models, stops the server, and makes one of the models end any process that runs it."""
    api = server.api
    api.upload("good", failing_model(4))
    api.serve("good", ["good"])
    version = api.upload("bad", harmless_model())
    api.serve("bad", ["bad"])
    assert api.infer("bad", {"x": ROW})["outputs"][0]["Float"]["data"] == ROW[0]
    assert server.stop() == 0
    artifact(server, version["sha256"]).write_bytes(poison)


def crashes(server: Server) -> None:
    """Starts the server, which must die before it is ready."""
    with pytest.raises(pytest.fail.Exception, match="did not get ready"):
        server.start()


@pytest.mark.parametrize("exits", [False, True], ids=["aborts", "exits"])
def test_a_model_that_ends_the_server_is_left_out_of_the_next_start(
    start_server: Callable[..., Server], exits: bool
) -> None:
    server = start_server()
    with_poison(server, aborting_model(exits))
    crashes(server)
    # The model stays skipped, even after a start that met no problem.
    for _ in range(2):
        server.start()
        assert server.api.settled("good")["state"] == "Running"
        assert server.api.infer("good", {"input": [[0, 1, 0, 1]]})["pipeline_name"] == "good"
        deployment = server.api.settled("bad")
        assert deployment["state"] == "Error"
        assert "'bad' was skipped" in deployment["error"]
        assert server.stop() == 0
    # Uploading the original bytes again repairs the file, and the model is no longer a suspect.
    server.start()
    api = server.api
    api.upload("again", harmless_model())
    assert api.deploy("bad")["state"] == "Running"
    assert list((server.data / "start").iterdir()) == []
    assert server.stop() == 0


def test_an_upload_that_ends_its_process_is_refused(api: Api) -> None:
    for exits, part in ((False, "signal 6"), (True, "status 0")):
        refused(api.post("/v1/models/m/versions", data=aborting_model(exits)), 400, "body", "TensorFlow", part)


def test_safe_mode_takes_up_nothing_and_lets_it_be_mended(start_server: Callable[..., Server]) -> None:
    server = start_server()
    with_poison(server, aborting_model(exits=True))
    server.options = ("--safe-mode",)
    server.start()
    api = server.api
    status = api.status()
    assert (status["safe_mode"], status["state"], status["pipelines"]) == (True, "ready", 0)
    command = subprocess.run(
        [str(BINARY), "status", "--url", server.url], capture_output=True, text=True, check=True, timeout=60
    )
    assert "Safe mode" in command.stdout
    for name in ("good", "bad"):
        deployment = answered(api.get(f"/v1/pipelines/{name}/deployment"), 200)
        assert deployment["state"] == "Stopped"
        assert "safe mode" in deployment["error"]
    assert api.undeploy("bad")["state"] == "Stopped"
    # Explicit requests are carried out.
    assert api.deploy("good")["state"] == "Running"
    assert server.stop() == 0
    server.options = ()
    server.start()
    assert server.api.status()["safe_mode"] is False
    assert server.api.settled("good")["state"] == "Running"
    assert server.api.settled("bad")["state"] == "Stopped"


def test_a_damaged_definition_keeps_no_other_from_answering(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload("m", failing_model(4))
    for name in ("good", "bad"):
        server.api.serve(name, ["m"])
    assert server.stop() == 0
    with sqlite3.connect(server.data / "roost.sqlite") as catalog:
        (pipeline,) = catalog.execute("SELECT id FROM pipeline WHERE name = 'bad'").fetchone()
        catalog.execute("UPDATE pipeline_version SET definition = '{' WHERE pipeline_id = ?", (pipeline,))
    catalog.close()
    server.start()
    assert server.api.settled("good")["state"] == "Running"
    assert server.api.infer("good", {"input": [[0, 1, 0, 1]]})["pipeline_name"] == "good"


def test_a_kill_while_the_server_starts_costs_nothing(start_server: Callable[..., Server]) -> None:
    chance = random.Random(11)
    server = start_server()
    names = [f"p{number}" for number in range(12)]
    for number, name in enumerate(names):
        server.api.upload(name, "fraud-dense.onnx" if number % 3 else "fraud-binary.json")
        server.api.serve(name, [name])
    server.kill()
    for _ in range(KILLS):
        killed_at_start(server, chance.uniform(0.02, 0.6))
    server.start()
    for name in names:
        assert server.api.settled(name)["state"] == "Running"
    assert list((server.data / "start").iterdir()) == []
    assert server.stop() == 0


def killed_at_start(server: Server, moment: float) -> None:
    with server.log.open("ab") as log:
        process = subprocess.Popen(
            [str(BINARY), "serve", "--port", "0", "--data", str(server.data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=server.environment,
        )
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.kill()
    assert process.wait() == -9


WAITS = """
    import time
    print("waiting", flush=True)
    time.sleep(600)
    """


@pytest.mark.parametrize("crashed", [False, True], ids=["killed", "crashed"])
def test_a_job_that_crashes_the_server_twice_has_failed(
    start_server: Callable[..., Server], tmp_path: Path, crashed: bool
) -> None:
    server = start_server()
    account = Account(server.url)
    account.s3.create_bucket(Bucket="jobs")
    add(server.url, "waits", algorithm(tmp_path / "waits", WAITS))
    account.train("job", "waits")
    account.is_in("job", "Training")
    server.kill()
    # The state that two servers leave that crash while they resume the job.
    (server.data / "start" / "training-job.job").write_text("active 1\n")
    if crashed:
        (server.data / "start" / "crash").write_text("signal 04\n")
    server.start()
    account = Account(server.url)
    if not crashed:
        account.is_in("job", "Training")
        account.sagemaker.stop_training_job(TrainingJobName="job")
        return
    job: Any = account.ended("job")
    assert job["TrainingJobStatus"] == "Failed"
    assert "crashed twice in a row" in job["FailureReason"]
    assert list((server.data / "start").iterdir()) == []


def test_a_job_can_be_stopped_in_safe_mode(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    account = Account(server.url)
    account.s3.create_bucket(Bucket="jobs")
    add(server.url, "waits", algorithm(tmp_path / "waits", WAITS))
    account.train("job", "waits")
    account.is_in("job", "Training")
    server.kill()
    server.options = ("--safe-mode",)
    server.start()
    account = Account(server.url)
    assert account.describe("job")["TrainingJobStatus"] == "InProgress"
    account.sagemaker.stop_training_job(TrainingJobName="job")
    assert account.ended("job")["TrainingJobStatus"] == "Stopped"
