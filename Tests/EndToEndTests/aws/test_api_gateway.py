"""REST APIs of API Gateway, made with boto3 and called as any web page is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from aws import ACCOUNT, REGION, refusal
from functions import Functions, function_arn
from gateway import MALFORMED, SESSION, WEB, Gateway, invocation
from harness import until


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


def test_settings_that_would_not_be_obeyed_are_refused(gateway: Gateway) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    allowed = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert gateway.rest.create_rest_api(name="open", policy=allowed)["policy"] == allowed
    denied = json.dumps({"Version": "2012-10-17", "Statement": [statement, {**statement, "Effect": "Deny"}]})
    private = {"types": ["PRIVATE"]}
    setting: Any
    for setting in [{"policy": denied}, {"endpointConfiguration": private}]:
        code, message = refusal(gateway.rest.create_rest_api, name="closed", **setting)
        assert (code, "is not supported by this server" in message) == ("BadRequestException", True)
    api, root = gateway.create()
    place: Any = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.rest.put_method(**place, authorizationType="NONE")
    server: Any = {**place, "type": "HTTP", "integrationHttpMethod": "GET", "uri": "https://example.com/"}
    for name, value in [("contentHandling", "CONVERT_TO_BINARY"), ("tlsConfig", {"insecureSkipVerification": True})]:
        code, message = refusal(gateway.rest.put_integration, **server, **{name: value})
        assert (code, name in message) == ("BadRequestException", True)


def test_a_document_whose_references_multiply_is_refused(gateway: Gateway) -> None:
    parameters = [1] * 150_000
    document = {
        "openapi": "3.0.1",
        "info": {"title": "large"},
        "paths": {f"/p{number}": {"$ref": "#/x-s"} for number in range(250)},
        "x-s": {"get": {"parameters": parameters}, "put": {"parameters": parameters[:10]}},
    }
    expected = ("BadRequestException", "Invalid OpenAPI input. The operation GET /p0 has more than 300 parameters.")
    assert refusal(gateway.rest.import_rest_api, body=json.dumps(document).encode()) == expected
    assert refusal(gateway.http.import_api, Body=json.dumps(document)) == expected
    document["x-s"] = {"get": {"parameters": parameters * 2}}
    assert refusal(gateway.rest.import_rest_api, body=json.dumps(document).encode()) == (
        "BadRequestException",
        "Invalid OpenAPI input. It has more than 200000 values.",
    )


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
