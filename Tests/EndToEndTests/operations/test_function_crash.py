"""The server and the processes of functions are killed amid invocations.

An event is never handled twice. One that was accepted for later is handled once, or recorded as failed if a process had got it.
No process is left over.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws import client
from botocore.exceptions import BotoCoreError, ClientError
from functions import archive
from harness import Server, answered, until

KILLS = int(os.environ.get("ROOST_FUNCTION_KILLS", "4"))
EVENTS = 50
NAME = "marks"

# Leaves a line in a file before and after each event.
CODE = """
import os, time

def handler(event, context):
    file = os.open(os.environ["MARKS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"begin {event['number']}\\n".encode())
    time.sleep(event["pause"])
    os.write(file, f"end {event['number']}\\n".encode())
    os.close(file)
    return event["number"]
"""


def left_over(data: Path) -> list[int]:
    """Returns the processes that have a file of the data folder open, or run in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            folder = os.readlink(process / "cwd")
            if folder.startswith(str(data / "function-work")):
                found.append(int(process.name))
    return found


class Marks:
    """What the function has written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def counts(self, word: str) -> Counter[int]:
        text = self.path.read_text() if self.path.exists() else ""
        lines = [line.split() for line in text.splitlines()]
        return Counter(int(number) for found, number in lines if found == word)


def invoke_many(server: Server, numbers: list[int], accepted: set[int], results: dict[int, Any]) -> None:
    """Invokes the function with events that wait and events for later, until the server is gone."""
    lock = threading.Lock()
    waiting = list(numbers)

    def work() -> None:
        api = client("lambda", server.url, retries={"max_attempts": 0}, read_timeout=30)
        while True:
            with lock:
                if not waiting:
                    return
                number = waiting.pop()
            payload = json.dumps({"number": number, "pause": random.choice([0.0, 0.02, 0.2])})
            kind = "Event" if number % 2 else "RequestResponse"
            try:
                answer = api.invoke(FunctionName=NAME, Payload=payload, InvocationType=kind)
            except (BotoCoreError, ClientError):
                continue
            with lock:
                if kind == "Event":
                    accepted.add(number)
                elif "FunctionError" not in answer:
                    results[number] = json.loads(answer["Payload"].read())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def failed_events(server: Server) -> list[str]:
    listed = answered(server.api.get(f"/v1/functions/{NAME}/events"), 200)["events"]
    assert all(event["state"] in ("waiting", "running", "failed") for event in listed)
    return [event["id"] for event in listed if event["state"] == "failed"]


def test_a_killed_server(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    marks = Marks(tmp_path / "marks")
    client("lambda", server.url).create_function(
        FunctionName=NAME,
        Runtime="python3.12",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="app.handler",
        Code={"ZipFile": archive({"app.py": CODE})},
        Environment={"Variables": {"MARKS": str(marks.path)}},
        Timeout=30,
    )
    chance = random.Random(7)
    accepted: set[int] = set()
    results: dict[int, Any] = {}

    def kill_soon(delay: float) -> None:
        deadline = time.monotonic() + 30
        while not (accepted and results) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(delay)
        server.kill()

    for round_number in range(KILLS):
        numbers = list(range(round_number * EVENTS, (round_number + 1) * EVENTS))
        # In the first round, a cold process must have answered before.
        killer = threading.Thread(target=kill_soon, args=(chance.uniform(0.1, 1.2),))
        killer.start()
        invoke_many(server, numbers, accepted, results)
        killer.join()
        until(lambda: not left_over(server.data), "processes are left over")
        server.start_soon()
    # What was accepted and no process had got is handled after the restart.
    listed = server.api.get
    until(
        lambda: (
            not [
                event for event in listed(f"/v1/functions/{NAME}/events").json()["events"] if event["state"] != "failed"
            ]
        ),
        "the events are handled",
        60,
    )
    begun, ended = marks.counts("begin"), marks.counts("end")
    assert max(begun.values()) == 1, "An event was handled twice."
    assert all(result == number and ended[number] == 1 for number, result in results.items())
    lost = [number for number in accepted if ended[number] != 1]
    assert len(lost) <= len(failed_events(server)), "An accepted event was neither handled nor recorded as failed."
    assert all(begun[number] == 1 for number in accepted if ended[number] == 1)
    assert accepted
    assert results


def test_killed_processes_of_a_function(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    marks = Marks(tmp_path / "marks")
    api = client("lambda", server.url)
    api.create_function(
        FunctionName=NAME,
        Runtime="python3.12",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="app.handler",
        Code={"ZipFile": archive({"app.py": CODE})},
        Environment={"Variables": {"MARKS": str(marks.path)}},
        Timeout=30,
    )
    over = threading.Event()

    def kill_some() -> None:
        while not over.is_set():
            for process in left_over(server.data):
                # It may end at any moment.
                with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                    name = (Path("/proc") / str(process) / "cmdline").read_bytes() if process else b""
                    if b"awslambdaric" in name and random.random() < 0.3:
                        os.kill(process, signal.SIGKILL)
            time.sleep(0.2)

    killer = threading.Thread(target=kill_some)
    killer.start()
    accepted: set[int] = set()
    results: dict[int, Any] = {}
    try:
        invoke_many(server, list(range(EVENTS)), accepted, results)
    finally:
        over.set()
        killer.join()
    until(
        lambda: not answered(server.api.get(f"/v1/functions/{NAME}/events"), 200)["events"],
        "the events are handled",
        60,
    )
    begun, ended = marks.counts("begin"), marks.counts("end")
    assert max(begun.values()) == 1, "An event was handled twice."
    assert all(result == number and ended[number] == 1 for number, result in results.items())
    # The server still answers, with new processes.
    answer = api.invoke(FunctionName=NAME, Payload=json.dumps({"number": 1000, "pause": 0}))
    assert json.loads(answer["Payload"].read()) == 1000
