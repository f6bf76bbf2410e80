"""Functions of AWS Lambda, created, changed, published and deleted with boto3."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import stat
import zipfile
from typing import Any

import pytest
import requests
from aws import refusal
from functions import ECHO, ROLE, Functions, archive, function_arn

NOT_FOUND = "ResourceNotFoundException"
CONFLICT = "ResourceConflictException"
INVALID = "InvalidParameterValueException"


@pytest.fixture
def functions(server: str) -> Functions:
    return Functions(server)


def returns(value: str) -> str:
    return f"def handler(event, context):\n    return {value!r}\n"


# Creating


def test_a_function_from_a_zip_archive(functions: Functions) -> None:
    name = functions.name()
    code = archive({"app.py": ECHO})
    created = functions.api.create_function(
        FunctionName=name, Runtime="python3.11", Role=ROLE, Handler="app.handler", Code={"ZipFile": code}
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (created["State"], created["StateReasonCode"]) == ("Pending", "Creating")
    assert "LastUpdateStatus" not in created
    for waiter in [
        "function_exists",
        "function_active",
        "function_active_v2",
        "function_updated",
        "function_updated_v2",
    ]:
        functions.api.get_waiter(waiter).wait(FunctionName=name)
    found = functions.api.get_function(FunctionName=name)
    configuration = found["Configuration"]
    assert (configuration["State"], configuration["LastUpdateStatus"]) == ("Active", "Successful")
    assert configuration["FunctionArn"] == function_arn(name)
    assert configuration["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert configuration["CodeSize"] == len(code)
    assert (configuration["Timeout"], configuration["MemorySize"]) == (3, 128)
    assert (configuration["Version"], configuration["PackageType"]) == ("$LATEST", "Zip")
    assert configuration["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", configuration["LastModified"])
    assert "Tags" not in found
    assert "Concurrency" not in found
    assert functions.api.get_function_configuration(FunctionName=name)["RevisionId"] == configuration["RevisionId"]
    assert functions.invoke(name, {"a": 1}).value == {"a": 1}


def test_the_code_can_be_downloaded(functions: Functions) -> None:
    code = archive({"app.py": ECHO})
    name = functions.create(Code={"ZipFile": code})
    found = functions.api.get_function(FunctionName=name)["Code"]
    assert found["RepositoryType"] == "S3"
    assert requests.get(found["Location"], timeout=30).content == code


def test_a_function_from_a_bucket(functions: Functions) -> None:
    functions.s3.create_bucket(Bucket="code")
    functions.s3.put_object(Bucket="code", Key="deep/f.zip", Body=archive({"app.py": returns("from a bucket")}))
    name = functions.create(Code={"S3Bucket": "code", "S3Key": "deep/f.zip"})
    assert functions.invoke(name, {}).value == "from a bucket"
    functions.s3.put_object(Bucket="code", Key="g.zip", Body=archive({"app.py": returns("changed")}))
    functions.api.update_function_code(FunctionName=name, S3Bucket="code", S3Key="g.zip")
    assert functions.invoke(name, {}).value == "changed"


def test_code_that_is_not_in_the_bucket(functions: Functions) -> None:
    functions.s3.create_bucket(Bucket="code")
    said = "Error occurred while GetObject. S3 Error Code: "
    for bucket, message in [
        ("code", "NoSuchKey. S3 Error Message: The specified key does not exist."),
        ("no-such-bucket", "NoSuchBucket. S3 Error Message: The specified bucket does not exist"),
    ]:
        code = {"S3Bucket": bucket, "S3Key": "none.zip"}
        assert refusal(functions.create, Code=code) == (INVALID, said + message)


def test_a_name_can_be_used_once(functions: Functions) -> None:
    name = functions.create()
    assert refusal(functions.create, FunctionName=name) == (CONFLICT, f"Function already exist: {name}")
    functions.api.delete_function(FunctionName=name)
    assert functions.create(returns("again"), FunctionName=name) == name
    assert functions.invoke(name, {}).value == "again"


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"Role": "r1"}, "ValidationException", "Value 'r1' at 'role' failed to satisfy constraint"),
        (
            {"Runtime": "python9"},
            INVALID,
            "Value python9 at 'runtime' failed to satisfy constraint: Member must satisfy enum",
        ),
        ({"Runtime": "nodejs22.x"}, INVALID, "The runtime 'nodejs22.x' is not supported by this server."),
        (
            {"Timeout": 901},
            "ValidationException",
            "at 'timeout' failed to satisfy constraint: Member must have value less than",
        ),
        ({"MemorySize": 20000}, "ValidationException", "Member must have value less than or equal to 10240"),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x"}}},
            INVALID,
            "Reserved keys used in this request: AWS_REGION",
        ),
        ({"Environment": {"Variables": {"BIG": "x" * 5000}}}, INVALID, "exceeded the 4KB limit. String measured: {"),
        ({"FunctionName": "a" * 65}, INVALID, "Member must have length less than or equal to 64"),
        ({"PackageType": "Image"}, INVALID, "Container images are not supported by this server."),
        ({"Code": {}}, INVALID, "Please provide a source for function code."),
        ({"Tags": {f"k{number}": "v" for number in range(51)}}, INVALID, "Number of tags exceeds resource tag limit."),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"]}}, INVALID, "'VpcConfig' is not supported by this server"),
    ],
)
def test_a_function_that_cannot_be_created(
    functions: Functions, members: dict[str, Any], code: str, message: str
) -> None:
    refused = refusal(functions.create, **members)
    assert refused[0] == code
    assert message in refused[1]


# Hostile archives


def linked() -> bytes:
    """Returns an archive with a symbolic link that leads out of it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        link = zipfile.ZipInfo("app.py")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def bomb() -> bytes:
    """Returns a small archive that would unpack to more than AWS's limit."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped, zipped.open("zeros", "w") as entry:
        for _ in range(300):
            entry.write(bytes(1 << 20))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (b"not a zip", "Could not unzip uploaded file. Please check your file, then try to upload again."),
        (archive({"app.py": ECHO})[:50], "Could not unzip uploaded file."),
        (archive({"../app.py": ECHO}), "Could not unzip uploaded file."),
        (archive({"/tmp/app.py": ECHO}), "Could not unzip uploaded file."),
        (linked(), "Could not unzip uploaded file."),
        (bomb(), "Unzipped size must be smaller than 262144000 bytes"),
    ],
    ids=["text", "cut", "parent", "absolute", "link", "bomb"],
)
def test_hostile_archives(functions: Functions, code: bytes, message: str) -> None:
    refused = refusal(functions.create, Code={"ZipFile": code})
    assert refused[0] == INVALID
    assert refused[1].startswith(message)
    name = functions.create()
    assert refusal(functions.api.update_function_code, FunctionName=name, ZipFile=code)[0] == INVALID
    assert functions.invoke(name, 1).value == 1


def test_an_archive_that_is_too_large(functions: Functions) -> None:
    code, message = refusal(functions.create, Code={"ZipFile": b"PK\3\4" + bytes(52_428_800)})
    assert code == "RequestEntityTooLargeException"
    assert message == "Zipped size must be smaller than 52428800 bytes"


def test_code_that_is_not_base64(functions: Functions) -> None:
    body = {"FunctionName": "f", "Role": ROLE, "Runtime": "python3.11", "Handler": "a.b", "Code": {"ZipFile": "%%%"}}
    scope = "Credential=test/20260101/us-east-1/lambda/aws4_request"
    answer = requests.post(
        f"{functions.url}/2015-03-31/functions",
        json=body,
        headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"},
        timeout=30,
    )
    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "SerializationException"


# Changing


def test_code_is_replaced(functions: Functions) -> None:
    name = functions.create(returns("first"))
    assert functions.invoke(name, {}).value == "first"
    before = functions.api.get_function_configuration(FunctionName=name)
    answer = functions.update(name, returns("second"))
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "InProgress")
    assert answer["RevisionId"] != before["RevisionId"]
    assert functions.invoke(name, {}).value == "second"


def test_a_dry_run_changes_nothing(functions: Functions) -> None:
    name = functions.create(returns("first"))
    before = functions.api.get_function_configuration(FunctionName=name)
    functions.update(name, returns("second"), DryRun=True)
    assert functions.invoke(name, {}).value == "first"
    assert functions.api.get_function_configuration(FunctionName=name)["CodeSha256"] == before["CodeSha256"]


def test_only_the_given_settings_change(functions: Functions) -> None:
    name = functions.create(Description="old", MemorySize=256, Environment={"Variables": {"AA": "1", "BB": "2"}})
    changed = functions.api.update_function_configuration(
        FunctionName=name, Timeout=7, Description="", Environment={"Variables": {"CC": "3"}}
    )
    assert changed["LastUpdateStatus"] == "InProgress"
    functions.api.get_waiter("function_updated_v2").wait(FunctionName=name)
    found = functions.api.get_function_configuration(FunctionName=name)
    assert (found["Timeout"], found["Description"], found["MemorySize"]) == (7, "", 256)
    assert found["Environment"] == {"Variables": {"CC": "3"}}
    assert found["Handler"] == "app.handler"


def test_a_revision_that_is_not_the_latest(functions: Functions) -> None:
    name = functions.create()
    stale = functions.api.get_function_configuration(FunctionName=name)["RevisionId"]
    functions.api.update_function_configuration(FunctionName=name, Timeout=8, RevisionId=stale)
    refused = refusal(functions.api.update_function_configuration, FunctionName=name, Timeout=9, RevisionId=stale)
    assert refused == (
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )


# Names


def test_a_function_has_several_names(functions: Functions) -> None:
    name = functions.create(Publish=True)
    for text in [name, f"function:{name}", f"000000000000:function:{name}", function_arn(name)]:
        assert functions.invoke(text, 1).value == 1
        assert functions.invoke(f"{text}:1", 1).response["ExecutedVersion"] == "1"
    found = functions.api.get_function(FunctionName=function_arn(name, "1"))["Configuration"]
    assert (found["FunctionArn"], found["Version"]) == (function_arn(name, "1"), "1")
    assert refusal(functions.api.get_function, FunctionName=f"{name}:1", Qualifier="2") == (
        INVALID,
        "The derived qualifier from the function name does not match the specified qualifier.",
    )
    foreign = function_arn(name).replace("us-east-1", "eu-west-1")
    assert refusal(functions.api.get_function, FunctionName=foreign) == (
        NOT_FOUND,
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    )


def test_a_function_that_does_not_exist(functions: Functions) -> None:
    name = functions.name()
    missing = (NOT_FOUND, f"Function not found: {function_arn(name)}")
    assert refusal(functions.api.get_function, FunctionName=name) == missing
    assert refusal(functions.api.get_function_configuration, FunctionName=name) == missing
    assert refusal(functions.api.delete_function, FunctionName=name) == missing
    assert refusal(functions.api.update_function_configuration, FunctionName=name, Timeout=9) == missing
    assert refusal(functions.api.get_function, FunctionName=name, Qualifier="7") == (NOT_FOUND, f"{missing[1]}:7")
    assert refusal(functions.invoke, name=name) == (NOT_FOUND, f"{missing[1]}:$LATEST")


# Versions


def test_versions(functions: Functions) -> None:
    name = functions.create(returns("one"))
    first = functions.api.publish_version(FunctionName=name, Description="the first")
    assert (first["Version"], first["Description"]) == ("1", "the first")
    assert first["FunctionArn"] == function_arn(name, "1")
    functions.api.get_waiter("published_version_active").wait(FunctionName=name, Qualifier="1")
    assert functions.api.publish_version(FunctionName=name, Description="the first")["Version"] == "1"
    assert functions.update(name, returns("two"), Publish=True)["Version"] == "2"
    functions.update(name, returns("three"))
    for qualifier, value in [("1", "one"), ("2", "two"), ("$LATEST", "three")]:
        outcome = functions.invoke(name, {}, Qualifier=qualifier)
        assert (outcome.value, outcome.response["ExecutedVersion"]) == (value, qualifier)
    versions = functions.api.list_versions_by_function(FunctionName=name)["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1", "2"]
    assert versions[0]["FunctionArn"] == function_arn(name, "$LATEST")
    functions.api.delete_function(FunctionName=name, Qualifier="1")
    assert refusal(functions.api.get_function, FunctionName=name, Qualifier="1")[0] == NOT_FOUND
    functions.update(name, returns("four"))
    assert functions.api.publish_version(FunctionName=name)["Version"] == "3"


def test_a_version_is_published_only_with_the_given_code(functions: Functions) -> None:
    name = functions.create()
    current = functions.api.get_function_configuration(FunctionName=name)["CodeSha256"]
    assert refusal(functions.api.publish_version, FunctionName=name, CodeSha256="other") == (
        INVALID,
        f"CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({current}). "
        "Please try again with the CodeSHA256 in $LATEST.",
    )
    assert functions.api.publish_version(FunctionName=name, CodeSha256=current)["Version"] == "1"


def test_a_version_that_cannot_be_deleted(functions: Functions) -> None:
    name = functions.create(Publish=True)
    functions.api.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert refusal(functions.api.delete_function, FunctionName=name, Qualifier="1")[0] == CONFLICT
    assert refusal(functions.api.delete_function, FunctionName=name, Qualifier="$LATEST") == (
        INVALID,
        "$LATEST version cannot be deleted without deleting the function.",
    )
    assert refusal(functions.api.delete_function, FunctionName=name, Qualifier="live") == (
        INVALID,
        "Deletion of aliases is not currently supported.",
    )


# Listing


def test_functions_are_listed_in_pages(functions: Functions) -> None:
    names = {functions.create(Publish=True) for _ in range(3)}
    paginator = functions.api.get_paginator("list_functions")
    listed = paginator.paginate(PaginationConfig={"PageSize": 2}).build_full_result()["Functions"]
    assert names <= {each["FunctionName"] for each in listed}
    assert len({each["FunctionName"] for each in listed}) == len(listed)
    everything = paginator.paginate(FunctionVersion="ALL", PaginationConfig={"PageSize": 2}).build_full_result()
    versions = {(each["FunctionName"], each["Version"]) for each in everything["Functions"]}
    assert {(name, version) for name in names for version in ["$LATEST", "1"]} <= versions
    for page in paginator.paginate(PaginationConfig={"PageSize": 2}):
        for each in page["Functions"]:
            if each["FunctionName"] in names:
                functions.api.delete_function(FunctionName=each["FunctionName"])
                names.remove(each["FunctionName"])
    assert not names


def test_what_tools_ask_for(functions: Functions) -> None:
    name = functions.create()
    api = functions.api
    assert "CodeSigningConfigArn" not in api.get_function_code_signing_config(FunctionName=name)
    assert api.get_runtime_management_config(FunctionName=name)["UpdateRuntimeOn"] == "Auto"
    assert api.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Terminate"
    assert api.list_event_source_mappings(FunctionName=name)["EventSourceMappings"] == []
    assert api.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"] == []
    assert api.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"] == []
    settings = api.get_account_settings()
    assert settings["AccountLimit"]["CodeSizeUnzipped"] == 262144000
    assert settings["AccountLimit"]["CodeSizeZipped"] == 52428800
    assert settings["AccountUsage"]["FunctionCount"] >= 1
