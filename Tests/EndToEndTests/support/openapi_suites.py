"""Calls the operations on test suites as the OpenAPI document describes them."""

from __future__ import annotations

from harness import until
from openapi_walk import Walk

SUITE, RUNS = "/v1/suites/{suite}", "/v1/suites/{suite}/runs"


def suites(walk: Walk) -> None:
    """Adds a suite, runs it and removes it. The models of houses and a bucket must have been added."""
    rows = "\n".join(f"{20 + number}," + ",".join(["1"] * 13) for number in range(40))
    walk("PUT", "/v1/buckets/{bucket}/object", 201, "kept", params={"key": "rows.csv"}, data=rows.encode())
    data, row = "s3://kept/rows.csv", {"features": [[1.0] * 13]}
    cases = [
        {"name": "size", "size": {"budget_bytes": 10_000_000}},
        {"name": "latency", "latency": {"budget_ms": 1e4, "runs": 5, "batches": [1, 4], "inputs": row}},
        {"name": "mae", "quality": {"metric": "mae", "data": [data], "maximum": 0, "versus_champion": {"margin": 1}}},
        {"name": "same", "behavior": {"expect": "same", "change": {"input": "features[0]", "add": 0}, "data": data}},
    ]
    definition = {"model": "house-price", "training_jobs": "house-*", "cases": cases}
    name = walk("POST", "/v1/suites/suggestions", 200, params={"subject": "house-price"})["name"]
    walk("PUT", SUITE, 201, name, json=definition)
    walk("PUT", SUITE, 200, name, json=definition)
    walk("PUT", SUITE, 400, name, json=definition | {"cases": []})
    run = walk("POST", RUNS, 200, name, json={"by": "ann"})
    assert run["outcome"] == "failed"
    started = walk("POST", RUNS, 200, name, params={"wait": "false"})
    assert started["outcome"] == "pending"
    until(lambda: walk.api.get(f"/v1/suite-runs/{started['id']}").json().get("ended_at"), "the run ends", 60)
    walk("POST", RUNS, 400, name, params={"wait": "perhaps"})
    walk("GET", RUNS, 200, name, params={"limit": 5})
    brief = walk("GET", RUNS, 200, name, params={"limit": 1, "offset": 1, "cases": "false"})
    assert (brief["total"], len(brief["runs"])) == (2, 1)
    assert (brief["runs"][0]["cases"], brief["runs"][0]["counts"]["cases"]) == ([], len(cases))
    walk("GET", "/v1/suite-runs/{run}", 200, run["id"])
    walk("GET", SUITE, 200, name)
    found = walk("GET", "/v1/suites", 200)
    assert (found["total"], found["outcomes"]) == (1, {"failed": 1})
    assert (found["suites"][0]["definition"]["cases"], found["suites"][0]["case_count"]) == ([], len(cases))
    query = {"search": name[1:], "workspace": "default", "limit": 1, "offset": 0}
    assert walk("GET", "/v1/suites", 200, params=query)["suites"] == found["suites"]
    walk("GET", "/v1/suites", 404, params={"workspace": "nowhere"})
    walk("GET", "/v1/suites", 400, params={"limit": 0})
    walk("DELETE", SUITE, 200, name)
