"""What pipelines did and will do, as the console's tables, charts and questions say it, in a real browser."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

import pytest
from harness import Api, answered, until
from monitored import echo, infer, negated, split
from playwright.sync_api import Page, expect

LONG = "long" * 60
NONE = "\N{EN DASH}"


@pytest.fixture(scope="module", autouse=True)
def models(api: Api) -> None:
    for name in ("echo", "same", "third"):
        api.upload(name, echo())
    api.upload("negated", negated())


def total(api: Api, name: str, requests: int) -> Any:
    """Returns what a pipeline did, once all requests are counted."""

    def found() -> Any:
        whole = answered(api.get(f"/v1/pipelines/{name}/series"), 200)["total"]
        return whole if whole["requests"] == requests else None

    return until(found, "the requests are counted", 10)


def measure(value: float) -> str:
    """A number as pages write it."""
    digits = 2
    while value < 10**digits and digits > -6:
        digits -= 1
    return f"{value:.{max(0, 2 - digits)}f}"


def whole_step() -> None:
    """Waits until no step ends soon."""
    if (left := 60 - time.time() % 60) < 15:
        time.sleep(left + 0.5)


def named(page: Page, prefix: str) -> str:
    assert page.viewport_size is not None
    return f"{prefix}-{page.viewport_size['width']}"


@pytest.fixture(scope="module")
def hour(api: Api) -> Any:
    """A pipeline whose requests took long, until one in the next minute was quick; and what it did."""
    api.serve("hour", ["echo"])
    for _ in range(10):
        api.infer("hour", {"x": [[0.5]] * 2_000})
    time.sleep(60.5 - time.time() % 60)
    infer(api, "hour", "quick", [0.5])
    return total(api, "hour", 11)


def test_percentiles_are_those_of_the_hour(page: Page, hour: Any) -> None:
    """A last request that is quick changes nothing about the hour."""
    page.goto("/console/pipelines/hour")
    for position, column in ((2, "p50_ms"), (3, "p99_ms")):
        value = page.locator("#courses .four section").nth(position).locator(".num b")
        expect(value).to_have_text(measure(hour[column]))
    page.goto("/console/pipelines?search=hour")
    row = page.get_by_role("row").filter(has_text="hour").last
    expect(row.locator("[data-l='p50 ms']")).to_have_text(measure(hour["p50_ms"]))
    expect(row.locator("[data-l='p99 ms']")).to_have_text(measure(hour["p99_ms"]))


def test_the_charts_can_be_read_as_a_table(page: Page, api: Api, hour: Any) -> None:
    whole_step()
    page.goto("/console/pipelines/hour")
    page.locator("#courses summary").click()
    rows = page.locator("#courses tbody tr")
    assert 50 < rows.count() <= 100
    rates = page.locator("#courses tbody tr td:nth-child(2)").all_inner_texts()
    # A step that has not ended has no rate yet.
    assert rates[-1] == NONE
    shown = sum(float(rate) for rate in rates if rate != NONE) * 60
    ended = api.get("/v1/pipelines/hour/series").json()["requests"][:-1]
    assert shown == pytest.approx(sum(filter(None, ended)), rel=0.01)
    heads = page.locator("#courses thead th").all_inner_texts()
    assert heads == ["Time", "Requests/s", "Failed %", "p50 ms", "p99 ms"]


def test_the_newest_rate_is_that_of_a_whole_step(page: Page, hour: Any) -> None:
    """The requests of a step that goes on, divided by its whole length, would look like a fall."""
    whole_step()
    page.goto("/console/pipelines/hour")
    chart = page.locator("#courses roost-series").first
    values = (chart.get_attribute("values") or "").split()
    assert values[-1] == "-"
    rate = page.locator("#courses .four section").first.locator(".num b").inner_text()
    assert float(rate) == pytest.approx(float(values[-2]), rel=0.01)
    expect(page.locator(".steps")).to_contain_text(f"{rate}\u00a0/s")
    # The newest rate is marked, although the last step has none.
    place = chart.locator("svg .dot").last.evaluate("dot => dot.getBBox().x")
    assert 0 < place < chart.locator("svg .axis").evaluate("axis => axis.getBBox().width - 4.5")
    page.locator("#courses .plot").first.press("End")
    expect(chart.locator("output")).to_contain_text(f"{NONE} /s")
    page.keyboard.press("ArrowLeft")
    expect(chart.locator("output")).to_contain_text(f"{float(values[-2]):.3g} /s")
    page.goto("/console/pipelines?search=hour")
    row = page.get_by_role("row").filter(has_text="hour").last
    spark = row.locator("roost-spark")
    assert (spark.get_attribute("values") or "").endswith(f" {values[-2]} -")
    expect(row.locator("td.r.m")).to_have_text(rate)
    assert spark.locator(".dot").count() > 0


def test_what_was_not_asked_has_no_failures(page: Page, api: Api) -> None:
    name = named(page, "idle")
    api.serve(name, ["echo"])
    counts = until(lambda: api.get(f"/v1/pipelines/{name}/series").json()["requests"], "there are steps")
    assert 0 in counts
    page.goto(f"/console/pipelines/{name}")
    values = page.locator("#courses roost-series").nth(1).get_attribute("values")
    assert set((values or "").split()) == {"-"}
    assert set(page.locator("#courses tbody tr td:nth-child(3)").all_text_contents()) == {NONE}


def test_charts_of_several_days_name_them(page: Page, hour: Any) -> None:
    clock = r"\d\d:\d\d"
    page.goto("/console/pipelines/hour?span=24h")
    chart = page.locator("#courses roost-series").first
    labels = chart.locator("svg text:not(.l)")
    expect(labels.first).to_have_text(re.compile(rf"^\w{{3}} \d+ {clock}$"))
    expect(labels.last).to_have_text(re.compile(rf"^\w{{3}} \d+ {clock}$"))
    page.goto("/console/pipelines/hour?span=7d")
    texts = [text for text in labels.all_text_contents() if re.match(r"\w{3} \d+", text)]
    assert len(texts) == labels.count() >= 2
    assert len(set(texts)) == len(texts)
    page.locator("#courses .plot").first.press("Home")
    expect(chart.locator("output")).to_contain_text(re.compile(rf"^\w{{3}} \d+ \w{{3}} {clock} UTC"))
    places = chart.locator("svg text:not(.l)").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().toJSON())"
    )
    assert all(
        one["right"] < other["left"] for one, other in itertools.pairwise(sorted(places, key=lambda it: it["x"]))
    )


def test_bad_requests_are_no_failures(page: Page, api: Api) -> None:
    name = named(page, "bad")
    api.serve(name, ["echo"])
    for _ in range(6):
        answered(api.post(f"/v1/pipelines/{name}/infer", json={"y": [[1.0]]}), 400)
        infer(api, name, "good", [0.5])
    total(api, name, 12)
    page.goto(f"/console/pipelines/{name}")
    failed = page.locator("#courses .four section").nth(1)
    expect(failed.locator(".num")).to_have_text("0.00 %")
    expect(failed.locator(".h")).to_contain_text("6 bad requests")
    page.goto(f"/console/pipelines?search={name}")
    row = page.get_by_role("row").filter(has_text=name)
    expect(row.locator("[data-l=failed]")).to_have_text("0.00\u00a0%")
    expect(row.locator("[data-l='bad requests']")).to_have_text("50.00\u00a0%")
    page.goto(f"/console/pipelines/{name}/log")
    expect(page.locator(".lead")).to_contain_text("6 refused as bad requests")


def test_a_point_without_neighbors_is_drawn(page: Page, api: Api) -> None:
    name = named(page, "sparse")
    api.serve(name, ["echo"])
    infer(api, name, "once", [0.5])
    page.goto(f"/console/pipelines/{name}")
    chart = page.locator("#courses roost-series").nth(2)
    for values, dots in (("- 1 - - 2 3 -", 2), ("- 1 - 2 - -", 2), ("1 2 3 - 4", 2), ("1 2 - 3 4", 1), ("- - -", 0)):
        # What the script does when the page is read again.
        chart.evaluate("(chart, values) => chart.setAttribute('values', values)", values)
        expect(chart.locator("svg .dot")).to_have_count(dots)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (["echo"], "echo will answer all requests."),
        ([split(("echo", 2), ("same", 1))], "It splits the requests: echo 66.7 % and same 33.3 %."),
        (
            [{"shadow_deploy": {"champion": "echo", "challengers": ["same", "third"]}}],
            "echo will answer all requests. same and third are only compared.",
        ),
        (
            [{"key_split": {"key": "region", "default": "echo", "models": {"eu": "same"}}}],
            "It splits the requests by region: same those for eu and echo will answer the rest.",
        ),
    ],
)
def test_a_deployment_is_told_before(page: Page, api: Api, steps: list[Any], words: str) -> None:
    name = named(page, f"told-{len(words)}")
    first = api.serve(name, ["negated"])
    api.define(name, steps)
    page.goto(f"/console/pipelines/{name}/deploy")
    text = page.locator(".ask > p").first
    expect(text).to_contain_text(words.replace(" %", "\u00a0%"))
    expect(text).to_contain_text(f"Version {first['id'][:8]} answers until the new one is loaded")
    api.undeploy(name)
    page.goto(f"/console/pipelines/{name}/deploy")
    expect(text).to_contain_text(words.replace(" %", "\u00a0%"))
    expect(text).to_contain_text("Nothing answers now")
    page.goto(f"/console/pipelines/{name}/deploy?version={first['id']}")
    expect(text).to_contain_text("negated will answer all requests. Nothing answers now")


def test_a_long_name_of_a_check_hides_nothing(page: Page, api: Api) -> None:
    name = named(page, "long")
    api.serve(name, ["echo"], [(LONG, "echo.outputs[0][0] < 0.9"), ("short", "echo.outputs[0][0] < 2")])
    infer(api, name, "checked", [0.95])
    page.goto(f"/console/pipelines/{name}")
    box = page.locator(".steps a").first.bounding_box()
    requests = page.locator(".steps .io").first.bounding_box()
    assert box
    assert requests
    assert box["width"] > 100
    assert box["x"] >= requests["x"] + requests["width"] or box["y"] >= requests["y"] + requests["height"]
    page.goto(f"/console/pipelines/{name}/log")
    page.locator("#entries th a").first.click()
    opened = page.locator(".detail")
    expect(opened).to_be_visible()
    page.wait_for_load_state()
    assert page.viewport_size
    for part in (opened.get_by_text("Holds"), opened.get_by_text("Failed"), opened.locator("#new-label")):
        place = part.first.bounding_box()
        assert place
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= page.viewport_size["width"]
    facts = opened.locator(".kv").nth(1)
    for term in facts.locator("dt").all():
        place = term.bounding_box()
        assert place
        assert place["height"] < 400
