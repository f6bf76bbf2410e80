"""The OpenAPI document is valid and complete, and matches the server's responses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws import client
from functions import archive
from harness import DATA, MODELS, Api, Server, tensor
from openapi_assays import assays
from openapi_buckets import buckets
from openapi_comparisons import comparisons
from openapi_curves import simulations
from openapi_endpoints import apis, endpoints
from openapi_gates import gates
from openapi_jobs import jobs
from openapi_loops import loops
from openapi_overview import overview
from openapi_releases import releases
from openapi_series import series
from openapi_spec_validator import validate
from openapi_suites import suites
from openapi_walk import Walk

HOUSES = json.loads((DATA / "houses.json").read_text())
JSON = "application/json"
ARTIFACTS = ["house-price.onnx", "housing-regression.json", "all-types.onnx", "multi-output.zip"]
ARTIFACTS += ["fraud-dense.onnx", "slow-loop.onnx"]
HANGS = [[0.6] * 29]


@pytest.fixture(scope="module")
def document(api: Api) -> dict[str, Any]:
    answer = api.get("/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_answer_is_as_documented(start_server: Any, document: dict[str, Any], tmp_path: Path) -> None:
    server: Server = start_server("--challenger-timeout", "1", "--allow-outgoing")
    walk = Walk(server.api, document)
    models(walk)
    pipelines(walk)
    inference(walk)
    series(walk, "houses")
    overview(walk)
    simulations(walk, json.dumps(HOUSES))
    monitoring(walk)
    assays(walk)
    releases(walk)
    buckets(walk)
    suites(walk)
    gates(walk)
    loops(walk)
    jobs(walk, tmp_path)
    functions(walk)
    endpoints(walk)
    apis(walk)
    events(walk)
    errors(walk)
    deletions(walk)
    documented = {(method.upper(), path) for path, entry in document["paths"].items() for method in entry}
    assert documented - walk.asked == set()


def models(walk: Walk) -> None:
    walk("GET", "/v1/status", 200)
    walk("GET", "/openapi.json", 200)
    walk("GET", "/v1/workspaces", 200)
    walk("POST", "/v1/workspaces", 201, json={"name": "team"})
    walk("GET", "/v1/workspaces/{workspace}", 200, "team")
    for name in ARTIFACTS:
        content = (MODELS / name).read_bytes()
        stem = name.split(".")[0]
        version = walk("POST", "/v1/models/{model}/versions", 201, stem, data=content)
        if stem == "house-price":
            names = (stem, version["id"])
            walk("GET", "/v1/models/{model}/versions/{version}", 200, *names, params={"workspace": "default"})
            walk("PUT", "/v1/models/{model}/versions/{version}/tags/{tag}", 200, *names, "best")
            assert walk("GET", "/v1/models/{model}/versions/{version}/artifact", 200, *names) == content
    walk("GET", "/v1/models", 200, params={"workspace": "default"})
    walk("GET", "/v1/models", 200, params={"limit": 2})
    walk("GET", "/v1/models/{model}", 200, "house-price")
    walk("GET", "/v1/models/{model}", 200, "house-price", params={"limit": 1})
    walk("GET", "/v1/models/{model}/versions", 200, "house-price", params={"limit": 1, "offset": 0})
    walk("DELETE", "/v1/models/{model}/versions/{version}/tags/{tag}", 200, *names, "best")


def pipelines(walk: Walk) -> None:
    shadow = {"shadow_deploy": {"champion": "house-price", "challengers": ["housing-regression"]}}
    validations = [{"name": "price", "expression": "house-price.outputs[0][0] < 100"}]
    definition = {"name": "houses", "workspace": "default", "steps": [shadow], "validations": validations}
    walk("POST", "/v1/pipelines", 201, json=definition)
    walk("PUT", "/v1/pipelines/{pipeline}", 200, "houses", json=definition)
    walk("POST", "/v1/pipelines/{pipeline}/resolve", 200, "houses", json=definition)
    split = {"random_split": {"hash_key": "user", "models": [{"model": "house-price", "weight": 0.5}]}}
    by_key = {"key_split": {"key": "country", "default": "house-price", "models": {"de": "housing-regression"}}}
    for name, step in {"split": split, "by-key": by_key, "types": {"model": "all-types"}}.items():
        walk("PUT", "/v1/pipelines/{pipeline}", 201, name, json={"name": name, "steps": [step]})
    hanging = {"shadow_deploy": {"champion": "fraud-dense", "challengers": ["slow-loop"]}}
    walk("PUT", "/v1/pipelines/{pipeline}", 201, "slow", json={"name": "slow", "steps": [hanging]})
    walk("PUT", "/v1/pipelines/{pipeline}", 201, "empty", json={"name": "empty"})
    for name in ("houses", "split", "by-key", "types", "slow"):
        walk("PUT", "/v1/pipelines/{pipeline}/deployment", 202, name, json={})
        walk.api.settled(name)
        walk("GET", "/v1/pipelines/{pipeline}/deployment", 200, name)
    walk("PUT", "/v1/pipelines/{pipeline}/tags/{tag}", 200, "houses", "best")
    walk("GET", "/v1/pipelines", 200, params={"workspace": "default"})
    walk("GET", "/v1/pipelines/{pipeline}", 200, "houses")
    walk("GET", "/v1/pipelines/{pipeline}/versions", 200, "houses")
    walk("GET", "/v1/pipelines/{pipeline}/versions", 200, "houses", params={"limit": 1})
    walk("GET", "/v1/models/{model}/uses", 200, "house-price")
    walk("DELETE", "/v1/pipelines/{pipeline}/tags/{tag}", 200, "houses", "best")
    walk("PUT", "/v1/pipelines/{pipeline}/deployment", 202, "by-key", json={})
    walk.api.settled("by-key")
    walk("DELETE", "/v1/pipelines/{pipeline}/deployment", 202, "by-key")
    assert walk.api.settled("by-key")["state"] == "Stopped"
    walk("GET", "/v1/pipelines/{pipeline}/deployment", 200, "by-key")


def deletions(walk: Walk) -> None:
    upload, path = "/v1/models/{model}/versions", "/v1/pipelines/{pipeline}/versions/{version}"
    content = (MODELS / "scaler.onnx").read_bytes()
    (first,) = {walk("POST", upload, status, "gone", data=content)["id"] for status in (201, 200)}
    walk.api.define("gone", ["gone"])
    version = walk.api.define("gone", ["gone"], [("v", "gone.outputs[0][0] < 2")])["version"]["id"]
    walk("GET", path, 200, "gone", version)
    walk("PUT", path + "/tags/{tag}", 200, "gone", version[:8], "good")
    walk("DELETE", path + "/tags/{tag}", 200, "gone", "good", "good")
    walk("DELETE", path, 200, "gone", version, params={"force": "false", "log": "false"})
    walk("DELETE", "/v1/pipelines/{pipeline}/logs", 200, "gone")
    walk("DELETE", "/v1/pipelines/{pipeline}", 200, "gone", params={"force": "true", "log": "true"})
    walk("DELETE", upload + "/{version}", 200, "gone", first, params={"workspace": "default"})
    walk("DELETE", "/v1/models/{model}", 404, "gone")
    walk("DELETE", "/v1/workspaces/{workspace}", 200, "team")


def monitoring(walk: Walk) -> None:
    models = [{"model": name, "weight": 1} for name in ("house-price", "housing-regression")]
    split = {"hash_key": "user", "models": models}
    definition = {
        "name": "compared",
        "steps": [{"random_split": split}],
        "goal": {"metric": "accuracy", "smallest_effect": 0.1},
        "guardrails": ["errors", {"metric": "latency", "budget_ms": 100}, {"metric": "check_failures", "limit": 0.5}],
        "labels": {"type": "number", "prediction": "outputs[0][0]"},
        "log": {"keep": {"sample_rows": 3}, "mask": ["user"]},
    }
    walk("PUT", "/v1/pipelines/{pipeline}", 201, "compared", json=definition)
    walk("PUT", "/v1/pipelines/{pipeline}/deployment", 202, "compared", json={})
    walk.api.settled("compared")
    labels: list[dict[str, Any]] = []
    for number in range(40):
        headers = {"X-Roost-Inference-Id": f"id-{number}"}
        house = {"features": [HOUSES["features"][number % 20]], "user": f"u{number}"}
        walk("POST", "/v1/pipelines/{pipeline}/infer", 200, "compared", json=house, headers=headers)
        labels.append({"id": f"id-{number}", "label": 20.5 + number % 2})
    added = walk("POST", "/v1/pipelines/{pipeline}/ground-truth", 200, "compared", json={"labels": labels[1:]})
    assert added == {"accepted": 39}
    walk("POST", "/v1/endpoints/{endpoint}/ground-truth", 200, "compared", json=labels[0])
    walk("POST", "/v1/pipelines/{pipeline}/ground-truth", 400, "compared", json={"id": "id-1", "label": "a"})
    assert walk("GET", "/v1/pipelines/{pipeline}/ground-truth", 200, "compared")["labels"] == 40
    search = "/v1/pipelines/{pipeline}/ground-truth/search"
    found = walk("POST", search, 200, "compared", json={"ids": ["id-1", "id-2", "none"], "keys": {"user": ["0" * 16]}})
    assert [(label["id"], label["label"]) for label in found["labels"]] == [("id-1", 21.5), ("id-2", 20.5)]
    walk("POST", search, 400, "compared", json={"keys": {"user": ["x"]}})
    walk("POST", search, 404, "no-such-pipeline", json={"ids": ["id-1"]})
    query = {"by": "inputs.features[0]", "bins": "3", "every": "3600", "worst": "5"}
    assert walk("GET", "/v1/pipelines/{pipeline}/quality", 200, "compared", params=query)["mistakes"]
    report = walk("POST", "/v1/pipelines/{pipeline}/reports", 201, "compared", json={})
    shadow = walk("POST", "/v1/pipelines/{pipeline}/reports", 201, "houses", json={"kind": "shadow"})
    for made in (report, shadow):
        assert walk("GET", "/v1/reports/{report}", 200, made["id"]) == made
        assert walk("GET", "/v1/reports/{report}/picture", 200, made["id"]).startswith(b"<svg")
        assert walk("POST", "/v1/reports/{report}/verify", 200, made["id"])["is_reproduced"]
    assert walk("GET", "/v1/pipelines/{pipeline}/reports", 200, "compared")["reports"]
    comparisons(walk, report["id"], shadow["id"])
    question = {"arm": "housing-regression", "metric": "label"}
    walk("POST", "/v1/pipelines/{pipeline}/counterfactual", 200, "compared", json=question)
    person = {"key": "user", "value": "u1"}
    deleted = walk("POST", "/v1/pipelines/{pipeline}/logs/deletions", 200, "compared", json=person)
    assert deleted == {"entries": 1, "labels": 1}


def inference(walk: Walk) -> None:
    types = json.loads((MODELS.parent / "expected" / "all-types.json").read_text())["inputs"]
    result = walk("POST", "/v1/pipelines/{pipeline}/infer", 200, "houses", json=HOUSES)
    assert result["check_failures"]
    assert result["shadow_data"]
    walk("POST", "/v1/pipelines/{pipeline}/infer", 200, "types", json=types)
    large = {"features": HOUSES["features"] * 20}
    walk("POST", "/v1/pipelines/{pipeline}/infer", 200, "split", json=large | {"user": "x"})
    walk("POST", "/v1/pipelines/{pipeline}/infer", 200, "slow", json={"tensor": HANGS})
    assert any("error" in entry for entry in walk.api.logs("slow"))
    for name in ("houses", "types", "split", "slow"):
        assert walk("GET", "/v1/pipelines/{pipeline}/logs", 200, name, params={"limit": "10"})["entries"]
        for part in ("export", "tail"):
            walk("GET", f"/v1/pipelines/{{pipeline}}/logs/{part}", 200, name)

    walk("GET", "/v2", 200)
    walk("GET", "/v2/health/live", 200)
    walk("GET", "/v2/health/ready", 200)
    body = {"id": "1", "inputs": [tensor("features", "FP32", HOUSES["features"])], "outputs": [{"name": "price"}]}
    v2_types = [tensor(name, name[3:].upper(), values) for name, values in types.items()]
    walk("POST", "/v2/models/{model}/infer", 200, "types", json={"inputs": v2_types})
    for name in ("houses", "house-price"):
        metadata = walk("GET", "/v2/models/{model}", 200, name)
        walk("GET", "/v2/models/{model}/ready", 200, name)
        walk("POST", "/v2/models/{model}/infer", 200, name, json=body)
        versioned = (name, metadata["versions"][0])
        walk("GET", "/v2/models/{model}/versions/{version}", 200, *versioned)
        walk("GET", "/v2/models/{model}/versions/{version}/ready", 200, *versioned)
        walk("POST", "/v2/models/{model}/versions/{version}/infer", 200, *versioned, json=body)
    assert walk("GET", "/v1/models/{model}/logs", 200, "house-price")["entries"]
    walk("GET", "/metrics", 200)
    walk("GET", "/v1/aws", 200)
    quotas(walk)


def quotas(walk: Walk) -> None:
    target = {"X-Amz-Target": "ServiceQuotasV20190624.RequestServiceQuotaIncrease"}
    for decision, value in (("grant", 50), ("deny", 60)):
        wanted = {"ServiceCode": "sagemaker", "QuotaCode": "L-CONCURRENT-JOBS", "DesiredValue": value}
        asked = walk.api.post("/", headers=target, json=wanted).json()["RequestedQuota"]
        walk("PUT", f"/v1/quota-requests/{{request}}/{decision}", 200, asked["Id"])
    assert len(walk("GET", "/v1/quotas", 200)["requests"]) == 2


def functions(walk: Walk) -> None:
    path = "/v1/functions/{function}"
    source = "def handler(event, context):\n    return event['a']\n"
    limits = {"timeout_seconds": 30, "memory_mb": 256, "storage_mb": 512, "concurrency": 2}
    walk(
        "PUT", path, 201, "first", json={"source": source, "environment": {"KIND": "b"}, "handler": "function.handler"}
    )
    walk("PUT", path, 200, "first", json=limits | {"runtime": "python3.14", "description": "Returns a part."})
    walk("PUT", path, 400, "second", json={"nome": "x"})
    walk("GET", "/v1/functions", 200)
    walk("GET", path, 200, "first")
    walk("GET", path, 404, "second")
    invocations = f"{path}/invocations"
    assert walk("POST", invocations, 200, "first", json={"a": 2}, params={"log": "true"})["result"] == 2
    assert walk("POST", invocations, 200, "first", json={})["failed"]
    walk("POST", invocations, 404, "first", json={}, params={"version": "7"})
    walk("GET", f"{path}/code", 200, "first", params={"version": "$LATEST"})
    walk("GET", f"{path}/logs", 200, "first", params={"since": "0", "limit": "5", "filter": "REPORT"})
    walk("PUT", path, 200, "first", json={"concurrency": 0})
    walk("POST", invocations, 429, "first", json={})
    walk("POST", invocations, 202, "first", json={"a": 1}, params={"queue": "true"})
    assert walk("GET", f"{path}/events", 200, "first")["events"]
    walk("DELETE", path, 200, "first")
    files = archive({"python/shared.py": "WORD = 1\n"})
    client("lambda", walk.api.url).publish_layer_version(LayerName="shared", Content={"ZipFile": files})
    walk("GET", "/v1/layers/{layer}/versions/{version}/code", 200, "shared", "1")
    walk("GET", "/v1/layers/{layer}/versions/{version}/code", 404, "shared", "x")


def events(walk: Walk) -> None:
    found = walk("GET", "/v1/events", 200, params={"kind": "pipeline.*", "limit": "3"})
    walk("GET", "/v1/events", 200, params={"after": str(found["next"]), "wait": "1"})
    walk("GET", "/v1/events", 400, params={"kind": "comet.seen"})
    path = "/v1/webhooks/{webhook}"
    definition = {"url": "http://127.0.0.1:1/", "kinds": ["job.*"], "template": '{"text": "{{message}}"}'}
    walk("PUT", path, 201, "first", json=definition)
    walk("PUT", path, 200, "first", json={"url": "http://127.0.0.1:1/", "format": "slack"})
    walk("PUT", path, 400, "second", json={"url": "http://169.254.169.254/"})
    assert "error" in walk("POST", f"{path}/test", 200, "first")
    walk("GET", "/v1/webhooks", 200)
    walk("GET", path, 200, "first")
    walk("DELETE", path, 200, "first")


def errors(walk: Walk) -> None:
    walk("GET", "/v1/workspaces/{workspace}", 404, "nope")
    walk("POST", "/v1/workspaces", 409, json={"name": "team"})
    walk("POST", "/v1/workspaces", 400, json={"nome": "team"})
    walk("POST", "/v1/models/{model}/versions", 400, "m", data=b"x")
    walk("GET", "/v1/pipelines/{pipeline}/deployment", 404, "empty")
    walk("PUT", "/v1/pipelines/{pipeline}/deployment", 400, "empty", json={})
    walk("POST", "/v1/pipelines/{pipeline}/resolve", 404, "new", json={"name": "new", "steps": [{"model": "nope"}]})
    walk("POST", "/v1/pipelines/{pipeline}/resolve", 400, "other", json={"name": "new"})
    walk("GET", "/v1/pipelines/{pipeline}/logs", 400, "houses", params={"limit": "0"})
    walk("POST", "/v1/pipelines/{pipeline}/infer", 400, "houses", json={"features": [[1]]})
    walk("POST", "/v1/pipelines/{pipeline}/infer", 404, "empty", json={})
    walk("POST", "/v2/models/{model}/infer", 400, "houses", json={"inputs": []})
    walk("GET", "/v2/models/{model}", 404, "nope")


def test_what_is_not_documented_is_not_answered(api: Api, document: dict[str, Any]) -> None:
    documented = [path.split("/") for path in document["paths"]]

    def is_documented(path: str) -> bool:
        parts = path.split("/")
        return any(
            len(known) == len(parts) and all(a.startswith("{") or a == b for a, b in zip(known, parts, strict=True))
            for known in documented
        )

    tried = 0
    for template in document["paths"]:
        path = template.replace("{", "").replace("}", "")
        parts = path.split("/")
        for other in (
            f"{path}/more",
            f"{path}/",
            "/".join(parts[:-1]),
            path.upper(),
            f"/{path}",
            path.replace("/v", "/w"),
        ):
            if is_documented(other) or not other:
                continue
            answer = api.get(other)
            assert answer.status_code == 404, f"GET {other}: {answer.status_code}"
            tried += 1
    assert tried > 100
