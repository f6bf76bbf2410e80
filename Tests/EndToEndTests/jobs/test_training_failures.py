"""Wrong data, hyperparameters and archives are reported in the user's terms, and leave nothing behind."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws import REGION, ROLE, XGBOOST, channel, client, csv, ended, refusal, regression, training_request
from botocore.exceptions import WaiterError
from harness import Server

BUCKET = "bad-data"
ROWS = regression(50, seed=3)
SCRIPTS = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    found = client("s3", server)
    found.create_bucket(Bucket=BUCKET)
    found.put_object(Bucket=BUCKET, Key="train/rows.csv", Body=csv(ROWS))
    return found


@pytest.fixture(scope="module")
def sagemaker(server: str) -> Any:
    return client("sagemaker", server)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A job name derived from the test's name."""
    return "j-" + hashlib.md5(request.node.nodeid.encode()).hexdigest()[:20]


def failure(sagemaker: Any, name: str, **changes: Any) -> str:
    """Returns why a job fails, and checks that it leaves no artifact."""
    sagemaker.create_training_job(**training_request(name, BUCKET, **changes))
    job = ended(sagemaker, name)
    assert job["TrainingJobStatus"] == "Failed", job
    assert job["SecondaryStatus"] == "Failed"
    assert "ModelArtifacts" not in job
    reason: str = job["FailureReason"]
    assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == reason
    # The reason is for people: it contains neither folders of the server nor the program's types.
    assert "/jobs/" not in reason
    assert "Error(" not in reason
    return reason


TEXT = csv(ROWS)
LINES = TEXT.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"price,a,b,c,d,e\n" + TEXT, ["ClientError: ", "rows.csv", "header"]),
        (b"".join(LINES[:7]) + b"1,2,three,4,5,6\n" + TEXT, ["ClientError: ", "rows.csv", "line 8", "three"]),
        (b"".join(LINES[:4]) + b"1,2,3\n" + TEXT, ["ClientError: ", "rows.csv", "line 5", "3", "6"]),
        (b"1\n2\n3\n", ["ClientError: "]),
        (b"", ["ClientError: "]),
        (b"nan,1,2,3,4,5\n" + TEXT, ["ClientError: ", "label"]),
    ],
    ids=["header", "text", "ragged", "label only", "empty", "no label"],
)
def test_data_that_is_wrong(s3: Any, sagemaker: Any, name: str, content: bytes, parts: list[str]) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{name}/rows.csv", Body=content)
    reason = failure(sagemaker, name, InputDataConfig=[channel("train", f"s3://{BUCKET}/{name}/")])
    for part in parts:
        assert part in reason, reason


@pytest.mark.parametrize(
    ("hyperparameters", "parts"),
    [
        ({"num_round": "5", "max_dept": "3"}, ["max_dept"]),
        ({}, ["num_round"]),
        ({"num_round": "many"}, ["num_round", "many"]),
        ({"num_round": "5", "eta": "7"}, ["eta", "7"]),
        ({"num_round": "5", "max_depth": "-1"}, ["max_depth", "-1"]),
        ({"num_round": "5", "objective": "reg:cubederror"}, ["objective", "reg:cubederror"]),
        ({"num_round": "5", "early_stopping_rounds": "0"}, ["early_stopping_rounds", "0"]),
    ],
)
def test_hyperparameters_that_are_wrong(
    s3: Any, sagemaker: Any, name: str, hyperparameters: dict[str, str], parts: list[str]
) -> None:
    reason = failure(sagemaker, name, HyperParameters=hyperparameters)
    assert reason.startswith("ClientError: ")
    for part in parts:
        assert part in reason, reason


def test_a_channel_that_is_missing(s3: Any, sagemaker: Any, name: str) -> None:
    reason = failure(sagemaker, name, InputDataConfig=[channel("validation", f"s3://{BUCKET}/train/")])
    assert reason.startswith("ClientError: ")
    assert "train" in reason


def test_a_content_type_that_is_not_known(s3: Any, sagemaker: Any, name: str) -> None:
    channels = [channel("train", f"s3://{BUCKET}/train/", ContentType="application/x-rows")]
    reason = failure(sagemaker, name, InputDataConfig=channels)
    assert reason.startswith("ClientError: ")
    assert "application/x-rows" in reason


def test_gzip_that_is_none(s3: Any, sagemaker: Any, name: str) -> None:
    channels = [channel("train", f"s3://{BUCKET}/train/", CompressionType="Gzip")]
    reason = failure(sagemaker, name, InputDataConfig=channels)
    assert reason.startswith("ClientError: ")
    assert "train/rows.csv" in reason
    assert "gzip" in reason


def test_gzip_that_is_cut_short(s3: Any, sagemaker: Any, name: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{name}/rows.csv.gz", Body=gzip.compress(TEXT)[:-200])
    channels = [channel("train", f"s3://{BUCKET}/{name}/", CompressionType="Gzip")]
    reason = failure(sagemaker, name, InputDataConfig=channels)
    assert reason.startswith("ClientError: ")
    assert "rows.csv.gz" in reason


@pytest.mark.parametrize(
    ("manifest", "part"),
    [
        (b"not json", "manifest"),
        (b'[{"prefix": "s3://bad-data/train/"}, "nothing.csv"]', "nothing.csv"),
        (b'["rows.csv"]', "prefix"),
    ],
)
def test_a_manifest_that_is_wrong(s3: Any, sagemaker: Any, name: str, manifest: bytes, part: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{name}.json", Body=manifest)
    source = {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/{name}.json"}}
    channels = [{"ChannelName": "train", "DataSource": source, "ContentType": "text/csv"}]
    reason = failure(sagemaker, name, InputDataConfig=channels)
    assert reason.startswith("ClientError: ")
    assert part in reason, reason


def test_an_augmented_manifest_is_refused(sagemaker: Any, name: str) -> None:
    source = {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": f"s3://{BUCKET}/list.json",
        "AttributeNames": ["source-ref"],
    }
    channels = [{"ChannelName": "train", "DataSource": {"S3DataSource": source}, "ContentType": "text/csv"}]
    assert refusal(sagemaker.create_training_job, **training_request(name, BUCKET, InputDataConfig=channels)) == (
        "ValidationException",
        "'dataSource.s3DataSource.s3DataType' is not supported by this server: 'AugmentedManifestFile' in 'train'. "
        "Use S3Prefix for all objects under a prefix, or ManifestFile for the objects that a file lists.",
    )


def packed(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, data in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return content.getvalue()


@pytest.mark.parametrize(
    ("archive", "parts"),
    [
        (packed({"train.py": b"print(1)\n" * 20_000})[:-30], ["code.tar.gz"]),
        (b"no archive at all", ["code.tar.gz"]),
        (packed({"other.py": b""}), ["train.py"]),
        (packed({"../train.py": b""}), ["code.tar.gz"]),
        (packed({"train.py": b"import no_such_module\n"}), ["no_such_module"]),
        (packed({"train.py": b"import sys\nsys.exit(3)\n"}), ["3"]),
    ],
    ids=["cut short", "no archive", "no script", "leaves its folder", "raises", "exit status"],
)
def test_a_script_that_is_wrong(s3: Any, sagemaker: Any, name: str, archive: bytes, parts: list[str]) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{name}/code.tar.gz", Body=archive)
    hyperparameters = {
        "sagemaker_program": json.dumps("train.py"),
        "sagemaker_submit_directory": json.dumps(f"s3://{BUCKET}/{name}/code.tar.gz"),
    }
    image = {"TrainingImage": SCRIPTS, "TrainingInputMode": "File"}
    reason = failure(sagemaker, name, AlgorithmSpecification=image, HyperParameters=hyperparameters)
    assert reason.startswith(("ClientError: ", "AlgorithmError: "))
    for part in parts:
        assert part in reason, reason


def test_a_checkpoint_that_is_cut_short(s3: Any, sagemaker: Any, name: str) -> None:
    checkpoints = {"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/{name}/checkpoints"}}
    sagemaker.create_training_job(**training_request(name, BUCKET, **checkpoints))
    assert ended(sagemaker, name)["TrainingJobStatus"] == "Completed"
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/checkpoints/")["Contents"]
    assert listed
    for each in listed:
        content = s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()
        s3.put_object(Bucket=BUCKET, Key=each["Key"], Body=content[: len(content) // 2])
    more = {"num_round": "8", "objective": "reg:squarederror"}
    reason = failure(sagemaker, name + "-again", HyperParameters=more, **checkpoints)
    assert reason.startswith("ClientError: ")
    assert "checkpoint" in reason


@pytest.mark.parametrize(
    ("archive", "part"),
    [(packed({"xgboost-model": TEXT * 100})[:-30], "archive"), (b"no archive", "not a model")],
)
def test_a_model_that_is_wrong(s3: Any, sagemaker: Any, name: str, archive: bytes, part: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=archive)
    container = {"Image": XGBOOST, "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz"}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {"VariantName": "a", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    waiter = sagemaker.get_waiter("endpoint_in_service")
    with pytest.raises(WaiterError, match="Failed"):
        waiter.wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    reason = sagemaker.describe_endpoint(EndpointName=name)["FailureReason"]
    assert part in reason


def test_a_job_that_was_refused_is_nowhere(s3: Any, sagemaker: Any, name: str) -> None:
    request = training_request(name, BUCKET, OutputDataConfig={"S3OutputPath": "s3://no-such-bucket/output"})
    assert refusal(sagemaker.create_training_job, **request)[0] == "ValidationException"
    assert refusal(sagemaker.describe_training_job, TrainingJobName=name)[0] == "ValidationException"


FILE_LIMIT = 4 << 20


def test_a_disk_that_is_full(start_server: Callable[..., Server], tmp_path: Path) -> None:
    """Files are limited to 4 MiB: a larger one fails as on a full disk, and everything else keeps working."""
    server = start_server(wrapper=["sh", "-c", f"trap '' XFSZ; ulimit -f {FILE_LIMIT // 512} && exec \"$@\"", "sh"])
    s3, sagemaker = client("s3", server.url), client("sagemaker", server.url)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="train/rows.csv", Body=TEXT)
    for _ in range(3):
        code, _text = refusal(s3.put_object, Bucket=BUCKET, Key="large", Body=bytes(FILE_LIMIT + 1))
        assert code in ("InternalError", "ServiceUnavailable", "InsufficientStorage")
    assert refusal(s3.get_object, Bucket=BUCKET, Key="large")[0] == "NoSuchKey"
    assert not list((server.data / "objects" / "incoming-blobs").iterdir())

    script = b"import os, pathlib\npathlib.Path(os.environ['SM_MODEL_DIR'], 'm').write_bytes(os.urandom(6_000_000))\n"
    s3.put_object(Bucket=BUCKET, Key="code.tar.gz", Body=packed({"train.py": script}))
    hyperparameters = {"sagemaker_program": "train.py", "sagemaker_submit_directory": f"s3://{BUCKET}/code.tar.gz"}
    image = {"TrainingImage": SCRIPTS, "TrainingInputMode": "File"}
    failure(sagemaker, "large", AlgorithmSpecification=image, HyperParameters=hyperparameters)

    sagemaker.create_training_job(**training_request("small", BUCKET))
    assert ended(sagemaker, "small")["TrainingJobStatus"] == "Completed"
    assert not list((server.data / "jobs").rglob("*.csv"))
    assert server.stop() == 0
