"""The pages of suites and gates in a real browser."""

from __future__ import annotations

import re

import pytest
from console_pages import HOSTILE
from gates import golden, put_gate, put_suite, run, scaled, verdict
from harness import Api, answered, until
from playwright.sync_api import Page, expect


@pytest.fixture(scope="module", autouse=True)
def suites(api: Api) -> None:
    """A suite that a first version passes, and a gate that requires it."""
    first = api.upload("doubled", scaled(2))
    api.serve("doubling", [{"model": "doubled"}])
    put_suite(api, "doubles", golden(2, 4), golden(-1, -2, HOSTILE), model="doubled")
    assert run(api, "doubles", first) == "passed"
    put_gate(api, "doubling", "doubles")


def refused_version(api: Api, factor: float) -> dict[str, str]:
    """Uploads a version that fails the suite, and returns it when it has been tested."""
    version: dict[str, str] = api.upload("doubled", scaled(factor))

    def tested() -> bool:
        runs = answered(api.get("/v1/suites/doubles/runs"), 200)["runs"]
        return any(each["model"].endswith(version["id"]) and "ended_at" in each for each in runs)

    until(tested, "the version is tested", 60)
    return version


def test_a_suite_is_run(page: Page, api: Api) -> None:
    page.goto("/console/suites")
    page.locator("#suites").get_by_role("link", name="doubles").click()
    count = len(answered(api.get("/v1/suites/doubles/runs"), 200)["runs"])
    page.get_by_role("link", name="Run now…").click()
    page.get_by_role("button", name="Run doubles").click()
    expect(page.locator(".verdict")).to_be_visible()
    runs = answered(api.get("/v1/suites/doubles/runs"), 200)["runs"]
    assert len(runs) == count + 1
    assert runs[0]["by"] == "the console"
    assert runs[0]["outcome"] in ("passed", "failed")
    expect(page.locator("#cases tbody tr")).to_have_count(2)
    expect(page.locator("#cases")).to_contain_text(HOSTILE)
    expect(page.locator("#runs tr.on")).to_have_count(1)
    assert page.locator("main script").count() == 0


def test_a_version_that_does_not_exist_is_the_fields_error(page: Page) -> None:
    page.goto("/console/suites/doubles/run")
    page.get_by_label(re.compile("^Version")).fill("nonsense")
    page.get_by_role("button", name="Run doubles").click()
    expect(page.locator(".error")).to_contain_text("nonsense")


def test_a_refusal_leads_to_where_it_is_settled(page: Page, api: Api) -> None:
    assert page.viewport_size
    version = refused_version(api, page.viewport_size["width"] + 7)
    api.define("doubling", [f"doubled@{version['id']}"])
    answered(api.put("/v1/pipelines/doubling/deployment", json={}), 409)
    page.goto("/")
    page.get_by_role("row").filter(has_text="Gate refused").first.get_by_role("link").click()
    expect(page.get_by_role("main")).to_contain_text(f"Let doubled@{version['id'][:8]} answer in doubling")


def test_what_is_not_there_leads_to_its_list(page: Page) -> None:
    for path, place, href in (
        ("pipelines/nope", "Pipelines", "pipelines"),
        ("pipelines/nope/log", "Log", "log"),
        ("models/nope", "Models", "models"),
        ("jobs/training-jobs/nope", "Jobs", "jobs"),
        ("buckets/nope", "Buckets", "buckets"),
        ("gates/nope/override", "Suites", "suites"),
    ):
        response = page.goto(f"/console/{path}")
        assert response is not None
        assert response.status == 404, path
        current = page.locator("#nav-items a[aria-current]")
        expect(current).to_have_text(re.compile(place))
        expect(page.locator("main section a")).to_have_attribute("href", f"/console/{href}")


def test_a_gate_is_overridden_with_a_reason(page: Page, api: Api) -> None:
    assert page.viewport_size
    version = refused_version(api, page.viewport_size["width"])
    assert not verdict(api, "doubling", version)["admitted"]
    page.goto("/console/suites")
    expect(page.locator(".title")).to_contain_text("1 refused")
    gates = page.locator("#gates")
    expect(gates).to_contain_text(version["id"][:8])
    expect(gates).to_contain_text("Refused")
    gates.get_by_role("link", name="Override…").click()
    page.get_by_role("button", name="Override the gate of doubling").click()
    expect(page.locator(".error")).to_contain_text("reason")
    page.get_by_label(re.compile("^Reason")).fill(HOSTILE)
    page.get_by_label(re.compile("^Who")).fill("ann")
    page.get_by_role("button", name="Override the gate of doubling").click()
    expect(gates).to_contain_text("Admitted by an override")
    expect(gates).to_contain_text(HOSTILE)
    assert page.locator("main script").count() == 0
    assert verdict(api, "doubling", version)["admitted"]
    last = answered(api.get("/v1/gates/doubling"), 200)["overrides"][-1]
    assert (last["reason"], last["by"]) == (HOSTILE, "ann")


def test_a_version_that_the_gate_refuses_is_not_offered(page: Page, api: Api) -> None:
    assert page.viewport_size
    first = answered(api.get("/v1/pipelines/doubling/deployment"), 200)["version"]
    version = refused_version(api, page.viewport_size["width"] + 0.5)
    reference = f"doubled@{version['id']}"
    new = answered(api.put("/v1/pipelines/doubling", json={"name": "doubling", "steps": [{"model": reference}]}), 200)
    page.goto(f"/console/pipelines/doubling/deploy?version={new['version']['id']}")
    expect(page.get_by_role("note")).to_contain_text(f"The gate refuses doubled@{version['id'][:8]}")
    expect(page.locator("form.ask button")).to_have_count(0)
    page.goto(f"/console/pipelines/doubling/deploy?version={first}")
    expect(page.get_by_role("button", name="Deploy doubling")).to_be_visible()


def test_a_suite_that_a_gate_requires_stays(page: Page, api: Api) -> None:
    page.goto("/console/suites/doubles")
    expect(page.locator(".acts")).to_contain_text("The gate of doubling requires it.")
    expect(page.get_by_role("link", name="Delete…")).to_have_count(0)
    page.goto("/console/suites/doubles/delete")
    expect(page.get_by_role("note")).to_contain_text("doubling")
    expect(page.locator("form.ask button")).to_have_count(0)
    put_suite(api, "spare", golden(2, 4), model="doubled")
    page.goto("/console/suites/spare")
    expect(page.get_by_role("main")).to_contain_text("The suite has never been run.")
    page.get_by_role("link", name="Delete…").click()
    page.get_by_label(re.compile("^Type")).fill("spare")
    page.get_by_role("button", name="Delete spare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Suites")
    assert api.get("/v1/suites/spare").status_code == 404


def test_suites_that_are_not_there(page: Page) -> None:
    for path in ("/console/suites/none", "/console/suites/doubles?run=00000000", "/console/gates/none/override"):
        response = page.goto(path)
        assert response is not None
        assert response.status == 404, path
