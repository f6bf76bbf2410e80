"""Events that are sent to receivers, which are real processes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from harness import BINARY, REPOSITORY, Api, Server, answered, refused, until
from receiver import Receiver, add

import roost

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def outgoing(start_server: Callable[..., Server]) -> Server:
    """A server that may call this machine, with a pipeline `p`."""
    server = start_server("--allow-outgoing")
    server.api.upload("m", "fraud-dense.onnx")
    server.api.define("p", ["m"])
    return server


@pytest.fixture
def receive(tmp_path: Path) -> Iterator[Callable[..., Receiver]]:
    """Starts receivers, and stops them after the test."""
    receivers: list[Receiver] = []

    def start(behavior: str = "200") -> Receiver:
        receivers.append(Receiver(tmp_path / f"receiver-{len(receivers)}", behavior))
        return receivers[-1]

    yield start
    for receiver in receivers:
        receiver.stop()


def state(api: Api, name: str) -> Any:
    return answered(api.get(f"/v1/webhooks/{name}"), 200)


def tried(api: Api, name: str) -> Any:
    """Sends a test event, and returns what came of it."""
    return answered(api.post(f"/v1/webhooks/{name}/test"), 200)


def happen(api: Api, count: int = 1) -> None:
    """Makes two events, a number of times."""
    for _ in range(count):
        api.deploy("p")
        api.undeploy("p")


def recorded(api: Api) -> list[int]:
    found = answered(api.get("/v1/events", params={"after": 0, "limit": 1000}), 200)["events"]
    return [event["sequence"] for event in found]


def sequences(receiver: Receiver) -> list[int]:
    return [event["sequence"] for event in receiver.events()]


def in_order(numbers: list[int]) -> list[int]:
    """Returns the numbers without immediate repetitions: each event comes at least once."""
    return [number for index, number in enumerate(numbers) if index == 0 or number != numbers[index - 1]]


def verify(request: dict[str, Any], secret: str) -> None:
    """Verifies a request with the library of the Standard Webhooks project."""
    standardwebhooks.Webhook(secret).verify(request["body"], request["headers"])


def test_events_are_signed_and_in_order(outgoing: Server, receive: Callable[..., Receiver]) -> None:
    api, receiver = outgoing.api, receive()
    happen(api)
    before = len(recorded(api))
    webhook = add(api, "w", receiver.url + "/secret?token=1")
    assert webhook["secret"].startswith("whsec_")
    assert webhook["url"] == f"http://127.0.0.1:{receiver.port}/…"
    happen(api, 2)
    until(lambda: len(receiver.requests()) >= 4, "all events arrive")
    # Only what happens after the webhook was added.
    assert sequences(receiver) == recorded(api)[before:]
    for request in receiver.requests():
        verify(request, webhook["secret"])
        assert request["headers"]["content-type"] == "application/json"
        assert request["path"] == "/hook/secret?token=1"
    assert len({request["headers"]["webhook-id"] for request in receiver.requests()}) == 4
    listed = answered(api.get("/v1/webhooks"), 200)
    assert "secret" not in json.dumps(listed)
    assert "whsec" not in outgoing.log.read_text()
    shown = until(lambda: (now := state(api, "w"))["delivered"] == 4 and now, "the deliveries are recorded")
    assert (shown["state"], shown["pending"], shown["failures"], shown["given_up"]) == ("active", 0, 0, 0)
    assert api.metric("roost_webhook_pending") == 0
    assert api.metric("roost_webhook_deliveries_total") == 4


def test_a_receiver_that_was_down_gets_everything(outgoing: Server, receive: Callable[..., Receiver]) -> None:
    api, receiver = outgoing.api, receive()
    other = receive()
    add(api, "down", receiver.url, secret=SECRET)
    add(api, "up", other.url)
    receiver.stop()
    happen(api, 3)
    until(lambda: state(api, "down")["failures"] >= 1, "an attempt fails")
    # One that is down does not delay the others.
    until(lambda: len(other.requests()) == 6, "the other receiver gets all")
    failing = state(api, "down")
    assert failing["state"] == "failing"
    assert failing["pending"] == 6
    assert "127.0.0.1" in failing["last_error"]
    # The state survives the server, which is killed in between.
    outgoing.kill()
    outgoing.start()
    api = outgoing.api
    happen(api)
    receiver.start()
    until(lambda: len(set(sequences(receiver))) == len(recorded(api)), "the receiver gets all")
    assert in_order(sequences(receiver)) == recorded(api)
    for request in receiver.requests():
        verify(request, SECRET)
    until(lambda: state(api, "down")["pending"] == 0, "nothing is pending")


def test_events_survive_kills_of_the_server(outgoing: Server, receive: Callable[..., Receiver]) -> None:
    receiver = receive()
    add(outgoing.api, "w", receiver.url, secret=SECRET)
    for _ in range(4):
        happen(outgoing.api, 2)
        outgoing.kill()
        outgoing.start()
    until(lambda: len(set(sequences(receiver))) == len(recorded(outgoing.api)), "the receiver gets all")
    assert in_order(sequences(receiver)) == recorded(outgoing.api)


def test_dead_receivers_harm_nothing(outgoing: Server, receive: Callable[..., Receiver]) -> None:
    api, good = outgoing.api, receive()
    hanging, huge = receive("hang"), receive("huge")
    for index in range(10):
        add(api, f"hang-{index}", hanging.url)
    add(api, "huge", huge.url)
    add(api, "closed", "http://127.0.0.1:1/")
    add(api, "good", good.url)
    happen(api, 2)
    until(lambda: len(good.requests()) == 4, "the good receiver gets all", 30)
    # The answer of the other has no end, but a status.
    until(lambda: state(api, "huge")["delivered"] == 4, "the events are delivered", 30)
    assert state(api, "hang-3")["pending"] == 4
    begun = time.monotonic()
    assert outgoing.stop() == 0
    assert time.monotonic() - begun < 5


def test_refused_events_are_given_up(outgoing: Server, receive: Callable[..., Receiver]) -> None:
    api = outgoing.api
    gone, moved = receive("410"), receive("302")
    add(api, "gone", gone.url)
    add(api, "moved", moved.url)
    happen(api)
    disabled = until(lambda: (now := state(api, "gone"))["state"] == "disabled" and now, "the webhook is disabled")
    assert disabled["pending"] == 2
    assert len(gone.requests()) == 1
    until(lambda: state(api, "moved")["failures"] >= 2, "the redirect is refused")
    assert state(api, "moved")["last_error"] == "The receiver responded with status 302."
    # A new definition begins again where the deliveries stopped.
    gone.stop()
    gone.start()
    assert add(api, "gone", gone.url, kinds=["pipeline.undeployed"]).get("secret") is None
    until(lambda: state(api, "gone")["state"] == "active" and state(api, "gone")["pending"] == 0, "it is active again")
    assert [event["kind"] for event in gone.events()] == ["pipeline.deployed", "pipeline.undeployed"]


def test_kinds_formats_and_templates(outgoing: Server, receive: Callable[..., Receiver]) -> None:
    api = outgoing.api
    slack, template, jobs = receive(), receive(), receive()
    add(api, "slack", slack.url, format="slack", kinds=["pipeline.deployed"])
    text = '{"m": "{{message}}", "s": "{{subject}}", "v": "{{details.version}}", "n": {{sequence}}}'
    add(api, "template", template.url, template=text, kinds=["pipeline.*"])
    add(api, "jobs", jobs.url, kinds=["job.*"])
    happen(api)
    until(lambda: len(template.requests()) == 2 and slack.requests(), "the events arrive")
    assert list(slack.events()[0]) == ["text"]
    assert "'p'" in slack.events()[0]["text"]
    assert template.events()[1]["s"] == "p"
    assert template.events()[1]["m"] == "Pipeline 'p' was undeployed."
    assert len(template.events()[1]["v"]) == 36
    assert len(slack.requests()) == 1
    assert jobs.requests() == []
    assert state(api, "jobs")["pending"] == 0


def test_the_receiver_of_the_guide(outgoing: Server, tmp_path: Path) -> None:
    guide = (REPOSITORY / "docs" / "guides" / "events-and-webhooks.md").read_text()
    program = re.search(r"^```py\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert program is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    webhook = add(outgoing.api, "guide", f"http://127.0.0.1:{port}/")
    for secret, status in ((SECRET, 401), (webhook["secret"], 204)):
        printed = tmp_path / "printed"
        with printed.open("w") as output:
            receiver = subprocess.Popen(
                [sys.executable, "-c", program[1]],
                env=os.environ | {"SECRET": secret, "PORT": str(port)},
                stdout=output,
                stderr=subprocess.DEVNULL,
            )
        try:
            result = until(
                lambda: answer if "status" in (answer := tried(outgoing.api, "guide")) else None, "an answer"
            )
            assert result["status"] == status
            if status == 204:
                until(printed.read_text, "the message is printed")
                assert printed.read_text() == "This is a test of the webhook 'guide'.\n"
            else:
                assert printed.read_text() == ""
        finally:
            receiver.kill()
            receiver.wait()


def test_a_test_event(outgoing: Server, receive: Callable[..., Receiver]) -> None:
    api, receiver = outgoing.api, receive()
    refusing = receive("403")
    add(api, "w", receiver.url, secret=SECRET)
    add(api, "refusing", refusing.url)
    add(api, "closed", "http://127.0.0.1:1/")
    before = recorded(api)
    result = answered(api.post("/v1/webhooks/w/test"), 200)
    assert (result["delivered"], result["status"], result["response"]) == (True, 200, "ok")
    verify(receiver.requests()[0], SECRET)
    assert receiver.events()[0]["kind"] == "webhook.test"
    assert answered(api.post("/v1/webhooks/refusing/test"), 200)["status"] == 403
    closed = answered(api.post("/v1/webhooks/closed/test"), 200)
    assert closed["delivered"] is False
    assert "status" not in closed
    assert "127.0.0.1" in closed["error"]
    assert recorded(api) == before


def test_the_command_and_the_sdk(outgoing: Server, receive: Callable[..., Receiver]) -> None:
    receiver = receive()

    def run(*arguments: str, status: int = 0) -> str:
        command = [str(BINARY), "webhook", *arguments, "--url", outgoing.url]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == status, result
        return result.stdout + result.stderr

    added = run("add", "w", receiver.url, "--kind", "pipeline.*", "--kind", "job.failed")
    assert "Added webhook w." in added
    assert "whsec_" in added
    assert "whsec_" not in run("add", "w", receiver.url) + run("list") + run("show", "w", "--json")
    assert "responded with status 200" in run("test", "w")
    receiver.stop()
    assert "No response" in run("test", "w", status=1)
    assert "Removed webhook w." in run("remove", "w")
    assert "does not exist" in run("show", "w", status=1)

    client = roost.Client(outgoing.url)
    webhook = client.add_webhook("sdk", receiver.url, kinds=["release.*"])
    assert str(webhook.secret()).startswith("whsec_")
    assert client.webhook("sdk").secret() is None
    assert webhook.test()["delivered"] is False
    assert [(hook.name(), hook.kinds(), hook.state()) for hook in client.webhooks()] == [
        ("sdk", ["release.*"], "active")
    ]
    webhook.remove()
    with pytest.raises(roost.EntityNotFoundError):
        webhook.refresh()


def test_a_damaged_record_can_be_replaced_or_removed(outgoing: Server, receive: Callable[..., Receiver]) -> None:
    receiver = receive()
    for name in ("good", "replaced", "removed"):
        add(outgoing.api, name, receiver.url)
    outgoing.stop()
    with contextlib.closing(sqlite3.connect(outgoing.data / "roost.sqlite")) as catalog, catalog:
        catalog.execute("UPDATE webhook SET document = '{', progress = '[]' WHERE name <> 'good'")
    outgoing.start()
    api = outgoing.api
    assert [each["name"] for each in answered(api.get("/v1/webhooks"), 200)["webhooks"]] == ["good"]
    answer = api.get("/v1/webhooks/removed")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert api.delete("/v1/webhooks/removed").status_code == 200
    refused(api.get("/v1/webhooks/removed"), 404, "webhook")
    assert add(api, "replaced", receiver.url)["secret"].startswith("whsec_")
    happen(api)
    until(lambda: len(receiver.requests()) == 4, "both are told")


def test_safe_mode_delivers_nothing(outgoing: Server, receive: Callable[..., Receiver], tmp_path: Path) -> None:
    receiver = receive()
    add(outgoing.api, "w", receiver.url)
    receiver.stop()
    happen(outgoing.api)
    outgoing.stop()
    receiver.start()
    outgoing.options = ("--allow-outgoing", "--safe-mode")
    outgoing.process = None
    outgoing.start()
    assert state(outgoing.api, "w")["pending"] == 2
    assert receiver.requests() == []
    outgoing.stop()
    outgoing.options = ("--allow-outgoing",)
    outgoing.start()
    until(lambda: len(receiver.requests()) == 2, "the events are delivered")
