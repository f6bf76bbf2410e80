"""Ranges, conditions, presigned URLs, unusual keys, and rejected requests."""

from __future__ import annotations

import datetime
import hashlib
import http.client
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests
from harness import Server, raw_request
from test_s3 import connect, failure

CONTENT = bytes(range(256)) * 40
SCOPE = "Credential=k/20260101/us-east-1/s3/aws4_request"
SIGNED = {"Authorization": f"AWS4-HMAC-SHA256 {SCOPE}, SignedHeaders=host, Signature=0"}


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    return connect(server)


@pytest.fixture(scope="module")
def bucket(s3: Any) -> str:
    s3.create_bucket(Bucket="reads")
    s3.put_object(Bucket="reads", Key="k", Body=CONTENT, ContentType="text/plain")
    return "reads"


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-99", 10, 100),
        ("bytes=10000-", 10_000, len(CONTENT)),
        ("bytes=-5", len(CONTENT) - 5, len(CONTENT)),
        ("bytes=-999999", 0, len(CONTENT)),
        ("bytes=5-99999999999999999999", 5, len(CONTENT)),
    ],
)
def test_ranges(s3: Any, bucket: str, header: str, start: int, end: int) -> None:
    for method in [s3.get_object, s3.head_object]:
        got = method(Bucket=bucket, Key="k", Range=header)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert got["ContentRange"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
        assert got["ContentLength"] == end - start
    assert s3.get_object(Bucket=bucket, Key="k", Range=header)["Body"].read() == CONTENT[start:end]


@pytest.mark.parametrize("header", ["bytes=10240-", "bytes=99999-100000", "bytes=-0"])
def test_ranges_that_are_not_there(s3: Any, bucket: str, header: str) -> None:
    assert failure(s3.get_object, Bucket=bucket, Key="k", Range=header) == ("InvalidRange", 416)


@pytest.mark.parametrize("header", ["bytes=9-3", "lines=1-2", "bytes=a-b", "bytes=1-2,4-5", "bytes=-"])
def test_ranges_that_say_nothing_are_passed_over(s3: Any, bucket: str, header: str) -> None:
    got = s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (200, CONTENT)


def test_conditional_reads(s3: Any, bucket: str) -> None:
    head = s3.head_object(Bucket=bucket, Key="k")
    etag, modified = head["ETag"], head["LastModified"]
    hour = datetime.timedelta(hours=1)
    where = {"Bucket": bucket, "Key": "k"}
    for holds in [
        {"IfMatch": etag},
        {"IfMatch": f'"other", {etag}'},
        {"IfMatch": "*"},
        {"IfNoneMatch": "other"},
        {"IfModifiedSince": modified - hour},
        {"IfUnmodifiedSince": modified},
        {"IfMatch": etag, "IfUnmodifiedSince": modified - hour},
    ]:
        assert s3.get_object(**where, **holds)["Body"].read() == CONTENT
    for fails in [{"IfMatch": "other"}, {"IfUnmodifiedSince": modified - hour}]:
        assert failure(s3.get_object, **where, **fails) == ("PreconditionFailed", 412)
        assert failure(s3.head_object, **where, **fails) == ("412", 412)
    for same in [{"IfNoneMatch": etag}, {"IfNoneMatch": "*"}, {"IfModifiedSince": modified}]:
        assert failure(s3.get_object, **where, **same) == ("304", 304)


def test_conditional_writes(s3: Any, bucket: str) -> None:
    where = {"Bucket": bucket, "Key": "written"}
    assert failure(s3.put_object, **where, Body=b"0", IfMatch="x") == ("NoSuchKey", 404)
    first = s3.put_object(**where, Body=b"1", IfNoneMatch="*")["ETag"]
    assert failure(s3.put_object, **where, Body=b"2", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert failure(s3.put_object, **where, Body=b"2", IfMatch='"x"') == ("PreconditionFailed", 412)
    assert failure(s3.put_object, **where, Body=b"2", IfMatch="*") == ("NotImplemented", 501)
    assert failure(s3.put_object, **where, Body=b"2", IfMatch=first, IfNoneMatch="*") == ("NotImplemented", 501)
    assert s3.get_object(**where)["Body"].read() == b"1"
    s3.put_object(**where, Body=b"2", IfMatch=first)
    assert s3.get_object(**where)["Body"].read() == b"2"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls(server: str, bucket: str, version: str) -> None:
    s3 = connect(server, signature_version=version)
    where = {"Bucket": bucket, "Key": f"presigned {version}"}
    url = s3.generate_presigned_url("put_object", where)
    assert requests.put(url, data=b"abc", timeout=30).status_code == 200
    overrides = {"ResponseContentType": "q/r", "ResponseContentDisposition": 'attachment; filename="x y"'}
    answer = requests.get(s3.generate_presigned_url("get_object", where | overrides), timeout=30)
    assert (answer.status_code, answer.content) == (200, b"abc")
    assert answer.headers["content-type"] == "q/r"
    assert answer.headers["content-disposition"] == 'attachment; filename="x y"'
    assert requests.head(s3.generate_presigned_url("head_object", where), timeout=30).status_code == 200
    assert requests.delete(s3.generate_presigned_url("delete_object", where), timeout=30).status_code == 204
    assert requests.get(s3.generate_presigned_url("get_object", where), timeout=30).status_code == 404


KEYS = [
    "with space",
    "plus+plus",
    "%41 is not A",
    "ünïcödé/日本語/🎉",
    "e\u0301 and \u00e9",
    "a/../b",
    "../up",
    "./here",
    "//double//",
    "/leading",
    "trailing/",
    "quote'\"<>&",
    "back\\slash",
    "ques?tion#hash",
    "semi;colon=equals,comma",
    "control\x01\x1f",
    "x" * 1024,
]


@pytest.mark.parametrize("key", KEYS, ids=ascii)
def test_unusual_keys(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]]
    assert listed == [key]
    s3.delete_object(Bucket=bucket, Key=key)


def test_keys_that_look_alike_are_two(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="alike/e\u0301", Body=b"two")
    s3.put_object(Bucket=bucket, Key="alike/\u00e9", Body=b"one")
    listed = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="alike/")["Contents"]]
    assert listed == ["alike/e\u0301", "alike/\u00e9"]
    assert s3.get_object(Bucket=bucket, Key="alike/e\u0301")["Body"].read() == b"two"


@pytest.mark.parametrize(
    ("path", "code", "status"),
    [
        (quote("x" * 1025), "KeyTooLongError", 400),
        ("a%00b", "InvalidArgument", 400),
        ("a%zz", "InvalidURI", 400),
        ("a%f", "InvalidURI", 400),
        ("a%ff", "InvalidURI", 400),
        ("k?retention", "NotImplemented", 501),
        ("k?versionId=abc", "NoSuchVersion", 404),
        ("?replication", "ReplicationConfigurationNotFoundError", 404),
        ("?metadataTable", "NotImplemented", 501),
        ("?list-type=3", "InvalidArgument", 400),
        ("?max-keys=x", "InvalidArgument", 400),
        ("?max-keys=-1", "InvalidArgument", 400),
        ("?list-type=2&continuation-token=%25", "InvalidArgument", 400),
        ("?encoding-type=rot13", "InvalidArgument", 400),
    ],
)
def test_what_is_refused(server: str, bucket: str, path: str, code: str, status: int) -> None:
    head = f"GET /{bucket}/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {SIGNED['Authorization']}\r\n\r\n"
    found, body = raw_request(server, head.encode())
    assert (found, f"<Code>{code}</Code>".encode() in body) == (status, True), body
    assert b"<RequestId>" in body


def test_headers_that_ask_for_what_is_not_there(s3: Any, bucket: str) -> None:
    lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": datetime.datetime(2100, 1, 1)}
    assert failure(s3.put_object, Bucket=bucket, Key="t", Body=b"", **lock) == ("NotImplemented", 501)
    assert failure(s3.put_object, Bucket=bucket, Key="t", Body=b"", Metadata={"a": "x" * 2048}) == (
        "MetadataTooLarge",
        400,
    )
    assert failure(s3.head_bucket, Bucket=bucket, ExpectedBucketOwner="123456789012") == ("403", 403)
    assert failure(s3.head_object, Bucket=bucket, Key="t") == ("404", 404)


def test_answers_carry_the_id_of_their_request(server: str, bucket: str) -> None:
    ids = {
        requests.request(method, f"{server}/{bucket}/{key}", headers=SIGNED, timeout=30).headers["x-amz-request-id"]
        for method, key in [("GET", "k"), ("HEAD", "k"), ("GET", "nothing"), ("HEAD", "nothing")]
    }
    assert len(ids) == 4


def test_a_connection_is_used_for_many_requests(server: str, bucket: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.connect()
    local = connection.sock.getsockname()
    wanted = [("HEAD", "k", 200), ("PUT", "new", 200), ("GET", "nothing", 404), ("HEAD", "nothing", 404)]
    wanted += [("DELETE", "new", 204), ("GET", "k", 200)]
    for method, key, status in wanted:
        connection.request(method, f"/{bucket}/{key}", body=b"x" if method == "PUT" else None, headers=SIGNED)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == status
        assert connection.sock is not None
        assert connection.sock.getsockname() == local
    assert body == CONTENT


def test_a_body_that_is_cut_off_is_no_object(s3: Any, server: str, bucket: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = f"PUT /{bucket}/cut HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        connection.sendall(f"{head}Authorization: {SIGNED['Authorization']}\r\n\r\n".encode() + b"x" * 999)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65_536)
    assert b"<Code>IncompleteBody</Code>" in answer or not answer
    assert failure(s3.head_object, Bucket=bucket, Key="cut") == ("404", 404)


def test_a_client_that_asks_first_does_not_wait(s3: Any, bucket: str) -> None:
    start = time.monotonic()
    for _ in range(5):
        s3.put_object(Bucket=bucket, Key="asked", Body=b"x")
    assert time.monotonic() - start < 4, "each upload waited a second for 100 Continue"


def test_a_refused_upload_does_not_spoil_the_connection(server: str, s3: Any, bucket: str) -> None:
    session = requests.Session()
    for _ in range(3):
        answer = session.put(f"{server}/no-such-bucket/k", data=b"x" * 5_000_000, headers=SIGNED, timeout=30)
        assert (answer.status_code, "NoSuchBucket" in answer.text) == (404, True)
        assert session.get(f"{server}/{bucket}/k", headers=SIGNED, timeout=30).content == CONTENT
        assert failure(s3.put_object, Bucket="no-such-bucket", Key="k", Body=b"x" * 5_000_000)[0] == "NoSuchBucket"
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == CONTENT


def test_a_virtual_host_names_the_bucket(start_server: Callable[..., Server]) -> None:
    server = start_server("--allowed-host", "*.amazonaws.com").url
    s3 = connect(server)
    s3.create_bucket(Bucket="virtual")
    s3.put_object(Bucket="virtual", Key="k", Body=CONTENT)
    digest = hashlib.md5(CONTENT).hexdigest()
    for host in ["virtual.s3.amazonaws.com", "virtual.s3.eu-west-1.amazonaws.com"]:
        answer = requests.get(f"{server}/k", headers=SIGNED | {"Host": host}, timeout=30)
        assert (answer.status_code, answer.headers["etag"]) == (200, f'"{digest}"')
        answer = requests.get(f"{server}/?list-type=2&prefix=k", headers=SIGNED | {"Host": host}, timeout=30)
        assert "<Key>k</Key>" in answer.text
    answer = requests.get(f"{server}/virtual/k", headers=SIGNED | {"Host": "s3.amazonaws.com"}, timeout=30)
    assert answer.content == CONTENT
