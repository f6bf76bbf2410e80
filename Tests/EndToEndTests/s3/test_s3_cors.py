"""CORS rules of buckets: which web pages of other origins may use which objects, and that they reach nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws import refusal
from fuzz_templates import SIGNED as SIGNED_FOR
from harness import Server
from pages import SIGNED, ask, ask_first
from signed import Signed, make_key
from test_s3 import connect, failure

ORIGIN = "https://app.example"
OTHER = "https://evil.example"
RULES: list[dict[str, Any]] = [
    {
        "ID": "writers",
        "AllowedOrigins": [ORIGIN],
        "AllowedMethods": ["PUT", "POST", "DELETE"],
        "AllowedHeaders": ["x-amz-*", "content-type", "authorization"],
        "MaxAgeSeconds": 300,
    },
    {
        "AllowedOrigins": [ORIGIN, "http://*.lab.example"],
        "AllowedMethods": ["GET", "HEAD"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag", "x-amz-meta-a"],
    },
]


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    client = connect(server)
    for bucket in ("shared-bucket", "closed-bucket"):
        client.create_bucket(Bucket=bucket)
        client.put_object(Bucket=bucket, Key="k", Body=b"hello", Metadata={"a": "1"})
    client.put_bucket_cors(Bucket="shared-bucket", CORSConfiguration={"CORSRules": RULES})
    return client


def test_rules_are_kept_until_they_or_the_bucket_are_deleted(s3: Any) -> None:
    s3.create_bucket(Bucket="cors-kept")
    missing = ("NoSuchCORSConfiguration", "The CORS configuration does not exist")
    assert refusal(s3.get_bucket_cors, Bucket="cors-kept") == missing
    s3.put_bucket_cors(Bucket="cors-kept", CORSConfiguration={"CORSRules": RULES})
    assert s3.get_bucket_cors(Bucket="cors-kept")["CORSRules"] == RULES
    s3.delete_bucket_cors(Bucket="cors-kept")
    s3.delete_bucket_cors(Bucket="cors-kept")
    assert failure(s3.get_bucket_cors, Bucket="cors-kept") == ("NoSuchCORSConfiguration", 404)
    s3.put_bucket_cors(Bucket="cors-kept", CORSConfiguration={"CORSRules": RULES[:1]})
    s3.delete_bucket(Bucket="cors-kept")
    assert failure(s3.get_bucket_cors, Bucket="cors-kept") == ("NoSuchBucket", 404)
    configuration = {"CORSRules": RULES}
    assert failure(s3.put_bucket_cors, Bucket="cors-kept", CORSConfiguration=configuration) == ("NoSuchBucket", 404)
    s3.create_bucket(Bucket="cors-kept")
    assert failure(s3.get_bucket_cors, Bucket="cors-kept") == ("NoSuchCORSConfiguration", 404)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"AllowedMethods": ["OPTIONS"]}, "InvalidRequest"),
        ({"AllowedOrigins": ["http://*.*"]}, "InvalidRequest"),
        ({"AllowedHeaders": ["*-*"]}, "InvalidRequest"),
        ({"ExposeHeaders": ["*"]}, "InvalidRequest"),
        ({"AllowedOrigins": []}, "MalformedXML"),
        ({"ID": "x" * 256}, "MalformedXML"),
    ],
)
def test_bad_rules_are_refused(s3: Any, changes: dict[str, Any], code: str) -> None:
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]} | changes
    configuration = {"CORSRules": [rule]}
    assert failure(s3.put_bucket_cors, Bucket="closed-bucket", CORSConfiguration=configuration) == (code, 400)


def test_a_bucket_has_at_most_100_rules(s3: Any) -> None:
    configuration = {"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}] * 101}
    call = s3.put_bucket_cors
    assert failure(call, Bucket="closed-bucket", CORSConfiguration=configuration) == ("MalformedXML", 400)


def test_a_preflight_request_gets_what_the_first_fitting_rule_grants(s3: Any, server: str) -> None:
    answer = ask_first(server, "/shared-bucket/new/key", "PUT", ORIGIN, "X-Amz-Date, content-type")
    assert answer.status == 200
    assert answer.shared == {
        "allow-origin": ORIGIN,
        "allow-methods": "PUT, POST, DELETE",
        "allow-headers": "x-amz-date, content-type",
        "max-age": "300",
        "allow-credentials": "true",
    }
    assert "Origin" in answer.headers["vary"]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "shared-bucket", "Key": "k"})
    answer = ask_first(server, url.removeprefix(server), "GET", "http://a.lab.example", "range")
    assert answer.status == 200
    assert answer.shared["allow-origin"] == "http://a.lab.example"
    assert answer.shared["expose-headers"] == "ETag, x-amz-meta-a"


@pytest.mark.parametrize(
    ("path", "method", "origin", "wanted", "message"),
    [
        ("/shared-bucket/k", "PUT", OTHER, "", "CORSResponse: This CORS request is not allowed."),
        ("/shared-bucket/k", "PUT", "null", "", "CORSResponse: This CORS request is not allowed."),
        ("/shared-bucket/k", "PUT", "http://a.lab.example", "", "CORSResponse: This CORS request is not allowed."),
        ("/shared-bucket/k", "PUT", ORIGIN, "x-other", "CORSResponse: This CORS request is not allowed."),
        ("/closed-bucket/k", "GET", ORIGIN, "", "CORSResponse: CORS is not enabled for this bucket."),
        ("/no-such-bucket/k", "GET", ORIGIN, "", "CORSResponse: CORS is not enabled for this bucket."),
    ],
)
def test_a_preflight_request_that_no_rule_allows_is_refused(
    s3: Any, server: str, path: str, method: str, origin: str, wanted: str, message: str
) -> None:
    answer = ask_first(server, path, method, origin, wanted)
    assert answer.status == 403
    assert "<Code>AccessForbidden</Code>" in answer.text
    assert message in answer.text
    assert not answer.shared


def test_a_page_that_a_rule_allows_uses_the_objects(s3: Any, server: str) -> None:
    got = ask(server, "/shared-bucket/k", headers=SIGNED, origin=ORIGIN, sec_fetch_site="cross-site")
    assert (got.status, got.body) == (200, b"hello")
    assert got.shared["allow-origin"] == ORIGIN
    assert got.shared["expose-headers"] == "ETag, x-amz-meta-a"
    assert "Origin" in got.headers["vary"]
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "shared-bucket", "Key": "by-page"})
    put = ask(server, url.removeprefix(server), "PUT", body=b"new", origin=ORIGIN)
    assert (put.status, put.shared["allow-origin"]) == (200, ORIGIN)
    assert s3.get_object(Bucket="shared-bucket", Key="by-page")["Body"].read() == b"new"
    # An error is for the page to read, too.
    missing = ask(server, "/shared-bucket/none", headers=SIGNED, origin=ORIGIN)
    assert (missing.status, missing.shared["allow-origin"]) == (404, ORIGIN)
    form = s3.generate_presigned_post("shared-bucket", "by-form")
    lines = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{form["fields"][name]}' for name in form["fields"]
    ]
    lines += ['--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nfile', "--b--\r\n"]
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    posted = ask(server, "/shared-bucket", "POST", body="\r\n".join(lines).encode(), headers=kind, origin=ORIGIN)
    assert (posted.status, posted.shared["allow-origin"]) == (204, ORIGIN)
    assert s3.get_object(Bucket="shared-bucket", Key="by-form")["Body"].read() == b"file"


def test_a_program_gets_no_headers_for_pages(s3: Any, server: str) -> None:
    assert not ask(server, "/shared-bucket/k", headers=SIGNED).shared


@pytest.mark.parametrize("origin", [OTHER, "null", "https://app.example.evil.example", "https://app.example:8443", ""])
def test_a_page_that_no_rule_allows_is_refused(s3: Any, server: str, origin: str) -> None:
    for method, path in [
        ("GET", "/shared-bucket/k"),
        ("DELETE", "/shared-bucket/k"),
        ("GET", "/shared-bucket"),
        ("GET", "/"),
    ]:
        answer = ask(server, path, method, headers=SIGNED | {"Origin": origin})
        assert (answer.status, answer.shared) == (403, {})
        assert "<Code>AccessDenied</Code>" in answer.text
    assert ask(server, "/shared-bucket/k", "PUT", body=b"x", headers=SIGNED | {"Origin": origin}).status == 403
    assert s3.get_object(Bucket="shared-bucket", Key="k")["Body"].read() == b"hello"


def test_a_page_that_a_rule_allows_reaches_only_objects_of_that_bucket(s3: Any, server: str) -> None:
    def send(method: str, path: str, body: bytes | None = None, **more: str) -> int:
        headers = SIGNED | {name.replace("_", "-"): value for name, value in more.items()}
        return ask(server, path, method, body=body, headers=headers, origin=ORIGIN).status

    before = s3.get_bucket_cors(Bucket="shared-bucket")["CORSRules"]
    # The rules, other settings, and buckets.
    rule = b"<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule>"
    assert send("PUT", "/shared-bucket?cors", b"<CORSConfiguration>" + rule + b"</CORSConfiguration>") == 403
    assert send("DELETE", "/shared-bucket?cors") == 403
    assert send("GET", "/shared-bucket?cors") == 403
    assert send("PUT", "/shared-bucket?website", b"<WebsiteConfiguration/>") == 403
    assert send("DELETE", "/shared-bucket") == 403
    assert send("PUT", "/by-a-page") == 403
    assert send("GET", "/") == 403
    # Objects that it could not read itself.
    assert send("PUT", "/shared-bucket/copy", x_amz_copy_source="/closed-bucket/k") == 403
    assert send("PUT", "/shared-bucket/copy", x_amz_copy_source="/shared-bucket/k") == 200
    assert send("GET", "/closed-bucket/k") == 403
    # Methods that no rule names for its origin, and requests that are not signed for S3.
    assert send("PATCH", "/shared-bucket/k") == 403
    assert ask(server, "/shared-bucket/k", origin=ORIGIN).status == 403
    assert s3.get_bucket_cors(Bucket="shared-bucket")["CORSRules"] == before
    assert failure(s3.head_bucket, Bucket="by-a-page")[1] == 404


def test_a_page_that_a_rule_allows_reaches_nothing_but_s3(s3: Any, server: str) -> None:
    for path in ("/v1/status", "/v1/pipelines", "/v2/health/live", "/metrics", "/openapi.json"):
        assert ask(server, path, origin=ORIGIN).status == 403
        assert ask(server, path, headers={"Roost-Admission": "signature"}, origin=ORIGIN).status == 403
        # For S3, the path names a bucket.
        assert ask(server, path, headers=SIGNED, origin=ORIGIN).status == 403
        assert ask_first(server, path, "GET", ORIGIN).status == 403
    for kind in ("sagemaker", "sts", "iam"):
        headers = {"Authorization": SIGNED_FOR.format(kind)}
        assert ask(server, "/", "POST", body=b"{}", headers=headers, origin=ORIGIN).status == 403
    listing = SIGNED | {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    assert ask(server, "/", "POST", body=b"{}", headers=listing, origin=ORIGIN).status == 403
    # The header by which the guard tells the router means nothing in a client's request.
    assert ask(server, "/v1/status", headers={"Roost-Admission": "rule"}).status == 200


def test_a_page_that_has_rebound_its_name_is_refused(s3: Any, server: str) -> None:
    for host in ("app.example", "app.example:8080", "shared-bucket.s3.us-east-1.amazonaws.com"):
        page = {"Origin": f"http://{host}"}
        assert ask(server, "/shared-bucket/k", host=host, headers=SIGNED).status == 403
        assert ask(server, "/shared-bucket/k", host=host, headers=SIGNED | page).status == 403
        assert ask(server, "/shared-bucket/k", host=host, headers=SIGNED, origin=ORIGIN).status == 403
        assert ask_first(server, "/shared-bucket/k", "PUT", ORIGIN, host=host).status == 403


def test_an_image_has_no_origin_that_a_rule_could_allow(s3: Any, server: str) -> None:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "shared-bucket", "Key": "k"})
    fetch = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert ask(server, url.removeprefix(server), headers=fetch).status == 403


def test_with_verification_a_signature_is_enough_and_rules_only_tell_the_browser(
    start_server: Callable[..., Server],
) -> None:
    server = start_server("--verify-signatures")
    s3 = Signed(server, make_key(server)).client("s3")
    s3.create_bucket(Bucket="verified")
    s3.put_object(Bucket="verified", Key="k", Body=b"hello")
    s3.put_bucket_cors(Bucket="verified", CORSConfiguration={"CORSRules": RULES})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "verified", "Key": "k"})
    path = url.removeprefix(server.url)
    assert ask_first(server.url, path, "GET", ORIGIN).status == 200
    assert ask_first(server.url, path, "GET", OTHER).status == 403
    got = ask(server.url, path, origin=ORIGIN)
    assert (got.body, got.shared["allow-origin"]) == (b"hello", ORIGIN)
    other = ask(server.url, path, origin=OTHER)
    assert (other.body, other.shared) == (b"hello", {})
    # Without one, a rule is not.
    wrong = ask(server.url, "/verified/k", headers=SIGNED, origin=ORIGIN)
    assert wrong.status in (400, 403)
    assert wrong.shared["allow-origin"] == ORIGIN
    assert ask(server.url, "/verified/k", origin=ORIGIN).status == 403
