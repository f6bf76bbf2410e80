"""Calls the operations on loops and training sets as the OpenAPI document describes them."""

from __future__ import annotations

from collections.abc import Mapping

from harness import until
from openapi_walk import Walk

LOOP, RUN = "/v1/loops/{loop}", "/v1/loop-runs/{run}"


def loops(walk: Walk) -> None:
    """Adds a loop, runs it, and builds a training set. The models of houses must have been uploaded."""
    walk("PUT", "/v1/pipelines/{pipeline}", 201, "looped", json={"name": "looped", "steps": [{"model": "house-price"}]})
    walk("PUT", "/v1/pipelines/{pipeline}/deployment", 202, "looped", json={})
    walk.api.settled("looped")
    walk("PUT", "/v1/buckets/{bucket}", 201, "loops")
    walk.api.infer("looped", {"features": [[1.0] * 13]}, headers={"X-Roost-Inference-Id": "looped-1"})
    walk.api.post("/v1/pipelines/looped/ground-truth", json={"id": "looped-1", "label": 12.5})
    request = {
        "output": "s3://loops/sets",
        "rows": 10,
        "window": "1h",
        "weight": {"where": "label > 1", "factor": 2},
    }
    sets = "/v1/pipelines/{pipeline}/training-sets"
    made = walk("POST", sets, 201, "looped", json=request)
    assert made["train"]["rows"] == 1
    walk("POST", sets, 400, "looped", json=request | {"rows": 0})
    walk("POST", sets, 404, "nope", json=request)

    definition = {"pipeline": "looped", "when": {"every": "52w"}, "cooldown": "1d"}
    building = {"build": request | {"validation": 0.5}, "tell": "{{rows}} rows"}
    walk("PUT", LOOP, 201, "l", json=definition | {"then": {"tell": "It is time."}})
    walk("PUT", LOOP, 200, "l", json=definition | {"then": building | {"build": request}, "model": "house-price"})
    walk("PUT", LOOP, 400, "l", json=definition | {"then": {}})
    walk("PUT", LOOP, 404, "l", json=definition | {"then": building, "pipeline": "nope"})
    walk("GET", LOOP, 404, "nope")
    run = walk("POST", f"{LOOP}/runs", 201, "l", params={"by": "ann"})["id"]
    ended = until(lambda: (found := walk("GET", RUN, 200, run)) and found.get("ended_at") and found, "the run ends")
    assert ended["state"] == "finished", ended
    walk("POST", f"{RUN}/abort", 409, run)
    walk("GET", RUN, 404, "nope")
    walk("GET", f"{LOOP}/runs", 200, "l", params={"limit": 5})
    walk("POST", f"{LOOP}/pause", 200, "l")
    walk("POST", f"{LOOP}/resume", 200, "l")
    walk("GET", "/v1/loops", 200, params={"pipeline": "looped"})
    aborted(walk, definition)
    walk("GET", LOOP, 200, "l")
    walk("DELETE", LOOP, 200, "l")
    walk("DELETE", LOOP, 404, "l")


def aborted(walk: Walk, definition: Mapping[str, object]) -> None:
    """Aborts a run while its job trains. No job can have this data, so the run ends soon in any case."""
    put = {"params": {"key": "broken/train.csv"}, "data": b"1,2\n" * 1000}
    walk("PUT", "/v1/buckets/{bucket}/object", 201, "loops", **put)
    train = {
        "algorithm": "xgboost",
        "output": "s3://loops/models",
        "hyperparameters": {"num_round": "100000"},
        "channels": [{"name": "train", "uri": "s3://loops/broken/", "content_type": "text/csv"}],
    }
    walk("PUT", LOOP, 200, "l", json={**definition, "then": {"train": train}})
    run = walk("POST", f"{LOOP}/runs", 201, "l")["id"]
    walk("POST", f"{LOOP}/runs", 409, "l")
    walk("DELETE", LOOP, 409, "l")
    walk("POST", f"{RUN}/abort", 200, run, params={"by": "ann"})
    until(lambda: walk("GET", RUN, 200, run).get("ended_at"), "the run ends")
