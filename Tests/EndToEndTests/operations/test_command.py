"""The command: what it prints for people and for programs, and how it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Command
from harness import DATA, EXPECTED, MODELS, Api, Server


@pytest.fixture(scope="module")
def command_server(running_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has only what the tests below list."""
    server = Server(tmp_path_factory.mktemp("command"))
    server.start()
    server.api.upload("fraud", "fraud-dense.onnx")
    server.api.upload("fraud", "fraud-dense-2.onnx")
    server.api.upload("house", "house-price.onnx")
    server.api.serve("houses", ["house"], [("price", "house.outputs[0][0] < 100")])
    server.api.infer("houses", json.loads((DATA / "houses.json").read_text()))
    yield server
    server.stop()


@pytest.fixture
def roost(command_server: Server, tmp_path: Path) -> Command:
    return Command(command_server.url, tmp_path)


@pytest.fixture
def remote(command_server: Server) -> Api:
    return command_server.api


# Models


def test_an_upload_prints_the_version_and_its_signature(roost: Command, remote: Api) -> None:
    printed = roost("model", "upload", "scaler", str(MODELS / "scaler.onnx"))
    version = remote.get("/v1/models/scaler").json()["versions"][0]
    assert f"scaler@{version['id']} (onnx, 423 B)" in printed
    assert ["input", "raw", "FP32", "[-1,", "29]"] in [line.split() for line in printed.splitlines()]

    uploaded = roost.json("model", "upload", "types", str(MODELS / "all-types.onnx"), "--framework", "onnx")
    assert uploaded == remote.get("/v1/models/types").json()["versions"][0]


def test_models_are_listed_and_shown(roost: Command, remote: Api) -> None:
    lines = [line.split() for line in roost("model", "list").splitlines()]
    assert lines[0] == ["NAME", "VERSIONS", "FRAMEWORK", "SIZE", "NEWEST"]
    assert ["fraud", "2", "onnx"] in [line[:3] for line in lines]
    assert roost.json("model", "list") == remote.get("/v1/models", params={"limit": 1000}).json()["models"]

    model = remote.get("/v1/models/fraud").json()
    printed = roost("model", "show", "fraud")
    assert all(version["id"] in printed for version in model["versions"])
    assert "tensor" in printed
    assert roost.json("model", "show", "fraud") == model


def test_a_download_is_what_was_uploaded(roost: Command, remote: Api) -> None:
    roost("model", "download", "fraud", "newest.onnx")
    assert (roost.folder / "newest.onnx").read_bytes() == (MODELS / "fraud-dense-2.onnx").read_bytes()
    oldest = remote.get("/v1/models/fraud").json()["versions"][-1]["id"]
    roost("model", "download", f"fraud@{oldest}", "oldest.onnx")
    assert (roost.folder / "oldest.onnx").read_bytes() == (MODELS / "fraud-dense.onnx").read_bytes()
    assert {path.name for path in roost.folder.iterdir()} == {"newest.onnx", "oldest.onnx"}


def test_versions_are_tagged_and_untagged(roost: Command) -> None:
    assert roost.json("model", "tag", "house", "best")["tags"] == ["best"]
    assert "has the tags best" in roost("model", "tag", "house", "best")
    assert "has no tags" in roost("model", "untag", "house", "best")


def test_workspaces_are_made_and_used(roost: Command, remote: Api) -> None:
    assert "Created workspace team." in roost("workspace", "create", "team")
    roost("model", "upload", "scaler", str(MODELS / "scaler.onnx"), "--workspace", "team")
    assert [model["name"] for model in roost.json("model", "list", "--workspace", "team")] == ["scaler"]
    assert roost.json("workspace", "list") == remote.get("/v1/workspaces").json()["workspaces"]


# Pipelines

DEFINITION = {
    "name": "applied",
    "steps": [{"random_split": {"hash_key": "user", "models": [{"model": "fraud", "weight": 2}]}}],
    "validations": [{"name": "v", "expression": "fraud.outputs[0][0] < 2"}],
}
YAML = """\
name: applied
steps:
  - random_split:
      hash_key: user
      models:
        - {model: fraud, weight: 2}
validations:
  - name: v
    expression: fraud.outputs[0][0] < 2
"""


def test_a_definition_is_applied_from_json_and_from_yaml(roost: Command, remote: Api) -> None:
    (roost.folder / "pipeline.json").write_text(json.dumps(DEFINITION))
    (roost.folder / "pipeline.yaml").write_text(YAML)
    applied = roost.json("pipeline", "apply", "-f", "pipeline.json")
    assert applied == remote.get("/v1/pipelines/applied").json()
    # The same definition in another format is not a change.
    assert roost.json("pipeline", "apply", "-f", "pipeline.yaml") == applied
    assert roost.json("pipeline", "apply", "-f", "-", text=YAML) == applied
    assert f"Pipeline applied is at version {applied['version']['id']}" in roost(
        "pipeline", "apply", "--file", "pipeline.yaml"
    )
    changed = roost.json("pipeline", "apply", "-f", "-", text=YAML.replace("weight: 2", "weight: 3"))
    assert changed["version"]["id"] != applied["version"]["id"]
    assert [version["id"] for version in roost.json("pipeline", "versions", "applied")] == [
        changed["version"]["id"],
        applied["version"]["id"],
    ]


def test_a_file_may_hold_several_pipelines(roost: Command) -> None:
    several = "\n---\n".join(YAML.replace("name: applied", f"name: several-{number}") for number in range(3))
    printed = roost("pipeline", "apply", "-f", "-", "--deploy", text=several)
    assert [line.split()[1] for line in printed.splitlines()] == ["several-0", "several-1", "several-2"]
    assert all(line.endswith(", deployed") for line in printed.splitlines())
    listed = {pipeline["name"]: pipeline for pipeline in roost.json("pipeline", "list")}
    assert all(listed[f"several-{number}"]["deployment"]["state"] == "Running" for number in range(3))
    lines = [line.split() for line in roost("pipeline", "list").splitlines()]
    version = listed["several-0"]["version"]["id"]
    (model,) = listed["several-0"]["deployment"]["models"]
    runs = f"{model['model']}@{model['version'][:8]}"
    assert ["several-0", "default", "Running", version, runs] in lines


def test_what_show_prints_can_be_applied_again(roost: Command) -> None:
    shown = roost("pipeline", "show", "houses")
    before = roost.json("pipeline", "show", "houses")
    assert roost.json("pipeline", "apply", "-f", "-", text=shown)["version"] == before["version"]


def test_a_pipeline_is_deployed_asked_and_undeployed(roost: Command) -> None:
    roost("pipeline", "apply", "-f", "-", text=YAML.replace("name: applied", "name: life"))
    deployment = roost.json("pipeline", "deploy", "life")
    assert deployment["state"] == "Running"
    assert "life: Running" in roost("pipeline", "deploy", "life", "--version", deployment["version"])

    body = (DATA / "fraud.json").read_text()
    (roost.folder / "fraud.json").write_text(body)
    answers = [
        roost.json("infer", "life", body),
        roost.json("infer", "life", "--file", "fraud.json"),
        roost.json("infer", "life", "--file", "-", text=body),
    ]
    assert [answer["outputs"] for answer in answers] == [answers[0]["outputs"]] * 3
    assert answers[0]["pipeline_name"] == "life"

    assert roost.json("pipeline", "undeploy", "life")["state"] == "Stopped"
    assert "No pipeline 'life' is deployed." in roost.fails("infer", "life", body)


def test_a_rollback_returns_to_the_version_before(roost: Command) -> None:
    definition = YAML.replace("name: applied", "name: back")
    first = roost.json("pipeline", "apply", "-f", "-", "--deploy", text=definition)["version"]["id"]
    assert "No other version of pipeline 'back' was deployed before." in roost.fails("pipeline", "rollback", "back")
    second = roost.json("pipeline", "apply", "-f", "-", "--deploy", text=definition.replace("weight: 2", "weight: 3"))
    newest = second["version"]["id"]

    back = roost.json("pipeline", "rollback", "back")
    assert (back["state"], back["version"], back["previous_version"]) == ("Running", first, newest)
    listed = {line.split()[0]: line.split()[1] for line in roost("pipeline", "versions", "back").splitlines()[1:]}
    assert listed == {first: "Running", newest: "previous"}
    shown = roost("pipeline", "show", "back")
    model = back["models"][0]
    assert f"# Running: version {first}, which is not the newest" in shown
    assert f"#   model {model['model']}@{model['version']}" in shown
    assert f"# before: version {newest}" in shown
    assert [line.split()[3] for line in roost("pipeline", "list").splitlines() if line.startswith("back ")] == [first]

    # A second rollback returns, and so do the first characters of an ID.
    assert roost.json("pipeline", "rollback", "back")["version"] == newest
    assert roost.json("pipeline", "rollback", "back", "--to", first[:8])["version"] == first
    assert roost.json("pipeline", "deploy", "back", "--version", newest[:8])["version"] == newest
    for unknown in ("zzzzzzzz", newest[:3], ""):
        assert f"no version '{unknown}'" in roost.fails("pipeline", "rollback", "back", "--to", unknown)


# The server


def test_status_and_runtimes_are_shown(roost: Command, remote: Api) -> None:
    status = roost.json("status")
    assert status.keys() == remote.status().keys()
    assert status["state"] == "ready"
    assert f"roost {status['version']}  ready" in roost("status")
    assert roost("--version") == status["version"] + "\n"
    # The runtime of functions serves no models.
    names = {runtime["name"] for runtime in roost.json("runtimes", "list")} - {"lambda"}
    assert names == {runtime["name"] for runtime in status["runtimes"]}


# Failures

MISTAKES: dict[str, tuple[list[str], str]] = {
    "an unknown model": (["model", "show", "nope"], "Model 'nope' does not exist in workspace 'default'."),
    "an unknown workspace": (["model", "list", "--workspace", "nope"], "Workspace 'nope' does not exist."),
    "an unknown pipeline": (["pipeline", "show", "nope"], "'nope'"),
    "an unknown pipeline's log": (["logs", "nope"], "'nope'"),
    "a file that is not there": (["model", "upload", "m", "nope.onnx"], "There is no readable file 'nope.onnx'."),
    "a definition that is not there": (["pipeline", "apply", "-f", "nope.yaml"], "'nope.yaml'"),
    "a folder": (["model", "upload", "m", "."], "'.'"),
    "no model": (["model", "upload", "m", str(EXPECTED / "scaler.json")], "XGBoost"),
    "a name outside the rule": (["model", "upload", "../m", str(MODELS / "scaler.onnx")], "'../m'"),
    "a version that is not there": (["pipeline", "deploy", "houses", "--version", "nope"], "no version 'nope'"),
    "a wrong input": (["infer", "houses", '{"features": [[1]]}'], "'features'"),
    "a body that is not JSON": (["infer", "houses", "hello"], "JSON"),
    "a place that cannot be written": (["model", "download", "house", "no/such/folder"], "cannot be written"),
}


@pytest.mark.parametrize(("arguments", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_ends_with_1_and_one_line(roost: Command, arguments: list[str], message: str) -> None:
    printed = roost.fails(*arguments)
    assert message in printed
    assert printed.count("\n") == 1
    assert not list(roost.folder.iterdir())


@pytest.mark.parametrize("text", ["name: [", "name: x\nstepz: []", "- 1", '{"name": {}}', ""])
def test_a_definition_that_is_none_is_refused(roost: Command, text: str) -> None:
    roost.fails("pipeline", "apply", "-f", "-", text=text)


def test_a_server_that_is_not_there_is_named(roost: Command) -> None:
    message = roost.fails("status", "--url", "http://127.0.0.1:1")
    assert "http://127.0.0.1:1" in message


@pytest.mark.parametrize(
    "arguments", [["nope"], ["model", "upload"], ["infer", "houses"], ["serve", "--port", "99999"]]
)
def test_a_wrong_call_shows_the_usage(roost: Command, arguments: list[str]) -> None:
    done = roost.run(*arguments)
    assert done.returncode == 64
    assert "Usage: roost" in done.stderr


SUBCOMMANDS = {
    "pipelne list": "Unknown subcommand 'pipelne' of 'roost'. Did you mean 'pipeline'?",
    "help modle": "Unknown subcommand 'modle' of 'roost'. Did you mean 'model'?",
    "pipeline versionz houses": "Unknown subcommand 'versionz' of 'roost pipeline'. Did you mean 'versions'?",
    "aws quotas gran x": "Unknown subcommand 'gran' of 'roost aws quotas'. Did you mean 'grant'?",
    "logs dlete houses": "Unknown subcommand 'dlete' of 'roost logs'. Did you mean 'delete'?",
    "workspace nope": "Unknown subcommand 'nope' of 'roost workspace'. Expected one of: list, create, delete.",
    "logs --limt 3 houses": "Unknown option '--limt'. Did you mean '--limit'?",
}


@pytest.mark.parametrize(("line", "message"), SUBCOMMANDS.items(), ids=SUBCOMMANDS)
def test_a_misspelled_subcommand_or_option_is_recognized(roost: Command, line: str, message: str) -> None:
    done = roost.run(*line.split())
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.splitlines()[0] == f"Error: {message}"


def test_what_could_be_the_name_of_a_pipeline_is_looked_up_first(roost: Command, remote: Api) -> None:
    assert roost.fails("report", "lst") == "Error: Pipeline 'lst' does not exist. Did you mean 'roost report list'?\n"
    assert roost.fails("logs", "houzes") == "Error: Pipeline 'houzes' does not exist.\n"
    remote.serve("shw", ["house"])
    assert roost("logs", "shw") == "(none)\n"
