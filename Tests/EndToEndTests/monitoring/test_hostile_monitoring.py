"""Labels, definitions and questions that are meant to do harm."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from harness import Api, Server, answered, refused, until
from monitored import complement, echo, infer, labels, report, send_labels, split


@pytest.fixture(scope="module")
def client(running_server: Server) -> Iterator[Api]:
    api = running_server.api
    api.upload("echo", echo())
    api.upload("complement", complement())
    yield api
    # Whatever was sent, the process still answers.
    assert running_server.process is not None
    assert running_server.process.poll() is None
    assert api.status()


def definition(**more: Any) -> dict[str, Any]:
    return {"name": "hostile", "steps": [split(("echo", 1), ("complement", 1), key="user")]} | more


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"goal": "outputs[0][0] >"}, "goal.metric"),
        ({"goal": "("}, "goal.metric"),
        ({"goal": "(" * 4096}, "goal.metric"),
        ({"goal": "1" + "+1" * 4096}, "goal.metric"),
        ({"goal": "outputs[9223372036854775808] > 1"}, "goal.metric"),
        ({"goal": {"metric": "latency"}}, "goal.budget_ms"),
        ({"goal": {"metric": "latency", "budget_ms": 1e308}}, "goal.budget_ms"),
        ({"goal": {"metric": "latency", "budget_ms": -1}}, "goal.budget_ms"),
        ({"goal": {"metric": "errors", "alpha": 0}}, "goal.alpha"),
        ({"goal": {"metric": "errors", "alpha": 1}}, "goal.alpha"),
        ({"goal": {"metric": "errors", "smallest_effect": -1}}, "goal.smallest_effect"),
        ({"goal": {"metric": "label", "minimum": 1}}, "goal.maximum"),
        ({"goal": {"metric": "label", "minimum": -1.7e308, "maximum": 1.7e308}}, "goal.minimum"),
        ({"goal": {"metric": "label", "minimum": 1, "maximum": 1}}, "goal.minimum"),
        ({"guardrails": ["errors", "x"]}, "guardrails.metric"),
        ({"guardrails": [{"metric": "errors", "limit": 0}]}, "guardrails.limit"),
        ({"guardrails": [{"metric": "errors", "alpha": 2}]}, "guardrails.alpha"),
        ({"guardrails": "errors"}, "guardrails"),
        ({"guardrails": ["errors"] * 51}, "guardrails"),
        ({"labels": {"wait_hours": -1}}, "labels.wait_hours"),
        ({"labels": {"prediction": "garbage("}}, "labels.prediction"),
        ({"labels": {"type": "foo"}}, "labels.type"),
        ({"log": {"keep": {"bytes": -1}}}, "log.keep.bytes"),
        ({"log": {"keep": {"first_rows": 1 << 62}}}, "log.keep.first_rows"),
        ({"log": {"keep": {}}}, "log.keep"),
        ({"log": {"keep": -1}}, "log.keep"),
        ({"log": {"mask": [1]}}, "log.mask[0]"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_definition_is_refused(client: Api, settings: dict[str, Any], field: str) -> None:
    refused(client.put("/v1/pipelines/hostile", json=definition(**settings)), 400, field)


@pytest.mark.parametrize(
    "settings",
    [
        {"goal": "-" * 4000 + "1"},
        {"goal": "not " * 1000 + "true"},
        {"goal": "1" + "+1" * 2000},
        {"goal": {"metric": "outputs[0][0]", "minimum": -8e307, "maximum": 8e307, "smallest_effect": 1e308}},
        {"goal": {"metric": "errors", "alpha": 1e-320}},
        {"goal": {"metric": "latency", "budget_ms": 1e9}},
        {"guardrails": ["errors"] * 50},
        {"guardrails": [{"metric": "errors", "limit": 1e-300}]},
        {"labels": {"wait_hours": 1e300}},
        {"labels": {"threshold": -1e308}},
        {"log": {"keep": {"bytes": 1 << 40}, "omit": ["", "x" * 10000, "é\u0000"], "mask": ["x"] * 1000}},
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_extreme_definition_works(client: Api, settings: dict[str, Any]) -> None:
    name = f"extreme-{abs(hash(str(settings))) % 1000000}"
    client.serve(name, definition()["steps"], **({"goal": "accuracy"} | settings))
    for index in range(12):
        infer(client, name, f"i{index}", [index / 6], user=f"u{index % 5}")
    labels(client, name, {f"i{index}": index % 2 for index in range(12)} | {"never": 1})
    made = report(client, name)
    answered(client.post(f"/v1/reports/{made['id']}/verify"), 200)
    assert client.get(f"/v1/reports/{made['id']}/picture").status_code == 200
    answered(client.get(f"/v1/pipelines/{name}/quality", params={"every": "1", "by": "inputs.x"}), 200)
    answered(client.post(f"/v1/pipelines/{name}/counterfactual", json={"arm": "echo"}), 200)


def test_tiny_shares(client: Api) -> None:
    for name, weights in [("tiny", (1e-300, 1)), ("least", (1, 5e-324)), ("no-log", (0, 1))]:
        client.serve(name, [split(("echo", weights[0]), ("complement", weights[1]))], goal="outputs[0][0] > 0.5")
        for index in range(5):
            infer(client, name, f"i{index}", [0.7])
        report(client, name)
        for arm in ("echo", "complement"):
            answered(client.post(f"/v1/pipelines/{name}/counterfactual", json={"arm": arm}), 200)


def test_hundreds_of_changes_of_weights(client: Api) -> None:
    for index in range(300):
        steps = [split(("echo", 1 + index % 97), ("complement", 1 + index % 89), key="user")]
        version = client.define("restless", steps, goal="outputs[0][0] > 0.5")["version"]
    client.deploy("restless", version["id"])
    for index in range(30):
        infer(client, "restless", f"i{index}", [index / 30], user=f"u{index}")
    begun = time.monotonic()
    assert report(client, "restless")["entries"] == 30
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", "[" * 100_000 + "]" * 100_000),
        ("application/json", '{"id":"a","label":' + "[" * 100_000),
        ("application/json", '{"id":"a","label":[' + "0," * 1_000_001 + "0]}"),
        ("application/json", '{"s3_uri":"s3://' + "x" * 100_000 + '/y"}'),
        ("application/json", '{"id":"a","row":9223372036854775807,"label":1}'),
        ("application/x-ndjson", '{"id":"a","label":1}\n' * 1000 + "{"),
        ("application/x-ndjson", '{"id":"\\ud83d","label":1}'),
        ("application/x-ndjson", b'{"id":"\xff\xfe","label":1}'),
        ("text/csv", "id,label\n" + '"' * 100_001),
        ("text/csv", "," * 100_000 + "\n"),
        ("text/csv", "id,label,row\na,1,99999999999999999999"),
        ("application/json", ""),
    ],
    ids=lambda value: str(value)[:30],
)
def test_hostile_labels_are_refused(client: Api, kind: str, body: str | bytes) -> None:
    client.define("target", definition()["steps"])
    answer = send_labels(client, "target", body, kind)
    assert answer.status_code == 400, answer.text[:500]
    assert "Internal" not in answer.text
    assert answered(client.get("/v1/pipelines/target/ground-truth"), 200)["labels"] == 0


def test_many_labels_in_one_body(running_server: Server, client: Api) -> None:
    client.define("plenty", definition()["steps"])
    body = "\n".join(json.dumps({"id": f"i{index}", "label": index % 2}) for index in range(200_000))
    begun = running_server.processor_seconds()
    assert answered(send_labels(client, "plenty", body), 200) == {"accepted": 200_000}
    # 20,000 in a second of a processor, also in a build without optimization.
    assert running_server.processor_seconds() - begun < 10


def test_odd_ids(client: Api) -> None:
    client.serve("odd-ids", definition()["steps"], labels={"type": "class"})
    ids = ['a"b', "../x", "%00", "\\u0000", "x" * 128, "0"]
    for id in ids:
        infer(client, "odd-ids", id, [1.0], user=id)
    labels(client, "odd-ids", dict.fromkeys([*ids, "a\x00b", "😀"], 0))
    found = answered(client.get("/v1/pipelines/odd-ids/quality"), 200)
    assert found["counts"]["labeled_rows"] == len(ids)
    assert {mistake["id"] for mistake in found["mistakes"]} <= set(ids)
    assert len(found["mistakes"]) >= 1


def test_reports_while_entries_are_logged_and_deleted(running_server: Server, client: Api) -> None:
    client.serve("busy", definition()["steps"], goal="outputs[0][0] > 0.5", labels={"type": "class"})
    for index in range(100):
        infer(client, "busy", f"i{index}", [index / 100], user=f"u{index % 20}")
    report(client, "busy")
    begin = time.monotonic()
    kinds = ["infer", "report", "quality", "delete", "label", "verify"]
    failures: list[str] = []
    counts = dict.fromkeys(kinds, 0)

    def goes_on() -> bool:
        """For four seconds, or longer until a busy machine has done each of the kinds twice."""
        elapsed = time.monotonic() - begin
        return not failures and (elapsed < 4 or (elapsed < 60 and min(counts.values()) < 2))

    def work(kind: str) -> None:
        mine, dice = running_server.api, random.Random(kind)
        while goes_on():
            user = f"u{dice.randrange(20)}"
            if kind == "infer":
                answer = mine.post("/v1/pipelines/busy/infer", json={"x": [[dice.random()]], "user": user})
            elif kind == "report":
                answer = mine.post("/v1/pipelines/busy/reports", json={"goal": dice.choice(["accuracy", "label"])})
            elif kind == "quality":
                answer = mine.get("/v1/pipelines/busy/quality", params={"by": "inputs.x", "every": "1"})
            elif kind == "delete":
                answer = mine.post("/v1/pipelines/busy/logs/deletions", json={"key": "user", "value": user})
            elif kind == "label":
                answer = send_labels(mine, "busy", json.dumps({"key": {"user": user}, "label": 1}))
            else:
                known = mine.get("/v1/pipelines/busy/reports").json()["reports"]
                answer = mine.post(f"/v1/reports/{dice.choice(known)['id']}/verify")
                if answer.status_code == 200 and not answer.json()["is_reproduced"]:
                    failures.append(answer.text[:300])
            counts[kind] += 1
            if answer.status_code >= 400:
                failures.append(f"{kind}: {answer.status_code} {answer.text[:300]}")

    threads = [threading.Thread(target=work, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert failures == []
    assert min(counts.values()) > 1, counts


def test_labels_that_do_not_fit_on_the_disk_do_not_count(start_server: Callable[..., Server]) -> None:
    # No file may be larger than 4 MiB.
    server = start_server(wrapper=["prlimit", f"--fsize={4 << 20}"])
    client = server.api
    client.define("full", [])
    client.upload("echo", echo())
    client.define("full", ["echo"])

    def body(count: int) -> str:
        return "".join(json.dumps({"id": f"i{index}", "label": 1}) + "\n" for index in range(count))

    assert answered(send_labels(client, "full", body(1000)), 200) == {"accepted": 1000}
    answer = send_labels(client, "full", body(150_000))
    assert answer.status_code == 507, answer.text
    assert answer.json()["error"]["message"] == "The disk is full, so the labels were not stored."
    assert answered(client.get("/v1/pipelines/full/ground-truth"), 200)["labels"] == 1000
    assert answered(send_labels(client, "full", body(10)), 200) == {"accepted": 10}
    server.kill()
    server.start()
    assert answered(server.api.get("/v1/pipelines/full/ground-truth"), 200)["labels"] == 1010


def test_a_label_that_was_cut_by_a_crash_does_not_spoil_the_next(start_server: Callable[..., Server]) -> None:
    server = start_server()
    client = server.api
    client.upload("echo", echo())
    client.define("cut", ["echo"])
    labels(client, "cut", {"a": 1, "b": 2})
    server.kill()
    (path,) = (server.data / "labels" / "cut").iterdir()
    path.write_bytes(path.read_bytes() + b'{"time":1,"id":"c"')
    server.start()
    client = server.api
    labels(client, "cut", {"d": 1, "e": 1})
    assert answered(client.get("/v1/pipelines/cut/ground-truth"), 200)["labels"] == 4


@pytest.mark.parametrize("moment", [-(1 << 63) + 1, -(1 << 53), (1 << 63) - 1])
def test_a_log_and_labels_with_impossible_times(start_server: Callable[..., Server], moment: int) -> None:
    server = start_server()
    client = server.api
    client.upload("echo", echo())
    client.upload("complement", complement())
    client.serve("timeless", definition()["steps"], goal="accuracy")
    shadow = {"shadow_deploy": {"champion": "echo", "challengers": ["complement"]}}
    client.serve("timeless-shadow", [shadow], labels={"type": "class"})
    for name in ("timeless", "timeless-shadow"):
        for index in range(10):
            infer(client, name, f"i{index}", [index / 10], **({"user": f"u{index}"} if name == "timeless" else {}))
        labels(client, name, {f"i{index}": index % 2 for index in range(10)})
    until(lambda: len(client.logs("timeless-shadow", limit=100)) == 20, "the challengers have run")
    server.kill()
    for path in [*server.data.glob("logs/*/*"), *server.data.glob("labels/*/*")]:
        if path.suffix == ".jsonl":
            path.write_text(re.sub(r'"time":\d+', f'"time":{moment}', path.read_text()))
        else:
            path.unlink()
    server.start()
    client = server.api
    for name in ("timeless", "timeless-shadow"):
        for query in ({}, {"every": "1"}, {"every": "31622400", "by": "inputs.x"}):
            answered(client.get(f"/v1/pipelines/{name}/quality", params=query), 200)
        answered(client.get(f"/v1/pipelines/{name}/ground-truth"), 200)
        window = {"start": "1900-01-01T00:00:00Z"} if moment > 0 else {}
        answer = client.post(f"/v1/pipelines/{name}/reports", json=window)
        assert answer.status_code in (201, 400), answer.text
    answered(client.post("/v1/pipelines/timeless/counterfactual", json={"arm": "echo"}), 200)
    assert server.process is not None
    assert server.process.poll() is None
