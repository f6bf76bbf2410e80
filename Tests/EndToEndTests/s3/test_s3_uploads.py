"""Multipart uploads, copies, and checksums."""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from boto3.s3.transfer import TransferConfig
from harness import Server
from test_s3 import connect, failure

MIB = 1 << 20
ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    return connect(server)


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = "u-" + hashlib.md5(request.node.nodeid.encode()).hexdigest()
    s3.create_bucket(Bucket=name)
    return name


def blobs(server: Server) -> set[str]:
    """Returns the names of all files with bytes of objects, complete or not."""
    return {path.name for path in (server.data / "objects").rglob("*") if path.is_file()}


def test_large_files_go_up_and_down_in_parts(s3: Any, bucket: str, running_server: Server) -> None:
    content = os.urandom(21 * MIB + 17)
    before = blobs(running_server)
    s3.upload_fileobj(io.BytesIO(content), bucket, "big", ExtraArgs={"ContentType": "x/y", "Metadata": {"a": "b"}})
    head = s3.head_object(Bucket=bucket, Key="big")
    parts = [content[start : start + 8 * MIB] for start in range(0, len(content), 8 * MIB)]
    digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    assert head["ETag"] == f'"{digest}-3"'
    assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (len(content), "x/y", {"a": "b"})
    target = io.BytesIO()
    s3.download_fileobj(bucket, "big", target)
    assert target.getvalue() == content
    assert len(blobs(running_server) - before) == 1, "the parts are still there"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_checks_of_one_put(s3: Any, bucket: str, algorithm: str) -> None:
    content = b"123456789"
    name = f"Checksum{algorithm}"
    # Published checksums of the digits 1 to 9 (the CRC catalog of reveng.sourceforge.io; FIPS 180-4 by hashlib).
    known = {
        "CRC32": bytes.fromhex("cbf43926"),
        "CRC32C": bytes.fromhex("e3069283"),
        "CRC64NVME": bytes.fromhex("ae8b14860a799888"),
        "SHA1": hashlib.sha1(content).digest(),
        "SHA256": hashlib.sha256(content).digest(),
    }
    right = base64.b64encode(known[algorithm]).decode()
    wrong = base64.b64encode(bytes(len(known[algorithm]))).decode()
    assert s3.put_object(Bucket=bucket, Key="k", Body=content, **{name: right})[name] == right
    assert s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[name] == right
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[name] == right
    assert name not in s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED", Range="bytes=1-3")
    assert failure(s3.put_object, Bucket=bucket, Key="k2", Body=content, **{name: wrong}) == ("BadDigest", 400)
    assert failure(s3.head_object, Bucket=bucket, Key="k2") == ("404", 404)
    copied = s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k", ChecksumAlgorithm="SHA256")
    assert copied["CopyObjectResult"]["ChecksumSHA256"] == base64.b64encode(known["SHA256"]).decode()


def test_content_md5(s3: Any, bucket: str) -> None:
    right = base64.b64encode(hashlib.md5(b"abc").digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc", ContentMD5=right)
    assert failure(s3.put_object, Bucket=bucket, Key="k", Body=b"abd", ContentMD5=right) == ("BadDigest", 400)
    assert failure(s3.put_object, Bucket=bucket, Key="k", Body=b"abd", ContentMD5="x") == ("InvalidDigest", 400)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"abc"


def uploaded(s3: Any, bucket: str, parts: list[bytes], **more: Any) -> tuple[str, list[dict[str, Any]]]:
    algorithm = {"ChecksumAlgorithm": more["ChecksumAlgorithm"]} if "ChecksumAlgorithm" in more else {}
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **more)["UploadId"]
    answers = [
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=part, **algorithm)
        for number, part in enumerate(parts, 1)
    ]
    names = ["ETag", *(f"Checksum{name}" for name in ALGORITHMS)]
    return upload, [
        {"PartNumber": number} | {name: answer[name] for name in names if name in answer}
        for number, answer in enumerate(answers, 1)
    ]


def test_checks_of_parts(s3: Any, bucket: str) -> None:
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB + 1), os.urandom(99)]
    checks = [zlib.crc32(part).to_bytes(4, "big") for part in parts]
    upload, listed = uploaded(s3, bucket, parts, ChecksumAlgorithm="CRC32")
    assert [base64.b64decode(part["ChecksumCRC32"]) for part in listed] == checks
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": listed})
    composite = base64.b64encode(zlib.crc32(b"".join(checks)).to_bytes(4, "big")).decode() + "-3"
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (composite, "COMPOSITE")
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ChecksumCRC32"] == composite


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
def test_a_check_of_the_whole_made_of_parts(server: str, bucket: str, algorithm: str) -> None:
    # The server combines the checksums of the parts; for a copy, it reads all bytes.
    s3 = connect(server, request_checksum_calculation="when_required")
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB + 3), b"end"]
    name = f"Checksum{algorithm}"
    begun = {"ChecksumAlgorithm": algorithm, "ChecksumType": "FULL_OBJECT"}
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **begun)["UploadId"]
    where = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    listed = [
        {"PartNumber": number, "ETag": s3.upload_part(**where, PartNumber=number, Body=part)["ETag"]}
        for number, part in enumerate(parts, 1)
    ]
    done = s3.complete_multipart_upload(**where, MultipartUpload={"Parts": listed})
    other = "CRC32" if algorithm != "CRC32" else "CRC32C"
    s3.copy_object(Bucket=bucket, Key="other", CopySource=f"{bucket}/k", ChecksumAlgorithm=other)
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/other", ChecksumAlgorithm=algorithm)
    assert (done[name], done["ChecksumType"]) == (copied["CopyObjectResult"][name], "FULL_OBJECT")
    if algorithm == "CRC32":
        assert base64.b64decode(done[name]) == zlib.crc32(b"".join(parts)).to_bytes(4, "big")


def test_mistakes_with_parts(s3: Any, bucket: str, running_server: Server) -> None:
    before = blobs(running_server)
    small = [b"a" * 1000, b"b"]
    upload, listed = uploaded(s3, bucket, small)
    where = {"Bucket": bucket, "Key": "k", "UploadId": upload}

    def complete(parts: list[dict[str, Any]]) -> tuple[str, int]:
        return failure(s3.complete_multipart_upload, **where, MultipartUpload={"Parts": parts})

    assert complete(listed) == ("EntityTooSmall", 400)
    assert complete(listed[::-1]) == ("InvalidPartOrder", 400)
    assert complete([{"PartNumber": 1, "ETag": "x"}]) == ("InvalidPart", 400)
    assert complete([{"PartNumber": 3, "ETag": listed[0]["ETag"]}]) == ("InvalidPart", 400)
    assert complete([]) == ("MalformedXML", 400)
    assert failure(s3.head_object, Bucket=bucket, Key="k") == ("404", 404)
    assert failure(s3.upload_part, **where, PartNumber=10_001, Body=b"x") == ("InvalidArgument", 400)
    assert failure(s3.upload_part, **where | {"Key": "other"}, PartNumber=1, Body=b"x") == ("NoSuchUpload", 404)
    assert [part["Size"] for part in s3.list_parts(**where)["Parts"]] == [1000, 1]
    first = s3.list_parts(**where, MaxParts=1)
    assert (first["IsTruncated"], first["NextPartNumberMarker"]) == (True, 1)
    assert [each["UploadId"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
    s3.abort_multipart_upload(**where)
    assert failure(s3.abort_multipart_upload, **where) == ("NoSuchUpload", 404)
    assert failure(s3.upload_part, **where, PartNumber=1, Body=b"x") == ("NoSuchUpload", 404)
    assert complete(listed) == ("NoSuchUpload", 404)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert blobs(running_server) == before


def test_a_part_can_be_sent_again_and_an_upload_completed_again(s3: Any, bucket: str) -> None:
    upload, _ = uploaded(s3, bucket, [b"first"])
    where = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    etag = s3.upload_part(**where, PartNumber=1, Body=b"second")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    done = s3.complete_multipart_upload(**where, MultipartUpload=parts)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second"
    assert s3.complete_multipart_upload(**where, MultipartUpload=parts)["ETag"] == done["ETag"]


def test_many_uploads_are_listed_in_pages(s3: Any, bucket: str) -> None:
    made = {(key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]) for key in ["a", "a", "b", "c ü"]}
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    listed = [(each["Key"], each["UploadId"]) for page in pages for each in page["Uploads"]]
    assert (set(listed), len(listed)) == (made, 4)
    s3.delete_bucket(Bucket=bucket)
    assert failure(s3.list_multipart_uploads, Bucket=bucket) == ("NoSuchBucket", 404)


def test_uploads_are_listed_by_folder(s3: Any, bucket: str) -> None:
    keys = ["a", "data/1", "data/2", "data/deep/3", "ü+/4", "z"]
    made = {key: s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in keys}

    def listed(size: int, **query: str) -> list[str]:
        pages = s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}, **query
        )
        found = []
        for page in pages:
            assert page["Delimiter"] == "/"
            here = [each["Key"] for each in page.get("Uploads", [])]
            assert all(made[each["Key"]] == each["UploadId"] for each in page.get("Uploads", []))
            here += [each["Prefix"] for each in page.get("CommonPrefixes", [])]
            assert len(here) <= size
            found += here
        return found

    for size in [1, 2, 100]:
        assert sorted(listed(size)) == ["a", "data/", "z", "ü+/"]
        assert sorted(listed(size, Prefix="data/")) == ["data/1", "data/2", "data/deep/"]


def test_an_object_is_read_part_by_part(s3: Any, bucket: str) -> None:
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB), os.urandom(6 * MIB), b"end"]
    upload, listed = uploaded(s3, bucket, parts)
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": listed})
    size = sum(map(len, parts))
    start = 0
    for number, part in enumerate(parts, 1):
        got = s3.get_object(Bucket=bucket, Key="k", PartNumber=number)
        for answer in [got, s3.head_object(Bucket=bucket, Key="k", PartNumber=number)]:
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
            assert (answer["PartsCount"], answer["ContentLength"]) == (4, len(part))
            assert answer["ContentRange"] == f"bytes {start}-{start + len(part) - 1}/{size}"
        assert got["Body"].read() == part
        start += len(part)
    assert failure(s3.get_object, Bucket=bucket, Key="k", PartNumber=5) == ("InvalidPartNumber", 416)
    assert failure(s3.head_object, Bucket=bucket, Key="k", PartNumber=5) == ("416", 416)
    assert failure(s3.get_object, Bucket=bucket, Key="k", PartNumber=0) == ("InvalidArgument", 400)
    assert failure(s3.get_object, Bucket=bucket, Key="k", PartNumber=1, Range="bytes=0-1") == ("InvalidRequest", 400)
    whole = s3.get_object(Bucket=bucket, Key="k")
    assert whole["Body"].read() == b"".join(parts)
    assert "PartsCount" not in whole
    assert not [name for name in whole["ResponseMetadata"]["HTTPHeaders"] if name.startswith("x-roost")]
    # An object that was put as a whole or copied has one part.
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    copy = s3.head_object(Bucket=bucket, Key="copy", PartNumber=1)
    assert ("PartsCount" in copy, copy["ContentLength"]) == (False, size)
    assert failure(s3.get_object, Bucket=bucket, Key="copy", PartNumber=2) == ("InvalidPartNumber", 416)
    assert s3.get_object(Bucket=bucket, Key="empty", PartNumber=1)["ContentLength"] == 0
    upload, listed = uploaded(s3, bucket, [parts[0], b""])
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": listed})
    last = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (last["PartsCount"], last["Body"].read(), "ContentRange" in last) == (2, b"", False)


def test_copies(s3: Any, bucket: str) -> None:
    key = "source +ü%.bin"
    s3.put_object(Bucket=bucket, Key=key, Body=b"content", ContentType="x/y", Metadata={"a": "b"})
    source = {"Bucket": bucket, "Key": key}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    copy = s3.get_object(Bucket=bucket, Key="copy")
    assert (copy["Body"].read(), copy["ContentType"], copy["Metadata"]) == (b"content", "x/y", {"a": "b"})
    s3.copy_object(Bucket=bucket, Key="new", CopySource=source, MetadataDirective="REPLACE", ContentType="q/r")
    assert s3.head_object(Bucket=bucket, Key="new")["ContentType"] == "q/r"
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"content"
    assert failure(s3.copy_object, Bucket=bucket, Key="x", CopySource=source) == ("NoSuchKey", 404)
    itself = {"Bucket": bucket, "Key": "copy"}
    assert failure(s3.copy_object, Bucket=bucket, Key="copy", CopySource=itself) == ("InvalidRequest", 400)
    assert failure(s3.copy_object, Bucket=bucket, Key="x", CopySource=itself, CopySourceIfMatch="no") == (
        "PreconditionFailed",
        412,
    )
    assert failure(s3.copy_object, Bucket=bucket, Key="x", CopySource="no-such-bucket/k") == ("NoSuchBucket", 404)


def test_large_copies_are_made_in_parts(s3: Any, bucket: str) -> None:
    content = os.urandom(12 * MIB + 5)
    s3.put_object(Bucket=bucket, Key="k", Body=content)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.copy({"Bucket": bucket, "Key": "k"}, bucket, "copy", Config=config)
    copy = s3.get_object(Bucket=bucket, Key="copy")
    assert (copy["Body"].read(), copy["ETag"][-3:]) == (content, '-3"')


def test_many_objects_are_deleted_at_once(s3: Any, bucket: str) -> None:
    keys = [f"k{number} <&>'\"ü" for number in range(20)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    objects = [{"Key": key} for key in [*keys[:-1], "never there"]]
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [each["Key"] for each in deleted["Deleted"]] == [each["Key"] for each in objects]
    assert "Errors" not in deleted
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == keys[-1:]
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": keys[-1]}], "Quiet": True})
    s3.delete_bucket(Bucket=bucket)


def chunked(content: bytes, size: int, signature: str = "") -> bytes:
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(piece), signature.encode(), piece) for piece in pieces)


SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
}


def test_bodies_in_the_chunks_of_aws(s3: Any, bucket: str, server: str) -> None:
    content = os.urandom(300_000)
    signature = ";chunk-signature=" + "0" * 64
    check = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    headers = SIGNED | {"X-Amz-Decoded-Content-Length": str(len(content))}
    signed = headers | {"X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    body = chunked(content, 65_536, signature) + b"0" + signature.encode() + b"\r\n\r\n"
    answer = requests.put(f"{server}/{bucket}/signed", data=body, headers=signed, timeout=30)
    assert answer.status_code == 200, answer.text
    unsigned = headers | {
        "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "X-Amz-Trailer": "x-amz-checksum-crc32",
        "Content-Encoding": "aws-chunked,gzip",
    }

    def pieces(trailer: str) -> Iterator[bytes]:
        body = chunked(content, 100_000) + f"0\r\nx-amz-checksum-crc32:{trailer}\r\n\r\n".encode()
        for start in range(0, len(body), 77_777):
            yield body[start : start + 77_777]

    answer = requests.put(f"{server}/{bucket}/unsigned", data=pieces(check), headers=unsigned, timeout=30)
    assert (answer.status_code, answer.headers.get("x-amz-checksum-crc32")) == (200, check), answer.text
    for key in ["signed", "unsigned"]:
        got = s3.get_object(Bucket=bucket, Key=key)
        assert got["Body"].read() == content
        assert got["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    assert s3.head_object(Bucket=bucket, Key="unsigned")["ContentEncoding"] == "gzip"
    answer = requests.put(f"{server}/{bucket}/bad", data=pieces("AAAAAA=="), headers=unsigned, timeout=30)
    assert (answer.status_code, "<Code>BadDigest</Code>" in answer.text) == (400, True)
    short = signed | {"X-Amz-Decoded-Content-Length": str(len(content) + 1)}
    answer = requests.put(f"{server}/{bucket}/bad", data=body, headers=short, timeout=30)
    assert (answer.status_code, "<Code>IncompleteBody</Code>" in answer.text) == (400, True)
    answer = requests.put(f"{server}/{bucket}/bad", data=b"zz\r\n", headers=signed, timeout=30)
    assert (answer.status_code, "<Code>InvalidRequest</Code>" in answer.text) == (400, True)
    answer = requests.put(f"{server}/{bucket}/bad", data=iter([b"x"]), headers=SIGNED, timeout=30)
    assert (answer.status_code, "<Code>MissingContentLength</Code>" in answer.text) == (411, True)
    assert failure(s3.head_object, Bucket=bucket, Key="bad") == ("404", 404)


def test_two_clients_complete_a_large_upload_at_once(s3: Any, bucket: str, running_server: Server) -> None:
    """A client may retry after waiting too long. For more than 1 GiB, the server responds while it assembles the object."""
    before = blobs(running_server)
    piece = os.urandom(MIB) * 128
    s3.put_object(Bucket=bucket, Key="piece", Body=piece)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="large")["UploadId"]
    source = {"Bucket": bucket, "Key": "piece"}
    parts = []
    for number in range(1, 10):
        names = {"Bucket": bucket, "Key": "large", "UploadId": upload, "PartNumber": number}
        etag = s3.upload_part_copy(CopySource=source, **names)["CopyPartResult"]["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})

    def complete(_: int) -> Any:
        return s3.complete_multipart_upload(
            Bucket=bucket, Key="large", UploadId=upload, MultipartUpload={"Parts": parts}
        )

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(complete, range(2)))
    digest = hashlib.md5(hashlib.md5(piece).digest() * 9).hexdigest()
    assert [answer["ETag"] for answer in answers] == [f'"{digest}-9"'] * 2
    # A client that comes after the object is complete gets its response at once.
    headers = [answer["ResponseMetadata"]["HTTPHeaders"] for answer in answers]
    assert any(each.get("transfer-encoding") == "chunked" for each in headers)
    assert s3.head_object(Bucket=bucket, Key="large")["ContentLength"] == 9 * len(piece)
    edge = s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={len(piece) - 3}-{len(piece) + 2}")["Body"].read()
    assert edge == piece[-3:] + piece[:3]
    assert len(blobs(running_server) - before) == 2, "the parts are still there"
    for key in ("piece", "large"):
        s3.delete_object(Bucket=bucket, Key=key)
