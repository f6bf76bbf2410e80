"""Lists of more things than a page shows: the server pages them, counts all of them, and nothing is out of reach."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from code_lines import lines_of, run
from harness import Api, answered
from monitored import echo
from playwright.sync_api import Page, expect
from released import ended, stage, start


@pytest.fixture(scope="module", autouse=True)
def watched(api: Api) -> None:
    api.upload("echo", echo())
    api.upload("same", echo())
    api.serve("watched", ["echo"])
    baseline = {"values": [index / 200 for index in range(200)]}
    for number in range(30):
        body = {"pipeline": "watched", "metric": "outputs[0][0]", "baseline": baseline, "window": "1h", "alert": 0.2}
        answered(api.put(f"/v1/assays/assay-{number:02}", json=body), 201)
    for number in range(120):
        answered(api.put(f"/v1/buckets/bucket-{number:03}"), 201)


def listed(api: Api, what: str, **query: Any) -> tuple[list[Any], Any]:
    found = answered(api.get(f"/v1/{what}", params=query), 200)
    return found[what.rpartition("/")[2]], found


def next_page(page: Page) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="More").click()


def test_assays(page: Page, api: Api) -> None:
    found, whole = listed(api, "assays", limit=10, offset=25, windows=3)
    assert [assay["name"] for assay in found] == [f"assay-{number}" for number in range(25, 30)]
    assert whole["levels"] == {"not_enough_data": 30}
    assert whole["windows"] == {assay["name"]: [] for assay in found}
    assert listed(api, "assays", level="alert")[0] == []
    assert len(listed(api, "assays")[0]) == 30
    page.goto("/console/drift")
    expect(page.get_by_role("main")).to_contain_text("1 – 25 of 30")
    with page.expect_navigation():
        page.keyboard.press("[")
    expect(page.get_by_role("main")).to_contain_text("26 – 30 of 30")
    with page.expect_navigation():
        page.keyboard.press("]")
    next_page(page)
    expect(page.get_by_role("link", name="assay-29", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="assay-24", exact=True)).to_have_count(0)
    # Behind the end, perhaps because others were deleted.
    page.goto("/console/drift?offset=500")
    expect(page.get_by_role("main")).to_contain_text("26 – 30 of 30")


def test_buckets(page: Page, api: Api, server: str, tmp_path: Path) -> None:
    found, whole = listed(api, "buckets", limit=10, offset=115)
    assert ([bucket["name"] for bucket in found], whole["total"]) == ([f"bucket-{n}" for n in range(115, 120)], 120)
    assert len(listed(api, "buckets")[0]) == 120
    assert listed(api, "buckets", search="-01", limit=3)[1]["total"] == 10
    page.goto("/console/buckets")
    expect(page.locator("tbody tr")).to_have_count(100)
    next_page(page)
    expect(page.locator("tbody tr")).to_have_count(20)
    [line] = lines_of(page.content(), "curl")
    assert len(json.loads(run("curl", line, server, tmp_path))["buckets"]) == 20


def test_releases(page: Page, api: Api) -> None:
    assert page.viewport_size is not None
    name = f"often-{page.viewport_size['width']}"
    api.serve(name, ["echo"])
    releases = []
    for _ in range(3):
        releases.append(start(api, name, "same", stage(0.5, "1h"))["id"])
        if len(releases) < 3:
            answered(api.post(f"/v1/releases/{releases[-1]}/abort"), 200)
            ended(api, releases[-1])
    found, whole = listed(api, "releases", pipeline=name, limit=1, offset=1)
    assert ([release["id"] for release in found], whole["total"], whole["open"]) == ([releases[1]], 3, 1)
    page.goto(f"/console/releases?pipeline={name}")
    expect(page.locator(".title")).to_contain_text("1 under way")
    page.goto(f"/console/pipelines/{name}")
    expect(page.get_by_role("link", name="See the release")).to_be_visible()
    answered(api.post(f"/v1/releases/{releases[-1]}/abort"), 200)


def test_loops_and_their_runs(page: Page, api: Api) -> None:
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    for number in range(3):
        body = {"pipeline": "watched", "when": {"every": "52w"}, "then": {"tell": "x"}}
        answered(api.put(f"/v1/loops/loop-{width}-{number}", json=body), 201)
    found, whole = listed(api, "loops", search=f"-{width}-", limit=2, offset=2)
    assert ([loop["name"] for loop in found], whole["total"]) == ([f"loop-{width}-2"], 3)
    assert listed(api, "loops", pipeline="watched")[1]["total"] >= 3
    assert listed(api, f"loops/loop-{width}-0/runs", offset=7)[1] == {"runs": [], "total": 0}
    page.goto(f"/console/loops/loop-{width}-0")
    expect(page.get_by_role("main")).to_contain_text("It has not run yet")


def test_queries_are_checked(api: Api) -> None:
    for path in (
        "releases?limit=0",
        "assays?limit=1001",
        "assays?windows=101",
        "assays?level=bad",
        "buckets?offset=-1",
    ):
        field = path.partition("?")[2].partition("=")[0]
        error = answered(api.get(f"/v1/{path}"), 400)["error"]
        assert error["field"] == field, (path, error)


def test_any_pipeline_can_be_watched(page: Page, api: Api) -> None:
    """A form has no place for all names, and takes each of them."""
    for number in range(101):
        api.define(f"many-{number:03}", ["echo"])
    api.serve("zz-last", ["echo"])
    page.goto("/console/drift?pipeline=zz-last")
    page.get_by_role("link", name="New assay…").click()
    expect(page.get_by_label("Pipeline")).to_have_value("zz-last")
    page.get_by_label(re.compile("^Metric")).fill("outputs[0][0]")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_label("Pipeline")).to_have_value("zz-last")
