"""Calls the native API as its OpenAPI document describes it."""

from __future__ import annotations

from typing import Any

from harness import Api
from jsonschema import Draft202012Validator, FormatChecker

JSON = "application/json"


class Walk:
    """Calls operations, and checks each response against the document."""

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
