"""Reads the values of a baseline from the log, and draws them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests

from .assay_paths import Element, flat
from .charts import BASE, Chart, Plot, Scale
from .connection import Connection, path
from .errors import InvalidInputError, ServerUnreachableError
from .logged import Time
from .times import from_epoch_ms, query_time

# The cells of a density, and the most points of a curve.
_CELLS = 400
# Squares of larger numbers may be too large.
_LARGEST = 1e100


def from_log(
    connection: Connection, pipeline: str, element: Element, start: Time | None, end: Time | None, model: str | None
) -> list[dict[str, Any]]:
    """Returns the values of an element in a window of the log, oldest first, with the entry that each is from."""
    rows = [
        {"time": from_epoch_ms(entry["time"]), "id": entry["id"], "model_name": entry["model_name"], "row": row}
        | {element.column: value}
        for entry in _entries(connection, pipeline, start, end, model)
        if entry.get("role", "champion") == "champion" and entry.get("error") is None
        for row, value in reversed(list(enumerate(_values(entry, element))))
    ]
    return rows[::-1]


def _entries(
    connection: Connection, pipeline: str, start: Time | None, end: Time | None, model: str | None
) -> Iterator[Mapping[str, Any]]:
    query = {"start": query_time(start), "end": query_time(end), "model": model}
    address = path("pipelines", pipeline, "logs", "export")
    with connection.request("GET", address, params=query, stream=True) as response:
        try:
            for line in response.iter_lines():
                yield json.loads(line)
        except requests.exceptions.RequestException as error:
            raise ServerUnreachableError(f"The connection to {connection.url} broke while reading the log.") from error


def _values(entry: Mapping[str, Any], element: Element) -> list[Any]:
    """Returns the value of an element in each row of an entry. None if the log did not keep it."""
    if element.side == "output":
        outputs = entry.get("outputs") or []
        if element.tensor >= len(outputs):
            return [None]
        ((_, tensor),) = outputs[element.tensor].items()
        count = tensor["dim"][0] if tensor["dim"] else 1
        width = math.prod(tensor["dim"][1:]) if tensor["dim"] else 1
        data = tensor["data"]
        return [data[row * width + element.index] if element.index < width else None for row in range(count)]
    data = entry.get("original_data") or {}
    # The request may have another name for the only input.
    rows = data.get(element.name, next(iter(data.values())) if len(data) == 1 else None)
    return [_value(row, element) for row in rows] if isinstance(rows, list) else [None]


def _value(row: Any, element: Element) -> Any:
    if isinstance(row, Mapping):
        return row.get(element.features[element.index]) if element.index < len(element.features) else None
    found = flat(row)
    return found[element.index] if element.index < len(found) else None


def numbers(values: Sequence[Any], is_log: bool) -> list[float]:
    """Returns the finite numbers among the values of a baseline, in ascending order.

    Raises:
        InvalidInputError: If there are none, or if one is too large, or not positive for a logarithmic scale.
    """
    found = sorted(
        float(value) for value in values if isinstance(value, (bool, int, float)) and math.isfinite(float(value))
    )
    if not found:
        raise InvalidInputError("The baseline has no numbers to chart.")
    if max(abs(found[0]), abs(found[-1])) > _LARGEST:
        raise InvalidInputError(f"The baseline has numbers beyond {_LARGEST:g}, which cannot be charted.")
    if is_log and found[0] <= 0:
        raise InvalidInputError(f"A logarithmic scale needs positive numbers, but the smallest one is {found[0]:g}.")
    return found


def histogram(found: Sequence[float], name: str, bins: int | None, is_log: bool) -> Chart:
    """Returns a histogram.

    Args:
        bins: The number of bins. Defaults to that of Sturges: 1 + log₂ n.
    """
    count = bins or 1 + math.ceil(math.log2(len(found)))
    scale = Scale.over(found, is_log=is_log)
    counts = _counted(found, scale, count)
    edges = [scale.value(index / count) for index in range(count + 1)]
    notes = [f"{low:.4g} to {high:.4g}: {height}" for low, high, height in zip(edges, edges[1:], counts, strict=False)]
    heights = Scale(0, max(counts))
    plot = Plot(f"Baseline of {name}", f"{len(found)} values in {count} bins").y_axis(heights).x_axis(scale)
    return plot.bars(counts, heights, BASE, notes, part=0, of=1).chart()


def density(found: Sequence[float], name: str, is_log: bool) -> Chart:
    """Returns a kernel density estimate with Gaussian kernels, per unit or per decade of a logarithmic scale.

    Source: the bandwidth of Silverman, *Density Estimation for Statistics and Data Analysis*, equation 3.31.
    """
    points = [math.log10(value) for value in found] if is_log else list(found)
    n = len(points)
    mean = math.fsum(points) / n
    deviation = math.sqrt(math.fsum((point - mean) ** 2 for point in points) / n)
    spread = points[min(n - 1, 3 * n // 4)] - points[n // 4]
    width = 0.9 * min(deviation, spread / 1.34 or deviation) * n**-0.2
    if not 0 < width < math.inf:
        raise InvalidInputError("All numbers of the baseline are the same, so they have no density.")
    scale = Scale(points[0] - 3 * width, points[-1] + 3 * width)
    # Counted in cells, the sum is over cells and not over values.
    cell = (scale.high - scale.low) / _CELLS
    centers = [scale.value((index + 0.5) / _CELLS) for index in range(_CELLS)]
    weights = [(center, count) for center, count in zip(centers, _counted(points, scale, _CELLS), strict=True) if count]
    width = max(width, cell)
    factor = 1 / (n * width * math.sqrt(2 * math.pi))
    curve = [
        (at, factor * math.fsum(count * math.exp(-(((at - center) / width) ** 2) / 2) for center, count in weights))
        for at in centers
    ]
    heights = Scale(0, 1.05 * max(height for _, height in curve))
    shown = Scale(10**scale.low, 10**scale.high, is_log=True) if is_log else scale
    plot = Plot(f"Density of the baseline of {name}", f"{n} values").y_axis(heights).x_axis(shown)
    return plot.curve(curve, scale, heights).chart()


def distribution(found: Sequence[float], name: str, is_log: bool) -> Chart:
    """Returns the empirical distribution function: the share of values up to each one."""
    n = len(found)
    ranks = sorted({round(index * (n - 1) / _CELLS) for index in range(_CELLS + 1)})
    steps = [(found[0], 0.0)]
    for rank in ranks:
        steps += [(found[rank], steps[-1][1]), (found[rank], (rank + 1) / n)]
    scale, heights = Scale.over(found, is_log=is_log), Scale(0, 1)
    plot = Plot(f"Distribution of the baseline of {name}", f"{n} values").y_axis(heights, percent=True).x_axis(scale)
    return plot.curve(steps, scale, heights).chart()


def _counted(values: Sequence[float], scale: Scale, count: int) -> list[int]:
    counts = [0] * count
    for value in values:
        counts[min(count - 1, int(scale.place(value) * count))] += 1
    return counts
