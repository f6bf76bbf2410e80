"""What others have stored does not run with the rights of the console, whatever type a link gives it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import requests
from harness import Api, answered
from playwright.sync_api import Browser, expect

SCRIPT = """<title>loaded</title><script>
fetch('/v1/pipelines').then(answer => answer.text(), error => 'refused')
  .then(text => { document.title = origin + ' ' + text; });
</script>"""
SIGNED = "AWSAccessKeyId=x&Signature=y&Expires=9999999999"
NOT_PAGES = ["text/plain", "text/csv; charset=utf-8", "application/json", "application/octet-stream", "image/png"]
PAGES = [
    "text/html",
    "TEXT/HTML;charset=utf-8",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/xml",
    "application/xml",
    "text/xsl",
    "multipart/x-mixed-replace;boundary=x",
    "text/javascript",
    "x/y",
    # Of several types in a field, browsers take the last one.
    "text/plain, text/html",
    "text/plain;x=, text/html",
]


@pytest.fixture(scope="module", autouse=True)
def stored(api: Api) -> None:
    answered(api.put("/v1/buckets/stored-pages"), 201)
    path = "/v1/buckets/stored-pages/object"
    for key, content_type in (("page.html", "text/html"), ("page.bin", "application/octet-stream")):
        answered(api.put(path, params={"key": key, "content_type": content_type}, data=SCRIPT.encode()), 201)


def link(server: str, content_type: str) -> str:
    return f"{server}/stored-pages/page.bin?{SIGNED}&response-content-type={quote(content_type)}"


@pytest.mark.parametrize("content_type", PAGES)
def test_what_may_be_a_page_has_no_origin(server: str, content_type: str) -> None:
    answer = requests.get(link(server, content_type), timeout=20)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == content_type
    rules = answer.headers["content-security-policy"].split()
    assert rules[0] == "sandbox"
    assert "allow-same-origin" not in rules
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("content_type", NOT_PAGES)
def test_other_types_are_taken_at_their_word(server: str, content_type: str) -> None:
    answer = requests.get(link(server, content_type), timeout=20)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" not in answer.headers


def test_errors_and_downloads_are_not_sniffed(server: str) -> None:
    for path in ("/v1/buckets/stored-pages/object?key=page.html", "/v1/pipelines/%3Cscript%3E", "/stored-pages/none?x"):
        answer = requests.get(server + path, headers={"Authorization": "AWS x:y"} if "none" in path else {}, timeout=20)
        assert answer.headers["x-content-type-options"] == "nosniff", path


@pytest.fixture
def elsewhere(server: str) -> Iterator[str]:
    """Another origin with a link to the stored page."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'<a href="{link(server, "text/html")}">Look</a>'.encode()
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://localhost:{site.server_address[1]}"
        site.shutdown()


def test_a_link_from_another_site_runs_nothing_here(chromium: Browser, server: str, elsewhere: str) -> None:
    page = chromium.new_page()
    page.goto(elsewhere)
    page.get_by_role("link", name="Look").click()
    expect(page).to_have_title("null refused")
    page.close()


def test_a_page_that_its_owner_stored_runs_nothing_here(chromium: Browser, server: str) -> None:
    page = chromium.new_page()
    page.goto(f"{server}/stored-pages/page.html?{SIGNED}")
    expect(page).to_have_title("null refused")
    page.close()
