"""STS gives out credentials that expire."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from aws import ACCOUNT, ROLE, client, refusal


@pytest.fixture
def sts(server: str) -> Any:
    return client("sts", server, parameter_validation=False)


def lifetime(credentials: Any) -> timedelta:
    """Returns how long credentials are valid from now on."""
    left: timedelta = credentials["Expiration"] - datetime.now(timezone.utc)
    return left


def test_a_role_is_assumed(sts: Any) -> None:
    assumed = sts.assume_role(RoleArn=ROLE, RoleSessionName="me@home", SourceIdentity="source")
    name = ROLE.rsplit("/", 1)[1]
    assert assumed["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/me@home"
    assert re.fullmatch("AROA[A-Z2-7]{17}:me@home", assumed["AssumedRoleUser"]["AssumedRoleId"])
    assert assumed["SourceIdentity"] == "source"
    credentials = assumed["Credentials"]
    assert all(credentials[key] for key in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    assert timedelta(minutes=59) < lifetime(credentials) <= timedelta(minutes=60)


def test_a_created_role_keeps_its_identifier_and_its_limit(server: str, sts: Any) -> None:
    iam = client("iam", server)
    made = iam.create_role(RoleName="assumed", Path="/sts/", AssumeRolePolicyDocument="{}", MaxSessionDuration=7200)[
        "Role"
    ]
    try:
        long = {"RoleArn": made["Arn"], "RoleSessionName": "me", "DurationSeconds": 7201}
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        assert refusal(sts.assume_role, **long) == ("ValidationError", message)
        assumed = sts.assume_role(**(long | {"DurationSeconds": 7200}))
        assert assumed["AssumedRoleUser"]["AssumedRoleId"] == f"{made['RoleId']}:me"
        assert timedelta(minutes=119) < lifetime(assumed["Credentials"]) <= timedelta(minutes=120)
    finally:
        iam.delete_role(RoleName="assumed")


def test_a_role_of_another_account_is_assumed(sts: Any) -> None:
    arn = "arn:aws:iam::123456789012:role/deploy/Deploy"
    users = [sts.assume_role(RoleArn=arn, RoleSessionName="me")["AssumedRoleUser"] for _ in range(2)]
    assert users[0] == users[1]
    assert users[0]["Arn"] == "arn:aws:sts::123456789012:assumed-role/Deploy/me"


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"RoleArn": "this is not an arn at all"}, "ValidationError", "this is not an arn at all is invalid"),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:user/somebody"}, "ValidationError", "Request ARN is invalid"),
        ({"RoleArn": "arn:aws:s3:::a-bucket-somewhere"}, "ValidationError", "Request ARN is invalid"),
        ({"RoleSessionName": "a b"}, "ValidationError", "regular expression pattern"),
        ({"RoleSessionName": "é1"}, "ValidationError", "regular expression pattern"),
        ({"DurationSeconds": 899}, "ValidationError", "greater than or equal to 900"),
        ({"DurationSeconds": 43201}, "ValidationError", "less than or equal to 43200"),
        ({"Policy": "{"}, "MalformedPolicyDocument", "This policy contains invalid Json"),
    ],
)
def test_what_cannot_be_assumed(sts: Any, changes: dict[str, Any], code: str, message: str) -> None:
    found, text = refusal(sts.assume_role, **({"RoleArn": ROLE, "RoleSessionName": "me"} | changes))
    assert found == code
    assert message in text


def test_a_policy_for_the_session_is_accepted(sts: Any) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    tags = [{"Key": "k", "Value": "v"}]
    assert sts.assume_role(RoleArn=ROLE, RoleSessionName="me", Policy=policy, Tags=tags)["Credentials"]


def test_a_session(sts: Any) -> None:
    credentials = sts.get_session_token()["Credentials"]
    assert timedelta(hours=11) < lifetime(credentials) <= timedelta(hours=12)
    credentials = sts.get_session_token(DurationSeconds=129600)["Credentials"]
    assert timedelta(hours=35) < lifetime(credentials) <= timedelta(hours=36)
    assert refusal(sts.get_session_token, DurationSeconds=129601)[0] == "ValidationError"


def test_the_account_of_a_key(sts: Any) -> None:
    assert sts.get_access_key_info(AccessKeyId="AKIA234567ABCDEFGHIJ")["Account"] == ACCOUNT
    assert refusal(sts.get_access_key_info, AccessKeyId="short")[0] == "ValidationError"
