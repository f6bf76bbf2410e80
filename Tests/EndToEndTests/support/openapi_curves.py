"""Calls the operations on simulations and learning curves as the OpenAPI document describes them."""

from __future__ import annotations

from typing import Any

from harness import until
from openapi_walk import Walk

CURVE = "/v1/learning-curves/{job}"


def simulations(walk: Walk, inputs: str) -> None:
    """Compares a pipeline with a model. Both must exist, and read these inputs."""
    request: dict[str, Any] = {
        "subjects": ["houses", "house-price"],
        "inputs": {"data": inputs, "format": "json"},
        "rate": 50,
        "duration": 0.5,
        "warm_up": 0.1,
        "arrivals": "poisson",
        "seed": 1,
        "tolerance": 0.5,
        "workspace": "default",
    }
    result = walk("POST", "/v1/simulations", 200, json=request)
    walk("POST", "/v1/simulations/picture", 200, json=result)
    walk("POST", "/v1/simulations/picture", 400, json={"subjects": []})
    logged = {"pipeline": "houses", "start": "2020-01-01T00:00:00Z", "requests": 10}
    walk("POST", "/v1/simulations", 200, json=request | {"inputs": logged})
    walk("POST", "/v1/simulations", 404, json=request | {"subjects": ["nope"]})
    walk("POST", "/v1/simulations", 400, json=request | {"rate": 0})


def curves(walk: Walk, training: dict[str, Any]) -> None:
    """Draws a curve of a training job's definition, stops another, and asks for a third."""
    walk("PUT", "/v1/buckets/{bucket}/object", 201, "data", params={"key": "some"}, data=b"1,2\n" * 60)
    channels = [{"name": "train", "uri": "s3://data/some", "content_type": "text/csv"}]
    definition = {"name": "curve", "training": training | {"channels": channels}, "repeats": 1, "percents": [50, 100]}
    definition |= {"seed": 1, "metric": "loss", "direction": "Minimize", "holdout": 0.5}
    walk("POST", "/v1/learning-curves", 201, json=definition)
    walk("POST", "/v1/learning-curves", 409, json=definition)
    walk("POST", "/v1/learning-curves", 400, json=definition | {"name": "other", "percents": [100, 50]})
    walk("POST", "/v1/learning-curves", 404, json={"name": "other", "job": "nope"})
    until(lambda: walk("GET", CURVE, 200, "curve")["state"].get("ended_at"), "the curve ends")
    walk("GET", f"{CURVE}/picture", 200, "curve")
    walk("GET", f"{CURVE}/logs", 200, "curve", params={"from": 0, "limit": 10})
    walk("GET", "/v1/learning-curves", 200, params={"limit": 1})
    walk("POST", f"{CURVE}/stop", 409, "curve")
    walk("POST", "/v1/learning-curves", 201, json=definition | {"name": "stopped"})
    walk("POST", f"{CURVE}/stop", 202, "stopped")
    walk("GET", CURVE, 404, "nope")
