"""The choice of a workspace, the search, and addresses that people type, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from harness import Api, answered
from monitored import echo, infer, negated, split
from playwright.sync_api import Page, expect


@pytest.fixture(scope="module", autouse=True)
def workspaces(api: Api) -> None:
    """Two workspaces with models of the same name, and a split whose first model gets three of four requests."""
    api.upload("echo", echo())
    api.upload("Negated", negated())
    api.serve("answering", [split(("echo", 3), ("Negated", 1))])
    answered(api.post("/v1/workspaces", json={"name": "retail"}), 201)
    api.upload("echo", echo(2), "retail")
    api.upload("shelves", echo(3), "retail")
    definition = {"name": "stocking", "workspace": "retail", "steps": [{"model": "shelves"}]}
    answered(api.put("/v1/pipelines/stocking", json=definition), 200, 201)


def choose(page: Page, workspace: str) -> None:
    field = page.get_by_label("Workspace")
    if not field.is_visible():
        page.get_by_role("button", name="Menu").click()
    field.select_option(workspace)
    page.get_by_role("button", name="Show", exact=True).click()


def links(page: Page) -> set[str]:
    """The names that the rows of a list lead to."""
    return set(page.locator("main tbody th a").all_inner_texts())


def test_lists_follow_the_choice(page: Page, server: str) -> None:
    page.goto("/console/models")
    assert links(page) == {"echo", "Negated", "shelves"}
    assert page.get_by_role("row").filter(has_text="retail").count() == 2
    choose(page, "retail")
    expect(page).to_have_url(server + "/console/models")
    expect(page.get_by_role("main")).to_contain_text("2 models in workspace retail")
    assert links(page) == {"echo", "shelves"}
    page.get_by_role("link", name="echo", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("in workspace retail")
    page.goto("/console/pipelines")
    expect(page.get_by_label("Workspace")).to_have_value("retail")
    assert links(page) == {"stocking"}
    page.goto("/console/log")
    assert links(page) == {"stocking"}
    page.goto("/")
    assert page.locator("#pipelines tbody th a").all_inner_texts() == ["stocking"]
    page.goto("/console/search?q=e")
    assert {"answering"}.isdisjoint(page.locator("#hits a").all_inner_texts())
    page.get_by_role("link", name="Search all workspaces").click()
    expect(page.get_by_role("link", name="answering")).to_be_visible()
    choose(page, "*")
    page.goto("/console/pipelines")
    assert links(page) == {"answering", "stocking"}


def test_an_address_counts_more_than_the_choice(page: Page) -> None:
    page.goto("/console/models")
    choose(page, "retail")
    page.goto("/console/models?workspace=default")
    assert links(page) == {"echo", "Negated"}
    expect(page.get_by_label("Workspace")).to_have_value("default")
    page.goto("/console/models?workspace=*")
    assert links(page) == {"echo", "Negated", "shelves"}
    response = page.goto("/console/models?workspace=nowhere")
    assert response is not None
    assert response.status == 404


def test_the_choice_is_a_cookie_of_the_session_that_no_other_site_can_set(server: str, api: Api) -> None:
    session = requests.Session()
    session.trust_env = False
    token = re.search(r'name="token" value="(\w+)"', session.get(server + "/console/models").text)
    assert token

    def send(workspace: str, token: str, **headers: str) -> requests.Response:
        fields = {"token": token, "workspace": workspace, "place": "models"}
        sent = {"Origin": server} | headers
        return session.post(server + "/console/workspace", fields, headers=sent, allow_redirects=False)

    answer = send("retail", token[1])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/models")
    cookie = answer.headers["Set-Cookie"]
    assert cookie == "roost-workspace=retail; Path=/; HttpOnly; SameSite=Strict"
    assert "2 models in workspace retail" in session.get(server + "/console/models").text
    assert send("default", "0" * 64).status_code == 403
    assert send("default", token[1], Origin="http://evil.example").status_code == 403
    assert send("nowhere", token[1]).status_code == 404
    assert send("<script>", token[1]).status_code == 400
    assert "2 models in workspace retail" in session.get(server + "/console/models").text
    # A workspace that was deleted is not asked for any more.
    answered(api.post("/v1/workspaces", json={"name": "short"}), 201)
    assert send("short", token[1]).status_code == 303
    answered(api.delete("/v1/workspaces/short"), 200)
    answer = session.get(server + "/console/models")
    assert answer.status_code == 200
    assert "3 models" in answer.text or "4 models" in answer.text
    assert send("*", token[1]).headers["Set-Cookie"].endswith("Max-Age=0")


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("/console", "/"),
        ("/console/", "/"),
        ("/console/home", "/"),
        ("/console/pipelines/", "/console/pipelines"),
        ("/console/models/?search=echo", "/console/models?search=echo"),
        ("/console/pipelines/answering/", "/console/pipelines/answering"),
        ("/console/logs", "/console/log"),
        ("/console/log/answering", "/console/pipelines/answering/log"),
        ("/console/experiments/answering", "/console/pipelines/answering/experiment"),
        ("/console/shadow/answering/", "/console/pipelines/answering/shadow"),
        ("/console/gates", "/console/suites#gates"),
        ("/console/assays", "/console/drift"),
        ("/console/log/%2F%2Fevil.example", "/console/pipelines/%2F%2Fevil.example/log"),
    ],
)
def test_an_address_that_people_type(typed: str, place: str, server: str) -> None:
    answer = requests.get(server + typed, allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"]) == (303, place)


def test_an_address_of_nothing(server: str) -> None:
    for path in ("/console/nothing", "/console//evil.example", "/consoles"):
        assert requests.get(server + path, allow_redirects=False, timeout=30).status_code in (400, 403, 404), path


def arms(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answered(api.get("/v1/pipelines/answering/arms"), 200)["arms"]
    return found


def test_the_graph_shows_live_shares(page: Page, api: Api) -> None:
    for index in range(60):
        infer(api, "answering", f"i{index}", [1.0])
    known = arms(api)
    assert [arm["name"] for arm in known] == ["echo", "Negated"]
    assert [arm["share"] for arm in known] == [0.75, 0.25]
    # The log has the same counts.
    models = [entry["model_name"] for entry in api.logs("answering", limit=1000)]
    assert [arm["requests"] for arm in known] == [models.count("echo"), models.count("Negated")]
    assert sum(arm["live_share"] for arm in known) == pytest.approx(1)
    page.goto("/console/pipelines/answering")
    for arm, share in zip(known, ("75 %", "25 %"), strict=True):
        box = page.locator("#steps li[data-share] a").filter(has_text=arm["name"])
        expect(box).to_contain_text(f"{arm['live_share'] * 100:.1f} % of {share}")
        expect(box).to_contain_text(re.compile(r"p99 [\d.]+\s?ms"))
        assert box.locator("..").get_attribute("data-share") == f"{arm['live_share'] * 100:.1f}"
    expect(page.locator("#steps")).to_contain_text("requests since this version was loaded")
    assert page.viewport_size
    if page.viewport_size["width"] > 700:
        # The bands are as wide as the shares.
        bands = page.locator("roost-graph path.band0, roost-graph path.band1")
        expect(bands.first).to_be_attached()
        heights = page.evaluate(
            "[...document.querySelectorAll('roost-graph path')].map(path => path.getPointAtLength(0).y * 2)"
        )
        assert len(heights) >= 4
