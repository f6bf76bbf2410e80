"""Calls the operations on assays, vocabularies and causes as the OpenAPI document describes them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from harness import until
from openapi_walk import Walk

ASSAY = "/v1/assays/{assay}"
PIPELINE = "watched"


def assays(walk: Walk) -> None:
    """Watches a pipeline. The models of houses must have been uploaded."""
    walk.api.serve(PIPELINE, ["house-price"], labels={"type": "number"})
    definition = {
        "pipeline": PIPELINE,
        "metric": "inputs.features[0]",
        "baseline": {"values": [number / 10 for number in range(200)]},
        "window": "1s",
        "every": "1s",
        "minimum": 5,
    }
    walk("PUT", ASSAY, 201, "first", json=definition)
    walk("PUT", ASSAY, 200, "first", json=definition | {"statistic": "ks", "warn": 0.2, "alert": 0.3})
    walk("PUT", ASSAY, 400, "second", json=definition | {"window": "soon"})
    walk("GET", "/v1/assays", 200, params={"pipeline": PIPELINE})
    walk("GET", "/v1/assays", 200, params={"pipeline": PIPELINE, "limit": 1, "offset": 0, "windows": 5, "level": "ok"})
    walk("GET", ASSAY, 200, "first")
    house = {"features": [[1.0] * 13]}
    # Suggestions need some rows of the log.
    walk.api.infer(PIPELINE, {"features": [[1.0] * 13] * 300})

    def has_result() -> bool:
        for _ in range(10):
            walk.api.infer(PIPELINE, house)
        walk("GET", f"{ASSAY}/results", 200, "first", params={"measured": "true"})
        found = walk("GET", f"{ASSAY}/results", 200, "first", params={"limit": "5"})["results"]
        return any(result["status"] != "not_enough_data" for result in found)

    until(has_result, "the assay looks at a window")
    walk("POST", f"{ASSAY}/pause", 200, "first")
    walk("POST", f"{ASSAY}/resume", 200, "first")
    assert walk("GET", f"{ASSAY}/picture", 200, "first").startswith(b"<svg")

    end = datetime.now(timezone.utc)
    window = {"start": (end - timedelta(seconds=5)).isoformat(), "end": end.isoformat()}
    walk("POST", "/v1/assays/preview", 200, json=definition, params=window)
    walk("POST", "/v1/pipelines/{pipeline}/assays/suggestions", 200, PIPELINE)
    walk("POST", "/v1/pipelines/{pipeline}/diagnosis", 200, PIPELINE, json=window)
    walk("POST", "/v1/pipelines/{pipeline}/diagnosis", 400, PIPELINE, json={"start": "soon"})
    words = {"vocabulary": {"values": ["good", "film"]}, "texts": {"values": ["a good film", "a bad film"]}}
    walk("POST", "/v1/vocabulary", 200, json=words)
    walk("DELETE", ASSAY, 200, "first")
