"""Tags, versions, expiry, and the settings of buckets that clients read."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

import boto3
import pytest
import requests
from harness import until
from test_s3 import connect, failure

UTC = datetime.timezone.utc
TAGS = [{"Key": "team", "Value": "a b"}, {"Key": "ü", "Value": "x=y&z"}]


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    return connect(server)


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    """A new bucket, named after the test."""
    name = request.node.name.removeprefix("test_").split("[")[0].replace("_", "-")[:60]
    s3.create_bucket(Bucket=name)
    return str(name)


def by_key(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(tags, key=lambda tag: tag["Key"])


def test_tags_of_objects(s3: Any, bucket: str) -> None:
    where = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**where, Body=b"1", Tagging="team=a+b&%C3%BC=x%3Dy%26z")
    before = s3.head_object(**where)
    assert by_key(s3.get_object_tagging(**where)["TagSet"]) == by_key(TAGS)
    assert s3.get_object(**where)["TagCount"] == 2
    assert "x-roost-tags" not in s3.head_object(**where)["ResponseMetadata"]["HTTPHeaders"]
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=where)
    assert by_key(s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"]) == by_key(TAGS)
    s3.copy_object(Bucket=bucket, Key="other", CopySource=where, TaggingDirective="REPLACE", Tagging="one=1")
    assert s3.get_object_tagging(Bucket=bucket, Key="other")["TagSet"] == [{"Key": "one", "Value": "1"}]
    s3.put_object_tagging(**where, Tagging={"TagSet": [{"Key": "new", "Value": ""}]})
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "new", "Value": ""}]
    s3.delete_object_tagging(**where)
    assert s3.get_object_tagging(**where)["TagSet"] == []
    after = s3.head_object(**where)
    assert "TagCount" not in after
    assert (after["LastModified"], after["ETag"]) == (before["LastModified"], before["ETag"])
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts", Tagging="p=1")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"1")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=parts)
    assert s3.get_object_tagging(Bucket=bucket, Key="parts")["TagSet"] == [{"Key": "p", "Value": "1"}]
    form = s3.generate_presigned_post(
        bucket, "form", Fields={"tagging": "x"}, Conditions=[["starts-with", "$tagging", ""]]
    )
    document = "<Tagging><TagSet><Tag><Key>f</Key><Value>1</Value></Tag></TagSet></Tagging>"
    fields = {name: (None, value) for name, value in (form["fields"] | {"tagging": document}).items()}
    assert requests.post(form["url"], files=fields | {"file": ("n", b"1")}, timeout=10).status_code == 204
    assert s3.get_object_tagging(Bucket=bucket, Key="form")["TagSet"] == [{"Key": "f", "Value": "1"}]


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": f"k{index}", "Value": ""} for index in range(11)], "BadRequest"),
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "InvalidTag"),
        ([{"Key": "a" * 129, "Value": ""}], "InvalidTag"),
        ([{"Key": "a", "Value": "b" * 257}], "InvalidTag"),
        ([{"Key": "aws:a", "Value": ""}], "InvalidTag"),
    ],
)
def test_wrong_tags(s3: Any, tags: list[Any], code: str) -> None:
    s3.create_bucket(Bucket="wrong-tags")
    where = {"Bucket": "wrong-tags", "Key": "k"}
    s3.put_object(**where, Body=b"", Tagging="kept=1")
    assert failure(s3.put_object_tagging, **where, Tagging={"TagSet": tags}) == (code, 400)
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "kept", "Value": "1"}]
    assert failure(s3.get_object_tagging, Bucket="wrong-tags", Key="none") == ("NoSuchKey", 404)


def test_versions_are_listed_and_deleted(server: str, s3: Any, bucket: str) -> None:
    keys = sorted([f"a/{index}" for index in range(5)] + ["b", "ü &<"])
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    found: list[Any] = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}):
        found += page["Versions"]
    assert [each["Key"] for each in found] == keys
    assert {(each["VersionId"], each["IsLatest"]) for each in found} == {("null", True)}
    grouped = s3.list_object_versions(Bucket=bucket, Delimiter="/")
    assert [each["Prefix"] for each in grouped["CommonPrefixes"]] == ["a/"]
    assert failure(s3.delete_object, Bucket=bucket, Key="b", VersionId="abc") == ("InvalidArgument", 400)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b", "VersionId": "abc"}]})
    assert [each["Code"] for each in answer["Errors"]] == ["NoSuchVersion"]
    resource = boto3.resource(
        "s3", endpoint_url=server, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t"
    )
    resource.Bucket(bucket).object_versions.filter(Prefix="a/").delete()
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b", "ü &<"]
    resource.Bucket(bucket).object_versions.delete()
    s3.delete_bucket(Bucket=bucket)


def test_what_expires_is_removed(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="old/1", Body=b"1")
    s3.put_object(Bucket=bucket, Key="old/2", Body=b"1", Tagging="keep=1")
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"1", Tagging="gone=1&b=2")
    s3.put_object(Bucket=bucket, Key="large", Body=b"x" * 2000)
    s3.put_object(Bucket=bucket, Key="young", Body=b"1")
    past = datetime.datetime(2020, 1, 1, tzinfo=UTC)
    rules = [
        {"ID": "by prefix", "Status": "Enabled", "Filter": {"Prefix": "old/1"}, "Expiration": {"Date": past}},
        {"ID": "off", "Status": "Disabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Date": past}},
        {
            "ID": "tag",
            "Status": "Enabled",
            "Filter": {"Tag": {"Key": "gone", "Value": "1"}},
            "Expiration": {"Date": past},
        },
        {
            "ID": "both",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "la", "ObjectSizeGreaterThan": 1000}},
            "Expiration": {"Date": past},
        },
        {
            "ID": "days",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"Days": 1},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules

    def left() -> list[str]:
        return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]

    until(lambda: left() == ["old/2", "young"], "the objects expire")
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert failure(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == ("NoSuchLifecycleConfiguration", 404)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}, "NotImplemented"),
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({"Expiration": {"Date": datetime.datetime(2030, 1, 1, 1, tzinfo=UTC)}}, "InvalidArgument"),
        ({}, "InvalidRequest"),
    ],
)
def test_wrong_rules(s3: Any, rule: dict[str, Any], code: str) -> None:
    s3.create_bucket(Bucket="wrong-rules")
    rules = {"Rules": [{"Status": "Enabled", "Filter": {"Prefix": ""}} | rule]}
    found = failure(s3.put_bucket_lifecycle_configuration, Bucket="wrong-rules", LifecycleConfiguration=rules)
    assert found[0] == code
    assert failure(s3.get_bucket_lifecycle_configuration, Bucket="wrong-rules")[1] == 404


@pytest.mark.parametrize(
    "rule",
    [
        "<Filters><Prefix>tmp/</Prefix></Filters>",
        "<Tag><Key>a</Key><Value>b</Value></Tag>",
        "",
        "<Prefix>a</Prefix><Filter><Prefix>b</Prefix></Filter>",
        "<Prefix>a</Prefix><Prefix>b</Prefix>",
        "<Filter><And><Prefix>a</Prefix><Prefix>b</Prefix></And></Filter>",
    ],
)
def test_a_rule_that_is_misspelled_removes_nothing(server: str, s3: Any, rule: str) -> None:
    s3.create_bucket(Bucket="misspelled")
    s3.put_object(Bucket="misspelled", Key="a", Body=b"1")
    document = (
        f"<LifecycleConfiguration><Rule><Status>Enabled</Status>{rule}"
        "<Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>"
    )
    url = s3.generate_presigned_url("put_bucket_tagging", Params={"Bucket": "misspelled", "Tagging": {"TagSet": []}})
    answer = requests.put(url.replace("tagging", "lifecycle"), data=document, timeout=10)
    assert (answer.status_code, "MalformedXML" in answer.text) == (400, True), answer.text
    assert s3.get_object(Bucket="misspelled", Key="a")["Body"].read() == b"1"


def test_what_a_refresh_of_terraform_reads(s3: Any, bucket: str) -> None:
    """The calls of the provider for a bucket without any setting."""
    where = {"Bucket": bucket}
    not_set = {
        "get_bucket_cors": "NoSuchCORSConfiguration",
        "get_bucket_encryption": "ServerSideEncryptionConfigurationNotFoundError",
        "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
        "get_bucket_ownership_controls": "OwnershipControlsNotFoundError",
        "get_bucket_policy": "NoSuchBucketPolicy",
        "get_bucket_replication": "ReplicationConfigurationNotFoundError",
        "get_bucket_tagging": "NoSuchTagSet",
        "get_bucket_website": "NoSuchWebsiteConfiguration",
        "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
        "get_public_access_block": "NoSuchPublicAccessBlockConfiguration",
    }
    for call, code in not_set.items():
        assert failure(getattr(s3, call), **where) == (code, 404)
    s3.head_bucket(**where)
    assert "Status" not in s3.get_bucket_versioning(**where)
    assert "LoggingEnabled" not in s3.get_bucket_logging(**where)
    assert "Status" not in s3.get_bucket_accelerate_configuration(**where)
    assert s3.get_bucket_request_payment(**where)["Payer"] == "BucketOwner"
    assert "LambdaFunctionConfigurations" not in s3.get_bucket_notification_configuration(**where)
    assert s3.get_bucket_acl(**where)["Grants"]
    assert s3.get_bucket_location(**where)["LocationConstraint"] is None
    for call in ("analytics", "intelligent_tiering", "inventory", "metrics"):
        assert getattr(s3, f"list_bucket_{call}_configurations")(**where)["IsTruncated"] is False
    s3.put_bucket_tagging(**where, Tagging={"TagSet": TAGS})
    assert by_key(s3.get_bucket_tagging(**where)["TagSet"]) == by_key(TAGS)
    s3.delete_bucket_tagging(**where)
    assert failure(s3.get_bucket_tagging, **where) == ("NoSuchTagSet", 404)
    s3.put_bucket_versioning(**where, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(**where)["Status"] == "Suspended"
    enabled = {"Status": "Enabled"}
    assert failure(s3.put_bucket_versioning, **where, VersioningConfiguration=enabled) == ("NotImplemented", 501)
    assert failure(s3.get_bucket_tagging, Bucket="no-such-bucket-here") == ("NoSuchBucket", 404)
    assert failure(s3.get_bucket_encryption, Bucket="no-such-bucket-here") == ("NoSuchBucket", 404)


def test_how_an_object_is_stored_is_given_back(s3: Any, bucket: str) -> None:
    where = {"Bucket": bucket, "Key": "k"}
    stored = {
        "StorageClass": "STANDARD_IA",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "key",
        "BucketKeyEnabled": True,
    }
    assert s3.put_object(**where, Body=b"1", **stored)["ServerSideEncryption"] == "aws:kms"
    for found in (s3.head_object(**where), s3.get_object(**where)):
        assert {name: found.get(name) for name in stored} == stored
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["StorageClass"] == "STANDARD_IA"
    # A copy says it anew.
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=where)
    assert "StorageClass" not in s3.head_object(Bucket=bucket, Key="copy")
    s3.copy_object(**where, CopySource=where, StorageClass="STANDARD")
    assert "StorageClass" not in s3.head_object(**where)
    assert failure(s3.put_object, **where, Body=b"", StorageClass="ATTIC") == ("InvalidStorageClass", 400)
    assert failure(s3.put_object, **where, Body=b"", ServerSideEncryption="ROT13") == ("InvalidArgument", 400)


def test_a_copy_of_parts_has_the_md5_of_its_bytes(s3: Any, bucket: str) -> None:
    parts = [b"a" * (5 << 20), b"b" * 1000]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    where = {"Bucket": bucket, "Key": "parts", "UploadId": upload}
    tags = [s3.upload_part(**where, PartNumber=number, Body=part)["ETag"] for number, part in enumerate(parts, 1)]
    made = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    assert "-2" in s3.complete_multipart_upload(**where, MultipartUpload={"Parts": made})["ETag"]
    source = {"Bucket": bucket, "Key": "parts"}
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)["CopyObjectResult"]["ETag"]
    assert copied == f'"{hashlib.md5(b"".join(parts)).hexdigest()}"'
    assert s3.head_object(Bucket=bucket, Key="copy")["ETag"] == copied


def test_the_end_of_an_empty_object(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    got = s3.get_object(Bucket=bucket, Key="empty", Range="bytes=-8")
    assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (200, b"")
    assert failure(s3.get_object, Bucket=bucket, Key="empty", Range="bytes=0-7")[0] == "InvalidRange"
    assert failure(s3.get_object, Bucket=bucket, Key="empty", Range="bytes=-0")[0] == "InvalidRange"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_parameters_that_s3_does_not_know_are_ignored(server: str, version: str) -> None:
    s3 = connect(server, signature_version=version)
    s3.create_bucket(Bucket="unknown-parameters")
    where = {"Bucket": "unknown-parameters", "Key": "k"}
    url = s3.generate_presigned_url("put_object", Params=where | {"ContentType": "text/x"})
    assert requests.put(url, data=b"1", headers={"Content-Type": "text/x"}, timeout=10).status_code == 200
    assert s3.head_object(**where)["ContentType"] == "text/x"
    url = s3.generate_presigned_url("get_object", Params=where)
    assert requests.get(url + "&anything=1&x=y&prefix=z", timeout=10).content == b"1"
