"""Files posted to a bucket with a form from `generate_presigned_post`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from harness import Server
from signed import Signed, make_key
from test_s3 import connect


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    client = connect(server)
    client.create_bucket(Bucket="forms")
    return client


def send(form: Any, content: bytes = b"hello", changes: dict[str, Any] | None = None) -> requests.Response:
    fields = {name: value for name, value in (form["fields"] | (changes or {})).items() if value is not None}
    files = {"file": ("n.txt", content)}
    return requests.post(form["url"], data=fields, files=files, timeout=10, allow_redirects=False)


def code(answer: requests.Response) -> str:
    found = re.search("<Code>(.*)</Code>", answer.text)
    assert found, answer.text
    return found[1]


def test_a_form_stores_its_file_with_what_its_fields_say(s3: Any) -> None:
    fields = {"Content-Type": "text/plain", "x-amz-meta-note": "ü"}
    form = s3.generate_presigned_post("forms", "a/${filename}", Fields=fields, Conditions=[fields])
    content = b"\r\n--hello" * 100_000
    answer = send(form, content)
    assert (answer.status_code, answer.content) == (204, b"")
    got = s3.get_object(Bucket="forms", Key="a/n.txt")
    assert got["Body"].read() == content
    assert got["ContentType"] == "text/plain"
    assert got["ETag"] == answer.headers["etag"]
    assert send(form, b"", {"success_action_status": "200"}).status_code == 200
    assert s3.head_object(Bucket="forms", Key="a/n.txt")["ContentLength"] == 0
    made = send(form, changes={"success_action_status": "201"})
    assert made.status_code == 201
    assert "<Bucket>forms</Bucket><Key>a/n.txt</Key>" in made.text
    moved = send(form, changes={"success_action_redirect": "http://localhost/done?x=1"})
    assert moved.status_code == 303
    assert moved.headers["location"].startswith("http://localhost/done?x=1&bucket=forms&key=a/n.txt&etag=")


def test_mistakes_have_the_shape_of_s3(s3: Any) -> None:
    form = s3.generate_presigned_post("forms", "k")
    without_key = send(form, changes={"key": None})
    assert (code(without_key), without_key.status_code) == ("InvalidArgument", 400)
    assert code(send(form | {"url": form["url"].replace("forms", "nowhere")})) == "NoSuchBucket"
    without_file = requests.post(form["url"], files={"key": (None, "k")}, timeout=10)
    assert (code(without_file), without_file.status_code) == ("InvalidArgument", 400)
    header = {"Content-Type": "multipart/form-data; boundary=b"}
    assert code(requests.post(form["url"], data=b"--b\r\n", headers=header, timeout=10)) == "IncompleteBody"
    assert code(send(form, changes={"tagging": "<Tagging/>"})) == "MalformedXML"


def test_a_web_page_cannot_send_a_form_that_nobody_checks(s3: Any) -> None:
    form = s3.generate_presigned_post("forms", "page")
    files = {"file": ("n.txt", b"hello")}
    headers = {"Origin": "https://example.com"}
    answer = requests.post(form["url"], data=form["fields"], files=files, headers=headers, timeout=10)
    assert (code(answer), answer.status_code) == ("AccessDenied", 403)
    assert "Contents" not in s3.list_objects_v2(Bucket="forms", Prefix="page")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_signature_and_policy_are_checked(start_server: Callable[..., Server], version: str) -> None:
    server = start_server("--verify-signatures")
    signed = Signed(server, make_key(server))
    s3 = signed.client("s3")
    # boto3 signs forms with the given version, but requests need version 4.
    signer = signed.client("s3", signature_version=version)
    s3.create_bucket(Bucket="signed")
    conditions = [["content-length-range", 2, 10], ["starts-with", "$x-amz-meta-note", "a"]]
    form = signer.generate_presigned_post("signed", "up/${filename}", Conditions=conditions, ExpiresIn=60)
    good: dict[str, str | None] = {"x-amz-meta-note": "abc"}
    assert send(form, changes=good).status_code == 204
    assert s3.get_object(Bucket="signed", Key="up/n.txt")["Body"].read() == b"hello"

    def refused(content: bytes = b"hello", changes: dict[str, str | None] | None = None) -> str:
        answer = send(form, content, good | (changes or {}))
        assert answer.status_code >= 400
        return code(answer)

    assert refused(changes={"key": "down/x"}) == "AccessDenied"
    assert refused(changes={"x-amz-meta-note": "b"}) == "AccessDenied"
    assert refused(changes={"x-amz-meta-other": "a"}) == "AccessDenied"
    assert refused(b"x" * 11) == "EntityTooLarge"
    assert refused(b"x") == "EntityTooSmall"
    assert refused(changes={"policy": None}) == "AccessDenied"
    signature = "signature" if version == "s3" else "x-amz-signature"
    assert refused(changes={signature: "0" * 64}) == "SignatureDoesNotMatch"
    assert refused(changes={signature: None}) == "AccessDenied"
    if version == "s3":
        assert refused(changes={"AWSAccessKeyId": "AKIA"}) == "InvalidAccessKeyId"
    other = signer.generate_presigned_post("signed", "up/${filename}", ExpiresIn=60)
    assert refused(changes={"policy": other["fields"]["policy"]}) == "SignatureDoesNotMatch"
    assert code(send(signer.generate_presigned_post("signed", "k", ExpiresIn=-1))) == "AccessDenied"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="signed")["Contents"]] == ["up/n.txt"]
