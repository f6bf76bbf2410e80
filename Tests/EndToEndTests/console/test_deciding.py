"""The console's pages on experiments, in a real browser: report, weights, rollback and promotion."""

from __future__ import annotations

import random
import re
from typing import Any
from urllib.parse import quote

import pytest
from console_pages import HOSTILE
from harness import Api
from monitored import complement, echo, infer, report, split
from playwright.sync_api import Page, expect

GOAL = "outputs[0][0] > 0.5"


@pytest.fixture(scope="module", autouse=True)
def models(api: Api) -> None:
    api.upload("echo", echo())
    api.upload("complement", complement())
    api.serve("plain", ["echo"])


def width(page: Page) -> int:
    assert page.viewport_size is not None
    return page.viewport_size["width"]


def experiment(api: Api, name: str, count: int = 400, **more: Any) -> None:
    """A pipeline whose challenger is better."""
    settings: dict[str, Any] = {"goal": {"metric": GOAL, "smallest_effect": 0.2}} | more
    api.serve(name, [split(("echo", 3), ("complement", 1))], **settings)
    dice = random.Random(1)
    for index in range(count):
        infer(api, name, f"i{index}", [dice.random() ** 2])


def version(api: Api, name: str) -> Any:
    deployment = api.get(f"/v1/pipelines/{name}/deployment").json()
    return api.get(f"/v1/pipelines/{name}/versions/{deployment['version']}").json()


def reports(api: Api, name: str) -> list[Any]:
    found: list[Any] = api.get(f"/v1/pipelines/{name}/reports").json()["reports"]
    return found


def test_report_and_promote(page: Page, api: Api, server: str) -> None:
    name = f"promoted-{width(page)}"
    experiment(api, name)
    page.goto("/console/experiments")
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("No report yet")
    row.get_by_role("link", name="complement against echo").click()
    expect(page.locator(".empty")).to_contain_text("No report on this experiment yet")
    page.locator(".empty").get_by_role("link", name="Report now…").click()
    page.get_by_role("button", name=f"Report on {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("complement against echo")
    (made,) = reports(api, name)
    assert made["verdicts"] == {"complement": "better"}
    expect(page.locator(".title")).to_contain_text("Better")
    expect(page.locator(".verdict")).to_contain_text(f"Better. “{GOAL}” holds for")
    expect(page.locator(".verdict")).to_contain_text("had to reach 20; were the two equal")
    expect(page.locator(".verdict")).to_contain_text("with echo; larger is better.")
    expect(page.locator(".verdict")).to_contain_text("Not yet met for a promotion: a full week (")
    expect(page.locator("roost-evidence svg .bound")).to_have_count(1)
    assert page.locator("roost-evidence tbody tr").count() > 10
    expect(page.locator("roost-band svg .band")).to_have_count(1)
    expect(page.locator("roost-band svg .fill")).to_have_count(1)
    expect(page.locator("#counts tbody tr")).to_have_count(2)
    expect(page.locator(".rule .here")).to_contain_text("decided here")
    full = api.get(f"/v1/reports/{made['id']}").json()["experiment"]
    last = full["comparisons"][0]["series"][-1]
    assert last["share"] == 0.25
    assert last["sequence"]["lower"] > 0
    page.locator("roost-band summary").click()
    newest = page.locator("roost-band tbody tr").last
    expect(newest.get_by_role("cell").first).to_have_text(f"+{last['difference'] * 100:.1f}")
    expect(newest.get_by_role("cell").last).to_have_text("25\u00a0%")
    for arm in full["arms"]:
        row = page.locator("#counts tbody tr").filter(has_text=arm["name"])
        expect(row).to_contain_text(f"{arm['goal']['value'] * 100:.2f}\u00a0%")
    expect(page.get_by_role("row").filter(has_text="A full week")).to_contain_text("Not yet")
    expect(page.get_by_role("row").filter(has_text="Verdict is better")).to_contain_text("Met")

    page.get_by_role("link", name="Promote complement…").click()
    expect(page.get_by_text(f"Promote complement to champion of {name}?")).to_be_visible()
    expect(page.locator(".warnings li")).to_have_count(1)
    expect(page.locator(".warnings")).to_contain_text("A full week: not yet (")
    assert "main" not in (page.get_by_role("button", name="Promote complement").get_attribute("class") or "")
    page.get_by_role("button", name="Promote complement").click()
    expect(page).to_have_url(f"{server}/console/pipelines/{name}")
    promoted = version(api, name)
    assert promoted["promotion"]["report"] == made["id"]
    assert [step["model"].split("@")[0] for step in promoted["steps"]] == ["complement"]
    page.goto(f"/console/pipelines/{name}/experiment")
    expect(page.get_by_role("heading", level=1)).to_have_text("complement against echo")
    expect(page.get_by_role("link", name="Promote complement…")).to_have_count(0)


def test_weights_and_back(page: Page, api: Api) -> None:
    name = f"weighted-{width(page)}"
    # So strict that chance cannot decide.
    experiment(api, name, 40, goal={"metric": GOAL, "alpha": 0.000001})
    before = version(api, name)
    report(api, name)
    page.goto(f"/console/pipelines/{name}/experiment")
    expect(page.locator(".title")).to_contain_text("Not enough data")
    expect(page.locator(".verdict")).to_contain_text("1\u202f000\u202f000 decides")
    page.get_by_role("link", name="Weights…").click()
    expect(page.locator("#field-weight-1")).to_have_value("1")
    page.locator("#field-weight-1").fill("-1")
    page.get_by_role("button", name="Set the weights").click()
    expect(page.locator(".error").first).to_contain_text("A weight is a number of at least 0.")
    page.locator("#field-weight-1").fill("3")
    page.get_by_role("button", name="Set the weights").click()
    expect(page.locator(".title")).to_contain_text("Running", timeout=20_000)
    after = version(api, name)
    assert [choice["weight"] for choice in after["steps"][0]["random_split"]["models"]] == [3, 3]
    assert after["experiment"]["id"] == before["experiment"]["id"]

    page.goto(f"/console/pipelines/{name}/experiment")
    page.get_by_role("link", name="Roll back…").click()
    expect(page.get_by_text(f"Roll {name} back to version {before['id'][:8]}?")).to_be_visible()
    page.get_by_role("button", name=f"Roll back {name}").click()
    expect(page.locator(".title")).to_contain_text("Running", timeout=20_000)
    assert version(api, name)["id"] == before["id"]


def test_an_interval_begins_anew_when_the_shares_change(page: Page, api: Api) -> None:
    name = f"anew-{width(page)}"
    experiment(api, name, 200)
    api.serve(name, [split(("echo", 1), ("complement", 1))], goal={"metric": GOAL, "smallest_effect": 0.2})
    dice = random.Random(2)
    for index in range(200):
        infer(api, name, f"j{index}", [dice.random() ** 2])
    made = report(api, name)
    series = made["experiment"]["comparisons"][0]["series"]
    shares = [moment["share"] for moment in series]
    assert shares == sorted(shares)
    assert set(shares) == {0.25, 0.5}
    first = shares.index(0.5)
    assert "sequence" in series[first - 2]
    assert "sequence" not in series[first]
    assert "sequence" in series[-1]
    page.goto(f"/console/pipelines/{name}/experiment")
    expect(page.locator("roost-band svg .moment")).to_have_count(2)
    # The line and its band are in two pieces.
    for part in (".line.new", ".band"):
        drawn = page.locator(f"roost-band svg {part}").get_attribute("d") or ""
        assert drawn.count("M") == 2, part


def test_nothing_to_compare(page: Page) -> None:
    page.goto("/console/pipelines/plain/experiment")
    expect(page.locator(".empty")).to_contain_text("An experiment begins when")
    page.get_by_role("link", name="See the steps of the pipeline").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("plain")


def test_a_pipeline_without_a_goal_is_asked_for_one(page: Page, api: Api) -> None:
    name = f"aimless-{width(page)}"
    api.serve(name, [split(("echo", 1), ("complement", 1))])
    for index in range(20):
        infer(api, name, f"i{index}", [index / 20])
    page.goto(f"/console/pipelines/{name}/report?kind=experiment")
    page.get_by_label("Goal").fill("outputs[0][0")
    page.get_by_role("button", name=f"Report on {name}").click()
    expect(page.locator(".error").first).to_be_visible()
    expect(page.get_by_label("Goal")).to_have_value("outputs[0][0")
    page.get_by_label("Goal").fill("outputs[0][0] < 0.5")
    page.get_by_role("button", name=f"Report on {name}").click()
    expect(page.locator(".lead")).to_contain_text(
        "Goal “outputs[0][0] < 0.5”, larger is better, chosen for this report."
    )
    assert reports(api, name)


def test_the_share_is_that_of_now(page: Page, api: Api) -> None:
    name = f"shares-{width(page)}"
    experiment(api, name, 20)
    report(api, name)
    page.goto(f"/console/pipelines/{name}/experiment")
    expect(page.locator("#counts")).to_contain_text("Share now")
    expect(page.locator("#counts tbody tr").first).to_contain_text("75\u00a0%")
    api.serve(name, [split(("echo", 1), ("complement", 0))], goal={"metric": GOAL, "smallest_effect": 0.2})
    page.reload()
    expect(page.locator("#counts tbody tr").first).to_contain_text("100\u00a0%")


def test_three_models_and_a_broken_guardrail(page: Page, api: Api) -> None:
    """The complement answers more than half more often, which a guardrail forbids."""
    name = f"three-{width(page)}"
    api.upload("again", echo())
    steps = [split(("echo", 1), ("complement", 1), ("again", 1))]
    # Where two models are equal, a level of 0.05 would find one of them better in a run out of twenty.
    goal = {"metric": GOAL, "alpha": 0.0001}
    api.serve(name, steps, goal=goal, guardrails=[{"metric": GOAL, "better": "lower"}])
    dice = random.Random(2)
    for index in range(300):
        infer(api, name, f"i{index}", [dice.random() ** 3])
    made = report(api, name)
    verdicts = {one["challenger"]: one["verdict"] for one in made["experiment"]["comparisons"]}
    assert verdicts["complement"] == "worse", verdicts
    page.goto(f"/console/pipelines/{name}/experiment")
    expect(page.locator(".title")).to_contain_text("Worse")
    expect(page.locator(".verdict")).to_contain_text(f"The guardrail “{GOAL}”, no worse, is broken.")
    expect(page.get_by_role("heading", name="again against echo")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Broken").first).to_be_visible()
    expect(page.locator(".rule .here").first).to_contain_text("complement")
    # Several challengers share the level, so each has its own bound.
    bounds = {f"{1 / one['alpha']:.0f}" for one in made["experiment"]["comparisons"]}
    assert bounds != {"10000"}
    for bound in bounds:
        expect(page.locator(".rule")).to_contain_text(re.compile(rf"\b{bound}\b"))
    # What is worse is not offered first, and whoever asks for it is told.
    expect(page.locator(".acts").get_by_role("link", name="Promote")).to_have_count(0)
    expect(page.get_by_role("main").get_by_role("link", name="Promote again…")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Promote complement…").click()
    expect(page.locator(".warnings")).to_contain_text("Verdict is better: worse (E for worse")


def test_worse_is_dated_and_ringed(page: Page, api: Api) -> None:
    name = f"worse-{width(page)}"
    api.serve(name, [split(("echo", 1), ("complement", 1))], goal={"metric": GOAL})
    for index in range(120):
        infer(api, name, f"i{index}", [0.9])
    made = report(api, name)
    assert made["experiment"]["comparisons"][0]["verdict"] == "worse"
    page.goto(f"/console/pipelines/{name}/experiment")
    expect(page.locator("roost-evidence svg .ring.base")).to_have_count(1)
    words = page.locator("roost-evidence svg").get_by_text(re.compile("worse past the bound|:"))
    expect(words.filter(has_text="worse past the bound")).to_have_count(1)


def test_hostile_names_are_text(page: Page, api: Api) -> None:
    experiment(api, f"hostile-{width(page)}", 5)
    path = f"/console/pipelines/hostile-{width(page)}"
    answer = page.goto(f"{path}/promote?challenger={quote(HOSTILE)}")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("main")).to_contain_text(f"has no challenger '{HOSTILE}'. Expected one of: complement.")
    for wrong in ("experiment?report=%3Cb%3E", "report?kind=%3Cb%3E", "shadow?report=%3Cb%3E"):
        answer = page.goto(f"{path}/{wrong}")
        assert answer is not None
        assert answer.status in (400, 404)
        assert page.locator("main b").count() == 0


def test_a_promotion_says_what_speaks_against_it(page: Page, api: Api) -> None:
    name = f"hasty-{width(page)}"
    experiment(api, name, 6)
    path = f"/console/pipelines/{name}/promote"
    page.goto(path)
    expect(page.locator(".warnings")).to_contain_text("There is no report yet")
    made = report(api, name)
    page.goto(path)
    expect(page.locator(".warnings")).to_contain_text("Verdict is better: not yet")
    button = page.get_by_role("button", name="Promote complement")
    assert "main" not in (button.get_attribute("class") or "")
    for wrong in ("challenger=none", "report=none", f"challenger=echo&report={made['id']}"):
        answer = page.goto(f"{path}?{wrong}")
        assert answer is not None
        assert answer.status == 404, wrong
    api.serve(f"shadowed-{width(page)}", [{"shadow_deploy": {"champion": "echo", "challengers": ["complement"]}}])
    infer(api, f"shadowed-{width(page)}", "i", [0.5])
    report(api, f"shadowed-{width(page)}", kind="shadow")
    page.goto(f"/console/pipelines/shadowed-{width(page)}/promote")
    expect(page.locator(".warnings")).to_contain_text("Verdict: only compared.")


def test_the_models_of_another_workspace_are_found(page: Page, api: Api) -> None:
    name = f"elsewhere-{width(page)}"
    assert api.post("/v1/workspaces", json={"name": "elsewhere"}).status_code in (201, 409)
    for model, content in (("far", echo()), ("farther", complement())):
        api.upload(model, content, workspace="elsewhere")
    steps = [split(("far", 1), ("farther", 1))]
    api.serve(name, steps, workspace="elsewhere", goal={"metric": GOAL})
    for index in range(20):
        infer(api, name, f"i{index}", [index / 20])
    report(api, name)
    for model in ("far", "farther"):
        page.goto(f"/console/pipelines/{name}/experiment")
        page.locator("#counts").get_by_role("link", name=model, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(model)


def test_the_axis_of_the_evidence_reaches_the_evidence(page: Page, api: Api) -> None:
    """Evidence far beyond the bound is drawn where it is, and the first page tells the numbers of the verdict."""
    name = f"certain-{width(page)}"
    api.serve(name, [split(("echo", 1), ("complement", 1))], goal={"metric": GOAL, "better": "lower"})
    for index in range(120):
        infer(api, name, f"i{index}", [0.9])
    made = report(api, name)["experiment"]
    better = made["comparisons"][0]["better"]["maximum"]
    assert better > 1e9
    page.goto(f"/console/pipelines/{name}/experiment")
    expect(page.locator("roost-evidence svg text").first).to_be_attached()
    texts = page.locator("roost-evidence svg text").all_text_contents()
    # Times of the axis below may begin with 10, too.
    powers = [text[2:] for text in texts if re.fullmatch("10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]*", text)]
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
    assert max(int(power.translate(digits) or 1) for power in powers if power[:1] not in "0⁻") > 6, powers
    # The line does not lie at the edge of the chart before its end.
    heights = page.locator("roost-evidence svg .line.new").evaluate(
        "line => line.getAttribute('d').match(/[ML][\\d.]+ [\\d.]+/g).map(step => parseFloat(step.split(' ')[1]))"
    )
    assert heights.count(min(heights)) <= 2
    page.goto("/")
    row = page.locator("#needs tr").filter(has_text=name)
    expect(row).to_contain_text(f"“{GOAL}” holds for 0.00\u00a0% with complement, for 100.00\u00a0% with echo")
    expect(row).to_contain_text("; smaller is better. The evidence is ")
    (need,) = [one for one in api.get("/v1/overview").json()["needs"] if one.get("pipeline") == name]
    assert need["reason"] == f"'complement' is better than 'echo': {GOAL} is 0, against 1; smaller is better."


def test_many_challengers_share_a_page(api: Api) -> None:
    """Only the course of the one that the page is about is drawn, so that the page stays small."""
    names = [f"arm-{index}" for index in range(12)]
    for index, name in enumerate(names):
        api.upload(name, complement() if index % 2 else echo())
    api.serve("many", [split(*((name, 1) for name in names))], goal={"metric": GOAL})
    dice = random.Random(1)
    for index in range(600):
        infer(api, "many", f"i{index}", [dice.random() ** 2])
    report(api, "many")
    page = api.get("/console/pipelines/many/experiment")
    assert len(page.content) < 100_000
    assert page.text.count("<roost-evidence ") == 1
    assert page.text.count("With 11 challengers, only the course of ") == 10
