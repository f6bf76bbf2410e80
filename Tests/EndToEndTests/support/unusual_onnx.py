"""ONNX models that the server does not accept: with types that are not tensors, and unknown domains and operators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from small_onnx import field, number


def tensor_type(code: int, shape: Sequence[int | None]) -> bytes:
    """Returns a tensor type. `None` stands for a dynamic dimension."""
    dimensions = b"".join(
        field(1, field(2, f"d{index}".encode()) if length is None else number(1, length))
        for index, length in enumerate(shape)
    )
    return field(1, number(1, code) + field(2, dimensions))


def sequence_type(element: bytes) -> bytes:
    return field(4, field(1, element))


def optional_type(element: bytes) -> bytes:
    return field(9, field(1, element))


def value(name: str, kind: bytes) -> bytes:
    return field(1, name.encode()) + field(2, kind)


def node(operator: str, inputs: Iterable[str], outputs: Iterable[str], *attributes: bytes, domain: str = "") -> bytes:
    names = b"".join(field(1, name.encode()) for name in inputs) + b"".join(field(2, name.encode()) for name in outputs)
    return names + field(4, operator.encode()) + b"".join(attributes) + field(7, domain.encode())


def integer(name: str, content: int) -> bytes:
    """Returns an integer attribute of a node."""
    return field(5, field(1, name.encode()) + number(3, content) + number(20, 2))


def model(
    nodes: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
    initializers: Iterable[bytes] = (),
    opset: int = 15,
    domain: str = "",
) -> bytes:
    graph = (
        b"".join(field(1, content) for content in nodes)
        + field(2, b"small")
        + b"".join(field(5, content) for content in initializers)
        + b"".join(field(11, content) for content in inputs)
        + b"".join(field(12, content) for content in outputs)
    )
    domains = field(8, number(2, opset)) + (field(8, field(1, domain.encode()) + number(2, 1)) if domain else b"")
    return number(1, 8) + field(7, graph) + domains
