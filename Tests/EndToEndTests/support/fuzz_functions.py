"""A valid request for each kind of operation on functions, APIs, roles and web sites, for the fuzzer to change."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

from fuzz_requests import Request

#: Stands for the ID of the API that the fuzzer makes, which has as many characters.
API = "apifuzz000"
FUNCTION = "fuzz-function"
SOURCE = "def handler(event, context):\n    return event\n"
SIGNED = "AWS4-HMAC-SHA256 Credential=fuzz/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
JSON = ("Content-Type", "application/json")
ARN = f"arn:aws:lambda:us-east-1:000000000000:function:{FUNCTION}"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations"


def archive() -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("function.py", (2026, 1, 1, 0, 0, 0)), SOURCE)
    return base64.b64encode(buffer.getvalue()).decode()


def signed(service: str, method: str, path: str, body: Any = b"", query: Any = ()) -> Request:
    headers = [("Authorization", SIGNED.format(service)), JSON]
    return Request(method, path, list(query), headers, body)


def aws_lambda() -> list[Request]:
    functions = "/2015-03-31/functions"
    one = f"{functions}/{FUNCTION}"
    new = {
        "FunctionName": "fuzzed",
        "Runtime": "python3.12",
        "Role": "arn:aws:iam::000000000000:role/R",
        "Handler": "function.handler",
        "Code": {"ZipFile": archive()},
        "Timeout": 3,
        "MemorySize": 128,
        "Environment": {"Variables": {"NAME": "value"}},
        "EphemeralStorage": {"Size": 512},
        "Tags": {"a": "b"},
        "Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:fuzz:1"],
        "LoggingConfig": {"LogFormat": "JSON"},
        "Publish": True,
    }
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    cors = {"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": 5}
    alias = {"Name": "live", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}}
    invocation = signed("lambda", "POST", f"{one}/invocations", {"a": [1, {"b": None}]}, [("Qualifier", "$LATEST")])
    invocation.headers += [("X-Amz-Invocation-Type", "RequestResponse"), ("X-Amz-Log-Type", "Tail")]
    invocation.headers.append(("X-Amz-Client-Context", "e30="))
    queued = signed("lambda", "POST", f"{one}/invocations", {"later": 1})
    queued.headers.append(("X-Amz-Invocation-Type", "Event"))
    return [
        signed("lambda", "POST", functions, new),
        signed("lambda", "GET", functions, query=[("MaxItems", "5"), ("Marker", "a"), ("FunctionVersion", "ALL")]),
        signed("lambda", "GET", f"{functions}/{ARN.replace(':', '%3A')}", query=[("Qualifier", "1")]),
        signed("lambda", "PUT", f"{functions}/fuzzed/code", {"S3Bucket": "fuzz", "S3Key": "model.tar.gz"}),
        signed("lambda", "PUT", f"{functions}/fuzzed/configuration", {"Timeout": 4, "Description": "d"}),
        signed("lambda", "DELETE", f"{functions}/fuzzed"),
        invocation,
        queued,
        signed("lambda", "POST", f"{functions}/fuzzed/versions", {"Description": "d"}),
        signed("lambda", "GET", f"{one}/versions"),
        signed("lambda", "POST", f"{functions}/fuzzed/aliases", alias),
        signed("lambda", "PUT", f"{functions}/fuzzed/aliases/live", {"FunctionVersion": "1"}),
        signed("lambda", "POST", f"{functions}/fuzzed/policy", permission),
        signed("lambda", "DELETE", f"{functions}/fuzzed/policy/s"),
        signed("lambda", "POST", "/2021-10-31/functions/fuzzed/url", {"AuthType": "NONE", "Cors": cors}),
        signed("lambda", "PUT", "/2017-10-31/functions/fuzzed/concurrency", {"ReservedConcurrentExecutions": 1}),
        signed("lambda", "POST", "/2018-10-31/layers/fuzz/versions", {"Content": {"ZipFile": archive()}}),
        signed("lambda", "GET", "/2018-10-31/layers/fuzz/versions/1"),
        signed("lambda", "POST", f"/2017-03-31/tags/{ARN.replace(':', '%3A')}", {"Tags": {"a": "b"}}),
    ]


def api_gateway() -> list[Request]:
    rest, http = f"/restapis/{API}", "/v2/apis"
    document = {
        "openapi": "3.0.1",
        "info": {"title": "fuzzed"},
        "paths": {
            "/a/{b}": {
                "get": {
                    "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": URI},
                    "responses": {"200": {"description": "d"}},
                }
            }
        },
    }
    integration = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    patch = {"patchOperations": [{"op": "replace", "path": "/description", "value": "d"}]}
    throttle = {"patchOperations": [{"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "5"}]}
    created = {"name": "fuzzed", "protocolType": "HTTP", "target": ARN, "corsConfiguration": {"allowOrigins": ["*"]}}
    return [
        signed("apigateway", "POST", "/restapis", {"name": "fuzzed", "binaryMediaTypes": ["image/png"]}),
        signed("apigateway", "POST", "/restapis", document, [("mode", "import"), ("failonwarnings", "true")]),
        signed("apigateway", "GET", "/restapis", query=[("limit", "5"), ("position", "a")]),
        signed("apigateway", "PATCH", rest, patch),
        signed("apigateway", "GET", f"{rest}/resources", query=[("embed", "methods")]),
        signed("apigateway", "POST", f"{rest}/resources/none", {"pathPart": "{proxy+}"}),
        signed("apigateway", "PUT", f"{rest}/resources/none/methods/GET", {"authorizationType": "NONE"}),
        signed("apigateway", "PUT", f"{rest}/resources/none/methods/GET/integration", integration),
        signed("apigateway", "POST", f"{rest}/deployments", {"stageName": "other", "variables": {"a": "b"}}),
        signed("apigateway", "PATCH", f"{rest}/stages/prod", throttle),
        signed("apigateway", "POST", "/apikeys", {"name": "k", "enabled": True, "value": "0123456789012345678901"}),
        signed(
            "apigateway",
            "POST",
            "/usageplans",
            {"name": "p", "throttle": {"rateLimit": 1.5, "burstLimit": 2}, "quota": {"limit": 5, "period": "DAY"}},
        ),
        signed("apigateway", "POST", http, created),
        signed("apigateway", "GET", http, query=[("maxResults", "5"), ("nextToken", "a")]),
    ]


def calls() -> list[Request]:
    query = [("a", "1"), ("a", "2"), ("b", "%2B")]
    path = f"/_aws/execute-api/{API}/prod"
    return [
        Request("POST", path, query, [JSON], {"statusCode": 200, "body": "x"}),
        Request("POST", f"/restapis/{API}/prod/_user_request_/a/b", query, [("Content-Type", "text/plain")], b"text"),
        Request("GET", f"{path}/a%2Fb/../c", query, [("X-Api-Key", "k"), ("X-Forwarded-For", "1.2.3.4")]),
        Request("OPTIONS", path, headers=[("Origin", "http://a.example"), ("Access-Control-Request-Method", "POST")]),
        Request("GET", "/_aws/lambda-url/0123456789abcdef0123456789abcdef/a", query),
        Request("GET", "/_aws/s3-website/fuzz-site/a/../index.html", query, [("Range", "bytes=0-3")]),
    ]


def native() -> list[Request]:
    definition = {"runtime": "python3.12", "source": SOURCE, "timeout_seconds": 3, "environment": {"KIND": "b"}}
    steps = [{"function": FUNCTION}, {"model": "champion"}, {"function": f"{FUNCTION}@$LATEST"}]
    one = f"/v1/functions/{FUNCTION}"
    return [
        # The address is refused after everything else was checked.
        Request(
            "PUT",
            "/v1/webhooks/fuzzed",
            headers=[JSON],
            body={
                "url": "http://127.0.0.1:1/a?b=c",
                "kinds": ["job.*", "pipeline.deployed"],
                "template": '{"a": "{{message}} {{details.b}}", "n": {{sequence}}}',
                "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            },
        ),
        Request("GET", "/v1/events", [("after", "0"), ("kind", "job.*"), ("subject", "job:a"), ("since", "1")]),
        Request("PUT", "/v1/functions/fuzzed", headers=[JSON], body=definition | {"concurrency": 2, "memory_mb": 256}),
        Request("POST", f"{one}/invocations", [("log", "true")], [JSON], {"a": 1}),
        Request("GET", f"{one}/logs", [("limit", "5"), ("since", "0"), ("filter", "a")]),
        Request("GET", f"{one}/events"),
        Request("GET", f"{one}/code", [("version", "$LATEST")]),
        Request("PUT", "/v1/pipelines/fuzzed", headers=[JSON], body={"name": "fuzzed", "steps": steps}),
    ]


def templates() -> list[Request]:
    return [*aws_lambda(), *api_gateway(), *calls(), *native()]


def call(api: Any, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": SIGNED.format("apigateway")}
    answer = api.request(method, path, headers=headers, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def prepare(api: Any) -> None:
    """Makes what the templates refer to."""
    made = api.put(f"/v1/functions/{FUNCTION}", json={"source": SOURCE})
    assert made.status_code == 201, made.text
    name: str = call(api, "POST", "/restapis", {"name": API})["id"]
    root = call(api, "GET", f"/restapis/{name}/resources")["item"][0]["id"]
    greedy = call(api, "POST", f"/restapis/{name}/resources/{root}", {"pathPart": "{proxy+}"})["id"]
    for resource in (root, greedy):
        method = f"/restapis/{name}/resources/{resource}/methods/ANY"
        call(api, "PUT", method, {"authorizationType": "NONE"})
        call(api, "PUT", f"{method}/integration", {"type": "AWS_PROXY", "httpMethod": "POST", "uri": URI})
    call(api, "POST", f"/restapis/{name}/deployments", {"stageName": "prod"})


def made_api(api: Any) -> str:
    """Returns the ID of the API that was made for the templates."""
    listed = call(api, "GET", "/restapis")["item"]
    name: str = next(each["id"] for each in listed if each["name"] == API)
    assert len(name) == len(API)
    return name
