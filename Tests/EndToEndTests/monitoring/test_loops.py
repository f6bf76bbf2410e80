"""Loops: what starts them, what they do, and what they refuse."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import Command
from harness import Api, Server, answered, refused, until
from looped import TRAINING, Customers, ask, bucket, ended, events, get, price, put, put_loop, rows, runs, train_first
from monitored import echo
from released import ok, stage

import roost

NAMES = (f"loop-{number}" for number in itertools.count())
BUILD = {"output": "s3://looped/sets"}
TELL = {"tell": "Loop {{loop}} of {{pipeline}}: {{cause}}"}
TRAIN = {key: value for key, value in TRAINING.items() if key != "channels"}
NEVER = {"every": "52w"}


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    bucket(api)
    api.upload("told", echo())
    api.serve("told", [{"model": "told"}])
    return api


@pytest.fixture(scope="module")
def trained(client: Api) -> str:
    """A pipeline with a trained model, and data that has drifted."""
    train_first(client, "prices")
    ask(client, "prices", rows(300, seed=2), drifted=True)
    return "prices"


@pytest.fixture
def name() -> str:
    return next(NAMES)


def start(api: Api, loop: str) -> Any:
    return answered(api.post(f"/v1/loops/{loop}/runs", params={"by": "tests"}), 201)


def test_a_loop_may_only_tell_someone(client: Api, name: str) -> None:
    put_loop(client, name, "told", NEVER, TELL)
    run = start(client, name)
    found = ended(client, run["id"])
    assert found["state"] == "finished"
    assert [step["kind"] for step in found["steps"]] == ["tell"]
    assert found["cause"] == {"kind": "user", "message": "Started by tests.", "by": "tests"}
    assert events(client, name) == ["loop.started", "loop.step", "loop.finished"]
    (event,) = ok(client.get("/v1/events", params={"subject": f"loop:{name}", "kind": "loop.finished"}))["events"]
    assert event["message"] == f"Loop {name} of told: Started by tests."
    assert client.get(f"/v1/loops/{name}").json()["last"]["id"] == run["id"]
    metrics = client.get("/metrics").text
    assert f'roost_loop_running{{loop="{name}",pipeline="told"}} 0' in metrics


def test_a_schedule_starts_runs(client: Api, name: str) -> None:
    loop = put_loop(client, name, "told", {"every": "2s"}, TELL)
    assert loop["next_at"]
    until(lambda: len(runs(client, name)) >= 2, "two runs")
    ok(client.post(f"/v1/loops/{name}/pause"))
    count = len(runs(client, name))
    time.sleep(3)
    assert len(runs(client, name)) == count
    assert "next_at" not in ok(client.get(f"/v1/loops/{name}"))
    # A user can always start one.
    assert ended(client, start(client, name)["id"])["state"] == "finished"
    ok(client.post(f"/v1/loops/{name}/resume"))
    until(lambda: len(runs(client, name)) > count + 1, "another run")
    assert runs(client, name)[0]["cause"]["kind"] == "schedule"
    ok(client.delete(f"/v1/loops/{name}"))


def test_labels_start_a_run(client: Api, name: str) -> None:
    put_loop(client, name, "told", {"labels": 3}, TELL)
    for number in range(3):
        client.infer("told", {"x": [[number]]}, headers={"X-Roost-Inference-Id": f"{name}-{number}"})
        if number == 2:
            time.sleep(3)
            assert not runs(client, name)
        label = {"id": f"{name}-{number}", "label": number}
        ok(client.post("/v1/pipelines/told/ground-truth", json=label))
    found = ended(client, name)
    assert found["cause"]["message"].startswith("3 labels came since")
    assert found["cause"]["kind"] == "labels"


def test_another_loops_event_starts_a_run_but_not_in_the_cooldown(client: Api, name: str) -> None:
    other = next(NAMES)
    put_loop(client, other, "told", NEVER, TELL)
    when = {"event": "loop.finished", "subject": other}
    put_loop(client, name, "told", when, TELL, cooldown="1h")
    started = start(client, other)
    found = ended(client, name)
    assert found["cause"]["kind"] == "event"
    assert found["cause"]["message"] == f"Loop {other} of told: Started by tests."
    assert started["id"] != found["id"]
    start(client, other)
    ignored = until(lambda: ok(client.get(f"/v1/loops/{name}")).get("ignored"), "the event is ignored")
    assert "The cooldown ends at" in ignored["reason"]
    assert len(runs(client, name)) == 1


def test_a_loop_trains_and_adds_a_version(client: Api, trained: str, name: str) -> None:
    then = {"build": BUILD | {"validation": 0.2}, "train": TRAIN, "tell": "{{version}} from {{rows}} rows"}
    put_loop(client, name, trained, NEVER, then)
    found = ended(client, start(client, name)["id"])
    assert found["state"] == "finished", found
    build, train, tell = found["steps"]
    data = build["links"]["data"]
    assert data["train"]["rows"] + data["validation"]["rows"] == 300
    assert "300" not in data["train"]["uri"]
    assert len(get(client, data["train"]["uri"]).splitlines()) == data["train"]["rows"]
    version = train["links"]["version"]
    assert tell["finding"] == f"{version} from {data['train']['rows']} rows"
    model, number = version.split("@")
    assert model == trained
    versions = ok(client.get(f"/v1/models/{trained}"))["versions"]
    assert number in [one["id"] for one in versions]
    job = ok(client.get(f"/v1/training-jobs/{train['links']['job']}"))
    channels = {channel["name"]: channel["uri"] for channel in job["definition"]["channels"]}
    assert channels == {"train": data["train"]["uri"], "validation": data["validation"]["uri"]}
    # The pipeline was not changed: there was no release.
    answers = client.infer(trained, {"input": [[5, 0]]})
    assert answers


def test_a_loop_releases_what_it_trained(client: Api, name: str) -> None:
    pipeline = f"{name}-prices"
    train_first(client, pipeline)
    ask(client, pipeline, rows(300, seed=3), drifted=True)
    then = {
        "build": BUILD,
        "train": TRAIN,
        "replay": 50,
        "shadow": {"duration": "1s", "units": 5},
        "canary": {"stages": [stage(0.5, "1s", 5)], "goal": {"metric": "outputs[0][0] > 10"}},
        "promote": "safe",
    }
    put_loop(client, name, pipeline, NEVER, then)
    with Customers(lambda: client.url, pipeline) as customers:
        run = start(client, name)
        found = ended(client, run["id"])
    assert found["state"] == "finished", found
    release = ok(client.get(f"/v1/releases/{run['id']}"))["release"]
    assert release["state"] == "promoted"
    assert release["by"] == f"loop {name}"
    assert [step["kind"] for step in release["steps"]] == ["replay", "shadow", "canary"]
    assert release["candidate"] == found["steps"][1]["links"]["version"]
    assert set(customers.answers) == {200}
    # It has learned what is true now.
    row = [5.0, 0.5]
    outputs = client.infer(pipeline, {"input": [row]})["outputs"]
    (tensor,) = outputs[0].values()
    assert abs(tensor["data"][0] - price(row, drifted=True)) < 3


def test_a_failed_step_stops_the_run(client: Api, trained: str, name: str) -> None:
    put(client, "broken/train.csv", "not,a,number\n")
    train = TRAIN | {"channels": [{"name": "train", "uri": "s3://looped/broken/", "content_type": "text/csv"}]}
    put_loop(client, name, trained, NEVER, {"train": train, "tell": "never"})
    found = ended(client, start(client, name)["id"])
    assert found["state"] == "failed"
    (step,) = found["steps"]
    assert step["state"] == "failed"
    assert step["links"]["job"] in found["reason"]
    assert "ended with status Failed" in found["reason"]
    assert events(client, name) == ["loop.started", "loop.step", "loop.failed"]


def test_one_run_at_a_time_and_abort(client: Api, name: str) -> None:
    pipeline = f"{name}-prices"
    train_first(client, pipeline)
    ask(client, pipeline, rows(100, seed=4))
    # Nobody sends requests, so the canary waits.
    then = {"build": BUILD, "train": TRAIN, "canary": {"stages": [stage(0.5, "1h")]}, "promote": "safe"}
    put_loop(client, name, pipeline, NEVER, then)
    run = start(client, name)
    refused(client.post(f"/v1/loops/{name}/runs"), 409, "loop", "is in progress")
    refused(client.delete(f"/v1/loops/{name}"), 409, "loop", "Abort it first")
    until(lambda: client.get(f"/v1/releases/{run['id']}").status_code == 200, "the release begins", 60)
    aborting = ok(client.post(f"/v1/loop-runs/{run['id']}/abort", params={"by": "ann"}))
    assert aborting["state"] == "aborting"
    found = ended(client, run["id"])
    assert found["state"] == "aborted"
    assert found["reason"] == "Aborted by ann."
    assert ok(client.get(f"/v1/releases/{run['id']}"))["release"]["state"] == "aborted"
    refused(client.post(f"/v1/loop-runs/{run['id']}/abort"), 409, "run", "has ended")
    assert ok(client.delete(f"/v1/loops/{name}"))["name"] == name
    assert client.get(f"/v1/loop-runs/{run['id']}").status_code == 404


BAD: list[tuple[dict[str, Any], int, str, str]] = [
    ({"pipeline": "nope"}, 404, "pipeline", "does not exist"),
    ({"when": {}}, 400, "when", "exactly one of"),
    ({"when": {"every": "1d", "cron": "0 0 * * *"}}, 400, "when", "every and cron"),
    ({"when": {"assay": "nope"}}, 404, "when.assay", "Assay 'nope' does not exist"),
    ({"when": {"suite": "nope"}}, 404, "when.suite", "does not exist"),
    ({"when": {"event": "nope.nope"}}, 400, "when.event", "Unknown kind of event"),
    ({"when": {"cron": "61 * * * *"}}, 400, "when.cron", "not a valid minute"),
    ({"when": {"labels": 0}}, 400, "when.labels", "must be from 1"),
    ({"when": {"labels": 9e18}}, 400, "when.labels", ""),
    ({"when": {"every": "1d", "subject": "x"}}, 400, "when.subject", "belongs to 'event'"),
    ({"then": {}}, 400, "then", "must do something"),
    ({"then": {"promote": "safe"}}, 400, "then.promote", "need it"),
    ({"then": {"test": ["nope"]}}, 400, "then.test", "need it"),
    ({"then": {"train": TRAINING, "test": ["nope"]}}, 404, "then.test[0]", "Suite 'nope' does not exist"),
    ({"then": {"train": TRAINING | {"algorithm": "nope"}}}, 400, "then.train.algorithm", "no algorithm 'nope'"),
    ({"then": {"train": TRAINING | {"output": "s3://nowhere-at-all/x"}}}, 404, "then.train.output", "does not exist"),
    ({"then": {"train": TRAINING | {"name": "x"}}}, 400, "then.train.name", "no name"),
    ({"then": {"train": TRAIN}}, 400, "then.train.channels", "needs a channel 'train'"),
    ({"then": {"build": {"output": "s3://nowhere-at-all/x"}}}, 404, "then.build.output", "does not exist"),
    ({"then": {"train": TRAINING, "promote": "better"}}, 400, "then.canary.goal", "needs a goal"),
    ({"then": {"train": TRAINING, "canary": {"stages": []}}}, 400, "then.canary.stages", "1 to 20"),
    ({"then": {"train": TRAINING, "replay": 0}}, 400, "then.replay", "from 1 to"),
    ({"then": {"tell": "{{nope}}"}}, 400, "then.tell", "Unknown placeholder 'nope'"),
    ({"then": {"tell": "{{loop"}}, 400, "then.tell", "has no end"),
    ({"then": TELL | {"more": 1}}, 400, "then", "unknown field 'more'"),
    ({"cooldown": "0s"}, 400, "cooldown", "from 1s"),
    ({"model": "nope"}, 400, "model", "has no model 'nope'"),
    ({"name": "other"}, 400, "name", "is that of loop 'other'"),
    # What would start itself.
    ({"when": {"event": "loop.finished"}}, 400, "when.event", "would start itself"),
    ({"when": {"event": "loop.*", "subject": "bad-loop"}}, 400, "when.event", "would start itself"),
    ({"when": {"event": "job.*"}, "then": {"train": TRAINING}}, 400, "when.event", "its step 'train'"),
    (
        {"when": {"event": "release.*", "subject": "told"}, "then": {"train": TRAINING, "promote": "safe"}},
        400,
        "when.event",
        "its step 'promote'",
    ),
    (
        {"when": {"event": "pipeline.deployed"}, "then": {"train": TRAINING, "promote": "safe"}},
        400,
        "when.event",
        "its step 'promote'",
    ),
]


@pytest.mark.parametrize(("change", "status", "field", "part"), BAD)
def test_bad_definitions_name_the_field(client: Api, change: Any, status: int, field: str, part: str) -> None:
    put(client, "first/bad.csv", "1,2\n")
    body = {"pipeline": "told", "when": NEVER, "then": TELL} | change
    answer = client.put("/v1/loops/bad-loop", json=body)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error.get("field") == field, error
    assert part in error["message"], error
    assert client.get("/v1/loops/bad-loop").status_code == 404


def test_loops_do_not_start_one_another_in_a_circle(client: Api, name: str) -> None:
    second, third = next(NAMES), next(NAMES)
    put_loop(client, name, "told", {"event": "loop.finished", "subject": third}, TELL)
    put_loop(client, second, "told", {"event": "loop.finished", "subject": name}, TELL)
    body = {"pipeline": "told", "when": {"event": "loop.*", "subject": second}, "then": TELL}
    refused(client.put(f"/v1/loops/{third}", json=body), 400, "when.event", "would start itself")


def test_nor_in_a_circle_by_the_names_of_pipelines_or_by_releases(client: Api, name: str) -> None:
    other = f"{name}-other"
    client.serve(other, [{"model": "told"}])
    second = next(NAMES)
    put_loop(client, name, "told", {"event": "loop.finished", "subject": other}, TELL)
    body = {"pipeline": other, "when": {"event": "loop.finished", "subject": "told"}, "then": TELL}
    refused(client.put(f"/v1/loops/{second}", json=body), 400, "when.event", "would start itself")
    third = f"{name}-third"
    client.serve(third, [{"model": "told"}])
    put(client, f"{name}/train.csv", "1,2\n3,4\n")
    channel = {"name": "train", "uri": f"s3://looped/{name}/", "content_type": "text/csv"}
    then = {"train": TRAIN | {"channels": [channel]}, "canary": {"stages": [stage(0.5, "1h")]}, "promote": "safe"}
    put_loop(client, f"{name}-a", other, {"event": "pipeline.promoted", "subject": third}, then)
    body = {"pipeline": third, "when": {"event": "pipeline.promoted", "subject": other}, "then": then}
    refused(client.put(f"/v1/loops/{second}", json=body), 400, "when.event", "would start itself")
    for loop in (name, f"{name}-a"):
        ok(client.delete(f"/v1/loops/{loop}"))


def test_a_pipeline_whose_loop_runs_is_not_deleted(client: Api, name: str) -> None:
    pipeline = f"{name}-busy"
    client.serve(pipeline, [{"model": "told"}])
    put(client, f"{name}/train.csv", "1,2\n3,4\n")
    channel = {"name": "train", "uri": f"s3://looped/{name}/", "content_type": "text/csv"}
    training = TRAIN | {"hyperparameters": {"num_round": "1000000"}, "channels": [channel]}
    put_loop(client, name, pipeline, NEVER, {"train": training})
    client.undeploy(pipeline)
    run = start(client, name)
    refused(
        client.delete(f"/v1/pipelines/{pipeline}", params={"force": "true", "log": "true"}), 409, None, f"loop '{name}'"
    )
    ok(client.post(f"/v1/loop-runs/{name}/abort"))
    assert ended(client, run["id"])["state"] == "aborted"
    ok(client.delete(f"/v1/pipelines/{pipeline}", params={"force": "true", "log": "true"}))
    assert client.get(f"/v1/loops/{name}").status_code == 404


def test_a_loop_goes_with_its_pipeline(client: Api, name: str) -> None:
    client.serve(f"{name}-gone", [{"model": "told"}])
    put_loop(client, name, f"{name}-gone", {"every": "1s"}, TELL)
    client.undeploy(f"{name}-gone")
    ok(client.delete(f"/v1/pipelines/{name}-gone"))
    assert client.get(f"/v1/loops/{name}").status_code == 404
    time.sleep(2.5)
    assert client.get(f"/v1/loops/{name}").status_code == 404


def test_the_command(client: Api, name: str, tmp_path: Path) -> None:
    command = Command(client.url, tmp_path)
    (tmp_path / "loop.yaml").write_text(
        f"name: {name}\npipeline: told\nwhen:\n  cron: 0 3 * * 1\nthen:\n  tell: Time to look at {{{{pipeline}}}}.\n"
    )
    assert command("loop", "apply", "loop.yaml") == f"Added loop {name}.\n"
    assert command("loop", "apply", "loop.yaml") == f"Changed loop {name}.\n"
    followed = command("loop", "run", name, "--follow")
    assert "tell: ● Done. Time to look at told." in followed
    assert "● Finished. Run " in followed
    assert f"of loop {name}." in followed
    assert name in command("loop", "list", "told")
    assert "at '0 3 * * 1'" in command("loop", "show", name)
    assert "● Finished" in command("loop", "runs", name)
    assert "Time to look at told." in command("loop", "status", name)
    assert command.json("loop", "status", name)["state"] == "finished"
    assert command("loop", "pause", name) == f"Paused loop {name}.\n"
    assert command("loop", "resume", name) == f"Resumed loop {name}.\n"
    assert "has ended" in command.fails("loop", "abort", name)
    assert command("loop", "delete", name) == f"Deleted loop {name}.\n"
    assert "does not exist" in command.fails("loop", "show", name)


def test_the_sdk(client: Api, name: str) -> None:
    sdk = roost.Client(client.url)
    loop = sdk.put_loop(name, {"pipeline": "told", "when": NEVER, "then": TELL})
    run = loop.run().wait(30)
    assert run.state() == "finished"
    assert run.version() is None
    assert loop.refresh().last is not None
    assert [one.id() for one in loop.runs()] == [run.id()]
    assert sdk.loop_run(run.id()[:8]).id() == run.id()
    assert loop.pause().is_paused()
    assert not loop.resume().is_paused()
    assert name in [one.name() for one in sdk.loops("told")]
    loop.delete()
    with pytest.raises(roost.EntityNotFoundError):
        sdk.loop(name)


@pytest.mark.parametrize("kills", [6])
def test_a_killed_server_goes_on_where_the_run_stood(start_server: Callable[..., Server], kills: int) -> None:
    server = start_server()
    train_first(server.api, "prices")
    ask(server.api, "prices", rows(200, seed=5), drifted=True)
    then = {
        "build": BUILD,
        "train": TRAIN,
        "replay": 20,
        "canary": {"stages": [stage(0.5, "1s"), stage(1, "1s")]},
        "promote": "safe",
        "tell": "done",
    }
    put_loop(server.api, "again", "prices", {"labels": 10}, then, cooldown="1h")
    ask(server.api, "prices", rows(10, seed=6), drifted=True, prefix="more")
    until(lambda: runs(server.api, "again"), "the run begins")
    for kill in range(kills):
        time.sleep(0.4 + 0.3 * kill)
        server.kill()
        server.start()
    found = ended(server.api, "again", 120)
    assert found["state"] == "finished", found
    assert [step["kind"] for step in found["steps"]] == ["build", "train", "release", "tell"]
    assert len(runs(server.api, "again")) == 1
    jobs = ok(server.api.get("/v1/training-jobs", params={"name_contains": "again"}))["jobs"]
    assert len(jobs) == 1
    assert len(ok(server.api.get("/v1/releases"))["releases"]) == 1
    assert len(ok(server.api.get("/v1/models/prices"))["versions"]) == 2
    kinds = events(server.api, "again")
    assert kinds == ["loop.started", "loop.step", "loop.step", "loop.step", "loop.step", "loop.finished"]
