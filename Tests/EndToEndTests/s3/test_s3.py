"""Buckets and objects, as boto3 uses them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def connect(url: str, **configuration: Any) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}, **configuration),
    )


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    return connect(server)


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    """A new bucket, named after the test."""
    name = "b-" + hashlib.md5(request.node.nodeid.encode()).hexdigest()
    s3.create_bucket(Bucket=name)
    return name


def failure(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """Returns the code and the status of the error that a call raises."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_what_was_put_comes_back(s3: Any, bucket: str) -> None:
    content = os.urandom(3_000_000)
    put = s3.put_object(Bucket=bucket, Key="a/b.bin", Body=content, ContentType="text/x", Metadata={"who": "me"})
    assert put["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    assert put["ChecksumCRC32"]
    got = s3.get_object(Bucket=bucket, Key="a/b.bin")
    assert got["Body"].read() == content
    assert (got["ETag"], got["ContentType"], got["Metadata"]) == (put["ETag"], "text/x", {"who": "me"})
    head = s3.head_object(Bucket=bucket, Key="a/b.bin")
    assert (head["ContentLength"], head["ETag"], head["AcceptRanges"]) == (len(content), put["ETag"], "bytes")
    s3.delete_object(Bucket=bucket, Key="a/b.bin")
    s3.delete_object(Bucket=bucket, Key="a/b.bin")
    assert failure(s3.get_object, Bucket=bucket, Key="a/b.bin") == ("NoSuchKey", 404)
    assert failure(s3.head_object, Bucket=bucket, Key="a/b.bin") == ("404", 404)


def test_an_empty_object_is_an_object(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    assert s3.get_object(Bucket=bucket, Key="empty")["Body"].read() == b""


def test_buckets_are_made_listed_and_removed(s3: Any) -> None:
    s3.create_bucket(Bucket="first.bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert "first.bucket" in [each["Name"] for each in s3.list_buckets()["Buckets"]]
    assert s3.head_bucket(Bucket="first.bucket")["BucketRegion"] == "eu-west-1"
    assert s3.get_bucket_location(Bucket="first.bucket")["LocationConstraint"] == "eu-west-1"
    again = {"LocationConstraint": "eu-west-1"}
    assert failure(s3.create_bucket, Bucket="first.bucket", CreateBucketConfiguration=again) == (
        "BucketAlreadyOwnedByYou",
        409,
    )
    s3.put_object(Bucket="first.bucket", Key="k", Body=b"v")
    assert failure(s3.delete_bucket, Bucket="first.bucket") == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket="first.bucket", Key="k")
    s3.delete_bucket(Bucket="first.bucket")
    assert failure(s3.head_bucket, Bucket="first.bucket") == ("404", 404)
    assert failure(s3.delete_bucket, Bucket="first.bucket") == ("NoSuchBucket", 404)
    assert failure(s3.put_object, Bucket="first.bucket", Key="k", Body=b"v") == ("NoSuchBucket", 404)


def test_a_bucket_of_ones_own_can_be_made_again_in_us_east_1(s3: Any, bucket: str) -> None:
    s3.create_bucket(Bucket=bucket)
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


@pytest.mark.parametrize("name", ["ab", "Upper", "under_score", "-a-", "a..b", "192.168.0.1", "x" * 64])
def test_names_that_no_bucket_has(server: str, name: str) -> None:
    s3 = connect(server, parameter_validation=False)
    s3.meta.events.unregister("before-parameter-build.s3", None)
    with pytest.raises((ClientError, Exception)) as error:
        s3.create_bucket(Bucket=name)
    assert "nvalid" in str(error.value)


def test_keys_are_listed_in_pages(s3: Any, bucket: str) -> None:
    keys = [f"data/{number:03}" for number in range(25)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 10}))
    assert [page["KeyCount"] for page in pages] == [10, 10, 5]
    assert [each["Key"] for page in pages for each in page["Contents"]] == keys
    pages = list(s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": 10}))
    assert [each["Key"] for page in pages for each in page["Contents"]] == keys
    assert s3.list_objects_v2(Bucket=bucket, Prefix="data/02")["KeyCount"] == 5
    assert s3.list_objects_v2(Bucket=bucket, StartAfter="data/020")["KeyCount"] == 4
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="nothing")
    assert failure(s3.list_objects_v2, Bucket="no-such-bucket") == ("NoSuchBucket", 404)
    assert [each.key for each in boto3_resource(s3).Bucket(bucket).objects.filter(Prefix="data/01")] == keys[10:20]


def boto3_resource(client: Any) -> Any:
    return boto3.resource(
        "s3",
        endpoint_url=client.meta.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_keys_are_grouped_by_a_delimiter(s3: Any, bucket: str, operation: str, size: int) -> None:
    for key in ["a", "b/1", "b/2", "b/c/3", "b0", "d/", "d/e", "é/1", "é/2"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")

    def listed(prefix: str) -> tuple[list[str], list[str]]:
        pages = list(
            s3.get_paginator(operation).paginate(
                Bucket=bucket, Prefix=prefix, Delimiter="/", PaginationConfig={"PageSize": size}
            )
        )
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return keys, [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]

    assert listed("") == (["a", "b0"], ["b/", "d/", "é/"])
    assert listed("b") == (["b0"], ["b/"])
    assert listed("b/") == (["b/1", "b/2"], ["b/c/"])
    assert listed("d/") == (["d/", "d/e"], [])
