"""The sentences and states that notebooks, the command and the console share. `test_words.py` compares the three."""

from __future__ import annotations

from typing import Any

import pytest

from roost import Event, html, verdicts, words
from roost.estimates import text_table
from roost.metric_words import Metric
from roost.release import ReleasePlan
from roost.suite import Suite


@pytest.mark.parametrize(
    ("text", "shown"),
    [("90s", "90 s"), ("120m", "2 h"), ("2w", "14 d"), ("15m", "15 min"), ("0s", "0 s"), ("5000s", "5000 s"), ("", "")],
)
def test_a_length_of_time_is_in_its_largest_whole_unit(text: str, shown: str) -> None:
    assert words.span(text).replace("\u00a0", " ").replace("\u202f", "") == shown


def test_a_noun_is_singular_after_one() -> None:
    assert [words.count(value, "row") for value in (0, 1, 18204)] == ["0 rows", "1 row", "18\u202f204 rows"]


def test_an_expression_says_which_way_is_better() -> None:
    metric = Metric({"metric": "outputs[0][0] > 0.5", "better": "lower"})
    assert metric.sentence(("b", 0.5), ("a", 0.25)) == (
        "“outputs[0][0] > 0.5” holds for 50.00\u00a0% with b, for 25.00\u00a0% with a; smaller is better."
    )
    assert Metric({"metric": "errors"}).sentence(("b", 0.5), ("a", 0.25)).endswith("a for 25.00\u00a0%.")


def test_a_pause_hides_no_alert() -> None:
    shown = [str(words.assay_status(level, is_paused=True)) for level in ("alert", "warning", "ok", "not_enough_data")]
    assert shown == ["◆ Alert, paused", "▲ Warning, paused", "○ Paused", "○ Paused"]
    assert str(words.assay_status("alert", is_paused=False)) == "◆ Alert"


def release(state: str, *steps: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    raw = {"state": state, "pipeline": "p", "candidate": "b@0123456789", "champion": "a@0123456789", "steps": steps}
    return {**raw, "definition": {}, "reason": reason}


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        (release("running"), "◐ Getting ready"),
        (release("running", {"kind": "replay"}), "◐ Replaying"),
        (release("running", {"kind": "replay", "ended_at": "…"}, {"kind": "shadow"}), "◐ In the shadow"),
        (release("running", {"kind": "canary", "share": 0.5}), "◐ At 50 %"),
        (release("running", {"kind": "canary", "share": 0.5, "ended_at": "…"}), "◐ Getting ready"),
        (release("paused", {"kind": "canary", "share": 0.005}), "▲ Paused at 0.5 %"),
        (release("paused", {"kind": "shadow"}), "▲ Paused"),
        (release("rolled_back", {"kind": "canary", "share": 0.5}), "◆ Rolled back"),
    ],
)
def test_a_release_is_at_a_step(raw: dict[str, Any], state: str) -> None:
    assert str(verdicts.release_step(raw)).replace("\u00a0", " ") == state


@pytest.mark.parametrize(
    ("raw", "verdict"),
    [
        (
            release("rolled_back", reason="Rolled back because guardrail 'errors' is worse."),
            "Rolled back. a@01234567 stayed the champion. Guardrail 'errors' is worse.",
        ),
        (release("aborted", reason="Aborted."), "Aborted. a@01234567 stayed the champion."),
        (
            release("failed", reason="Model 'b' could not be loaded."),
            "Failed. a@01234567 stayed the champion. Model 'b' could not be loaded.",
        ),
        (
            release("aborted", reason="Aborted by ann."),
            "Aborted. a@01234567 stayed the champion. It was aborted by ann.",
        ),
        (release("failed", reason="Failed to start."), "Failed. a@01234567 stayed the champion. Failed to start."),
        (
            release("paused", reason="Paused."),
            "Paused. It is still watched, and is rolled back if a guardrail is broken.",
        ),
        (release("running"), "Getting ready. Nothing is known about the candidate yet."),
    ],
)
def test_a_release_says_why(raw: dict[str, Any], verdict: str) -> None:
    status, sentence = verdicts.release_verdict({"release": raw})
    assert f"{status.word}. {sentence}" == verdict


def test_a_plan_has_lengths_as_people_read_them() -> None:
    stages = [{"share": 0.01, "duration": "90m", "units": 1}, {"share": 0.5, "duration": "3600s", "units": 1000}]
    definition = {"pipeline": "p", "candidate": "b@0123456789", "stages": stages, "promote": "safe"}
    plan = {"definition": definition, "champion": "a@1", "from_version": "v", "requests_of_last_hour": 1}
    shown = ReleasePlan(plan).describe()["stages"].replace("\u00a0", " ")
    assert shown == "1 % for 90 min and 1 unit; 50 % for 1 h and 1\u202f000 units"


def test_a_suite_has_the_state_of_its_newest_run() -> None:
    cases = [{"passed": True}, {"passed": False}]
    runs = [None, {"outcome": "failed", "cases": cases}, {"outcome": "pending"}, {"outcome": "passed"}]
    runs.append({"outcome": "failed", "cases": [], "counts": {"cases": 9, "failed": 2}})
    raw = {"name": "s", "model": "m", "revision": 1, "definition": {"cases": []}, "case_count": 2}
    shown = [Suite(None, raw | {"last_run": run}).describe()["last run"] for run in runs]  # type: ignore[arg-type]
    assert shown == ["◌ Not run", "◆ 1 of 2 failed", "◌ Waiting", "● Passed", "◆ 2 of 9 failed"]


def test_text_from_outside_controls_no_terminal() -> None:
    hostile = "a\x1b[2J\x9b\u202eb\r\u200bc"
    raw = {
        "sequence": 1,
        "time": "2026-01-01T00:00:00Z",
        "kind": "job.failed",
        "subject": {"kind": "job", "name": "j"},
        "message": hostile,
        "details": {},
    }
    event = Event(raw)
    for shown in (repr(event), html.cell(hostile), text_table(["name"], [[hostile]])):
        assert all(character.isprintable() or character == "\n" for character in shown), shown
        assert r"a\x1b[2J\x9b\u202eb\r\u200bc" in shown
    assert words.visible("é 1\u202f000\u00a0%\n") == "é 1\u202f000\u00a0%\n"
