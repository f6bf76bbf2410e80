"""S3 as used by clients without an endpoint URL: over TLS, through the server's proxy, with the bucket in the host name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from harness import Api
from test_s3 import connect, failure


@pytest.fixture
def s3(api: Api, tmp_path: Path) -> Any:
    certificate = tmp_path / "certificate.pem"
    certificate.write_text(api.get("/v1/aws").json()["certificate"])
    return boto3.client(
        "s3",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        verify=str(certificate),
        config=Config(proxies={"https": api.url}, retries={"max_attempts": 0}),
    )


def test_objects_over_tls(s3: Any, server: str, tmp_path: Path) -> None:
    s3.create_bucket(Bucket="over-tls", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert s3.head_bucket(Bucket="over-tls")["BucketRegion"] == "eu-west-1"
    sent: list[Any] = []
    s3.meta.events.register("before-send.s3.PutObject", lambda request, **_: sent.append(request))
    key = "a folder/ü+%.bin"
    content = os.urandom(3_000_000)
    (tmp_path / "file").write_bytes(content)
    with (tmp_path / "file").open("rb") as file:
        put = s3.put_object(Bucket="over-tls", Key=key, Body=file)
    assert sent[0].url.startswith("https://over-tls.s3.eu-west-1.amazonaws.com/")
    assert "aws-chunked" in str(sent[0].headers["Content-Encoding"])
    assert put["ChecksumCRC32"]
    got = s3.get_object(Bucket="over-tls", Key=key)
    assert got["Body"].read() == content
    assert "ContentEncoding" not in got
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="over-tls")["Contents"]] == [key]

    large = os.urandom(20_000_000)
    (tmp_path / "file").write_bytes(large)
    s3.upload_file(str(tmp_path / "file"), "over-tls", "large")
    s3.download_file("over-tls", "large", str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == large
    assert connect(server).get_object(Bucket="over-tls", Key="large")["Body"].read() == large

    objects = [{"Key": key}, {"Key": "large"}]
    assert len(s3.delete_objects(Bucket="over-tls", Delete={"Objects": objects})["Deleted"]) == 2
    s3.delete_bucket(Bucket="over-tls")
    assert failure(s3.put_object, Bucket="over-tls", Key="k", Body=b"x") == ("NoSuchBucket", 404)
    assert failure(s3.head_bucket, Bucket="over-tls") == ("404", 404)
