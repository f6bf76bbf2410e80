"""The unmodified `aws lambda` command against the server."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from functions import ROLE, Functions, archive
from test_s3_command import AWS, Shell


@pytest.fixture
def shell(server: str, tmp_path: Path) -> Shell:
    if not AWS.is_file():
        pytest.skip("There is no aws command beside this Python.")
    return Shell(server, tmp_path)


def test_a_function_with_the_aws_command(shell: Shell) -> None:
    name = Functions.name()
    code = "def handler(event, context):\n    print('hello')\n    return {'got': event}\n"
    (shell.home / "f.zip").write_bytes(archive({"app.py": code}))
    create = ["--runtime", "python3.11", "--role", ROLE, "--handler", "app.handler", "--zip-file", "fileb://f.zip"]
    created = json.loads(shell.aws("lambda", "create-function", "--function-name", name, *create))
    assert created["State"] == "Pending"
    shell.aws("lambda", "wait", "function-active-v2", "--function-name", name)
    invoke = ["lambda", "invoke", "--function-name", name, "--payload", '{"a": 1}']
    answer = json.loads(shell.aws(*invoke, "out.json"))
    assert answer == {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
    assert json.loads((shell.home / "out.json").read_text()) == {"got": {"a": 1}}
    tail = shell.aws(*invoke, "--log-type", "Tail", "--query", "LogResult", "--output", "text", "out.json")
    assert "hello\n" in base64.b64decode(tail).decode()
    assert name in shell.aws("lambda", "list-functions", "--query", "Functions[].FunctionName", "--output", "text")
    shell.aws("lambda", "delete-function", "--function-name", name)
    assert "ResourceNotFoundException" in shell.aws("lambda", "get-function", "--function-name", name, fails=True)
