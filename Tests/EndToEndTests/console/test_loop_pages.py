"""The console's pages of loops, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from harness import MODELS, Api, answered, until
from playwright.sync_api import Page, expect

# A page that is live is read again every 5 s.
expect.set_options(timeout=20_000)

HOSTILE = "<script>alert(1)</script> <b>{{rows}}</b>"


@pytest.fixture(scope="module", autouse=True)
def told(api: Api) -> None:
    api.upload("told", MODELS / "house-price.onnx")
    api.serve("told", [{"model": "told"}])
    answered(api.put("/v1/buckets/looped"), 201)
    answered(api.put("/v1/buckets/looped/object", params={"key": "t/train.csv"}, data=b"1,2\n" * 2000), 201)


def put(api: Api, name: str, then: Any, **more: Any) -> None:
    definition = {"pipeline": "told", "when": {"every": "52w"}, "then": then} | more
    answered(api.put(f"/v1/loops/{name}", json=definition), 200, 201)


def run_of(api: Api, name: str) -> Any:
    return answered(api.get(f"/v1/loops/{name}/runs"), 200)["runs"][0]


def test_a_run_is_started_and_seen(page: Page, api: Api, request: pytest.FixtureRequest) -> None:
    name = "tells-" + request.node.callspec.id
    put(api, name, {"tell": HOSTILE})
    page.goto("/console/loops")
    page.get_by_role("link", name=name).click()
    expect(page.locator(".title")).to_contain_text("Not run yet")
    expect(page.get_by_role("main")).to_contain_text("It has not run yet")
    next_run = page.locator("#facts dt", has_text="Next run").locator("+ dd")
    expect(next_run).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"))
    page.get_by_role("link", name="Run now…").click()
    page.get_by_role("button", name=f"Run {name}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{name}, run")
    expect(page.locator(".title")).to_contain_text("Finished")
    found = run_of(api, name)
    assert (found["state"], found["cause"]["by"]) == ("finished", "the console")
    expect(page.locator("#steps")).to_contain_text("Tell")
    assert page.locator("main script, #steps b").count() == 0
    page.get_by_role("link", name=name).click()
    expect(page.locator("#runs tbody tr")).to_have_count(1)


def test_pause_and_resume(page: Page, api: Api) -> None:
    put(api, "pauses", {"tell": "x"})
    page.goto("/console/loops/pauses")
    page.get_by_role("link", name="Pause…").click()
    page.get_by_role("button", name="Pause pauses").click()
    expect(page.locator(".title")).to_contain_text("Paused")
    assert answered(api.get("/v1/loops/pauses"), 200)["definition"]["paused"] is True
    page.get_by_role("link", name="Resume…").click()
    page.get_by_role("button", name="Resume pauses").click()
    expect(page.get_by_role("link", name="Pause…")).to_be_visible()
    assert not answered(api.get("/v1/loops/pauses"), 200)["definition"].get("paused")


def test_a_run_is_aborted(page: Page, api: Api) -> None:
    train = {
        "algorithm": "xgboost",
        "output": "s3://looped/models",
        "hyperparameters": {"num_round": "1000000", "objective": "reg:squarederror"},
        "channels": [{"name": "train", "uri": "s3://looped/t/", "content_type": "text/csv"}],
    }
    put(api, "trains", {"train": train})
    run = answered(api.post("/v1/loops/trains/runs"), 201)["id"]
    until(lambda: run_of(api, "trains")["steps"][0]["links"].get("job"), "the job is started")
    page.goto("/console/loops/trains")
    page.get_by_role("link", name="Abort…").click()
    page.get_by_role("button", name=f"Abort run {run[:8]}").click()
    until(lambda: run_of(api, "trains").get("ended_at"), "the run ends")
    expect(page.locator(".title")).to_contain_text("Aborted")
    assert run_of(api, "trains")["state"] == "aborted"
    page.locator("#steps").get_by_role("link", name="job").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("trains")


def test_what_is_not_there(page: Page, api: Api) -> None:
    put(api, "pauses", {"tell": "x"})
    put(api, "other", {"tell": "x"})
    run = answered(api.post("/v1/loops/other/runs"), 201)["id"]
    for path in (
        "/console/loops/nope",
        "/console/loops/nope/run",
        f"/console/loops/pauses/runs/{run}",
        "/console/loops/other/runs/x",
    ):
        response = page.goto(path)
        assert response is not None
        assert response.status == 404, path
    until(lambda: run_of(api, "other").get("ended_at"), "the run ends")
