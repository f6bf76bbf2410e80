"""Jobs that the command starts, from files and from options."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from command import Command
from harness import Api, refused
from own_algorithms import Account

JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
TRAINING = """\
algorithm: mean
channels:
  - {name: train, uri: "s3://jobs/data/train/"}
output: s3://jobs/out
"""
TRANSFORM = """\
model: prices
input: {uri: "s3://jobs/rows/", content_type: text/csv}
output: s3://jobs/scores
"""
TUNING = """\
name: searched
objective: {metric: "train:rmse", direction: Minimize}
ranges: [{name: trim, type: continuous, min: 0, max: 0.4}]
max_trials: 2
max_parallel_trials: 2
training:
  algorithm: mean
  channels: [{name: train, uri: "s3://jobs/data/train/"}]
  metrics: [{name: "train:rmse", pattern: "train:rmse=([0-9.]+)"}]
  output: s3://jobs/out
"""


@pytest.fixture
def roost(account: Account, tmp_path: Path) -> Command:
    (tmp_path / "training.yaml").write_text(TRAINING)
    (tmp_path / "transform.yaml").write_text(TRANSFORM)
    (tmp_path / "tuning.yaml").write_text(TUNING)
    return Command(account.url, tmp_path)


@pytest.fixture(scope="module")
def versions(account: Account, api: Api) -> list[str]:
    """Uploads two versions of the model `prices` with the same predictions, and rows for it. Returns the older one first."""
    row = ",".join(["1.5"] * 13)
    account.put("rows/a.csv", f"{row}\n{row}\n")
    return [api.upload("prices", "housing-regression.json")["id"] for _ in range(2)]


def test_a_training_job_without_a_name_gets_one(roost: Command, account: Account) -> None:
    name = roost("train", "training.yaml", "--detach").strip()
    assert re.fullmatch(r"mean-\d{4}-\d\d-\d\dT\d{9}", name)
    assert account.ended(name)["TrainingJobStatus"] == "Completed"
    other = roost.json("train", "-", "--detach", text=TRAINING)["definition"]["name"]
    assert other != name
    assert account.ended(other)["TrainingJobStatus"] == "Completed"
    given = roost("train", "training.yaml", "--name", "2026", "--max-runtime", "60", "--detach").strip()
    assert given == "2026"
    assert account.ended(given)["StoppingCondition"]["MaxRuntimeInSeconds"] == 60


def test_options_say_what_a_file_does_not(roost: Command) -> None:
    (roost.folder / "empty.json").write_text("{}")
    assert "The field 'algorithm' is missing." in roost.fails("train", "empty.json")
    options = ["--algorithm", "mean", "--channel", "train=s3://jobs/data/train/", "--output", "s3://jobs/out"]
    definition = roost.json("train", "empty.json", *options, "--detach")["definition"]
    assert (definition["algorithm"], definition["output"]) == ("mean", "s3://jobs/out")
    done = roost.run("train", "--algorithm", "mean")
    assert (done.returncode, "'--output'" in done.stderr) == (64, True)


def test_a_transform_job_in_a_file_needs_no_names(roost: Command, account: Account, versions: list[str]) -> None:
    done = roost.run("transform", "transform.yaml")
    assert done.stdout == "2 records from 1 objects, written to s3://jobs/scores\n", done.stderr
    assert len(account.get("s3://jobs/scores/a.csv.out").splitlines()) == 2
    job = roost.json("transform", "-", "--model", "prices", text=TRANSFORM.replace("model: prices\n", ""))
    assert job["definition"]["name"].startswith("prices-")
    assert job["definition"]["input"]["name"] == "input"


def test_a_file_and_options_mean_the_same(roost: Command, api: Api, versions: list[str]) -> None:
    options = ["--model", "prices", "--input", "s3://jobs/rows/", "--content-type", "text/csv"]
    by_options = roost.json("transform", *options, "--output", "s3://jobs/scores")["definition"]
    by_file = roost.json("transform", "transform.yaml")["definition"]
    assert by_file | {"name": ""} == by_options | {"name": ""}
    assert (by_file["split"], by_file["assemble"]) == ("Line", "Line")
    whole = roost.json("transform", "transform.yaml", "--whole", "--detach")["definition"]
    assert (whole["split"], whole["assemble"]) == ("None", "None")

    assert api.post("/v1/workspaces", json={"name": "team"}).status_code == 201
    assert "in workspace 'team'" in roost.fails("transform", "transform.yaml", "--workspace", "team")
    api.upload("prices", "housing-regression.json", "team")
    assert roost.json("transform", "transform.yaml", "-w", "team")["definition"]["workspace"] == "team"


def test_a_version_of_a_model_is_chosen(roost: Command, versions: list[str]) -> None:
    older = f"prices@{versions[0]}"
    job = roost.json("transform", "transform.yaml", "--model", older)
    assert job["state"]["status"] == "Completed", job
    assert job["definition"]["model"] == older
    text = TRANSFORM.replace("model: prices", f'model: "{older}"')
    assert roost.json("transform", "-", text=text)["state"]["status"] == "Completed"
    options = ["--input", "s3://jobs/rows/", "--content-type", "text/csv", "--output", "s3://jobs/scores"]
    assert roost("transform", "--model", older, *options, "--detach").startswith("prices-2")
    assert "'nope'" in roost.fails("transform", "transform.yaml", "--model", "prices@nope")


@pytest.mark.parametrize("name", ["my_job", "my.job", "-job", "job-", "x" * 64])
def test_a_name_that_sagemaker_does_not_know_is_refused(
    roost: Command, api: Api, versions: list[str], name: str
) -> None:
    rule = "must be 1 to 63 letters, digits or '-', and start and end with a letter or digit."
    assert rule in roost.fails("train", "training.yaml", f"--name={name}")
    assert rule in roost.fails("transform", "transform.yaml", f"--name={name}")
    assert rule.replace("63", "32") in roost.fails("tune", "tuning.yaml", f"--name={name}")
    definition: dict[str, Any] = {"name": name, "algorithm": "mean", "output": "s3://jobs/out"}
    refused(api.post("/v1/training-jobs", json=definition), 400, "name", rule)
    refused(api.post("/v1/training-jobs", json=definition | {"name": ""}), 400, "name", "'name' is missing")


def test_what_the_command_starts_sagemaker_sees(
    roost: Command, api: Api, account: Account, versions: list[str]
) -> None:
    api.upload("the.model_1", "housing-regression.json")
    name = roost("transform", "transform.yaml", "--model", "the.model_1", "--detach").strip()
    assert JOB_NAME.fullmatch(name)
    assert account.sagemaker.describe_transform_job(TransformJobName=name)["ModelName"] == "the.model_1"
    tuning = json.loads(roost("tune", "tuning.yaml", "--name", "s" * 32, "--json"))
    assert tuning["state"]["status"] == "Completed", tuning
    described = account.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="s" * 32)
    assert JOB_NAME.fullmatch(described["BestTrainingJob"]["TrainingJobName"])
