"""The server tells AWS's protocols apart on one port, as seen by boto3."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"
ROLE = "AmazonSageMaker-ExecutionRole-Roost"


def client(service: str, url: str, region: str = "us-east-1", **config: Any) -> Any:
    """Returns a boto3 client for the server at `url`."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str, int]:
    """Returns the code, message and status of an error."""
    described: Any = error.value.response
    return described["Error"]["Code"], described["Error"]["Message"], described["ResponseMetadata"]["HTTPStatusCode"]


def test_who_the_caller_is(server: str) -> None:
    identity = client("sts", server).get_caller_identity()
    assert identity["Account"] == ACCOUNT
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/SageMaker"
    assert identity["UserId"].endswith(":SageMaker")
    assert re.fullmatch(r"[0-9a-f-]{36}", identity["ResponseMetadata"]["RequestId"])


def test_a_role(server: str) -> None:
    iam = client("iam", server)
    role = iam.get_role(RoleName=ROLE)["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/service-role/{ROLE}"
    assert role["Path"] == "/service-role/"
    statement = role["AssumeRolePolicyDocument"]["Statement"][0]
    assert statement["Principal"]["Service"] == "sagemaker.amazonaws.com"
    with pytest.raises(iam.exceptions.NoSuchEntityException) as error:
        iam.get_role(RoleName="Another")
    assert refusal(error) == ("NoSuchEntity", "The role with name Another cannot be found.", 404)


def test_policies_are_not_simulated(server: str) -> None:
    with pytest.raises(ClientError) as error:
        client("iam", server).simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/r", ActionNames=["a:b"]
        )
    assert refusal(error)[::2] == ("AccessDenied", 403)


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code", "status"),
    [
        ("sts", "get_federation_token", {"Name": "name"}, "InvalidAction", 400),
        ("iam", "list_users", {}, "InvalidAction", 400),
        ("sagemaker", "list_domains", {}, "UnknownOperationException", 400),
        ("logs", "describe_queries", {}, "UnknownOperationException", 400),
        ("service-quotas", "list_service_quota_increase_requests_in_template", {}, "UnknownOperationException", 400),
        ("dynamodb", "list_tables", {}, "UnknownOperationException", 400),
        ("lambda", "list_code_signing_configs", {}, "UnknownOperationException", 400),
        ("ec2", "describe_instances", {}, "UnknownOperationException", 400),
        ("sns", "list_topics", {}, "UnknownOperationException", 400),
        ("cloudwatch", "list_dashboards", {}, "UnknownOperationException", 400),
        (
            "sagemaker-runtime",
            "invoke_endpoint_async",
            {"EndpointName": "e", "InputLocation": "s3://b/k"},
            "UnknownOperationException",
            400,
        ),
        (
            "sagemaker-runtime",
            "invoke_endpoint_with_response_stream",
            {"EndpointName": "e", "Body": b"1"},
            "UnknownOperationException",
            400,
        ),
    ],
)
def test_unknown_operations_say_so(
    server: str, service: str, operation: str, arguments: dict[str, Any], code: str, status: int
) -> None:
    with pytest.raises(ClientError) as error:
        getattr(client(service, server), operation)(**arguments)
    found, text, answered = refusal(error)
    assert (found, answered) == (code, status)
    assert text


def test_a_body_that_is_no_json(server: str) -> None:
    headers = {"x-amz-target": "SageMaker.CreateTrainingJob", "content-type": "application/x-amz-json-1.1"}
    answer = requests.post(server, data=b"{", headers=headers, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["__type"] == "SerializationException"
    assert answer.headers["x-amzn-requestid"]
