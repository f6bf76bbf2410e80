"""Reads pytest's results: fails where CI skipped a test that it should have run, or prints the sum of all runs.

Only the tests of the documents may be skipped: their models and data are not part of the project.
"""

from __future__ import annotations

import os
import sys
from xml.etree import ElementTree

MAY_SKIP = ("test_documents",)


def skipped(path: str) -> list[tuple[str, str]]:
    """The skipped tests of a run: name and reason."""
    found = []
    for case in ElementTree.parse(path).iter("testcase"):
        for skip in case.iter("skipped"):
            found.append((f"{case.get('classname')}.{case.get('name')}", skip.get("message", "")))
    return found


def summary(paths: list[str]) -> str:
    """`N passed, N failed, N skipped` over all runs."""
    total = failed = passed_over = 0
    for path in paths:
        for suite in ElementTree.parse(path).iter("testsuite"):
            total += int(suite.get("tests", "0"))
            failed += int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
            passed_over += int(suite.get("skipped", "0"))
    return f"{total - failed - passed_over} passed, {failed} failed, {passed_over} skipped"


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--summary"]:
        print(summary(arguments[1:]))
        return 0
    status = 0
    for path in arguments:
        for name, reason in skipped(path):
            allowed = any(part in name for part in MAY_SKIP)
            print(f"skipped: {name}: {reason}")
            if os.environ.get("CI") and not allowed:
                print("  This test must run in CI.")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
