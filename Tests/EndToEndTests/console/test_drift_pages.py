"""The pages of assays in a real browser."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from harness import Api, answered, until
from monitored import echo, negated, split
from playwright.sync_api import Page, expect

INPUT = "<b>x</b>"


def normal(seed: int, count: int, mean: float = 0.0) -> list[float]:
    dice = random.Random(seed)
    return [dice.gauss(mean, 1) for _ in range(count)]


def send(api: Api, pipeline: str, values: list[float], name: str = "x") -> None:
    for start in range(0, len(values), 100):
        api.infer(pipeline, {name: [[value] for value in values[start : start + 100]]})


def until_sent(rows: Callable[[], None], condition: Callable[[], Any], what: str, limit: float = 120) -> None:
    """Sends rows until something is the case, twice a second: each window is looked at as a whole, which takes a while."""

    def turn() -> Any:
        rows()
        time.sleep(0.5)
        return condition()

    until(turn, what, limit)


def definition(pipeline: str, **more: Any) -> dict[str, Any]:
    found = {"pipeline": pipeline, "metric": "inputs.x", "baseline": {"values": normal(1, 1000)}, "window": "2s"}
    return found | more


@pytest.fixture(scope="module", autouse=True)
def drifted(api: Api) -> None:
    """An assay with windows of which some are alerts."""
    api.upload("echo", echo())
    api.serve("drifting", [{"model": "echo"}])
    answered(api.put("/v1/assays/amounts", json=definition("drifting")), 201)

    def alerts() -> bool:
        found = answered(api.get("/v1/assays/amounts/results"), 200)["results"]
        return len([each for each in found if each["status"] == "alert"]) >= 2

    until_sent(lambda: send(api, "drifting", normal(random.randrange(10**6), 400, 1.0)), alerts, "the assay alerts")


def test_the_strip_leads_to_a_window(page: Page, api: Api) -> None:
    page.goto("/console/drift")
    expect(page.locator(".heat tbody tr").first).to_contain_text("amounts")
    cell = page.locator(".heat td.x a").first
    expect(cell).to_have_attribute("aria-label", re.compile("amounts, .* UTC: alert, "))
    cell.click()
    expect(page).to_have_url(re.compile(r"/console/drift/amounts\?window="))
    expect(page.locator(".verdict")).to_contain_text("alert")
    expect(page.locator("roost-histogram svg").first).to_be_visible()
    expect(page.locator("#bins tbody tr")).to_have_count(10)
    shares = page.locator("#bins tbody tr td:nth-child(3)").all_inner_texts()
    assert sum(float(share) for share in shares) == pytest.approx(100, abs=0.6)
    expect(page.locator("#windows tr.on")).to_have_count(1)


def test_windows_by_keys(page: Page) -> None:
    page.goto("/console/drift/amounts")
    links = page.locator("#windows tbody th a")
    older, oldest = (links.nth(place).get_attribute("href") or "" for place in (1, 2))
    for key, path in (("[", older), ("[", oldest), ("]", older)):
        with page.expect_navigation():
            page.keyboard.press(key)
        expect(page).to_have_url(re.compile(re.escape(path) + "$"))
        expect(page.locator("#windows tr.on a")).to_have_attribute("href", path)


#: The places of the texts that elements hold, also of those that are wider than their element.
PLACES = """nodes => nodes.filter(node => node.textContent.trim()).map(node => {
  const range = document.createRange();
  range.selectNodeContents(node);
  const { left, right, top, bottom } = range.getBoundingClientRect();
  return { left, right, top, bottom };
})"""


def overlap(first: dict[str, float], second: dict[str, float]) -> bool:
    return (
        first["left"] < second["right"]
        and second["left"] < first["right"]
        and first["top"] < second["bottom"]
        and second["top"] < first["bottom"]
    )


def test_names_in_charts_do_not_overlap(page: Page) -> None:
    page.goto("/console/drift/amounts")
    expect(page.locator("#course svg text").first).to_be_visible()
    names = page.locator("#course svg text.l").evaluate_all(PLACES)
    assert len(names) >= 3
    assert not [pair for index, one in enumerate(names) for pair in names[:index] if overlap(one, pair)]
    page.goto("/console/drift")
    heads = page.locator(".heat thead th:not(:first-child)")
    places = heads.evaluate_all(PLACES)
    assert not [pair for index, one in enumerate(places) for pair in places[:index] if overlap(one, pair)]
    # The windows are of one day, so that dates would not tell them apart.
    labels = [text for text in page.locator(".heat thead .day").all_inner_texts() if text]
    assert labels
    assert len(set(labels)) == len(labels)
    assert re.fullmatch(r"\d\d:\d\d:\d\d", labels[-1])


def test_an_axis_of_several_days_names_them(page: Page) -> None:
    page.goto("/console/drift/amounts")
    chart = page.locator("#course roost-band")
    expect(chart.locator("svg text").first).to_be_attached()
    chart.evaluate(
        """chart => {
            chart.querySelectorAll('tbody time').forEach((time, i) => { time.dateTime = new Date(Date.UTC(2026, 10, 1, 9 + 5 * i)).toISOString(); });
            chart.load();
            chart.paint();
        }"""
    )
    texts = chart.locator("svg text").all_text_contents()
    assert "00:00" not in texts
    assert [text for text in texts if re.fullmatch(r"Mon 2|Tue 3|Wed 4", text)], texts


def test_pause_and_resume(page: Page, api: Api) -> None:
    page.goto("/console/drift/amounts")
    page.get_by_role("link", name="Pause…").click()
    page.get_by_role("button", name="Pause amounts").click()
    expect(page.locator(".title")).to_contain_text("Alert, paused")
    # A pause settles nothing: both pages still say so.
    page.goto("/console/drift")
    expect(page.locator(".title")).to_contain_text("1 alert")
    expect(page.locator(".heat tbody tr").filter(has_text="amounts")).to_contain_text("Alert, paused")
    page.goto("/")
    expect(page.locator("#needs tr").filter(has_text="Drift alert")).to_contain_text("The assay is paused.")
    page.goto("/console/drift/amounts")
    assert answered(api.get("/v1/assays/amounts"), 200)["definition"]["paused"]
    page.get_by_role("link", name="Resume…").click()
    page.get_by_role("button", name="Resume amounts").click()
    expect(page.get_by_role("link", name="Pause…")).to_be_visible()
    assert not answered(api.get("/v1/assays/amounts"), 200)["definition"].get("paused", False)


def test_delete_asks_for_the_name(page: Page, api: Api) -> None:
    answered(api.put("/v1/assays/spare", json=definition("drifting", window="1h")), 201)
    page.goto("/console/drift/spare")
    expect(page.get_by_role("main")).to_contain_text("No window has ended yet.")
    page.get_by_role("link", name="Delete…").click()
    button = page.get_by_role("button", name="Delete spare")
    expect(button).to_be_disabled()
    page.get_by_label(re.compile("Type")).fill("spare")
    button.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Drift")
    assert api.get("/v1/assays/spare").status_code == 404


def fill_preview(page: Page, metric: str, window: str) -> None:
    page.get_by_label("Pipeline").select_option("drifting")
    page.get_by_label("Metric").fill(metric)
    page.get_by_label("Baseline from").fill("1h")
    page.get_by_label("Window", exact=False).first.fill(window)
    page.get_by_label("Windows of the last").select_option("6h")
    page.get_by_role("button", name="Preview").click()


def test_an_assay_is_previewed_and_added(page: Page, api: Api) -> None:
    assert page.viewport_size
    name = f"tried-{page.viewport_size['width']}"
    page.goto("/console/drift")
    page.get_by_role("link", name="New assay…").click()
    fill_preview(page, "inputs.nothing", "60s")
    expect(page.locator(".field .error")).to_be_visible()
    expect(page.get_by_label("Metric")).to_have_value("inputs.nothing")
    page.get_by_label("Metric").fill("inputs.x")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#found")).to_contain_text("windows ended in the last 6 hours")
    page.get_by_label("Window", exact=False).first.fill("1s")
    page.get_by_label("Windows of the last").select_option("28d")
    page.get_by_role("button", name="Preview").click()
    reason = "These are too many windows. Choose a shorter span, or let windows end less often."
    expect(page.get_by_role("main")).to_contain_text(reason)
    page.get_by_label("Window", exact=False).first.fill("60s")
    page.get_by_label("Windows of the last").select_option("6h")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#found")).to_contain_text("windows ended in the last 6 hours")
    assert api.get(f"/v1/assays/{name}").status_code == 404
    page.get_by_label(re.compile("^Name")).fill(name)
    page.get_by_role("button", name="Add assay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    added = answered(api.get(f"/v1/assays/{name}"), 200)
    assert added["definition"]["metric"] == "inputs.x"

    # Another one is not replaced without a question, whatever name is typed then.
    page.goto("/console/assays/preview")
    fill_preview(page, "inputs.x", "120s")
    page.get_by_label(re.compile("^Name")).fill(name)
    page.get_by_role("button", name="Add assay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Change assay {name}?")
    expect(page.locator(".error")).to_contain_text("exists")
    assert answered(api.get(f"/v1/assays/{name}"), 200)["definition"] == added["definition"]
    page.get_by_label(re.compile("^Name")).fill("amounts")
    page.get_by_role("button", name=f"Change {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change assay amounts?")
    page.get_by_label(re.compile("^Name")).fill(name)
    page.get_by_role("button", name="Change amounts").click()
    page.get_by_role("button", name=f"Change {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert answered(api.get(f"/v1/assays/{name}"), 200)["definition"]["window"] in ("120s", "2m")
    assert answered(api.get("/v1/assays/amounts"), 200)["definition"]["window"] == "2s"
    answered(api.delete(f"/v1/assays/{name}"), 200)


def test_a_name_that_is_wrong_is_the_fields_error(page: Page, api: Api) -> None:
    page.goto("/console/assays/add?pipeline=drifting&metric=inputs.x&baseline_start=1h&window=2s")
    page.get_by_label(re.compile("^Name")).fill("<script>alert(1)</script>")
    page.get_by_role("button", name=re.compile("Add")).click()
    expect(page.locator(".error")).to_be_visible()
    assert page.locator("main script").count() == 0


def test_categories_are_text(page: Page, api: Api) -> None:
    """Values of keys are categories, with any name."""
    colors = ["<script>alert(1)</script>", "\"'><img src=x>", "plain"]
    split = {"hash_key": "color", "models": [{"model": "echo", "weight": 1}]}
    if api.get("/v1/pipelines/colors").status_code == 404:
        api.serve("colors", [{"random_split": split}])
        base = definition("colors", metric="inputs.color", baseline={"values": ["plain"] * 300}, minimum=2)
        answered(api.put("/v1/assays/colors", json=base), 201)

    def rows() -> None:
        for color in colors:
            api.infer("colors", {"x": [[1.0]], "color": color})

    def ended() -> bool:
        results = answered(api.get("/v1/assays/colors/results"), 200)["results"]
        return any(each["new_count"] > 1 for each in results)

    until_sent(rows, ended, "a window has new categories")
    results = answered(api.get("/v1/assays/colors/results"), 200)["results"]
    end = next(each["end"] for each in results if each["new_count"] > 1)
    page.goto(f"/console/drift/colors?window={end}")
    expect(page.locator("#new-values")).to_contain_text(colors[0])
    assert page.locator("main script, main img").count() == 0


def test_pages_of_assays_that_are_not_there(page: Page) -> None:
    response = page.goto("/console/drift/none")
    assert response is not None
    assert response.status == 404
    page.goto("/console/drift/amounts?window=yesterday")
    expect(page.get_by_role("heading", level=1)).to_have_text("amounts")
    page.goto("/console/drift?pipeline=none")
    expect(page.get_by_role("main")).to_contain_text("No assay watches none.")


def edges(page: Page) -> list[dict[str, float]]:
    """Where the names below the bars of the histogram begin and end."""
    found: list[dict[str, float]] = page.locator("roost-histogram svg text[text-anchor=middle]").evaluate_all(
        "all => all.map(text => text.getBoundingClientRect()).map(({ left, right }) => ({ left, right }))"
    )
    return sorted(found, key=lambda edge: edge["left"])


def compared(api: Api, name: str, baseline: list[Any], send_rows: Any, **more: Any) -> None:
    """An assay with a window that has values. It is paused then, so that it costs the tests after it nothing."""
    answered(api.put(f"/v1/assays/{name}", json=definition(baseline={"values": baseline}, **more)), 200, 201)

    def has_window() -> bool:
        results = answered(api.get(f"/v1/assays/{name}/results"), 200)["results"]
        return any(each["window"]["count"] >= 200 for each in results)

    until_sent(send_rows, has_window, "a window has values")
    answered(api.post(f"/v1/assays/{name}/pause"), 200)


def open_window(page: Page, api: Api, name: str) -> None:
    results = answered(api.get(f"/v1/assays/{name}/results"), 200)["results"]
    end = next(each["end"] for each in results if each["window"]["count"] >= 200)
    page.goto(f"/console/drift/{name}?window={end}")
    expect(page.locator("roost-histogram svg text").first).to_be_attached()


@pytest.mark.parametrize(("name", "scale", "shift"), [("cold", 4, -12), ("tiny", 1e-5, 0), ("huge", 3e6, 0)])
def test_names_of_bins_do_not_meet(name: str, scale: float, shift: float, page: Page, api: Api) -> None:
    """The bins of negative, very small and very large numbers."""
    api.serve(name, [{"model": "echo"}])
    values = [value * scale + shift for value in normal(7, 1000)]
    compared(api, name, values, lambda: send(api, name, values[:400]), pipeline=name)
    open_window(page, api, name)
    found = edges(page)
    assert len(found) >= 2
    for left, right in itertools.pairwise(found):
        assert left["right"] <= right["left"]
    expect(page.locator("#bins tbody th").first).to_contain_text("up to \N{MINUS SIGN}")
    assert page.locator("roost-histogram rect.bar1").count() >= 5


def test_categories_have_their_names(page: Page, api: Api) -> None:
    """Also those that look like the range of numbers."""
    words = ["a \N{EN DASH} b", "over it", "up to it", "<b>d</b>"]
    api.upload("negated", negated())
    api.serve("words", [split(("echo", 1), ("negated", 1), key="word")])

    def rows() -> None:
        for word in words * 60:
            api.infer("words", {"x": [[1.0]], "word": word})

    compared(api, "words", words * 250, rows, pipeline="words", metric="inputs.word")
    open_window(page, api, "words")
    names = page.locator("roost-histogram svg text[text-anchor=middle]").all_text_contents()
    assert set(words) <= set(names)
    found = edges(page)
    for left, right in itertools.pairwise(found):
        assert left["right"] <= right["left"]


def test_a_window_without_values_has_no_shares(page: Page, api: Api) -> None:
    api.serve("silent", [{"model": "echo"}])
    answered(api.put("/v1/assays/silent", json=definition("silent")), 200, 201)
    until(lambda: answered(api.get("/v1/assays/silent/results"), 200)["results"], "a window has ended")
    page.goto("/console/drift/silent")
    cells = page.locator("#bins tbody td:nth-child(3)").all_text_contents()
    assert set(cells) == {"\N{EN DASH}"}
    answered(api.delete("/v1/assays/silent"), 200)


def test_an_alert_outlives_its_values(page: Page, api: Api) -> None:
    """Nothing is sent any more: the alert keeps its reason and its time, and empty windows show no shares."""
    assert page.viewport_size
    name = f"ended-{page.viewport_size['width']}"
    api.serve(name, [{"model": "echo"}])
    answered(api.put(f"/v1/assays/{name}", json=definition(name)), 201)

    def results(**query: Any) -> list[Any]:
        found: list[Any] = answered(api.get(f"/v1/assays/{name}/results", params=query), 200)["results"]
        return found

    def alerts() -> bool:
        return bool(answered(api.get(f"/v1/assays/{name}"), 200)["level"] == "alert")

    def need() -> Any:
        needs = answered(api.get("/v1/overview"), 200)["needs"]
        return next(one for one in needs if one["subject"] == {"kind": "assay", "name": name})

    until_sent(lambda: send(api, name, normal(random.randrange(10**6), 400, 1.0)), alerts, "the assay alerts")
    until(lambda: all(one["status"] == "not_enough_data" for one in results(limit=3)), "windows are empty", 120)
    newest = results(limit=1)[0]
    (measured,) = results(measured="true", limit=1)
    assert measured["status"] == "alert"
    assert measured["score"] > 0.25
    score = f"{measured['score']:.{3 if measured['score'] < 0.9995 else 2}f}"
    before = need()
    until(lambda: results(limit=1)[0]["end"] > newest["end"], "another window ends", 60)
    after = need()
    assert (before["since"], before["reason"]) == (after["since"], after["reason"])
    (began,) = answered(api.get("/v1/events", params={"kind": "assay.alert", "subject": f"assay:{name}"}), 200)[
        "events"
    ]
    assert before["since"] == began["time"]
    assert measured["reason"] in before["reason"]
    assert "No window since had enough values." in before["reason"]

    page.goto("/")
    row = page.locator("#needs tr").filter(has_text=f"PSI of inputs.x is {score} in the window until")
    expect(row.filter(has_text=name)).to_be_visible()
    page.goto(f"/console/drift/{name}")
    expect(page.locator(".title")).to_contain_text("Alert")
    expect(page.locator(".verdict")).to_contain_text(": alert.")
    expect(page.locator(".verdict")).to_contain_text("Alert since ")
    expect(page.locator(".verdict")).to_contain_text("No window since had enough values.")
    expect(page.locator("#course roost-band svg .dot").first).to_be_attached()
    first = page.locator("#windows tbody tr").first
    expect(first).to_contain_text(" windows since ")
    first.get_by_role("link").click()
    expect(page.locator(".verdict")).to_contain_text("not enough data")
    for column in (3, 4, 5):
        assert set(page.locator(f"#bins tbody tr td:nth-child({column})").all_inner_texts()) == {"\u2013"}
    expect(page.locator("roost-histogram svg rect.bar0").first).to_be_attached()
    page.goto("/console/drift")
    expect(page.locator(".heat tbody tr").filter(has_text=name)).to_contain_text(score)
    answered(api.delete(f"/v1/assays/{name}"), 200)
