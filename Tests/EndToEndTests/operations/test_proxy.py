"""The command and the SDK through the real nginx, configured as the guide shows."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Command
from harness import DATA, MODELS, Server
from nginx import NGINX, PASSWORD, TOKEN, USER, Nginx

import roost

pytestmark = pytest.mark.skipif(
    not Path(NGINX).is_file(), reason="There is no nginx. Install it with: scripts/install-deps.sh test"
)

SECRETS = (PASSWORD, "p%40ss", base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), TOKEN, "wrong-secret")


@pytest.fixture(scope="module")
def proxy(running_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), running_server.url)
    yield nginx
    nginx.stop()


@pytest.fixture(scope="module")
def token_proxy(running_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path_factory.mktemp("nginx-token"), running_server.url, block=1)
    yield nginx
    nginx.stop()


@pytest.fixture(autouse=True)
def only_the_own_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def nothing_is_leaked(
    running_server: Server, proxy: Nginx, token_proxy: Nginx, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """No test may print a secret, or make the server or the proxies log one."""
    yield
    printed = "".join(capfd.readouterr())
    logs = [running_server.log, *(nginx.folder / name for nginx in (proxy, token_proxy) for name in LOGS)]
    for text in (printed, *(log.read_text() for log in logs)):
        assert not any(secret in text for secret in SECRETS)


LOGS = ("access.log", "error.log")


class Through(Command):
    """The command through a proxy. What it prints must contain no secret."""

    def __init__(self, proxy: Nginx, folder: Path, url: str | None = None, **environment: str) -> None:
        super().__init__(url or proxy.url_for(USER, PASSWORD), folder)
        self.environment |= {"SSL_CERT_FILE": str(proxy.certificate)} | environment

    def run(self, *arguments: str, text: str = ""):  # type: ignore[no-untyped-def]
        done = super().run(*arguments, text=text)
        assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
        return done


@pytest.fixture
def sdk(proxy: Nginx, monkeypatch: pytest.MonkeyPatch) -> roost.Client:
    monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
    return roost.Client(proxy.url_for(USER, PASSWORD))


def test_the_command_deploys_and_infers_through_the_proxy(proxy: Nginx, tmp_path: Path) -> None:
    command = Through(proxy, tmp_path)
    command("model", "upload", "proxied", str(MODELS / "fraud-dense.onnx"))
    applied = command("pipeline", "apply", "proxied", "--model", str(MODELS / "fraud-dense.onnx"), "--deploy")
    assert 'Infer with: roost infer proxied \'{"dense_input": [[0, 0,' in applied
    assert "probability" in command("infer", "proxied", "--file", str(DATA / "fraud.json"))
    assert "proxied" in command("logs", "proxied", "--limit", "1", "--json")
    assert "ready" in command("status").lower()
    assert command("aws", "env").count(proxy.url) > 0


def test_the_sdk_deploys_and_infers_through_the_proxy(sdk: roost.Client, proxy: Nginx) -> None:
    model = sdk.upload_model("proxied-sdk", MODELS / "fraud-dense.onnx")
    pipeline = sdk.build_pipeline("proxied-sdk").add_model_step(model).deploy()
    (result,) = pipeline.infer_from_file(str(DATA / "fraud.json"))
    assert result.data()[0].shape == (1, 1)
    assert [entry.model_name for entry in pipeline.logs(limit=1)] == ["proxied-sdk"]
    assert sdk.url() == proxy.url
    assert repr(sdk) == f"<roost.Client for {proxy.url}, workspace 'default'>"
    assert pipeline.url() == f"{proxy.url}/v1/pipelines/proxied-sdk/infer"


def test_a_large_file_gets_through_and_back(proxy: Nginx, sdk: roost.Client, tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 70
    (tmp_path / "large").write_bytes(content)
    command = Through(proxy, tmp_path)
    command("bucket", "mb", "proxied")
    command("bucket", "cp", "large", "s3://proxied/large")
    command("bucket", "cp", "s3://proxied/large", "back")
    assert (tmp_path / "back").read_bytes() == content
    sdk.buckets.upload(tmp_path / "large", "s3://proxied/sdk/")
    assert sdk.buckets.download("s3://proxied/sdk/large", tmp_path / "sdk").read_bytes() == content
    command("bucket", "cp", "-", "s3://proxied/piped", text="piped")
    assert command("bucket", "cp", "s3://proxied/piped", "-") == "piped"


def test_what_is_too_large_for_the_proxy_is_its_refusal(proxy: Nginx, sdk: roost.Client, tmp_path: Path) -> None:
    (tmp_path / "large.json").write_text(json.dumps({"tensor": "x" * (65 << 20)}))
    said = Through(proxy, tmp_path).fails("infer", "proxied", "--file", "large.json")
    assert said == (
        f"Error: The proxy at {proxy.url} responded with 413 Payload Too Large. The request is larger than the "
        "proxy's limit (client_max_body_size in nginx).\n"
    )
    with pytest.raises(roost.APIError, match="413") as error:
        sdk.build_pipeline("proxied").infer_from_file(str(tmp_path / "large.json"))
    assert error.value.code == "too_large"


def test_the_server_may_be_below_a_path(
    running_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nginx").mkdir()
    nginx = Nginx(tmp_path / "nginx", running_server.url, prefix="/teams/ai")
    monkeypatch.setenv("SSL_CERT_FILE", str(nginx.certificate))
    try:
        command = Through(nginx, tmp_path)
        command("bucket", "mb", "below-a-path")
        for key in ("a/../b c+%2F", "//"):
            command("bucket", "cp", "-", f"s3://below-a-path/{key}x", text=key)
            assert command("bucket", "cp", f"s3://below-a-path/{key}x", "-") == key
        client = roost.Client(nginx.url_for(USER, PASSWORD))
        keys = [entry["key"] for entry in client.buckets.objects("s3://below-a-path/")]
        assert keys == ["//x", "a/../b c+%2Fx"]
        assert client.buckets.download("s3://below-a-path///x", tmp_path / "x").read_text() == "//"
        model = client.upload_model("below-a-path", MODELS / "fraud-dense.onnx")
        pipeline = client.build_pipeline("below-a-path").add_model_step(model).deploy()
        assert pipeline.infer_from_file(str(DATA / "fraud.json"))
    finally:
        nginx.stop()


@pytest.mark.parametrize("upload", [False, True])
def test_without_a_password_the_error_says_what_to_set(
    proxy: Nginx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upload: bool
) -> None:
    (tmp_path / "large").write_bytes(bytes(40 << 20))
    command = Through(proxy, tmp_path, url=proxy.url)
    said = command.fails(*(["model", "upload", "no", "large"] if upload else ["model", "list"]))
    assert said == (
        f"Error: The proxy at {proxy.url} responded with 401 Unauthorized. Set ROOST_TOKEN, or put a user name and "
        "password into ROOST_URL.\n"
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
    client = roost.Client(proxy.url)
    with pytest.raises(roost.APIError, match="Set ROOST_TOKEN") as error:
        client.upload_model("no", tmp_path / "large") if upload else client.list_models()
    assert (error.value.status, error.value.code) == (401, "unauthorized")


def test_a_wrong_password_is_said_but_not_shown(proxy: Nginx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = proxy.url_for(USER, "wrong-secret")
    said = Through(proxy, tmp_path, url=url).fails("model", "list")
    assert "401 Unauthorized. It did not accept the user name and password in the address." in said
    assert proxy.url in said
    said = Through(proxy, tmp_path, url=proxy.url, ROOST_TOKEN="wrong-secret").fails("model", "list")
    assert "It did not accept the token in ROOST_TOKEN." in said
    monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
    with pytest.raises(roost.APIError, match="did not accept the user name and password") as error:
        roost.Client(url).list_models()
    assert "wrong-secret" not in repr(error.value)


def test_a_token_or_a_header_opens_the_door(
    token_proxy: Nginx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Through(token_proxy, tmp_path, url=token_proxy.url, ROOST_TOKEN=TOKEN).json("model", "list") is not None
    header = f"Authorization: Bearer {TOKEN}"
    command = Through(token_proxy, tmp_path, url=token_proxy.url)
    assert command.json("model", "list", "--header", header) is not None
    assert "401 Unauthorized" in command.fails("model", "list", "--header", "X-Other: 1")
    monkeypatch.setenv("SSL_CERT_FILE", str(token_proxy.certificate))
    assert roost.Client(token_proxy.url, token=TOKEN).list_models() is not None
    assert roost.Client(token_proxy.url, headers={"Authorization": f"Bearer {TOKEN}"}).list_models() is not None
    monkeypatch.setenv("ROOST_TOKEN", TOKEN)
    assert roost.Client(token_proxy.url).list_models() is not None


def test_a_certificate_that_nobody_trusts_is_refused(proxy: Nginx, tmp_path: Path) -> None:
    url = proxy.url_for(USER, PASSWORD)
    said = Through(proxy, tmp_path, SSL_CERT_FILE="").fails("model", "list")
    assert f"Cannot establish a trusted TLS connection to {proxy.url}" in said
    assert "SSL_CERT_FILE" in said
    with pytest.raises(roost.ServerUnreachableError, match="Cannot establish a trusted TLS connection") as error:
        roost.Client(url).list_models()
    assert PASSWORD not in str(error.value)
    (tmp_path / "empty.pem").write_text("")
    said = Through(proxy, tmp_path, SSL_CERT_FILE=str(tmp_path / "empty.pem")).fails("model", "list")
    assert "in SSL_CERT_FILE cannot be read" in said


def test_a_server_that_is_down_is_told_from_the_proxy(proxy: Nginx, running_server: Server, tmp_path: Path) -> None:
    (tmp_path / "nginx").mkdir()
    alone = Nginx(tmp_path / "nginx", "http://127.0.0.1:1")
    try:
        said = Through(alone, tmp_path).fails("model", "list")
    finally:
        alone.stop()
    assert said == (
        f"Error: The proxy at {alone.url} responded with 502 Bad Gateway. The Roost server behind it does not respond.\n"
    )
