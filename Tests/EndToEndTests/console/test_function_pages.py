"""The console's pages of functions and APIs, in a real browser."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import requests
from code_lines import lines_of, run
from functions import function_arn
from gateway import Gateway as AWSGateway
from harness import Api, answered
from playwright.sync_api import Page, expect

# A page that is live is read again every 5 s.
expect.set_options(timeout=20_000)

SOURCE = """
def handler(event, context):
    print("<script>alert(1)</script>")
    if event.get("fail"):
        raise ValueError("it <b>broke</b>")
    return {"answer": 42, "text": "<i>not markup</i>", "event": event}
"""


@pytest.fixture(scope="module", autouse=True)
def greeter(api: Api) -> None:
    definition = {
        "source": SOURCE,
        "timeout_seconds": 30,
        "environment": {"KIND": "<u>x</u>"},
        "description": "Says & greets",
    }
    answered(api.put("/v1/functions/greeter", json=definition), 201)


def test_a_test_event(page: Page, api: Api) -> None:
    page.goto("/console/functions")
    page.get_by_role("link", name="greeter").click()
    expect(page.get_by_role("main")).to_contain_text("Says & greets")
    event = page.get_by_label("Event JSON")
    event.fill('{"name": "<b>you</b>"')
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#test")).to_contain_text("at character")
    expect(page.get_by_label("Event JSON")).to_have_value('{"name": "<b>you</b>"')
    page.get_by_label("Event JSON").fill('{"name": "<b>you</b>"}')
    page.get_by_role("button", name="Send").click()
    answer = page.locator("#test section").nth(1)
    expect(answer).to_contain_text("Returned")
    expect(answer).to_contain_text('"answer": 42')
    expect(answer).to_contain_text("<i>not markup</i>")
    expect(answer).to_contain_text("<script>alert(1)</script>")
    assert page.locator("main script, main i").count() == 0
    logged = [it["message"] for it in answered(api.get("/v1/functions/greeter/logs"), 200)["events"]]
    assert any("<script>" in line for line in logged)


def test_a_function_that_fails(page: Page) -> None:
    page.goto("/console/functions/greeter")
    page.get_by_label("Event JSON").fill('{"fail": true}')
    page.get_by_role("button", name="Send").click()
    answer = page.locator("#test section").nth(1)
    expect(answer).to_contain_text("Failed")
    expect(answer).to_contain_text("it <b>broke</b>")
    page.goto("/console/functions/greeter")
    expect(page.locator("#log")).to_contain_text("it <b>broke</b>")
    page.locator("summary", has_text="Values").click()
    expect(page.get_by_text("<u>x</u>")).to_be_visible()


def test_a_function_that_is_not_there(page: Page) -> None:
    response = page.goto("/console/functions/nope")
    assert response is not None
    assert response.status == 404


def test_apis(page: Page, server: str, tmp_path: Path) -> None:
    gateway = AWSGateway(server)
    if not gateway.http.get_apis()["Items"]:
        api, root = gateway.create(name="<b>pets</b>")
        gateway.proxy(api, gateway.resource(api, root, "hello"), "greeter", "GET")
        gateway.deploy(api)
        gateway.http.create_api(Name="quick", ProtocolType="HTTP", Target=function_arn("greeter"))
    page.goto("/console/apis")
    row = page.get_by_role("row").filter(has_text="<b>pets</b>")
    expect(row).to_contain_text("GET /hello")
    link = row.get_by_role("link", name="/_aws/execute-api/")
    expect(link).to_contain_text(f"{server}/_aws/execute-api/")
    path = link.get_attribute("href")
    assert path is not None
    # It is one that a route takes.
    assert path.endswith("/hello")
    answer = requests.get(server + path, timeout=30)
    # The function answers, though not in the form that an API needs.
    assert answer.status_code in (200, 502)
    expect(page.get_by_role("row").filter(has_text="quick")).to_contain_text("HTTP")
    # The lines list APIs of both kinds.
    lines = {kind: lines_of(page.content(), kind)[0] for kind in ("curl", "python")}
    listed = run(
        "python", f"print(sorted(each.get('name') or each['Name'] for each in {lines['python']}))", server, tmp_path
    )
    shown = json.loads(run("curl", lines["curl"], server, tmp_path))["apis"]
    assert ast.literal_eval(listed) == sorted(each["name"] for each in shown) == ["<b>pets</b>", "quick"]
    row.get_by_role("link", name="function greeter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("greeter")
