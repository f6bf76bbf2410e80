"""Helpers for tests of test suites."""

from __future__ import annotations

import itertools
import os
from typing import Any

from harness import Api, answered, until

_NAMES = (f"suite-{os.getpid()}-{number}" for number in itertools.count())


def new_name() -> str:
    return next(_NAMES)


def put_object(api: Api, key: str, content: str, bucket: str = "suites") -> str:
    """Stores an object, and returns its URI."""
    answered(api.put(f"/v1/buckets/{bucket}"), 200, 201)
    answered(api.put(f"/v1/buckets/{bucket}/object", params={"key": key}, data=content.encode()), 200, 201)
    return f"s3://{bucket}/{key}"


def put_suite(api: Api, *cases: dict[str, Any], **more: Any) -> str:
    """Adds a suite, and returns its name."""
    name = new_name()
    definition = {"cases": [{"name": f"case-{index}"} | case for index, case in enumerate(cases)]} | more
    answered(api.put(f"/v1/suites/{name}", json=definition), 201)
    return name


def run(api: Api, suite: str, version: str | None = None) -> Any:
    body = {"version": version} if version else {}
    return answered(api.post(f"/v1/suites/{suite}/runs", json=body, timeout=300), 200)


def one(api: Api, case: dict[str, Any], version: str | None = None, **more: Any) -> Any:
    """Runs a suite of one case, and returns the case's result."""
    found = run(api, put_suite(api, case, **more), version)
    assert found["cases"], found
    return found["cases"][0]


def ended(api: Api, suite: str, count: int = 1) -> list[Any]:
    """Waits until so many runs of a suite have ended, and returns them, newest first."""

    def look() -> Any:
        runs = answered(api.get(f"/v1/suites/{suite}/runs"), 200)["runs"]
        return runs if len([each for each in runs if "ended_at" in each]) >= count else None

    found: list[Any] = until(look, f"{count} runs of {suite} end", 60)
    return found
