"""Pages speak of the version that answers, not of one that was defined later; and of what was checked."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
from harness import Api, answered, until
from monitored import complement, echo, infer, negated, report, split
from playwright.sync_api import Page, expect

CHECK = "complement.outputs[0][0] < 5"


@pytest.fixture(scope="module", autouse=True)
def models(api: Api) -> None:
    api.upload("echo", echo())
    api.upload("complement", complement())
    api.upload("negated", negated())


def named(page: Page, prefix: str) -> str:
    assert page.viewport_size
    return f"{prefix}-{page.viewport_size['width']}"


def keyed(api: Api, name: str) -> None:
    """A pipeline whose callers choose the model, with a check of one of the two."""
    step = {"key_split": {"key": "group", "default": "echo", "models": {"new": "complement"}}}
    api.serve(name, [step], validations=[("small", CHECK)])


def test_try_it_says_what_was_checked(page: Page, api: Api) -> None:
    name = named(page, "tried")
    keyed(api, name)
    # It is not deployed, so its check says nothing.
    api.define(name, ["echo"], validations=[("newest", "echo.outputs[0][0] < -5")])
    for group, words in (("old", "Not checked"), ("new", "Holds")):
        page.goto(f"/console/pipelines/{name}")
        page.locator("#key-group").fill(group)
        page.locator("#input-x-0").fill("0.25")
        page.get_by_role("button", name="Infer").click()
        answer = page.locator("#try")
        expect(answer).to_contain_text(CHECK)
        expect(answer).to_contain_text(words)
        expect(answer).not_to_contain_text("newest")


def test_an_entry_says_what_was_checked(page: Page, api: Api) -> None:
    name = named(page, "logged")
    keyed(api, name)
    infer(api, name, "one", [0.25], group="old")
    infer(api, name, "two", [0.25], group="new")
    for id, words in (("one", "Not checked"), ("two", "Holds")):
        page.goto(f"/console/pipelines/{name}/log?open={id}")
        expect(page.locator("#entries")).to_contain_text(CHECK)
        expect(page.locator("#entries")).to_contain_text(words)
    # Another version answers now. Nobody knows whether its checks would have held.
    api.serve(name, ["echo"], validations=[("newest", "echo.outputs[0][0] < 5")])
    page.goto(f"/console/pipelines/{name}/log?open=two")
    expect(page.locator("#entries")).to_contain_text("Answered by")
    expect(page.locator("#entries")).not_to_contain_text("newest")
    expect(page.locator("#entries")).not_to_contain_text("Holds")
    page.goto(f"/console/pipelines/{name}/log?open=nothing")
    expect(page.get_by_role("alert")).to_contain_text("The log has no inference 'nothing'")


def test_a_version_that_does_not_answer_changes_no_page(page: Page, api: Api) -> None:
    name = named(page, "split")
    api.serve(name, [split(("echo", 1), ("complement", 1))], goal="outputs[0][0] > 0.5")
    api.define(name, ["echo"])
    page.goto("/console/pipelines")
    expect(page.locator("#pipelines tr").filter(has_text=name)).to_contain_text("Split, 50 : 50")
    page.goto(f"/console/pipelines/{name}")
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Experiment").click()
    page.get_by_role("link", name="Report now…").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog")).not_to_contain_text("declares no goal")


def test_each_challenger_has_its_verdict_until_it_is_withdrawn(page: Page, api: Api) -> None:
    name = named(page, "verdicts")
    models = split(("complement", 1), ("echo", 1), ("negated", 1))
    api.serve(name, [models], goal={"metric": "outputs[0][0] > 0.5", "smallest_effect": 0.2})
    for index in range(400):
        infer(api, name, f"i{index}", [0.1])
    first = report(api, name)

    def verdicts() -> dict[str, Any]:
        needs = answered(api.get("/v1/overview"), 200)["needs"]
        mine = [one for one in needs if one["kind"] == "verdict" and one["pipeline"] == name]
        return {one["details"]["challenger"]: one for one in mine}

    assert {challenger: one["details"]["verdict"] for challenger, one in verdicts().items()} == {
        "echo": "worse",
        "negated": "worse",
    }
    page.goto("/")
    rows = page.locator("#needs tr").filter(has_text=name)
    expect(rows).to_have_count(2)
    rows.first.get_by_role("link", name="See the evidence").click()
    expect(page).to_have_url(re.compile(rf"/{name}/experiment\?report={first['id']}$"))
    expect(page.locator(".title")).to_contain_text("Worse")

    # What else happens to the pipeline settles nothing.
    loop = {"pipeline": name, "when": {"every": "52w"}, "then": {"tell": "x"}}
    answered(api.put(f"/v1/loops/{name}", json=loop), 201)
    answered(api.post(f"/v1/loops/{name}/runs"), 201)
    until(lambda: answered(api.get(f"/v1/loops/{name}"), 200)["last"]["state"] == "finished", "the loop has run")
    assert len(verdicts()) == 2

    # A report on less finds less.
    start = datetime.now(timezone.utc).isoformat()
    for index in range(6):
        infer(api, name, f"later-{index}", [0.1])
    assert set(report(api, name, start=start)["experiment"]["comparisons"][0]["verdict"].split()) == {"not_enough_data"}
    assert verdicts() == {}
