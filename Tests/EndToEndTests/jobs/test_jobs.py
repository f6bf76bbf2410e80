"""Training jobs with custom algorithms and users' scripts, created with boto3."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import tarfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness import BINARY, Server, until
from own_algorithms import Account, add, algorithm, is_alive, serve


def test_an_algorithm_of_ones_own_trains_and_serves(account: Account) -> None:
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/mean:latest"
    account.train(
        "mean-1",
        image,
        {"trim": "0"},
        {"train": "data/train/"},
        AlgorithmSpecification={
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "train:rmse", "Regex": r"train:rmse=([0-9.]+)"}],
        },
    )
    job = account.ended("mean-1")
    assert job["TrainingJobStatus"] == "Completed", job
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == "s3://jobs/out/mean-1/output/model.tar.gz"
    (metric,) = job["FinalMetricDataList"]
    assert (metric["MetricName"], round(metric["Value"], 6)) == ("train:rmse", round((8 / 3) ** 0.5, 6))
    assert account.log("mean-1") == ["rows=3; train:rmse=1.632993"]
    phases = [phase["Status"] for phase in job["SecondaryStatusTransitions"]]
    assert phases == ["Pending", "Starting", "Downloading", "Training", "Uploading", "Completed"]
    with tarfile.open(fileobj=io.BytesIO(account.get("s3://jobs/out/mean-1/output/model.tar.gz"))) as archive:
        assert archive.getnames() == ["mean.json"]

    serve(account, "mean", image, job["ModelArtifacts"]["S3ModelArtifacts"])
    answer = account.runtime.invoke_endpoint(EndpointName="mean", ContentType="text/csv", Body=b"1\n2\n")
    assert answer["Body"].read() == b"3.0\n3.0\n"
    assert answer["ContentType"] == "text/csv"
    with pytest.raises(ClientError) as error:
        account.runtime.invoke_endpoint(EndpointName="mean", ContentType="text/plain", Body=b"1")
    described: Any = error.value.response
    assert described["Error"]["Code"] == "ModelError"
    assert described["OriginalStatusCode"] == 415
    assert described["OriginalMessage"] == "only text/csv is supported"
    account.sagemaker.delete_endpoint(EndpointName="mean")


def test_the_command_says_each_phase(account: Account) -> None:
    channel, output = "train=s3://jobs/data/train/", "s3://jobs/out"
    options = ["--name", "shown", "--algorithm", "mean", "--channel", channel, "--output", output]
    done = subprocess.run(
        [str(BINARY), "train", *options, "--url", account.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "rows=3; train:rmse=1.632993" in done.stdout
    lines = done.stderr.splitlines()
    assert lines
    assert re.fullmatch(r"\S+( \S+)* Completed", lines[-1]), lines
    assert not [line for line in lines if line.rstrip().endswith(":")]


def test_the_contract_of_the_container(account: Account, make: Callable[..., None]) -> None:
    make(
        "contract",
        """
        import json, os, pathlib
        root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
        files = sorted(str(path.relative_to(root)) for path in (root / "input").rglob("*") if path.is_file())
        config = {path.stem: json.loads(path.read_text()) for path in (root / "input/config").iterdir()}
        environment = {name: value.replace(str(root), "ROOT") for name, value in os.environ.items()
                       if name.startswith("SM_") or name in ("OMP_NUM_THREADS", "MINE", "TRAINING_JOB_NAME")}
        (root / "output/data/report.json").write_text(
            json.dumps({"files": files, "config": config, "environment": environment}))
        (root / "model/m").write_text("model")
        """,
    )
    account.put("listed/one", "1")
    account.put("listed/two", "2")
    account.put("manifest", json.dumps([{"prefix": "s3://jobs/listed/"}, "two"]))
    manifest = {
        "DataSource": {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": "s3://jobs/manifest"}},
        "ContentType": "text/csv",
    }
    account.train(
        "contract",
        "contract",
        {"a": "1", "b-c": "text"},
        {"train": "data/train", "some-files": ("", manifest)},
        Environment={"MINE": "yes"},
    )
    job = account.ended("contract")
    assert job["TrainingJobStatus"] == "Completed", job
    with tarfile.open(fileobj=io.BytesIO(account.get("s3://jobs/out/contract/output/output.tar.gz"))) as archive:
        member = archive.extractfile("report.json")
        assert member is not None
        report = json.load(member)
    assert report["files"] == [
        "input/config/hyperparameters.json",
        "input/config/inputdataconfig.json",
        "input/config/resourceconfig.json",
        "input/data/some-files/two",
        "input/data/train/a.csv",
        "input/data/train/deep/b.csv",
    ]
    assert report["config"]["hyperparameters"] == {"a": "1", "b-c": "text"}
    assert report["config"]["inputdataconfig"]["some-files"]["ContentType"] == "text/csv"
    assert report["config"]["resourceconfig"]["hosts"] == ["algo-1"]
    environment = report["environment"]
    assert environment["SM_CHANNEL_TRAIN"] == "ROOT/input/data/train"
    assert environment["SM_CHANNEL_SOME_FILES"] == "ROOT/input/data/some-files"
    assert json.loads(environment["SM_CHANNELS"]) == ["some-files", "train"]
    assert json.loads(environment["SM_HPS"]) == {"a": 1, "b-c": "text"}
    assert (environment["SM_HP_A"], environment["SM_HP_B_C"]) == ("1", "text")
    assert environment["SM_MODEL_DIR"] == "ROOT/model"
    assert (environment["OMP_NUM_THREADS"], environment["MINE"]) == ("1", "yes")
    assert environment["TRAINING_JOB_NAME"] == "contract"


@pytest.mark.parametrize(
    ("train", "reason"),
    [
        (
            "import sys; print('it broke'); sys.exit(3)",
            r"AlgorithmError: the algorithm ended with exit code 3: it broke",
        ),
        (
            "import os, pathlib, sys\n"
            "pathlib.Path(os.environ['SAGEMAKER_BASE_DIR'], 'output/failure').write_text('ClientError: no ' + 'x' * 3000)\n"
            "sys.exit(1)",
            r"ClientError: no x{1008}",
        ),
        ("import os; os.kill(os.getpid(), 11)", r"AlgorithmError: the algorithm was terminated by signal 11\."),
        ("#\n", None),
    ],
    ids=["exit", "file", "signal", "nothing-wrong"],
)
def test_why_a_job_failed(account: Account, make: Callable[..., None], train: str, reason: str | None) -> None:
    name = f"failing-{abs(hash(train)) % 1000000}"
    make(name, train)
    account.train(name, name)
    job = account.ended(name)
    if reason is None:
        assert job["TrainingJobStatus"] == "Completed", job
        return
    assert job["TrainingJobStatus"] == "Failed"
    assert job["SecondaryStatus"] == "Failed"
    assert re.fullmatch(reason, job["FailureReason"]), job["FailureReason"]


def test_an_algorithm_says_what_it_does_not_like(account: Account) -> None:
    account.train("mean-2", "mean", {"trim": "0.7"}, {"train": "data/train/"})
    assert account.ended("mean-2")["FailureReason"] == (
        "AlgorithmError: 'trim' must be at least 0 and less than 0.5, not 0.7"
    )


SAVES_ON_TERM = """
import os, pathlib, signal, sys, time
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
def end(*_):
    (root / "model/m").write_text("saved")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("running", flush=True)
while True:
    time.sleep(0.01)
"""


def test_a_job_is_stopped_and_keeps_its_model(account: Account, make: Callable[..., None]) -> None:
    make("stopped", SAVES_ON_TERM)
    account.train("stopped", "stopped")
    until(lambda: account.describe("stopped")["SecondaryStatus"] == "Training" and account.log("stopped"), "a line")
    account.sagemaker.stop_training_job(TrainingJobName="stopped")
    job = account.ended("stopped")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "Stopping" in [phase["Status"] for phase in job["SecondaryStatusTransitions"]]
    assert account.get(job["ModelArtifacts"]["S3ModelArtifacts"])
    with pytest.raises(ClientError, match="in status Stopped"):
        account.sagemaker.stop_training_job(TrainingJobName="stopped")


def test_a_job_runs_no_longer_than_it_may(account: Account, make: Callable[..., None]) -> None:
    make("long", SAVES_ON_TERM)
    account.train("long", "long", StoppingCondition={"MaxRuntimeInSeconds": 3})
    job = account.ended("long")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert account.get(job["ModelArtifacts"]["S3ModelArtifacts"])


def test_a_script_in_a_framework_image(account: Account) -> None:
    code = io.BytesIO()
    script = textwrap.dedent(
        """
        import argparse, os, pathlib
        import helper
        parser = argparse.ArgumentParser()
        parser.add_argument("--learning-rate", type=float)
        parser.add_argument("--name")
        parser.add_argument("--flag")
        parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAINING"])
        parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
        given = parser.parse_args()
        print(f"rate={given.learning_rate}; name={given.name}; flag={given.flag}; {helper.WORD}")
        print(sorted(os.listdir(given.train)))
        pathlib.Path(given.model_dir, "m").write_text("m")
        """
    )
    with tarfile.open(fileobj=code, mode="w:gz") as archive:
        serving = (
            "import os\nclass Sums:\n    def predict(self, rows):\n        return [float(sum(row)) for row in rows]\n"
        )
        # For another body, return values that json cannot serialize, nested in ones that it can.
        serving += "import numpy\nclass Sums(Sums):\n    def predict(self, rows):\n        if len(rows) == 2:\n"
        serving += "            return super().predict(rows)\n"
        serving += "        one = numpy.float32(0.5)\n        return {'a': [numpy.arange(2), one], 'b': {'c': one}}\n"
        serving += "def model_fn(folder):\n    return Sums() if 'm' in os.listdir(folder) else None\n"
        for name, text in [
            ("train.py", script),
            ("serving.py", serving),
            ("helper.py", "WORD = 'helped'\n"),
            ("requirements.txt", "x\n"),
        ]:
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    account.put("code/sourcedir.tar.gz", code.getvalue())
    image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.1-cpu-py310"
    hyperparameters = {
        "sagemaker_program": '"train.py"',
        "sagemaker_submit_directory": '"s3://jobs/code/sourcedir.tar.gz"',
        "sagemaker_region": '"us-east-1"',
        "learning-rate": "0.5",
        "name": '"a b"',
        "flag": "true",
    }
    account.train("script", image, hyperparameters, {"training": "data/train/"})
    job = account.ended("script")
    assert job["TrainingJobStatus"] == "Completed", job
    lines = account.log("script")
    assert lines[0].startswith("requirements.txt is not installed")
    assert lines[1:] == ["rate=0.5; name=a b; flag=True; helped", "['a.csv', 'deep']"]

    serving = image.replace("training", "inference")
    environment = {"SAGEMAKER_PROGRAM": "serving.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://jobs/code/sourcedir.tar.gz"}
    serve(account, "script", serving, job["ModelArtifacts"]["S3ModelArtifacts"], environment)
    answer = account.runtime.invoke_endpoint(EndpointName="script", ContentType="text/csv", Body=b"1,2\n3,4\n")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"[3.0, 7.0]", "application/json")
    answer = account.runtime.invoke_endpoint(EndpointName="script", ContentType="text/csv", Body=b"1,2\n")
    assert json.load(answer["Body"]) == {"a": [[0, 1], 0.5], "b": {"c": 0.5}}
    with pytest.raises(ClientError) as error:
        account.runtime.invoke_endpoint(EndpointName="script", ContentType="text/plain", Body=b"1")
    described: Any = error.value.response
    assert described["OriginalStatusCode"] == 415
    account.sagemaker.delete_endpoint(EndpointName="script")

    account.train("script-2", image, hyperparameters | {"sagemaker_program": '"other.py"'})
    assert "has no file 'other.py'" in account.ended("script-2")["FailureReason"]
    with pytest.raises(ClientError, match="sagemaker_program"):
        account.train("script-3", image, {})


def test_what_a_job_cannot_be(account: Account) -> None:
    with pytest.raises(ClientError, match="No S3 objects found under S3 URL"):
        account.train("bad", "mean", {}, {"train": "nothing/here"})
    with pytest.raises(ClientError, match="Cannot find repository: no-such"):
        account.train("bad", "no-such", {}, {"train": "data/train/"})
    with pytest.raises(ClientError, match="The bucket 'nowhere' does not exist"):
        account.train("bad", "mean", {}, {}, OutputDataConfig={"S3OutputPath": "s3://nowhere/x"})
    with pytest.raises(ClientError, match="Requested resource not found"):
        account.describe("bad")


def test_checkpoints_outlive_the_server(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    account = Account(server.url)
    train = """
        import os, pathlib, time
        root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
        checkpoint = root / "checkpoints/step"
        if checkpoint.exists():
            (root / "model/m").write_text(checkpoint.read_text())
            print("resumed", flush=True)
        else:
            checkpoint.write_text("7")
            print(f"pid={os.getpid()}", flush=True)
            time.sleep(600)
        """
    add(server.url, "resumes", algorithm(tmp_path / "resumes", train))
    account.s3.create_bucket(Bucket="jobs")
    account.train("resumes", "resumes", CheckpointConfig={"S3Uri": "s3://jobs/checkpoints/resumes"})
    account.train("stopping", "resumes")
    until(lambda: account.s3.list_objects_v2(Bucket="jobs", Prefix="checkpoints/").get("Contents"), "a checkpoint")
    process = int(until(lambda: account.log("resumes"), "a line")[0].removeprefix("pid="))
    assert is_alive(process)
    server.kill()
    until(lambda: not is_alive(process), "the job's process ends with the server")
    server.start()
    account = Account(server.url)
    job = account.ended("resumes")
    assert job["TrainingJobStatus"] == "Completed", job
    assert account.log("resumes")[-1] == "resumed"
    assert "Interrupted" in [phase["Status"] for phase in job["SecondaryStatusTransitions"]]
    account.sagemaker.stop_training_job(TrainingJobName="stopping")
    assert account.ended("stopping")["TrainingJobStatus"] == "Stopped"
    assert list((server.data / "jobs" / "training").iterdir()) == []
    assert server.stop() == 0


def test_jobs_wait_for_their_turn(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server("--jobs", "1")
    account = Account(server.url)
    account.s3.create_bucket(Bucket="jobs")
    add(server.url, "waits", algorithm(tmp_path / "waits", SAVES_ON_TERM))
    account.train("first", "waits")
    account.is_in("first", "Training")
    account.train("second", "waits")
    account.train("third", "waits")
    time.sleep(0.2)
    assert account.describe("second")["SecondaryStatus"] == "Pending"
    account.sagemaker.stop_training_job(TrainingJobName="third")
    assert account.ended("third")["TrainingJobStatus"] == "Stopped"
    account.sagemaker.stop_training_job(TrainingJobName="first")
    account.is_in("second", "Training")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_memory_is_bounded(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server("--job-memory", "128")
    account = Account(server.url)
    account.s3.create_bucket(Bucket="jobs")
    add(server.url, "hungry", algorithm(tmp_path / "hungry", "x = bytearray(1 << 29)\nprint(len(x))"))
    account.train("hungry", "hungry")
    assert account.ended("hungry")["FailureReason"] == ("AlgorithmError: the job exceeded its memory limit of 128 MiB.")
