"""Who is said to have asked for what is done in the console."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Api, answered, until
from monitored import echo, infer, negated, split
from playwright.sync_api import Page, expect
from released import stage, start, status

CONSOLE = "the console"


@pytest.fixture(scope="module", autouse=True)
def served(api: Api) -> None:
    api.upload("echo", echo())
    api.upload("same", echo())
    api.upload("negated", negated())
    api.serve("plain", ["echo"])


def events(api: Api, kind: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answered(api.get("/v1/events", params={"kind": kind, **query}), 200)["events"]
    return found


def named(page: Page, prefix: str) -> str:
    assert page.viewport_size is not None
    return f"{prefix}-{page.viewport_size['width']}"


def test_a_release_is_paused_by_the_console_though_others_began_it(page: Page, api: Api) -> None:
    name = named(page, "begun")
    api.serve(name, ["echo"])
    release = start(api, name, "same", stage(0.5, "1h"))["id"]
    until(lambda: status(api, release).get("stage"), "the canary begins")
    for verb, button in (("Pause…", "Pause"), ("Resume…", "Resume"), ("Roll back…", "Roll back")):
        page.goto(f"/console/releases/{release}")
        page.get_by_role("link", name=verb).click()
        page.get_by_role("button", name=f"{button} {name}").click()
        expect(page.locator(".verdict")).to_be_visible()
    until(lambda: events(api, "pipeline.rolled_back", pipeline=name), "the pipeline answers as before")
    asked = {event["kind"]: event.get("by") for event in events(api, "release.*", pipeline=name)}
    assert asked["release.started"] == "tests"
    assert asked["release.paused"] == asked["release.resumed"] == asked["release.aborted"] == CONSOLE
    assert events(api, "pipeline.rolled_back", pipeline=name)[0]["by"] == CONSOLE
    page.goto(f"/console/events?pipeline={name}")
    row = page.locator("#events li").filter(has_text="was paused")
    expect(row).to_contain_text("was paused by the console.")
    assert "tests" not in row.inner_text()
    assert row.inner_text().count("by the console") == 1
    # Elsewhere it is the end of the sentence.
    row = page.locator("#events li").filter(has_text="Started release")
    expect(row).to_contain_text(", by tests.")
    assert ".," not in row.inner_text()


def test_a_deployment_a_stop_and_a_promotion_are_asked_by_the_console(page: Page, api: Api) -> None:
    name = named(page, "asked")
    api.serve(name, [split(("echo", 1), ("negated", 1))])
    infer(api, name, "i", [1.0])
    page.goto(f"/console/pipelines/{name}")
    page.get_by_role("link", name="Stop…").click()
    page.get_by_role("button", name=f"Stop {name}").click()
    expect(page.locator(".title")).to_contain_text("Stopped")
    page.get_by_role("link", name="Deploy…").first.click()
    page.get_by_role("button", name=f"Deploy {name}").click()
    expect(page.locator(".title")).to_contain_text("Running")
    page.goto(f"/console/pipelines/{name}/promote?challenger=negated")
    page.get_by_role("button", name="Promote negated").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    until(lambda: events(api, "pipeline.promoted", pipeline=name), "the challenger is promoted")
    found = [(event["kind"], event.get("by")) for event in events(api, "pipeline.*", pipeline=name)]
    assert found[::-1] == [
        ("pipeline.deployed", None),
        ("pipeline.undeployed", CONSOLE),
        ("pipeline.deployed", CONSOLE),
        ("pipeline.promoted", CONSOLE),
    ]
    expect(page.get_by_role("main")).to_be_visible()
