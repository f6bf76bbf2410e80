"""Roles and policies in IAM that tests make and delete again."""

from __future__ import annotations

import json
from typing import Any

PATH = "/end-to-end/"
MANAGED = "arn:aws:iam::aws:policy/"
EXECUTION = MANAGED + "service-role/AWSLambdaBasicExecutionRole"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
ACCESS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


def clean(iam: Any) -> None:
    """Deletes what the tests made, in the order that IAM demands."""
    for role in iam.list_roles(PathPrefix=PATH)["Roles"]:
        name = role["RoleName"]
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)
    for policy in iam.list_policies(Scope="Local", PathPrefix=PATH)["Policies"]:
        for version in iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=policy["Arn"], VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=policy["Arn"])


def make(iam: Any, name: str = "role", **more: Any) -> Any:
    made = iam.create_role(RoleName=name, Path=PATH, AssumeRolePolicyDocument=json.dumps(TRUST), **more)
    return made["Role"]


def make_policy(iam: Any, name: str = "policy", **more: Any) -> Any:
    return iam.create_policy(PolicyName=name, Path=PATH, PolicyDocument=json.dumps(ACCESS), **more)["Policy"]
