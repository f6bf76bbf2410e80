"""The lines for curl, Python and the command at the foot of the console's pages work as printed."""

from __future__ import annotations

import html
import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from code_lines import KINDS, environment, lines_of, run
from endpoint_clients import AWS, Trained, csv
from gateway import Gateway
from harness import BINARY, MODELS, Api, answered

PAGES = (
    "/",
    "/console/events",
    "/console/events?kind=pipeline.*",
    "/console/pipelines",
    "/console/pipelines?search=fra",
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
    "/console/models?search=dense",
    "/console/models?workspace=*&search=dense",
    "/console/models/fraud-dense",
    "/console/suites",
    "/console/suites?search=nope",
    "/console/jobs",
    "/console/jobs?name=x%27y&status=failed",
    "/console/jobs?kind=tuning",
    "/console/jobs?kind=training&status=completed",
    "/console/jobs?kind=transform",
    "/console/loops",
    "/console/buckets",
    "/console/buckets/data",
    "/console/endpoints",
    "/console/endpoints?search=sco",
    "/console/endpoints/scores",
    "/console/functions",
    "/console/functions/greeter",
    "/console/apis",
)
#: It answers an API, and says what it was sent.
SOURCE = """
def handler(event, context):
    is_request = isinstance(event, dict) and "httpMethod" in event
    return {"statusCode": 200, "body": "Hello"} if is_request else {"got": event}
"""
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
    aws = AWS(server)
    aws.put_model("scorer", Trained(0).archive)
    aws.put_config("weights", ("main", "scorer", 1))
    aws.serve("scores", "weights")
    answered(api.put("/v1/functions/greeter", json={"source": SOURCE}), 201)
    gateway = Gateway(server)
    pets, root = gateway.create()
    # Nothing answers at its root.
    gateway.proxy(pets, gateway.resource(pets, root, "hello"), "greeter", "GET")
    gateway.deploy(pets)
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for path in PAGES:
        answer = requests.get(server + path, timeout=30)
        assert answer.status_code == 200, path
        for kind in KINDS:
            found[kind] += [line for line in lines_of(answer.text, kind) if line and line not in found[kind]]
    return found


def sent(server: str, path: str, fields: dict[str, str]) -> str:
    """Sends the form of a page, and returns the page with the answer."""
    session = requests.Session()
    session.trust_env = False
    token = re.search(r'name="token" value="(\w+)"', session.get(server + path, timeout=30).text)
    assert token
    answer = session.post(server + path, fields | {"token": token[1]}, headers={"Origin": server}, timeout=30)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("kind", ["curl", "roost"])
def test_lines_of_a_shell_work(kind: str, lines: dict[str, list[str]], server: str, tmp_path: Path) -> None:
    (tmp_path / "roost").symlink_to(BINARY)
    (tmp_path / "rows.csv").write_text(csv(Trained(0).rows[:1]))
    assert len(lines[kind]) > 10
    failed = []
    for line in lines[kind]:
        # An error of the server is one of the line.
        command = line.replace("curl -s", "curl -sSf")
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment(server, tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            failed.append(f"{line}\n{done.stderr[-400:]}")
    assert not failed, "\n".join(failed)


def test_lines_of_a_notebook_work(lines: dict[str, list[str]], server: str, tmp_path: Path) -> None:
    assert len(lines["python"]) > 10
    (tmp_path / "rows.csv").write_text(csv(Trained(0).rows[:1]))
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
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(server, tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_lines_of_questions_work(kind: str, lines: dict[str, list[str]], server: str, api: Api, tmp_path: Path) -> None:
    """They do what the button of the question does."""
    assert lines
    split = {"models": [{"model": "fraud-dense", "weight": 1}, {"model": "fraud-trees", "weight": 1}]}
    for step in ("fraud-dense", {"random_split": split}):
        api.serve("fraud", [step], goal="outputs[0][0] > 0.001")
    api.infer("fraud", {"dense_input": [[0.5] * 29]})
    for question in QUESTIONS:
        answer = requests.get(f"{server}/console/pipelines/fraud/{question}", timeout=30)
        assert answer.status_code == 200, question
        found = lines_of(answer.text, kind)
        # The command has no line for weights.
        assert len(found) == (kind != "roost" or question != "weights"), question
        for line in found:
            run(kind, line, server, tmp_path)
        expected = {"stop": "Stopped"}.get(question, "Running")
        assert api.settled("fraud")["state"] == expected, question


@pytest.mark.parametrize("kind", KINDS)
def test_lines_of_a_request_send_it(
    kind: str, lines: dict[str, list[str]], server: str, api: Api, tmp_path: Path
) -> None:
    """What the form of a pipeline sent is in the lines below it."""
    assert lines
    api.serve("fraud", ["fraud-dense"])
    row: list[float | None] = [0.25] * 28 + [None]
    text = sent(
        server, "/console/pipelines/fraud", {"input.dense_input": f"[{[0.25] * 28 + ['null']}]".replace("'", "")}
    )
    assert "Answered by" in text
    [line] = [it for it in lines_of(text, kind) if "infer" in it]
    run(kind, line, server, tmp_path)
    newest = answered(api.get("/v1/pipelines/fraud/logs", params={"limit": "2"}), 200)["entries"]
    assert [entry["original_data"] for entry in newest] == [{"dense_input": [row]}] * 2


@pytest.mark.parametrize("event", ['{"it\'s": ["a\\"b", true, null, -1.5e3, "\\u00e9\\/"]}', "-7"])
@pytest.mark.parametrize("kind", KINDS)
def test_lines_of_an_event_send_it(
    kind: str, event: str, lines: dict[str, list[str]], server: str, tmp_path: Path
) -> None:
    assert lines
    text = sent(server, "/console/functions/greeter", {"event": event})
    [line] = [it for it in lines_of(text, kind) if "invo" in it]
    answer = run(kind, f"import json; print(json.dumps({line}))" if kind == "python" else line, server, tmp_path)
    found = json.loads(answer)
    assert (found["result"] if kind == "curl" else found) == {"got": json.loads(event)}


def test_the_line_of_a_definition_prints_its_version(
    lines: dict[str, list[str]], server: str, api: Api, tmp_path: Path
) -> None:
    """Also if that is not the newest one."""
    assert lines
    api.serve("fraud", ["fraud-dense"])
    running = answered(api.get("/v1/pipelines/fraud"), 200)["version"]["id"]
    api.define("fraud", ["fraud-trees"])
    newest = answered(api.get("/v1/pipelines/fraud"), 200)["version"]["id"]
    for query, version in (("", running), (f"?version={newest}", newest), (f"?version={running}", running)):
        text = requests.get(server + "/console/pipelines/fraud/definition" + query, timeout=30).text
        shown = html.unescape(re.findall(r'<pre class="doc">(.*?)</pre>', text, re.DOTALL)[0])
        [line] = lines_of(text, "roost")
        printed = run("roost", line, server, tmp_path)
        assert printed.startswith(shown.strip())
        assert f"# version {version}" in printed
    missing = requests.get(server + "/console/pipelines/fraud/definition?version=nope", timeout=30)
    assert missing.status_code == 404


def test_what_a_link_has_put_into_a_page_is_no_option_of_its_lines(server: str, tmp_path: Path) -> None:
    """A line that is copied from a page sends the token to no other server, whatever link led to the page."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        foreign = f"--url=http://127.0.0.1:{elsewhere.getsockname()[1]}"
        elsewhere.settimeout(0)
        for page in ("releases?pipeline=", "drift?pipeline=", "models?search=", "log?search=", "jobs?search="):
            for text in (foreign, "-x", "--help"):
                answer = requests.get(f"{server}/console/{page}{quote(text)}", timeout=30)
                assert answer.status_code == 200
                for line in lines_of(answer.text, "roost"):
                    done = bash(line, server, tmp_path)
                    assert "Missing value" not in done.stderr, line
                    assert "USAGE" not in done.stdout + done.stderr, line
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def bash(line: str, server: str, folder: Path) -> subprocess.CompletedProcess[str]:
    if not (folder / "roost").exists():
        (folder / "roost").symlink_to(BINARY)
    return subprocess.run(
        ["bash", "-c", line],
        env=environment(server, folder) | {"ROOST_TOKEN": "secret"},
        capture_output=True,
        text=True,
        timeout=60,
    )
