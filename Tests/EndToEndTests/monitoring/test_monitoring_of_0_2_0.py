"""The logs of release 0.2.0 give quality and reports, as far as they can."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import REPOSITORY, Server
from monitored import exported, labels, quality, report, verified

OLD = REPOSITORY / "Tests" / "EndToEndTests" / "operations" / "data-0.2.0.tar.gz"


@pytest.fixture
def server(tmp_path: Path, start_server: Callable[..., Server]) -> Server:
    folder = tmp_path / "server"
    (folder / "data").mkdir(parents=True)
    subprocess.run(["tar", "-xzf", OLD, "-C", folder / "data"], check=True)
    return start_server(folder=folder)


def test_its_logs_can_be_judged(server: Server) -> None:
    client = server.api
    entries = exported(client, "fraud")
    (id,) = {entry["id"] for entry in entries}
    labels(client, "fraud", {id: 1})
    found = quality(client, "fraud")
    assert (found["task"], found["counts"]["labeled_rows"]) == ("binary", 1)
    assert found["groups"][0]["metrics"]["accuracy"] == 1

    made = report(client, "fraud")
    (pair,) = made["shadow"]["challengers"]
    assert (pair["name"], pair["requests"], pair["labels"]["pairs"]) == ("fraud-trees", 1, 1)
    after = verified(client, made["id"])
    assert (after["is_reproduced"], after["log_agrees"]) == (True, True), after
    # An entry of that release and one of this are compared alike.
    old = next(entry for entry in entries if entry["role"] == "champion")
    client.post("/v1/pipelines/fraud/infer", json=old["original_data"])
    assert quality(client, "fraud")["counts"]["inferences"] == 2


def test_a_split_of_a_pipeline_that_it_made_becomes_an_experiment(server: Server) -> None:
    client = server.api
    steps = [{"random_split": {"models": [{"model": name, "weight": 1} for name in ("fraud-dense", "fraud-trees")]}}]
    client.serve("fraud", steps, goal="outputs[0][0] > 0.5")
    old = next(entry for entry in exported(client, "fraud"))
    for _ in range(20):
        client.infer("fraud", old["original_data"])
    made = report(client, "fraud")
    # What the shadow deploy logged is not part of it.
    assert made["entries"] == 20
    assert sum(arm["requests"] for arm in made["experiment"]["arms"]) == 20
