"""Reports which tests were skipped and how many passed, from the results of test runs (JUnit XML).

If CI is set, a skipped test is a failure, unless it needs something that is not part of the project: the document tests
may be skipped if the documents' folder is missing.

    check_skips.py FILE...             lists the skipped tests; exits with status 1 if one should have run
    check_skips.py --summary FILE...   prints the totals of all runs
"""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "Tests" / "EndToEndTests"
sys.path[:0] = [str(TESTS), str(TESTS / "support")]

from conftest import DOCUMENTS, TUTORIALS  # noqa: E402


def skipped(path: str) -> list[tuple[str, str]]:
    """Returns the name and the reason of each skipped test of a run."""
    found = []
    for case in ElementTree.parse(path).iter("testcase"):
        for skip in case.iter("skipped"):
            reason = skip.get("message") or (skip.text or "").strip() or "no reason given"
            found.append((f"{case.get('classname')}.{case.get('name')}", reason))
    return found


def may_skip(test: str) -> bool:
    """Returns whether a test needs something that may be missing, and is missing."""
    return "test_documents" in test and not (DOCUMENTS.is_dir() and TUTORIALS.is_dir())


def check(paths: list[str]) -> int:
    """Prints the skipped tests, and returns 1 if one should have run."""
    status = 0
    for name, reason in [test for path in paths for test in skipped(path)]:
        print(f"skipped: {name}: {reason}")
        if os.environ.get("CI") and not may_skip(name):
            print("  This is a failure, because CI must provide what this test needs.")
            status = 1
    return status


def summary(paths: list[str]) -> str:
    """Returns `N passed, N failed, N skipped` over all runs."""
    cases = [case for path in paths for case in ElementTree.parse(path).iter("testcase")]
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    passed_over = sum(case.find("skipped") is not None for case in cases)
    return f"{len(cases) - failed - passed_over} passed, {failed} failed, {passed_over} skipped"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--summary"]:
        print(summary(sys.argv[2:]))
    else:
        sys.exit(check(sys.argv[1:]))
