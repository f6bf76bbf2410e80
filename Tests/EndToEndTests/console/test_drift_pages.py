"""The pages of assays in a real browser."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from harness import Api, answered, until
from monitored import echo
from playwright.sync_api import Page, expect

INPUT = "<b>x</b>"


def normal(seed: int, count: int, mean: float = 0.0) -> list[float]:
    dice = random.Random(seed)
    return [dice.gauss(mean, 1) for _ in range(count)]


def send(api: Api, pipeline: str, values: list[float], name: str = "x") -> None:
    for start in range(0, len(values), 100):
        api.infer(pipeline, {name: [[value] for value in values[start : start + 100]]})


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
        send(api, "drifting", normal(random.randrange(10**6), 400, 1.0))
        found = answered(api.get("/v1/assays/amounts/results"), 200)["results"]
        return len([each for each in found if each["status"] == "alert"]) >= 2

    until(alerts, "the assay alerts", 60)


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
    heads = page.locator(".heat thead th:not(:first-child)").evaluate_all(PLACES)
    assert not [pair for index, one in enumerate(heads) for pair in heads[:index] if overlap(one, pair)]


def test_pause_and_resume(page: Page, api: Api) -> None:
    page.goto("/console/drift/amounts")
    page.get_by_role("link", name="Pause…").click()
    page.get_by_role("button", name="Pause amounts").click()
    expect(page.locator(".title")).to_contain_text("Paused")
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


def test_an_assay_is_previewed_and_added(page: Page, api: Api) -> None:
    assert page.viewport_size
    name = f"tried-{page.viewport_size['width']}"
    page.goto("/console/drift")
    page.get_by_role("link", name="New assay…").click()
    page.get_by_label("Pipeline").select_option("drifting")
    page.get_by_label("Metric").fill("inputs.nothing")
    page.get_by_label("Baseline from").fill("1h")
    page.get_by_label("Window", exact=False).first.fill("60s")
    page.get_by_label("Windows of the last").select_option("6h")
    page.get_by_role("button", name="Preview").click()
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

    def ended() -> bool:
        for color in colors:
            api.infer("colors", {"x": [[1.0]], "color": color})
        results = answered(api.get("/v1/assays/colors/results"), 200)["results"]
        return any(each["new_count"] > 1 for each in results)

    until(ended, "a window has new categories", 60)
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
