"""Pipelines whose outputs a test chooses, their labels and reports."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import requests
import small_onnx
from harness import Api, answered


def now() -> datetime:
    return datetime.now(timezone.utc)


def stamp(time: datetime) -> str:
    """Returns a time in UTC as the API writes it."""
    return time.isoformat().replace("+00:00", "Z")


def _floats(columns: int) -> tuple[int, small_onnx.Dimensions]:
    return small_onnx.FLOAT, ["rows", columns]


def echo(columns: int = 1, name: str = "x") -> bytes:
    """Returns a model that answers with its input."""
    floats = _floats(columns)
    return small_onnx.model([small_onnx.node("Identity", [name], "y")], {name: floats}, {"y": floats})


def negated(columns: int = 1, name: str = "x") -> bytes:
    """Returns a model that answers with its input times -1."""
    floats = _floats(columns)
    return small_onnx.model([small_onnx.node("Neg", [name], "y")], {name: floats}, {"y": floats})


def complement(columns: int = 1, name: str = "x") -> bytes:
    """Returns a model that answers with 1 minus its input."""
    floats = _floats(columns)
    nodes = [small_onnx.node("Neg", [name], "negative"), small_onnx.node("Add", ["negative", "one"], "y")]
    return small_onnx.model(
        nodes, {name: floats}, {"y": floats}, {"one": (small_onnx.FLOAT, [1], struct.pack("<f", 1))}
    )


def split(*models: tuple[str, float], key: str | None = None) -> dict[str, Any]:
    """Returns a random split of models with weights."""
    parts: dict[str, Any] = {"models": [{"model": model, "weight": weight} for model, weight in models]}
    return {"random_split": parts | ({"hash_key": key} if key else {})}


def exported(api: Api, pipeline: str) -> list[dict[str, Any]]:
    """Returns all entries of the log, the oldest first."""
    lines = api.get(f"/v1/pipelines/{pipeline}/logs/export").text.splitlines()
    return [json.loads(line) for line in reversed(lines)]


def labels(api: Api, pipeline: str, found: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Any:
    """Adds labels: values by inference id, or whole records."""
    records = [{"id": id, "label": label} for id, label in found.items()] if isinstance(found, Mapping) else found
    body = "\n".join(json.dumps(record) for record in records)
    return answered(send_labels(api, pipeline, body), 200)


def send_labels(api: Api, pipeline: str, body: str | bytes, kind: str = "application/x-ndjson") -> requests.Response:
    content = body.encode() if isinstance(body, str) else body
    return api.post(f"/v1/pipelines/{pipeline}/ground-truth", data=content, headers={"Content-Type": kind})


def quality(api: Api, pipeline: str, **query: Any) -> Any:
    return answered(api.get(f"/v1/pipelines/{pipeline}/quality", params=query), 200)


def report(api: Api, pipeline: str, **request: Any) -> Any:
    return answered(api.post(f"/v1/pipelines/{pipeline}/reports", json=request), 201)


def verified(api: Api, report: str) -> Any:
    return answered(api.post(f"/v1/reports/{report}/verify"), 200)


def infer(api: Api, pipeline: str, id: str, row: Sequence[float], **keys: Any) -> Any:
    headers = {"X-Roost-Inference-Id": id}
    return api.infer(pipeline, {"x": [list(row)]} | keys, headers=headers)


def outputs(entry: Mapping[str, Any]) -> list[Any]:
    """Returns the values of an entry's first output."""
    (tensor,) = entry["outputs"][0].values()
    values: list[Any] = tensor["data"]
    return values
