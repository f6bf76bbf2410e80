"""A bucket as a static web site: its pages, under all names that it has, and what its names do not lead to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from aws import refusal
from harness import Api
from pages import SIGNED, ask, ask_first
from test_s3 import connect, failure

HOST = "my-site.s3-website.localhost"
HOSTS = [HOST, "my-site.s3-website-us-east-1.amazonaws.com", "my-site.s3-website.eu-central-1.amazonaws.com"]
PREFIX = "/_aws/s3-website/my-site"
PAGES = {
    "index.html": "<h1>home</h1>",
    "docs/index.html": "<h1>docs</h1>",
    "docs/a b.html": "<h1>a b</h1>",
    "errors/404.html": "<h1>lost</h1>",
}


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    client = connect(server)
    client.create_bucket(Bucket="my-site")
    for key, text in PAGES.items():
        client.put_object(Bucket="my-site", Key=key, Body=text.encode(), ContentType="text/html")
    client.put_object(Bucket="my-site", Key="data.bin", Body=bytes(range(100)), CacheControl="max-age=5")
    site = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "errors/404.html"}}
    client.put_bucket_website(Bucket="my-site", WebsiteConfiguration=site)
    client.create_bucket(Bucket="plain")
    client.put_object(Bucket="plain", Key="index.html", Body=b"hidden")
    return client


def make_site(s3: Any, bucket: str, **site: Any) -> str:
    """Creates a bucket with a web site, and returns its host."""
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=site)
    return f"{bucket}.s3-website.localhost"


def test_the_configuration_is_kept_until_it_or_the_bucket_is_deleted(s3: Any) -> None:
    site = {"IndexDocument": {"Suffix": "i.html"}, "ErrorDocument": {"Key": "e.html"}}
    make_site(s3, "site-kept", **site)
    got = s3.get_bucket_website(Bucket="site-kept")
    assert {name: got[name] for name in site} == site
    s3.delete_bucket_website(Bucket="site-kept")
    missing = ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")
    assert refusal(s3.get_bucket_website, Bucket="site-kept") == missing
    assert failure(s3.get_bucket_website, Bucket="site-kept") == ("NoSuchWebsiteConfiguration", 404)
    s3.put_bucket_website(Bucket="site-kept", WebsiteConfiguration=site)
    s3.delete_bucket(Bucket="site-kept")
    s3.create_bucket(Bucket="site-kept")
    assert failure(s3.get_bucket_website, Bucket="site-kept") == ("NoSuchWebsiteConfiguration", 404)


@pytest.mark.parametrize(
    ("site", "code", "status"),
    [
        ({"ErrorDocument": {"Key": "e"}}, "InvalidArgument", 400),
        ({"IndexDocument": {"Suffix": "a/b"}}, "InvalidArgument", 400),
        (
            {
                "IndexDocument": {"Suffix": "i"},
                "RoutingRules": [{"Redirect": {"ReplaceKeyWith": "x"}}],
            },
            "NotImplemented",
            501,
        ),
        ({"IndexDocument": {"Suffix": "i"}, "RedirectAllRequestsTo": {"HostName": "a"}}, "MalformedXML", 400),
    ],
)
def test_bad_configurations_are_refused(s3: Any, site: Any, code: str, status: int) -> None:
    assert failure(s3.put_bucket_website, Bucket="plain", WebsiteConfiguration=site) == (code, status)


@pytest.mark.parametrize(("host", "prefix"), [(host, "") for host in HOSTS] + [("", PREFIX)])
def test_pages(s3: Any, server: str, host: str, prefix: str) -> None:
    def get(path: str, method: str = "GET", **fields: str) -> Any:
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        return ask(server, prefix + path, method, host=host or None, headers=headers)

    home = get("/")
    assert (home.status, home.text, home.headers["content-type"]) == (200, PAGES["index.html"], "text/html")
    assert home.headers["etag"] == s3.head_object(Bucket="my-site", Key="index.html")["ETag"]
    assert get("/index.html?x=1").text == PAGES["index.html"]
    assert get("/docs/").text == PAGES["docs/index.html"]
    assert get("/docs/a%20b.html").text == PAGES["docs/a b.html"]
    moved = get("/docs?x=1")
    assert (moved.status, moved.headers["location"], moved.body) == (302, f"{prefix}/docs/?x=1", b"")
    lost = get("/nowhere")
    assert (lost.status, lost.text, lost.headers["content-type"]) == (404, PAGES["errors/404.html"], "text/html")
    assert get("/nowhere/").status == 404
    head = get("/docs/", "HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(PAGES["docs/index.html"])))
    assert get("/nowhere", "HEAD").status == 404

    data = get("/data.bin")
    assert (data.body, data.headers["content-type"]) == (bytes(range(100)), "binary/octet-stream")
    assert data.headers["cache-control"] == "max-age=5"
    part = get("/data.bin", range="bytes=10-19")
    assert (part.status, part.body, part.headers["content-range"]) == (206, bytes(range(10, 20)), "bytes 10-19/100")
    assert get("/data.bin", range="bytes=100-").status == 416
    same = get("/data.bin", if_none_match=data.headers["etag"])
    assert (same.status, same.body) == (304, b"")
    assert get("/data.bin", if_match='"other"').status == 412


def test_the_path_without_a_slash_leads_to_the_site(s3: Any, server: str) -> None:
    moved = ask(server, PREFIX)
    assert (moved.status, moved.headers["location"]) == (302, f"{PREFIX}/")


def test_errors_are_pages(s3: Any, server: str) -> None:
    bare = make_site(s3, "bare-site", IndexDocument={"Suffix": "index.html"})
    lost = ask(server, "/%3Cscript%3E", host=bare)
    assert (lost.status, lost.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>404 Not Found</h1>" in lost.text
    assert "<li>Code: NoSuchKey</li>" in lost.text
    assert "<li>Key: &lt;script&gt;</li>" in lost.text
    site = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "gone.html"}}
    s3.put_bucket_website(Bucket="bare-site", WebsiteConfiguration=site)
    assert "Custom Error Document" in ask(server, "/x", host=bare).text
    plain = ask(server, "/index.html", host="plain.s3-website.localhost")
    assert plain.status == 404
    assert "<li>Code: NoSuchWebsiteConfiguration</li>" in plain.text
    assert "<li>BucketName: plain</li>" in plain.text
    assert "<li>Code: NoSuchBucket</li>" in ask(server, "/", host="no-such.s3-website.localhost").text
    assert ask(server, "/%ff", host=bare).status == 400


def test_only_get_and_head_are_allowed(s3: Any, server: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        body = b"x" if method in ("POST", "PUT") else None
        for host, path in [(HOST, "/index.html"), (None, f"{PREFIX}/index.html")]:
            answer = ask(server, path, method, host=host, body=body, headers=SIGNED)
            assert answer.status == 405
            assert "<li>Code: MethodNotAllowed</li>" in answer.text
    assert s3.get_object(Bucket="my-site", Key="index.html")["Body"].read() == PAGES["index.html"].encode()


def test_all_requests_can_be_sent_elsewhere(s3: Any, server: str) -> None:
    host = make_site(s3, "moved-site", RedirectAllRequestsTo={"HostName": "www.example.com", "Protocol": "https"})
    moved = ask(server, "/a/b?c=d", host=host)
    assert (moved.status, moved.headers["location"]) == (301, "https://www.example.com/a/b?c=d")
    got = s3.get_bucket_website(Bucket="moved-site")["RedirectAllRequestsTo"]
    assert got == {"HostName": "www.example.com", "Protocol": "https"}


def test_a_site_over_tls_and_through_a_plain_proxy(s3: Any, api: Api, tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    certificate.write_text(api.get("/v1/aws").json()["certificate"])
    for scheme in ("http", "https"):
        for host in HOSTS[1:]:
            answer = requests.get(
                f"{scheme}://{host}/docs/",
                proxies={"http": api.url, "https": api.url},
                verify=str(certificate),
                timeout=30,
            )
            assert (answer.status_code, answer.text) == (200, PAGES["docs/index.html"])


# What pages of other origins get.

NAVIGATION = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def test_pages_of_other_origins_need_a_rule(s3: Any, server: str) -> None:
    host = make_site(s3, "rule-site", IndexDocument={"Suffix": "index.html"})
    s3.put_object(Bucket="rule-site", Key="a.json", Body=b"{}")
    assert ask(server, "/a.json", host=host, headers=NAVIGATION).status == 200
    assert ask(server, "/a.json", host=host, origin=f"http://{host}", sec_fetch_site="same-origin").status == 200
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    assert ask(server, "/a.json", host=host, headers=embedded).status == 403
    page = "https://app.example"
    for origin in (page, "null", "http://localhost"):
        refused = ask(server, "/a.json", host=host, origin=origin)
        assert (refused.status, refused.shared) == (403, {})
    assert ask_first(server, "/a.json", "GET", page, host=host).status == 403
    rules = [{"AllowedOrigins": [page], "AllowedMethods": ["GET"]}]
    s3.put_bucket_cors(Bucket="rule-site", CORSConfiguration={"CORSRules": rules})
    got = ask(server, "/a.json", host=host, origin=page)
    assert (got.status, got.body, got.shared["allow-origin"]) == (200, b"{}", page)
    assert ask_first(server, "/a.json", "GET", page, host=host).status == 200
    assert ask(server, "/a.json", host=host, origin="https://other.example").status == 403
    # The rule is that of this bucket, and of nothing else.
    assert ask(server, "/", host=HOST, origin=page).status == 403
    assert ask(server, "/v1/status", origin=page).status == 403


@pytest.mark.parametrize("host", HOSTS)
def test_the_host_of_a_site_leads_to_nothing_else(s3: Any, server: str, host: str) -> None:
    lost = PAGES["errors/404.html"]
    for path in (
        "/v1/status",
        "/v1/pipelines",
        "/v2/health/live",
        "/metrics",
        "/openapi.json",
        "/plain/index.html",
        PREFIX,
    ):
        assert ask(server, path, host=host).text == lost
        assert ask(server, path, host=host, headers=SIGNED).text == lost
    for path in ("/v1/pipelines/p/infer", "/v2/models/m/infer", "/endpoints/e/invocations", "/"):
        for headers in ({}, SIGNED, {"X-Amz-Target": "SageMaker.ListModels"}):
            answer = ask(server, path, "POST", host=host, body=b"{}", headers=headers)
            assert answer.status == 405
    # The absolute form of a target, which clients send to proxies.
    assert ask(server, f"http://{host}/v1/status", host=host).text == lost
    assert ask(server, f"http://{host}/v1/status").status == 400
    assert ask(server, f"http://{server.removeprefix('http://')}/v1/status", host=host).status == 400


def test_a_connection_that_has_answered_an_inference_does_not_forget_the_host(s3: Any, server: str) -> None:
    session = requests.Session()
    session.trust_env = False

    def infer(**headers: str) -> int:
        return session.post(f"{server}/v2/models/none/infer", data="{}", headers=headers, timeout=30).status_code

    assert [infer(), infer(Host=HOST), infer()] == [404, 405, 404]


def test_a_name_that_only_looks_like_a_site_is_refused(s3: Any, server: str) -> None:
    for host in (
        "my-site.s3-website.evil.example",
        "my-site.s3-website-us-east-1.amazonaws.com.evil.example",
        "my-site.s3-website.localhost.evil.example",
        "my-site.s3.us-east-1.amazonaws.com",
    ):
        assert ask(server, "/", host=host).status == 403
        assert ask(server, f"{PREFIX}/", host=host).status == 403


def test_a_page_opened_by_its_path_does_not_have_the_origin_of_the_server(s3: Any, server: str) -> None:
    port = server.rsplit(":", 1)[1]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}"):
        opened = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        moved = ask(server, f"{PREFIX}/docs/?x=1", host=host, headers=opened)
        assert (moved.status, moved.headers["location"]) == (302, f"//{HOST}:{port}/docs/?x=1")
    # Under any other name, its scripts run in an origin of their own.
    for path in (f"{PREFIX}/", f"{PREFIX}/nowhere"):
        rules = ask(server, path).headers["content-security-policy"].split()
        assert "sandbox" in rules
        assert "allow-same-origin" not in rules
    assert "content-security-policy" not in ask(server, "/", host=HOST).headers


# What scripts set before they upload a site. It is kept, and nothing is enforced.


def test_policies_are_kept(s3: Any) -> None:
    s3.create_bucket(Bucket="policy-kept")
    assert refusal(s3.get_bucket_policy, Bucket="policy-kept") == (
        "NoSuchBucketPolicy",
        "The bucket policy does not exist",
    )
    assert failure(s3.get_bucket_policy_status, Bucket="policy-kept") == ("NoSuchBucketPolicy", 404)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::policy-kept/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="policy-kept", Policy=policy)
    assert s3.get_bucket_policy(Bucket="policy-kept")["Policy"] == policy
    assert s3.get_bucket_policy_status(Bucket="policy-kept")["PolicyStatus"] == {"IsPublic": True}
    for bad in ("{", "[]", "text", "{}"):
        assert failure(s3.put_bucket_policy, Bucket="policy-kept", Policy=bad) == ("MalformedPolicy", 400)
    s3.delete_bucket_policy(Bucket="policy-kept")
    assert failure(s3.get_bucket_policy, Bucket="policy-kept") == ("NoSuchBucketPolicy", 404)


def test_public_access_blocks_ownership_controls_and_lists_are_kept(s3: Any) -> None:
    s3.create_bucket(Bucket="block-kept", ACL="public-read")
    missing = "NoSuchPublicAccessBlockConfiguration"
    assert failure(s3.get_public_access_block, Bucket="block-kept") == (missing, 404)
    block = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": True}
    s3.put_public_access_block(Bucket="block-kept", PublicAccessBlockConfiguration=block)
    got = s3.get_public_access_block(Bucket="block-kept")["PublicAccessBlockConfiguration"]
    assert got == block | {"RestrictPublicBuckets": False}
    s3.delete_public_access_block(Bucket="block-kept")
    assert failure(s3.get_public_access_block, Bucket="block-kept") == (missing, 404)

    missing = "OwnershipControlsNotFoundError"
    assert failure(s3.get_bucket_ownership_controls, Bucket="block-kept") == (missing, 404)
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket="block-kept", OwnershipControls=controls)
    assert s3.get_bucket_ownership_controls(Bucket="block-kept")["OwnershipControls"] == controls
    s3.delete_bucket_ownership_controls(Bucket="block-kept")

    s3.put_bucket_acl(Bucket="block-kept", ACL="public-read")
    grants = s3.get_bucket_acl(Bucket="block-kept")["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL", "READ"]
    assert grants[1]["Grantee"]["URI"].endswith("/AllUsers")
    assert failure(s3.put_bucket_acl, Bucket="block-kept", ACL="other") == ("InvalidArgument", 400)
    s3.put_object(Bucket="block-kept", Key="k", Body=b"x", ACL="public-read")
    s3.put_object_acl(Bucket="block-kept", Key="k", ACL="public-read")
    assert failure(s3.put_object_acl, Bucket="block-kept", Key="none", ACL="private") == ("NoSuchKey", 404)
    assert s3.get_object_acl(Bucket="block-kept", Key="k")["Grants"][0]["Permission"] == "FULL_CONTROL"
