"""Calls the operations on running comparisons as the OpenAPI document describes them."""

from __future__ import annotations

import pytest
from openapi_walk import Walk

COMPARISONS, DIFFERENCES = "/v1/comparisons", "/v1/reports/{report}/differences"
ARMS, REPORTS = "/v1/pipelines/{pipeline}/arms", "/v1/pipelines/{pipeline}/reports"


def comparisons(walk: Walk, experiment: str, shadow: str) -> None:
    """Lists what runs. There must be a report on the experiment of `compared`, and one on the shadow deploy of `houses`."""
    found = {(one["pipeline"], one["kind"]): one for one in walk("GET", COMPARISONS, 200)["comparisons"]}
    assert found["compared", "experiment"]["report"]["id"] == experiment
    assert found["houses", "shadow"]["report"]["id"] == shadow
    assert found["houses", "shadow"]["champion"] == "house-price"
    assert found["houses", "shadow"]["challengers"] == ["housing-regression"]
    page = walk("GET", COMPARISONS, 200, params={"kind": "shadow", "limit": "1", "offset": "0"})
    assert [one["kind"] for one in page["comparisons"]] == ["shadow"]
    assert page["total"] == sum(kind == "shadow" for _, kind in found)
    walk("GET", COMPARISONS, 400, params={"kind": "replay"})
    walk("GET", COMPARISONS, 400, params={"limit": "101"})
    arms = walk("GET", ARMS, 200, "compared")["arms"]
    assert len(arms) > 1
    assert sum(arm["live_share"] for arm in arms if arm["requests"]) in (0, pytest.approx(1))
    walk("GET", ARMS, 404, "no-such-pipeline")
    reports = walk("GET", REPORTS, 200, "compared", params={"kind": "experiment", "limit": "1"})["reports"]
    assert [one["id"] for one in reports] == [experiment]
    assert walk("GET", REPORTS, 200, "compared", params={"kind": "shadow"})["reports"] == []
    assert walk("GET", REPORTS, 200, "compared", params={"offset": "1000"})["reports"] == []
    walk("GET", REPORTS, 400, "compared", params={"limit": "1001"})
    (challenger,) = walk("GET", DIFFERENCES, 200, shadow)["challengers"]
    assert sum(challenger["counts"]) == challenger["rows"] > 0
    walk("GET", DIFFERENCES, 400, experiment)
    walk("GET", DIFFERENCES, 404, "0" * 36)
