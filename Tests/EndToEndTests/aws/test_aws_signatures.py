"""With --verify-signatures, AWS's APIs accept only requests signed with a key; without it, only local requests."""

from __future__ import annotations

import base64
import random
import socket
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from chunk_signer import ChunkSigner
from harness import Server, until
from signed import REGION, Key, Signed, keys, make_key


def refused(call: Any, **arguments: Any) -> tuple[str, int]:
    """Returns the code and the status of the error that a call raises."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    answer: Any = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    server = Server(tmp_path_factory.mktemp("signed"), "--verify-signatures")
    server.start()
    try:
        yield Signed(server, make_key(server))
    finally:
        server.stop()


def statistics(cloudwatch: Any) -> Any:
    """Returns CloudWatch's statistics for a metric that does not exist."""
    end = datetime.now(timezone.utc)
    return cloudwatch.get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="none",
        StartTime=end - timedelta(hours=1),
        EndTime=end,
        Period=60,
        Statistics=["Average"],
    )


def test_every_protocol_takes_a_right_signature(signed: Signed) -> None:
    assert signed.client("sts").get_caller_identity()["Account"]
    assert signed.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []
    assert signed.client("service-quotas").list_service_quotas(ServiceCode="s3")["Quotas"]
    assert signed.client("logs").describe_log_groups()["logGroups"] == []
    assert statistics(signed.client("cloudwatch"))["Datapoints"] == []
    other = Key(signed.key.id, "not the secret")
    assert refused(statistics, cloudwatch=signed.client("cloudwatch", other)) == ("InvalidSignatureException", 400)
    assert refused(signed.client("sagemaker-runtime").invoke_endpoint, EndpointName="none", Body=b"1") == (
        "ValidationError",
        400,
    )


@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("key", ["plain", "a b+c&d=e", "ü/ß~*'()", "a//b", "%25"])
def test_s3(signed: Signed, key: str, version: str) -> None:
    s3 = signed.client("s3")
    # By default, boto3 signs requests with version 4, and URLs with version 2.
    presigner = signed.client("s3", signature_version=version)
    s3.create_bucket(Bucket="signed-objects")
    s3.put_object(Bucket="signed-objects", Key=key, Body=b"hello", Metadata={"note": "two  blanks"})
    assert s3.get_object(Bucket="signed-objects", Key=key)["Body"].read() == b"hello"
    listed = s3.list_objects_v2(Bucket="signed-objects", Prefix=key)["Contents"]
    assert [entry["Key"] for entry in listed] == [key]
    url = presigner.generate_presigned_url("get_object", Params={"Bucket": "signed-objects", "Key": key}, ExpiresIn=60)
    assert requests.get(url, timeout=10).content == b"hello"
    put = presigner.generate_presigned_url("put_object", Params={"Bucket": "signed-objects", "Key": key}, ExpiresIn=60)
    assert requests.put(put, data=b"again", timeout=10).status_code == 200
    assert requests.get(url.replace("signed-objects", "other", 1), timeout=10).status_code == 403
    assert requests.delete(url, timeout=10).status_code == 403
    s3.delete_object(Bucket="signed-objects", Key=key)


def test_large_uploads(signed: Signed, tmp_path: Path) -> None:
    s3 = signed.client("s3")
    s3.create_bucket(Bucket="signed-uploads")
    path = tmp_path / "large"
    path.write_bytes(bytes(range(256)) * (20 << 12))
    s3.upload_file(str(path), "signed-uploads", "large")
    s3.download_file("signed-uploads", "large", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


CHUNKED = random.Random(4).randbytes(150_000)


class Payload(S3SigV4Auth):  # type: ignore[misc]
    """Declares a given payload hash, and signs it."""

    def __init__(self, key: Key, announced: str) -> None:
        super().__init__(Credentials(key.id, key.secret), "s3", REGION)
        self.announced = announced

    def payload(self, request: AWSRequest) -> str:
        return self.announced


@pytest.mark.parametrize("announced", ["none", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "0" * 63])
def test_a_payload_of_an_unknown_kind_is_refused(signed: Signed, announced: str) -> None:
    prepared = AWSRequest("PUT", f"{signed.server.url}/no-bucket/k", headers={"X-Amz-Decoded-Content-Length": "0"})
    Payload(signed.key, announced).add_auth(prepared)
    answer = requests.put(prepared.url, data=b"0\r\n\r\n", headers=dict(prepared.headers), timeout=10)
    assert answer.status_code == 400
    assert "<Code>AuthorizationHeaderMalformed</Code>" in answer.text
    assert "x-amz-content-sha256 must be" in answer.text


def put_chunks(signed: Signed, name: str, trailers: dict[str, str], change: Callable[[list[bytes]], Any]) -> int:
    """Changes the chunks of an upload after signing them, and returns the status of the response."""
    url = f"{signed.server.url}/signed-chunks/{name}"
    signer = ChunkSigner(signed.key.id, signed.key.secret, REGION)
    headers, chunks = signer.sign("PUT", url, CHUNKED, trailers)
    change(chunks)
    answer = requests.put(url, data=b"".join(chunks), headers=headers, timeout=10)
    if answer.status_code != 200:
        assert "<Code>SignatureDoesNotMatch</Code>" in answer.text
    return answer.status_code


def flip(chunks: list[bytes], index: int, position: int) -> None:
    changed = bytearray(chunks[index])
    changed[position] ^= 1
    chunks[index] = bytes(changed)


@pytest.mark.parametrize("trailers", [{}, {"x-amz-checksum-crc32": ""}], ids=["plain", "trailer"])
def test_each_signed_chunk_is_checked(signed: Signed, trailers: dict[str, str]) -> None:
    s3 = signed.client("s3")
    s3.create_bucket(Bucket="signed-chunks")
    if trailers:
        crc = zlib.crc32(CHUNKED).to_bytes(4, "big")
        trailers = {"x-amz-checksum-crc32": base64.b64encode(crc).decode()}
    assert put_chunks(signed, "right", trailers, lambda chunks: None) == 200
    assert s3.get_object(Bucket="signed-chunks", Key="right")["Body"].read() == CHUNKED
    changes: list[Callable[[list[bytes]], Any]] = [
        lambda chunks: flip(chunks, 1, -10),  # a byte of the payload
        lambda chunks: flip(chunks, 0, 30),  # a signature
        lambda chunks: flip(chunks, 3, 30),  # the signature of the last chunk
        lambda chunks: chunks.__setitem__(slice(0, 2), [chunks[1], chunks[0]]),
    ]
    if trailers:
        changes.append(lambda chunks: flip(chunks, 4, -5))
    for change in changes:
        assert put_chunks(signed, "changed", trailers, change) == 403
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="signed-chunks")["Contents"]] == ["right"]
    assert not list((signed.server.data / "objects" / "incoming-blobs").iterdir())
    s3.delete_object(Bucket="signed-chunks", Key="right")


CALLS = [
    ("sts", "get_caller_identity", {}, ("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403)),
    ("sagemaker", "list_models", {}, ("UnrecognizedClientException", 400), ("InvalidSignatureException", 400)),
    (
        "sagemaker-runtime",
        "invoke_endpoint",
        {"EndpointName": "e", "Body": b"1"},
        ("UnrecognizedClientException", 400),
        ("InvalidSignatureException", 400),
    ),
    ("s3", "list_buckets", {}, ("InvalidAccessKeyId", 403), ("SignatureDoesNotMatch", 403)),
    ("lambda", "list_functions", {}, ("UnrecognizedClientException", 400), ("InvalidSignatureException", 400)),
]


@pytest.mark.parametrize(("service", "operation", "arguments", "unknown", "wrong"), CALLS, ids=[c[0] for c in CALLS])
def test_wrong_keys(
    signed: Signed,
    service: str,
    operation: str,
    arguments: dict[str, Any],
    unknown: tuple[str, int],
    wrong: tuple[str, int],
) -> None:
    stranger = signed.client(service, Key("AKIASTRANGER", "secret"))
    assert refused(getattr(stranger, operation), **arguments) == unknown
    forger = signed.client(service, Key(signed.key.id, "guessed"))
    assert refused(getattr(forger, operation), **arguments) == wrong


def request(signed: Signed, body: bytes, service: str = "sagemaker", **headers: str) -> AWSRequest:
    """Returns a signed request for the list of training jobs."""
    headers = {"X-Amz-Target": "SageMaker.ListTrainingJobs", "Content-Type": "application/x-amz-json-1.1"} | headers
    prepared = AWSRequest("POST", f"{signed.server.url}/", headers=headers, data=body)
    SigV4Auth(Credentials(signed.key.id, signed.key.secret), service, REGION).add_auth(prepared)
    return prepared


def send(prepared: AWSRequest, data: bytes, **headers: str) -> tuple[int, str]:
    answer = requests.post(prepared.url, data=data, headers=dict(prepared.headers) | headers, timeout=10)
    return answer.status_code, answer.json().get("__type", "")


def test_what_is_changed_on_the_way_is_refused(signed: Signed) -> None:
    body = b'{"MaxResults": 1}'
    assert send(request(signed, body), body)[0] == 200
    assert send(request(signed, body), b'{"MaxResults": 2}') == (400, "InvalidSignatureException")
    other = {"X-Amz-Target": "SageMaker.ListModels"}
    assert send(request(signed, body), body, **other) == (400, "InvalidSignatureException")
    assert send(request(signed, body), body, **{"X-Amz-More": "1"}) == (400, "InvalidSignatureException")
    assert send(request(signed, body, "s3"), body) == (400, "InvalidSignatureException")


@pytest.mark.parametrize(
    ("method", "query", "signed_body", "sent"),
    [
        (
            "PUT",
            "",
            b"",
            b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>",
        ),
        (
            "POST",
            "?delete",
            b"<Delete><Object><Key>a</Key></Object></Delete>",
            b"<Delete><Object><Key>b</Key></Object></Delete>",
        ),
        ("POST", "?uploadId={upload}", b"<CompleteMultipartUpload/>", None),
    ],
)
def test_documents_of_s3_are_those_that_were_signed(
    signed: Signed, method: str, query: str, signed_body: bytes, sent: bytes | None
) -> None:
    s3 = signed.client("s3")
    bucket = "signed-documents" if method == "POST" else "signed-elsewhere"
    key = ""
    if method == "POST":
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="b", Body=b"kept")
    if "uploadId" in query:
        key = "large"
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
        query = query.format(upload=upload)
        named = f"<Part><PartNumber>1</PartNumber><ETag>{part}</ETag></Part>"
        sent = f"<CompleteMultipartUpload>{named}</CompleteMultipartUpload>".encode()
    assert sent is not None
    url = f"{signed.server.url}/{bucket}{'/' if key else ''}{key}{query}"
    prepared = AWSRequest(method, url, data=signed_body)
    S3SigV4Auth(Credentials(signed.key.id, signed.key.secret), "s3", REGION).add_auth(prepared)
    answer = requests.request(method, url, data=sent, headers=dict(prepared.headers), timeout=10)
    assert (answer.status_code, "XAmzContentSHA256Mismatch" in answer.text) == (400, True), answer.text
    if method == "POST":
        assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b"]
    else:
        assert bucket not in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]


def test_a_body_is_not_read_before_its_signature_is_claimed(signed: Signed) -> None:
    host, port = signed.server.url.removeprefix("http://").split(":")
    for head in [b"X-Amz-Target: SageMaker.ListModels", b"Authorization: AWS4-HMAC-SHA256 x"]:
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            start = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\nContent-Type: text/plain\r\n"
            connection.sendall(start + b"X-Amz-Target: SageMaker.ListModels\r\n" + head + b"\r\n\r\n" + b"x" * 1000)
            assert connection.recv(1000).startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 "))


def test_no_signature(signed: Signed) -> None:
    headers = {"X-Amz-Target": "SageMaker.ListTrainingJobs"}
    answer = requests.post(signed.server.url, data=b"{}", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["__type"]) == (403, "MissingAuthenticationTokenException")
    old = requests.get(f"{signed.server.url}/b/k", headers={"Authorization": "AWS key:c2lnbmF0dXJl"}, timeout=10)
    assert old.status_code == 400
    assert "<Code>InvalidRequest</Code>" in old.text
    invoked = requests.post(f"{signed.server.url}/endpoints/e/invocations", data=b"1", timeout=10)
    assert invoked.status_code in (403, 404)


def test_a_clock_that_is_wrong(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    import botocore.auth

    late = datetime.now(timezone.utc) - timedelta(minutes=20)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda remove_tzinfo=True: late.replace(tzinfo=None))
    assert refused(signed.client("s3").list_buckets) == ("RequestTimeTooSkewed", 403)
    assert refused(signed.client("sagemaker").list_models)[0] == "RequestTimeTooSkewed"
    url = signed.client("s3", signature_version="s3v4").generate_presigned_url("list_buckets", ExpiresIn=60)
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 403
    assert "<Message>Request has expired</Message>" in answer.text


def test_a_key_that_is_revoked(signed: Signed) -> None:
    key = make_key(signed.server)
    sts = signed.client("sts", key)
    until(lambda: works(sts), "a new key works")
    assert key.id in keys(signed.server)
    keys(signed.server, "revoke", key.id)
    until(lambda: not works(sts), "a revoked key works no more")
    assert key.id not in keys(signed.server)
    assert works(signed.client("sts"))


def test_a_revoked_key_ends_whatever_came_from_it(signed: Signed) -> None:
    def sts_of(credentials: Any) -> Any:
        return boto3.client(
            "sts",
            endpoint_url=signed.server.url,
            region_name=REGION,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    key = make_key(signed.server)
    sts = signed.client("sts", key)
    until(lambda: works(sts), "a new key works")
    session = sts.get_session_token(DurationSeconds=900)["Credentials"]
    first = sts_of(session)
    assert refused(first.get_session_token) == ("AccessDenied", 403)
    role = {"RoleArn": "arn:aws:iam::000000000000:role/chained", "RoleSessionName": "me"}
    assert refused(first.assume_role, DurationSeconds=3601, **role) == ("ValidationError", 400)
    assumed = first.assume_role(**role)["Credentials"]
    assert assumed["Expiration"] <= session["Expiration"]
    second = sts_of(assumed)
    third = sts_of(second.assume_role(**role)["Credentials"])
    assert all(works(client) for client in (first, second, third))
    keys(signed.server, "revoke", key.id)
    until(lambda: not works(sts), "a revoked key works no more")
    assert not any(works(client) for client in (first, second, third))


def works(sts: Any) -> bool:
    try:
        sts.get_caller_identity()
    except sts.exceptions.ClientError:
        return False
    return True


def test_secrets_are_the_owner_s_alone(signed: Signed) -> None:
    modes = {path.name: path.stat().st_mode & 0o077 for path in signed.server.data.glob("roost.sqlite*")}
    assert modes
    assert not any(modes.values()), modes


def test_other_machines_need_signatures(start_server: Callable[..., Server]) -> None:
    server = start_server("--host", "0.0.0.0")
    server.url = server.url.replace("0.0.0.0", "127.0.0.1")
    client = Signed(server, Key("any", "thing")).client
    assert refused(client("sts").get_caller_identity) == ("AccessDenied", 403)
    assert refused(client("s3").list_buckets) == ("AccessDenied", 403)
    assert refused(client("sagemaker").list_models) == ("AccessDenied", 403)
    assert refused(client("sagemaker-runtime").invoke_endpoint, EndpointName="e", Body=b"1") == ("AccessDenied", 403)
    assert server.api.get("/v1/status").status_code == 200
