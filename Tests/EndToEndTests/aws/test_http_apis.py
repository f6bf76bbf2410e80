"""HTTP APIs of API Gateway, made with boto3 and called as any web page is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from aws import refusal
from functions import Functions, function_arn
from gateway import SESSION, Gateway
from harness import Server

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
