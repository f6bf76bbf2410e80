"""Labels of inferences, as JSON Lines in requests of a bounded size."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .connection import JSON, Connection
from .errors import InvalidInputError

#: The most labels, and about the most bytes, of one request.
MOST_LABELS = 50_000
MOST_BYTES = 8 << 20

_FIELDS = {"id", "key", "label", "row"}


def send(connection: Connection, address: str, labels: Iterable[JSON]) -> int:
    """Sends labels in as many requests as needed, and returns how many were stored.

    Labels are checked before the first request. If a later request fails, those of the earlier ones are stored; sending
    all of them again does no harm, because the last label of an inference counts.
    """
    stored = 0
    for body in list(bodies(labels)):
        response = connection.request(
            "POST", address, data=body, headers={"Content-Type": "application/x-ndjson"}, timeout=connection.timeout
        )
        stored += int(connection.json(response)["accepted"])
    return stored


def bodies(labels: Iterable[JSON]) -> Iterator[bytes]:
    """Returns labels as JSON Lines of a bounded size."""
    lines: list[bytes] = []
    size = 0
    for label in labels:
        line = json.dumps(label, allow_nan=False, separators=(",", ":")).encode()
        if lines and (len(lines) == MOST_LABELS or size + len(line) > MOST_BYTES):
            yield b"\n".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield b"\n".join(lines)


def from_any(inferences: Any, labels: Any, key: str | None) -> list[JSON]:
    """Returns labels in the server's format.

    Args:
        inferences: A DataFrame with the columns ``id`` or ``key:NAME``, ``label`` and optionally ``row``; dicts with
            the same names; or, with ``labels``, IDs, results, log entries or values of a key.
        labels: What is true of each inference, in the same order.
        key: The name of the key whose values ``inferences`` are.

    Raises:
        InvalidInputError: If the two have different lengths, or a label is missing. The message has its position.
    """
    if labels is None:
        if hasattr(inferences, "columns") and hasattr(inferences, "to_dict"):
            inferences = inferences.to_dict("records")
        if isinstance(inferences, (str, Mapping)) or not isinstance(inferences, Iterable):
            raise InvalidInputError(
                "Pass the labels as a second sequence, or a list of dicts such as [{'id': result.id, 'label': 1}], "
                "or a DataFrame with the columns 'id' (or 'key:NAME') and 'label'."
            )
        return [_from_dict(item, position) for position, item in enumerate(inferences)]
    found = [*_plain(inferences)]
    truths = [*_plain(labels)]
    if len(found) != len(truths):
        raise InvalidInputError(f"There are {len(found)} inferences, but {len(truths)} labels.")
    pairs = zip(found, truths, strict=True)
    return [one(inference, truth, None, key, position) for position, (inference, truth) in enumerate(pairs)]


def one(inference: Any, label: Any, row: int | None, key: str | None, position: int = 0) -> JSON:
    """Returns the label of one inference, given as an ID, a result, a log entry, or a value of a key."""
    target: JSON = {"id": _id(inference, position)} if key is None else {"key": {key: _scalar(inference, position)}}
    return target | {"label": _value(label, position)} | ({} if row is None else {"row": int(row)})


def _from_dict(item: Any, position: int) -> JSON:
    if not isinstance(item, Mapping):
        raise InvalidInputError(
            f"Label {position} is {item!r}. Expected a dict such as {{'id': result.id, 'label': 1}}. To label "
            "inferences, pass the labels as a second sequence."
        )
    names = {str(name) for name in item}
    keys = sorted(name for name in names if name.startswith("key:"))
    unknown = sorted(names - _FIELDS - set(keys))
    if unknown or len(keys) + ("id" in names) + ("key" in names) != 1 or "label" not in names:
        raise InvalidInputError(
            f"Label {position} has the fields {', '.join(sorted(names))}. Expected 'id' or 'key:NAME', 'label', and "
            "optionally 'row'."
        )
    row = item.get("row")
    row = None if row is None or row != row else row
    if "id" in names:
        return one(item["id"], item["label"], row, None, position)
    if keys:
        return one(item[keys[0]], item["label"], row, keys[0].removeprefix("key:"), position)
    if not isinstance(item["key"], Mapping) or len(item["key"]) != 1:
        raise InvalidInputError(f"The 'key' of label {position} must be a dict such as {{'order': 'A17'}}.")
    ((name, value),) = item["key"].items()
    return one(value, item["label"], row, str(name), position)


def _id(inference: Any, position: int) -> str:
    if isinstance(inference, (list, tuple)) and len(inference) == 1:
        # `infer` returns a list with one result.
        inference = inference[0]
    found = inference if isinstance(inference, str) else getattr(inference, "id", None)
    if not isinstance(found, str):
        raise InvalidInputError(f"Inference {position} is {inference!r}. Expected an ID, or a result, which has one.")
    return str(found)


def _plain(values: Any) -> Sequence[Any]:
    """Returns the values of a list, an array or a Series."""
    found = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(found, (str, Mapping)) or not isinstance(found, Iterable):
        raise InvalidInputError(f"Expected a sequence of inferences or labels, not {values!r}.")
    return list(found)


def _value(value: Any, position: int) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_scalar(item, position) for item in value]
    return _scalar(value, position)


def _scalar(value: Any, position: int) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise InvalidInputError(
        f"Label {position} has the value {value!r}. Expected a number, a Boolean or a string. Leave out labels that "
        "are not known yet."
    )
