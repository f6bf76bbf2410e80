from __future__ import annotations

from typing import Any

import pytest

import roost
from roost.suite import SuiteRun

RUN: dict[str, Any] = {
    "id": "00000000-0000-4000-8000-000000000001",
    "suite": "fraud",
    "revision": 1,
    "model": "fraud-dense@00000000-0000-4000-8000-000000000002",
    "workspace": "default",
    "cause": "request",
    "outcome": "failed",
    "created_at": "2022-10-19T17:52:00.508852Z",
    "cases": [
        {"name": "small", "kind": "size", "passed": True, "message": "Small.", "measures": [], "elapsed_ms": 1},
        {"name": "fast", "kind": "latency", "passed": False, "message": "Slow.", "measures": [], "elapsed_ms": 5},
    ],
}


def test_a_failed_run_names_its_cases() -> None:
    run = SuiteRun(RUN)
    assert not run.passed()
    assert [case["name"] for case in run.failures()] == ["fast"]
    with pytest.raises(roost.SuiteError, match=r"Suite 'fraud' failed for .*: fast: Slow"):
        run.check()
    assert "Failed</span>" in run._repr_html_()
    assert "<b>1 of 2 failed.</b> Suite fraud for fraud-dense@" in run._repr_html_()


def test_a_run_that_passed_is_returned() -> None:
    run = SuiteRun(RUN | {"outcome": "passed"})
    assert run.check() is run


def test_a_suite_that_could_not_be_run_says_why() -> None:
    run = SuiteRun(RUN | {"outcome": "error", "reason": "There is no data.", "cases": []})
    with pytest.raises(roost.SuiteError, match=r"could not be run for .*There is no data"):
        run.check()
