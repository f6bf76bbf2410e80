"""Releases that are disturbed: changed by several at once, killed, deleted, and without a disk that has room."""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests
import small_onnx
from harness import Api, Server, answered, refused, until
from monitored import complement, echo, exported, infer
from released import Traffic, counted, ended, events, logged, ok, stage, start, status, version

NAMES = (f"attacked-{number}" for number in itertools.count())
#: A limit on the size of files simulates a full disk: neither the database nor other files can grow.
FULL = ["bash", "-c", "trap '' XFSZ; ulimit -f 2048; exec \"$@\"", "bash"]
HANGS = [[0.6] * 29]


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("attacked", echo())
    api.upload("same", echo())
    api.upload("failing", small_onnx.failing_model(1, "x"))
    api.upload("complement", complement())
    return api


@pytest.fixture
def pipeline(client: Api) -> str:
    name = next(NAMES)
    client.serve(name, [{"model": "attacked"}])
    return name


def abort(api: Api, release: str) -> Any:
    return ok(api.post(f"/v1/releases/{release}/abort"))


def replayed_for_long(server: Server) -> Any:
    """Starts a release whose candidate never answers the replay, which ends by the challengers' time limit."""
    api = server.api
    api.upload("dense", "fraud-dense.onnx")
    api.upload("slow", "slow-loop.onnx")
    api.serve("replayed", ["dense"])
    api.infer("replayed", {"tensor": HANGS})
    release = start(api, "replayed", "slow", stage(0.5, "1s"), replay=10)
    until(lambda: status(api, release["id"])["release"]["steps"], "the replay begins")
    return release


@pytest.mark.parametrize("how", ["abort", "promote", "time_limit"])
def test_a_replay_does_not_hold_up_what_is_decided(start_server: Callable[..., Server], how: str) -> None:
    server = start_server("--challenger-timeout", "120")
    api = server.api
    before = time.monotonic()
    release = replayed_for_long(server)
    if how == "abort":
        abort(api, release["id"])
    elif how == "promote":
        ok(api.post("/v1/pipelines/replayed/promote", json={}))
    else:
        abort(api, release["id"])
        ended(api, release["id"])
        limited = api.post("/v1/releases", json=release["definition"] | {"time_limit": "1s"})
        release = answered(limited, 201)
    found = ended(api, release["id"], 60)
    assert time.monotonic() - before < 100
    state = {"abort": "aborted", "promote": "promoted", "time_limit": "rolled_back"}[how]
    assert found["state"] == state, found
    assert [step["kind"] for step in found["steps"]] == ["replay"]
    assert found["steps"][0]["ended_at"]
    if how == "time_limit":
        assert "its limit of 1 s" in found["reason"]
    answers_with = "slow" if how == "promote" else "dense"
    assert version(api, "replayed")["models"][0]["model"] == answers_with


def test_a_paused_release_does_not_begin_its_next_step(start_server: Callable[..., Server]) -> None:
    server = start_server("--challenger-timeout", "10")
    api = server.api
    release = replayed_for_long(server)
    ok(api.post(f"/v1/releases/{release['id']}/pause"))
    until(lambda: status(api, release["id"])["release"]["steps"][0].get("ended_at"), "the replay ends")
    # Neither now nor after a restart.
    for _ in range(2):
        time.sleep(2)
        found = status(server.api, release["id"])
        assert found["release"]["state"] == "paused"
        assert [step["kind"] for step in found["release"]["steps"]] == ["replay"]
        assert found["waiting_for"] == "someone to resume it"
        server.kill()
        server.start()
    assert version(server.api, "replayed")["version"] == release["from_version"]
    ok(server.api.post(f"/v1/releases/{release['id']}/resume"))
    until(lambda: len(status(server.api, release["id"])["release"]["steps"]) == 2, "the canary begins")


def test_a_shadow_has_a_time_limit_too(client: Api, pipeline: str) -> None:
    before = version(client, pipeline)["version"]
    release = start(client, pipeline, "same", stage(0.5), shadow={"duration": "1h"}, time_limit="3s")
    found = ended(client, release["id"], 15)
    assert found["state"] == "rolled_back"
    assert found["reason"] == "Rolled back because it took longer than its limit of 3 s."
    assert [step["kind"] for step in found["steps"]] == ["shadow"]
    assert version(client, pipeline)["version"] == before


@pytest.mark.parametrize("promote", ["manual", "better"])
def test_a_stage_without_a_duration_waits_for_its_promotion(client: Api, pipeline: str, promote: str) -> None:
    goal = {"metric": "outputs[0][0] > 0.5"}
    release = start(client, pipeline, "same", stage(1, "0s"), promote=promote, goal=goal)
    until(lambda: (status(client, release["id"]).get("waiting_for") or "the end") != "the end", "the canary waits")
    time.sleep(1)
    assert status(client, release["id"])["release"]["state"] == "running"
    abort(client, release["id"])
    assert ended(client, release["id"])["state"] == "aborted"


def test_evidence_beyond_all_numbers_is_recorded(client: Api) -> None:
    name = next(NAMES)
    client.serve(name, [{"model": "attacked"}], goal="outputs[0][0] > 0.5")
    logged(client, name, 0, 1800)
    release = start(client, name, "complement", stage(0.5, "1h"), replay=2000, goal={"metric": "outputs[0][0] > 0.5"})
    until(lambda: len(status(client, release["id"])["release"]["steps"]) > 1, "the replay ends", 300)
    found = status(client, release["id"])
    assert found["release"]["state"] == "running", found
    assert found["release"]["steps"][0]["evidence"] > 1e100
    abort(client, release["id"])
    assert ended(client, release["id"])["state"] == "aborted"


@pytest.mark.parametrize("alpha", [5e-324, 1e-310])
def test_a_tiny_alpha_is_shown(client: Api, pipeline: str, alpha: float) -> None:
    body = {"goal": {"metric": "outputs[0][0] > 0.5", "alpha": alpha}, "promote": "better"}
    guardrails = [{"metric": "errors", "alpha": alpha}]
    release = start(client, pipeline, "same", stage(0.5, "1h"), **body, guardrails=guardrails)
    until(lambda: status(client, release["id"]).get("stage"), "the canary begins")
    assert ok(client.get("/v1/releases", params={"pipeline": pipeline}))["releases"]
    abort(client, release["id"])
    ended(client, release["id"])


def test_what_a_release_needs_is_not_deleted(client: Api) -> None:
    name = next(NAMES)
    client.upload("candidate-of-one", echo())
    old = client.define(name, [{"model": "same"}])
    client.serve(name, [{"model": "attacked"}])
    release = start(client, name, "candidate-of-one", stage(0.5), shadow={"duration": "1h"})
    what = f"the release of pipeline '{name}'"
    for path in [
        f"/v1/pipelines/{name}",
        f"/v1/pipelines/{name}/versions/{old['version']['id']}",
        "/v1/models/candidate-of-one",
    ]:
        refused(client.delete(path, params={"force": "true", "log": "true"}), 409, None, "in use by", what)
    abort(client, release["id"])
    assert ended(client, release["id"])["state"] == "aborted"
    ok(client.delete("/v1/models/candidate-of-one", params={"force": "true"}))


def test_a_new_pipeline_does_not_inherit_the_releases_of_a_deleted_one(client: Api) -> None:
    name = next(NAMES)
    client.serve(name, [{"model": "attacked"}])
    goal = {"goal": {"metric": "outputs[0][0] > 0.5"}, "promote": "better"}
    release = start(client, name, "same", stage(0.5, "1h"), **goal)
    abort(client, release["id"])
    ended(client, release["id"])
    client.undeploy(name)
    ok(client.delete(f"/v1/pipelines/{name}", params={"force": "true", "log": "true"}))
    refused(client.get(f"/v1/releases/{release['id']}"), 404, "release")
    client.serve(name, [{"model": "attacked"}])
    assert ok(client.get("/v1/releases", params={"pipeline": name}))["releases"] == []
    plan = ok(client.post("/v1/releases/plan", json={"pipeline": name, "candidate": "same", **goal}))
    assert plan["level"]["position"] == 1


def test_an_abort_counts_at_any_moment(client: Api) -> None:
    name = next(NAMES)
    client.serve(name, [{"model": "attacked"}])
    for moment in range(20):
        release = start(client, name, "same", stage(0.5, "1h"))["id"]
        time.sleep(moment / 400)
        abort(client, release)
        assert ended(client, release)["state"] == "aborted"


def at_once(work: list[Callable[[], requests.Response]]) -> list[requests.Response]:
    """Does everything at the same time."""
    barrier = threading.Barrier(len(work))
    found: list[requests.Response | None] = [None] * len(work)

    def run(index: int) -> None:
        barrier.wait()
        found[index] = work[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answer for answer in found if answer is not None]


def test_one_of_many_starts_wins(client: Api, pipeline: str, server: str) -> None:
    body = {"pipeline": pipeline, "candidate": "same", "stages": [stage(0.5, "1h")]}
    starts = [lambda: Api(server).post("/v1/releases", json=body) for _ in range(8)]
    deploys = [lambda: Api(server).put(f"/v1/pipelines/{pipeline}/deployment", json={}) for _ in range(4)]
    answers = at_once([*starts, *deploys])
    codes = Counter(answer.status_code for answer in answers[:8])
    assert codes in (Counter({201: 1, 409: 7}), Counter({409: 8})), codes
    for release in ok(client.get("/v1/releases", params={"pipeline": pipeline}))["releases"]:
        abort(client, release["id"])
        ended(client, release["id"])


@pytest.mark.parametrize("round", range(4))
def test_everybody_decides_at_once(client: Api, pipeline: str, server: str, round: int) -> None:
    before = version(client, pipeline)["version"]
    release = start(client, pipeline, "same", stage(0.5, "1h"), stage(1), promote="manual")
    id = release["id"]
    if round % 2:
        until(lambda: status(client, id).get("stage"), "the canary begins")

    def post(path: str) -> Callable[[], requests.Response]:
        return lambda: Api(server).post(path, json={} if path.endswith("promote") else None)

    verbs = [post(f"/v1/releases/{id}/{verb}") for verb in ("abort", "pause", "resume") * 3]
    with Traffic(lambda: server, pipeline, bad=0).running() as traffic:
        answers = at_once([*verbs, *(post(f"/v1/pipelines/{pipeline}/promote") for _ in range(3))])
        found = ended(client, id)
    assert {answer.status_code for answer in answers} <= {200, 409}, [answer.text for answer in answers]
    assert set(traffic.answers) == {200}
    assert found["state"] in ("aborted", "promoted")
    # What the answers say is what happened.
    aborted = any(answer.ok for answer in answers[:9:3])
    assert aborted == (found["state"] == "aborted")
    running = version(client, pipeline)
    assert running["version"] == (before if aborted else found["to_version"])
    assert [model["model"] for model in running["models"]] == ["attacked" if aborted else "same"]
    kinds = Counter(event["kind"] for event in events(client, pipeline))
    assert kinds["release.aborted"] == aborted
    assert kinds["release.promoted"] == (not aborted)
    # Nobody holds the pipeline any more.
    client.deploy(pipeline)


def test_a_release_goes_back_on_a_full_disk(start_server: Callable[..., Server]) -> None:
    server = start_server(wrapper=FULL)
    api = server.api
    api.upload("attacked", echo())
    api.upload("failing", small_onnx.failing_model(1, "x"))
    api.serve("full", [{"model": "attacked"}])
    release = start(api, "full", "failing", stage(0.5, "1h"))
    until(lambda: status(api, release["id"]).get("stage"), "the canary begins")
    long = " + ".join(["0.5"] * 300)
    for number in itertools.count():
        definition = {
            "name": f"p{number}",
            "steps": [{"model": "attacked"}],
            "validations": [{"name": "long", "expression": f"attacked.outputs[0][0] < {long}"}],
        }
        if api.put(f"/v1/pipelines/p{number}", json=definition).status_code == 507:
            break
    with Traffic(lambda: server.url, "full", bad=0.3).running() as traffic:
        until(lambda: version(api, "full")["version"] == release["from_version"], "the champion answers again", 30)
        # The candidate still answers what it has begun.
        time.sleep(1)
        traffic.answers.clear()
        time.sleep(2)
        assert set(traffic.answers) == {200}
    # It could not be recorded, so that the release has not ended.
    found = status(api, release["id"])["release"]
    assert found["state"] == "running"
    assert "requests failed" in found["reason"]
    # With room on the disk, the release ends, in this server or the next one.
    server.kill()
    server.wrapper = []
    server.start()
    with Traffic(lambda: server.url, "full", bad=0.3).running():
        assert ended(server.api, release["id"])["state"] == "rolled_back"
    assert version(server.api, "full")["version"] == release["from_version"]


def test_a_release_stands_still_in_safe_mode_and_can_be_aborted(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload("attacked", echo())
    server.api.upload("same", echo())
    server.api.serve("safe", [{"model": "attacked"}])
    release = start(server.api, "safe", "same", stage(0.5, "1h"))
    until(lambda: status(server.api, release["id"]).get("stage"), "the canary begins")
    server.kill()
    server.options = ("--safe-mode",)
    server.start()
    api = server.api
    assert status(api, release["id"])["release"]["state"] == "running"
    refused(api.post("/v1/pipelines/safe/promote", json={}), 409, "pipeline", "stands still")
    refused(api.put("/v1/pipelines/safe/deployment", json={}), 409, "pipeline", "Abort the release")
    abort(api, release["id"])
    assert ended(api, release["id"])["state"] == "aborted"
    assert version(api, "safe")["version"] == release["from_version"]
    server.kill()
    server.options = ()
    server.start()
    assert version(server.api, "safe")["version"] == release["from_version"]
    assert version(server.api, "safe")["state"] == "Running"


@pytest.mark.parametrize("seed", range(3))
def test_a_server_that_is_killed_at_any_moment(start_server: Callable[..., Server], seed: int) -> None:
    dice = random.Random(seed)
    server = start_server()
    api = server.api
    api.upload("attacked", echo())
    api.upload("same", echo())
    api.upload("failing", small_onnx.failing_model(1, "x"))
    api.serve("killed", [{"model": "attacked"}])
    api.serve("killed", [{"model": "attacked"}], [("high", "attacked.outputs[0][0] < 3")])
    before = version(api, "killed")
    for turn, candidate in enumerate(("failing", "same")):
        with Traffic(lambda: server.url, "killed", bad=0.2 if candidate == "failing" else 0).running():
            release = start(
                server.api,
                "killed",
                candidate,
                *(stage(share, "1s") for share in (0.3, 0.6, 1)),
                replay=20,
                shadow={"duration": "1s", "units": 5},
            )
            if turn and dice.random() < 0.5:
                abort(server.api, release["id"])
            for _ in range(8):
                time.sleep(dice.uniform(0, 0.9))
                server.kill()
                if dice.random() < 0.3:
                    server.kill_while_it_starts(dice.uniform(0, 0.3))
                server.start()
            found = ended(server.api, release["id"])
        running = version(server.api, "killed")
        assert [model["model"] for model in running["models"]] == [
            candidate if found["state"] == "promoted" else "attacked"
        ]
        assert running["state"] == "Running"
        counted = Counter(event["kind"] for event in events(server.api, "killed"))
        assert counted["release.started"] == turn + 1
        ends = ("release.promoted", "release.rolled_back", "release.aborted", "release.failed")
        assert sum(counted[kind] for kind in ends) == turn + 1
        if found["state"] == "promoted":
            assert running["version"] == found["to_version"]
            assert running["previous_version"] == release["from_version"] == before["version"]
        else:
            assert running["version"] == before["version"]
            assert running["previous_version"] == before["previous_version"]
        # Nobody holds the pipeline.
        assert server.api.deploy("killed", running["version"])["version"] == running["version"]


def test_units_of_a_hash_key_count_once_over_a_kill(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api = server.api
    api.upload("attacked", echo())
    api.upload("same", echo())
    api.serve("keyed", [{"model": "attacked"}])
    release = start(api, "keyed", "same", stage(0.5, "1h"), hash_key="user")
    until(lambda: status(api, release["id"]).get("stage"), "the canary begins")
    for turn in range(2):
        for number in range(60):
            infer(server.api, "keyed", f"i{turn}-{number}", [0.1], user=f"u{number}")
        counted(server.api, release["id"])
        server.kill()
        server.start()
        until(lambda: status(server.api, release["id"]).get("stage"), "the canary goes on")
    units = {entry["unit"] for entry in exported(server.api, "keyed") if entry["model_name"] == "same"}
    assert status(server.api, release["id"])["stage"]["units"] == len(units)


def test_a_candidate_that_hangs_goes_back(start_server: Callable[..., Server]) -> None:
    server = start_server("--timeout", "0.5")
    api = server.api
    api.upload("dense", "fraud-dense.onnx")
    api.upload("slow", "slow-loop.onnx")
    api.serve("hanging", ["dense"])
    release = start(api, "hanging", "slow", stage(0.5, "1h"))
    until(lambda: status(api, release["id"]).get("stage"), "the canary begins")
    codes: Counter[int] = Counter()
    for _ in range(200):
        codes[api.post("/v1/pipelines/hanging/infer", json={"tensor": HANGS}).status_code] += 1
        if status(api, release["id"])["release"]["state"] != "running":
            break
    found = ended(api, release["id"], 5)
    assert found["state"] == "rolled_back"
    assert set(codes) == {200, 504}
    assert re.search(r"because (\d+) of \1 requests failed", found["reason"])
