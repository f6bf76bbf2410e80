"""IAM stores roles for scripts that create, find and delete them. They give no permissions."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from aws import ACCOUNT, ROLE, client, refusal
from botocore.exceptions import ClientError, WaiterError
from harness import Server
from iam import ACCESS, EXECUTION, MANAGED, PATH, TRUST, clean, make, make_policy


@pytest.fixture
def iam(server: str) -> Iterator[Any]:
    iam = client("iam", server, parameter_validation=False)
    clean(iam)
    yield iam
    clean(iam)


def test_a_role_is_created_and_found(iam: Any) -> None:
    tags = [{"Key": "Team", "Value": "a b"}]
    made = make(iam, Description="For <functions> & more", MaxSessionDuration=7200, Tags=tags)
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role{PATH}role"
    assert re.fullmatch("AROA[A-Z2-7]{17}", made["RoleId"])
    assert made["AssumeRolePolicyDocument"] == TRUST
    assert made["Tags"] == tags
    found = iam.get_role(RoleName="role")["Role"]
    assert {key: found[key] for key in made} == made
    assert found["Path"] == PATH
    assert found["Description"] == "For <functions> & more"
    assert found["MaxSessionDuration"] == 7200
    assert found["RoleLastUsed"] == {}
    listed = iam.list_roles(PathPrefix=PATH)
    assert not listed["IsTruncated"]
    assert [role["RoleId"] for role in listed["Roles"]] == [made["RoleId"]]


def test_the_role_of_the_server_always_exists(iam: Any) -> None:
    name = ROLE.rsplit("/", 1)[1]
    assert ROLE in [role["Arn"] for role in iam.list_roles()["Roles"]]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert {"PolicyName": "AmazonSageMakerFullAccess", "PolicyArn": MANAGED + "AmazonSageMakerFullAccess"} in attached
    assert refusal(iam.delete_role, RoleName=name)[0] == "UnmodifiableEntity"
    iam.attach_role_policy(RoleName=name, PolicyArn=MANAGED + "AmazonS3FullAccess")
    assert iam.get_role(RoleName=name)["Role"]["Arn"] == ROLE
    iam.detach_role_policy(RoleName=name, PolicyArn=MANAGED + "AmazonS3FullAccess")
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == attached


def test_a_script_creates_what_is_missing(iam: Any) -> None:
    def ensured() -> str:
        try:
            arn: str = iam.get_role(RoleName="role")["Role"]["Arn"]
        except iam.exceptions.NoSuchEntityException:
            arn = make(iam)["Arn"]
            iam.attach_role_policy(RoleName="role", PolicyArn=EXECUTION)
        return arn

    assert ensured() == ensured()
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException) as error:
        make(iam, "ROLE")
    assert error.value.response["Error"]["Message"] == "Role with name ROLE already exists."
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_waiters(iam: Any) -> None:
    with pytest.raises(WaiterError):
        iam.get_waiter("role_exists").wait(RoleName="role", WaiterConfig={"MaxAttempts": 1})
    creation = threading.Timer(0.2, make, [iam])
    creation.start()
    iam.get_waiter("role_exists").wait(RoleName="role", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    creation.join()
    arn = make_policy(iam)["Arn"]
    iam.get_waiter("policy_exists").wait(PolicyArn=arn, WaiterConfig={"MaxAttempts": 1})
    iam.get_waiter("policy_exists").wait(PolicyArn=EXECUTION, WaiterConfig={"MaxAttempts": 1})


def test_pages(iam: Any) -> None:
    names = [f"role-{number}" for number in range(5)]
    for name in reversed(names):
        make(iam, name)
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix=PATH, PaginationConfig={"PageSize": 2}))
    assert [[role["RoleName"] for role in page["Roles"]] for page in pages] == [names[:2], names[2:4], names[4:]]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert refusal(iam.list_roles, Marker="?") == ("ValidationError", "Invalid Marker.")
    assert refusal(iam.list_roles, MaxItems=1001)[0] == "ValidationError"


def test_the_life_of_a_role_as_terraform_manages_it(iam: Any) -> None:
    make(iam)
    iam.get_role(RoleName="role")
    assert iam.list_role_policies(RoleName="role")["PolicyNames"] == []
    assert iam.list_attached_role_policies(RoleName="role")["AttachedPolicies"] == []
    for _ in range(2):
        iam.attach_role_policy(RoleName="role", PolicyArn=EXECUTION)
        iam.put_role_policy(RoleName="role", PolicyName="inline", PolicyDocument=json.dumps(ACCESS))
    attached = iam.list_attached_role_policies(RoleName="role")["AttachedPolicies"]
    assert attached == [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": EXECUTION}]
    assert iam.list_attached_role_policies(RoleName="role", PathPrefix="/x/")["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName="role")["PolicyNames"] == ["inline"]
    inline = iam.get_role_policy(RoleName="role", PolicyName="inline")
    assert (inline["RoleName"], inline["PolicyName"], inline["PolicyDocument"]) == ("role", "inline", ACCESS)

    trust = TRUST | {"Statement": []}
    iam.update_assume_role_policy(RoleName="role", PolicyDocument=json.dumps(trust))
    iam.update_role(RoleName="role", MaxSessionDuration=43200)
    described = iam.update_role_description(RoleName="role", Description="new")["Role"]
    assert (described["Description"], described["AssumeRolePolicyDocument"]) == ("new", trust)
    iam.update_role(RoleName="role", Description="")
    found = iam.get_role(RoleName="role")["Role"]
    assert (found.get("Description", ""), found["MaxSessionDuration"]) == ("", 43200)
    iam.tag_role(RoleName="role", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    iam.tag_role(RoleName="role", Tags=[{"Key": "A", "Value": "2"}])
    iam.tag_role(RoleName="role", Tags=[])
    iam.untag_role(RoleName="role", TagKeys=["b", "none"])
    assert iam.list_role_tags(RoleName="role")["Tags"] == [{"Key": "A", "Value": "2"}]

    message = "Cannot delete entity, must detach all policies first."
    assert refusal(iam.delete_role, RoleName="role") == ("DeleteConflict", message)
    assert iam.list_instance_profiles_for_role(RoleName="role")["InstanceProfiles"] == []
    iam.detach_role_policy(RoleName="role", PolicyArn=EXECUTION)
    message = "Cannot delete entity, must delete policies first."
    assert refusal(iam.delete_role, RoleName="role") == ("DeleteConflict", message)
    iam.delete_role_policy(RoleName="role", PolicyName="inline")
    iam.delete_role(RoleName="role")
    message = "The role with name role cannot be found."
    for call in (iam.get_role, iam.delete_role, iam.list_role_policies, iam.list_instance_profiles_for_role):
        assert refusal(call, RoleName="role") == ("NoSuchEntity", message)


def test_what_is_missing_has_the_errors_of_aws(iam: Any) -> None:
    make(iam)
    role = {"RoleName": "role"}
    gone = ("NoSuchEntity", "The role policy with name none cannot be found.")
    assert refusal(iam.get_role_policy, **role, PolicyName="none") == gone
    assert refusal(iam.delete_role_policy, **role, PolicyName="none") == gone
    assert refusal(iam.detach_role_policy, **role, PolicyArn=EXECUTION) == (
        "NoSuchEntity",
        f"Policy {EXECUTION} was not found.",
    )
    for account in (ACCOUNT, "123456789012"):
        arn = f"arn:aws:iam::{account}:policy/none"
        assert refusal(iam.attach_role_policy, **role, PolicyArn=arn) == (
            "NoSuchEntity",
            f"Policy {arn} does not exist or is not attachable.",
        )
        assert refusal(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.")
    parsed = ("ValidationError", "Invalid ARN:  Could not be parsed!")
    assert refusal(iam.attach_role_policy, **role, PolicyArn="longpolicynamebutnoarn") == parsed
    other = f"arn:aws:iam::{ACCOUNT}:role/service-role/r"
    assert refusal(iam.attach_role_policy, **role, PolicyArn=other) == ("InvalidInput", f"ARN {other} is not valid.")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "名", "x" * 65, "a\n", "<a>", "..%2F"])
def test_names_that_aws_refuses(iam: Any, name: str) -> None:
    for call in (iam.create_role, iam.get_role):
        arguments = {"AssumeRolePolicyDocument": json.dumps(TRUST)} if call == iam.create_role else {}
        code, message = refusal(call, RoleName=name, **arguments)
        assert code == "ValidationError"
        assert "at 'roleName' failed to satisfy constraint" in message


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        "null",
        "1",
        "'{}'",
        "{}{}",
        "{'a': 1}",
        '{"a": NaN}',
        "[" * 100_000,
        '{"a":' * 20_000 + "1" + "}" * 20_000,
    ],
)
def test_documents_that_are_not_json_objects(iam: Any, document: str) -> None:
    malformed = ("MalformedPolicyDocument", "This policy contains invalid Json")
    make(iam)
    assert refusal(iam.create_role, RoleName="other", AssumeRolePolicyDocument=document) == malformed
    assert refusal(iam.update_assume_role_policy, RoleName="role", PolicyDocument=document) == malformed
    assert refusal(iam.put_role_policy, RoleName="role", PolicyName="p", PolicyDocument=document) == malformed
    assert refusal(iam.create_policy, PolicyName="other", PolicyDocument=document) == malformed
    assert iam.get_role(RoleName="role")["Role"]["AssumeRolePolicyDocument"] == TRUST
    assert iam.list_role_policies(RoleName="role")["PolicyNames"] == []


@pytest.mark.parametrize("document", ["", '{"a": "\x00"}', '{"a": "名"}', " " * 131_073])
def test_documents_with_characters_that_aws_refuses(iam: Any, document: str) -> None:
    code, _ = refusal(iam.create_role, RoleName="role", AssumeRolePolicyDocument=document)
    assert code == "ValidationError"


def test_documents_come_back_as_they_were_sent(iam: Any) -> None:
    make(iam)
    document = {"</PolicyDocument>": ["<&>\"'", "é ÿ", "100% +~*", "\u540d\n\t"], "b": [1.5, None, True]}
    iam.put_role_policy(RoleName="role", PolicyName="p", PolicyDocument=json.dumps(document, indent=4) + "\r\n")
    assert iam.get_role_policy(RoleName="role", PolicyName="p")["PolicyDocument"] == document
    direct = '{"a": "é"}'
    iam.update_assume_role_policy(RoleName="role", PolicyDocument=direct)
    assert iam.get_role(RoleName="role")["Role"]["AssumeRolePolicyDocument"] == {"a": "é"}


def test_documents_that_are_too_long(iam: Any) -> None:
    make(iam)

    def document(count: int) -> str:
        return json.dumps({"a": "x" * (count - 8)}, separators=(",", ":"))

    iam.update_assume_role_policy(RoleName="role", PolicyDocument=document(4096))
    message = "Cannot exceed quota for ACLSizePerRole: 4096"
    long = document(4097)
    assert refusal(iam.update_assume_role_policy, RoleName="role", PolicyDocument=long) == ("LimitExceeded", message)
    iam.put_role_policy(RoleName="role", PolicyName="p", PolicyDocument=document(10_000))
    message = "Maximum policy size of 10240 bytes exceeded for role role"
    inline = {"RoleName": "role", "PolicyName": "q", "PolicyDocument": document(241)}
    assert refusal(iam.put_role_policy, **inline) == ("LimitExceeded", message)
    iam.put_role_policy(RoleName="role", PolicyName="p", PolicyDocument=document(9_999) + " " * 100)
    iam.put_role_policy(**inline)


def test_tags_that_aws_refuses(iam: Any) -> None:
    make(iam, Tags=[{"Key": f"k{number}", "Value": "v"} for number in range(50)])
    message = "The number of tags has reached the maximum limit."
    assert refusal(iam.tag_role, RoleName="role", Tags=[{"Key": "k50", "Value": ""}]) == ("LimitExceeded", message)
    message = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    twice = [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]
    assert refusal(iam.tag_role, RoleName="role", Tags=twice) == ("InvalidInput", message)
    assert refusal(iam.tag_role, RoleName="role", Tags=[{"Key": "<", "Value": ""}])[0] == "ValidationError"


def test_no_change_is_lost(iam: Any, server: str) -> None:
    make(iam)
    names = [f"p{number}" for number in range(24)]

    def put(names: list[str]) -> None:
        own = client("iam", server)
        for name in names:
            own.put_role_policy(RoleName="role", PolicyName=name, PolicyDocument="{}")

    threads = [threading.Thread(target=put, args=[names[start::6]]) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert iam.list_role_policies(RoleName="role")["PolicyNames"] == sorted(names)


def test_a_role_of_a_service(iam: Any) -> None:
    role = iam.create_service_linked_role(AWSServiceName="some-service.amazonaws.com", CustomSuffix="x")["Role"]
    name = role["RoleName"]
    try:
        assert (name, role["Path"]) == (
            "AWSServiceRoleForSomeService_x",
            "/aws-service-role/some-service.amazonaws.com/",
        )
        taken = f"Service role name {name} has been taken in this account, please try a different suffix."
        again = {"AWSServiceName": "some-service.amazonaws.com", "CustomSuffix": "x"}
        assert refusal(iam.create_service_linked_role, **again) == ("InvalidInput", taken)
        for call, arguments in (
            (iam.delete_role, {}),
            (iam.attach_role_policy, {"PolicyArn": EXECUTION}),
            (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": "{}"}),
        ):
            assert refusal(call, RoleName=name, **arguments)[0] == "UnmodifiableEntity"
        assert refusal(iam.create_service_linked_role, AWSServiceName="lambda")[0] == "InvalidInput"
        path = {"RoleName": "role", "Path": "/aws-service-role/x/", "AssumeRolePolicyDocument": json.dumps(TRUST)}
        assert refusal(iam.create_role, **path)[0] == "InvalidInput"
    finally:
        task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert refusal(iam.get_role, RoleName=name)[0] == "NoSuchEntity"


def test_roles_survive_a_restart(start_server: Callable[..., Server]) -> None:
    server = start_server()
    made = make(client("iam", server.url))
    server.stop()
    server.start()
    found = client("iam", server.url).get_role(RoleName="role")["Role"]
    assert (found["RoleId"], found["CreateDate"]) == (made["RoleId"], made["CreateDate"])


def test_the_resources_of_boto3(server: str, iam: Any) -> None:
    resource = boto3.resource(
        "iam", endpoint_url=server, region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    role = resource.create_role(RoleName="role", Path=PATH, AssumeRolePolicyDocument=json.dumps(TRUST))
    role.attach_policy(PolicyArn=EXECUTION)
    assert [policy.arn for policy in role.attached_policies.all()] == [EXECUTION]
    assert resource.Role("role").arn == role.arn
    with pytest.raises(ClientError):
        role.delete()
