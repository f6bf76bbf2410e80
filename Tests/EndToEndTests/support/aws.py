"""Helpers shared by the tests of AWS's APIs: clients, requests, and waiting for jobs."""

from __future__ import annotations

import io
import tarfile
import time
from typing import Any

import boto3
import numpy as np
import pytest
from answered import require_members
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMaker-ExecutionRole-Roost"
XGBOOST = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1"
LINEAR_LEARNER = f"382416733822.dkr.ecr.{REGION}.amazonaws.com/linear-learner:1"
FINAL = ("Completed", "Failed", "Stopped")


def client(service: str, url: str, **config: Any) -> Any:
    """Returns a boto3 client for the server at `url` that does not retry failed requests."""
    made = boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(**{"retries": {"total_max_attempts": 1}, "read_timeout": 60} | config),
    )
    made.meta.events.register(f"after-call.{made.meta.service_model.service_id.hyphenize()}", require_members)
    return made


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    """Returns the code and the message of the error that a call raises."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    described: Any = error.value.response["Error"]
    return described["Code"], described["Message"]


def csv(rows: Any) -> bytes:
    """Returns rows as the algorithms read them: without a header, the label first."""
    text = io.StringIO()
    np.savetxt(text, np.asarray(rows), delimiter=",", fmt="%.9g")
    return text.getvalue().encode()


def regression(rows: int, seed: int) -> Any:
    """Returns rows of a label and five features, with some noise."""
    chance = np.random.default_rng(seed)
    features = chance.normal(size=(rows, 5)).astype(np.float32)
    labels = 3 * features[:, 0] - 2 * features[:, 1] ** 2 + features[:, 2] * features[:, 3]
    labels += chance.normal(scale=0.1, size=rows)
    return np.column_stack([labels, features]).astype(np.float32)


def channel(name: str, uri: str, **more: Any) -> dict[str, Any]:
    """Returns an input channel of a training job."""
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "ContentType": "text/csv"} | more


def training_request(name: str, bucket: str, **changes: Any) -> dict[str, Any]:
    """Returns a request to train xgboost on `s3://BUCKET/train/`."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "HyperParameters": {"num_round": "5", "objective": "reg:squarederror"},
        "InputDataConfig": [channel("train", f"s3://{bucket}/train/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    } | changes


def ended(sagemaker: Any, name: str, limit: float = 60) -> Any:
    """Waits until a training job is over, and returns its description."""
    deadline = time.monotonic() + limit
    while True:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] in FINAL:
            return job
        assert time.monotonic() < deadline, f"The job is not over within {limit:g} s: {job}"
        time.sleep(0.1)


def artifact(s3: Any, uri: str) -> dict[str, bytes]:
    """Returns the files in a model.tar.gz."""
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for entry in archive:
            if (file := archive.extractfile(entry)) is not None:
                files[entry.name] = file.read()
    return files
