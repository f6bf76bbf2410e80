"""Gates: a version that has not passed its suites does not begin to answer, whichever way it is asked for."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gates
import pytest
from command import Command
from gates import answers, deploys, events, override, put_gate, put_suite, reference, run, scaled, verdict
from harness import Api, Server, answered, refused, until

import roost

names = itertools.count()


class Gated:
    """A pipeline whose model doubles its input, with a gate, and a version that is worse on labeled rows."""

    def __init__(self, api: Api, name: str) -> None:
        self.api, self.name = api, name
        self.good = api.upload(name, scaled(2))
        self.first = api.serve(name, [reference(self.good)])
        uri = gates.put_labels(api.url)
        put_suite(api, name, gates.quality(uri), gates.golden(3, 6), model=name)
        put_gate(api, name, name)
        self.worse = api.upload(name, scaled(2.5))
        self.better = api.upload(name, scaled(2.0001))
        assert run(api, name, self.worse) == "failed"
        assert run(api, name, self.better) == "passed"

    def define(self, step: Any) -> str:
        return str(self.api.define(self.name, [step])["version"]["id"])

    def is_unchanged(self) -> None:
        deployment = answered(self.api.get(f"/v1/pipelines/{self.name}/deployment"), 200)
        assert (deployment["version"], deployment["state"]) == (self.first["id"], "Running")
        assert answers(self.api, self.name) == pytest.approx(2)


@pytest.fixture
def gated(api: Api) -> Gated:
    return Gated(api, f"gated-{next(names)}")


def choice(version: dict[str, Any], weight: float) -> dict[str, Any]:
    return {"model": reference(version), "weight": weight}


def split(*choices: dict[str, Any]) -> dict[str, Any]:
    return {"random_split": {"models": list(choices)}}


def test_a_worse_version_is_refused_by_v1_with_the_cases_that_failed(api: Api, gated: Gated) -> None:
    for step in (
        reference(gated.worse),
        split(choice(gated.good, 99), choice(gated.worse, 1)),
        {"key_split": {"key": "k", "default": reference(gated.good), "models": {"a": reference(gated.worse)}}},
        {"shadow_deploy": {"champion": reference(gated.worse), "challengers": [reference(gated.good)]}},
    ):
        version = gated.define(step)
        refused(deploys(api, gated.name, version), 409, "gate", "'no-worse-than-production'", "'doubles'")
        gated.is_unchanged()
    (said,) = {event["details"]["models"] for event in events(api, gated.name, "gate.refused")}
    assert said == reference(gated.worse)
    assert not verdict(api, gated.name, gated.worse)["admitted"]
    assert verdict(api, gated.name, gated.better) == {
        "pipeline": gated.name,
        "workspace": "default",
        "model": reference(gated.better),
        "admitted": True,
        "problems": [],
    }


def test_what_does_not_answer_is_not_held_up(api: Api, gated: Gated) -> None:
    shadow = {"shadow_deploy": {"champion": reference(gated.good), "challengers": [reference(gated.worse)]}}
    for step in (shadow, split(choice(gated.good, 1), choice(gated.worse, 0))):
        assert api.deploy(gated.name, gated.define(step))["state"] == "Running"
        assert answers(api, gated.name) == pytest.approx(2)
    replay = {"kind": "replay", "candidate": reference(gated.worse), "requests": 10}
    answered(api.post(f"/v1/pipelines/{gated.name}/reports", json=replay), 201)


def test_a_choice_that_requests_can_name_answers_without_a_share(api: Api, gated: Gated) -> None:
    step = split(choice(gated.good, 1) | {"name": "a"}, choice(gated.worse, 0) | {"name": "b"})
    refused(deploys(api, gated.name, gated.define(step)), 409, "gate", "'doubles'")
    gated.is_unchanged()


def test_a_first_deployment_has_nothing_untested_beside_what_is_tested(api: Api) -> None:
    name = f"fresh-{next(names)}"
    good, other = api.upload(name, scaled(2)), api.upload(f"{name}-other", scaled(3))
    api.define(name, [reference(good)])
    put_suite(api, name, gates.golden(3, 6), model=name)
    put_gate(api, name, name)
    assert run(api, name, good) == "passed"
    api.define(name, [split(choice(good, 1e-9), choice(other, 1))])
    refused(deploys(api, name), 409, "gate", f"{name}-other")
    api.define(name, [reference(good)])
    assert api.deploy(name)["state"] == "Running"


def test_a_stopped_pipeline_goes_back_too(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api, name = server.api, "stopped"
    bad, good = api.upload(name, scaled(2.5)), api.upload(name, scaled(2))
    first = api.serve(name, [reference(bad)])
    api.serve(name, [reference(good)])
    put_suite(api, name, gates.golden(3, 6), model=name)
    put_gate(api, name, name)
    assert run(api, name, bad) == "failed"
    api.undeploy(name)
    answered(api.put(f"/v1/pipelines/{name}/deployment", json={"version": "previous"}), 202)
    deployment = api.settled(name)
    assert (deployment["state"], deployment["version"]) == ("Running", first["id"]), deployment
    server.kill()
    server.start()
    assert answers(server.api, name) == pytest.approx(2.5)


def test_a_challenger_that_is_worse_is_not_promoted(api: Api, gated: Gated) -> None:
    step = {"shadow_deploy": {"champion": reference(gated.good), "challengers": [reference(gated.worse)]}}
    api.deploy(gated.name, gated.define(step))
    before = answered(api.get(f"/v1/pipelines/{gated.name}/versions"), 200)
    refused(api.post(f"/v1/pipelines/{gated.name}/promote", json={}), 409, "gate", "'no-worse-than-production'")
    assert answered(api.get(f"/v1/pipelines/{gated.name}/versions"), 200) == before
    assert answers(api, gated.name) == pytest.approx(2)


def test_a_release_of_a_worse_version_does_not_begin(api: Api, gated: Gated) -> None:
    definition = {"pipeline": gated.name, "candidate": reference(gated.worse), "shadow": {"duration": "1s", "units": 0}}
    for path in ("/v1/releases", "/v1/releases/plan"):
        refused(api.post(path, json=definition), 409, "gate", "'no-worse-than-production'")
    assert answered(api.get("/v1/releases", params={"pipeline": gated.name}), 200)["releases"] == []
    gated.is_unchanged()
    stages = [{"share": 0.5, "duration": "1s", "units": 0}]
    better = {"pipeline": gated.name, "candidate": reference(gated.better), "stages": stages}
    release = answered(api.post("/v1/releases", json=better), 201)["id"]
    until(lambda: answered(api.get(f"/v1/releases/{release}"), 200)["release"]["state"] == "promoted", "it is promoted")
    assert answers(api, gated.name) == pytest.approx(2.0001, rel=1e-6)


def test_the_command_and_the_sdk_say_why(api: Api, gated: Gated, server: str, tmp_path: Path) -> None:
    command = Command(server, tmp_path)
    gated.define(reference(gated.worse))
    assert "case 'doubles'" in command.fails("pipeline", "deploy", gated.name)
    client = roost.Client(server)
    pipeline = client.build_pipeline(gated.name)
    model = client.model_by_name(gated.name, gated.worse["id"])
    with pytest.raises(roost.APIError, match="case 'doubles'") as error:
        pipeline.replace_with_model_step(0, model).deploy()
    assert (error.value.status, error.value.code, error.value.field) == (409, "conflict", "gate")
    gated.is_unchanged()

    checked = command.run("gate", "check", gated.name, reference(gated.worse))
    assert checked.returncode == 1
    assert "may not begin to answer" in checked.stdout
    assert command("gate", "check", gated.name, reference(gated.better)).startswith("● Admitted. " + gated.name)
    gate = client.gate(gated.name)
    assert (gate.suites(), gate.by(), gate.overrides()) == ([gated.name], "ann", [])
    assert not gate.check(model)
    assert len(gate.check(model).problems) == 1
    said = command("gate", "override", gated.name, reference(gated.worse), "--reason", "A test.", "--by", "ann")
    assert "may answer" in said
    assert "case 'doubles'" in said
    (found,) = gate.refresh().overrides()
    assert (found.model, found.reason, found.by, len(found.problems)) == (reference(gated.worse), "A test.", "ann", 1)
    assert gate.check(model)
    pipeline.deploy()
    assert answers(api, gated.name) == pytest.approx(2.5)
    shown = command("gate", "show", gated.name)
    assert "A test." in shown
    assert gated.name in command("gate", "list")
    assert "Removed" in command("gate", "remove", gated.name)
    with pytest.raises(roost.EntityNotFoundError):
        client.gate(gated.name)
    kinds = [event["kind"] for event in events(api, gated.name)]
    assert kinds[0] == "gate.set"
    assert kinds[-2:] == ["gate.overridden", "gate.removed"]
    told = next(event for event in events(api, gated.name) if event["kind"] == "gate.overridden")
    assert (told["by"], told["details"]["reason"]) == ("ann", "A test.")
    assert "case 'doubles'" in told["details"]["problems"]


def test_a_rollback_is_always_possible(api: Api, gated: Gated) -> None:
    override(api, gated.name, gated.worse)
    assert api.deploy(gated.name, gated.define(reference(gated.worse)))["state"] == "Running"
    assert api.deploy(gated.name, gated.define(reference(gated.better)))["state"] == "Running"
    # The gate begins anew, without the override.
    answered(api.delete(f"/v1/gates/{gated.name}"), 200)
    put_gate(api, gated.name, gated.name)
    assert api.deploy(gated.name, "previous")["state"] == "Running"
    assert answers(api, gated.name) == pytest.approx(2.5)
    assert api.undeploy(gated.name)["state"] == "Stopped"
    assert api.deploy(gated.name, "previous")["state"] == "Running"
    assert answers(api, gated.name) == pytest.approx(2.0001)


def test_a_changed_suite_must_be_passed_again(api: Api, gated: Gated) -> None:
    put_suite(api, gated.name, gates.golden(4, 8), model=gated.name)
    version = gated.define(reference(gated.better))
    refused(deploys(api, gated.name, version), 409, "gate", "has not been run", f"'roost test {gated.name} --version")
    assert run(api, gated.name, gated.better) == "passed"
    assert api.deploy(gated.name, version)["state"] == "Running"
    # A model of another name is none that the suite tests.
    api.upload(f"{gated.name}-other", scaled(2))
    other = gated.define(f"{gated.name}-other")
    refused(deploys(api, gated.name, other), 409, "gate", "No suite of the gate tests model")


def test_what_is_wrong_with_a_gate_is_named(api: Api, gated: Gated) -> None:
    path = f"/v1/gates/{gated.name}"
    refused(api.put(path, json={"suites": []}), 400, "suites", "1 to 20")
    refused(api.put(path, json={"suites": ["nope"]}), 404, "suites[0]", "'nope' does not exist")
    refused(api.put(path, json={"suites": [gated.name] * 2}), 400, "suites[1]", "listed twice")
    refused(api.put(path, json={"suites": ["a/b"]}), 400, "suites[0]")
    refused(api.put(path, json={"suites": [gated.name], "more": 1}), 400, "body", "unknown field 'more'")
    refused(api.put(path, json={"suites": [gated.name], "by": "a\nb"}), 400, "by")
    refused(api.put("/v1/gates/nope", json={"suites": [gated.name]}), 404, "pipeline")
    other = f"{gated.name}-x"
    api.upload(other, scaled(2))
    put_suite(api, other, gates.golden(1, 2), model=other)
    refused(api.put(path, json={"suites": [gated.name, other]}), 400, "suites[1]", f"tests model '{other}'")
    assert answered(api.get(path), 200)["suites"] == [gated.name]
    refused(api.delete(f"/v1/suites/{gated.name}"), 409, "suite", f"'{gated.name}'")

    overrides = f"{path}/overrides"
    good = {"model": reference(gated.worse), "reason": "why"}
    refused(api.post(overrides, json=good | {"model": gated.name}), 400, "model", "NAME@VERSION")
    refused(api.post(overrides, json=good | {"model": f"{gated.name}@nope"}), 404, "version")
    refused(api.post(overrides, json=good | {"reason": " "}), 400, "reason")
    refused(api.post(overrides, json=good | {"reason": "x" * 1001}), 400, "reason")
    refused(api.get(f"{path}/verdict"), 400, "model")
    refused(api.post(f"/v1/gates/{other}/overrides", json=good), 404, "pipeline")

    api.undeploy(gated.name)
    answered(api.delete(f"/v1/pipelines/{gated.name}", params={"force": "true", "log": "true"}), 200)
    refused(api.get(path), 404, "pipeline")
    answered(api.delete(f"/v1/suites/{gated.name}"), 200)


def test_a_gate_that_is_set_during_a_deployment_comes_before_or_after_it(api: Api, gated: Gated) -> None:
    answered(api.delete(f"/v1/gates/{gated.name}"), 200)
    outcomes = set()
    for index in range(12):
        version = api.upload(gated.name, scaled(3 + index))
        wanted = gated.define(reference(version))
        # In a stopped pipeline, the deployment is recorded before the version is loaded, and checked again when it answers.
        if index % 2:
            api.undeploy(gated.name)
        start = threading.Barrier(2)

        def deploy(wanted: str = wanted, start: threading.Barrier = start) -> None:
            start.wait()
            deploys(Api(api.url), gated.name, wanted)

        thread = threading.Thread(target=deploy)
        thread.start()
        start.wait()
        put_gate(api, gated.name, gated.name)
        thread.join()
        settled = api.settled(gated.name)
        told = {event["details"].get("version"): event for event in events(api, gated.name, "pipeline.deployed")}
        gate_set = events(api, gated.name, "gate.set")[-1]["sequence"]
        answers_now = settled["version"] == wanted and settled["state"] == "Running"
        assert answers_now == (wanted in told)
        if answers_now:
            assert told[wanted]["sequence"] < gate_set
        outcomes.add(answers_now)
        answered(api.delete(f"/v1/gates/{gated.name}"), 200)
    assert outcomes, "nothing was tried"


def test_a_version_that_never_answered_is_held_back_after_a_restart(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api, name = server.api, "late"
    first = api.serve(name, [reference(api.upload(name, scaled(2)))])
    api.undeploy(name)
    untested = api.upload(name, scaled(3))
    second = api.define(name, [reference(untested)])["version"]["id"]
    (artifact,) = (server.data / "objects").rglob(untested["sha256"])
    hidden = artifact.rename(server.data / "hidden")
    answered(deploys(api, name, second), 202)
    failed = api.settled(name)
    assert (failed["state"], failed["previous_version"]) == ("Error", first["id"])
    put_suite(api, name, gates.golden(3, 6), model=name)
    put_gate(api, name, name)
    server.stop()
    hidden.rename(artifact)
    server.start()
    api = server.api
    held = api.settled(name)
    assert held["state"] == "Error"
    assert "has not been run" in held["error"]
    (event,) = events(api, name, "gate.refused")
    assert event["details"]["models"] == reference(untested)
    # It is not tried again, and what answered last needs no test.
    server.stop()
    server.start()
    api = server.api
    assert api.settled(name)["state"] == "Stopped"
    assert api.deploy(name, first["id"])["state"] == "Running"
    refused(deploys(api, name, second), 409, "gate", "has not been run")
    refused(deploys(api, name, "previous"), 409, "version", "No other version")
    assert answers(api, name) == pytest.approx(2)


def test_gates_and_overrides_survive_a_kill(start_server: Callable[..., Server]) -> None:
    server = start_server()
    gated = Gated(server.api, "killed")
    override(server.api, "killed", gated.better, "It is better.")
    server.kill()
    server.start()
    api = server.api
    until(lambda: api.get("/v1/pipelines/killed/deployment").json()["state"] == "Running", "it answers again")
    # The version that answers has never been tested, and is restored.
    assert answers(api, "killed") == pytest.approx(2)
    gate = answered(api.get("/v1/gates/killed"), 200)
    assert (gate["suites"], [one["reason"] for one in gate["overrides"]]) == (["killed"], ["It is better."])
    version = api.define("killed", [reference(gated.worse)])["version"]["id"]
    refused(deploys(api, "killed", version), 409, "gate", "'doubles'")
    server.kill()
    server.start()
    until(lambda: server.api.get("/v1/pipelines/killed/deployment").json()["state"] == "Running", "it answers again")
    assert answers(server.api, "killed") == pytest.approx(2)
