"""Calls the operations on releases as the OpenAPI document describes them."""

from __future__ import annotations

from typing import Any

from harness import until
from openapi_walk import Walk

RELEASE, PROMOTE = "/v1/releases/{release}", "/v1/pipelines/{pipeline}/promote"


def releases(walk: Walk) -> None:
    """Plans a release, aborts one and promotes another. The models of houses must have been uploaded."""
    walk("PUT", "/v1/pipelines/{pipeline}", 201, "canary", json={"name": "canary", "steps": [{"model": "house-price"}]})
    walk("PUT", "/v1/pipelines/{pipeline}/deployment", 202, "canary", json={}, params={"by": "ann"})
    walk.api.settled("canary")
    stages = [{"share": "10%", "duration": "1h", "units": 5}, {"share": 0.5}]
    guardrails = ["errors", {"metric": "outputs[0][0]", "minimum": 0, "maximum": 1000}]
    definition = {"pipeline": "canary", "candidate": "housing-regression", "stages": stages, "guardrails": guardrails}
    goal = {"goal": {"metric": "outputs[0][0] > 20"}, "promote": "better", "alpha": 0.1}
    walk("POST", "/v1/releases/plan", 200, json=definition | goal)
    walk("POST", "/v1/releases/plan", 400, json=definition | {"stages": []})

    aborted = started(walk, definition | goal)
    walk("POST", f"{RELEASE}/abort", 200, aborted)
    ended(walk, aborted)
    evidence = walk("GET", f"{RELEASE}/evidence", 200, aborted)
    assert len(evidence["guardrails"]) == 1
    promoted = started(walk, definition | {"time_limit": "1d"})
    walk("POST", PROMOTE, 200, "canary", json={"by": "ann"})
    ended(walk, promoted)
    walk("POST", PROMOTE, 409, "canary")
    walk("GET", "/v1/pipelines/{pipeline}/versions", 200, "canary")


def started(walk: Walk, definition: dict[str, Any]) -> str:
    """Starts a release, and pauses and resumes it."""
    release: str = walk("POST", "/v1/releases", 201, json=definition, params={"by": "ann"})["id"]
    until(lambda: walk("GET", RELEASE, 200, release).get("stage"), "the canary begins")
    walk("POST", f"{RELEASE}/resume", 409, release)
    walk("POST", f"{RELEASE}/pause", 200, release, params={"by": "ann"})
    walk("POST", f"{RELEASE}/resume", 200, release)
    return release


def ended(walk: Walk, release: str) -> None:
    """Returns once the release has ended."""
    until(lambda: walk("GET", RELEASE, 200, release)["release"].get("ended_at"), "the release ends")
    assert walk("GET", "/v1/releases", 200, params={"pipeline": "canary"})["releases"][0]["id"] == release
