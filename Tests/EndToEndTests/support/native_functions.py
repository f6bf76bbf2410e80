"""Helpers for tests of functions in the native API."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from harness import Api, answered

ECHO = "def handler(event, context):\n    return event\n"


def new_name() -> str:
    return f"n-{uuid.uuid4().hex[:12]}"


def path(name: str, *parts: str) -> str:
    return "/".join(["/v1/functions", name, *parts])


def encoded(code: bytes) -> str:
    return base64.b64encode(code).decode()


def put(api: Api, name: str, *statuses: int, **definition: Any) -> Any:
    return answered(api.put(path(name), json=definition), *(statuses or (200, 201)))


def create(api: Api, source: str = ECHO, **more: Any) -> str:
    """Creates a function with a generous time limit, and returns its name."""
    name = new_name()
    put(api, name, 201, **{"source": source, "timeout_seconds": 30} | more)
    return name


def invoke(api: Api, name: str, event: Any = None, **query: Any) -> Any:
    answer = api.post(path(name, "invocations"), json=event, params=query, timeout=300)
    return answered(answer, 200)


def error(api: Api, name: str, event: Any = None) -> Any:
    """Invokes a function that must fail, and returns the description of its error."""
    outcome = invoke(api, name, event)
    assert outcome["failed"] is True, outcome
    return outcome["result"]


def lines(api: Api, name: str, **query: Any) -> list[str]:
    events = answered(api.get(path(name, "logs"), params=query), 200)["events"]
    return [event["message"] for event in events]
