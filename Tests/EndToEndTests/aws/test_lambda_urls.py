"""URLs of functions, configured with boto3 and called as any web page is."""

from __future__ import annotations

import json

import pytest
import requests
from aws import refusal
from functions import Functions, function_arn

NOT_FOUND = "ResourceNotFoundException"
CONFLICT = "ResourceConflictException"


@pytest.fixture
def functions(server: str) -> Functions:
    return Functions(server)


WEB = """
import json

def handler(event, context):
    if event["rawPath"] == "/event":
        return event
    if event["rawPath"] == "/text":
        return "just text"
    if event["rawPath"] == "/raise":
        raise ValueError("x")
    if event["rawPath"] == "/malformed":
        return {"statusCode": "many"}
    return {
        "statusCode": 201,
        "headers": {"x-word": "w", "content-type": "text/html"},
        "cookies": ["a=1", "b=2"],
        "body": "<p>hi</p>",
    }
"""


def test_a_function_has_a_url(functions: Functions) -> None:
    name = functions.create(WEB)
    created = functions.api.create_function_url_config(FunctionName=name, AuthType="NONE")
    url: str = created["FunctionUrl"]
    assert url.startswith(functions.url)
    assert (created["FunctionArn"], created["AuthType"]) == (function_arn(name), "NONE")
    found = functions.api.get_function_url_config(FunctionName=name)
    assert (found["FunctionUrl"], found["InvokeMode"]) == (url, "BUFFERED")
    assert len(functions.api.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]) == 1
    page = requests.get(url + "page", timeout=60)
    assert (page.status_code, page.text, page.headers["x-word"]) == (201, "<p>hi</p>", "w")
    assert dict(page.cookies) == {"a": "1", "b": "2"}
    text = requests.get(url + "text", timeout=60)
    assert (text.text, text.headers["content-type"]) == ("just text", "application/json")
    for path in ["raise", "malformed"]:
        failed = requests.get(url + path, timeout=60)
        assert (failed.status_code, failed.text) == (502, "Internal Server Error")


def test_the_event_of_a_url(functions: Functions) -> None:
    name = functions.create(WEB)
    url = functions.api.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    answer = requests.post(
        url + "event?a=1&a=2&b=x%20y", json={"k": "ü"}, headers={"X-Mixed": "V"}, cookies={"c": "1"}, timeout=60
    )
    event = answer.json()
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/event")
    assert event["rawQueryString"] == "a=1&a=2&b=x%20y"
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y"}
    assert event["headers"]["x-mixed"] == "V"
    assert event["cookies"] == ["c=1"]
    assert json.loads(event["body"]) == {"k": "ü"}
    assert event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert (context["accountId"], context["stage"]) == ("anonymous", "$default")
    assert (context["http"]["method"], context["http"]["path"]) == ("POST", "/event")
    assert context["requestId"] == answer.headers["x-amzn-RequestId"]
    binary = requests.post(url + "event", data=b"\xff\x00", timeout=60).json()
    assert (binary["isBase64Encoded"], binary["body"]) == (True, "/wA=")


def test_a_url_that_does_not_answer(functions: Functions) -> None:
    missing = requests.get(f"{functions.url}/_aws/lambda-url/{'a' * 32}/", timeout=60)
    assert (missing.status_code, missing.json()) == (403, {"Message": None})
    assert missing.headers["x-amzn-ErrorType"] == "AccessDeniedException"
    name = functions.create(WEB)
    url = functions.api.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")["FunctionUrl"]
    assert requests.get(url, timeout=60).status_code == 403
    functions.api.update_function_url_config(FunctionName=name, AuthType="NONE")
    assert requests.get(url, timeout=60).status_code == 201
    functions.api.delete_function_url_config(FunctionName=name)
    assert requests.get(url, timeout=60).status_code == 403


def test_the_url_of_an_alias(functions: Functions) -> None:
    code = "def handler(event, context):\n    return context.function_version\n"
    versions = functions.create(code, Publish=True)
    assert refusal(
        functions.api.create_function_url_config, FunctionName=versions, Qualifier="live", AuthType="NONE"
    ) == (NOT_FOUND, "Function does not exist")
    functions.api.create_alias(FunctionName=versions, Name="live", FunctionVersion="1")
    url = functions.api.create_function_url_config(FunctionName=versions, Qualifier="live", AuthType="NONE")
    assert url["FunctionArn"] == function_arn(versions, "live")
    assert requests.get(url["FunctionUrl"], timeout=60).text == "1"
    assert refusal(
        functions.api.create_function_url_config, FunctionName=versions, Qualifier="live", AuthType="NONE"
    ) == (
        CONFLICT,
        f"Failed to create function url config for [functionArn = {function_arn(versions, 'live')}]. "
        "Error message:  FunctionUrlConfig exists for this Lambda function",
    )
    assert refusal(functions.api.get_function_url_config, FunctionName=versions) == (
        NOT_FOUND,
        "The resource you requested does not exist.",
    )


def test_pages_of_other_origins(functions: Functions) -> None:
    name = functions.create(WEB)
    cors = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "AllowHeaders": ["x-a"], "MaxAge": 9}
    created = functions.api.create_function_url_config(FunctionName=name, AuthType="NONE", Cors=cors)
    assert created["Cors"] == cors
    url = created["FunctionUrl"]
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    preflight = requests.options(url, headers=asked, timeout=60)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://a.example"
    assert preflight.headers["access-control-allow-methods"] == "GET"
    assert preflight.headers["access-control-max-age"] == "9"
    other = requests.options(url, headers={**asked, "Origin": "https://b.example"}, timeout=60)
    assert "access-control-allow-origin" not in other.headers
    page = requests.get(url, headers={"Origin": "https://a.example"}, timeout=60)
    assert page.headers["access-control-allow-origin"] == "https://a.example"
