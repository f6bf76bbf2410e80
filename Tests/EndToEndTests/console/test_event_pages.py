"""The console's page of events, in a real browser."""

from __future__ import annotations

import re

import pytest
from harness import Api
from monitored import echo
from playwright.sync_api import Page, expect


def test_a_new_server_has_no_events(page: Page) -> None:
    page.goto("/console/events")
    expect(page.locator("#events")).to_contain_text("Nothing has happened yet.")
    expect(page.get_by_role("link", name="Show all events")).to_have_count(0)


@pytest.fixture(scope="module")
def deployed(api: Api) -> None:
    api.upload("echo", echo())
    for name in ("first", "second"):
        api.serve(name, ["echo"])


def test_events_are_filtered_by_kind_and_pipeline(page: Page, deployed: None) -> None:
    page.goto("/console/events")
    rows = page.locator("#events .list li")
    expect(rows).to_have_count(2)
    expect(page.get_by_role("main")).to_contain_text("Times are in UTC.")
    expect(rows.first.locator("time")).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"))
    page.get_by_label("Pipeline").fill("first")
    page.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("first")
    expect(page.locator("pre.curl")).to_contain_text("pipeline=first")
    page.get_by_label("Kind").select_option("release: all")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#events")).to_contain_text("No event matches.")
    expect(page.get_by_label("Pipeline")).to_have_value("first")
    page.get_by_role("link", name="Show all events").click()
    expect(rows).to_have_count(2)


def test_a_wrong_filter_is_the_fields_error(page: Page, deployed: None) -> None:
    # A group needs no star, and what is unknown keeps the form.
    page.goto("/console/events?kind=pipeline")
    expect(page.locator("#events .list li")).to_have_count(2)
    response = page.goto("/console/events?kind=%3Cb%3Enonsense&pipeline=first")
    assert response is not None
    assert response.status == 200
    expect(page.get_by_role("alert")).to_contain_text("Unknown kind of event '<b>nonsense'")
    expect(page.get_by_label("Kind")).to_have_value("<b>nonsense")
    page.goto("/console/events?pipeline=no+such+name!")
    expect(page.locator("#pipeline-error")).to_be_visible()
    expect(page.get_by_label("Pipeline")).to_have_value("no such name!")
