"""Aliases, permissions, layers, tags and concurrency of functions."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import requests
from aws import refusal
from functions import Functions, archive, function_arn, layer_arn

NOT_FOUND = "ResourceNotFoundException"
CONFLICT = "ResourceConflictException"
INVALID = "InvalidParameterValueException"
VERSION = "def handler(event, context):\n    return context.function_version\n"


@pytest.fixture
def functions(server: str) -> Functions:
    return Functions(server)


@pytest.fixture
def versions(functions: Functions) -> str:
    """A function with the versions 1 and 2, which return their numbers."""
    name = functions.create(VERSION, Publish=True)
    functions.update(name, VERSION + "\n", Publish=True)
    return name


# Aliases


def test_an_alias_leads_to_its_version(functions: Functions, versions: str) -> None:
    alias = functions.api.create_alias(FunctionName=versions, Name="live", FunctionVersion="1", Description="d")
    assert alias["AliasArn"] == function_arn(versions, "live")
    assert (alias["FunctionVersion"], alias["Description"]) == ("1", "d")
    assert "RoutingConfig" not in alias
    assert functions.invoke(versions, {}, Qualifier="live").value == "1"
    assert functions.invoke(function_arn(versions, "live"), {}).response["ExecutedVersion"] == "1"
    functions.api.update_alias(FunctionName=versions, Name="live", FunctionVersion="2")
    assert functions.invoke(versions, {}, Qualifier="live").value == "2"
    found = functions.api.get_function(FunctionName=versions, Qualifier="live")["Configuration"]
    assert (found["FunctionArn"], found["Version"]) == (function_arn(versions, "live"), "2")
    assert [each["Name"] for each in functions.api.list_aliases(FunctionName=versions)["Aliases"]] == ["live"]
    assert functions.api.list_aliases(FunctionName=versions, FunctionVersion="1")["Aliases"] == []
    functions.api.delete_alias(FunctionName=versions, Name="live")
    functions.api.delete_alias(FunctionName=versions, Name="live")
    assert refusal(functions.api.get_alias, FunctionName=versions, Name="live") == (
        NOT_FOUND,
        f"Cannot find alias arn: {function_arn(versions, 'live')}",
    )
    assert refusal(functions.invoke, name=versions, Qualifier="live") == (
        NOT_FOUND,
        f"Function not found: {function_arn(versions, 'live')}",
    )


def test_an_alias_splits_the_events(functions: Functions, versions: str) -> None:
    def route(weight: float) -> Counter[str]:
        functions.api.update_alias(
            FunctionName=versions, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": weight}}
        )
        return Counter(functions.invoke(versions, {}, Qualifier="live").value for _ in range(60))

    created = functions.api.create_alias(
        FunctionName=versions,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}},
    )
    assert created["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.25}}
    assert route(0) == {"1": 60}
    assert route(1) == {"2": 60}
    # Both are missing with a probability of 2 in 2 to the power of 60.
    assert set(route(0.5)) == {"1", "2"}
    cleared = functions.api.update_alias(
        FunctionName=versions, Name="live", RoutingConfig={"AdditionalVersionWeights": {}}
    )
    assert "RoutingConfig" not in cleared


@pytest.mark.parametrize(
    ("version", "weights", "code", "message"),
    [
        (
            "1",
            {"1": 0.5},
            INVALID,
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ),
        ("$LATEST", {"1": 0.5}, INVALID, "$LATEST is not supported for an alias pointing to more than 1 version"),
        ("1", {"2": 0.1, "3": 0.1}, INVALID, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
        ("1", {"2": 1.5}, "ValidationException", "1 validation error detected: Value '{2=1.5}' at"),
        ("10", {}, NOT_FOUND, "Function not found: "),
        ("1", {"10": 0.5}, NOT_FOUND, "Function not found: "),
    ],
)
def test_an_alias_that_cannot_be(
    functions: Functions, versions: str, version: str, weights: dict[str, float], code: str, message: str
) -> None:
    refused = refusal(
        functions.api.create_alias,
        FunctionName=versions,
        Name="live",
        FunctionVersion=version,
        RoutingConfig={"AdditionalVersionWeights": weights},
    )
    assert refused[0] == code
    assert refused[1].startswith(message)


def test_the_name_of_an_alias(functions: Functions, versions: str) -> None:
    functions.api.create_alias(FunctionName=versions, Name="live", FunctionVersion="1")
    assert refusal(functions.api.create_alias, FunctionName=versions, Name="live", FunctionVersion="1") == (
        CONFLICT,
        f"Alias already exists: {function_arn(versions, 'live')}",
    )
    refused = refusal(functions.api.create_alias, FunctionName=versions, Name="2024", FunctionVersion="1")
    assert refused[0] == "ValidationException"
    assert refusal(functions.api.update_alias, FunctionName=versions, Name="none") == (
        NOT_FOUND,
        f"Alias not found: {function_arn(versions, 'none')}",
    )


# Permissions


def test_permissions(functions: Functions) -> None:
    name = functions.create()
    policy = (NOT_FOUND, "The resource you requested does not exist.")
    assert refusal(functions.api.get_policy, FunctionName=name) == policy
    source = "arn:aws:execute-api:us-east-1:000000000000:abc/*/*"
    request: dict[str, Any] = {
        "FunctionName": name,
        "StatementId": "gateway",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": source,
    }
    expected = {
        "Sid": "gateway",
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": function_arn(name),
        "Condition": {"ArnLike": {"AWS:SourceArn": source}},
    }
    assert json.loads(functions.api.add_permission(**request)["Statement"]) == expected
    assert refusal(functions.api.add_permission, **request) == (
        CONFLICT,
        "The statement id (gateway) provided already exists. Please provide a new statement id, "
        "or remove the existing statement.",
    )
    found = functions.api.get_policy(FunctionName=name)
    assert json.loads(found["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [expected]}
    stale = refusal(functions.api.remove_permission, FunctionName=name, StatementId="gateway", RevisionId="old")
    assert stale[0] == "PreconditionFailedException"
    assert refusal(functions.api.remove_permission, FunctionName=name, StatementId="other") == (
        NOT_FOUND,
        "Statement other is not found in resource policy.",
    )
    functions.api.remove_permission(FunctionName=name, StatementId="gateway", RevisionId=found["RevisionId"])
    assert refusal(functions.api.get_policy, FunctionName=name) == policy
    assert refusal(functions.api.remove_permission, FunctionName=name, StatementId="gateway") == (
        NOT_FOUND,
        "No policy is associated with the given resource.",
    )


def test_versions_and_aliases_have_policies_of_their_own(functions: Functions, versions: str) -> None:
    functions.api.create_alias(FunctionName=versions, Name="live", FunctionVersion="1")
    request = {
        "FunctionName": versions,
        "StatementId": "s",
        "Action": "lambda:InvokeFunction",
        "Principal": "*",
    }
    for qualifier in ["1", "live"]:
        functions.api.add_permission(**request, Qualifier=qualifier)
        policy = json.loads(functions.api.get_policy(FunctionName=versions, Qualifier=qualifier)["Policy"])
        assert policy["Statement"][0]["Resource"] == function_arn(versions, qualifier)
    assert refusal(functions.api.get_policy, FunctionName=versions)[0] == NOT_FOUND
    assert refusal(functions.api.add_permission, **request, Qualifier="none") == (
        NOT_FOUND,
        f"Cannot find alias arn: {function_arn(versions, 'none')}",
    )
    assert refusal(functions.api.add_permission, **request, Qualifier="42") == (
        NOT_FOUND,
        f"Function not found: {function_arn(versions, '42')}",
    )
    assert refusal(functions.api.add_permission, **request, Qualifier="$LATEST") == (
        INVALID,
        "We currently do not support adding policies for $LATEST.",
    )


# Layers


def test_layers(functions: Functions) -> None:
    layer = functions.name()
    content = archive({"python/shared.py": "WORD = 'from the layer'\n"})
    published = functions.api.publish_layer_version(
        LayerName=layer, Content={"ZipFile": content}, CompatibleRuntimes=["python3.11"], Description="d"
    )
    assert published["LayerVersionArn"] == layer_arn(layer, 1)
    assert (published["Version"], published["LayerArn"]) == (1, layer_arn(layer))
    assert published["Content"]["CodeSize"] == len(content)
    assert requests.get(published["Content"]["Location"], timeout=60).content == content
    code = "import shared\ndef handler(event, context):\n    return shared.WORD\n"
    name = functions.create(code, Layers=[layer_arn(layer, 1)])
    assert functions.invoke(name, {}).value == "from the layer"
    configuration = functions.api.get_function_configuration(FunctionName=name)
    assert configuration["Layers"] == [{"Arn": layer_arn(layer, 1), "CodeSize": len(content)}]
    functions.api.publish_layer_version(LayerName=layer, Content={"ZipFile": content})
    listed = functions.api.list_layer_versions(LayerName=layer)["LayerVersions"]
    assert [each["Version"] for each in listed] == [2, 1]
    assert any(each["LayerName"] == layer for each in functions.api.list_layers()["Layers"])
    assert functions.api.get_layer_version_by_arn(Arn=layer_arn(layer, 1))["Description"] == "d"
    functions.api.delete_layer_version(LayerName=layer, VersionNumber=1)
    functions.api.delete_layer_version(LayerName=layer, VersionNumber=1)
    assert refusal(functions.api.get_layer_version, LayerName=layer, VersionNumber=1) == (
        NOT_FOUND,
        "The resource you requested does not exist.",
    )
    assert functions.invoke(name, {}).value == "from the layer"
    assert functions.api.get_function_configuration(FunctionName=name)["Layers"] == configuration["Layers"]


def test_layers_that_cannot_be_used(functions: Functions) -> None:
    layer = functions.name()
    for _ in range(2):
        functions.api.publish_layer_version(LayerName=layer, Content={"ZipFile": archive({"python/a.py": ""})})
    one, two, none = layer_arn(layer, 1), layer_arn(layer, 2), layer_arn(layer, 9)
    assert refusal(functions.create, Layers=[none]) == (INVALID, f"Layer version {none} does not exist.")
    assert refusal(functions.create, Layers=[one, two]) == (
        INVALID,
        "Two different versions of the same layer are not allowed to be referenced in the same function. "
        f"{one} and {two} are versions of the same layer.",
    )
    six = [layer_arn(f"{layer}{number}", 1) for number in range(6)]
    assert refusal(functions.create, Layers=six) == (INVALID, "Cannot reference more than 5 layers.")
    foreign = one.replace("us-east-1", "eu-west-1")
    assert refusal(functions.create, Layers=[foreign]) == (
        INVALID,
        "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
    )
    assert refusal(functions.api.publish_layer_version, LayerName=layer, Content={"ZipFile": b"x"})[0] == INVALID


# Tags


def test_tags(functions: Functions) -> None:
    name = functions.create(Tags={"a": "1"}, Publish=True)
    arn = function_arn(name)
    functions.api.tag_resource(Resource=arn, Tags={"b": "2", "a": "3"})
    assert functions.api.list_tags(Resource=arn)["Tags"] == {"a": "3", "b": "2"}
    assert functions.api.get_function(FunctionName=name)["Tags"] == {"a": "3", "b": "2"}
    functions.api.untag_resource(Resource=arn, TagKeys=["a", "none"])
    assert functions.api.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert refusal(functions.api.tag_resource, Resource=f"{arn}:1", Tags={"a": "1"}) == (
        INVALID,
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    )
    many = {f"k{number}": "v" for number in range(50)}
    assert refusal(functions.api.tag_resource, Resource=arn, Tags=many) == (
        INVALID,
        "Number of tags exceeds resource tag limit.",
    )
    missing = function_arn("no-such-function")
    assert refusal(functions.api.list_tags, Resource=missing) == (NOT_FOUND, f"Function not found: {missing}")


# Concurrency


def test_reserved_concurrency(functions: Functions) -> None:
    name = functions.create()
    assert "ReservedConcurrentExecutions" not in functions.api.get_function_concurrency(FunctionName=name)
    functions.api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
    assert functions.api.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 2
    assert functions.api.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 2}
    assert functions.invoke(name, 1).value == 1
    functions.api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(functions.api.exceptions.TooManyRequestsException) as error:
        functions.invoke(name, 1)
    response: Any = error.value.response
    assert response["Error"]["Message"] == "Rate Exceeded."
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    functions.api.delete_function_concurrency(FunctionName=name)
    assert functions.invoke(name, 1).value == 1
    assert refusal(functions.api.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=901) == (
        INVALID,
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [100].",
    )
    refused = refusal(functions.api.put_function_concurrency, FunctionName=f"{name}:1", ReservedConcurrentExecutions=1)
    assert refused[1].startswith("This operation is permitted on Lambda functions only.")
