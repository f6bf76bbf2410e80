"""Suites with labeled data, and gates that require them."""

from __future__ import annotations

import struct
from typing import Any

import requests
import small_onnx
from aws import client
from harness import Api, answered, until
from monitored import outputs

#: y = 2 x, with a little noise that is not in the model.
LABELED = "".join(f"{2 * x / 10 + 0.01 * (x % 3 - 1)},{x / 10}\n" for x in range(200))


def scaled(factor: float, x: str = "x", y: str = "y") -> bytes:
    """Returns a model with one input `x` of one column, and one output, `factor` times as much."""
    floats: tuple[int, small_onnx.Dimensions] = (small_onnx.FLOAT, ["rows", 1])
    weight = {"weight": (small_onnx.FLOAT, [1], struct.pack("<f", factor))}
    return small_onnx.model([small_onnx.node("Mul", [x, "weight"], y)], {x: floats}, {y: floats}, weight)


def put_labels(url: str, bucket: str = "gates") -> str:
    """Stores the labeled rows, and returns their URI."""
    s3 = client("s3", url)
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="labeled.csv", Body=LABELED.encode())
    return f"s3://{bucket}/labeled.csv"


def quality(uri: str, margin: float = 0.05) -> dict[str, Any]:
    """A case that compares the errors with those of the version in production."""
    check = {"metric": "rmse", "data": [uri], "versus_champion": {"margin": margin}}
    return {"name": "no-worse-than-production", "quality": check}


def golden(x: float, y: float, name: str = "doubles") -> dict[str, Any]:
    return {"name": name, "golden": {"inputs": {"x": [[x]]}, "outputs": {"y": [[y]]}}}


def put_suite(api: Api, name: str, *cases: dict[str, Any], **subject: str) -> Any:
    return answered(api.put(f"/v1/suites/{name}", json={"cases": list(cases), **subject}), 200, 201)


def run(api: Api, suite: str, version: dict[str, Any]) -> str:
    """Runs a suite on a version, and returns the outcome."""
    reference = f"{version['model']}@{version['id']}"
    found = answered(api.post(f"/v1/suites/{suite}/runs", json={"version": reference}), 200, 201, 202)

    def look() -> Any:
        current = answered(api.get(f"/v1/suite-runs/{found['id']}"), 200)
        return current if current["outcome"] not in ("pending", "running") else None

    return str(until(look, f"suite {suite} ends")["outcome"])


def put_gate(api: Api, pipeline: str, *suites: str) -> Any:
    return answered(api.put(f"/v1/gates/{pipeline}", json={"suites": list(suites), "by": "ann"}), 200, 201)


def override(api: Api, pipeline: str, version: dict[str, Any], reason: str = "It is urgent.") -> Any:
    body = {"model": reference(version), "reason": reason, "by": "ann"}
    return answered(api.post(f"/v1/gates/{pipeline}/overrides", json=body), 200)


def verdict(api: Api, pipeline: str, version: dict[str, Any]) -> Any:
    return answered(api.get(f"/v1/gates/{pipeline}/verdict", params={"model": reference(version)}), 200)


def reference(version: dict[str, Any]) -> str:
    return f"{version['model']}@{version['id']}"


def deploys(api: Api, pipeline: str, version: str | None = None) -> requests.Response:
    return api.put(f"/v1/pipelines/{pipeline}/deployment", json={"version": version} if version else {})


def answers(api: Api, pipeline: str, x: float = 1.0) -> float:
    """Returns what the pipeline says for one row."""
    return float(outputs(api.infer(pipeline, {"x": [[x]]}))[0])


def events(api: Api, pipeline: str, kind: str = "gate.*") -> list[Any]:
    """Returns the events on a pipeline, oldest first."""
    found = answered(api.get("/v1/events", params={"pipeline": pipeline, "kind": kind, "limit": "1000"}), 200)
    return list(reversed(found["events"]))
