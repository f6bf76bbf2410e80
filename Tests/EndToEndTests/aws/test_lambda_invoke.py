"""Invocations of functions: events, results, errors, logs and what a function can do."""

from __future__ import annotations

import base64
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aws import refusal
from functions import ECHO, Functions, function_arn
from harness import until

INVALID_EVENT = "InvalidRequestContentException"


@pytest.fixture
def functions(server: str) -> Functions:
    return Functions(server)


# Events and results

CONTEXT = """
def handler(event, context):
    custom = context.client_context.custom if context.client_context else None
    return {
        "event": event,
        "id": context.aws_request_id,
        "name": context.function_name,
        "version": context.function_version,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "group": context.log_group_name,
        "remaining": context.get_remaining_time_in_millis(),
        "custom": custom,
    }
"""


def test_what_a_function_sees(functions: Functions) -> None:
    name = functions.create(CONTEXT, Timeout=10, MemorySize=256, Publish=True)
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}, "env": {}, "client": {}}).encode()).decode()
    outcome = functions.invoke(name, {"x": [1, "ü"]}, ClientContext=context)
    assert outcome.error is None
    assert outcome.response["StatusCode"] == 200
    assert outcome.response["ExecutedVersion"] == "$LATEST"
    assert "LogResult" not in outcome.response
    seen = outcome.value
    assert seen["event"] == {"x": [1, "ü"]}
    assert seen["id"] == outcome.id
    assert (seen["name"], seen["version"], seen["arn"]) == (name, "$LATEST", function_arn(name))
    assert (seen["memory"], seen["group"]) == ("256", f"/aws/lambda/{name}")
    assert 0 < seen["remaining"] <= 10_000
    assert seen["custom"] == {"a": "b"}
    published = functions.invoke(name, 1, Qualifier="1").value
    assert (published["version"], published["arn"]) == ("1", function_arn(name, "1"))


@pytest.mark.parametrize("event", [0, "text", [1, 2], None, {"a": {"b": None}}, True])
def test_an_event_is_any_json(functions: Functions, event: Any) -> None:
    name = functions.create()
    assert functions.invoke(name, json.dumps(event).encode()).value == event


def test_an_event_without_a_payload_is_an_empty_object(functions: Functions) -> None:
    assert functions.invoke(functions.create()).value == {}


def test_an_event_that_is_not_json(functions: Functions) -> None:
    name = functions.create()
    for payload in [b"{", b"\x99", b"{} {}"]:
        code, message = refusal(functions.invoke, name=name, event=payload)
        assert code == INVALID_EVENT
        assert message.startswith("Could not parse request body into json: Could not parse payload into json: ")
    code, message = refusal(functions.invoke, name=name, event=1, ClientContext="%")
    assert (code, message) == (INVALID_EVENT, "Client context must be a valid Base64-encoded JSON object.")


def test_an_event_that_is_too_large(functions: Functions) -> None:
    name = functions.create("def handler(event, context):\n    return len(event)\n")
    assert functions.invoke(name, "x" * (6_291_456 - 2)).value == 6_291_456 - 2
    code, message = refusal(functions.invoke, name=name, event="x" * 6_291_456)
    assert code == "RequestEntityTooLargeException"
    assert message == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"


def test_a_process_is_kept_for_the_next_event(functions: Functions) -> None:
    name = functions.create(
        "import os\ncount = 0\ndef handler(e, c):\n    global count\n    count += 1\n    return count\n"
    )
    assert [functions.invoke(name, {}).value for _ in range(3)] == [1, 2, 3]


def test_files_beside_the_handler(functions: Functions) -> None:
    files = {
        "app/main.py": "from lib import word\ndef handler(event, context):\n    return word() + open('data.txt').read()\n",
        "lib/__init__.py": "def word():\n    return 'from '\n",
        "data.txt": "a file",
    }
    name = functions.create(files, Handler="app/main.handler")
    assert functions.invoke(name, {}).value == "from a file"


# Errors

RAISES = "def handler(event, context):\n    raise ValueError('bad event')\n"
EXITS = "import os\ndef handler(event, context):\n    os._exit(event)\n"
ERRORS = {
    "raises": (RAISES, "app.handler", "ValueError", "bad event"),
    "no module": (
        ECHO,
        "nomod.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'nomod': No module named 'nomod'",
    ),
    "no function": (ECHO, "app.nope", "Runtime.HandlerNotFound", "Handler 'nope' missing on module 'app'"),
    "no dot": (
        ECHO,
        "nodot",
        "Runtime.MalformedHandlerName",
        "Bad handler 'nodot': not enough values to unpack (expected 2, got 1)",
    ),
    "syntax": (
        "x = = 1\n",
        "app.handler",
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'app': invalid syntax (app.py, line 1)",
    ),
    "built-in": (
        ECHO,
        "sys.exit",
        "Runtime.BuiltInModuleConflict",
        "Cannot use built-in module sys as a handler module",
    ),
    "import raises": ("raise KeyError('k')\n", "app.handler", "KeyError", "'k'"),
    "not JSON": (
        "def handler(event, context):\n    return object()\n",
        "app.handler",
        "Runtime.MarshalError",
        "Unable to marshal response: Object of type object is not JSON serializable",
    ),
}


@pytest.mark.parametrize(("code", "handler", "kind", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_is_described(functions: Functions, code: str, handler: str, kind: str, message: str) -> None:
    name = functions.create(code, Handler=handler)
    # The second event meets a new process if the first one could not start.
    for _ in range(2):
        outcome = functions.invoke(name, {})
        assert outcome.response["StatusCode"] == 200
        assert outcome.error == "Unhandled"
        assert outcome.value["errorType"] == kind
        assert outcome.value["errorMessage"] == message


def test_a_trace_begins_in_the_users_code(functions: Functions) -> None:
    trace = functions.invoke(functions.create(RAISES), {}).value["stackTrace"]
    assert len(trace) == 1
    assert 'app.py", line 2, in handler' in trace[0]


def test_a_process_that_ends(functions: Functions) -> None:
    name = functions.create(EXITS)
    outcome = functions.invoke(name, 0)
    assert outcome.error == "Unhandled"
    assert outcome.value == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {outcome.id} Error: Runtime exited without providing a reason",
    }
    outcome = functions.invoke(name, 3)
    assert outcome.value["errorMessage"] == f"RequestId: {outcome.id} Error: Runtime exited with error: exit status 3"


def test_a_function_that_takes_too_long(functions: Functions) -> None:
    name = functions.create(
        "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'ok'\n", Timeout=1
    )
    before = time.monotonic()
    outcome = functions.invoke(name, 30, LogType="Tail")
    assert time.monotonic() - before < 20
    assert outcome.error == "Unhandled"
    assert outcome.value == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {outcome.id} Error: Task timed out after 1.00 seconds",
    }
    assert "Task timed out after 1.00 seconds" in outcome.log
    assert functions.invoke(name, 0).value == "ok"


def test_a_result_that_is_too_large(functions: Functions) -> None:
    name = functions.create("def handler(event, context):\n    return 'x' * event\n")
    assert functions.invoke(name, 6_000_000).error is None
    outcome = functions.invoke(name, 7_000_000)
    assert outcome.error == "Unhandled"
    assert outcome.value["errorType"] == "Function.ResponseSizeTooLarge"
    assert outcome.value["errorMessage"] == (
        "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
    )
    assert functions.invoke(name, 1).value == "x"


# Kinds of invocations


def test_an_event_for_later(functions: Functions) -> None:
    name = functions.create("def handler(event, context):\n    print('got', event['a'])\n")
    outcome = functions.invoke(name, {"a": "later"}, InvocationType="Event")
    assert outcome.response["StatusCode"] == 202
    assert outcome.value is None
    assert "ExecutedVersion" not in outcome.response
    until(lambda: [line for line in functions.lines(name) if line == "got later\n"], "the event is handled")
    until(lambda: [line for line in functions.lines(name) if outcome.id in line], "the log has the request's ID")


def test_an_event_for_later_in_the_old_way(functions: Functions) -> None:
    name = functions.create("def handler(event, context):\n    print('old', event)\n")
    assert functions.api.invoke_async(FunctionName=name, InvokeArgs=b"7")["Status"] == 202
    until(lambda: [line for line in functions.lines(name) if line == "old 7\n"], "the event is handled")


def test_a_dry_run_runs_nothing(functions: Functions) -> None:
    name = functions.create("print('begun')\n" + ECHO)
    outcome = functions.invoke(name, {}, InvocationType="DryRun")
    assert outcome.response["StatusCode"] == 204
    assert outcome.value is None
    assert functions.lines(name) == []
    assert refusal(functions.invoke, name=functions.name(), InvocationType="DryRun")[0] == "ResourceNotFoundException"


# Logs


def test_the_end_of_the_log(functions: Functions) -> None:
    name = functions.create(
        "def handler(event, context):\n    print('said', event)\n    print('x' * 6000)\n    return 1\n"
    )
    outcome = functions.invoke(name, {"a": 1}, LogType="Tail")
    assert len(outcome.log.encode()) <= 4096
    assert f"END RequestId: {outcome.id}\n" in outcome.log
    assert f"REPORT RequestId: {outcome.id}\tDuration: " in outcome.log
    name = functions.create("def handler(event, context):\n    print('said', event)\n")
    outcome = functions.invoke(name, {"a": 1}, LogType="Tail")
    assert f"START RequestId: {outcome.id} Version: $LATEST\n" in outcome.log
    assert "said {'a': 1}\n" in outcome.log


LOGS = """
import logging, sys
logging.getLogger().setLevel("INFO")

def handler(event, context):
    print("printed")
    print("to stderr", file=sys.stderr)
    logging.info("logged")
    if event == "fail":
        raise ValueError("seen in the log")
"""


def test_the_log_of_a_function(functions: Functions) -> None:
    name = functions.create(LOGS)
    first = functions.invoke(name, {})
    second = functions.invoke(name, "fail")
    until(lambda: len(functions.lines(name, "REPORT")) == 2, "both invocations are in the log")
    lines = functions.lines(name)
    assert lines.index(f"START RequestId: {first.id} Version: $LATEST\n") < lines.index("printed\n")
    assert f"END RequestId: {first.id}\n" in lines
    report = next(line for line in lines if line.startswith(f"REPORT RequestId: {first.id}\t"))
    assert "\tMemory Size: 128 MB\t" in report
    assert "\tInit Duration: " in report
    later = next(line for line in lines if line.startswith(f"REPORT RequestId: {second.id}\t"))
    assert "Init Duration" not in later
    assert "to stderr\n" in lines
    assert any(line.startswith("[INFO]\t") and line.endswith(f"\t{first.id}\tlogged\n") for line in lines)
    failed = next(line for line in lines if "seen in the log" in line)
    assert "Traceback" in failed
    groups = functions.logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    assert [group["logGroupName"] for group in groups] == [f"/aws/lambda/{name}"]
    (stream,) = functions.logs.describe_log_streams(
        logGroupName=f"/aws/lambda/{name}", orderBy="LastEventTime", descending=True
    )["logStreams"]
    assert "/[$LATEST]" in stream["logStreamName"]


# What a function can do

BACK = """
import os
import boto3

def handler(event, context):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=event["bucket"])
    s3.put_object(Bucket=event["bucket"], Key="k", Body=os.environ["WORD"].encode())
    return {
        "region": os.environ["AWS_REGION"],
        "name": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        "word": os.environ["WORD"],
        "same": os.environ["AWS_DEFAULT_REGION"] == s3.meta.region_name,
        "account": boto3.client("sts").get_caller_identity()["Account"],
    }
"""


def test_boto3_in_a_function_calls_the_server(functions: Functions) -> None:
    bucket = functions.name()
    name = functions.create(BACK, Environment={"Variables": {"WORD": "hello"}})
    outcome = functions.invoke(name, {"bucket": bucket})
    assert outcome.error is None, outcome.value
    assert outcome.value == {
        "region": "us-east-1",
        "name": name,
        "word": "hello",
        "same": True,
        "account": "000000000000",
    }
    assert functions.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


def test_variables_change_with_the_configuration(functions: Functions) -> None:
    code = "import os\ndef handler(event, context):\n    return os.environ.get('WORD')\n"
    name = functions.create(code, Environment={"Variables": {"WORD": "one"}})
    assert functions.invoke(name, {}).value == "one"
    functions.api.update_function_configuration(FunctionName=name, Environment={"Variables": {"WORD": "two"}})
    assert functions.invoke(name, {}).value == "two"
    functions.api.update_function_configuration(FunctionName=name, Environment={"Variables": {}})
    assert functions.invoke(name, {}).value is None


BOOTSTRAP = """#!/bin/sh
exec "${PYTHON:-python3}" "$LAMBDA_TASK_ROOT/loop.py" "$_HANDLER"
"""
LOOP = """
import json
import os
import sys
import urllib.request

base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(base + "next") as answer:
        identifier = answer.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.load(answer)
    body = json.dumps({"handler": sys.argv[1], "event": event, "id": identifier}).encode()
    urllib.request.urlopen(urllib.request.Request(base + identifier + "/response", data=body)).close()
"""


@pytest.mark.parametrize("runtime", ["provided.al2023", "provided"])
def test_a_runtime_of_the_users_own(functions: Functions, runtime: str) -> None:
    name = functions.create(
        {"bootstrap": BOOTSTRAP, "loop.py": LOOP},
        Runtime=runtime,
        Handler="my.handler",
        Environment={"Variables": {"PYTHON": sys.executable}},
    )
    for event in [{"a": 1}, 2]:
        outcome = functions.invoke(name, event)
        assert outcome.error is None, outcome.value
        assert outcome.value == {"handler": "my.handler", "event": event, "id": outcome.id}


def test_events_at_the_same_time(functions: Functions) -> None:
    name = functions.create("import time\ndef handler(event, context):\n    time.sleep(0.2)\n    return event\n")
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda number: functions.invoke(name, number), range(12)))
    assert [outcome.value for outcome in outcomes] == list(range(12))
