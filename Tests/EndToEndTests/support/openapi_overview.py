"""Calls the operations that people start from as the OpenAPI document describes them."""

from __future__ import annotations

from openapi_walk import Walk


def overview(walk: Walk) -> None:
    """Asks what needs attention, and reads pipelines and models in pages. There must be at least one of each."""
    found = walk("GET", "/v1/overview", 200)
    sizes = {one["name"]: one for one in found["workspaces"]}
    assert sum(one["pipelines"] for one in sizes.values()) == found["counts"]["pipelines"]
    assert sum(one["models"] for one in sizes.values()) == found["counts"]["models"]
    assert found["counts"]["pipelines"] >= 1
    for kind in ("pipelines", "models"):
        page = walk("GET", f"/v1/{kind}", 200, params={"limit": "1"})
        assert len(page[kind]) == 1
        assert page["total"] >= 1
        named = walk("GET", f"/v1/{kind}", 200, params={"search": page[kind][0]["name"], "offset": "0"})
        assert page[kind][0]["name"] in [each["name"] for each in named[kind]]
        assert walk("GET", f"/v1/{kind}", 200, params={"offset": "100000"})[kind] == []
        walk("GET", f"/v1/{kind}", 400, params={"limit": "0"})
        everywhere = walk("GET", f"/v1/{kind}", 200, params={"workspace": "*", "limit": "1"})
        assert everywhere["total"] == found["counts"][kind]
        names = walk("GET", "/v1/names", 200, params={"search": page[kind][0]["name"].upper(), "limit": "100"})["names"]
        assert (kind[:-1], page[kind][0]["name"]) in [(one["kind"], one["name"]) for one in names]
    walk("GET", "/v1/names", 200, params={"search": "a", "workspace": "default"})
    walk("GET", "/v1/names", 400)
    walk("GET", "/v1/names", 400, params={"search": "a" * 129})
    walk("GET", "/v1/names", 404, params={"search": "a", "workspace": "nowhere"})
