"""The console's pages of endpoints, in a real browser."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path

import pytest
from code_lines import lines_of, run
from endpoint_clients import AWS, Trained, csv, numbers
from harness import Api, answered, refused
from playwright.sync_api import Page, expect

# A page that is live is read again every 5 s.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def aws(server: str) -> AWS:
    aws = AWS(server)
    trained = Trained(0)
    aws.put_model("first", trained.archive)
    aws.put_model("second", Trained(1).archive)
    aws.put_model("broken", trained.archive[:300])
    aws.put_config("split", ("main", "first", 3), ("other", "second", 1))
    aws.put_config("bad", ("main", "broken", 1))
    aws.serve("scores", "split")
    aws.serve("fails", "bad")
    return aws


def test_the_list(page: Page, aws: AWS) -> None:
    page.goto("/console/endpoints")
    expect(page.locator("#endpoints").get_by_role("row").filter(has_text="scores")).to_contain_text("In service")
    row = page.locator("#endpoints").get_by_role("row").filter(has_text="fails")
    expect(row).to_contain_text("Failed")
    page.get_by_label("Name contains").fill("sco<b>")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("main")).to_contain_text("No name contains “sco<b>”")


def test_an_endpoint(page: Page, aws: AWS, server: str, tmp_path: Path) -> None:
    rows = Trained(0).rows[:1]
    aws.predict("scores", csv(rows))
    page.goto("/console/endpoints/scores")
    expect(page.locator(".title")).to_contain_text("In service")
    main = page.locator("#variants").get_by_role("row").filter(has_text="main")
    expect(main).to_contain_text("75.00")
    expect(main).to_contain_text("ml.m5.large")
    expect(page.locator("#configurations").get_by_role("row").filter(has_text="split")).to_contain_text("In use")
    expect(page.locator("#facts")).to_contain_text(f"{server}/endpoints/scores/invocations")
    # The line that the page shows works as it is.
    line = page.locator("roost-code").first.locator("pre.curl").inner_text()
    (tmp_path / "rows.csv").write_text(csv(rows))
    keys = {"ROOST_URL": server, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "no_proxy": "*"}
    answer = subprocess.run(
        ["bash", "-c", line],
        cwd=tmp_path,
        env=os.environ | keys,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert len(numbers(answer.stdout)) == 1, answer.stdout


def test_the_pipeline_of_an_endpoint_goes_on_to_answer(page: Page, aws: AWS, api: Api) -> None:
    refused(api.delete("/v1/pipelines/scores/deployment"), 409, "pipeline", "Delete the endpoint instead")
    page.goto("/console/pipelines/scores/stop")
    expect(page.get_by_role("note")).to_contain_text("answers the requests to endpoint scores")
    expect(page.locator("form.ask button")).to_have_count(0)
    assert answered(api.get("/v1/pipelines/scores/deployment"), 200)["state"] == "Running"
    # What answers is what the endpoint describes. Only it can be changed.
    for path in ("", "/versions"):
        page.goto(f"/console/pipelines/scores{path}")
        expect(page.get_by_role("link", name="See the endpoint")).to_be_visible()
        for verb in ("Stop…", "Deploy…", "Weights…", "Undo…"):
            expect(page.get_by_role("link", name=verb)).to_have_count(0)
    for path in ("weights", "promote", "deploy"):
        page.goto(f"/console/pipelines/scores/{path}")
        expect(page.get_by_role("note")).to_contain_text("Update or delete the endpoint instead")
        expect(page.locator("form.ask button")).to_have_count(0)
    before = answered(api.get("/v1/pipelines/scores/deployment"), 200)["version"]
    steps = answered(api.get(f"/v1/pipelines/scores/versions/{before}"), 200)["steps"]
    checked = api.define("scores", steps, [("any", "first.outputs[0][0] > -1e9")])
    assert api.deploy("scores", checked["version"]["id"])["state"] == "Running"
    steps[0]["random_split"]["models"][0]["weight"] = 1
    other = api.define("scores", steps)["version"]["id"]
    path = "/v1/pipelines/scores/deployment"
    refused(api.put(path, json={"version": other}), 409, "pipeline", "Update the endpoint instead")
    refused(api.put(path), 409, "pipeline", "Update the endpoint instead")
    assert api.deploy("scores", before)["version"] == before


def test_a_failed_endpoint_says_why(page: Page, aws: AWS) -> None:
    page.goto("/console/endpoints/fails")
    expect(page.locator(".verdict")).to_contain_text("Failed.")
    expect(page.get_by_role("main")).to_contain_text("No variant serves")


def test_an_endpoint_is_deleted(page: Page, aws: AWS, api: Api, request: pytest.FixtureRequest) -> None:
    name = "gone-" + request.node.callspec.id
    aws.serve(name, "split")
    page.goto(f"/console/endpoints/{name}")
    page.get_by_role("link", name="Delete…").click()
    page.get_by_label(f"Type {name} to confirm").fill(name)
    page.get_by_role("button", name=f"Delete {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Endpoints")
    assert api.get(f"/v1/endpoints/{name}").status_code == 404
    assert name not in [it["EndpointName"] for it in aws.sagemaker.list_endpoints()["Endpoints"]]
    assert answered(api.get("/v1/endpoint-configurations", params={"search": "split"}), 200)["total"] == 1


def test_a_configuration_is_deleted(page: Page, aws: AWS, server: str, request: pytest.FixtureRequest) -> None:
    """All configurations are on the page of the endpoints, also those that no endpoint uses."""
    name = "unused-" + request.node.callspec.id
    aws.put_config(name, ("main", "first", 1))
    page.goto("/console/endpoints")
    row = page.locator("#configurations").get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("main: first")
    row.get_by_role("link", name="Delete…").click()
    page.get_by_label(f"Type {name} to confirm").fill(name)
    page.get_by_role("button", name=f"Delete {name}").click()
    expect(page).to_have_url(server + "/console/endpoints#configurations")
    expect(page.locator("#configurations")).not_to_contain_text(name)
    assert name not in [it["EndpointConfigName"] for it in aws.sagemaker.list_endpoint_configs()["EndpointConfigs"]]
    page.goto("/console/endpoints?search=nothing-like-it")
    expect(page.locator("#configurations")).to_contain_text("No name contains “nothing-like-it”")


def test_configurations_have_pages(page: Page, aws: AWS, api: Api, server: str, tmp_path: Path) -> None:
    total = answered(api.get("/v1/endpoint-configurations"), 200)["total"]
    for number in range(101 - total):
        aws.put_config(f"many-{number:03}", ("main", "first", 1))
    page.goto("/console/endpoints")
    section = page.locator("#configurations")
    expect(section).to_contain_text("101, newest first")
    section.get_by_role("link", name="More").click()
    expect(page).to_have_url(server + "/console/endpoints?configurations=100#configurations")
    expect(section.locator("tbody tr")).to_have_count(1)
    name = section.locator("tbody th").inner_text()
    # The lines show the same, and all of them where the client has no pages.
    [_, curl], [_, python] = (lines_of(page.content(), kind) for kind in ("curl", "python"))
    assert [each["name"] for each in json.loads(run("curl", curl, server, tmp_path))["configurations"]] == [name]
    listed = run("python", f"print([each['EndpointConfigName'] for each in {python}])", server, tmp_path)
    assert len(ast.literal_eval(listed)) == 101


def test_what_an_endpoint_uses_is_told(page: Page, aws: AWS) -> None:
    page.goto("/console/endpoints?search=split")
    row = page.locator("#configurations").get_by_role("row").filter(has_text="split")
    expect(row).to_contain_text("In use")
    expect(row).to_contain_text("scores")
    # There are newer ones than the page of the endpoint shows.
    assert page.viewport_size is not None
    for number in range(20):
        aws.put_config(f"newer-{page.viewport_size['width']}-{number}", ("main", "first", 1))
    page.goto("/console/endpoints/scores")
    section = page.locator("#configurations")
    expect(section).to_contain_text("and what the endpoint uses")
    expect(section.get_by_role("row").filter(has_text="split")).to_contain_text("In use")


def test_what_is_not_there(page: Page) -> None:
    for path in ("s/nope", "s/nope/delete", "s/%3Cscript%3E", "-configurations/nope/delete"):
        response = page.goto(f"/console/endpoint{path}")
        assert response is not None
        assert response.status == 404, path
        assert page.locator("main script").count() == 0
