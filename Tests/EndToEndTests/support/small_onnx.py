"""ONNX models of a few bytes, written without the ONNX package.

- Source: the ONNX project's `onnx.proto`, for the numbers of the fields.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

FLOAT, INT64, STRING, BOOL = 1, 7, 8, 9

Dimensions = Sequence[int | str]


def failing_model(columns: int, input_name: str = "input") -> bytes:
    """Returns a model that looks each value up in a table of two: it returns 0 and 1 unchanged, and fails for 2 or more."""
    return model(
        [node("Cast", [input_name], "index", to=INT64), node("Gather", ["table", "index"], "output")],
        {input_name: (FLOAT, ["rows", columns])},
        {"output": (FLOAT, ["rows", columns])},
        {"table": (FLOAT, [2], struct.pack("<2f", 0, 1))},
    )


def model(
    nodes: list[bytes],
    inputs: Mapping[str, tuple[int, Dimensions]],
    outputs: Mapping[str, tuple[int, Dimensions]],
    constants: Mapping[str, tuple[int, list[int], bytes]] | None = None,
) -> bytes:
    """Returns a model of nodes, with the type and dimensions of each input and output. A dimension that is a string is dynamic."""
    graph = b"".join(field(1, content) for content in nodes) + field(2, b"graph")
    for name, (kind, lengths, content) in (constants or {}).items():
        dimensions = b"".join(number(1, length) for length in lengths)
        graph += field(5, dimensions + number(2, kind) + field(8, name.encode()) + field(9, content))
    graph += b"".join(field(11, tensor_info(name, *spec)) for name, spec in inputs.items())
    graph += b"".join(field(12, tensor_info(name, *spec)) for name, spec in outputs.items())
    return number(1, 8) + field(7, graph) + field(8, number(2, 13))


def node(operator: str, inputs: list[str], output: str, **attributes: int | list[int]) -> bytes:
    content = b"".join(field(1, name.encode()) for name in inputs) + field(2, output.encode())
    content += field(4, operator.encode())
    for name, value in attributes.items():
        if isinstance(value, int):
            attribute = number(3, value) + number(20, 2)
        else:
            attribute = b"".join(number(8, item) for item in value) + number(20, 7)
        content += field(5, field(1, name.encode()) + attribute)
    return content


def tensor_info(name: str, kind: int, lengths: Dimensions) -> bytes:
    shape = b"".join(
        field(1, number(1, length) if isinstance(length, int) else field(2, length.encode())) for length in lengths
    )
    return field(1, name.encode()) + field(2, field(1, number(1, kind) + field(2, shape)))


def field(tag: int, content: bytes) -> bytes:
    return varint(tag << 3 | 2) + varint(len(content)) + content


def number(tag: int, value: int) -> bytes:
    return varint(tag << 3) + varint(value)


def varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
