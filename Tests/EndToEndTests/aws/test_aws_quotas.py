"""Service Quotas reports the server's own limits, which its operator can raise."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from aws import client
from botocore.exceptions import ClientError
from harness import BINARY, Server

CODE = "L-CONCURRENT-JOBS"


def roost(server: Server, *arguments: str) -> Any:
    command = [str(BINARY), "aws", "quotas", *arguments, "--json"]
    environment = {**os.environ, "ROOST_URL": server.url}
    return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    code: str = error.value.response["Error"]["Code"]
    return code


def test_limits(server: str) -> None:
    quotas = client("service-quotas", server)
    assert {each["ServiceCode"] for each in quotas.list_services()["Services"]} == {"sagemaker", "s3"}
    listed = quotas.list_service_quotas(ServiceCode="sagemaker")["Quotas"]
    assert listed == quotas.list_aws_default_service_quotas(ServiceCode="sagemaker")["Quotas"]
    body = next(each for each in listed if each["QuotaCode"] == "L-INVOCATION-BODY")
    assert (body["Value"], body["Unit"], body["Adjustable"]) == (6291456, "Bytes", False)
    assert quotas.get_service_quota(ServiceCode="sagemaker", QuotaCode=CODE)["Quota"]["Adjustable"]
    first = quotas.list_service_quotas(ServiceCode="sagemaker", MaxResults=2)
    rest = quotas.list_service_quotas(ServiceCode="sagemaker", NextToken=first["NextToken"])
    assert first["Quotas"] + rest["Quotas"] == listed


def test_a_request_is_granted_and_lasts(start_server: Callable[..., Server]) -> None:
    server = start_server()
    quotas = client("service-quotas", server.url)
    wanted = {"ServiceCode": "sagemaker", "QuotaCode": CODE}

    def value() -> float:
        found: float = client("service-quotas", server.url).get_service_quota(**wanted)["Quota"]["Value"]
        return found

    before = value()
    asked = quotas.request_service_quota_increase(**wanted, DesiredValue=before + 2)["RequestedQuota"]
    assert asked["Status"] == "PENDING"
    assert value() == before
    again = {**wanted, "DesiredValue": before + 3}
    assert refused(quotas.request_service_quota_increase, **again) == "ResourceAlreadyExistsException"
    assert [each["id"] for each in roost(server)["requests"]] == [asked["Id"]]
    assert roost(server, "grant", asked["Id"])["status"] == "APPROVED"
    assert value() == before + 2
    found = quotas.get_requested_service_quota_change(RequestId=asked["Id"])["RequestedQuota"]
    assert found["Status"] == "APPROVED"
    history = quotas.list_requested_service_quota_change_history(ServiceCode="sagemaker")["RequestedQuotas"]
    assert history == [found]
    default = quotas.get_aws_default_service_quota(**wanted)["Quota"]["Value"]
    assert default == before
    server.kill()
    server.start()
    assert value() == before + 2
    denied = client("service-quotas", server.url).request_service_quota_increase(**wanted, DesiredValue=before + 9)
    assert roost(server, "deny", denied["RequestedQuota"]["Id"])["status"] == "DENIED"
    assert value() == before + 2


@pytest.mark.parametrize(
    ("code", "value", "error"),
    [
        (CODE, 0.5, "IllegalArgumentException"),
        (CODE, 10.5, "IllegalArgumentException"),
        (CODE, 1e9, "IllegalArgumentException"),
        ("L-JOB-MEMORY", 9.9e9, "IllegalArgumentException"),
        ("L-NONE", 1, "NoSuchResourceException"),
        ("!", 1, "ValidationException"),
    ],
)
def test_requests_that_make_no_sense(server: str, code: str, value: float, error: str) -> None:
    quotas = client("service-quotas", server)
    wanted = {"ServiceCode": "sagemaker", "QuotaCode": code, "DesiredValue": value}
    assert refused(quotas.request_service_quota_increase, **wanted) == error
