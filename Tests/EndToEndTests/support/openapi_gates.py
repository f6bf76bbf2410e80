"""Calls the operations on gates as the OpenAPI document describes them."""

from __future__ import annotations

from gates import golden, put_suite, scaled
from openapi_walk import Walk

GATE = "/v1/gates/{pipeline}"


def gates(walk: Walk) -> None:
    """Sets a gate, admits a version that has not passed it, and removes the gate."""
    query = {"by": "ann"}
    first = walk("POST", "/v1/models/{model}/versions", 201, "guarded", params=query, data=scaled(2))
    walk("PUT", "/v1/pipelines/{pipeline}", 201, "guarded", json={"name": "guarded", "steps": [{"model": "guarded"}]})
    walk("GET", GATE, 404, "guarded")
    walk("PUT", GATE, 404, "guarded", json={"suites": ["guarded"]})
    put_suite(walk.api, "guarded", golden(1, 2), model="guarded")
    walk("PUT", GATE, 201, "guarded", json={"suites": ["guarded"], "by": "ann"})
    walk("PUT", GATE, 200, "guarded", json={"suites": ["guarded"]})
    walk("PUT", GATE, 400, "guarded", json={"suites": []})
    second = walk(
        "POST", "/v1/models/{model}/versions", 201, "guarded", params=query | {"parent": first["id"]}, data=scaled(3)
    )
    walk("GET", "/v1/models/{model}", 200, "guarded")
    version = f"guarded@{second['id']}"
    walk("GET", f"{GATE}/verdict", 200, "guarded", params={"model": version})
    walk("GET", f"{GATE}/verdict", 400, "guarded")
    walk("POST", f"{GATE}/overrides", 400, "guarded", json={"model": "guarded", "reason": "It is a test."})
    walk("POST", f"{GATE}/overrides", 200, "guarded", json={"model": version, "reason": "It is a test.", "by": "ann"})
    found = walk("GET", "/v1/gates", 200)
    assert (found["total"], "verdicts" in found) == (1, False)
    page = {"suite": "guarded", "search": "guard", "limit": 1, "offset": 0, "verdicts": "true"}
    found = walk("GET", "/v1/gates", 200, params=page)
    assert [(each["model"], each["admitted"]) for each in found["verdicts"]] == [(version, True)]
    assert walk("GET", "/v1/gates", 200, params={"suite": "none"})["total"] == 0
    walk("GET", "/v1/gates", 400, params={"verdicts": "perhaps"})
    walk("GET", GATE, 200, "guarded")
    walk("DELETE", GATE, 200, "guarded", params=query)
