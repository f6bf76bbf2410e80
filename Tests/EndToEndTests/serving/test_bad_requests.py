"""Invalid sizes, paths, queries and methods are rejected, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from harness import Api, Server, raw_request, refused

PIPELINE = "bad-request"
MEGABYTE = 1 << 20
JSON = "Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def small(running_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that accepts at most a megabyte, with one pipeline."""
    server = Server(tmp_path_factory.mktemp("small"), "--max-body", "1", "--max-artifact", "1")
    server.start()
    server.api.upload(PIPELINE, "two-in-two-out.onnx")
    server.api.serve(PIPELINE, [PIPELINE])
    yield server
    server.kill()


@pytest.fixture
def limited(small: Server) -> Iterator[Api]:
    """The server's API. No test may change what the server has, on disk or otherwise."""
    api = small.api
    before = api.listing(), api.logs(PIPELINE), files(small)
    yield api
    assert (api.listing(), api.logs(PIPELINE), files(small)) == before
    api.infer(PIPELINE, {"a": [[1, 2, 3]], "b": [[1, 2, 3]]}, headers={"X-Roost-Inference-Id": "after"})


def files(server: Server) -> list[str]:
    """Returns the server's artifacts, including partial ones, and the files that it unpacked."""
    folders = (server.data / "objects", server.data / "scratch")
    return sorted(str(path) for folder in folders for path in folder.rglob("*") if path.is_file())


def pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 1 << 16):
        yield body[start : start + (1 << 16)]


# Sizes

BODIES = ["/v1/pipelines/bad-request/infer", "/v2/models/bad-request/infer", "/v1/models/large/versions"]


@pytest.mark.parametrize("is_chunked", [False, True], ids=["with a length", "chunked"])
@pytest.mark.parametrize("path", BODIES)
def test_a_body_over_the_limit_is_too_large(limited: Api, path: str, is_chunked: bool) -> None:
    def post(size: int) -> Any:
        body = b" " * size
        return limited.post(path, data=pieces(body) if is_chunked else body)

    refused(post(MEGABYTE + 1), 413, "body", "limit of 1048576 bytes")
    refused(post(8 * MEGABYTE), 413, "body", "limit of 1048576 bytes")
    assert post(MEGABYTE).status_code == 400


@pytest.mark.parametrize("path", ["/v1/pipelines", "/v1/workspaces"])
def test_a_definition_over_four_megabytes_is_too_large(limited: Api, path: str) -> None:
    refused(limited.post(path, data=b" " * (4 * MEGABYTE + 1)), 413, "body", "limit of 4194304 bytes")


@pytest.mark.parametrize("path", BODIES[:2])
def test_a_body_that_is_announced_too_large_is_not_asked_for(limited: Api, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"
    assert raw_request(limited.url, head.encode())[0] == 413


# Paths

UNKNOWN = {
    "/v1/workspaces/nope": "workspace",
    "/v1/models/nope": "model",
    "/v1/models?workspace=nope": "workspace",
    "/v1/models/nope/versions/1": "model",
    "/v1/models/bad-request/versions/nope": "version",
    "/v1/models/bad-request/versions/nope/artifact": "version",
    "/v1/models/bad-request?workspace=nope": "workspace",
    "/v1/models/nope/logs": "model",
    "/v1/pipelines/nope": "pipeline",
    "/v1/pipelines?workspace=nope": "workspace",
    "/v1/pipelines/nope/versions": "pipeline",
    "/v1/pipelines/nope/deployment": "pipeline",
    "/v1/pipelines/nope/logs": "pipeline",
    "/v1/pipelines/nope/logs/export": "pipeline",
    "/v2/models/nope": "nope",
    "/v2/models/nope/ready": "nope",
    "/v2/models/bad-request/versions/nope": "nope",
    "/v2/models/bad-request/versions/nope/ready": "nope",
}


@pytest.mark.parametrize(("path", "field"), UNKNOWN.items(), ids=UNKNOWN)
def test_a_name_that_is_not_known_is_not_found(limited: Api, path: str, field: str) -> None:
    refused(limited.get(path), 404, field, "nope" if "nope" in path else "1")


def test_an_unknown_name_is_not_found_by_what_changes_things_either(limited: Api) -> None:
    refused(limited.put("/v1/pipelines/nope/deployment", json={}), 404, "pipeline", "'nope'")
    refused(limited.delete("/v1/pipelines/nope/deployment"), 404, "pipeline", "'nope'")
    refused(limited.put(f"/v1/pipelines/{PIPELINE}/deployment", json={"version": "nope"}), 404, "version", "'nope'")
    refused(limited.put("/v1/pipelines/nope/tags/t"), 404, "pipeline", "'nope'")
    refused(limited.put("/v1/models/nope/versions/1/tags/t"), 404, "model", "'nope'")
    refused(limited.post("/v1/models/m/versions?workspace=nope", data=b"x"), 404, "workspace", "'nope'")
    refused(limited.post("/v1/pipelines/nope/infer", json={}), 404, "pipeline", "'nope'")
    refused(limited.post("/v2/models/nope/infer", json={}), 404, "nope")
    refused(limited.post(f"/v2/models/{PIPELINE}/versions/nope/infer", json={}), 404, "nope")


NAMES = ["..", ".", "%2e%2e", "%2e%2e%2f", "..%2fx", "..%5cx", "%00", "a%00", "a%20b", "%C3%BC", "%F0%9F%90%93", "%ff"]
NAMES += ["-a", ".a", "_a", "%2f", "a%2fb", "%252e%252e", "x" * 64, "x" * 4000]
PLACES = [
    ("GET", "/v1/workspaces/{}"),
    ("GET", "/v1/models/{}"),
    ("GET", "/v1/models?workspace={}"),
    ("GET", "/v1/models/{}/versions/1/artifact"),
    ("POST", "/v1/models/{}/versions"),
    ("POST", "/v1/models/good/versions?workspace={}"),
    ("PUT", "/v1/models/bad-request/versions/1/tags/{}"),
    ("GET", "/v1/pipelines/{}"),
    ("PUT", "/v1/pipelines/{}"),
    ("PUT", "/v1/pipelines/{}/deployment"),
    ("PUT", "/v1/pipelines/bad-request/tags/{}"),
    ("POST", "/v1/pipelines/{}/infer"),
    ("GET", "/v1/pipelines/{}/logs"),
    ("GET", "/v1/pipelines/{}/logs/export"),
    ("GET", "/v1/models/{}/logs"),
    ("GET", "/v2/models/{}"),
    ("POST", "/v2/models/{}/infer"),
]


@pytest.mark.parametrize(("method", "template"), PLACES, ids=[f"{method} {template}" for method, template in PLACES])
def test_a_name_outside_the_rule_leads_nowhere(limited: Api, method: str, template: str) -> None:
    for name in NAMES:
        path = template.format(name)
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{JSON}Content-Length: 2\r\n\r\n{{}}"
        )
        status, body = raw_request(limited.url, head.encode())
        assert status in (400, 404), f"{path}: {status} {body[:200]!r}"
        assert b'"error"' in body or not body, f"{path}: {body[:200]!r}"


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/", "/v1/nope", "/v1//models", "/v1/models/", "/v2/", "/v2/models", "/V1/models", "/../v1/models"],
)
def test_a_path_that_is_not_documented_is_not_found(limited: Api, path: str) -> None:
    status, body = raw_request(limited.url, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert status == 404
    assert b"/openapi.json" in body


# Methods and queries

METHODS = {
    ("DELETE", "/v1/models"): "GET",
    ("POST", "/v1/status"): "GET",
    ("GET", "/v1/pipelines/bad-request/infer"): "POST",
    ("PUT", "/v1/pipelines/bad-request/infer"): "POST",
    ("POST", "/v1/pipelines/bad-request"): "DELETE, GET, PUT",
    ("POST", "/v1/pipelines/bad-request/deployment"): "DELETE, GET, PUT",
    ("GET", "/v1/pipelines/bad-request/tags/t"): "DELETE, PUT",
    ("PUT", "/v1/models/bad-request/versions"): "GET, POST",
    ("PATCH", "/v1/workspaces"): "GET, POST",
    ("POST", "/metrics"): "GET",
    ("POST", "/openapi.json"): "GET",
    ("POST", "/v2"): "GET",
    ("GET", "/v2/models/bad-request/infer"): "POST",
    ("DELETE", "/v2/models/bad-request"): "GET",
}


@pytest.mark.parametrize(("request_line", "allowed"), METHODS.items(), ids=[" ".join(key) for key in METHODS])
def test_a_wrong_method_is_refused_with_those_that_are_right(
    limited: Api, request_line: tuple[str, str], allowed: str
) -> None:
    method, path = request_line
    answer = limited.request(method, path)
    refused(answer, 405, None if path.startswith("/v2") else "method", method, allowed)
    assert answer.headers["Allow"] == allowed


QUERIES = {
    "limit": ["0", "-1", "x", "1.5", "", "1e9", "99999999999999999999"],
    "start": ["yesterday", "", "1e400", "99999999999999999999", "2020-13-01T00:00:00Z", "10:00"],
    "end": ["x", "2020-01-01"],
    "valid": ["maybe", "1", ""],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in QUERIES.items() for value in values], ids=repr
)
def test_a_log_query_that_means_nothing_is_refused(limited: Api, field: str, value: str) -> None:
    for path in ("pipelines/bad-request/logs", "pipelines/bad-request/logs/export", "models/bad-request/logs"):
        refused(limited.get(f"/v1/{path}", params={field: value}), 400, field, f"'{value}'")


# Framing


@pytest.mark.parametrize("target", ["", "X-Amz-Target: SageMaker.ListModels\r\n"], ids=["native", "aws"])
@pytest.mark.parametrize("end", ["Transfer-Encoding: gzip\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"])
def test_a_body_that_is_not_http_is_the_mistake_of_who_sent_it(limited: Api, target: str, end: str) -> None:
    path = "/" if target else "/v1/pipelines"
    status, body = raw_request(limited.url, f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{JSON}{target}{end}".encode())
    assert status == 400, body
    assert b"not valid HTTP" in body or not body


# Depth


def test_a_body_of_deep_lists_is_refused_at_once(limited: Api) -> None:
    body = '{"EndpointConfigName": [' + ", ".join(["[" * 100 + "1" + "]" * 100] * 15_000) + "]}"
    headers = {"X-Amz-Target": "SageMaker.DescribeEndpointConfig", "Content-Type": "application/x-amz-json-1.1"}
    answer = limited.post("/", data=body, headers=headers, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["__type"] == "SerializationException"
