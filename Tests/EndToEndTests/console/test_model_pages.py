"""The pages of models in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from console_pages import HOSTILE
from gates import golden, put_suite, scaled
from harness import Api, answered, until
from monitored import echo
from playwright.sync_api import Page, expect


@pytest.fixture(scope="module", autouse=True)
def models(api: Api) -> None:
    """A model of two versions, of which the older one answers and the newer one failed a suite."""
    api.upload("doubled", scaled(2), by="ann")
    api.serve("doubling", [{"model": "doubled"}])
    put_suite(api, "doubles", golden(2, 4), model="doubled")
    api.upload("doubled", scaled(3), by=HOSTILE)
    until(lambda: versions(api)[0].get("suites", [{}])[0].get("ended_at"), "the new version is tested", 60)
    answered(api.post("/v1/workspaces", json={"name": "elsewhere"}), 201)
    api.upload("only-there", echo(), "elsewhere")


def versions(api: Api, name: str = "doubled") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answered(api.get(f"/v1/models/{name}"), 200)["versions"]
    return found


def test_the_list_is_searched_by_workspace(page: Page) -> None:
    page.goto("/console/models")
    row = page.get_by_role("row").filter(has_text="doubled")
    expect(row).to_contain_text("1 of 1 failed")
    expect(page.get_by_role("row").filter(has_text="only-there")).to_contain_text("elsewhere")
    page.goto("/console/models?workspace=default")
    expect(page.get_by_role("main")).not_to_contain_text("only-there")
    page.goto("/console/models?workspace=elsewhere&search=only")
    page.get_by_role("link", name="only-there").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("only-there")
    expect(page.get_by_role("main")).to_contain_text("in workspace elsewhere")
    page.goto("/console/models?search=nothing")
    expect(page.get_by_role("main")).to_contain_text("has “nothing” in its name")
    page.get_by_role("link", name="Show all models").click()
    expect(page.get_by_role("link", name="doubled")).to_be_visible()


def test_where_a_version_comes_from_and_went(page: Page, api: Api) -> None:
    newer, older = versions(api)
    page.goto("/console/models/doubled")
    expect(page.locator(".title")).to_contain_text("Answers")
    lineage = page.locator("#lineage")
    expect(lineage).to_contain_text(f"doubled@{older['id'][:8]}")
    expect(lineage).to_contain_text(f"by {HOSTILE}")
    expect(lineage.get_by_role("link", name="doubles")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=older["id"][:8]).first
    expect(row).to_contain_text("doubling")
    expect(row).to_contain_text("Answers")
    assert page.locator("main script").count() == 0
    page.locator("#tests").get_by_role("link", name="doubles").first.click()
    expect(page.locator(".verdict")).to_contain_text(f"doubled@{newer['id'][:8]} failed 1 of 1 cases")


def test_a_tag_is_added_and_removed(page: Page, api: Api) -> None:
    id = versions(api)[1]["id"]
    page.goto("/console/models/doubled")
    row = page.get_by_role("row").filter(has_text=id[:8]).filter(has_text="Tag…")
    row.get_by_role("link", name="Tag…").click()
    page.get_by_role("textbox", name=re.compile("^Tag")).fill("no spaces please")
    page.get_by_role("button", name="Add the tag").click()
    expect(page.locator(".error")).to_be_visible()
    page.get_by_role("textbox", name=re.compile("^Tag")).fill("stable")
    page.get_by_role("button", name="Add the tag").click()
    expect(page.locator("#versions")).to_contain_text("stable")
    assert versions(api)[1]["tags"] == ["stable"]
    page.get_by_role("link", name="Untag…").click()
    page.get_by_role("button", name="Remove the tag").click()
    expect(page.get_by_role("link", name="Untag…")).to_have_count(0)
    assert versions(api)[1]["tags"] == []


def test_what_answers_is_not_deleted(page: Page, api: Api) -> None:
    newer, older = versions(api)
    page.goto("/console/models/doubled")
    expect(page.locator(".acts")).to_contain_text("It answers in doubling, so it cannot be deleted.")
    expect(page.locator(".acts").get_by_role("link", name="Delete…")).to_have_count(0)
    rows = page.locator("#versions tbody tr")
    expect(rows.filter(has_text=older["id"][:8]).get_by_role("link", name="Delete…")).to_have_count(0)
    expect(rows.filter(has_text=newer["id"][:8]).get_by_role("link", name="Delete…")).to_have_count(1)
    page.goto("/console/models/doubled/delete")
    expect(page.get_by_role("note")).to_contain_text("It answers in doubling")
    expect(page.locator("form.ask button, form.ask input")).to_have_count(0)
    assert len(versions(api)) == 2


def test_an_id_stays_on_one_line(page: Page) -> None:
    page.goto("/console/models/doubled")
    for height in page.locator("#versions code.id").evaluate_all("ids => ids.map(id => id.getClientRects().length)"):
        assert height == 1


def test_a_version_and_a_model_are_deleted(page: Page, api: Api) -> None:
    api.upload("spare", scaled(4))
    api.upload("spare", scaled(5))
    newer, older = versions(api, "spare")
    page.goto("/console/models/spare")
    row = page.get_by_role("row").filter(has_text=older["id"][:8]).filter(has_text="Tag…")
    row.get_by_role("link", name="Delete…").click()
    page.get_by_label(re.compile("^Type")).fill("spare")
    page.get_by_role("button", name=f"Delete {older['id'][:8]}").click()
    expect(page.locator("#versions tbody tr")).to_have_count(1)
    assert [version["id"] for version in versions(api, "spare")] == [newer["id"]]
    page.locator(".acts").get_by_role("link", name="Delete…").click()
    page.get_by_label(re.compile("^Type")).fill("spare")
    page.get_by_role("button", name="Delete spare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Models")
    assert api.get("/v1/models/spare").status_code == 404


def test_models_that_are_not_there(page: Page) -> None:
    for path in ("/console/models/none", "/console/models/doubled?workspace=none", "/console/models?workspace=none"):
        response = page.goto(path)
        assert response is not None
        assert response.status == 404, path
