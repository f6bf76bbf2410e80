"""API keys, usage plans and throttling, and APIs that pass requests on."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gateway import SESSION, Gateway, invocation
from harness import Server

# API keys and limits


def test_an_api_key_needs_a_usage_plan(gateway: Gateway, web: str) -> None:
    api, root = gateway.create()
    gateway.method(api, root, "GET", keyed=True, type="AWS_PROXY", integrationHttpMethod="POST", uri=invocation(web))
    gateway.deploy(api)
    key = gateway.rest.create_api_key(name="k", enabled=True)
    assert len(key["value"]) >= 20
    assert "value" not in gateway.rest.get_api_key(apiKey=key["id"])
    assert gateway.rest.get_api_key(apiKey=key["id"], includeValue=True)["value"] == key["value"]
    headers = {"x-api-key": key["value"]}

    def status(headers: dict[str, str]) -> int:
        answer = gateway.call(api, headers=headers)
        if answer.status_code == 403:
            assert answer.text == '{"message":"Forbidden"}'
        code: int = answer.status_code
        return code

    assert status(headers) == 403
    plan = gateway.rest.create_usage_plan(
        name="p", apiStages=[{"apiId": api, "stage": "prod"}], quota={"limit": 2, "period": "MONTH"}
    )
    added = gateway.rest.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    assert (added["type"], added["value"]) == ("API_KEY", key["value"])
    assert [status({}), status({"x-api-key": "wrong"}), status(headers), status(headers)] == [403, 403, 200, 200]
    over = gateway.call(api, headers=headers)
    assert (over.status_code, over.text) == (429, '{"message":"Limit Exceeded"}')
    gateway.rest.update_usage_plan(
        usagePlanId=plan["id"],
        patchOperations=[
            {"op": "remove", "path": "/quota"},
            {"op": "replace", "path": "/throttle/rateLimit", "value": "0"},
            {"op": "replace", "path": "/throttle/burstLimit", "value": "1"},
        ],
    )
    assert status(headers) == 200
    assert gateway.call(api, headers=headers).text == '{"message":"Too Many Requests"}'
    gateway.rest.update_api_key(
        apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}]
    )
    assert status(headers) == 403


def test_a_throttled_stage(gateway: Gateway, web: str) -> None:
    api, root = gateway.create()
    gateway.proxy(api, root, web)
    gateway.deploy(api)
    gateway.rest.update_stage(
        restApiId=api,
        stageName="prod",
        patchOperations=[
            {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "0.001"},
            {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "2"},
        ],
    )
    answers = [gateway.call(api) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["x-amzn-ErrorType"] == "TooManyRequestsException"


# HTTP integrations


@pytest.fixture
def neighbor() -> Iterator[tuple[str, list[str]]]:
    """A small server of the test's own: its URL, and the requests that reached it."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            body = json.dumps({"path": self.path, "host": self.headers["Host"], "x": self.headers["X-A"]}).encode()
            self.send_response(302 if self.path.startswith("/away") else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}", seen
        listening.shutdown()
        thread.join()


def passing_on(gateway: Gateway, target: str) -> str:
    """Creates an API that passes requests on, and returns its ID."""
    api, root = gateway.create()
    resource = gateway.resource(api, root, "{proxy+}")
    place = {"restApiId": api, "resourceId": resource, "httpMethod": "ANY"}
    gateway.rest.put_method(**place, authorizationType="NONE", requestParameters={"method.request.path.proxy": True})
    gateway.rest.put_integration(
        **place,
        type="HTTP_PROXY",
        integrationHttpMethod="ANY",
        uri=target + "/{proxy}",
        requestParameters={"integration.request.path.proxy": "method.request.path.proxy"},
    )
    gateway.deploy(api)
    return api


def test_private_addresses_are_not_called_without_the_option(gateway: Gateway, neighbor: tuple[str, list[str]]) -> None:
    url, seen = neighbor
    for target in [url, url.replace("127.0.0.1", "localhost"), "http://169.254.169.254", gateway.url]:
        answer = gateway.call(passing_on(gateway, target), "/x")
        assert (answer.status_code, answer.text) == (500, '{"message": "Internal server error"}')
    assert seen == []


def test_requests_are_passed_on_with_the_option(
    start_server: Callable[..., Server], neighbor: tuple[str, list[str]]
) -> None:
    url, seen = neighbor
    gateway = Gateway(start_server("--allow-outgoing").url)
    api = passing_on(gateway, url)
    answer = gateway.call(api, "/a%2Fb/c?d=e", headers={"X-A": "y"})
    assert answer.json() == {"path": "/a%2Fb/c?d=e", "host": url.removeprefix("http://"), "x": "y"}
    moved = gateway.call(api, "/away", allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (302, "/elsewhere")
    assert seen == ["/a%2Fb/c?d=e", "/away"]
    # Clouds' metadata is refused even so.
    assert gateway.call(passing_on(gateway, "http://169.254.169.254"), "/x").status_code == 500
    http = gateway.http.create_api(Name="h", ProtocolType="HTTP", Target=url + "/fixed")
    assert SESSION.get(http["ApiEndpoint"] + "/any", timeout=60).json()["path"] == "/fixed"
