"""A request takes a bounded amount of memory, and gives it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Server, until

MIB = 1 << 20
#: A little below the limit of a body.
LENGTH = 4 * MIB - 1000

JSON, YAML = {"Content-Type": "application/json"}, {"Content-Type": "application/yaml"}
FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0",
}
TRAINING = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.CreateTrainingJob"}


def memory(server: Server, field: str) -> int:
    found = re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())
    assert found is not None
    return int(found[1]) << 10


def filled(start: str, element: str, end: str) -> bytes:
    return (start + element * ((LENGTH - len(start) - len(end)) // len(element)) + end).encode()


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/v1/pipelines", YAML, filled('{"name": "a", "steps": [', "1,", "1]}")),
        ("/v1/pipelines", YAML, filled("", "- \n", "")),
        ("/v1/pipelines", YAML, filled("a: {", "? ", "}")),
        ("/v1/pipelines", JSON, filled('{"name": "a", "steps": [', "{},", "1]}")),
        ("/", TRAINING, filled('{"Tags": [', '{"a":1},', "1]}")),
        ("/", TRAINING, filled('{"HyperParameters": {"a": [', "[1],", "1]}}")),
        ("/", TRAINING, filled('{"Tags": [', "{},", "{}]}")),
        ("/", FORM, filled("Action=GetCallerIdentity&", "a&", "")),
    ],
    ids=[
        "YAML in flow style",
        "YAML in block style",
        "YAML keys",
        "JSON",
        "AWS JSON objects",
        "AWS JSON lists",
        "AWS JSON with errors",
        "form",
    ],
)
def test_a_large_body_takes_little_memory_and_only_for_a_while(
    start_server: Callable[..., Server], path: str, headers: dict[str, str], body: bytes
) -> None:
    server = start_server()
    small: dict[str, Any] = {"headers": headers, "data": b"{}"}
    assert server.api.post(path, **small).status_code == 400
    before = memory(server, "VmRSS")
    answer = server.api.post(path, headers=headers, data=body)
    assert answer.status_code == 400
    assert len(answer.content) < MIB
    assert memory(server, "VmHWM") - before < 32 * len(body)
    until(lambda: memory(server, "VmRSS") - before < 16 * MIB, "the memory is given back")


def test_a_yaml_definition_of_many_values_gives_its_memory_back(start_server: Callable[..., Server]) -> None:
    server = start_server()
    assert server.api.post("/v1/pipelines", headers=YAML, data=b"{}").status_code == 400
    before = memory(server, "VmRSS")
    values = b"[" + b'"",' * 19_000 + b'""]'
    for _ in range(3):
        answer = server.api.post("/v1/pipelines", headers=YAML, data=b'{"name": "a", "steps": %b}' % values)
        assert answer.status_code == 400
    until(lambda: memory(server, "VmRSS") - before < 16 * MIB, "the memory is given back")
