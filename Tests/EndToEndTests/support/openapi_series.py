"""Calls the operations on time series as the OpenAPI document describes them."""

from __future__ import annotations

from openapi_walk import Walk

SERIES, ENDPOINT, MANY = "/v1/pipelines/{pipeline}/series", "/v1/endpoints/{endpoint}/series", "/v1/series"


def series(walk: Walk, pipeline: str) -> None:
    """Asks for the series of a pipeline that has answered."""
    found = walk("GET", SERIES, 200, pipeline)
    columns = [name for name, value in found.items() if isinstance(value, list) and name != "variants"]
    assert len({len(found[name]) for name in columns}) == 1, "the columns have the same length"
    walk(
        "GET",
        SERIES,
        200,
        pipeline,
        params={"step": "60", "start": "2026-01-01T00:00:00Z", "end": "2026-01-01T01:00:00Z"},
    )
    walk("GET", SERIES, 200, pipeline, params={"variant": "none"})
    walk("GET", SERIES, 400, pipeline, params={"step": "7"})
    walk("GET", SERIES, 400, pipeline, params={"step": "5", "start": "2026-01-01T00:00:00Z"})
    walk("GET", SERIES, 404, "no-such-pipeline")
    walk("GET", ENDPOINT, 404, "no-such-endpoint")
    several = walk("GET", MANY, 200, params={"pipelines": f"{pipeline},no-such-pipeline", "step": "30"})
    assert [one["pipeline"] for one in several["series"]] == [pipeline]
    (one,) = walk("GET", MANY, 200, params={"pipelines": pipeline, "columns": "errors,p99_ms"})["series"]
    assert set(one) == {"pipeline", "errors", "p99_ms", "total"}
    walk("GET", MANY, 400, params={"pipelines": pipeline, "columns": "errors,answers"})
    walk("GET", MANY, 400)
    walk("GET", MANY, 400, params={"pipelines": ",".join(f"p{number}" for number in range(101))})
