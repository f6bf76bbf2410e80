"""IAM's managed policies: those of the account are stored, and those of AWS's own always exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aws import ACCOUNT, client, refusal
from iam import ACCESS, MANAGED, PATH, clean, make, make_policy


@pytest.fixture
def iam(server: str) -> Iterator[Any]:
    iam = client("iam", server, parameter_validation=False)
    clean(iam)
    yield iam
    clean(iam)


def test_a_policy_of_the_account(iam: Any) -> None:
    made = make_policy(iam, Description="d", Tags=[{"Key": "k", "Value": "v"}])
    arn = made["Arn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:policy{PATH}policy"
    assert re.fullmatch("ANPA[A-Z2-7]{17}", made["PolicyId"])
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["IsAttachable"]) == ("v1", 0, True)
    message = "A policy called Policy already exists. Duplicate names are not allowed."
    assert refusal(iam.create_policy, PolicyName="Policy", PolicyDocument="{}") == ("EntityAlreadyExists", message)

    make(iam, PermissionsBoundary=arn)
    iam.attach_role_policy(RoleName="role", PolicyArn=arn)
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (found["AttachmentCount"], found["PermissionsBoundaryUsageCount"], found["Description"]) == (1, 1, "d")
    assert iam.get_role(RoleName="role")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    attached = [policy["Arn"] for policy in iam.list_policies(OnlyAttached=True, PathPrefix=PATH)["Policies"]]
    assert attached == [arn]
    message = "Cannot delete a policy attached to entities."
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", message)
    iam.detach_role_policy(RoleName="role", PolicyArn=arn)
    iam.delete_role(RoleName="role")
    assert iam.list_policies(Scope="Local", OnlyAttached=True, PathPrefix=PATH)["Policies"] == []
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.")


def test_the_versions_of_a_policy(iam: Any) -> None:
    arn = make_policy(iam)["Arn"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == ACCESS
    document = ACCESS | {"Statement": []}
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    assert (version["PolicyVersion"]["VersionId"], version["PolicyVersion"]["IsDefaultVersion"]) == ("v2", True)
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument="{}")
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument="{}")[0] == "LimitExceeded"
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [version["VersionId"] for version in versions] == ["v5", "v4", "v3", "v2", "v1"]
    assert [version["VersionId"] for version in versions if version["IsDefaultVersion"]] == ["v2"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v2")[0] == "DeleteConflict"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument="{}")["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"]) == ("v6", False)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["IsDefaultVersion"]
    message = f"Policy {arn} version v9 does not exist or is not attachable."
    assert refusal(iam.get_policy_version, PolicyArn=arn, VersionId="v9") == ("NoSuchEntity", message)
    assert refusal(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"


def test_any_policy_of_aws_exists(iam: Any) -> None:
    arn = MANAGED + "job-function/AnyNameAtAll"
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (policy["PolicyName"], policy["Path"], policy["Arn"]) == ("AnyNameAtAll", "/job-function/", arn)
    make(iam)
    iam.attach_role_policy(RoleName="role", PolicyArn=arn)
    assert arn in [policy["Arn"] for policy in iam.list_policies(Scope="AWS")["Policies"]]
    assert refusal(iam.get_policy_version, PolicyArn=arn, VersionId="v1")[0] == "NoSuchEntity"
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("AccessDenied", "Policy is outside your own account.")
