"""REST and HTTP APIs of API Gateway, made with boto3 and called as any web page is."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from aws import ACCOUNT, REGION, client, refusal
from functions import Functions, function_arn
from harness import Server, until

SESSION = requests.Session()
SESSION.trust_env = False

WEB = """
import base64
import json
import time

ANSWERS = {
    "empty": {},
    "null": None,
    "text": "text",
    "number": 3,
    "list": [1],
    "unknown": {"statusCode": 200, "extra": 1},
    "status": {"statusCode": "test"},
    "informational": {"statusCode": 101},
    "negative": {"statusCode": -1},
    "huge-status": {"statusCode": 10**30},
    "object-body": {"statusCode": 200, "body": {"a": 1}},
    "line-break": {"statusCode": 200, "headers": {"x-a": "b\\r\\nx-c: d"}},
    "header-name": {"statusCode": 200, "headers": {"x a": "b"}},
    "no-list": {"statusCode": 200, "multiValueHeaders": {"x-a": "b"}},
    "many-headers": {"statusCode": 200, "multiValueHeaders": {"x-a": ["b"] * 200000}},
    "long-header": {"statusCode": 200, "headers": {"x-a": "b" * 100000}},
}

def handler(event, context):
    what = (event.get("pathParameters") or {}).get("what")
    if what == "raise":
        raise ValueError("bad thing")
    if what == "sleep":
        time.sleep(20)
    if what in ANSWERS:
        return ANSWERS[what]
    if what == "headers":
        return {
            "statusCode": "201",
            "headers": {"x-one": True, "Content-Length": "999"},
            "multiValueHeaders": {"X-Two": ["a", "b"]},
            "body": "made",
        }
    if what == "image":
        return {
            "statusCode": 200,
            "headers": {"Content-Type": "image/png"},
            "body": base64.b64encode(bytes(range(256))).decode(),
            "isBase64Encoded": True,
        }
    return {"statusCode": 200, "body": json.dumps(event)}
"""

MALFORMED = [
    "empty", "null", "text", "number", "list", "unknown", "status", "informational", "negative", "huge-status",
    "object-body", "line-break", "header-name", "no-list", "many-headers", "long-header",
]  # fmt: skip


def invocation(function: str) -> str:
    """Returns the URI of an integration with a function."""
    arn = function_arn(function)
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"


class Gateway:
    """REST and HTTP APIs on a server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.port = url.rsplit(":", 1)[1]
        self.rest = client("apigateway", url)
        self.http = client("apigatewayv2", url)

    def create(self, **more: Any) -> tuple[str, str]:
        """Creates a REST API, and returns its ID and the ID of its root."""
        api = self.rest.create_rest_api(**{"name": "pets"} | more)
        return api["id"], api["rootResourceId"]

    def resource(self, api: str, parent: str, part: str) -> str:
        identifier: str = self.rest.create_resource(restApiId=api, parentId=parent, pathPart=part)["id"]
        return identifier

    def method(self, api: str, resource: str, method: str = "ANY", keyed: bool = False, **integration: Any) -> None:
        """Adds a method with an integration."""
        place = {"restApiId": api, "resourceId": resource, "httpMethod": method}
        self.rest.put_method(**place, authorizationType="NONE", apiKeyRequired=keyed)
        self.rest.put_integration(**place, **integration)

    def proxy(self, api: str, resource: str, function: str, method: str = "ANY", **more: Any) -> None:
        self.method(
            api, resource, method, type="AWS_PROXY", integrationHttpMethod="POST", uri=invocation(function), **more
        )

    def deploy(self, api: str, stage: str = "prod") -> str:
        identifier: str = self.rest.create_deployment(restApiId=api, stageName=stage)["id"]
        return identifier

    def call(self, api: str, path: str = "/", method: str = "GET", stage: str = "prod", **more: Any) -> Any:
        """Calls a REST API by its path."""
        url = f"{self.url}/restapis/{api}/{stage}/_user_request_{path}"
        return SESSION.request(method, url, **{"timeout": 60} | more)


@pytest.fixture(scope="module")
def functions(server: str) -> Functions:
    return Functions(server)


@pytest.fixture(scope="module")
def web(functions: Functions) -> str:
    """The name of a function that answers in many ways."""
    return functions.create(WEB, Runtime="python3.12")


@pytest.fixture(scope="module")
def gateway(server: str) -> Gateway:
    return Gateway(server)


@pytest.fixture(scope="module")
def pets(gateway: Gateway, web: str) -> str:
    """A REST API with the stage `prod`, whose methods invoke a function."""
    api, root = gateway.create(binaryMediaTypes=["image/png"])
    gateway.proxy(api, root, web)
    gateway.proxy(api, gateway.resource(api, root, "{what}"), web)
    gateway.proxy(api, gateway.resource(api, gateway.resource(api, root, "files"), "{path+}"), web, "GET")
    gateway.deploy(api)
    return api


# REST APIs: the control plane


def test_a_rest_api_is_described_as_aws_does(gateway: Gateway) -> None:
    api = gateway.rest.create_rest_api(name="described", description="d", tags={"a": "b"})
    assert len(api["id"]) == 10
    assert (api["name"], api["apiKeySource"], api["disableExecuteApiEndpoint"]) == ("described", "HEADER", False)
    assert api["endpointConfiguration"] == {"types": ["EDGE"], "ipAddressType": "ipv4"}
    assert "binaryMediaTypes" not in api
    found = gateway.rest.get_rest_api(restApiId=api["id"])
    assert (found["createdDate"], found["tags"]) == (api["createdDate"], {"a": "b"})
    listed = gateway.rest.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 1})
    assert api["id"] in [item["id"] for page in listed for item in page["items"]]
    resources = gateway.rest.get_resources(restApiId=api["id"])["items"]
    assert resources == [{"id": api["rootResourceId"], "path": "/"}]
    changed = gateway.rest.update_rest_api(
        restApiId=api["id"],
        patchOperations=[
            {"op": "replace", "path": "/name", "value": "renamed"},
            {"op": "add", "path": "/binaryMediaTypes/image~1png"},
        ],
    )
    assert (changed["name"], changed["binaryMediaTypes"]) == ("renamed", ["image/png"])
    gateway.rest.delete_rest_api(restApiId=api["id"])
    assert refusal(gateway.rest.get_rest_api, restApiId=api["id"]) == (
        "NotFoundException",
        f"Invalid API identifier specified {ACCOUNT}:{api['id']}",
    )


def test_resources_methods_and_integrations(gateway: Gateway, web: str) -> None:
    api, root = gateway.create()
    pets = gateway.resource(api, root, "pets")
    pet = gateway.resource(api, pets, "{id}")
    code, message = refusal(gateway.rest.create_resource, restApiId=api, parentId=root, pathPart="pets")
    assert (code, message) == ("ConflictException", "Another resource with the same parent already has this name: pets")
    place: Any = {"restApiId": api, "resourceId": pet, "httpMethod": "GET"}
    assert refusal(gateway.rest.get_method, **place) == ("NotFoundException", "Invalid Method identifier specified")
    method = gateway.rest.put_method(**place, authorizationType="NONE")
    assert (method["httpMethod"], method["authorizationType"], method["apiKeyRequired"]) == ("GET", "NONE", False)
    assert refusal(gateway.rest.get_integration, **place)[1] == "Invalid Integration identifier specified"
    assert refusal(gateway.rest.create_deployment, restApiId=api) == (
        "BadRequestException",
        "No integration defined for method",
    )
    assert refusal(
        gateway.rest.put_integration,
        **place,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=function_arn(web),
    ) == ("BadRequestException", "AWS ARN for integration must contain path or action")
    code, message = refusal(gateway.rest.put_integration, **place, type="X")
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value 'X' at 'putIntegrationInput.type' ")
    integration = gateway.rest.put_integration(
        **place, type="AWS_PROXY", integrationHttpMethod="POST", uri=invocation(web)
    )
    assert (integration["type"], integration["httpMethod"], integration["uri"]) == (
        "AWS_PROXY",
        "POST",
        invocation(web),
    )
    assert (integration["timeoutInMillis"], integration["passthroughBehavior"]) == (29000, "WHEN_NO_MATCH")
    assert (integration["cacheNamespace"], integration["cacheKeyParameters"]) == (pet, [])
    embedded = gateway.rest.get_resources(restApiId=api, embed=["methods"])["items"]
    methods = {resource["path"]: resource.get("resourceMethods") for resource in embedded}
    assert methods["/pets/{id}"]["GET"]["methodIntegration"]["type"] == "AWS_PROXY"
    plain = gateway.rest.get_resource(restApiId=api, resourceId=pet)
    assert (plain["path"], plain["resourceMethods"]) == ("/pets/{id}", {"GET": {}})
    gateway.rest.update_resource(
        restApiId=api,
        resourceId=pets,
        patchOperations=[{"op": "replace", "path": "/pathPart", "value": "animals"}],
    )
    assert gateway.rest.get_resource(restApiId=api, resourceId=pet)["path"] == "/animals/{id}"
    gateway.rest.delete_resource(restApiId=api, resourceId=pets)
    assert refusal(gateway.rest.get_resource, restApiId=api, resourceId=pet) == (
        "NotFoundException",
        "Invalid Resource identifier specified",
    )
    assert refusal(gateway.rest.create_deployment, restApiId=api)[1] == "The REST API doesn't contain any methods"


def test_a_deployment_is_a_snapshot(gateway: Gateway) -> None:
    api, root = gateway.create()
    gateway.method(api, root, "GET", type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    place = {"restApiId": api, "resourceId": root, "httpMethod": "GET", "statusCode": "200"}
    gateway.rest.put_method_response(**place)
    gateway.rest.put_integration_response(**place, responseTemplates={"application/json": "one"})
    first = gateway.deploy(api)
    gateway.rest.update_integration_response(
        **place, patchOperations=[{"op": "replace", "path": "/responseTemplates/application~1json", "value": "two"}]
    )
    assert gateway.call(api).text == "one"
    second = gateway.deploy(api)
    assert gateway.call(api).text == "two"
    gateway.rest.update_stage(
        restApiId=api,
        stageName="prod",
        patchOperations=[{"op": "replace", "path": "/deploymentId", "value": first}],
    )
    assert gateway.call(api).text == "one"
    assert refusal(gateway.rest.delete_deployment, restApiId=api, deploymentId=first) == (
        "BadRequestException",
        "Active stages pointing to this deployment must be moved or deleted",
    )
    gateway.rest.delete_deployment(restApiId=api, deploymentId=second)
    stages = gateway.rest.get_stages(restApiId=api)["item"]
    assert [(stage["stageName"], stage["deploymentId"]) for stage in stages] == [("prod", first)]
    assert (stages[0]["methodSettings"], stages[0]["cacheClusterStatus"]) == ({}, "NOT_AVAILABLE")


def test_templates_beyond_constants_are_refused(gateway: Gateway) -> None:
    api, root = gateway.create()
    place: Any = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.rest.put_method(**place, authorizationType="NONE")
    templates = {"application/json": "#set($a = $input.path('$.a'))"}
    code, message = refusal(gateway.rest.put_integration, **place, type="MOCK", requestTemplates=templates)
    assert code == "BadRequestException"
    assert "Velocity" in message


def test_authorization_that_would_not_be_enforced_is_refused(gateway: Gateway) -> None:
    api, root = gateway.create()
    for kind in ["AWS_IAM", "CUSTOM"]:
        code, _ = refusal(
            gateway.rest.put_method, restApiId=api, resourceId=root, httpMethod="GET", authorizationType=kind
        )
        assert code == "BadRequestException"


def test_an_import_in_yaml(gateway: Gateway, web: str) -> None:
    document = f"""
swagger: "2.0"
info:
  title: imported
  version: 2026-11-28
paths:
  /hello/{{what}}:
    get:
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: {invocation(web)}
"""
    api = gateway.rest.import_rest_api(body=document.encode())
    assert api["name"] == "imported"
    gateway.deploy(api["id"])
    assert gateway.call(api["id"], "/hello/headers").status_code == 201
    merged = document.replace("/hello/", "/goodbye/")
    gateway.rest.put_rest_api(restApiId=api["id"], mode="overwrite", body=merged.encode())
    paths = {item["path"] for item in gateway.rest.get_resources(restApiId=api["id"])["items"]}
    assert paths == {"/", "/goodbye", "/goodbye/{what}"}
    for body in [b"", b"{}", b"a: *b", b"[" * 100_000, b"\xff"]:
        assert refusal(gateway.rest.import_rest_api, body=body)[0] in ("BadRequestException", "ParamValidationError")


# REST APIs: calls


def test_the_event_of_a_rest_api(gateway: Gateway, pets: str) -> None:
    answer = gateway.call(pets, "/files/a%2Bb/c/?x=1&x=2&y=a+b", headers={"X-Case": "kept", "User-Agent": "tests"})
    event = answer.json()
    assert (event["resource"], event["path"]) == ("/files/{path+}", "/files/a%2Bb/c/")
    assert (event["httpMethod"], event["body"], event["isBase64Encoded"]) == ("GET", None, False)
    assert event["pathParameters"] == {"path": "a%2Bb/c"}
    assert event["queryStringParameters"] == {"x": "2", "y": "a b"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["a b"]}
    assert event["headers"]["X-Case"] == "kept"
    assert {"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id"} <= set(event["headers"])
    context = event["requestContext"]
    assert (context["stage"], context["path"], context["apiId"]) == ("prod", "/prod/files/a%2Bb/c/", pets)
    assert (context["identity"]["sourceIp"], context["identity"]["userAgent"]) == ("127.0.0.1", "tests")
    assert context["requestId"] == answer.headers["x-amzn-RequestId"]
    assert answer.headers["x-amz-apigw-id"]
    assert answer.headers["content-type"] == "application/json"


def test_three_urls_of_one_api(gateway: Gateway, pets: str) -> None:
    urls: list[tuple[str, dict[str, str]]] = [
        (f"{gateway.url}/restapis/{pets}/prod/_user_request_/headers", {}),
        (f"{gateway.url}/_aws/execute-api/{pets}/prod/headers", {}),
        (f"{gateway.url}/prod/headers", {"Host": f"{pets}.execute-api.localhost:{gateway.port}"}),
        (f"{gateway.url}/prod/headers", {"Host": f"{pets}.execute-api.{REGION}.amazonaws.com"}),
    ]
    for url, headers in urls:
        answer = SESSION.get(url, headers=headers, timeout=60)
        assert (answer.status_code, answer.text) == (201, "made"), url
        assert (answer.headers["x-one"], answer.headers["x-two"]) == ("true", "a, b")


@pytest.mark.parametrize(("path", "method"), [("/a/b/c", "GET"), ("/files/x", "DELETE")])
def test_an_unknown_path_or_method(gateway: Gateway, pets: str, path: str, method: str) -> None:
    answer = gateway.call(pets, path, method)
    assert (answer.status_code, answer.text) == (403, '{"message":"Missing Authentication Token"}')
    assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"


def test_an_unknown_stage_and_an_unknown_api(gateway: Gateway, pets: str) -> None:
    for answer in [gateway.call(pets, stage="nothing"), gateway.call("abcdefghij")]:
        assert (answer.status_code, answer.text) == (403, '{"message":"Forbidden"}')
        assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"


@pytest.mark.parametrize("what", [*MALFORMED, "raise"])
def test_a_hostile_answer_of_a_function(gateway: Gateway, pets: str, what: str) -> None:
    answer = gateway.call(pets, f"/{what}")
    assert (answer.status_code, answer.text) == (502, '{"message": "Internal server error"}')
    assert answer.headers["x-amzn-ErrorType"] == "InternalServerErrorException"
    assert "x-c" not in answer.headers


def test_the_log_says_why_an_answer_is_malformed(gateway: Gateway, pets: str, functions: Functions, web: str) -> None:
    assert gateway.call(pets, "/unknown").status_code == 502
    until(
        lambda: any("unknown member 'extra'" in line for line in functions.lines(web)),
        "the function's log explains the malformed answer",
    )


def test_bodies(gateway: Gateway, pets: str) -> None:
    text = gateway.call(pets, "/event", "POST", data="ä".encode(), headers={"Content-Type": "text/plain"}).json()
    assert (text["body"], text["isBase64Encoded"]) == ("ä", False)
    binary = gateway.call(pets, "/event", "POST", data=b"\x00\xff", headers={"Content-Type": "image/png"}).json()
    assert (base64.b64decode(binary["body"]), binary["isBase64Encoded"]) == (b"\x00\xff", True)
    image = gateway.call(pets, "/image", headers={"Accept": "image/png"})
    assert image.content == bytes(range(256))
    assert gateway.call(pets, "/image", headers={"Accept": "text/html"}).text.startswith("AAEC")
    head = gateway.call(pets, "/headers", "HEAD")
    assert (head.status_code, head.content) == (201, b"")
    big = gateway.call(pets, "/event", "POST", data=b"x" * (7 << 20), headers={"Content-Type": "text/plain"})
    assert (big.status_code, big.json()) == (413, {"message": "Request Too Long"})


def test_a_call_that_takes_too_long(gateway: Gateway, web: str) -> None:
    api, root = gateway.create()
    gateway.proxy(api, gateway.resource(api, root, "{what}"), web, timeoutInMillis=200)
    gateway.deploy(api)
    answer = gateway.call(api, "/sleep")
    assert (answer.status_code, answer.text) == (504, '{"message": "Endpoint request timed out"}')


def test_a_deleted_function(gateway: Gateway, functions: Functions) -> None:
    name = functions.create(WEB)
    api, root = gateway.create()
    gateway.proxy(api, root, name)
    gateway.deploy(api)
    assert gateway.call(api).status_code == 200
    functions.api.delete_function(FunctionName=name)
    answer = gateway.call(api)
    assert (answer.status_code, answer.text) == (500, '{"message": "Internal server error"}')


def test_an_integration_with_a_function_needs_post(gateway: Gateway, web: str) -> None:
    api, root = gateway.create()
    gateway.method(api, root, "GET", type="AWS_PROXY", integrationHttpMethod="GET", uri=invocation(web))
    gateway.deploy(api)
    assert gateway.call(api).status_code == 500


def test_stage_variables_choose_the_function(gateway: Gateway, web: str) -> None:
    api, root = gateway.create()
    uri = invocation("x").replace(function_arn("x"), function_arn("${stageVariables.fn}"))
    gateway.method(api, root, "GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.rest.create_deployment(restApiId=api, stageName="prod", variables={"fn": web})
    assert gateway.call(api).json()["stageVariables"] == {"fn": web}
    gateway.rest.update_stage(
        restApiId=api,
        stageName="prod",
        patchOperations=[{"op": "replace", "path": "/variables/fn", "value": "nothing"}],
    )
    assert gateway.call(api).status_code == 500


def test_a_preflight_request_with_a_mock(gateway: Gateway) -> None:
    api, root = gateway.create()
    gateway.method(api, root, "OPTIONS", type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    place: Any = {"restApiId": api, "resourceId": root, "httpMethod": "OPTIONS", "statusCode": "200"}
    header = "method.response.header.Access-Control-Allow-Origin"
    assert refusal(gateway.rest.put_integration_response, **place)[1] == "Invalid Response status code specified"
    gateway.rest.put_method_response(**place, responseParameters={header: True}, responseModels={})
    gateway.rest.put_integration_response(**place, responseParameters={header: "'*'"})
    gateway.deploy(api)
    answer = gateway.call(api, method="OPTIONS")
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")


def test_a_function_without_proxy(gateway: Gateway, functions: Functions) -> None:
    code = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("Bad input: " + event["fail"])
    return {"sum": event.get("a", 0) + 1}
"""
    name = functions.create(code)
    api, root = gateway.create()
    gateway.method(api, root, "POST", type="AWS", integrationHttpMethod="POST", uri=invocation(name))
    place = {"restApiId": api, "resourceId": root, "httpMethod": "POST"}
    for status, pattern in [("200", ""), ("400", "Bad input.*")]:
        gateway.rest.put_method_response(**place, statusCode=status)
        gateway.rest.put_integration_response(**place, statusCode=status, selectionPattern=pattern)
    gateway.deploy(api)
    good = gateway.call(api, method="POST", json={"a": 1})
    assert (good.status_code, good.json()) == (200, {"sum": 2})
    bad = gateway.call(api, method="POST", json={"fail": "x"})
    assert (bad.status_code, bad.json()["errorMessage"]) == (400, "Bad input: x")


def test_invoking_a_method_that_is_not_deployed(gateway: Gateway, web: str) -> None:
    api, root = gateway.create()
    resource = gateway.resource(api, root, "{what}")
    gateway.proxy(api, resource, web, "GET")
    tested = gateway.rest.test_invoke_method(
        restApiId=api, resourceId=resource, httpMethod="GET", pathWithQueryString="/event?a=b", headers={"X-A": "b"}
    )
    event = json.loads(tested["body"])
    assert (tested["status"], event["requestContext"]["stage"]) == (200, "test-invoke-stage")
    assert (event["pathParameters"], event["queryStringParameters"]) == ({"what": "event"}, {"a": "b"})
    assert event["headers"]["X-A"] == "b"
    assert tested["log"].startswith("Execution log for request ")
    assert tested["latency"] >= 0


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
def neighbour() -> Iterator[tuple[str, list[str]]]:
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


def test_private_addresses_are_not_called_without_the_option(
    gateway: Gateway, neighbour: tuple[str, list[str]]
) -> None:
    url, seen = neighbour
    for target in [url, url.replace("127.0.0.1", "localhost"), "http://169.254.169.254", gateway.url]:
        answer = gateway.call(passing_on(gateway, target), "/x")
        assert (answer.status_code, answer.text) == (500, '{"message": "Internal server error"}')
    assert seen == []


def test_requests_are_passed_on_with_the_option(
    start_server: Callable[..., Server], neighbour: tuple[str, list[str]]
) -> None:
    url, seen = neighbour
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


# HTTP APIs

EVENTS = """
import json

def handler(event, context):
    path = event.get("rawPath", "")
    if path.endswith("/raise"):
        raise ValueError("x")
    if path.endswith("/malformed"):
        return {"statusCode": "many"}
    if path.endswith("/text"):
        return "just text"
    if path.endswith("/cookies"):
        return {"statusCode": 201, "cookies": ["a=1", "b=2"], "headers": {"x-word": "w"}, "body": "made"}
    return {"statusCode": 200, "body": json.dumps(event), "headers": {"access-control-allow-origin": "https://wrong"}}
"""


@pytest.fixture(scope="module")
def events(functions: Functions) -> str:
    return functions.create(EVENTS, Runtime="python3.12")


def test_a_quick_create(gateway: Gateway, events: str) -> None:
    api = gateway.http.create_api(Name="quick", ProtocolType="HTTP", Target=function_arn(events))
    identifier, url = api["ApiId"], api["ApiEndpoint"]
    assert (api["RouteSelectionExpression"], api["ProtocolType"]) == ("$request.method $request.path", "HTTP")
    assert url == f"{gateway.url}/_aws/execute-api/{identifier}"
    [route] = gateway.http.get_routes(ApiId=identifier)["Items"]
    [integration] = gateway.http.get_integrations(ApiId=identifier)["Items"]
    [stage] = gateway.http.get_stages(ApiId=identifier)["Items"]
    assert (route["RouteKey"], route["Target"]) == ("$default", f"integrations/{integration['IntegrationId']}")
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    headers = {"X-A": "b", "Cookie": "c=d; e=f"}
    event = SESSION.get(url + "/x/y?a=1&a=2", headers=headers, timeout=60).json()
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/x/y")
    assert (event["rawQueryString"], event["queryStringParameters"]) == ("a=1&a=2", {"a": "1,2"})
    assert (event["cookies"], event["headers"]["x-a"]) == (["c=d", "e=f"], "b")
    assert (event["requestContext"]["stage"], event["requestContext"]["http"]["path"]) == ("$default", "/x/y")
    assert "body" not in event
    assert SESSION.get(url + "/$default/x", timeout=60).json()["rawPath"] == "/x"
    host = {"Host": f"{identifier}.execute-api.localhost:{gateway.port}"}
    assert SESSION.get(f"{gateway.url}/v2/x", headers=host, timeout=60).json()["rawPath"] == "/v2/x"
    text = SESSION.get(url + "/text", timeout=60)
    assert (text.text, text.headers["content-type"]) == ("just text", "application/json")
    made = SESSION.get(url + "/cookies", timeout=60)
    assert (made.status_code, made.text, made.headers["x-word"]) == (201, "made", "w")
    assert dict(made.cookies) == {"a": "1", "b": "2"}
    for path in ["/raise", "/malformed"]:
        failed = SESSION.get(url + path, timeout=60)
        assert (failed.status_code, failed.text) == (500, '{"message":"Internal Server Error"}')
    gateway.http.delete_api(ApiId=identifier)
    assert refusal(gateway.http.get_api, ApiId=identifier)[0] == "NotFoundException"
    assert SESSION.get(url, timeout=60).status_code == 403


def test_routes_and_stages_of_an_http_api(gateway: Gateway, events: str) -> None:
    api = gateway.http.create_api(Name="routes", ProtocolType="HTTP")["ApiId"]
    integration = gateway.http.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=function_arn(events),
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    target = f"integrations/{integration}"
    for key in ["GET /pets/{id}", "ANY /{proxy+}", "POST /pets/dog"]:
        gateway.http.create_route(ApiId=api, RouteKey=key, Target=target)
    assert refusal(gateway.http.create_route, ApiId=api, RouteKey="GET /pets/{x}")[0] == "ConflictException"
    assert refusal(gateway.http.create_route, ApiId=api, RouteKey="pets")[0] == "BadRequestException"
    gateway.http.create_stage(ApiId=api, StageName="dev", StageVariables={"v": "w"})
    url = f"{gateway.url}/_aws/execute-api/{api}"
    assert SESSION.get(url + "/dev/pets/1", timeout=60).text == '{"message":"Not Found"}'
    deployment = gateway.http.create_deployment(ApiId=api, StageName="dev")["DeploymentId"]
    assert gateway.http.get_stage(ApiId=api, StageName="dev")["DeploymentId"] == deployment
    event = SESSION.get(url + "/dev/pets/a%20b", timeout=60).json()
    assert (event["routeKey"], event["pathParameters"]) == ("GET /pets/{id}", {"id": "a b"})
    assert (event["rawPath"], event["stageVariables"]) == ("/dev/pets/a%20b", {"v": "w"})
    keys = {
        ("GET", "/pets/dog"): "GET /pets/{id}",
        ("POST", "/pets/dog"): "POST /pets/dog",
        ("POST", "/pets/cat"): "ANY /{proxy+}",
        ("PATCH", "/a/b/c"): "ANY /{proxy+}",
    }
    for (method, path), key in keys.items():
        assert SESSION.request(method, url + "/dev" + path, timeout=60).json()["routeKey"] == key
    for path in ["/dev", "/other/pets/1"]:
        missing = SESSION.get(url + path, timeout=60)
        assert (missing.status_code, missing.text) == (404, '{"message":"Not Found"}')
    gateway.http.create_stage(ApiId=api, StageName="auto", AutoDeploy=True)
    gateway.http.create_route(ApiId=api, RouteKey="$default", Target=target)
    assert SESSION.get(url + "/auto", timeout=60).json()["routeKey"] == "$default"
    assert SESSION.get(url + "/dev", timeout=60).status_code == 404
    gateway.http.update_integration(ApiId=api, IntegrationId=integration, PayloadFormatVersion="1.0")
    old = SESSION.get(url + "/auto/pets/1", headers={"X-A": "b"}, timeout=60).json()
    assert (old["version"], old["resource"], old["headers"]["x-a"]) == ("1.0", "/pets/{id}", "b")


def test_cors_of_an_http_api(gateway: Gateway, events: str) -> None:
    api = gateway.http.create_api(
        Name="cors",
        ProtocolType="HTTP",
        Target=function_arn(events),
        CorsConfiguration={
            "AllowOrigins": ["https://a.example"],
            "AllowMethods": ["GET", "POST"],
            "AllowHeaders": ["x-a"],
            "MaxAge": 60,
        },
    )
    url = api["ApiEndpoint"]
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    preflight = SESSION.options(url + "/x", headers=asked, timeout=60)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "https://a.example"
    assert preflight.headers["access-control-allow-methods"] == "GET,POST"
    assert preflight.headers["access-control-max-age"] == "60"
    answer = SESSION.get(url + "/x", headers={"Origin": "https://a.example"}, timeout=60)
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    foreign = SESSION.get(url + "/x", headers={"Origin": "https://b.example"}, timeout=60)
    assert "access-control-allow-origin" not in foreign.headers
    gateway.http.delete_cors_configuration(ApiId=api["ApiId"])
    own = SESSION.get(url + "/x", headers={"Origin": "https://b.example"}, timeout=60)
    assert own.headers["access-control-allow-origin"] == "https://wrong"


def test_a_websocket_api_is_refused(gateway: Gateway) -> None:
    code, message = refusal(gateway.http.create_api, Name="w", ProtocolType="WEBSOCKET")
    assert (code, "WEBSOCKET" in message) == ("BadRequestException", True)


def test_an_http_api_of_a_document(gateway: Gateway, events: str) -> None:
    document = {
        "openapi": "3.0.1",
        "info": {"title": "imported", "version": "1"},
        "paths": {
            "/pets/{id}": {
                "get": {
                    "x-amazon-apigateway-integration": {
                        "type": "aws_proxy",
                        "uri": function_arn(events),
                        "payloadFormatVersion": "2.0",
                    }
                }
            }
        },
    }
    api = gateway.http.import_api(Body=json.dumps(document))
    assert api["Name"] == "imported"
    gateway.http.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
    assert SESSION.get(api["ApiEndpoint"] + "/pets/7", timeout=60).json()["pathParameters"] == {"id": "7"}


def test_apis_survive_a_restart(start_server: Callable[..., Server]) -> None:
    server = start_server()
    gateway = Gateway(server.url)
    api, root = gateway.create()
    gateway.method(api, root, "GET", type="MOCK", requestTemplates={"application/json": "{statusCode: 200}"})
    place = {"restApiId": api, "resourceId": root, "httpMethod": "GET", "statusCode": "200"}
    gateway.rest.put_method_response(**place)
    gateway.rest.put_integration_response(**place, responseTemplates={"application/json": "kept"})
    gateway.deploy(api)
    server.kill()
    server.start()
    assert Gateway(server.url).call(api).text == "kept"
