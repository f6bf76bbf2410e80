"""Calls the operations on endpoints and APIs as the OpenAPI document describes them."""

from __future__ import annotations

from aws import client
from endpoint_clients import AWS, Trained
from openapi_walk import Walk

ENDPOINT = "/v1/endpoints/{endpoint}"
CONFIGURATIONS = "/v1/endpoint-configurations"
CONFIGURATION = CONFIGURATIONS + "/{configuration}"


def endpoints(walk: Walk) -> None:
    """Makes an endpoint as SageMaker's clients do, and deletes it."""
    aws = AWS(walk.api.url)
    aws.put_model("scorer", Trained(0).archive)
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 50,
        "DestinationS3Uri": "s3://models/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    aws.put_config("scores-1", ("main", "scorer", 1))
    aws.put_config("scores-2", ("main", "scorer", 3), ("other", "scorer", 1), DataCaptureConfig=capture)
    aws.serve("scores", "scores-2")
    found = walk("GET", ENDPOINT, 200, "scores")
    assert (found["status"], found["configuration"], found["capture"]["percentage"]) == ("InService", "scores-2", 50)
    assert [(it["name"], it["model"], it["weight"]) for it in found["variants"]] == [
        ("main", "scorer", 3),
        ("other", "scorer", 1),
    ]
    listed = walk("GET", "/v1/endpoints", 200, params={"search": "score", "limit": "1"})
    assert (listed["total"], listed["endpoints"][0]) == (1, found)
    assert walk("GET", "/v1/endpoints", 200, params={"search": "nope"}) == {"endpoints": [], "total": 0}
    assert walk("GET", "/v1/endpoints", 200, params={"offset": "1"})["endpoints"] == []
    walk("GET", "/v1/endpoints", 400, params={"limit": "0"})
    page = walk("GET", CONFIGURATIONS, 200, params={"search": "scores", "limit": "1"})
    assert (page["total"], page["configurations"][0]["name"]) == (2, "scores-2")
    assert walk("GET", CONFIGURATION, 200, "scores-2") == page["configurations"][0]
    # The endpoint keeps serving what it was made from.
    assert walk("DELETE", CONFIGURATION, 200, "scores-2")["name"] == "scores-2"
    walk("GET", CONFIGURATION, 404, "scores-2")
    walk("DELETE", CONFIGURATION, 404, "scores-2")
    assert walk("GET", ENDPOINT, 200, "scores")["status"] == "InService"
    walk("GET", f"{ENDPOINT}/series", 200, "scores")
    walk("DELETE", ENDPOINT, 202, "scores")
    walk("GET", ENDPOINT, 404, "scores")
    walk("DELETE", ENDPOINT, 404, "scores")


def apis(walk: Walk) -> None:
    """Makes a REST API and an HTTP API, and lists them."""
    rest = client("apigateway", walk.api.url)
    api = rest.create_rest_api(name="pets", description="All of them")
    place = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    rest.put_method(**place, authorizationType="NONE")
    rest.put_integration(**place, type="MOCK")
    rest.create_deployment(restApiId=api["id"], stageName="prod")
    http = client("apigatewayv2", walk.api.url)
    quick = http.create_api(
        Name="quick", ProtocolType="HTTP", RouteKey="GET /there", Target="http://127.0.0.1:1/somewhere"
    )
    found = {it["name"]: it for it in walk("GET", "/v1/apis", 200)["apis"]}
    assert found["pets"]["routes"] == [{"key": "GET /", "target": "MOCK"}]
    assert found["pets"]["stages"] == [{"name": "prod", "path": f"/_aws/execute-api/{api['id']}/prod/"}]
    assert found["quick"]["routes"] == [{"key": "GET /there", "target": "http://127.0.0.1:1/somewhere"}]
    assert found["quick"]["stages"] == [{"name": "$default", "path": f"/_aws/execute-api/{quick['ApiId']}/"}]
