"""Helpers shared by the tests of custom algorithms: boto3 clients for a server, and making algorithms."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import textwrap
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from harness import BINARY, REPOSITORY, until

MEAN = REPOSITORY / "Examples" / "algorithms" / "mean"
ROLE = "arn:aws:iam::000000000000:role/R"


class Account:
    """boto3 clients for a server, with shortcuts for the tests."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.s3 = self._client("s3")
        self.sagemaker = self._client("sagemaker")
        self.runtime = self._client("sagemaker-runtime")
        self.logs = self._client("logs")

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def put(self, key: str, content: bytes | str) -> None:
        """Stores an object, creating the bucket if needed."""
        self.s3.create_bucket(Bucket="jobs")
        self.s3.put_object(Bucket="jobs", Key=key, Body=content)

    def get(self, uri: str) -> bytes:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        content: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def train(
        self,
        name: str,
        image: str,
        hyperparameters: dict[str, str] | None = None,
        channels: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Creates a training job whose channels are prefixes in the bucket."""
        definition: dict[str, Any] = {
            "TrainingJobName": name,
            "HyperParameters": hyperparameters or {},
            "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://jobs/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }
        if channels:
            definition["InputDataConfig"] = [
                {
                    "ChannelName": channel,
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://jobs/{key}"}},
                }
                | (extra if isinstance(extra, dict) else {})
                for channel, (key, extra) in (
                    (channel, value if isinstance(value, tuple) else (value, None))
                    for channel, value in channels.items()
                )
            ]
        self.sagemaker.create_training_job(**definition | more)

    def describe(self, name: str) -> Any:
        return self.sagemaker.describe_training_job(TrainingJobName=name)

    def ended(self, name: str, limit: float = 60) -> Any:
        """Waits until the job is over, and returns its description."""
        ends = ("Completed", "Failed", "Stopped")

        def look() -> Any:
            job = self.describe(name)
            return job if job["TrainingJobStatus"] in ends else None

        return until(look, f"the end of {name}", limit)

    def is_in(self, name: str, status: str) -> None:
        until(lambda: self.describe(name)["SecondaryStatus"] == status, f"{name} is {status}")

    def log(self, name: str) -> list[str]:
        """Returns all lines that the job has written."""
        group = "/aws/sagemaker/TrainingJobs"
        try:
            streams = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name + "/")["logStreams"]
        except self.logs.exceptions.ResourceNotFoundException:
            streams = []
        if not streams:
            return []
        events = self.logs.get_log_events(
            logGroupName=group, logStreamName=streams[0]["logStreamName"], startFromHead=True
        )
        return [event["message"] for event in events["events"]]


def deploy(account: Account, name: str, image: str, model: str, environment: dict[str, str] | None = None) -> Any:
    """Creates an endpoint for a model, both with the same name, and returns its description once it is settled."""
    container = {"Image": image, "ModelDataUrl": model, "Environment": environment or {}}
    account.sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "one", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    account.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    def look() -> Any:
        endpoint = account.sagemaker.describe_endpoint(EndpointName=name)
        return endpoint if endpoint["EndpointStatus"] != "Creating" else None

    return until(look, f"the endpoint {name}")


def serve(account: Account, name: str, image: str, model: str, environment: dict[str, str] | None = None) -> None:
    """Creates an endpoint for a model, both with the same name. It must get into service."""
    endpoint = deploy(account, name, image, model, environment)
    assert endpoint["EndpointStatus"] == "InService", endpoint


def add(url: str, name: str, path: Path) -> None:
    subprocess.run(
        [str(BINARY), "algorithm", "add", name, str(path), "--url", url], check=True, capture_output=True, timeout=60
    )


def algorithm(folder: Path, train: str) -> Path:
    """Makes a folder with a Python program `train`, and returns it."""
    folder.mkdir(exist_ok=True)
    program = folder / "train"
    program.write_text("#!/usr/bin/env python3\n" + textwrap.dedent(train))
    program.chmod(0o755)
    return folder


def tarball(files: dict[str, str]) -> bytes:
    """Returns a tar.gz archive of text files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
