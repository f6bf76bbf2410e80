"""Functions that do what they should not: each fails with a reason, ends with everything it started, and harms nobody else."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from harness import Api, Server, answered, refused, until
from native_functions import create, error, invoke, lines, path


def still_works(api: Api) -> None:
    assert invoke(api, create(api), 1)["result"] == 1


@pytest.mark.parametrize(
    ("definition", "kind", "part"),
    [
        ({"handler": "function.nope"}, "Runtime.HandlerNotFound", "Handler 'nope' missing on module 'function'"),
        ({"handler": "nope.handler"}, "Runtime.ImportModuleError", "Unable to import module 'nope'"),
        ({"handler": "handler"}, "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
        ({"handler": "-c.handler"}, "", ""),
        (
            {"source": "def handler(event, context)\n    return 1\n"},
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module",
        ),
        ({"source": ""}, "Runtime.HandlerNotFound", "Handler 'handler' missing"),
        ({"source": "raise ValueError('not today')\n"}, "ValueError", "not today"),
        ({"source": "import os\nos._exit(4)\n"}, "Runtime.ExitError", "exit status 4"),
        ({"source": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"}, "Runtime.ExitError", "killed"),
    ],
)
def test_a_function_that_does_not_start(api: Api, definition: Any, kind: str, part: str) -> None:
    name = create(api, **definition)
    for _ in range(2):
        found = error(api, name)
        assert kind in found["errorType"]
        assert part in found["errorMessage"]


@pytest.mark.parametrize(
    ("source", "kind", "part"),
    [
        ("def handler(event, context):\n    raise KeyError('a')\n", "KeyError", "'a'"),
        ("def handler(event, context):\n    return object()\n", "Runtime.MarshalError", "not JSON serializable"),
        ("def handler(event):\n    return 1\n", "TypeError", "positional argument"),
        ("handler = 7\n", "TypeError", "not callable"),
        ("import os\ndef handler(event, context):\n    os._exit(3)\n", "Runtime.ExitError", "exit status 3"),
        (
            "import os\ndef handler(event, context):\n    os.kill(os.getpid(), 11)\n",
            "Runtime.ExitError",
            "segmentation fault",
        ),
        (
            "import os, time\ndef handler(event, context):\n    os.kill(os.getppid(), 9)\n    time.sleep(20)\n",
            "Runtime.ExitError",
            "",
        ),
        ("def handler(event, context):\n    handler(event, context)\n", "RecursionError", "recursion"),
        ("def handler(event, context):\n    return 'x' * 7_000_000\n", "Function.ResponseSizeTooLarge", "6291556"),
        ("def handler(event, context):\n    bytearray(1 << 30)\n", "Runtime.ExitError", "killed"),
    ],
)
def test_a_function_that_fails(api: Api, source: str, kind: str, part: str) -> None:
    name = create(api, source)
    for _ in range(2):
        found = error(api, name)
        assert found["errorType"] == kind, found
        assert part in found["errorMessage"], found
    still_works(api)


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "time.sleep(600)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
        "subprocess.run(['sleep', '600'])",
    ],
)
def test_a_function_that_does_not_end(api: Api, body: str) -> None:
    name = create(
        api, f"import signal, subprocess, time\ndef handler(event, context):\n    {body}\n", timeout_seconds=1
    )
    found = error(api, name)
    assert found["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in found["errorMessage"]
    still_works(api)


CHATTY = """import sys
def handler(event, context):
    for _ in range(512):
        sys.stdout.write("x" * ((1 << 20) - 1) + event)
    return "done"
"""


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_function_that_prints_half_a_gigabyte(start_server: Callable[..., Server], end: str) -> None:
    server = start_server()
    name = create(server.api, CHATTY, timeout_seconds=300)
    assert invoke(server.api, name, end)["result"] == "done"
    log = sum(file.stat().st_size for file in (server.data / "function-logs").rglob("*") if file.is_file())
    assert log < 32 << 20
    assert server.api.status()["memory_mb"] < 300
    assert lines(server.api, name, limit=1)


FORKS = """import os, time
def handler(event, context):
    while True:
        if os.fork() == 0:
            time.sleep(600)
"""


def test_a_function_that_forks_without_end(api: Api) -> None:
    name = create(api, FORKS, memory_mb=3000)
    found = error(api, name)
    assert found["errorType"] in ("Runtime.ExitError", "BlockingIOError"), found
    still_works(api)


def test_a_function_that_writes_too_large_a_file(api: Api) -> None:
    source = """import tempfile
def handler(event, context):
    with tempfile.TemporaryFile() as file:
        file.seek(600 << 20)
        file.write(b"x")
"""
    found = error(api, create(api, source))
    assert (found["errorType"], "File too large" in found["errorMessage"]) == ("OSError", True), found


CHILD = """import subprocess
def handler(event, context):
    return subprocess.Popen(["sleep", "600"], start_new_session=True).pid
"""


def test_a_child_that_a_function_leaves_behind_ends_with_it(api: Api) -> None:
    name = create(api, CHILD)
    child = invoke(api, name)["result"]
    assert is_alive(child)
    answered(api.delete(path(name)), 200)
    until(lambda: not is_alive(child), "the child has ended")


def is_alive(process: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    return False


def test_a_deleted_function_ends_what_it_is_doing(api: Api) -> None:
    name = create(api, "import time\ndef handler(event, context):\n    print('begun')\n    time.sleep(25)\n")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(Api(api.url).post, path(name, "invocations"), json=1, timeout=60)
        until(lambda: "begun" in lines(api, name) if answered(api.get(path(name)), 200) else False, "the function runs")
        answered(api.delete(path(name)), 200)
        # What was begun is answered, whatever came of it.
        assert answer.result(timeout=40).status_code in (200, 404, 503)
    refused(api.post(path(name, "invocations"), json=1), 404, "function")
