"""The server's own log as JSON Lines, and the ids of requests in it and in responses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from harness import DATA, Api, Server, answered, raw_request, until

ROWS = json.loads((DATA / "fraud.json").read_text())
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def lines(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def test_the_log_is_json_lines(start_server: Callable[..., Server]) -> None:
    server = start_server("--log-format", "json", "--access-log")
    api = server.api
    api.upload("logged", "fraud-dense.onnx")
    api.serve("logged", ["logged"])
    inference = api.post("/v1/pipelines/logged/infer", json=ROWS)
    assert inference.headers["x-roost-inference-id"]
    api.get("/v1/models?workspace=default", headers={"X-Request-Id": "trace-1"})
    api.get("/v1/nothing\N{SNOWMAN}", headers={"X-Request-Id": "trace-2"})
    raw_request(server.url, b"GET /v1/%0a%22x HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: trace-3\r\n\r\n")
    aws = api.post("/", headers={"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"})
    assert aws.headers.get("x-request-id") is None
    server.stop()
    found = lines(server)
    for line in found:
        assert list(line)[:3] == ["time", "level", "message"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert line["level"] in ("trace", "debug", "info", "notice", "warning", "error", "critical")
        assert "hb.request.id" not in line
    uploaded = next(line for line in found if line["message"] == "Model version uploaded")
    assert uploaded["model.name"] == "logged"
    requests = {line["request.id"]: line for line in found if line["message"] == "Request"}
    assert requests["trace-1"]["request.path"] == "/v1/models"
    assert requests["trace-1"]["request.method"] == "GET"
    assert requests["trace-1"]["response.status"] == "200"
    assert requests["trace-1"]["request.client"] == "127.0.0.1"
    assert int(requests["trace-1"]["response.milliseconds"]) >= 0
    assert requests["trace-2"]["response.status"] == "404"
    assert requests["trace-3"]["response.status"] == "404"
    assert requests[aws.headers["x-amzn-requestid"]]["request.method"] == "POST"
    assert not any("/infer" in line.get("request.path", "") for line in found)


def test_each_response_has_a_sane_request_id(api: Api) -> None:
    first = api.get("/v1/status").headers["x-request-id"]
    assert UUID.fullmatch(first)
    assert api.get("/v1/status").headers["x-request-id"] != first
    for given in ("abc", "x" * 128, "a/b:c=1"):
        answer = api.get("/v1/pipelines/none-of-this-name", headers={"X-Request-Id": given})
        assert (answer.status_code, answer.headers["x-request-id"]) == (404, given)
    for given in ("x" * 129, "a b", "", "a\tb", "\N{LATIN SMALL LETTER E WITH ACUTE}"):
        answer = api.get("/v1/status", headers={"X-Request-Id": given.encode()})
        assert UUID.fullmatch(answer.headers["x-request-id"])


def test_text_is_the_default(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload("logged", "fraud-dense.onnx")
    until(lambda: "Model version uploaded" in server.log.read_text(), "the upload is logged")
    answered(server.api.get("/v1/status"), 200)
    assert "message" not in server.log.read_text()
    assert "/v1/status" not in server.log.read_text()
