"""What happens on a server, listed, followed and counted."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import monitored
import pytest
from aws import client, csv, ended, regression, training_request
from endpoint_clients import AWS, Trained
from harness import BINARY, Api, Server, answered, refused, until

import roost


def events(api: Api, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answered(api.get("/v1/events", params=query), 200)["events"]
    return found


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in found]


def test_deployments_are_events(api: Api) -> None:
    api.upload("ev-model", "fraud-dense.onnx")
    api.upload("ev-other", "fraud-trees.onnx")
    before = answered(api.get("/v1/events"), 200)["next"]
    first = api.serve("ev-a", ["ev-model"])
    api.deploy("ev-a", first["id"])
    second = api.serve("ev-a", ["ev-other"])
    api.deploy("ev-a", "previous")
    api.undeploy("ev-a")
    found = events(api, after=before, pipeline="ev-a")
    # The version that was deployed already is no news.
    assert kinds(found) == [
        "pipeline.deployed",
        "pipeline.deployed",
        "pipeline.rolled_back",
        "pipeline.undeployed",
    ]
    assert [event["details"]["version"] for event in found] == [first["id"], second["id"], first["id"], first["id"]]
    assert all(event["subject"] == {"kind": "pipeline", "name": "ev-a"} for event in found)
    assert found[2]["message"] == f"Pipeline 'ev-a' was rolled back to version {first['id'][:8]}."
    assert [event["sequence"] for event in found] == sorted(event["sequence"] for event in found)
    newest = events(api, pipeline="ev-a", limit=2)
    assert newest == found[:-3:-1]
    assert events(api, pipeline="ev-a", before=newest[-1]["sequence"], limit=1) == [found[1]]
    assert kinds(events(api, after=before, subject="pipeline:ev-a", kind="pipeline.rolled_back")) == [
        "pipeline.rolled_back"
    ]
    assert api.metric("roost_events_total") >= 4


def test_who_asked_for_a_deployment(api: Api) -> None:
    api.upload("ev-model", "fraud-dense.onnx")
    api.define("ev-by", ["ev-model"])
    path = "/v1/pipelines/ev-by/deployment"
    answered(api.put(path, json={}, params={"by": "ann"}), 202)
    assert api.settled("ev-by")["state"] == "Running"
    answered(api.delete(path, params={"by": "bob"}), 202)
    api.settled("ev-by")
    answered(api.put(path, json={}), 202)
    api.settled("ev-by")
    found = [(event["kind"], event.get("by")) for event in events(api, pipeline="ev-by")]
    assert found == [("pipeline.deployed", None), ("pipeline.undeployed", "bob"), ("pipeline.deployed", "ann")]
    refused(api.put(path, json={}, params={"by": "a\nb"}), 400, "by")


def test_a_restart_adds_no_event(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload("m", "fraud-dense.onnx")
    server.api.serve("p", ["m"])
    for stop in (server.stop, server.kill):
        stop()
        server.start()
        assert server.api.settled("p")["state"] == "Running"
        assert kinds(events(server.api)) == ["pipeline.deployed"]


def test_following(api: Api, server: str) -> None:
    api.upload("ev-model", "fraud-dense.onnx")
    begun = time.monotonic()
    place = answered(api.get("/v1/events"), 200)["next"]
    nothing = answered(api.get("/v1/events", params={"after": place, "kind": "endpoint.*", "wait": 1}), 200)
    assert nothing["events"] == []
    assert time.monotonic() - begun >= 1
    found: list[roost.Event] = []

    def follow() -> None:
        for event in roost.Client(server).follow_events(pipeline="ev-follow", after=place):
            found.append(event)
            if len(found) == 2:
                return

    thread = threading.Thread(target=follow)
    thread.start()
    api.serve("ev-follow", ["ev-model"])
    api.undeploy("ev-follow")
    thread.join(20)
    assert [event.kind for event in found] == ["pipeline.deployed", "pipeline.undeployed"]
    assert "of pipeline 'ev-follow' was deployed." in repr(found[0])
    listed = roost.Client(server).events(pipeline="ev-follow")
    assert [event.sequence for event in listed] == [found[1].sequence, found[0].sequence]
    assert "<table>" in listed._repr_html_()


def test_a_follower_does_not_delay_the_end_of_the_server(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api = server.api
    waiting = threading.Thread(target=lambda: api.get("/v1/events", params={"after": 0, "wait": 30}))
    waiting.start()
    time.sleep(0.5)
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 5
    waiting.join()


def test_the_command(api: Api, server: str) -> None:
    api.upload("ev-model", "fraud-dense.onnx")
    api.serve("ev-command", ["ev-model"])
    command = [str(BINARY), "events", "--url", server, "--pipeline", "ev-command", "--since", "1h"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert shown[0].split() == ["TIME", "KIND", "SUBJECT", "MESSAGE"]
    assert "pipeline.deployed" in shown[1]
    with subprocess.Popen([*command, "--follow", "--json"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["kind"] == "pipeline.deployed"
        api.undeploy("ev-command")
        assert json.loads(process.stdout.readline())["kind"] == "pipeline.undeployed"
        process.terminate()


def test_ends_of_jobs_are_events(api: Api, server: str) -> None:
    s3, sagemaker = client("s3", server), client("sagemaker", server)
    s3.create_bucket(Bucket="ev-data")
    s3.put_object(Bucket="ev-data", Key="train/rows.csv", Body=csv(regression(50, seed=3)))
    for name, changes in {"ev-good": {}, "ev-bad": {"HyperParameters": {"num_round": "2", "max_depth": "x"}}}.items():
        sagemaker.create_training_job(**training_request(name, "ev-data", **changes))
        ended(sagemaker, name)
    good, bad = (events(api, subject=f"job:{name}") for name in ("ev-good", "ev-bad"))
    assert kinds(good) == ["job.completed"]
    assert good[0]["details"] == {"kind": "training"}
    assert kinds(bad) == ["job.failed"]
    assert "max_depth" in bad[0]["message"]


def test_changes_of_endpoints_are_events(api: Api, server: str) -> None:
    aws = AWS(server)
    aws.put_model("ev-endpoint", Trained(0).archive, bucket="ev-models")
    aws.put_config("ev-endpoint", ("v", "ev-endpoint", 1))
    aws.serve("ev-endpoint", "ev-endpoint")
    aws.sagemaker.delete_endpoint(EndpointName="ev-endpoint")
    found = until(lambda: len(now := events(api, subject="endpoint:ev-endpoint")) == 2 and now, "two events")
    assert kinds(found) == ["endpoint.deleted", "endpoint.in_service"]


def test_new_verdicts_are_events(api: Api) -> None:
    api.upload("ev-echo", monitored.echo())
    api.upload("ev-negated", monitored.negated())
    api.serve("ev-ab", [monitored.split(("ev-echo", 1), ("ev-negated", 1), key="user")])
    goal = {"metric": "outputs[0][0] > 0", "smallest_effect": 0.2}
    assert monitored.report(api, "ev-ab", goal=goal)["experiment"]["comparisons"][0]["verdict"] == "not_enough_data"
    for index in range(600):
        monitored.infer(api, "ev-ab", f"ev-{index}", [1.0], user=str(index))
    api.undeploy("ev-ab")
    reports = [monitored.report(api, "ev-ab", goal=goal) for _ in range(2)]
    assert {report["experiment"]["comparisons"][0]["verdict"] for report in reports} == {"worse"}
    # Only what is new: the first verdict says nothing, and the last one is the one before.
    found = events(api, pipeline="ev-ab", kind="report.*")
    assert [event["subject"] for event in found] == [{"kind": "report", "name": reports[0]["id"]}]
    assert found[0]["details"]["verdict"] == "worse"
    assert found[0]["details"]["challenger"] == "ev-negated"


def test_refused_requests_are_an_event(start_server: Callable[..., Server]) -> None:
    server = start_server("--threads", "1", "--queue", "1")
    server.api.upload("m", "fraud-dense.onnx")
    server.api.serve("p", ["m"])
    # Large enough for a thread of the pool.
    rows = json.dumps({"tensor": [[0.5] * 29] * 20_000}).encode()

    def ask() -> None:
        api = server.api
        for _ in range(5):
            api.post("/v1/pipelines/p/infer", data=rows, headers={"Content-Type": "application/json"})

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.api.metric("roost_errors_total") > 0
    until(lambda: events(server.api, kind="limit.reached"), "the refusals are an event", 15)
    time.sleep(6)
    (event,) = events(server.api, kind="limit.reached")
    assert event["subject"] == {"kind": "pipeline", "name": "p"}
    assert int(event["details"]["refused"]) > 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"kind": "comet.seen"}, "kind"),
        ({"kind": "*"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"kind": "x" * 5000}, "kind"),
        ({"subject": "comet"}, "subject"),
        ({"subject": ":x"}, "subject"),
        ({"pipeline": "../x"}, "pipeline"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"after": "-1"}, "after"),
        ({"after": "99999999999999999999"}, "after"),
        ({"wait": "31", "after": "0"}, "wait"),
        ({"wait": "5"}, "wait"),
        ({"since": "yesterday"}, "since"),
        ({"until": "1"}, "until"),
    ],
)
def test_bad_queries(api: Api, query: dict[str, str], field: str) -> None:
    answer = api.get("/v1/events", params=query)
    assert answer.status_code == 400, answer.text
    if field != "until":
        refused(answer, 400, field)


def test_the_largest_numbers_are_no_problem(api: Api) -> None:
    largest = 2**63 - 1
    assert events(api, after=largest) == []
    assert answered(api.get("/v1/events", params={"after": largest, "before": largest}), 200)["events"] == []
    assert events(api, before=0) == []
    assert events(api, subject="job:\N{SNOWMAN}'\"") == []
