"""The console's pages on shadow deploys, in a real browser."""

from __future__ import annotations

import random
from typing import Any

import pytest
import small_onnx
from console_pages import HOSTILE
from harness import Api, until
from monitored import exported, labels, outputs, report
from playwright.sync_api import Page, expect
from small_onnx import FLOAT, STRING, Dimensions


def reviews(operator: str) -> bytes:
    """A model with a text beside its number, whose answer is the number, or minus the number."""
    column: Dimensions = ["rows", 1]
    inputs = {"score": (FLOAT, column), "text": (STRING, column)}
    return small_onnx.model([small_onnx.node(operator, ["score"], "y")], inputs, {"y": (FLOAT, column)})


@pytest.fixture(scope="module", autouse=True)
def models(api: Api) -> None:
    api.upload("stars", reviews("Identity"))
    api.upload("darkness", reviews("Neg"))


def shadowed(api: Api, name: str, count: int) -> list[Any]:
    step = {"shadow_deploy": {"champion": "stars", "challengers": ["darkness"]}}
    api.serve(name, [step], labels={"type": "class", "prediction": "outputs[0][0]", "threshold": 0.0})
    dice = random.Random(1)
    for index in range(count):
        value = dice.uniform(-1, 1)
        request = {"score": [[value]], "text": [[f"{HOSTILE} {index}"]]}
        api.infer(name, request, headers={"X-Roost-Inference-Id": f"i{index}"})
    found: list[Any] = until(lambda: len(log := exported(api, name)) == 2 * count and log, "challengers have run")
    return found


def test_a_shadow_deploy(page: Page, api: Api, server: str) -> None:
    assert page.viewport_size is not None
    name = f"shadowed-{page.viewport_size['width']}"
    entries = shadowed(api, name, 60)
    champions = {entry["id"]: outputs(entry)[0] for entry in entries if entry["role"] == "champion"}
    labels(api, name, {id: int(value < 0) for id, value in champions.items()})

    page.goto("/console/shadow")
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("No report yet")
    row.get_by_role("link", name="darkness in the shadow of stars").click()
    page.locator(".empty").get_by_role("link", name="Report now…").click()
    page.get_by_role("button", name=f"Report on {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("darkness in the shadow of stars")
    (made,) = api.get(f"/v1/pipelines/{name}/reports").json()["reports"]
    (pair,) = api.get(f"/v1/reports/{made['id']}").json()["shadow"]["challengers"]
    apart = pair["labels"]["only_challenger"]
    assert apart > 20
    expect(page.locator(".verdict")).to_contain_text("Better where they differ.")
    expect(page.locator(".verdict")).to_contain_text(
        f"Of the {apart} labeled rows that only one got right, it is right in 100"
    )
    expect(page.locator("#facts")).to_contain_text("60 rows")

    (counted,) = api.get(f"/v1/reports/{made['id']}/differences").json()["challengers"]
    assert counted["rows"] == sum(counted["counts"]) == 60
    largest = max(2 * abs(value) for value in champions.values())
    assert (counted["lower"], counted["upper"]) == (pytest.approx(-largest), pytest.approx(largest))
    width = (counted["upper"] - counted["lower"]) / len(counted["counts"])
    for index, count in enumerate(counted["counts"]):
        low = counted["lower"] + width * index
        within = sum(low + 1e-9 < -2 * value < low + width - 1e-9 for value in champions.values())
        assert abs(within - count) <= 2
    expect(page.locator("roost-histogram svg rect").first).to_be_attached()
    assert page.locator("roost-histogram tbody tr").count() == len(counted["counts"])
    expect(page.locator("#disagreements tbody tr")).to_have_count(20)
    expect(page.locator("#disagreements tbody tr").first).to_contain_text(HOSTILE)

    page.get_by_role("link", name="Promote darkness…").click()
    page.get_by_role("button", name="Promote darkness").click()
    expect(page).to_have_url(f"{server}/console/pipelines/{name}")
    deployment = api.get(f"/v1/pipelines/{name}/deployment").json()
    version = api.get(f"/v1/pipelines/{name}/versions/{deployment['version']}").json()
    assert version["promotion"]["report"] == made["id"]


def test_disagreements_lead_to_the_log_and_are_labeled(page: Page, api: Api) -> None:
    assert page.viewport_size is not None
    name = f"disputed-{page.viewport_size['width']}"
    shadowed(api, name, 4)
    report(api, name, kind="shadow")
    labels(api, name, {"i1": 1})
    page.goto(f"/console/pipelines/{name}/shadow")
    rows = page.locator("#disagreements tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.get_by_role("link", name="Label this")).to_have_count(3)
    expect(rows.filter(has_text=f"{HOSTILE} 1").locator("[data-l=label]")).to_have_text("1")
    rows.filter(has_text=f"{HOSTILE} 2").get_by_role("link", name=f"{HOSTILE} 2").first.click()
    expect(page.locator("tr.detail")).to_contain_text(f"{HOSTILE} 2")
    expect(page.locator("tr.detail")).to_contain_text("no label yet")
    page.go_back()
    rows.filter(has_text=f"{HOSTILE} 2").get_by_role("link", name="Label this").click()
    page.locator("#label").get_by_role("radio", name="0").check()
    page.get_by_role("button", name="Save label").click()
    expect(page.locator("tr.detail #label")).not_to_contain_text("no label yet")
    page.goto(f"/console/pipelines/{name}/shadow")
    expect(rows.filter(has_text=f"{HOSTILE} 2").locator("[data-l=label]")).to_have_text("0")


def test_without_a_shadow(page: Page, api: Api) -> None:
    api.serve("alone", ["stars"])
    page.goto("/console/pipelines/alone/shadow")
    expect(page.locator(".empty")).to_contain_text("A comparison begins when")
