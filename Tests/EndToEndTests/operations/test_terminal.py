"""The command on a terminal of 80 columns: tables, pages and help texts fit, and a pipe gets everything."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import native_functions
import pytest
from aws import client
from command import Command
from harness import MODELS, Api, Server
from own_algorithms import Account
from screen import written
from test_command_reference import commands

MODEL = "fraud-detection-gradient-boosted-trees-2026-q4-production"
CHALLENGER = "fraud-detection-dense-network-2026-q4-candidate"
SPLIT = "terminal-experiment-of-a-payments-team"
SHADOW = "terminal-shadow-deploy-of-a-payments-team"
FUNCTION = "terminal-function-that-prepares-payments-for-scoring"
JOB = "terminal-training-job-with-a-name-of-sixty-three-characters"


def width(line: str) -> int:
    """Returns how many columns a line takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in line)
    return len(line) - sum(bool(unicodedata.combining(character)) for character in line) + wide


def printed(roost: Command, arguments: list[str]) -> list[str]:
    """Returns the lines on a terminal of 80 columns, without bold type and progress bars."""
    text = written(arguments, roost.folder, roost.environment, 80)
    text = re.sub(r"\x1b\[\d*[mK]|[^\n]*\r(?=[^\n])", "", text)
    return text.replace("\r\n", "\n").splitlines()


@pytest.fixture(scope="module")
def reports(api: Api, account: Account) -> dict[str, str]:
    """Makes things with long names, and returns the ID of a report on each pipeline."""
    api.upload(MODEL, "fraud-trees.onnx")
    api.upload(CHALLENGER, "fraud-dense.onnx")
    version = api.get(f"/v1/models/{MODEL}").json()["versions"][0]["id"]
    for tag in ("approved-by-the-risk-committee", "production"):
        api.put(f"/v1/models/{MODEL}/versions/{version}/tags/{tag}")
    split = [{"model": MODEL, "weight": 2}, {"model": CHALLENGER, "weight": 1}]
    goal = {"metric": "outputs[0][0] < 0.5", "better": "higher"}
    api.serve(SPLIT, [{"random_split": {"models": split, "hash_key": "customer"}}], goal=goal)
    shadow = {"shadow_deploy": {"champion": MODEL, "challengers": [CHALLENGER]}}
    api.serve(SHADOW, [shadow], [("suspicious", f"{MODEL}.outputs[0][0] < 0.9")])
    row = [0.1] * 29
    for number in range(10):
        api.infer(SPLIT, {"tensor": [row], "customer": f"customer-{number}"})
        api.infer(SHADOW, {"tensor": [row]})
    native_functions.put(
        api,
        FUNCTION,
        source=native_functions.ECHO,
        description="支払いを準備する関数 " * 12,
        environment={"TABLE_OF_EXCHANGE_RATES": "s3://rates/" + "x" * 90},
    )
    account.train(JOB, "mean", channels={"train": "data/train/"})
    account.ended(JOB)
    quotas = client("service-quotas", account.url)
    quotas.request_service_quota_increase(ServiceCode="sagemaker", QuotaCode="L-CONCURRENT-JOBS", DesiredValue=9)
    return {name: api.post(f"/v1/pipelines/{name}/reports", json={}).json()["id"] for name in (SPLIT, SHADOW)}


PRINTS = {
    "models": ["model", "list"],
    "a model": ["model", "show", MODEL],
    "a deployment": ["pipeline", "deploy", SHADOW],
    "pipelines": ["pipeline", "list"],
    "versions": ["pipeline", "versions", SPLIT],
    "versions of a shadow deploy": ["pipeline", "versions", SHADOW],
    "the log": ["logs", SHADOW],
    "an inference": ["infer", SHADOW, json.dumps({"tensor": [[0.1] * 29]})],
    "jobs": ["job"],
    "a job": ["job", "show", JOB],
    "functions": ["function"],
    "a function": ["function", "show", FUNCTION],
    "reports": ["report", "list", SPLIT],
    "a report on an experiment": ["report", SPLIT],
    "a report on a shadow deploy": ["report", SHADOW],
    "quality": ["quality", SHADOW],
    "quality by groups": ["quality", SPLIT, "--by", "inputs[0]", "--bins", "4"],
    "labels": ["labels", "status", SPLIT],
    "workspaces": ["workspace"],
    "algorithms": ["algorithm"],
    "quotas": ["aws", "quotas"],
    "keys": ["aws", "keys"],
    "runtimes": ["runtimes"],
    "the status": ["status"],
    "completed upload": ["model", "upload", CHALLENGER, str(MODELS / "fraud-dense.onnx")],
}


@pytest.fixture
def roost(running_server: Server, tmp_path: Path) -> Command:
    command = Command(running_server.url, tmp_path)
    command.environment["ROOST_DATA"] = str(running_server.data)
    return command


@pytest.mark.parametrize("arguments", PRINTS.values(), ids=PRINTS)
def test_tables_and_pages_fit_a_terminal(arguments: list[str], reports: dict[str, str], roost: Command) -> None:
    lines = printed(roost, arguments)
    assert lines
    # Sentences outside of tables are not cut: the terminal wraps them.
    tables = [line for line in lines if re.search(r"\S  ", line) or arguments[0] in ("report", "quality")]
    assert [line for line in tables if width(line) > 80] == []


def test_a_pipe_gets_whole_names_and_ids(reports: dict[str, str], roost: Command, api: Api) -> None:
    (version, *_) = api.get(f"/v1/models/{MODEL}").json()["versions"]
    assert f"{version['id']}  onnx" in roost("model", "show", MODEL)
    assert "approved-by-the-risk-committee, production" in roost("model", "show", MODEL)
    assert f"{MODEL}@{version['id'][:8]}+shadow({CHALLENGER}@" in roost("pipeline", "versions", SHADOW)
    assert reports[SPLIT] in roost("report", "list", SPLIT)


def test_the_beginning_of_an_id_names_what_a_terminal_shows(reports: dict[str, str], roost: Command, api: Api) -> None:
    (version, *_) = api.get(f"/v1/models/{MODEL}").json()["versions"]
    short = version["id"][:8]
    assert short in written(["model", "show", MODEL], roost.folder, roost.environment, 80)
    assert roost.json("model", "tag", f"{MODEL}@{short}", "production")["id"] == version["id"]
    assert "has no version" in roost.fails("model", "tag", f"{MODEL}@{short[:3]}", "production")
    assert roost.json("report", "show", reports[SPLIT][:8])["id"] == reports[SPLIT]
    assert "does not exist" in roost.fails("report", "show", "zzzzzzzz")
    (experiment,) = {version["experiment"]["id"] for version in roost.json("pipeline", "versions", SPLIT)}
    made = roost.json("report", SPLIT, "--experiment", experiment[:8])
    assert made["experiment"]["experiment"] == experiment
    (asked, *_) = roost.json("aws", "quotas")["requests"]
    assert roost.json("aws", "quotas", "deny", asked["id"][:8])["id"] == asked["id"]


def test_help_fits_a_terminal(roost: Command) -> None:
    for command in commands():
        arguments = ["help", *command.split()[1:]]
        assert [line for line in printed(roost, arguments) if width(line) > 80] == [], command
