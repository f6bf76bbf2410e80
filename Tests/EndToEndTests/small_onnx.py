"""An ONNX model of a few bytes that fails on some inputs, written without the ONNX package.

- Source: the ONNX project's `onnx.proto`, for the numbers of the fields.
"""

from __future__ import annotations

import struct

FLOAT, INT64 = 1, 7


def failing_model(columns: int, input_name: str = "input") -> bytes:
    """Looks each value up in a table of two: 0 and 1 are answered as they are, 2 and more make the run fail."""
    cast_to_integer = field(5, field(1, b"to") + number(3, INT64) + number(20, 2))
    table = number(1, 2) + number(2, FLOAT) + field(8, b"table") + field(9, struct.pack("<2f", 0, 1))
    graph = (
        field(1, field(1, input_name.encode()) + field(2, b"index") + field(4, b"Cast") + cast_to_integer)
        + field(1, field(1, b"table") + field(1, b"index") + field(2, b"output") + field(4, b"Gather"))
        + field(2, b"failing")
        + field(5, table)
        + field(11, tensor_info(input_name, columns))
        + field(12, tensor_info("output", columns))
    )
    return number(1, 8) + field(7, graph) + field(8, number(2, 13))


def tensor_info(name: str, columns: int) -> bytes:
    """A float matrix with any number of rows."""
    shape = field(1, field(2, b"rows")) + field(1, number(1, columns))
    return field(1, name.encode()) + field(2, field(1, number(1, FLOAT) + field(2, shape)))


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
