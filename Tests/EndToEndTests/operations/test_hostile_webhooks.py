"""Webhooks that nobody should define, and how they are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from harness import Api, Server, refused
from receiver import add

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://127.0.0.1:1/", "not allowed"),
        ("http://localhost:1/", "not allowed"),
        ("http://[::1]/", "not allowed"),
        ("http://169.254.169.254/latest/meta-data/", "not allowed"),
        ("http://0.0.0.0/", "not allowed"),
        ("http://10.1.2.3/", "not allowed"),
        ("http://no-such-host.invalid/", "cannot be resolved"),
        ("file:///etc/passwd", "Invalid URL"),
        ("ftp://example.com/", "Invalid URL"),
        ("http://user:pass@example.com/", "Invalid URL"),
        ("http://example.com:0/", "Invalid URL"),
        ("http://exa mple.com/", "Invalid URL"),
        ("http://example.com/\r\nX: y", "Invalid URL"),
        ("", "Invalid URL"),
        ("http://" + "a" * 20_000, "Invalid URL"),
    ],
)
def test_forbidden_urls(api: Api, url: str, part: str) -> None:
    answer = api.put("/v1/webhooks/forbidden", json={"url": url})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["field"] == "url"
    assert part in answer.json()["error"]["message"]
    refused(api.get("/v1/webhooks/forbidden"), 404, "webhook")


def test_metadata_is_refused_even_if_private_addresses_are_allowed(start_server: Callable[..., Server]) -> None:
    api = start_server("--allow-outgoing").api
    for url in (
        "http://169.254.169.254/",
        "http://[fd00:ec2::254]/",
        "http://0.0.0.0/",
        "http://[::ffff:169.254.169.254]/",
    ):
        answer = api.put("/v1/webhooks/w", json={"url": url})
        assert answer.status_code == 400, (url, answer.text)


@pytest.mark.parametrize(
    ("definition", "field"),
    [
        ({}, "url"),
        ({"kinds": ["comet.seen"]}, "kinds"),
        ({"kinds": ["*"]}, "kinds"),
        ({"kinds": [""]}, "kinds"),
        ({"kinds": "job.*"}, "kinds"),
        ({"format": "teams"}, "format"),
        ({"format": "template"}, "template"),
        ({"format": "slack", "template": "{}"}, "template"),
        ({"template": '{"a": {{message}}}'}, "template"),
        ({"template": '{"a": "{{massage}}"}'}, "template"),
        ({"template": "{{" * 8000}, "template"),
        ({"template": '"' + "x" * 20_000 + '"'}, "template"),
        ({"secret": ""}, "secret"),
        ({"secret": "whsec_AAAA"}, "secret"),
        ({"secret": "whsec_" + "A" * 20_000}, "secret"),
        ({"secrets": SECRET}, "secrets"),
    ],
)
def test_bad_definitions(api: Api, definition: dict[str, Any], field: str) -> None:
    url = {} if field == "url" else {"url": "http://192.0.2.1/"}
    answer = api.put("/v1/webhooks/bad", json=url | definition)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["field"] == field or field in error["message"]
    assert SECRET not in answer.text
    refused(api.get("/v1/webhooks/bad"), 404, "webhook")


@pytest.mark.parametrize("name", ["..", ".hidden", "a b", "x" * 64, "\N{SNOWMAN}", "a\n", "@w"])
def test_bad_names(api: Api, name: str) -> None:
    for answer in (
        api.put(f"/v1/webhooks/{quote(name, safe='')}", json={"url": "http://192.0.2.1/"}),
        api.get(f"/v1/webhooks/{quote(name, safe='')}"),
    ):
        assert answer.status_code in (400, 404), answer.text


def test_there_is_a_limit_on_webhooks(start_server: Callable[..., Server]) -> None:
    api = start_server("--allow-outgoing").api
    for index in range(100):
        add(api, f"w-{index}", "http://127.0.0.1:1/")
    refused(api.put("/v1/webhooks/more", json={"url": "http://127.0.0.1:1/"}), 409, "webhook")
    add(api, "w-7", "http://127.0.0.1:2/")
