"""The pages of the inference log in a real browser."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from console_pages import HOSTILE
from harness import Api, answered
from monitored import echo, split
from playwright.sync_api import Page, expect

#: The ID of an inference may be any visible ASCII.
ID = "<script>alert(1)</script>\"'&"
#: The name of an input may be anything.
INPUT = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", autouse=True)
def logged(api: Api) -> None:
    """250 inferences, of which every tenth fails a check."""
    api.upload("echo", echo(3))
    api.serve("echoed", [{"model": "echo"}], [("small", "echo.outputs[0][0] < 5")])
    for number in range(250):
        value = 9.0 if number % 10 == 0 else number / 250
        headers = {"X-Roost-Inference-Id": f"id-{number:03}"}
        answered(api.post("/v1/pipelines/echoed/infer", json={"x": [[value, -2.5, 3]]}, headers=headers), 200)
    api.upload("named", echo(1, INPUT))
    api.serve("named", [{"model": "named"}])
    headers = {"X-Roost-Inference-Id": ID}
    answered(api.post("/v1/pipelines/named/infer", json={INPUT: [[7.0]]}, headers=headers), 200)


def found_labels(api: Api, pipeline: str, id: str) -> list[Any]:
    labels = answered(api.post(f"/v1/pipelines/{pipeline}/ground-truth/search", json={"ids": [id]}), 200)["labels"]
    return [label["label"] for label in labels]


def shown(page: Page) -> list[str]:
    return list(page.locator("#entries tbody code[title]").evaluate_all("codes => codes.map(code => code.title)"))


def test_a_log_is_chosen(page: Page, server: str) -> None:
    page.goto("/console/log")
    row = page.get_by_role("row").filter(has_text="echoed")
    expect(row).to_contain_text("Running")
    row.get_by_role("link").click()
    expect(page).to_have_url(server + "/console/pipelines/echoed/log")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log of echoed")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"25\d requests in the last hour"), timeout=20_000)


def test_pages_are_those_of_the_api(page: Page, api: Api) -> None:
    all_ids = [entry["id"] for entry in api.logs("echoed", limit=250)]
    page.goto("/console/pipelines/echoed/log")
    assert shown(page) == all_ids[:100]
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("main")).to_contain_text("101 \N{EN DASH} 200, newest first")
    assert shown(page) == all_ids[100:200]
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("main")).to_contain_text("201 \N{EN DASH} 250, newest first")
    assert shown(page) == all_ids[200:]
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    page.get_by_role("link", name="Newer").click()
    expect(page.get_by_role("main")).to_contain_text("101 \N{EN DASH} 200, newest first")


def test_a_later_page_stays_while_inferences_come(page: Page, api: Api) -> None:
    page.goto("/console/pipelines/echoed/log")
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("main")).to_contain_text("101 \N{EN DASH} 200, newest first")
    before = shown(page)
    answered(api.post("/v1/pipelines/named/infer", json={INPUT: [[1.0]]}), 200)
    page.reload()
    assert shown(page) == before


def test_the_filter_is_the_address(page: Page, api: Api) -> None:
    page.goto("/console/pipelines/echoed/log")
    page.get_by_label("Checks", exact=True).select_option(label="failed")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile("valid=false"))
    expect(page.locator("#entries tbody code[title]")).to_have_count(25)
    assert shown(page) == [entry["id"] for entry in api.logs("echoed", valid="false")]
    assert len(shown(page)) == 25
    expect(page.locator("#entries tbody tr").first).to_contain_text("small")
    page.get_by_label("From").fill("2020-01-01")
    page.locator("#end").fill("2020-01-02")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("main")).to_contain_text("No inference of echoed matches.")
    # What was too narrow is a link without it.
    page.get_by_role("link", name="to 2020-01-02").click()
    expect(page.locator("#end")).to_have_value("")
    expect(page.get_by_label("From")).to_have_value("2020-01-01")
    expect(page.locator("#entries tbody code[title]")).to_have_count(25)
    page.get_by_label("From").fill("soon")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("alert")).to_contain_text("'soon' is not a time")
    expect(page.get_by_label("From")).to_have_value("soon")
    # There is neither a table nor a line that would show something else.
    expect(page.locator("#entries table, .same roost-code")).to_have_count(0)


def test_a_page_behind_the_last_one_leads_there(page: Page) -> None:
    page.goto("/console/pipelines/echoed/log?offset=5000&valid=false")
    expect(page).to_have_url(re.compile(r"/log\?valid=false$"))
    page.goto("/console/pipelines/echoed/log?offset=5000")
    expect(page).to_have_url(re.compile(r"/log\?offset=200$"))
    expect(page.get_by_role("main")).to_contain_text("201 \N{EN DASH}")


def test_a_label_keeps_the_place(page: Page, api: Api) -> None:
    assert page.viewport_size
    name = f"judged-{page.viewport_size['width']}"
    api.upload("score", echo(1))
    api.serve(name, [{"model": "score"}], labels={"type": "class", "threshold": 0.5})
    for number in range(3):
        headers = {"X-Roost-Inference-Id": f"j-{number}"}
        answered(api.post(f"/v1/pipelines/{name}/infer", json={"x": [[number / 4]]}, headers=headers), 200)
    page.goto(f"/console/pipelines/{name}/log?model=score&start=3h")
    page.locator("#entries tbody th a").nth(1).click()
    # The keys are those of the script.
    page.wait_for_load_state()
    address = page.url
    opened = page.locator("tr.detail #label")
    # A score at a threshold has two classes. Neither is proposed.
    expect(opened.get_by_role("radio")).to_have_count(2)
    assert opened.get_by_role("radio", checked=True).count() == 0
    page.keyboard.press("2")
    expect(opened.get_by_role("radio", name="1")).to_be_checked()
    page.keyboard.press("1")
    expect(opened.get_by_role("radio", name="0")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("tr.detail #label")).to_contain_text(re.compile("0, set (now|.* ago)"))
    assert page.url == address
    assert page.url.endswith("#opened")
    assert found_labels(api, name, "j-1") == [0]


def test_a_label_leads_to_no_other_address(page: Page, server: str, api: Api) -> None:
    page.goto("/console/pipelines/echoed/log?open=id-011")
    page.locator('tr.detail input[name="back"]').evaluate("field => { field.value = '//evil.example/?'; }")
    page.locator("tr.detail").get_by_label(re.compile("^Label")).fill("1")
    page.get_by_role("button", name="Save label").click()
    expect(page).to_have_url(server + "/console/pipelines/echoed/log?open=id-011#opened")


def test_the_strip_leads_to_its_entries(page: Page) -> None:
    page.goto("/console/pipelines/echoed/log")
    expect(page.locator("svg.tall")).to_be_visible(timeout=20_000)
    page.goto(page.locator("svg.tall a").last.get_attribute("href") or "")
    expect(page.get_by_label("Checks", exact=True)).to_have_value("false")
    assert len(shown(page)) <= 25


def test_the_strip_follows_the_chosen_time(page: Page) -> None:
    page.goto("/console/pipelines/echoed/log")
    expect(page.locator("#strip h2")).to_contain_text("25 failed checks in the last hour", timeout=20_000)
    assert page.locator("svg.tall rect.span").count() == 0
    page.goto(page.locator("svg.tall a").last.get_attribute("href") or "")
    # What was chosen is marked where its bar is.
    span = page.locator("svg.tall rect.span")
    expect(span).to_have_count(1)
    bar = page.locator("svg.tall a rect").last
    left, width = (float(span.get_attribute(name) or 0) for name in ("x", "width"))
    assert left <= float(bar.get_attribute("x") or 0) <= left + width
    page.goto("/console/pipelines/echoed/log?start=3h")
    expect(page.locator("#strip h2")).to_contain_text(re.compile(r"25 failed checks from .* to .* UTC"))
    page.goto("/console/pipelines/echoed/log?start=2020-01-01&end=2020-01-02")
    expect(page.locator("svg.tall")).to_have_count(0)


def test_an_entry_opens_and_is_labeled(page: Page, api: Api) -> None:
    assert page.viewport_size
    id = f"id-{page.viewport_size['width'] % 200:03}"
    page.goto(f"/console/pipelines/echoed/log?id={id}")
    page.locator("#entries tbody th a").click()
    opened = page.locator("tr.detail")
    expect(opened).to_contain_text("Input x")
    expect(opened).to_contain_text("\N{MINUS SIGN}2.5")
    expect(opened).to_contain_text("echo.outputs[0][0] < 5")
    expect(opened).to_contain_text("no label yet")
    expect(opened).to_contain_text(re.compile("In the models.*ms; all else .*ms", re.DOTALL))
    opened.get_by_label(re.compile("^Label")).fill("1.5")
    opened.get_by_role("button", name="Save label").click()
    expect(page.locator("tr.detail #label")).to_contain_text(re.compile("1.5, set (now|.* ago)"))
    assert found_labels(api, "echoed", id) == [1.5]
    page.locator('[data-key="x"]').click()
    expect(page.locator("tr.detail")).to_have_count(0)
    page.goto(f"/console/pipelines/echoed/log?id={id}")
    expect(page.locator("#entries tbody tr").first).to_contain_text("1.5")


def test_a_label_that_is_wrong_is_the_fields_error(page: Page, api: Api) -> None:
    page.goto("/console/pipelines/echoed/log?open=id-007")
    opened = page.locator("tr.detail")
    opened.get_by_label(re.compile("^Label")).fill("   ")
    opened.get_by_role("button", name="Save label").click()
    expect(page.locator(".error")).to_contain_text("The label is missing")
    assert found_labels(api, "echoed", "id-007") == []
    assert page.viewport_size
    id = f"rows-{page.viewport_size['width']}"
    answered(
        api.post("/v1/pipelines/echoed/infer", json={"x": [[1] * 3] * 3}, headers={"X-Roost-Inference-Id": id}), 200
    )
    for row in ("3", "-1", "one"):
        page.goto(f"/console/pipelines/echoed/log?open={id}")
        opened.get_by_label(re.compile("^Label")).fill("1")
        opened.get_by_label(re.compile("^Row")).fill(row)
        opened.get_by_role("button", name="Save label").click()
        expect(page.locator(".error")).to_contain_text(f"'{row}' is not a row. Expected a number from 0 to 2.")
    assert found_labels(api, "echoed", id) == []


def test_a_split_says_what_answered(page: Page, api: Api) -> None:
    """In the log of a split, each model that answers is a champion; for people it is the one that answered."""
    assert page.viewport_size
    name = f"parted-{page.viewport_size['width']}"
    api.upload("other", echo(3))
    api.serve(name, [split(("echo", 1), ("other", 2), key="session")])
    for number in range(12):
        headers = {"X-Roost-Inference-Id": f"p-{number}"}
        body = {"x": [[1e-7, -1e30, 3]], "session": f"s{number}"}
        answered(api.post(f"/v1/pipelines/{name}/infer", json=body, headers=headers), 200)
    page.goto(f"/console/pipelines/{name}/log")
    rows = page.locator("#entries tbody tr")
    expect(rows).to_have_count(12)
    expect(page.locator("#entries")).not_to_contain_text("champion")
    times = "\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}"
    expect(rows.first).to_contain_text(f"[1{times}10⁻⁷, \N{MINUS SIGN}1{times}10³⁰, 3]")
    rows.filter(has_text="other").first.locator("th a").click()
    opened = page.locator("tr.detail")
    expect(opened).to_contain_text(re.compile(r"Input session\s*key"))
    expect(opened).to_contain_text(re.compile(r"Input x\s*FP32 \[any, 3\]"))
    expect(opened).to_contain_text(re.compile(r"Answered by\s*other \w{8}, which gets 66.67\u00a0% of the requests"))


def test_what_is_too_large_says_so(page: Page, api: Api) -> None:
    assert page.viewport_size
    id = f"large-{page.viewport_size['width']}"
    headers = {"X-Roost-Inference-Id": id}
    body = {"x": [[0.125, 0.25, 3]] * 30_000}
    answered(api.post("/v1/pipelines/echoed/infer", json=body, headers=headers), 200)
    page.goto(f"/console/pipelines/echoed/log?id={id}")
    expect(page.locator("#entries tbody tr").first).to_contain_text("too large to show, 360\u00a0kB")
    page.locator("#entries tbody th a").click()
    expect(page.locator("tr.detail")).to_contain_text("The inputs are too large to show")


def test_a_time_stays_on_the_line_of_its_mark(page: Page) -> None:
    page.goto("/console/pipelines/echoed/log?id=id-001")
    for height in page.locator("#entries th a").evaluate_all("links => links.map(link => link.clientHeight || 18)"):
        assert height < 30


def test_what_comes_from_outside_is_text(page: Page, api: Api) -> None:
    page.goto("/console/pipelines/named/log?id=" + quote(ID, safe=""))
    page.locator("#entries tbody th a").first.click()
    opened = page.locator("tr.detail")
    expect(opened).to_contain_text(INPUT)
    expect(opened).to_contain_text(ID)
    opened.get_by_label(re.compile("^Label")).fill(HOSTILE)
    opened.get_by_role("button", name="Save label").click()
    expect(page.locator("tr.detail #label")).to_contain_text(HOSTILE)
    assert found_labels(api, "named", ID) == [HOSTILE]
    assert page.locator("main script, main img").count() == 0
    expect(page.locator("pre.curl").first).to_contain_text(r"alert(1)</script>\"")


def test_pages_of_a_log_that_are_not_there(page: Page) -> None:
    for path in ("/console/pipelines/none/log", "/console/pipelines/echoed/log/none/label"):
        response = page.goto(path)
        assert response is not None
        assert response.status == 404, path
    page.goto("/console/pipelines/echoed/log?open=none&offset=99999999999999999999&until=x")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log of echoed")
