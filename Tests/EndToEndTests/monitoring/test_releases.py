"""Releases: a candidate that takes the place of a pipeline's model step by step, or goes back by itself."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import small_onnx
from harness import Api, Server, answered, refused, until
from monitored import complement, echo, exported, infer, negated, split
from released import Traffic, ended, events, logged, ok, stage, start, status, steady, version

NAMES = (f"release-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("echo", echo())
    api.upload("release-same", echo())
    api.upload("complement", complement())
    api.upload("negated", negated())
    api.upload("failing", small_onnx.failing_model(1, "x"))
    return api


@pytest.fixture
def pipeline(client: Api) -> str:
    name = next(NAMES)
    client.serve(name, [{"model": "echo"}])
    return name


def test_a_good_candidate_is_promoted_and_can_be_rolled_back(client: Api, pipeline: str, server: str) -> None:
    before = version(client, pipeline)["version"]
    with Traffic(lambda: server, pipeline, bad=0).running() as traffic:
        release = start(client, pipeline, "release-same", stage("10%"), stage(0.5, units=20), stage(1))
        found = ended(client, release["id"])
    assert set(traffic.answers) == {200}
    assert found["state"] == "promoted", found
    assert found["by"] == "tests"
    assert [step["share"] for step in found["steps"]] == [0.1, 0.5, 1]
    assert found["steps"][1]["units"] >= 20
    running = version(client, pipeline)
    assert running["version"] == found["to_version"]
    assert running["previous_version"] == before == found["from_version"]
    (promoted, *_) = ok(client.get(f"/v1/pipelines/{pipeline}/versions"))["versions"]
    assert promoted["steps"] == [{"model": found["candidate"]}]
    assert promoted["promotion"]["release"] == release["id"]
    assert promoted["promotion"]["champion"] == found["champion"]

    assert client.deploy(pipeline, "previous")["version"] == before


def test_a_failing_candidate_goes_back_by_itself(client: Api, pipeline: str, server: str) -> None:
    before = version(client, pipeline)["version"]
    with Traffic(lambda: server, pipeline).running() as traffic:
        # How long it takes depends on how many requests a busy machine answers. The stage would last an hour.
        release = start(client, pipeline, "failing", stage(0.5, "1h"))
        found = ended(client, release["id"])
    assert found["state"] == "rolled_back"
    assert "requests failed, compared with 0 of" in found["reason"]
    assert version(client, pipeline)["version"] == before
    # Only what the candidate refused has failed.
    failed = [entry for entry in exported(client, pipeline) if "error" in entry]
    assert failed
    assert {entry["model_name"] for entry in failed} == {"failing"}
    assert sum(count for code, count in traffic.answers.items() if code != 200) == len(failed)


def test_units_that_moved_stay_moved(client: Api, pipeline: str, server: str) -> None:
    with Traffic(lambda: server, pipeline, bad=0, keys=40).running():
        release = start(
            client, pipeline, "release-same", stage(0.2, "2s"), stage(0.6, "2s"), hash_key="user", promote="manual"
        )
        until(lambda: (status(client, release["id"]).get("stage") or {}).get("index") == 1, "the second stage begins")
        until(lambda: status(client, release["id"]).get("waiting_for") == "a promotion", "the stages have ended", 20)
        counted = status(client, release["id"])["stage"]["units"]
        ok(client.post(f"/v1/releases/{release['id']}/abort"))
        assert ended(client, release["id"])["state"] == "aborted"
    arms: dict[str, list[str]] = {}
    for entry in exported(client, pipeline):
        if "unit" in entry:
            arms.setdefault(entry["unit"], []).append(entry["variant"])
    assert 30 < len(arms) <= 40
    # A unit of the candidate never goes back to the champion.
    for models in arms.values():
        assert models == sorted(models), models
    assert len({tuple(sorted(set(models))) for models in arms.values()}) == 3
    assert counted <= 40


def test_a_paused_release_stays_where_it_is_and_is_watched(client: Api, pipeline: str, server: str) -> None:
    with Traffic(lambda: server, pipeline, bad=0).running():
        release = start(client, pipeline, "release-same", stage(0.5, "6s"), stage(1))
        id = release["id"]
        until(lambda: status(client, id).get("stage"), "the canary begins")
        assert ok(client.post(f"/v1/releases/{id}/pause", params={"by": "ann"}))["reason"] == "Paused by ann."
        refused(client.post(f"/v1/releases/{id}/pause"), 409, "release", "paused")
        time.sleep(2.5)
        found = status(client, id)
        assert found["stage"]["index"] == 0
        assert found["release"]["steps"][-1]["units"] == found["stage"]["units"] > 0
        before = found["guardrails"][0]
        page = client.get("/metrics").text
        after = status(client, id)["guardrails"][0]
        assert f'roost_release_share{{pipeline="{pipeline}"}} 0.5' in page
        (evidence,) = re.findall(
            rf'^roost_release_evidence{{pipeline="{pipeline}",guardrail="errors"}} (\S+)$', page, re.MULTILINE
        )
        # The share of the bound, which is 0.01 without evidence. It only grows: even without an error it may, a little.
        assert before["bound"] == after["bound"] == 100
        assert 0.01 <= before["evidence"] / 100 <= float(evidence) <= after["evidence"] / 100 < 0.1
        # Nobody else changes the pipeline meanwhile.
        refused(client.put(f"/v1/pipelines/{pipeline}/deployment", json={}), 409, "pipeline", id[:8])
        refused(client.delete(f"/v1/pipelines/{pipeline}/deployment"), 409, "pipeline", id[:8])
        refused(client.post("/v1/releases", json=release["definition"]), 409, "pipeline")
        ok(client.post(f"/v1/releases/{id}/resume"))
        assert ended(client, id)["state"] == "promoted"
    refused(client.post(f"/v1/releases/{id}/abort"), 409, "release", "has ended")
    assert f'roost_release_share{{pipeline="{pipeline}"}}' not in client.get("/metrics").text
    kinds = [event["kind"] for event in events(client, pipeline)]
    expected = ["release.started", "release.paused", "release.resumed", "release.stage", "release.promoted"]
    assert [kind for kind in kinds if kind in expected][-2:] == expected[-2:]
    assert set(expected) <= set(kinds)


def test_a_candidate_is_promoted_by_hand(client: Api, pipeline: str) -> None:
    release = start(client, pipeline, "complement", stage(0.5, "1h"), promote="manual")
    until(lambda: status(client, release["id"]).get("stage"), "the canary begins")
    found = ok(client.post(f"/v1/pipelines/{pipeline}/promote", json={"by": "ann"}))
    assert found["version"]["promotion"]["by"] == "ann"
    assert found["deployment"]["version"] == found["version"]["id"]
    assert ended(client, release["id"])["state"] == "promoted"


def test_a_challenger_of_a_split_is_promoted_by_a_report(client: Api) -> None:
    name = next(NAMES)
    client.serve(name, [split(("echo", 1), ("complement", 1))], goal="outputs[0][0] > 0.5")
    for number in range(20):
        infer(client, name, f"i{number}", [0.1])
    made = answered(client.post(f"/v1/pipelines/{name}/reports", json={}), 201)
    refused(client.post(f"/v1/pipelines/{name}/promote", json={"challenger": "negated"}), 400, "challenger")
    found = ok(client.post(f"/v1/pipelines/{name}/promote", json={"report": made["id"][:8], "by": "ann"}))
    promotion = found["version"]["promotion"]
    assert promotion["report"] == made["id"]
    assert promotion["challenger"].startswith("complement@")
    refused(client.post(f"/v1/pipelines/{name}/promote", json={}), 409, "pipeline", "no challenger")


@pytest.mark.parametrize("bad", [0, 0.05])
def test_a_killed_server_goes_on_where_it_stood(start_server: Callable[..., Server], bad: float) -> None:
    server = start_server()
    api = server.api
    api.upload("echo", echo())
    api.upload("failing", small_onnx.failing_model(1, "x"))
    api.serve("killed", [{"model": "echo"}])
    duration = "600s" if bad else "4s"
    with Traffic(lambda: server.url, "killed", bad=bad).running():
        release = start(api, "killed", "failing", *(stage(share, duration) for share in (0.2, 0.4, 0.6)))
        seen: list[tuple[int, float]] = []
        dice = random.Random(1)
        for _ in range(8):
            time.sleep(dice.uniform(0.2, 1.5))
            server.kill()
            server.start()
            found = status(server.api, release["id"])
            if found["release"]["state"] != "running":
                break
            if place := found.get("stage"):
                seen.append((place["index"], place["watched_s"]))
        found = ended(server.api, release["id"])
    # It never begins again.
    assert [index for index, _ in seen] == sorted(index for index, _ in seen)
    assert found["state"] == ("rolled_back" if bad else "promoted")
    assert len(found["steps"]) == (1 if bad else 3)


# The ladder: replay, shadow, canary


def ladder(client: Api, server: str, value: float, then: float, **more: Any) -> Any:
    """Releases a model that answers 1 - x, where more is better, on logged and on later requests around a value."""
    pipeline = next(NAMES)
    client.serve(pipeline, [{"model": "echo"}], goal="outputs[0][0] > 0.5")
    logged(client, pipeline, value)
    traffic = Traffic(lambda: server, pipeline, bad=0)
    traffic.value = steady(then)
    with traffic.running():
        release = start(
            client,
            pipeline,
            "complement",
            stage(0.5, units=30),
            replay=100,
            shadow={"duration": "2s", "units": 30},
            promote="better",
            **more,
        )
        found = ended(client, release["id"], 90)
    assert set(traffic.answers) == {200}
    return found


def test_evidence_multiplies_over_the_steps_of_a_better_candidate(client: Api, server: str) -> None:
    found = ladder(client, server, 0, 0)
    assert found["state"] == "promoted", found
    assert [step["kind"] for step in found["steps"]] == ["replay", "shadow", "canary"]
    for step in found["steps"]:
        assert step["evidence"] > 1, step
        assert step["units"] >= 30
        assert ok(client.get(f"/v1/reports/{step['report']}"))["pipeline"] == found["pipeline"]
        assert ok(client.post(f"/v1/reports/{step['report']}/verify"))["is_reproduced"]
    assert found["steps"][0]["units"] == 100
    assert found["level"]["position"] == 1
    assert found["level"]["value"] == pytest.approx(0.05 * 6 / 3.14159265358979**2)
    (promoted, *_) = ok(client.get(f"/v1/pipelines/{found['pipeline']}/versions"))["versions"]
    assert promoted["promotion"]["report"] == found["steps"][-1]["report"]

    # The next release of the pipeline has another level.
    plan = ok(
        client.post("/v1/releases/plan", json={"pipeline": found["pipeline"], "candidate": "echo", "promote": "better"})
    )
    assert plan["level"] == {
        "alpha": 0.05,
        "position": 2,
        "promotions": 1,
        "value": pytest.approx(0.05 * 6 / (4 * 3.14159265358979**2) * 2),
    }


def test_a_worse_candidate_ends_with_its_replay(client: Api, server: str) -> None:
    found = ladder(client, server, 1, 1)
    assert found["state"] == "rolled_back"
    assert "worse in the replay" in found["reason"]
    assert [step["kind"] for step in found["steps"]] == ["replay"]
    # It never saw any traffic.
    assert len(ok(client.get(f"/v1/pipelines/{found['pipeline']}/versions"))["versions"]) == 1


def test_a_candidate_that_passes_its_replay_by_luck_is_stopped_later(client: Api, server: str) -> None:
    found = ladder(client, server, 0, 1)
    assert found["state"] == "rolled_back"
    assert "worse in the shadow" in found["reason"]
    replay, shadow = found["steps"]
    assert replay["evidence"] > 100 > 1 >= shadow["evidence"]
    assert {entry["model_name"] for entry in exported(client, found["pipeline"]) if entry["role"] == "champion"} == {
        "echo"
    }


def test_a_candidate_that_is_only_worse_live_is_stopped_in_the_canary(client: Api, server: str) -> None:
    pipeline = next(NAMES)
    client.serve(pipeline, [{"model": "echo"}], goal="outputs[0][0] > 0.5")
    logged(client, pipeline, 0)
    traffic = Traffic(lambda: server, pipeline, bad=0)
    traffic.value = steady(1)
    with traffic.running():
        release = start(client, pipeline, "complement", stage(0.5, "60s"), replay=100, promote="better")
        found = ended(client, release["id"])
    assert found["state"] == "rolled_back"
    assert "worse on the goal" in found["reason"]
    assert [step["kind"] for step in found["steps"]] == ["replay", "canary"]
    assert found["steps"][1]["report"]


def test_a_metric_of_ones_own_is_a_guardrail(client: Api, pipeline: str, server: str) -> None:
    with Traffic(lambda: server, pipeline, bad=0).running():
        guardrail = {"metric": "outputs[0][0] < 0", "better": "lower"}
        release = start(client, pipeline, "negated", stage(0.5, "60s"), guardrails=[guardrail])
        found = ended(client, release["id"])
    assert found["state"] == "rolled_back"
    assert "guardrail 'outputs[0][0] < 0'" in found["reason"]


def test_a_rollback_by_hand_ends_a_release(client: Api, pipeline: str) -> None:
    before = version(client, pipeline)["version"]
    for more in ({}, {"shadow": {"duration": "1h"}}):
        release = start(client, pipeline, "complement", stage(0.5, "1h"), **more)
        until(lambda: version(client, pipeline)["version"] != before, "the first step begins")
        found = answered(client.put(f"/v1/pipelines/{pipeline}/deployment", json={"version": "previous"}), 202)
        assert found["version"] == before
        assert ended(client, release["id"])["state"] == "aborted"
    # What was seen stays.
    assert status(client, release["id"])["release"]["steps"][0]["kind"] == "shadow"
