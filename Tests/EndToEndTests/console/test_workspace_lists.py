"""What belongs to a pipeline is in the pipeline's workspace: in the lists of the API, the SDK, the command and the console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command import Command
from gates import golden, put_gate, put_suite
from harness import Api, answered, refused, until
from monitored import echo, split
from playwright.sync_api import Page, expect
from released import stage, start

import roost

WORKSPACES = ("default", "retail")
#: Each list, and what it says of one thing.
LISTS = {
    "comparisons": lambda thing: f"{thing['pipeline']} {thing['kind']}",
    "releases": lambda thing: thing["pipeline"],
    "assays": lambda thing: thing["name"],
    "loops": lambda thing: thing["name"],
    "gates": lambda thing: thing["pipeline"],
    "suites": lambda thing: thing["name"],
}


def held(workspace: str) -> dict[str, list[str]]:
    return {
        # A release compares its candidate with the champion.
        "comparisons": [
            f"{workspace}-plain experiment",
            f"{workspace}-shadow shadow",
            f"{workspace}-split experiment",
        ],
        "releases": [f"{workspace}-plain"],
        "assays": [f"{workspace}-assay"],
        "loops": [f"{workspace}-loop"],
        "gates": [f"{workspace}-split"],
        "suites": [f"{workspace}-suite"],
    }


@pytest.fixture(scope="module", autouse=True)
def both(api: Api) -> None:
    """Two workspaces with a comparison of each kind, a release, an assay, a loop, a suite and a gate."""
    answered(api.post("/v1/workspaces", json={"name": "retail"}), 201)
    for workspace in WORKSPACES:
        for index, model in enumerate(("echo", "same", "third")):
            api.upload(model, echo(1, f"x{index}" if model == "third" else "x"), workspace)

        def serve(kind: str, step: dict[str, Any], workspace: str = workspace) -> str:
            name = f"{workspace}-{kind}"
            body = {"name": name, "workspace": workspace, "steps": [step]}
            answered(api.put(f"/v1/pipelines/{name}", json=body), 201)
            answered(api.put(f"/v1/pipelines/{name}/deployment"), 202)
            assert api.settled(name)["state"] == "Running"
            return name

        serve("split", split(("echo", 1), ("same", 1)))
        serve("shadow", {"shadow_deploy": {"champion": "echo", "challengers": ["same"]}})
        plain = serve("plain", {"model": "echo"})
        baseline = {"values": [index / 200 for index in range(200)]}
        assay = {"pipeline": plain, "metric": "outputs[0][0]", "baseline": baseline, "window": "1h", "alert": 0.2}
        answered(api.put(f"/v1/assays/{workspace}-assay", json=assay), 201)
        loop = {"pipeline": plain, "when": {"every": "52w"}, "then": {"tell": "x"}}
        answered(api.put(f"/v1/loops/{workspace}-loop", json=loop), 201)
        start(api, plain, "same", stage(0.5, "1h"))
        put_suite(api, f"{workspace}-suite", golden(1, 1), model="echo", workspace=workspace)
        put_gate(api, f"{workspace}-split", f"{workspace}-suite")
    until(lambda: answered(api.get("/v1/comparisons"), 200)["total"] == 6, "the releases are in their first stage")


@pytest.mark.parametrize("what", LISTS)
def test_the_api_narrows_a_list(api: Api, what: str) -> None:
    def listed(**query: Any) -> tuple[list[str], Any]:
        found = answered(api.get(f"/v1/{what}", params=query), 200)
        return sorted(map(LISTS[what], found[what])), found

    everything = sorted(held("default")[what] + held("retail")[what])
    assert listed()[0] == listed(workspace="*")[0] == everything
    for workspace in WORKSPACES:
        names, found = listed(workspace=workspace)
        assert names == held(workspace)[what]
        count = sum(found["levels"].values()) if what == "assays" else found["total"]
        assert count == len(names)
        assert found.get("open", 1) == 1
        assert listed(workspace=workspace, limit=1, offset=len(names) - 1)[0] == names[-1:]
    refused(api.get(f"/v1/{what}", params={"workspace": "nowhere"}), 404, "workspace", "nowhere")


def test_a_pipeline_and_a_workspace_that_it_is_not_in(api: Api) -> None:
    for what in ("releases", "assays", "loops"):
        query = {"pipeline": "retail-plain", "workspace": "default"}
        assert answered(api.get(f"/v1/{what}", params=query), 200)[what] == []
        query["workspace"] = "retail"
        assert len(answered(api.get(f"/v1/{what}", params=query), 200)[what]) == 1


def test_the_sdk_and_the_command_narrow_lists(server: str, tmp_path: Path) -> None:
    client = roost.Client(server)
    known = held("retail")
    assert [each["pipeline"] for each in client.comparisons("shadow", workspace="retail")] == ["retail-shadow"]
    assert [each.pipeline() for each in client.releases(workspace="retail")] == known["releases"]
    assert [each.name() for each in client.assays(workspace="retail")] == known["assays"]
    assert [each.name() for each in client.loops(workspace="retail")] == known["loops"]
    assert [each.pipeline() for each in client.gates(workspace="retail")] == known["gates"]
    assert [each.name() for each in client.suites(workspace="retail")] == known["suites"]
    with pytest.raises(roost.EntityNotFoundError):
        client.loops(workspace="nowhere")
    command = Command(server, tmp_path)
    for subcommand, what in (
        ("release", "releases"),
        ("assay", "assays"),
        ("loop", "loops"),
        ("gate", "gates"),
        ("test", "suites"),
    ):
        found = command.json(subcommand, "list", "--workspace", "retail")
        assert sorted(map(LISTS[what], found)) == known[what]


@pytest.mark.parametrize(
    ("path", "shown", "other"),
    [
        ("experiments", "retail-split", "default-split"),
        ("shadow", "retail-shadow", "default-shadow"),
        ("releases", "retail-plain", "default-plain"),
        ("drift", "retail-assay", "default-assay"),
        ("loops", "retail-loop", "default-loop"),
        ("suites", "retail-suite", "default-suite"),
    ],
)
def test_the_console_narrows_a_list_and_says_how_a_program_does(page: Page, path: str, shown: str, other: str) -> None:
    main = page.get_by_role("main")
    page.goto(f"/console/{path}")
    expect(main).to_contain_text(shown)
    expect(main).to_contain_text(other)
    page.goto(f"/console/{path}?workspace=retail")
    expect(main).to_contain_text(shown)
    expect(main).not_to_contain_text(other)
    expect(main).to_contain_text("Only what belongs to workspace retail is shown.")
    expect(main).to_contain_text("workspace=retail")
    expect(main).to_contain_text('workspace="retail"')


def test_what_a_pipeline_has_is_seen_whatever_workspace_was_chosen(page: Page) -> None:
    page.goto("/console/drift")
    field = page.get_by_label("Workspace")
    if not field.is_visible():
        page.get_by_role("button", name="Menu").click()
    field.select_option("retail")
    page.get_by_role("button", name="Show", exact=True).click()
    for path, shown in (("drift", "default-assay"), ("releases", "default-plain")):
        page.goto(f"/console/{path}?pipeline=default-plain")
        expect(page.get_by_role("main")).to_contain_text(shown)
