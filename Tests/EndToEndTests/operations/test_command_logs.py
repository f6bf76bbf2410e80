"""The command: inferences, and the log of a pipeline."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest
from command import Command
from harness import BINARY, DATA, EXPECTED, Api, refused


@pytest.fixture(scope="module")
def remote(api: Api) -> Api:
    """The server, with the pipeline `houses`."""
    api.upload("house", "house-price.onnx")
    api.upload("fraud", "fraud-dense.onnx")
    api.serve("houses", ["house"], [("price", "house.outputs[0][0] < 100")])
    api.infer("houses", json.loads((DATA / "houses.json").read_text()))
    return api


@pytest.fixture
def roost(server: str, tmp_path: Path) -> Command:
    return Command(server, tmp_path)


# The log


def test_the_log_is_a_table_or_json_lines_or_a_file(roost: Command, remote: Api) -> None:
    entries = remote.logs("houses")
    lines = [line.split() for line in roost("logs", "houses").splitlines()]
    assert lines[0] == ["TIME", "MODEL", "ROLE", "VALID", "ELAPSED", "OUTPUTS"]
    assert lines[1][2:5] == ["house", "champion", "NO"]
    assert len(lines) == 1 + len(entries)
    printed = roost("logs", "houses", "--json")
    assert [json.loads(line) for line in printed.splitlines()] == entries
    assert roost("logs", "houses", "--valid", "true") == "(none)\n"
    assert roost("logs", "houses", "--export", "log.jsonl") == ""
    exported = (roost.folder / "log.jsonl").read_text()
    assert [json.loads(line) for line in exported.splitlines()] == entries
    assert {path.name for path in roost.folder.iterdir()} == {"log.jsonl"}


def test_a_time_may_be_how_long_ago_it_was(roost: Command, remote: Api) -> None:
    count = len(remote.logs("houses"))
    for since in ("1h", "2w", "2020-01-01", "2020-01-01T00:00:00+02:00", "1577836800000"):
        assert len(roost("logs", "houses", "--start", since, "--json").splitlines()) == count
    assert roost("logs", "houses", "--end", "1h") == "(none)\n"
    for option, command in (("--start", ["logs", "houses"]), ("--end", ["quality", "houses"])):
        done = roost.run(*command, option, "yesterday")
        assert (done.returncode, done.stdout) == (64, "")
        assert "'yesterday' is not a valid time. Expected 30s, 10m, 2h, 7d or 4w ago" in done.stderr


@pytest.mark.parametrize("name", ["log.parquet", "log.csv", "LOG.XLSX", "a.jsonl.gz"])
def test_a_file_that_promises_another_format_is_refused(roost: Command, name: str) -> None:
    done = roost.run("logs", "houses", "--export", name)
    assert (done.returncode, done.stdout) == (64, "")
    assert f"'{name}' would not be a .{name.rsplit('.', 1)[1].lower()} file" in done.stderr
    assert "JSON Lines" in done.stderr
    assert not list(roost.folder.iterdir())


def test_the_log_is_followed_without_gaps_and_repetitions(roost: Command, remote: Api) -> None:
    remote.serve("followed", ["house"])
    row = {"features": json.loads((DATA / "houses.json").read_text())["features"][:1]}

    def infer(number: int) -> None:
        remote.infer("followed", row, headers={"X-Roost-Inference-Id": f"f-{number}"})

    for number in range(5):
        infer(number)
    arguments = [str(BINARY), "logs", "followed", "--follow", "--limit", "2", "--json"]
    with subprocess.Popen(arguments, env=roost.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [json.loads(process.stdout.readline())["id"] for _ in range(2)]
        for number in range(5, 200):
            infer(number)
            if number % 50 == 0:
                # Deletions close the segment.
                remote.post("/v1/pipelines/followed/logs/deletions", json={"key": "nobody", "value": "x"})
        seen += [json.loads(process.stdout.readline())["id"] for _ in range(195)]
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == -signal.SIGINT
    assert seen == [f"f-{number}" for number in range(3, 200)]
    assert rest == ""


def test_the_tail_of_a_log_is_checked(remote: Api) -> None:
    route = "/v1/pipelines/houses/logs/tail"
    for after in ("x", "1", "1--2", "9" * 30 + "-1"):
        refused(remote.get(route, params={"after": after}), 400, "after", "is not a place in the log")
    assert remote.get(route, params={"after": f"{2**62}-0"}).json()["entries"] == []
    first = remote.get(route, params={"limit": "1"}).json()
    assert first["entries"] == remote.logs("houses", limit=1)
    assert remote.get(route, params={"after": first["next"]}).json() == {
        "entries": [],
        "more": False,
        "next": first["next"],
    }
    assert remote.get("/v1/pipelines/nope/logs/tail").status_code == 404


# Inferences


def test_an_inference_prints_its_outputs(roost: Command, remote: Api) -> None:
    houses = (DATA / "houses.json").read_text()
    lines = roost("infer", "houses", houses).splitlines()
    version = remote.get("/v1/models/house").json()["versions"][0]["id"]
    rows = len(json.loads(houses)["features"])
    assert lines[0].startswith(f"house@{version[:8]}: ")
    assert lines[0].endswith(f", {rows} rows, NOT valid")
    assert lines[1] == "  failed: house.outputs[0][0] < 100 in row 17"
    assert lines[3].split() == ["ROW", "price", "VALID"]
    assert [line.split()[0] for line in lines[4:14]] == [str(row) for row in range(10)]
    assert lines[14:] == [f"… and {rows - 10} more"]
    one = {"features": json.loads(houses)["features"][:1]}
    lines = roost("infer", "houses", json.dumps(one)).splitlines()
    assert lines[0].endswith(", valid")
    assert [line.split()[0] for line in lines[1:]] == ["price"]


def test_the_outputs_of_challengers_are_printed(roost: Command, remote: Api) -> None:
    remote.upload("fraud-trees", "fraud-trees.onnx")
    remote.serve("compared", [{"shadow_deploy": {"champion": "fraud", "challengers": ["fraud-trees"]}}])
    lines = roost("infer", "compared", (DATA / "fraud.json").read_text()).splitlines()
    facts = dict(line.strip().rsplit("  ", 1) for line in lines[1:])
    assert facts.keys() >= {"fraud-trees: probability"}
    assert float(facts["fraud-trees: probability"]) > 0.9


def test_outputs_of_many_types_and_shapes_are_printed(roost: Command, remote: Api) -> None:
    remote.upload("types", "all-types.onnx")
    remote.serve("typed", ["types"])
    inputs = json.loads((EXPECTED / "all-types.json").read_text())["inputs"]
    printed = roost("infer", "typed", json.dumps(inputs))
    for output in remote.get("/v2/models/typed").json()["outputs"]:
        assert output["name"] in printed
