"""The console's pages on releases, in a real browser: plan, start, pause, resume, promote and roll back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from console_pages import HOSTILE
from harness import Api, answered, until
from monitored import complement, echo, infer
from playwright.sync_api import Page, expect
from released import ended, stage, start, status


@pytest.fixture(scope="module", autouse=True)
def models(api: Api) -> None:
    api.upload("echo", echo())
    api.upload("same", echo())
    api.upload("complement", complement())


def pipeline(page: Page, api: Api, prefix: str) -> str:
    assert page.viewport_size is not None
    name = f"{prefix}-{page.viewport_size['width']}"
    api.serve(name, ["echo"])
    for index in range(20):
        infer(api, name, f"i{index}", [index / 20])
    return name


def release_of(api: Api, name: str) -> Any:
    return answered(api.get("/v1/releases", params={"pipeline": name}), 200)["releases"][0]


def at_stage(api: Api, release: str) -> None:
    until(lambda: status(api, release).get("stage"), "the canary begins")


def test_plan_start_pause_resume_promote(page: Page, api: Api) -> None:
    name = pipeline(page, api, "planned")
    page.goto("/console/releases")
    page.get_by_role("link", name="New release…").click()
    page.get_by_label("Candidate").fill("same")
    page.get_by_role("button", name="Plan").click()
    expect(page.locator(".error").first).to_contain_text("Choose a pipeline.")
    expect(page.get_by_text("required")).to_have_count(3)
    proposed = page.locator("#field-pipeline-list option").evaluate_all("options => options.map(each => each.value)")
    assert name in proposed
    assert page.locator('#field-candidate-list option[value="same"]').count() == 1
    page.get_by_label("Pipeline").fill(name)
    page.get_by_label("Stages").fill("5, 50 %")
    page.get_by_label("Time of each stage").fill("soon")
    page.get_by_role("button", name="Plan").click()
    expect(page.locator(".error").first).to_contain_text("Expected a length of time")
    expect(page.get_by_label("Candidate")).to_have_value("same")
    page.get_by_label("Time of each stage").fill("1h")
    page.get_by_role("button", name="Plan").click()
    expect(page.get_by_role("main")).to_contain_text("Answer 5\u00a0% of the requests for 1\u00a0h")
    assert answered(api.get("/v1/releases", params={"pipeline": name}), 200)["releases"] == []
    page.get_by_role("link", name="Start the release…").click()
    page.get_by_role("button", name="Start the release").click()
    expect(page.locator(".ladder li")).to_have_count(3)
    found = release_of(api, name)
    assert [one["share"] for one in found["definition"]["stages"]] == [0.05, 0.5]
    at_stage(api, found["id"])
    expect(page.locator(".verdict")).to_contain_text("At 5\u00a0%.", timeout=20_000)
    expect(page.locator(".ladder [aria-current=step]")).to_contain_text("5\u00a0%")
    expect(page.locator("#demands")).to_contain_text("Failed requests", timeout=20_000)
    expect(page.locator("#next")).to_contain_text("without a failed request")

    page.get_by_role("link", name="Pause…").click()
    page.get_by_role("button", name=f"Pause {name}").click()
    expect(page.locator(".verdict")).to_contain_text("Paused. It is still watched")
    expect(page.locator(".verdict")).not_to_contain_text("Paused. Paused.")
    expect(page.locator(".title")).to_contain_text("Paused at 5\u00a0%")
    assert release_of(api, name)["state"] == "paused"
    page.get_by_role("link", name="Resume…").click()
    page.get_by_role("button", name=f"Resume {name}").click()
    expect(page.locator(".verdict")).to_contain_text("At 5\u00a0%.")
    expect(page.locator("#events")).to_contain_text("answers 5% of the requests")
    assert release_of(api, name)["state"] == "running"
    page.get_by_role("link", name="Promote…").click()
    page.get_by_role("button", name=f"Promote the candidate of {name}").click()
    expect(page.locator(".verdict")).to_contain_text("Promoted.")
    assert release_of(api, name)["state"] == "promoted"
    expect(page.locator(".acts a")).to_have_count(0)
    page.goto(f"/console/releases?pipeline={name}")
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Promoted")


def test_roll_back(page: Page, api: Api) -> None:
    name = pipeline(page, api, "back")
    goal = {"metric": "outputs[0][0] > 0.5"}
    body = {
        "pipeline": name,
        "candidate": "complement",
        "stages": [stage(0.5, "1h")],
        "goal": goal,
        "promote": "better",
        "replay": 10,
    }
    release = answered(api.post("/v1/releases", json=body, params={"by": HOSTILE}), 201)["id"]
    at_stage(api, release)
    page.goto(f"/console/releases/{release}")
    expect(page.locator(".lead")).to_contain_text(f"by {HOSTILE}")
    expect(page.locator("#demands")).to_contain_text("Better on “outputs[0][0] > 0.5”")
    expect(page.locator(".ladder li")).to_have_count(3)
    expect(page.locator(".ladder li").first).to_contain_text("10 logged requests")
    expect(page.get_by_role("main")).to_contain_text("Events")
    for index in range(40):
        infer(api, name, f"r{index}", [index / 40])
    path = f"/v1/releases/{release}/evidence"
    until(lambda: api.get(path).json()["moments"][-1]["better"] != 1, "the goal has evidence")
    page.goto(f"/console/releases/{release}")
    expect(page.locator("#course roost-evidence svg .line.new")).to_have_count(1)
    expect(page.locator("#course")).to_contain_text("Since 50\u00a0%")
    page.get_by_role("link", name="Roll back…").click()
    expect(page.get_by_text(f"Roll {name} back to echo@")).to_be_visible()
    page.get_by_role("button", name=f"Roll back {name}").click()
    expect(page.locator(".verdict")).to_contain_text("Aborted.", timeout=20_000)
    assert ended(api, release)["state"] == "aborted"
    # What the canary saw is still there when it has ended.
    assert answered(api.get(path), 200)["moments"][-1]["better"] != 1
    page.goto(f"/console/releases/{release}")
    expect(page.locator("#course roost-evidence svg .line.new")).to_have_count(1)


def test_the_list_is_live_and_filtered(page: Page, api: Api) -> None:
    name = pipeline(page, api, "listed")
    page.goto(f"/console/releases?pipeline={name}")
    expect(page.locator(".empty")).to_contain_text("had no release")
    release = start(api, name, "same", stage(0.5, "1h"))["id"]
    expect(page.get_by_role("row").filter(has_text="same@")).to_contain_text("At 50\u00a0%", timeout=20_000)
    at_stage(api, release)
    page.goto(f"/console/releases/{name}")
    expect(page.locator(".verdict")).to_contain_text("At 50")
    answered(api.post(f"/v1/releases/{release}/abort"), 200)
    expect(page.locator(".verdict")).to_contain_text("Aborted.", timeout=20_000)


def test_a_pipeline_that_is_being_released_is_changed_there(page: Page, api: Api) -> None:
    name = pipeline(page, api, "fixed")
    api.serve(name, ["echo"], [("small", "echo.outputs[0][0] < 5")])
    page.goto(f"/console/pipelines/{name}")
    expect(page.locator(".acts").get_by_role("link", name="Undo…")).to_be_visible()
    release = start(api, name, "same", stage(0.5, "1h"))["id"]
    at_stage(api, release)
    for path in (name, f"{name}/versions", f"{name}/definition"):
        page.goto(f"/console/pipelines/{path}")
        expect(page.locator(".acts")).to_contain_text("Cannot be changed while a release is under way.")
        for verb in ("Undo…", "Deploy…", "Stop…"):
            expect(page.get_by_role("link", name=verb)).to_have_count(0)
    for path in ("deploy", "stop", "weights"):
        page.goto(f"/console/pipelines/{name}/{path}")
        expect(page.get_by_role("note")).to_contain_text("is under way. Promote it or roll it back first.")
        expect(page.locator("form.ask button")).to_have_count(0)
    page.goto(f"/console/pipelines/{name}")
    page.get_by_role("link", name="See the release").click()
    page.wait_for_url(f"**/console/releases/{release}")
    answered(api.post(f"/v1/releases/{release}/abort"), 200)


def test_a_pipeline_of_several_models_says_which_one_is_replaced(page: Page, api: Api) -> None:
    assert page.viewport_size is not None
    name = f"chained-{page.viewport_size['width']}"
    for model in ("first", "second"):
        api.upload(f"{name}-{model}", echo())
    api.serve(name, [f"{name}-first", f"{name}-second"])
    candidate = api.upload(f"{name}-better", echo())
    page.goto(f"/console/releases/new?pipeline={name}")
    page.get_by_label(re.compile("^Candidate")).fill(f"{name}-better")
    page.get_by_role("button", name="Plan").click()
    expect(page.get_by_role("main")).to_contain_text("Name the one that the candidate replaces")
    page.get_by_label(re.compile("^Replaces")).fill(f"{name}-second")
    page.get_by_role("button", name="Plan").click()
    expect(page.locator("roost-code").first).to_contain_text(f"--replaces {name}-second")
    page.get_by_role("link", name="Start the release…").click()
    page.get_by_role("button", name="Start the release").click()
    expect(page.locator(".title")).to_contain_text("Stage 1 of 3")
    (release,) = answered(api.get("/v1/releases", params={"pipeline": name}), 200)["releases"]
    assert release["definition"]["replaces"] == f"{name}-second"
    assert candidate["id"] in str(release["candidate"])
    answered(api.post(f"/v1/releases/{release['id']}/abort"), 200)


def test_no_such_release(page: Page) -> None:
    for path in ("no-such-release", "%3Cb%3E", "no-such-release/pause"):
        answer = page.goto(f"/console/releases/{path}")
        assert answer is not None
        assert answer.status == 404
        assert page.locator("main b").count() == 0
