"""The lines for curl, Python and the command at the foot of the console's pages work as printed."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from harness import BINARY, MODELS, REPOSITORY, Api

PAGES = (
    "/",
    "/console/events",
    "/console/events?kind=pipeline.*",
    "/console/pipelines",
    "/console/pipelines/fraud",
    "/console/pipelines/fraud/versions",
    "/console/pipelines/fraud/definition",
    "/console/pipelines/fraud/log",
    "/console/pipelines/fraud/experiment",
    "/console/log",
    "/console/experiments",
    "/console/shadow",
    "/console/releases",
    "/console/drift",
    "/console/models",
    "/console/models/fraud-dense",
    "/console/suites",
    "/console/jobs",
    "/console/jobs?kind=tuning",
    "/console/jobs?kind=transform",
    "/console/loops",
    "/console/buckets",
    "/console/buckets/data",
    "/console/endpoints",
    "/console/functions",
    "/console/apis",
)
KINDS = ("curl", "python", "roost")
#: What can be done about the pipeline, in an order in which all of it can be.
QUESTIONS = ("report?kind=experiment", "weights", "rollback", "stop", "deploy")


@pytest.fixture(scope="module")
def lines(api: Api, server: str) -> dict[str, list[str]]:
    """The lines of all pages by kind, on a server that has something to show."""
    for name in ("fraud-dense", "fraud-trees"):
        api.upload(name, MODELS / f"{name}.onnx")
    split = {"models": [{"model": "fraud-dense", "weight": 1}, {"model": "fraud-trees", "weight": 1}]}
    api.serve("fraud", [{"random_split": split}], goal="outputs[0][0] > 0.001")
    api.infer("fraud", {"dense_input": [[0.5] * 29]})
    assert api.put("/v1/buckets/data").status_code in (200, 201)
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for path in PAGES:
        answer = requests.get(server + path, timeout=30)
        assert answer.status_code == 200, path
        for kind in KINDS:
            for text in re.findall(rf'<pre class="{kind}"><code>(.*?)</code>', answer.text, re.DOTALL):
                if (line := html.unescape(text)) and line not in found[kind]:
                    found[kind].append(line)
    return found


def environment(server: str, folder: Path) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    path = f"{folder}:{os.environ['PATH']}"
    sdk = str(REPOSITORY / "python" / "src")
    return os.environ | keys | {"ROOST_URL": server, "PATH": path, "PYTHONPATH": sdk}


@pytest.mark.parametrize("kind", ["curl", "roost"])
def test_lines_of_a_shell_work(kind: str, lines: dict[str, list[str]], server: str, tmp_path: Path) -> None:
    (tmp_path / "roost").symlink_to(BINARY)
    assert len(lines[kind]) > 10
    failed = []
    for line in lines[kind]:
        # An error of the server is one of the line.
        command = line.replace("curl -s", "curl -sSf")
        done = subprocess.run(
            ["bash", "-c", command], env=environment(server, tmp_path), capture_output=True, text=True, timeout=60
        )
        if done.returncode:
            failed.append(f"{line}\n{done.stderr[-400:]}")
    assert not failed, "\n".join(failed)


def test_lines_of_a_notebook_work(lines: dict[str, list[str]], server: str, tmp_path: Path) -> None:
    assert len(lines["python"]) > 10
    program = "\n".join(
        [
            "import boto3, os, requests, roost, sys, traceback",
            "client = roost.Client(os.environ['ROOST_URL'])",
            "failed = False",
            f"for line in {lines['python']!r}:",
            "    try:",
            "        exec(line)",
            "    except Exception:",
            "        failed = True",
            "        print(line, traceback.format_exc(limit=-1), file=sys.stderr)",
            "sys.exit(failed)",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(server, tmp_path), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_lines_of_questions_work(kind: str, lines: dict[str, list[str]], server: str, api: Api, tmp_path: Path) -> None:
    """They do what the button of the question does."""
    assert lines
    (tmp_path / "roost").symlink_to(BINARY)
    split = {"models": [{"model": "fraud-dense", "weight": 1}, {"model": "fraud-trees", "weight": 1}]}
    for step in ("fraud-dense", {"random_split": split}):
        api.serve("fraud", [step], goal="outputs[0][0] > 0.001")
    api.infer("fraud", {"dense_input": [[0.5] * 29]})
    for question in QUESTIONS:
        answer = requests.get(f"{server}/console/pipelines/fraud/{question}", timeout=30)
        assert answer.status_code == 200, question
        found = re.findall(rf'<pre class="{kind}"><code>(.*?)</code>', answer.text, re.DOTALL)
        # The command has no line for weights.
        assert len(found) == (kind != "roost" or question != "weights"), question
        for line in map(html.unescape, found):
            program = "import os, roost; client = roost.Client(os.environ['ROOST_URL']); " + line
            shell = ["bash", "-c", line.replace("curl -s", "curl -sSf")]
            command = [sys.executable, "-c", program] if kind == "python" else shell
            done = subprocess.run(
                command, env=environment(server, tmp_path), capture_output=True, text=True, timeout=60
            )
            assert done.returncode == 0, f"{line}\n{done.stderr[-400:]}"
        expected = {"stop": "Stopped"}.get(question, "Running")
        assert api.settled("fraud")["state"] == expected, question
