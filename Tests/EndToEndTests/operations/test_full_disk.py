"""A full disk is reported as such, whatever is being stored, and through whichever API."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness import Server
from own_algorithms import ROLE, Account

#: A limit on the size of files simulates a full disk: neither the database nor other files can grow.
FILE_KIB = 1024


@pytest.fixture
def full(start_server: Callable[..., Server]) -> Server:
    return start_server(wrapper=["bash", "-c", f"trap '' XFSZ; ulimit -f {FILE_KIB}; exec \"$@\"", "bash"])


def status(work: Callable[[int], Any]) -> tuple[int, str]:
    """Stores something repeatedly until it fails, and returns the status and the code or message."""
    for number in count():
        assert number < 5000, "There is always room."
        try:
            work(number)
        except ClientError as error:
            answer: Any = error.response
            return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]
    raise AssertionError


def test_a_full_disk_is_told_by_each_interface(full: Server) -> None:
    api, account = full.api, Account(full.url)
    account.s3.create_bucket(Bucket="there")
    api.upload("m", "fraud-dense.onnx")
    long = "0.5 + " * 200 + "0.5"

    def define(number: int) -> Any:
        expression = f"m.outputs[0][0] < {long}"
        return api.put(
            f"/v1/pipelines/p{number}",
            json={
                "name": f"p{number}",
                "steps": [{"model": "m"}],
                "validations": [{"name": "long", "expression": expression}],
            },
        )

    for number in count():
        assert number < 5000, "There is always room."
        answer = define(number)
        if answer.status_code not in (200, 201):
            break
    assert answer.status_code == 507, answer.text
    assert answer.json()["error"]["code"] == "insufficient_storage"
    assert "disk" in answer.json()["error"]["message"]

    code, message = status(lambda number: account.s3.create_bucket(Bucket=f"bucket-{number}"))
    assert code == 507
    assert "disk" in message

    def train(number: int) -> None:
        account.sagemaker.create_training_job(
            TrainingJobName=f"j{number}",
            AlgorithmSpecification={"TrainingImage": "xgboost", "TrainingInputMode": "File"},
            HyperParameters={"num_round": "1"},
            RoleArn=ROLE,
            OutputDataConfig={"S3OutputPath": "s3://there/out"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )

    code, message = status(train)
    assert code == 507
    assert "disk" in message
    large = api.post("/v1/models/large/versions", data=bytes(FILE_KIB * 2048))
    assert large.status_code == 507, large.text
    assert large.json()["error"]["code"] == "insufficient_storage"
    # The server still answers.
    assert api.get("/v1/pipelines/p0").status_code == 200
