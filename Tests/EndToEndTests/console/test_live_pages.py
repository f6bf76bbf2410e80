"""Pages that stay open: how often they are read, and what appears and goes on them. And lists behind their end."""

from __future__ import annotations

import time
from typing import Any

import pytest
from gates import golden, put_labels, put_suite, quality, run, scaled
from harness import Api, answered
from playwright.sync_api import Page, Request, expect


def fetches(page: Page) -> list[str]:
    """The addresses that the page's script asks for from now on."""
    found: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type == "fetch":
            found.append(request.url)

    page.on("request", note)
    return found


def test_an_open_page_is_read_once_a_turn(page: Page) -> None:
    page.goto("/")
    expect(page.locator("roost-live")).to_contain_text("Live")
    asked = fetches(page)
    page.wait_for_timeout(21_000)
    # Every five seconds, and not more often the longer it is open.
    assert 2 <= len(asked) <= 4, asked
    page.keyboard.press(".")
    expect(page.locator("roost-live")).to_contain_text("Paused")
    count = len(asked)
    page.wait_for_timeout(7_000)
    expect(page.locator("roost-live")).to_contain_text("Paused")
    assert len(asked) == count
    expect(page.locator("roost-live")).to_have_count(1)


def test_sections_come_and_go(page: Page, api: Api) -> None:
    assert page.viewport_size
    name = f"suite-{page.viewport_size['width']}"
    version = api.upload(f"scaled-{name}", scaled(2))
    put_suite(api, name, golden(1, 3), model=f"scaled-{name}")
    page.goto("/")
    expect(page.locator("#needs")).to_have_count(0)
    assert run(api, name, version) == "failed"
    row = page.locator("#needs tr").filter(has_text=name)
    expect(row).to_contain_text("Suite failed", timeout=20_000)
    expect(page.locator("header .needs.bad, #nav-items .bad").first).to_be_attached()
    # The list is where the server has it: above the facts.
    below = page.locator("#needs ~ #facts")
    expect(below).to_have_count(1)
    # What was deleted needs nobody.
    answered(api.delete(f"/v1/suites/{name}"), 200, 204)
    assert name not in str(answered(api.get("/v1/overview"), 200)["needs"])
    expect(page.locator("#needs")).to_have_count(0, timeout=20_000)


@pytest.mark.parametrize(
    "path",
    [
        "/console/pipelines",
        "/console/models",
        "/console/log",
        "/console/experiments",
        "/console/shadow",
        "/console/releases",
        "/console/drift",
        "/console/suites",
        "/console/jobs?kind=training",
        "/console/loops",
        "/console/buckets",
        "/console/endpoints",
        "/console/functions",
        "/console/apis",
    ],
)
def test_behind_the_end_is_the_last_page(path: str, page: Page) -> None:
    response = page.goto(path + ("&" if "?" in path else "?") + "offset=500")
    assert response
    assert response.status == 200
    assert "offset" not in page.url, page.url


def test_behind_many_pages_is_the_last_one(page: Page, api: Api) -> None:
    for number in range(101):
        answered(api.put(f"/v1/buckets/many-{number:03}"), 200, 201)
    page.goto("/console/buckets?offset=500")
    assert page.url.endswith("/console/buckets?offset=100")
    expect(page.locator("main table tbody tr")).to_have_count(1)


@pytest.mark.parametrize("pipeline", ["typo", "a b"])
def test_a_filter_that_finds_nothing_stays(page: Page, pipeline: str) -> None:
    page.goto("/console/releases")
    page.get_by_label("Pipeline").fill(pipeline)
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#releases")).to_contain_text(pipeline)
    expect(page.get_by_label("Pipeline")).to_have_value(pipeline)
    page.get_by_role("link", name="Show all releases").click()
    expect(page.get_by_label("Pipeline")).to_have_value("")


def test_enter_twice_stops_nothing(page: Page, api: Api) -> None:
    assert page.viewport_size
    name = f"stays-{page.viewport_size['width']}"
    api.upload(name, scaled(1))
    api.serve(name, [name])
    page.goto(f"/console/pipelines/{name}")
    page.get_by_role("link", name="Stop…").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    time.sleep(1)
    found: Any = answered(api.get(f"/v1/pipelines/{name}/deployment"), 200)
    assert found["state"] == "Running"


def test_a_suite_that_could_not_be_run_has_not_failed(page: Page, api: Api) -> None:
    assert page.viewport_size
    name = f"unread-{page.viewport_size['width']}"
    version = api.upload(name, scaled(2))
    uri = put_labels(api.url)
    put_suite(api, name, quality(uri), model=name)
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    answered(api.delete(f"/v1/buckets/{bucket}/object", params={"key": key}), 200)
    assert run(api, name, version) == "error"
    page.goto("/")
    row = page.locator("#needs tr").filter(has_text=name)
    expect(row).to_contain_text("Suite could not be run")
    # A version has a short name here.
    expect(row).to_contain_text(version["id"][:8])
    expect(row).not_to_contain_text(version["id"])
    row.get_by_role("link", name="See why").click()
    expect(page.locator("main")).to_contain_text("There is no data at")
    answered(api.delete(f"/v1/suites/{name}"), 200, 204)
