"""Every screen of the console in a real browser: narrow windows, names, headings, tables, contrast and keys."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_pages import watched
from gates import golden, put_gate, put_suite, run, scaled
from harness import BINARY, Api, answered
from monitored import infer
from playwright.sync_api import Browser, Page, expect
from readable import LOW_CONTRAST, STRUCTURE, role, tree, unnamed

#: The narrowest window, to which a window of 1280 pixels is zoomed by a factor of four.
NARROW = (320, 800)
LISTS = (
    *("/", "/console/pipelines", "/console/endpoints", "/console/functions", "/console/apis", "/console/experiments"),
    *("/console/shadow", "/console/releases", "/console/log", "/console/drift", "/console/events", "/console/models"),
    *("/console/suites", "/console/jobs", "/console/loops", "/console/buckets", "/console/search?q=demo"),
)
THINGS = (
    *(
        "/console/pipelines/demo-split",
        "/console/pipelines/demo-split/versions",
        "/console/pipelines/demo-shadow/shadow",
    ),
    *("/console/pipelines/demo-split/definition", "/console/pipelines/demo-split/experiment"),
    *(
        "/console/pipelines/demo-split/log",
        "/console/pipelines/demo-houses/log?valid=false",
        "/console/drift/demo-houses",
    ),
    *("/console/models/doubled", "/console/suites/doubles", "/console/loops/tells", "/console/buckets/folders"),
    *("/console/pipelines/demo-split/stop", "/console/models/doubled/delete", "/console/none"),
)


@pytest.fixture(scope="module", autouse=True)
def shown(server: str, api: Api) -> None:
    """What the demo leaves, and one of most other things."""
    environment = {**os.environ, "ROOST_URL": server}
    done = subprocess.run([str(BINARY), "demo"], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    first = api.upload("doubled", scaled(2))
    api.serve("doubling", [{"model": "doubled"}])
    put_suite(api, "doubles", golden(2, 4), golden(-1, -2, "negative"), model="doubled")
    run(api, "doubles", first)
    put_gate(api, "doubling", "doubles")
    definition = {"pipeline": "doubling", "when": {"every": "52w"}, "then": {"tell": "done"}}
    answered(api.put("/v1/loops/tells", json=definition), 200, 201)
    answered(api.put("/v1/buckets/folders"), 200, 201)
    answered(api.put("/v1/buckets/folders/object", params={"key": "a/b.csv"}, data=b"1"), 200, 201)
    answered(api.post("/v1/workspaces", json={"name": "elsewhere"}), 201)
    api.upload("only-there", scaled(3), "elsewhere")


@pytest.fixture
def narrow(request: pytest.FixtureRequest, chromium: Browser, server: str, tmp_path: Path) -> Iterator[Page]:
    yield from watched(request, chromium, server, tmp_path, NARROW)


def excess(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("path", LISTS + THINGS)
def test_a_screen(path: str, narrow: Page) -> None:
    """Nothing is cut off in the narrowest window, and everything can be read and operated, in light and in dark."""
    page = narrow
    page.goto(path)
    assert excess(page) <= 0, "the page scrolls sideways"
    page.evaluate("document.querySelector('#nav').showPopover()")
    assert excess(page) <= 0, "the menu makes the page scroll sideways"
    page.evaluate("document.querySelector('#nav').hidePopover()")
    nodes = tree(page)
    assert unnamed(nodes) == []
    # The style sheet turns tables into rows of two lines; they stay tables to those who hear them.
    tables = page.locator("main table:not(.plain)").evaluate_all(
        "all => all.filter(one => one.checkVisibility()).length"
    )
    assert sum(role(node) in ("table", "grid") for node in nodes) >= tables
    assert page.evaluate(STRUCTURE) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert unnamed(tree(page)) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(LOW_CONTRAST) == [], scheme
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})


def test_keys(page: Page, server: str) -> None:
    page.goto("/")
    press = page.keyboard.press
    heading = page.get_by_role("heading", level=1)
    # What is focused first leads past the navigation.
    press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    press("Enter")
    expect(page.locator("#content")).to_be_focused()

    def go(key: str) -> None:
        press("g")
        # A key acts once the script of the page has run.
        with page.expect_navigation():
            press(key)

    titles = ("Experiments", "Shadow", "Releases", "Log", "Drift", "Models", "Jobs")
    for title in titles:
        go(title[0].lower())
        expect(heading).to_have_text(title)
    go("h")
    expect(page).to_have_url(server + "/")
    go("p")
    expect(heading).to_have_text("Pipelines")
    press("j")
    first = page.locator("#pipelines tbody tr th a").first
    expect(first).to_be_focused()
    press("j")
    expect(page.locator("#pipelines tbody tr th a").nth(1)).to_be_focused()
    press("k")
    expect(first).to_be_focused()
    name = first.inner_text()
    with page.expect_navigation():
        press("Enter")
    expect(heading).to_have_text(name)
    press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    # No key acts behind a dialog.
    press("g")
    press("m")
    press("Escape")
    expect(dialog).to_be_hidden()
    expect(heading).to_have_text(name)
    press(".")
    expect(page.locator("roost-live")).to_contain_text("Paused")
    press(".")
    expect(page.locator("roost-live")).to_contain_text("Live")
    press("c")
    expect(page.locator("roost-code button").first).to_have_text(
        ("Copied", "Selected")[page.evaluate("!window.isSecureContext")]
    )


def test_go_to(page: Page) -> None:
    page.goto("/console/jobs")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Go to")
    expect(field).to_be_focused()
    page.keyboard.type("DOUBLE")
    option = page.get_by_role("option").filter(has_text="doubles")
    expect(option).to_contain_text("suite")
    expect(page.get_by_role("option").filter(has_text="doubled")).to_contain_text("model")
    page.keyboard.press("Escape")
    expect(option).to_be_hidden()


def test_rows_of_the_log_by_keys(page: Page, api: Api) -> None:
    for index in range(120):
        infer_row(api, index)
    page.goto("/console/pipelines/doubling/log")
    press = page.keyboard.press
    # A key acts once the script has run.
    with page.expect_navigation():
        press("[")
    expect(page.get_by_role("main")).to_contain_text("101 \N{EN DASH} ")
    with page.expect_navigation():
        press("]")
    expect(page.get_by_role("main")).to_contain_text("1 \N{EN DASH} 100")
    press("j")
    with page.expect_navigation():
        press("Enter")
    expect(page.locator("tr.detail")).to_be_visible()
    press("x")
    expect(page.locator("tr.detail")).to_have_count(0)


def test_the_list_of_go_to_stands_over_the_content(page: Page) -> None:
    page.goto("/console/jobs")
    page.keyboard.press("/")
    page.keyboard.type("doubles")
    kind = page.get_by_role("option").filter(has_text="doubles").locator("small")
    expect(kind).to_have_text("suite")
    on_top = "node => { const { x, y, width, height } = node.getBoundingClientRect(); "
    on_top += "return document.elementFromPoint(x + width / 2, y + height / 2) === node; }"
    assert kind.evaluate(on_top)


def test_heads_sort_the_rows(page: Page, api: Api) -> None:
    assert page.viewport_size is not None
    page.goto("/console/models")
    rows = page.locator("main tbody tr")
    count = rows.count()
    head = page.get_by_role("columnheader", name="Size")
    if page.viewport_size["width"] < 700:
        # The heads are only heard there.
        expect(page.locator("main thead button")).to_have_count(0)
        return
    names = rows.locator("th").all_inner_texts()
    size = head.evaluate("node => node.cellIndex")
    sizes = {name: rows.nth(i).locator("> *").nth(size).inner_text() for i, name in enumerate(names)}
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")

    def byte_count(name: str) -> float:
        number, unit = sizes[name].replace("\N{NO-BREAK SPACE}", " ").split(" ")
        return float(number) * {"B": 1, "kB": 1e3, "MB": 1e6}[unit]

    found = [byte_count(name) for name in rows.locator("th").all_inner_texts()]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) > 1
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    # What is read again is sorted again.
    api.upload("another", scaled(7))
    expect(rows).to_have_count(count + 1)
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("columnheader", name="Model").get_by_role("button").click()
    assert (texts := rows.locator("th").all_inner_texts()) == sorted(texts)


def test_the_points_of_an_experiment_are_its_chart_in_words(page: Page, api: Api) -> None:
    page.goto("/console/pipelines/demo-split/experiment")
    for table in page.locator("roost-evidence table, roost-band table").all():
        times = table.locator("tbody th").all_text_contents()
        assert 10 < len(times) <= 100
        assert len(set(times)) > len(times) / 2
    assert len(api.get("/console/pipelines/demo-split/experiment").content) < 100_000
    # The chart says when the bound was reached, as exactly as its axis.
    expect(page.locator("roost-evidence svg")).to_contain_text(re.compile(r"past the bound \d\d:\d\d:\d\d"))
    assert page.locator("roost-evidence svg text").evaluate_all(MEETING) == []


#: The pairs of names in a chart of which one stands on the other.
MEETING = """nodes => {
  const boxes = nodes.filter(node => node.textContent).map(node => [node.textContent, node.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom;
  return boxes.flatMap(([text, box], i) => boxes.slice(0, i).filter(other => meet(box, other[1])).map(other => [text, other[0]]));
}"""


def test_paper_is_white_and_wide_enough(page: Page) -> None:
    page.emulate_media(color_scheme="dark", media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    for path in ("/console/pipelines/demo-split/experiment", "/console/pipelines", "/console/models", "/console/drift"):
        page.goto(path)
        assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--bg')") == "#fff"
        assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')") == "#1b1b19"
        assert excess(page) <= 0, path
        expect(page.locator("form:visible, .tabs:visible")).to_have_count(0)


def test_the_main_button_can_be_read_in_forced_colors(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto("/console/loops/tells")
    button = page.get_by_role("link", name="Run now…")
    colors = "node => { const style = getComputedStyle(node); return [style.color, style.backgroundColor]; }"
    text, ground = button.evaluate(colors)
    assert text != ground


def test_fingers_hit_links(narrow: Page) -> None:
    narrow.goto("/console/models/doubled")
    for path in ("/", "/console/pipelines", "/console/models/doubled"):
        narrow.goto(path)
        low = "all => all.filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 24).map(one => one.textContent)"
        assert narrow.locator("main tbody th > a, main tbody td > a").evaluate_all(low) == []


def test_one_thing_needs_you(page: Page) -> None:
    page.goto("/")
    ones = page.locator(".nav [role=img]").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert "1 needs you" in ones
    assert "1 need you" not in ones


def test_the_icon_of_plain_pages(api: Api) -> None:
    icon = api.get("/favicon.ico")
    assert icon.status_code == 200
    assert icon.headers["content-type"] == "image/svg+xml"


def infer_row(api: Api, index: int) -> None:
    infer(api, "doubling", f"row-{index}", [float(index)])


def test_a_form_is_sent_by_keys(page: Page) -> None:
    page.goto("/console/pipelines/doubling")
    page.locator("#try :is(textarea, input:not([type=hidden]))").first.fill("4")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#try")).to_contain_text("Answered by")


def test_a_dialog_gives_the_focus_back(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto("/console/pipelines/doubling")
    link = page.get_by_role("link", name="Stop…")
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Stop doubling?")
    expect(dialog).to_be_visible()
    moving = "node => [node, ...node.querySelectorAll('*')].filter(each => each.getAnimations().length).length"
    assert dialog.evaluate(moving) == 0
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


def test_single_keys_can_be_turned_off(page: Page) -> None:
    page.goto("/console/jobs")
    page.keyboard.press("?")
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_timeout(300)
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
