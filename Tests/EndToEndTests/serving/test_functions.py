"""Functions in the native API: definitions, invocations, queued events and logs."""

from __future__ import annotations

import hashlib
import io
import json
import random
import uuid
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from functions import archive
from harness import Api, Server, answered, refused, until
from native_functions import ECHO, create, encoded, invoke, lines, new_name, path, put

# Definitions


def test_a_function_is_created_and_changed_in_one_step(api: Api) -> None:
    name = new_name()
    made = put(api, name, 201, source=ECHO, environment={"KIND": "b"}, description="Returns the event.")
    assert (made["runtime"], made["handler"]) == ("python3.14", "function.handler")
    assert (made["timeout_seconds"], made["memory_mb"], made["storage_mb"]) == (3, 128, 512)
    assert (made["layers"], made["versions"], made["aliases"], made["urls"]) == ([], [], [], [])
    assert "concurrency" not in made
    assert answered(api.get(path(name)), 200) == made
    assert name in [each["name"] for each in answered(api.get("/v1/functions"), 200)["functions"]]

    changed = put(api, name, 200, memory_mb=256, concurrency=2)
    assert changed == made | {"memory_mb": 256, "concurrency": 2, "modified_at": changed["modified_at"]}
    assert put(api, name, 200) == changed
    assert put(api, name, 200, concurrency=2, memory_mb=256) == changed
    again = put(api, name, 200, concurrency=None, environment={}, source="def handler(event, context):\n    return 1\n")
    assert "concurrency" not in again
    assert again["environment"] == {}
    assert again["code"] != changed["code"]
    assert invoke(api, name)["result"] == 1

    assert answered(api.delete(path(name)), 200)["name"] == name
    refused(api.get(path(name)), 404, "function", f"There is no function '{name}'.")
    refused(api.delete(path(name)), 404, "function")
    assert put(api, name, 201, source=ECHO)["environment"] == {}


def test_the_code_is_a_zip_archive(api: Api) -> None:
    # Random bytes: a body of this size is larger than a definition may usually be.
    code = archive(
        {"app.py": "import data\n" + ECHO, "data.py": "X = 1\n", "blob": random.Random(1).randbytes(6 << 20)}
    )
    name = create(api, handler="app.handler")
    made = put(api, name, 200, code=encoded(code))
    assert made["code"] == {"sha256": hashlib.sha256(code).hexdigest(), "byte_count": len(code)}
    answer = api.get(path(name, "code"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.content == code
    assert invoke(api, name, {"a": 1})["result"] == {"a": 1}
    refused(api.get(path(name, "code"), params={"version": "7"}), 404, "version", "no version or alias '7'")


def test_a_source_becomes_an_archive(api: Api) -> None:
    name = create(api)
    first = api.get(path(name, "code")).content
    assert zipfile.ZipFile(io.BytesIO(first)).read("function.py").decode() == ECHO
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["function.py"]
    # The same text always gives the same archive.
    assert api.get(path(create(api), "code")).content == first


def test_a_definition_in_yaml(api: Api) -> None:
    name = new_name()
    text = "timeout_seconds: 5\nsource: |\n  def handler(event, context):\n      return event['a']\n"
    answer = api.put(path(name), data=text, headers={"Content-Type": "application/yaml"})
    assert answered(answer, 201)["timeout_seconds"] == 5
    assert invoke(api, name, {"a": [1]})["result"] == [1]


BOMB = archive({f"{number}": bytes(64 << 20) for number in range(5)})
OUTSIDE = archive({"../outside.py": "x"})


@pytest.mark.parametrize(
    ("definition", "status", "field", "part"),
    [
        ({}, 400, "code", "To create it, pass its code"),
        ({"memory_mb": 128}, 400, "code", "does not exist"),
        ({"source": ECHO, "code": encoded(archive({"a.py": ""}))}, 400, "source", "both 'code' and 'source'"),
        ({"code": "%%%"}, 400, "code", "Base64"),
        ({"code": encoded(b"")}, 400, "code", "not a zip archive"),
        ({"code": encoded(b"#!/bin/sh\n")}, 400, "code", "not a zip archive"),
        ({"code": encoded(b"PK\x03\x04" + bytes(100))}, 400, "code", "a file without a name"),
        ({"code": encoded(archive({"a.py": ECHO})[:60])}, 400, "code", "The archive cannot be read"),
        ({"code": encoded(OUTSIDE)}, 400, "code", "a path outside its own folder"),
        ({"code": encoded(BOMB)}, 413, "code", "unpacks to more than the limit of 250 MB"),
        ({"code": encoded(bytes((50 << 20) + 1))}, 413, "code", "larger than the limit of 50 MB"),
        ({"source": 7}, 400, "source", "must be a string"),
        ({"source": ECHO, "timeout_seconds": 0}, 400, "timeout_seconds", "must be between 1 and 900, not 0"),
        ({"source": ECHO, "timeout_seconds": 901}, 400, "timeout_seconds", "not 901"),
        ({"source": ECHO, "timeout_seconds": 1.5}, 400, "body", ""),
        ({"source": ECHO, "memory_mb": 127}, 400, "memory_mb", "must be between 128 and 10240"),
        ({"source": ECHO, "memory_mb": 2**63}, 400, "body", ""),
        ({"source": ECHO, "storage_mb": -1}, 400, "storage_mb", "must be between 512 and 10240"),
        ({"source": ECHO, "concurrency": -1}, 400, "concurrency", "must be between 0"),
        ({"source": ECHO, "concurrency": 1001}, 400, "concurrency", ""),
        ({"source": ECHO, "runtime": "python2.7"}, 400, "runtime", "Unknown runtime 'python2.7'. Expected one of"),
        ({"source": ECHO, "runtime": "nodejs22.x"}, 400, "runtime", "not supported by this server"),
        ({"source": ECHO, "environment": {"_HANDLER": "x"}}, 400, "environment", "_HANDLER"),
        ({"source": ECHO, "environment": {"KIND": "x" * 4096}}, 400, "environment", "4096 bytes"),
        ({"source": ECHO, "handler": ""}, 400, "handler", "Expected MODULE.FUNCTION"),
        ({"source": ECHO, "environment": {"KIND=B": "x"}}, 400, "environment", "Invalid names"),
        ({"source": ECHO, "environment": {"KIND": 1}}, 400, "environment.KIND", "must be a string"),
        ({"source": ECHO, "layers": []}, 400, "body", "unknown field 'layers'"),
        ([], 400, "body", "must be an object"),
    ],
)
def test_a_definition_that_cannot_work(api: Api, definition: Any, status: int, field: str, part: str) -> None:
    name = new_name()
    refused(api.put(path(name), json=definition), status, field, part)
    refused(api.get(path(name)), 404, "function")


@pytest.mark.parametrize("name", ["a.b", "a b", "ü", "x" * 65, "a:b"])
def test_a_name_that_no_function_can_have(api: Api, name: str) -> None:
    refused(api.put(path(name), json={"source": ECHO}), 400, "function", "not a valid name of a function")
    refused(api.get(path(name)), 404, "function")
    refused(api.get(path(name, "logs")), 404, "function")
    refused(api.post(path(name, "invocations")), 404, "function")


def test_a_definition_that_is_not_json(api: Api) -> None:
    refused(
        api.put(path(new_name()), data=b"{", headers={"Content-Type": "application/json"}),
        400,
        "body",
        "not valid JSON",
    )
    refused(api.put(path(new_name()), data=b"", headers={"Content-Type": "application/json"}), 400, "body", "empty")
    answer = api.put(path(new_name()), data=bytes((72 << 20) + 1), headers={"Content-Type": "application/json"})
    refused(answer, 413, "body", "larger than the limit")


# Invocations


@pytest.mark.parametrize("event", [0, "text", [1, 2], None, {"a": {"b": None}}, True, {"é": "\u0000"}])
def test_an_event_is_any_json(api: Api, event: Any) -> None:
    name = create(api)
    answer = api.post(path(name, "invocations"), data=json.dumps(event), headers={"Content-Type": "application/json"})
    outcome = answered(answer, 200)
    assert outcome == {"id": outcome["id"], "version": "$LATEST", "failed": False, "result": event}
    assert str(uuid.UUID(outcome["id"])) == outcome["id"]


def test_no_event_is_an_empty_object(api: Api) -> None:
    assert answered(api.post(path(create(api), "invocations")), 200)["result"] == {}


@pytest.mark.parametrize(
    "text", ["1180591620717411303424", "0.1000000000000000055511151231257827", "1E400", '"\\u00e9"']
)
def test_a_result_stays_as_the_function_wrote_it(api: Api, text: str) -> None:
    # A program of its own, because Python's client writes numbers in its own way.
    body = f"""import os, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(base + "next") as answer:
        identifier = answer.headers["Lambda-Runtime-Aws-Request-Id"]
        answer.read()
    request = urllib.request.Request(base + identifier + "/response", data={text.encode()!r})
    urllib.request.urlopen(request).close()
"""
    bootstrap = "#!/bin/sh\nexec python3 $LAMBDA_TASK_ROOT/loop.py\n"
    code = encoded(archive({"bootstrap": bootstrap, "loop.py": body}))
    name = new_name()
    put(api, name, 201, code=code, runtime="provided.al2023", timeout_seconds=30)
    answer = api.post(path(name, "invocations"))
    assert answer.status_code == 200, answer.text
    assert answer.text.endswith(f',"failed":false,"result":{text}}}'), answer.text


def test_what_is_not_json_becomes_a_string(api: Api) -> None:
    name = create(api, "def handler(event, context):\n    return [float('nan')]\n")
    assert invoke(api, name)["result"] == "[NaN]"


def test_a_version_is_chosen(api: Api) -> None:
    name = create(api)
    assert invoke(api, name, 1, version="$LATEST")["version"] == "$LATEST"
    refused(api.post(path(name, "invocations"), json=1, params={"version": "1"}), 404, "version", "or alias '1'")


def test_the_end_of_the_log_comes_with_the_result(api: Api) -> None:
    name = create(api, "def handler(event, context):\n    print('said', event)\n")
    outcome = invoke(api, name, 7, log="true")
    assert "said 7\n" in outcome["log"]
    assert f"REPORT RequestId: {outcome['id']}" in outcome["log"]
    assert "log" not in invoke(api, name, 7, log="false")


def test_an_event_is_handled_later(api: Api) -> None:
    name = create(api, "def handler(event, context):\n    print('got', event)\n")
    accepted = answered(api.post(path(name, "invocations"), json="later", params={"queue": "true"}), 202)
    assert accepted.keys() == {"id"}
    until(lambda: "got later" in lines(api, name), "the event is handled")
    until(lambda: not events(api, name), "the event's record is removed")
    assert any(accepted["id"] in line for line in lines(api, name))


def events(api: Api, name: str) -> Any:
    return answered(api.get(path(name, "events")), 200)["events"]


def test_a_function_at_its_limit_refuses_events_and_keeps_those_for_later(api: Api) -> None:
    name = create(api, "def handler(event, context):\n    print('got', event)\n", concurrency=0)
    answer = api.post(path(name, "invocations"), json=1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "busy")
    assert int(answer.headers["retry-after"]) >= 1
    accepted = answered(api.post(path(name, "invocations"), json=2, params={"queue": "true"}), 202)
    (waiting,) = events(api, name)
    assert (waiting["id"], waiting["state"]) == (accepted["id"], "waiting")
    put(api, name, concurrency=None)
    until(lambda: not events(api, name), "the event is handled")
    assert "got 2" in lines(api, name)


def test_an_event_that_is_not_one(api: Api) -> None:
    name = create(api)
    declared = {"Content-Type": "application/json"}
    for text in [b"{", b"\x99", b"{} {}", b"NaN", b"[" * 100_000]:
        refused(api.post(path(name, "invocations"), data=text, headers=declared), 400, "body", "not valid JSON")
    text = b'"' + b"x" * 6_291_455 + b'"'
    refused(api.post(path(name, "invocations"), data=text, headers=declared), 413, "body", "6291456 bytes")
    assert invoke(api, name, "x" * 6_000_000)["result"] == "x" * 6_000_000
    refused(api.post(path(name, "invocations"), json=1, params={"queue": "perhaps"}), 400, "queue", "true, false")
    refused(api.post(path(name, "invocations"), json=1, params={"qualifier": "1"}), 400, "qualifier")
    refused(api.post(path(new_name(), "invocations"), json=1), 404, "function")
    refused(api.get(path(name, "invocations")), 405, "method")


def test_events_at_the_same_time(api: Api) -> None:
    name = create(api, "import time\ndef handler(event, context):\n    time.sleep(0.2)\n    return event\n")
    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(lambda number: invoke(Api(api.url), name, number), range(24)))
    assert [outcome["result"] for outcome in outcomes] == list(range(24))


def test_without_the_runtime_the_response_says_what_to_install(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "none").mkdir()
    api = start_server(environment={"ROOST_RUNTIMES": str(tmp_path / "none")}).api
    answer = api.post(path(create(api), "invocations"), json=1)
    assert answer.status_code == 503
    assert "roost runtimes install lambda" in answer.json()["error"]["message"]


def test_functions_and_their_logs_survive_a_restart(start_server: Callable[..., Server]) -> None:
    server = start_server()
    name = create(server.api, "def handler(event, context):\n    print('got', event)\n    return event\n")
    assert invoke(server.api, name, 1)["result"] == 1
    # What was read is on the disk.
    assert "got 1" in lines(server.api, name)
    server.kill()
    server.start()
    assert invoke(server.api, name, 2)["result"] == 2
    assert lines(server.api, name, filter="got") == ["got 1", "got 2"]


# Logs


def test_the_end_of_a_log_is_read(api: Api) -> None:
    name = create(api, "def handler(event, context):\n    for n in range(event):\n        print('line', n)\n")
    assert lines(api, name) == []
    invoke(api, name, 5)
    until(lambda: any(line.startswith("REPORT") for line in lines(api, name)), "the log is written")
    assert [line for line in lines(api, name) if line.startswith("line")] == [f"line {n}" for n in range(5)]
    assert lines(api, name, filter="line", limit=2) == ["line 3", "line 4"]
    everything = answered(api.get(path(name, "logs")), 200)["events"]
    last = everything[-1]["time"]
    assert lines(api, name, since=last)[-1].startswith("REPORT")
    assert lines(api, name, since="2099-01-01T00:00:00Z") == []
    assert {event["stream"] for event in everything} == {everything[0]["stream"]}
    refused(api.get(path(name, "logs"), params={"since": "yesterday"}), 400, "since")
    refused(api.get(path(name, "logs"), params={"limit": "0"}), 400, "limit")
    api.delete(path(name))
    assert "line 0" in lines(api, name)
    refused(api.get(path(new_name(), "logs")), 404, "function")


def test_the_lines_of_several_processes_are_in_order(api: Api) -> None:
    name = create(api, "import time\ndef handler(event, context):\n    time.sleep(0.2)\n    print('line', event)\n")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: invoke(Api(api.url), name, number), range(8)))
    until(lambda: len(lines(api, name, filter="REPORT")) == 8, "the log is written")
    found = answered(api.get(path(name, "logs")), 200)["events"]
    assert len({event["stream"] for event in found}) > 1
    assert [event["time"] for event in found] == sorted(event["time"] for event in found)
