"""The OpenAPI document is valid, says what the server answers, and leaves nothing out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from harness import DATA, MODELS, Api, Server, tensor
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

HOUSES = json.loads((DATA / "houses.json").read_text())
JSON = "application/json"
ARTIFACTS = ["house-price.onnx", "housing-regression.json", "all-types.onnx", "multi-output.zip"]
ARTIFACTS += ["fraud-dense.onnx", "slow-loop.onnx"]
HANGS = [[0.6] * 29]


@pytest.fixture(scope="module")
def document(api: Api) -> dict[str, Any]:
    answer = api.get("/openapi.json")
    assert answer.status_code == 200
    loaded: dict[str, Any] = answer.json()
    return loaded


class Walk:
    """Asks for operations, and holds each answer against what the document says of it."""

    def __init__(self, api: Api, document: dict[str, Any]) -> None:
        self.api, self.document = api, document
        self.asked: set[tuple[str, str]] = set()

    def __call__(self, method: str, template: str, status: int, *names: str, **arguments: Any) -> Any:
        operation = self.document["paths"][template][method.lower()]
        path = template
        parameters = [entry["name"] for entry in operation.get("parameters", []) if entry["in"] == "path"]
        for parameter, name in zip(parameters, names, strict=True):
            path = path.replace(f"{{{parameter}}}", name)
        known = [entry["name"] for entry in operation.get("parameters", []) if entry["in"] == "query"]
        assert set(arguments.get("params", {})) <= set(known), f"{template} takes the query's {known}"
        if "json" in arguments and status < 400:
            self.check(arguments["json"], operation["requestBody"]["content"][JSON]["schema"], f"body of {path}")
        answer = self.api.request(method, path, **arguments)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        described = operation["responses"].get(str(status), operation["responses"]["default"])
        assert status >= 400 or str(status) in operation["responses"], f"{method} {template} says nothing of {status}"
        media_type = answer.headers["content-type"].split(";")[0]
        assert media_type in described["content"], f"{method} {path} answers {media_type}"
        self.asked.add((method, template))
        if media_type != JSON:
            return answer.content
        self.check(answer.json(), described["content"][JSON]["schema"], f"{method} {path}")
        return answer.json()

    def check(self, value: Any, schema: dict[str, Any], what: str) -> None:
        whole = schema | {"components": self.document["components"]}
        errors = list(Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value))
        assert not errors, f"{what}: {errors[0].message} at {errors[0].json_path}"


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_answer_is_as_documented(start_server: Any, document: dict[str, Any]) -> None:
    server: Server = start_server("--challenger-timeout", "1")
    walk = Walk(server.api, document)
    models(walk)
    pipelines(walk)
    inference(walk)
    errors(walk)
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
            query = {"workspace": "default"}
            walk("GET", "/v1/models/{model}/versions/{version}", 200, *names, params=query)
            walk("PUT", "/v1/models/{model}/versions/{version}/tags/{tag}", 200, *names, "best")
            downloaded = walk("GET", "/v1/models/{model}/versions/{version}/artifact", 200, *names)
            assert downloaded == content
    walk("GET", "/v1/models", 200, params={"workspace": "default"})
    walk("GET", "/v1/models/{model}", 200, "house-price")
    walk("DELETE", "/v1/models/{model}/versions/{version}/tags/{tag}", 200, *names, "best")


def pipelines(walk: Walk) -> None:
    shadow = {"shadow_deploy": {"champion": "house-price", "challengers": ["housing-regression"]}}
    validations = [{"name": "price", "expression": "house-price.outputs[0][0] < 100"}]
    definition = {"name": "houses", "workspace": "default", "steps": [shadow], "validations": validations}
    walk("POST", "/v1/pipelines", 201, json=definition)
    walk("PUT", "/v1/pipelines/{pipeline}", 200, "houses", json=definition)
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
    walk("DELETE", "/v1/pipelines/{pipeline}/tags/{tag}", 200, "houses", "best")
    walk("PUT", "/v1/pipelines/{pipeline}/deployment", 202, "by-key", json={})
    walk.api.settled("by-key")
    walk("DELETE", "/v1/pipelines/{pipeline}/deployment", 202, "by-key")
    assert walk.api.settled("by-key")["state"] == "Stopped"
    walk("GET", "/v1/pipelines/{pipeline}/deployment", 200, "by-key")


def inference(walk: Walk) -> None:
    types = json.loads((MODELS.parent / "expected" / "all-types.json").read_text())["inputs"]
    result = walk("POST", "/v1/pipelines/{pipeline}/infer", 200, "houses", json=HOUSES)
    assert result["check_failures"]
    assert result["shadow_data"]
    walk("POST", "/v1/pipelines/{pipeline}/infer", 200, "types", json=types)
    large = {"features": HOUSES["features"] * 20}
    walk("POST", "/v1/pipelines/{pipeline}/infer", 200, "split", json=large | {"user": "x"})
    walk("POST", "/v1/pipelines/{pipeline}/infer", 200, "slow", json={"input": HANGS})
    assert any("error" in entry for entry in walk.api.logs("slow"))
    for name in ("houses", "types", "split", "slow"):
        logged = walk("GET", "/v1/pipelines/{pipeline}/logs", 200, name, params={"limit": "10"})
        assert logged["entries"]
        walk("GET", "/v1/pipelines/{pipeline}/logs/export", 200, name)

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


def errors(walk: Walk) -> None:
    walk("GET", "/v1/workspaces/{workspace}", 404, "nope")
    walk("POST", "/v1/workspaces", 409, json={"name": "team"})
    walk("POST", "/v1/workspaces", 400, json={"nome": "team"})
    walk("POST", "/v1/models/{model}/versions", 400, "m", data=b"x")
    walk("GET", "/v1/pipelines/{pipeline}/deployment", 404, "empty")
    walk("PUT", "/v1/pipelines/{pipeline}/deployment", 400, "empty", json={})
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
