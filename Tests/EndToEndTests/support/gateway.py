"""Makes APIs of API Gateway with boto3, and calls them as any web page does."""

from __future__ import annotations

from typing import Any

import requests
from aws import REGION, client
from functions import function_arn

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
