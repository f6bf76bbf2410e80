"""What an experiment, a shadow deploy, a drift and a release have come to is told in the same words and forms by the console, by the
command and in notebooks."""

from __future__ import annotations

import html
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from command import Command
from harness import Api, answered, until
from monitored import complement, echo, exported, infer, labels, outputs, report, split
from released import stage, start, status
from screen import written

import roost
from roost import words
from roost.display import Markup

GOAL = "outputs[0][0] > 0.5"


@pytest.fixture(scope="module", autouse=True)
def models(api: Api) -> None:
    api.upload("echo", echo())
    api.upload("same", echo())
    api.upload("complement", complement())


@pytest.fixture
def command(server: str, tmp_path: Path) -> Command:
    return Command(server, tmp_path)


@pytest.fixture(scope="module")
def client(server: str) -> roost.Client:
    return roost.Client(server)


def text(markup: str) -> str:
    """Returns what is to be read of HTML."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).replace("\n", " ").strip()


def console(api: Api, path: str) -> str:
    """Returns the verdict of a page of the console."""
    found = re.search(r'<p class="verdict">(.*?)</p>', page(api, path), re.DOTALL)
    assert found is not None, path
    return text(found[1])


def page(api: Api, path: str) -> str:
    """Returns a page of the console."""
    found = api.get(path)
    assert found.status_code == 200, found.text
    return found.text


def notebook(thing: Any) -> str:
    """Returns the verdict that a notebook shows of something, and the kind of its shape."""
    found = re.search(r'<p class="verdict">(.*?)</p>', thing._repr_html_(), re.DOTALL)
    assert found is not None
    return text(found[1])


def terminal(printed: str) -> tuple[str, str]:
    """Returns the mark and the verdict that the command prints first."""
    first = " ".join(line.strip() for line in printed.split("\n\n")[0].splitlines())
    mark, _, verdict = first.partition(" ")
    return mark, verdict


def fits(printed: str) -> None:
    """Fails if a line is wider than a terminal of 80 columns."""
    wide = [line for line in printed.splitlines() if len(line) > 80]
    assert wide == []


def test_an_experiment(api: Api, command: Command, client: roost.Client) -> None:
    api.serve("tried", [split(("echo", 3), ("complement", 1))], goal={"metric": GOAL, "smallest_effect": 0.2})
    dice = random.Random(1)
    for index in range(400):
        infer(api, "tried", f"i{index}", [dice.random() ** 2])
    made = report(api, "tried")
    verdict = console(api, f"/console/pipelines/tried/experiment?report={made['id']}")
    assert verdict.startswith(f"Better. “{GOAL}” holds for ")
    printed = command("report", "show", made["id"])
    # The console goes on with what is not yet met, because there the challenger can be promoted.
    shared, _, unmet = verdict.partition(" Not yet met for a promotion: ")
    assert unmet.startswith("a full week (")
    assert terminal(printed) == ("●", shared)
    assert notebook(client.report(made["id"])) == shared
    fits(printed)
    # The numbers of the tables, too.
    seen = text(page(api, f"/console/pipelines/tried/experiment?report={made['id']}"))
    cells = text(client.report(made["id"])._repr_html_())
    for arm in made["experiment"]["arms"]:
        rate = words.percent(arm["goal"]["value"])
        assert rate in seen
        assert rate in printed
        assert rate in cells
    for guardrail in ("Failed requests", "Sample ratio"):
        assert guardrail in seen
        assert guardrail in printed
        assert guardrail in cells


def test_a_shadow_deploy(api: Api, command: Command, client: roost.Client) -> None:
    step = {"shadow_deploy": {"champion": "echo", "challengers": ["complement"]}}
    api.serve("shadowed", [step], labels={"type": "class", "prediction": "outputs[0][0]", "threshold": 0.5})
    dice = random.Random(1)
    for index in range(60):
        infer(api, "shadowed", f"i{index}", [dice.random()])
    entries = until(lambda: len(log := exported(api, "shadowed")) == 120 and log, "challengers have run")
    champions = {entry["id"]: outputs(entry)[0] for entry in entries if entry["role"] == "champion"}
    labels(api, "shadowed", {id: int(value < 0.5) for id, value in champions.items()})
    made = report(api, "shadowed")
    verdict = console(api, f"/console/pipelines/shadowed/shadow?report={made['id']}")
    assert verdict.startswith("Better where they differ. complement takes the same decision as echo for ")
    printed = command("report", "show", made["id"])
    assert terminal(printed) == ("●", verdict)
    assert notebook(client.report(made["id"])) == verdict
    fits(printed)


def test_a_release(api: Api, command: Command, client: roost.Client) -> None:
    api.serve("released", ["echo"])
    for index in range(40):
        infer(api, "released", f"i{index}", [index / 40])
    id = start(api, "released", "same", stage(0.05, "1h", 1200))["id"]
    until(lambda: status(api, id).get("guardrails"), "the canary begins")
    (release,) = client.releases("released")
    # What it waits for changes with the time, so the beginning is compared.
    for beginning, mark in (
        ("At 5\u00a0%. All guardrails hold.", "◐"),
        ("Paused. It is still watched, and is rolled back if a guardrail is broken.", "▲"),
        ("Promoted. same@", "●"),
    ):
        if mark == "▲":
            command("release", "pause", id)
        if mark == "●":
            command("pipeline", "promote", "released")
            until(lambda: status(api, id)["release"]["state"] == "promoted", "it is promoted")
        verdict = console(api, f"/console/releases/{id}")
        assert verdict.startswith(beginning)
        printed = command("release", "status", id)
        assert terminal(printed) == (mark, verdict)
        assert notebook(release.refresh()) == verdict
        fits(printed)
        assert "5\u00a0%" in printed
        assert "Failed requests" in printed or mark == "●"
    listed = command("release", "list", "released")
    assert "● Promoted" in listed
    assert "● Promoted" in text(client.releases("released")._repr_html_())


def test_a_plan(api: Api, command: Command) -> None:
    api.serve("planned", ["echo"])
    printed = command("release", "plan", "planned", "same", "--stages", "1,50", "--every", "1h", "--units", "1000")
    mark, verdict = terminal(printed)
    assert (mark, verdict.partition(".")[0]) == ("○", "A plan")
    address, headers = f"{api.url}/console/releases/new", {"Origin": api.url, "Sec-Fetch-Site": "same-origin"}
    session = requests.Session()
    token = re.search(r'name="token" value="(\w+)"', session.get(address, timeout=30).text)
    assert token is not None
    form = {"pipeline": "planned", "candidate": "same", "stages": "1, 50", "every": "1h", "units": "1000"}
    seen = text(session.post(address, data=form | {"token": token[1]}, headers=headers, timeout=30).text)
    for step in (
        "Answer 1\u00a0% of the requests for 1\u00a0h and at least 1\u202f000 units",
        "Failed requests: no worse",
    ):
        assert step in seen
        assert step in " ".join(printed.split("\n     "))
    fits(printed)


def normal(seed: int, count: int, mean: float = 0.0) -> list[float]:
    dice = random.Random(seed)
    return [dice.gauss(mean, 1) for _ in range(count)]


def test_a_drift(api: Api, command: Command, client: roost.Client) -> None:
    api.serve("drifting", [{"model": "echo"}])
    definition = {"pipeline": "drifting", "metric": "inputs.x", "baseline": {"values": normal(1, 1000)}, "window": "2s"}
    answered(api.put("/v1/assays/moved", json=definition), 201)

    def alerts() -> bool:
        for _ in range(4):
            values = normal(random.randrange(10**6), 100, 1.0)
            api.infer("drifting", {"x": [[value] for value in values]})
        found = answered(api.get("/v1/assays/moved/results"), 200)["results"]
        return len([each for each in found if each["status"] == "alert"]) >= 2

    until(alerts, "the assay alerts", 60)
    # Then nothing comes any more.
    until(
        lambda: answered(api.get("/v1/assays/moved"), 200)["last"]["status"] == "not_enough_data",
        "a window has too few values",
        60,
    )
    answered(api.post("/v1/assays/moved/pause"), 200)
    result = next(each for each in client.assay("moved").results() if each.status == "alert")
    window = result.raw["end"]
    verdict = console(api, f"/console/drift/moved?window={window}")
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC: alert\. PSI is ", verdict)
    assert notebook(result) == verdict
    newest = re.sub(r" Alert since .*? UTC\.$", "", console(api, "/console/drift/moved"))
    assert newest.endswith(" No window since had enough values.")
    printed = command("assay", "show", "moved")
    assert terminal(printed) == ("◆", f"Alert, paused. {newest}")
    assert notebook(client.assay("moved")) == f"Alert, paused. {newest}"
    assert client.assay("moved").describe()["last result"] in newest
    fits(printed)
    # The list has the score of the same window.
    measured = client.assay("moved").results()
    score = words.measure(max((each for each in measured if each.score is not None), key=lambda each: each.end).score)
    assert score in command("assay", "list", "drifting")
    # A window without values has no shares.
    empty = next(each for each in measured if each.window.count == 0)
    assert "\N{MINUS SIGN}10.0" not in text(empty._repr_html_())
    bin = result.bins[1].label
    seen = text(page(api, f"/console/drift/moved?window={window}"))
    assert bin in seen
    assert bin in printed
    assert bin in text(result._repr_html_())
    results = command("assay", "results", "moved")
    assert "◆ Alert" in results
    fits(results)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"' onload='x"])
def test_names_are_text(name: str) -> None:
    for shown_part in (
        roost.display.grid([name], [[name]]),
        roost.display.verdict(words.Status("ok", name), name, name),
    ):
        assert "<script" not in shown_part
        assert "<img" not in shown_part
        assert name in text(shown_part)
    assert not isinstance(name, Markup)


def test_tables_fit_a_terminal_of_eighty_columns(api: Api, server: str, tmp_path: Path) -> None:
    name = "a-challenger-with-quite-a-long-name"
    api.upload(name, complement())
    api.serve("narrow", [split(("echo", 1), (name, 1))], goal={"metric": GOAL})
    for index in range(40):
        infer(api, "narrow", f"i{index}", [index / 40])
    made = report(api, "narrow")
    environment = os.environ | {"ROOST_URL": server}
    printed = re.sub(r"\x1b\[\d+m", "", written(["report", "show", made["id"]], tmp_path, environment, columns=80))
    fits(printed)
    assert "Failed requests" in printed
