from __future__ import annotations

from typing import Any

import pytest

from roost.connection import Connection
from roost.loop import Loop, LoopRun
from roost.training_set import TrainingSet

TIME = "2026-11-29T17:52:00.508852Z"
FILE = {"uri": "s3://b/sets/train.csv", "sha256": "0" * 64, "rows": 7, "bytes": 90}
COUNTS = {"logged": 9, "unlabeled": 2, "incomplete": 0, "wrong_type": 0, "older": 0, "repeated": 0, "added": 0}
SET = {"pipeline": "p", "train": FILE, "features": ["x"], "counts": COUNTS, "end": TIME}


def raw(state: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "0a1b2c3d-0000-4000-8000-000000000000",
        "loop": "nightly",
        "pipeline": "p",
        "state": state,
        "cause": {"kind": "user", "message": "Started by ann."},
        "started_at": TIME,
        "steps": list(steps),
        **more,
    }


def step(kind: str, state: str = "succeeded", **links: Any) -> dict[str, Any]:
    return {"kind": kind, "state": state, "started_at": TIME, "links": links}


@pytest.fixture
def connection() -> Connection:
    return Connection("http://127.0.0.1:9", timeout=1)


def test_a_run_knows_its_version(connection: Connection) -> None:
    run = LoopRun(connection, raw("running", step("build"), step("train", version="p@1"), step("release", "running")))
    assert run.version() == "p@1"
    assert not run.is_over()
    assert run.cause() == "Started by ann."
    assert run.describe()["step"] == "release"
    assert "release" in run._repr_html_()


@pytest.mark.parametrize(("state", "is_over"), [("running", False), ("aborting", False), ("failed", True)])
def test_a_run_is_over_when_it_has_ended(connection: Connection, state: str, is_over: bool) -> None:
    run = LoopRun(connection, raw(state, step("tell"), reason="No labels."))
    assert run.is_over() == is_over
    assert run.reason() == "No labels."
    assert run.version() is None


def test_a_loop_shows_its_last_run(connection: Connection) -> None:
    definition = {"pipeline": "p", "when": {"every": "1d"}, "then": {"tell": "x"}, "paused": True}
    loop = Loop(connection, {"name": "nightly", "definition": definition, "created_at": TIME})
    assert loop.last is None
    assert loop.is_paused()
    loop.raw["last"] = raw("finished", step("tell"))
    assert loop.last is not None
    assert loop.describe() == {"loop": "nightly", "pipeline": "p", "paused": True, "last run": "● Finished"}


def test_a_training_set_counts_its_rows() -> None:
    found = TrainingSet(SET)
    assert (found.uri, found.rows, found.validation_uri) == ("s3://b/sets/train.csv", 7, None)
    assert found.counts["unlabeled"] == 2
    assert TrainingSet({**SET, "validation": {**FILE, "uri": "s3://b/v.csv"}}).validation_uri == "s3://b/v.csv"
