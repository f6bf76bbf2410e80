"""Functions on the command line."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
import zipfile
from pathlib import Path

import pytest
from command import Command
from harness import BINARY, Api, until

SOURCE = """import os

def handler(event, context):
    print("got", event)
    return {"event": event, "word": os.environ.get("WORD")}
"""


@pytest.fixture
def roost(server: str, tmp_path: Path) -> Command:
    (tmp_path / "words.py").write_text(SOURCE)
    return Command(server, tmp_path)


@pytest.fixture
def name() -> str:
    return f"c-{uuid.uuid4().hex[:12]}"


def test_a_function_is_created_changed_and_deleted(roost: Command, api: Api, name: str) -> None:
    options = ["--timeout", "30", "--memory", "256", "--storage", "600", "--description", "Says what it got."]
    printed = roost("function", "create", name, "words.py", *options, "--env", "WORD=one", "--env", "OTHER=two")
    assert re.fullmatch(rf"Created function {name} \(\d+ B\)\.\n", printed)
    assert json.loads(roost("function", "invoke", name, '{"a": 1}')) == {"event": {"a": 1}, "word": "one"}

    printed = roost("function", "create", name, "--env", "WORD=three", "--concurrency", "2")
    assert printed.startswith(f"Changed function {name} ")
    made = roost.json("function", "show", name)
    assert made == api.get(f"/v1/functions/{name}").json()
    assert (made["timeout_seconds"], made["memory_mb"], made["storage_mb"]) == (30, 256, 600)
    assert (made["environment"], made["concurrency"]) == ({"WORD": "three"}, 2)
    assert roost.json("function", "create", name, "--concurrency", "default") == {
        key: value for key, value in made.items() if key != "concurrency"
    }

    shown = [line.split(maxsplit=1) for line in roost("function", "show", name).splitlines()]
    for row in [[f"{name}:", "python3.14, function.handler"], ["timeout", "30 s"], ["environment", "WORD=three"]]:
        assert row in shown
    (row,) = [line.split() for line in roost("function").splitlines() if name in line]
    assert row[:7] == [name, "python3.14", "function.handler", "30", "s", "256", "MB"]
    assert name in [each["name"] for each in roost.json("function", "list")]

    assert roost("function", "delete", name) == f"Deleted function {name}.\n"
    assert f"There is no function '{name}'." in roost.fails("function", "show", name)
    assert f"There is no function '{name}'." in roost.fails("function", "delete", name)
    assert "To create it, pass its code" in roost.fails("function", "create", name)


def test_a_folder_is_packed(roost: Command, api: Api, name: str) -> None:
    folder = roost.folder / "bag"
    for path, text in {
        "app.py": "from bag import words\nhandler = words.count\n",
        "bag/__init__.py": "",
        "bag/words.py": "def count(event, context):\n    return len(event.split())\n",
        "__pycache__/app.pyc": "x",
        ".git/HEAD": "x",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    roost("function", "create", name, "bag", "--handler", "app.handler")
    assert roost("function", "invoke", name, '"one two"') == "2\n"
    (roost.folder / "code.zip").write_bytes(api.get(f"/v1/functions/{name}/code").content)
    assert zipfile.ZipFile(roost.folder / "code.zip").namelist() == ["app.py", "bag/__init__.py", "bag/words.py"]

    # The archive of a folder depends on nothing but its files.
    digest = roost.json("function", "show", name)["code"]
    (folder / "app.py").touch()
    assert roost.json("function", "create", name, "bag")["code"] == digest
    assert roost.json("function", "create", name, "code.zip")["code"] == digest

    (folder / "link").symlink_to("/etc/passwd")
    assert "'link' is not a regular file." in roost.fails("function", "create", name, "bag")


def test_code_that_is_none(roost: Command, name: str) -> None:
    (roost.folder / "notes.txt").write_text("hello")
    (roost.folder / "latin.py").write_bytes(b"# \xe9\n")
    assert "not a zip archive" in roost.fails("function", "create", name, "notes.txt")
    assert "'latin.py' is not valid UTF-8." in roost.fails("function", "create", name, "latin.py")
    assert "There is no file or folder 'nothing'." in roost.fails("function", "create", name, "nothing")
    assert "'memory_mb' must be between" in roost.fails("function", "create", name, "words.py", "--memory", "1")
    assert roost.run("function", "create", name, "words.py", "--concurrency", "many").returncode == 64


def test_an_event_comes_from_anywhere(roost: Command, name: str) -> None:
    roost("function", "create", name, "words.py", "--timeout", "30")
    (roost.folder / "event.json").write_text("[1]")
    for arguments, text, event in [
        ([], "", {}),
        (["7"], "", 7),
        (["-"], "[2]", [2]),
        (["--file", "event.json"], "", [1]),
        (["--file", "-"], "[3]", [3]),
    ]:
        assert json.loads(roost("function", "invoke", name, *arguments, text=text))["event"] == event
    assert "not valid JSON" in roost.fails("function", "invoke", name, "{")
    assert "no readable file 'none.json'" in roost.fails("function", "invoke", name, "--file", "none.json")
    assert roost.run("function", "invoke", name, "1", "--file", "event.json").returncode == 64
    assert "no version or alias '9'" in roost.fails("function", "invoke", name, "--version", "9")


def test_a_large_number_is_printed_as_the_function_wrote_it(roost: Command, name: str) -> None:
    (roost.folder / "large.py").write_text("def handler(event, context):\n    return 2**70\n")
    roost("function", "create", name, "large.py", "--timeout", "30")
    assert roost("function", "invoke", name) == f"{2**70}\n"
    assert roost.json("function", "invoke", name)["result"] == 2**70


def test_a_function_that_fails_says_why(roost: Command, name: str) -> None:
    (roost.folder / "fails.py").write_text("def handler(event, context):\n    return event['text']\n")
    roost("function", "create", name, "fails.py", "--timeout", "30")
    error = roost.fails("function", "invoke", name)
    assert error.startswith("Error: KeyError: 'text'\n  File ")
    assert "function.py\", line 2, in handler\n    return event['text']\n" in error
    done = roost.run("function", "invoke", name, "--json")
    assert (done.returncode, json.loads(done.stdout)["failed"]) == (1, True)


def test_the_log_is_printed(roost: Command, name: str) -> None:
    roost("function", "create", name, "words.py", "--timeout", "30")
    assert roost("function", "logs", name) == ""
    done = roost.run("function", "invoke", name, "1", "--log")
    assert done.returncode == 0
    assert "\ngot 1\n" in done.stderr
    accepted = roost("function", "invoke", name, "2", "--queue").strip()
    until(lambda: f"END RequestId: {accepted}" in roost("function", "logs", name), "the event is handled")
    assert [line.split(" ", 2)[2] for line in roost("function", "logs", name, "--filter", "got").splitlines()] == [
        "got 1",
        "got 2",
    ]
    assert roost("function", "logs", name, "--filter", "got", "-l", "1").endswith("got 2\n")
    assert "got 2" in roost("function", "logs", name, "--since", "1h")
    assert roost("function", "logs", name, "--since", "2099-01-01T00:00:00Z") == ""
    assert roost.run("function", "logs", name, "--since", "yesterday").returncode == 64
    messages = [event["message"] for event in roost.json("function", "logs", name)["events"]]
    assert "got 1" in messages
    roost("function", "delete", name)
    assert "got 2" in roost("function", "logs", name)
    assert f"There is no function '{name}x'." in roost.fails("function", "logs", f"{name}x")


def test_the_log_is_followed(roost: Command, name: str) -> None:
    roost("function", "create", name, "words.py", "--timeout", "30")
    roost("function", "invoke", name, "1")
    output = roost.folder / "followed"
    with output.open("wb") as file:
        following = subprocess.Popen(
            [str(BINARY), "function", "logs", name, "--follow", "--filter", "got"], stdout=file, env=roost.environment
        )
    try:
        until(lambda: b"got 1\n" in output.read_bytes(), "the log so far is printed")
        for event in range(2, 6):
            roost("function", "invoke", name, str(event))
        until(lambda: b"got 5\n" in output.read_bytes(), "new lines are printed")
    finally:
        following.terminate()
        following.wait(10)
    printed = [line.split(" ", 2)[2] for line in output.read_text().splitlines()]
    assert printed == [f"got {event}" for event in range(1, 6)]


def test_events_that_wait_are_shown(roost: Command, name: str) -> None:
    roost("function", "create", name, "words.py", "--concurrency", "0")
    assert "as its concurrency allows" in roost.fails("function", "invoke", name)
    accepted = roost("function", "invoke", name, "--queue").strip()
    (row,) = [line.split() for line in roost("function", "show", name).splitlines() if accepted in line]
    assert row[:2] == [accepted, "waiting"]
    roost("function", "delete", name)
