"""The command for test suites: tables, exit statuses, JUnit, and a first suite."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from command import Command
from harness import Api, answered
from monitored import complement, echo, infer
from suites import ended

import roost as sdk

SUITE = """
name: {name}
model: {name}
cases:
  - name: same <number>
    golden: {{inputs: {{x: [[0.25]]}}, outputs: {{y: [[0.25]]}}}}
  - name: small
    size: {{budget_bytes: 10000}}
"""


@pytest.fixture
def roost(server: str, tmp_path: Path) -> Command:
    return Command(server, tmp_path)


def test_a_suite_from_file_to_exit_status(api: Api, roost: Command, tmp_path: Path) -> None:
    name = "by-command"
    good = api.upload(name, echo())
    (tmp_path / "suite.yaml").write_text(SUITE.format(name=name))
    assert roost("test", "apply", "suite.yaml") == f"Added suite {name}: 2 cases for model {name}.\n"
    assert roost("test", "apply", "suite.yaml") == f"Changed suite {name}: 2 cases for model {name}.\n"
    shown = roost("test", name)
    assert f"● Passed. Suite {name} for {name}@{good['id'][:8]}" in shown
    assert "same <number>  known answer  ● Passed" in shown

    bad = api.upload(name, complement())
    done = roost.run("test", name, "--version", f"{name}@{bad['id']}", "--junit", "report.xml")
    assert done.returncode == 1
    assert "◆ Failed" in done.stdout
    assert "- same <number>: Output 'y', element 0: 0.75, not 0.25" in done.stdout
    report = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert (report.get("tests"), report.get("failures"), report.get("errors")) == ("2", "1", "0")
    (failure,) = report.iter("failure")
    assert "0.75, not 0.25" in failure.get("message", "")
    assert roost.run("test", name, "--version", good["id"][:8]).returncode == 0

    ended(api, name, 4)
    assert name in roost("test", "list")
    assert "revision 1" in roost("test", "show", name)
    runs = roost.json("test", "runs", name)
    assert {run["cause"] for run in runs} == {"request", "upload"}
    done = roost.run("test", "runs", name, "--run", next(run["id"] for run in runs if run["outcome"] == "failed"))
    assert (done.returncode, "◆ Failed" in done.stdout) == (1, True)
    assert roost("test", "delete", name) == f"Removed suite {name}.\n"
    done = roost.run("test", name)
    assert (done.returncode, done.stderr) == (2, f"Error: Suite '{name}' does not exist.\n")


def test_a_suite_that_cannot_run_has_its_own_status(api: Api, roost: Command, tmp_path: Path) -> None:
    name = "cannot-run"
    api.upload(name, echo())
    answered(api.put("/v1/buckets/cannot-run"), 200, 201)
    place = {"key": "rows.csv"}
    answered(api.put("/v1/buckets/cannot-run/object", params=place, data=b"1,1\n"), 200, 201)
    quality = "{metric: accuracy, data: s3://cannot-run/rows.csv, minimum: 0}"
    (tmp_path / "suite.yaml").write_text(
        f"name: {name}\nmodel: {name}\ncases:\n  - name: labeled\n    quality: {quality}\n"
    )
    roost("test", "apply", "suite.yaml")
    answered(api.delete("/v1/buckets/cannot-run/object", params=place), 200)
    done = roost.run("test", name, "--junit", "report.xml")
    assert done.returncode == 2
    assert "▲ Could not be run. " in done.stdout
    (error,) = ElementTree.parse(tmp_path / "report.xml").getroot().iter("error")
    assert "There is no data" in error.get("message", "")


def test_a_first_suite_can_be_applied_as_it_is(api: Api, roost: Command) -> None:
    name = "first-suite"
    api.upload(name, echo())
    api.serve(name, [name])
    infer(api, name, "first", [0.5])
    assert roost("test", "init", name, "--output", "first.yaml").startswith("Wrote first.yaml.")
    assert "exists" in roost.fails("test", "init", name, "--output", "first.yaml")
    assert "# - name: accuracy" in roost("test", "init", name)
    roost("test", "apply", "first.yaml")
    assert f"● Passed. Suite {name} for " in roost("test", name)
    assert "no model of this name" in roost.fails("test", "init", "no-such-thing")


def test_the_sdk_runs_suites(api: Api, server: str) -> None:
    client = sdk.Client(server)
    api.upload("by-sdk", echo())
    found = client.suggest_suite("by-sdk")
    suite = client.put_suite("by-sdk", found["definition"])
    assert suite.run().check().passed()
    bad = api.upload("by-sdk", complement())
    case = {"name": "same", "golden": {"inputs": {"x": [[0.25]]}, "outputs": {"y": [[0.25]]}}}
    suite = client.put_suite("by-sdk", {"model": "by-sdk", "cases": [case]})
    assert suite.revision() == 2
    with pytest.raises(sdk.SuiteError, match=r"same: Output 'y', element 0: 0\.75, not 0\.25"):
        suite.run(bad["id"]).check()
    run = client.suite("by-sdk").last_run()
    assert run is not None
    assert client.suite_run(run.id()).outcome() == run.outcome()
    assert len(suite.runs()) >= 2
    (listed,) = [each for each in client.suites() if each.name() == "by-sdk"]
    # A list has no cases. They are read when they are asked for.
    assert listed.raw["definition"]["cases"] == listed.raw["last_run"]["cases"] == []
    assert listed.describe() == client.suite("by-sdk").describe()
    assert listed.definition() == suite.definition()
    last = listed.last_run()
    assert last is not None
    assert last.raw == run.raw
    suite.delete()
    with pytest.raises(sdk.EntityNotFoundError):
        client.suite("by-sdk")
