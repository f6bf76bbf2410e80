"""Tokens, passwords and headers for a proxy: what is sent, what is refused, and that nothing shows them."""

from __future__ import annotations

import traceback
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from fake_server import FakeServer

import roost

PASSWORD = "hunter2"


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROOST_TOKEN", raising=False)


def with_password(url: str, text: str = "ada:p%40ss") -> str:
    return url.replace("://", f"://{text}@")


@pytest.mark.parametrize(
    ("text", "encoded"),
    # printf 'USER:PASSWORD' | base64
    [
        ("ada:p%40ss", "YWRhOnBAc3M="),
        ("ada", "YWRhOg=="),
        (":k", "Oms="),
        ("a:p@ss", "YTpwQHNz"),
        ("a:b:c", "YTpiOmM="),
    ],
)
def test_a_password_is_sent_and_not_shown(server: FakeServer, text: str, encoded: str) -> None:
    client = roost.Client(with_password(server.url, text))
    client.list_workspaces()
    assert server.headers[-1]["Authorization"] == f"Basic {encoded}"
    assert client.url() == server.url
    assert repr(client) == f"<roost.Client for {server.url}, workspace 'default'>"


def test_a_token_and_headers_are_sent(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    roost.Client(server.url, token="t0", headers={"X-Api-Key": "k"}).list_workspaces()
    assert server.headers[-1]["Authorization"] == "Bearer t0"
    assert server.headers[-1]["X-Api-Key"] == "k"
    monkeypatch.setenv("ROOST_TOKEN", "t1")
    roost.Client(server.url).list_workspaces()
    assert server.headers[-1]["Authorization"] == "Bearer t1"
    monkeypatch.setenv("ROOST_TOKEN", "")
    roost.Client(server.url).list_workspaces()
    assert "Authorization" not in server.headers[-1]


def test_the_netrc_file_is_not_read(server: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login netrc password netrc\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    # A name that is not recognized as this machine's, so that the environment is trusted.
    client = roost.Client(server.url.replace("127.0.0.1", "127.0.0.2"))
    client._connection.url = server.url
    client.list_workspaces()
    assert "Authorization" not in server.headers[-1]


@pytest.mark.parametrize("token", ["Bearer secret", "secret\r\nX: y", "secret\n", "sécret", "secret\0"])
def test_a_token_that_is_not_one_word_is_refused(token: str) -> None:
    with pytest.raises(roost.InvalidInputError, match=r"^ROOST_TOKEN contains") as error:
        roost.Client(token=token)
    assert "cret" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://u:pa/secret@h",
        "https://u:pa?secret@h",
        "https://u:pa#secret@h",
        "https://u:secret@",
        "https://u:secret@h:x",
        "https://u:secret@h:99999",
        "ftp://u:secret@h",
        "https://u:secret%0a@h",
        "https://u:secret%@h",
        "https://a%3Ab:secret@h",
        "https://u:secret@h/?a",
        "https://u:secret@h\xa0h",
        "https://u:secret@[::1",
        "https://u:secret@h:0",
    ],
)
def test_an_address_that_is_not_valid_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(roost.InvalidInputError) as error:
        roost.Client(url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("X-Key", "secret\r\nX: y"), ("X-Key", "secret\x7f"), ("X-Key", "sécret")],
        *[(name, "secret") for name in ("X Key", "", "Content-Length", "HOST", "X-Key:", "X-Key\n")],
    ],
)
def test_a_header_that_would_break_the_request_is_refused(name: str, value: str) -> None:
    with pytest.raises(roost.InvalidInputError, match="header") as error:
        roost.Client(headers={name: value})
    assert "cret" not in str(error.value)


def test_only_one_part_sets_the_header_authorization(server: FakeServer) -> None:
    url, header = with_password(server.url, "u:secret"), {"AUTHORIZATION": "Bearer secret"}
    for make in (
        lambda: roost.Client(url, token="secret"),
        lambda: roost.Client(url, headers=header),
        lambda: roost.Client(server.url, token="secret", headers=header),
    ):
        with pytest.raises(roost.InvalidInputError, match="only one header Authorization") as error:
            make()
        assert "secret" not in str(error.value)


class Echo(BaseHTTPRequestHandler):
    """Responds with the status in the path's prefix, and repeats the request's headers in a page."""

    def do_GET(self) -> None:
        status = int(self.path.split("/")[1])
        page = f"<html><title>{self.headers}</title></html>".encode()
        self.send_response(status)
        self.send_header("Location", f"http://u:{PASSWORD}@other.example:444/{self.headers['Authorization']}")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (301, "invalid_input", "redirects to http://other.example:444. Redirects are not followed"),
        (401, "unauthorized", "401 Unauthorized. It did not accept the user name and password in the address."),
        (403, "forbidden", "403 Forbidden. It does not allow this request."),
        (413, "too_large", "The request is larger than the proxy's limit"),
        (418, "internal", "returned HTTP 418 I'm a Teapot. Is it a Roost server?"),
        (502, "unavailable", "502 Bad Gateway. The Roost server behind it does not respond."),
        (200, "internal", "did not return a JSON object"),
    ],
)
def test_a_page_of_a_proxy_is_an_error_that_quotes_nothing(status: int, code: str, said: str) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as echo:
        Thread(target=echo.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{echo.server_address[1]}"
        client = roost.Client(f"{with_password(address, f'u:{PASSWORD}')}/{status}", headers={"X-Key": PASSWORD})
        with pytest.raises(roost.APIError) as error:
            client.list_workspaces()
        echo.shutdown()
    assert (error.value.code, error.value.status) == (code, status)
    assert said in str(error.value)
    text = "".join(traceback.format_exception(error.value)) + repr(error.value)
    assert PASSWORD not in text
    assert b64encode(f"u:{PASSWORD}".encode()).decode() not in text


def test_certificates_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for content in (None, "", "nonsense"):
        file = tmp_path / f"{content}.pem"
        if content is not None:
            file.write_text(content)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        with pytest.raises(roost.InvalidInputError, match="in SSL_CERT_FILE cannot be read"):
            roost.Client("https://h")
