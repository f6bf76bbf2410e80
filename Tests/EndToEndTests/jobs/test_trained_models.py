"""From a trained model to one that answers: uploads from buckets and jobs, and jobs that deploy."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from command import Command
from harness import MODELS, Api, Server, answered, refused
from own_algorithms import Account, tarball

import roost as sdk

#: y = 2 a - b
ROWS = "".join(f"{2 * a - b},{a},{b}\n" for a in range(12) for b in range(12))
LEARNED = {"linear-learner": {"predictor_type": "regressor"}, "kmeans": {"k": "2"}, "xgboost": {"num_round": "5"}}


@pytest.fixture
def roost(account: Account, tmp_path: Path) -> Command:
    (tmp_path / "rows.csv").write_text(ROWS)
    account.put("trained/rows.csv", ROWS)
    return Command(account.url, tmp_path)


def train(roost: Command, name: str, algorithm: str = "xgboost", **hyperparameters: str) -> Any:
    """Trains on the rows, and returns the ended job."""
    options = [f"--set={key}={value}" for key, value in (LEARNED[algorithm] | hyperparameters).items()]
    data = ["--channel", "train=s3://jobs/trained/rows.csv", "--content-type", "text/csv"]
    done = roost.run(
        "train", "--name", name, "--algorithm", algorithm, *options, *data, "--output", "s3://jobs/out", "--json"
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("algorithm", LEARNED)
def test_a_trained_model_is_uploaded_from_its_job_or_its_bucket(
    roost: Command, api: Api, account: Account, algorithm: str
) -> None:
    hyperparameters = {} if algorithm == "xgboost" else {"feature_dim": "3" if algorithm == "kmeans" else "2"}
    job = train(roost, f"source-{algorithm}", algorithm, **hyperparameters)
    assert job["state"]["status"] == "Completed", job
    by_job = roost.json("model", "upload", f"by-job-{algorithm}", f"job:source-{algorithm}")
    by_uri = roost.json("model", "upload", f"by-uri-{algorithm}", job["model"])
    assert by_job["framework"] == by_uri["framework"] == algorithm
    assert by_job["sha256"] == by_uri["sha256"]
    api.serve(f"by-job-{algorithm}", [f"by-job-{algorithm}"])
    width = by_job["signature"]["inputs"][0]["shape"][1]
    assert api.infer(f"by-job-{algorithm}", {by_job["signature"]["inputs"][0]["name"]: [[1] * width]})["outputs"]


def test_the_model_of_a_custom_algorithm_is_served_by_it(roost: Command, api: Api) -> None:
    options = ["--algorithm", "mean", "--channel", "train=s3://jobs/data/train/", "--output", "s3://jobs/out"]
    assert roost.run("train", "--name", "custom-source", *options).returncode == 0
    version = roost.json("model", "upload", "by-mean", "job:custom-source")
    assert (version["framework"], version["algorithm"]) == ("process", "mean")


def test_the_model_of_a_script_is_served_by_it(running_server: Server, roost: Command, account: Account) -> None:
    script = 'import os\nopen(os.environ["SM_MODEL_DIR"] + "/model", "w").write("7")\n'
    account.put("code/scripted.tar.gz", tarball({"train.py": script}))
    code = {"sagemaker_program": "train.py", "sagemaker_submit_directory": "s3://jobs/code/scripted.tar.gz"}
    account.train("scripted-source", "sagemaker-xgboost", code)
    assert account.ended("scripted-source")["TrainingJobStatus"] == "Completed"
    version = roost.json("model", "upload", "by-script", "job:scripted-source")
    assert (version["framework"], version["algorithm"]) == ("process", "sagemaker-xgboost")
    assert version["environment"] == {name.upper(): value for name, value in code.items()}
    code = version["code_sha256"]
    assert len(code) == 64
    assert any(running_server.data.glob(f"objects/sha256/*/{code}")), "the code of the script"
    roost("model", "delete", "by-script", "--yes")
    assert not any(running_server.data.glob(f"objects/sha256/*/{code}"))


def test_a_copy_of_an_artifact_needs_its_framework(roost: Command, account: Account) -> None:
    job = train(roost, "copied", "linear-learner", feature_dim="2")
    account.put("elsewhere/model.tar.gz", account.get(job["model"]))
    said = roost.fails("model", "upload", "copied", "s3://jobs/elsewhere/model.tar.gz")
    assert "framework" in said
    version = roost.json(
        "model", "upload", "copied", "s3://jobs/elsewhere/model.tar.gz", "--framework", "linear-learner"
    )
    assert version["framework"] == "linear-learner"


def test_a_model_in_a_bucket_is_uploaded_by_every_client(roost: Command, api: Api, account: Account) -> None:
    account.put("models/fraud.onnx", (MODELS / "fraud-dense.onnx").read_bytes())
    uri = "s3://jobs/models/fraud.onnx"
    answer = api.post("/v1/models/bucketed/versions", params={"source": uri})
    version = answered(answer, 201)
    assert (version["model"], version["framework"]) == ("bucketed", "onnx")
    # The same bytes are the same version.
    assert answered(api.post("/v1/models/bucketed/versions", params={"source": uri}), 200) == version
    assert sdk.Client(account.url).upload_model("bucketed", uri).version() == version["id"]
    assert roost("model", "upload", "bucketed", uri).startswith(f"The artifact is already bucketed@{version['id']}")


def test_what_is_wrong_with_a_source_is_said(roost: Command, api: Api, account: Account) -> None:
    def upload(source: str, **more: Any) -> Any:
        return api.post("/v1/models/wrong/versions", params={"source": source}, **more)

    account.put("models/no-model", b"not a model")
    refused(upload("job:nobody"), 404, "source", "There is no training or tuning job 'nobody'.")
    refused(upload("job:"), 404, "source", "There is no training or tuning job ''.")
    assert "There is no object" in upload("s3://jobs/nowhere").json()["error"]["message"]
    account.put("models/empty", b"")
    assert "is empty" in upload("s3://jobs/models/empty").json()["error"]["message"]
    assert "is a bucket" in upload("s3://jobs").json()["error"]["message"]
    assert "is not an S3 URI" in upload("s3://").json()["error"]["message"]
    assert "Expected" in upload("/etc/passwd").json()["error"]["message"]
    assert upload("s3://jobs/models/no-model").json()["error"]["field"] == "source"
    refused(upload("job:nobody", data=b"bytes"), 400, "source", "not both")
    assert api.get("/v1/models/wrong").status_code == 404

    (roost.folder / "broken.csv").write_text("1,2\nx,y\n")
    done = roost.run(
        *["train", "--name", "failed-source", "--algorithm", "xgboost", "--set", "num_round=1"],
        *["--channel", "train=broken.csv", "--content-type", "text/csv", "--output", "s3://jobs/out"],
    )
    assert done.returncode == 1
    error = upload("job:failed-source").json()["error"]
    assert (error["code"], error["field"]) == ("conflict", "source")
    assert error["message"].startswith("The training job 'failed-source' failed: ClientError: ")


def test_a_job_that_runs_has_no_model_yet(roost: Command, api: Api, account: Account, make: Any) -> None:
    make("sleeper", "import time; time.sleep(60)")
    roost("train", "--name", "asleep", "--algorithm", "sleeper", "--output", "s3://jobs/out", "--detach")
    said = roost.fails("model", "upload", "asleep", "job:asleep")
    assert said == "Error: The training job 'asleep' has not ended yet (InProgress).\n"
    roost("job", "stop", "asleep")
    account.ended("asleep")
    said = roost.fails("model", "upload", "asleep", "job:asleep")
    assert said == "Error: The training job 'asleep' was stopped before it stored a model.\n"


def test_train_deploys_and_trains_again(roost: Command, api: Api) -> None:
    arguments = ["train", "--algorithm", "linear-learner", "--set", "predictor_type=regressor", "--set=feature_dim=2"]
    arguments += ["--channel", "train=rows.csv", "--content-type", "text/csv", "--output", "s3://jobs/out"]
    done = roost.run(*arguments, "--deploy", "plane")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "Infer with: roost infer plane '{\"features\": [[0, 0]]}'"
    assert re.fullmatch(r"Model plane@\S{36} \(linear-learner\)", lines[-3])
    first = api.get("/v1/pipelines/plane/deployment").json()
    answer = json.loads(roost("infer", "plane", '{"features": [[3, 1]]}', "--json"))
    assert answer["outputs"][0]["Float"]["data"][0] == pytest.approx(5, abs=0.2)

    # Validations stay when the model is replaced.
    api.define("plane", ["plane"], [("low", "plane.outputs[0][0] < 100")])
    deployment = json.loads(roost.run(*arguments, "--set", "wd=1", "--deploy", "plane", "--json").stdout)
    assert (deployment["state"], deployment["pipeline"]) == ("Running", "plane")
    assert deployment["models"][0]["version"] != first["models"][0]["version"]
    assert api.get("/v1/pipelines/plane").json()["version"]["validations"][0]["name"] == "low"


def test_a_pipeline_that_is_more_than_a_model_is_refused_before_the_job(roost: Command, api: Api) -> None:
    for name in ("one", "two"):
        api.upload(name, "fraud-dense.onnx")
    api.define("several", [{"shadow_deploy": {"champion": "one", "challengers": ["two"]}}])
    jobs = api.get("/v1/training-jobs").json()["jobs"]
    said = roost.fails(
        *["train", "--algorithm", "xgboost", "--channel", "train=rows.csv", "--output", "s3://jobs/out"],
        *["--deploy", "several"],
    )
    assert "Pipeline 'several' does not consist of one model" in said
    assert api.get("/v1/training-jobs").json()["jobs"] == jobs
    done = roost.run("train", "--algorithm", "xgboost", "--output", "s3://jobs/out", "--deploy", "x", "--detach")
    assert (done.returncode, "--detach" in done.stderr) == (64, True)


def test_tune_deploys_the_best_model(roost: Command, api: Api) -> None:
    (roost.folder / "tune.json").write_text(
        json.dumps(
            {
                "name": "tuned-and-deployed",
                "objective": {"metric": "validation:rmse", "direction": "Minimize"},
                "ranges": [{"name": "eta", "type": "continuous", "min": 0.01, "max": 0.5}],
                "max_trials": 2,
                "training": {
                    "algorithm": "xgboost",
                    "hyperparameters": {"num_round": "5", "objective": "reg:squarederror"},
                    "output": "s3://jobs/out",
                },
            }
        )
    )
    channels = ["--channel", "train=rows.csv", "--channel", "validation=rows.csv", "--content-type", "text/csv"]
    done = roost.run("tune", "tune.json", *channels, "--deploy", "tuned")
    assert done.returncode == 0, done.stderr
    best = api.get("/v1/tuning-jobs/tuned-and-deployed").json()["best"]
    uri = api.get(f"/v1/training-jobs/{best}").json()["model"]
    deployed = api.get("/v1/pipelines/tuned/deployment").json()
    assert deployed["state"] == "Running"
    version = deployed["models"][0]["version"]
    stored = api.get(f"/v1/models/tuned/versions/{version}").json()["sha256"]
    assert roost.json("model", "upload", "same-as-tuned", uri)["sha256"] == stored

    train(roost, "tuned-and-deployed")
    said = roost.fails("model", "upload", "ambiguous", "job:tuned-and-deployed")
    assert "There is a training job and a tuning job 'tuned-and-deployed'. Use the S3 URI" in said


def test_apply_makes_a_pipeline_of_a_model(roost: Command, api: Api) -> None:
    api.post("/v1/workspaces", json={"name": "applied"})
    file = str(MODELS / "fraud-dense.onnx")
    shown = roost("pipeline", "apply", "short", "--model", file, "-w", "applied")
    assert shown.startswith("Pipeline short is at version ")
    assert api.get("/v1/pipelines/short").json()["workspace"] == "applied"
    assert "already exists in workspace 'applied'" in roost.fails(
        "pipeline", "apply", "short", "--model", file, "-w", "default"
    )
    assert "There is no readable file 'missing'" in roost.fails("pipeline", "apply", "short", "--model", "missing")
    for wrong in (["short"], ["--model", file], ["short", "--model", file, "--file", "x"], []):
        assert roost.run("pipeline", "apply", *wrong).returncode == 64


def test_local_data_is_copied_once(roost: Command, api: Api, account: Account) -> None:
    def copies() -> list[Any]:
        listed = roost.json("bucket", "ls", "s3://roost-uploads", "--recursive")
        return [(found["key"], found["modified_at"]) for found in listed["objects"]]

    unique = f"{time.time_ns()},1,2\n" + ROWS
    (roost.folder / "data").mkdir()
    (roost.folder / "data" / "a b+c%.csv").write_text(unique)
    (roost.folder / "data" / "deep").mkdir()
    (roost.folder / "data" / "deep" / "b.csv").write_text(ROWS)
    arguments = ["train", "--algorithm", "xgboost", "--set=num_round=1", "--output", "s3://jobs/out"]
    arguments += ["--channel", "train=data", "--content-type", "text/csv", "--json"]
    uri = json.loads(roost.run(*arguments).stdout)["definition"]["channels"][0]["uri"]
    before = copies()
    again = json.loads(roost.run(*arguments).stdout)
    assert again["state"]["status"] == "Completed", again
    assert again["definition"]["channels"][0]["uri"] == uri
    assert copies() == before
    assert re.fullmatch(r"s3://roost-uploads/[0-9a-f]{64}/", uri)
    assert account.get(f"{uri}a b+c%.csv") == unique.encode()
    assert account.get(f"{uri}deep/b.csv") == ROWS.encode()
    assert "There is no readable file or folder 'nowhere'" in roost.fails(
        *["train", "--algorithm", "xgboost", "--output", "s3://jobs/out", "--channel", "train=nowhere"]
    )
    assert "There is no readable file or folder '/dev/zero'" in roost.fails(
        *["train", "--algorithm", "xgboost", "--output", "s3://jobs/out", "--channel", "train=/dev/zero"]
    )
    assert "is not supported" in roost.fails(
        *["train", "--algorithm", "xgboost", "--output", "s3://jobs/out", "--channel", "train=https://a/b"]
    )


def test_local_rows_are_transformed(roost: Command, api: Api, account: Account) -> None:
    api.upload("transformed", "housing-regression.json")
    row = ",".join(["1.5"] * 13)
    (roost.folder / "input.csv").write_text(f"{row}\n{row}\n")
    done = roost.run(
        *["transform", "--model", "transformed", "--input", "input.csv", "--content-type", "text/csv"],
        *["--output", "s3://jobs/local-scores"],
    )
    assert done.returncode == 0, done.stderr
    assert len(account.get("s3://jobs/local-scores/input.csv.out").splitlines()) == 2
