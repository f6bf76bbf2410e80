"""The values of a baseline, read from the log or given, and their charts."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pandas
import pytest
from assay_log import END, START, entry
from fake_server import FakeServer

import roost
from roost.assay_builder import AssayBuilder

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def pipeline(client: roost.Client, model: roost.Model, server: FakeServer) -> roost.Pipeline:
    # The newest first, as the server returns them.
    server.entries = [entry(9, [[1.5, 4.0]], [0.5]), entry(8, [[2.5, 8.0], [3.5, 16.0]], [2.5, None])]
    return client.build_pipeline("p").add_model_step(model).deploy()


@pytest.fixture
def builder(client: roost.Client) -> AssayBuilder:
    return client.build_assay(
        assay_name="drift", pipeline="p", iopath="output out 0", baseline_start=START, baseline_end=END
    )


def test_the_baseline_is_read_from_the_log(builder: AssayBuilder, server: FakeServer) -> None:
    server.entries += [entry(7, [[0, 0]], [9], role="challenger"), entry(6, [[0, 0]], [9], error="failed")]
    frame = builder.baseline_dataframe()
    assert server.sent("GET")[-1][0] == (
        "/v1/pipelines/p/logs/export?start=2026-11-01T00%3A00%3A00.000000Z&end=2026-11-01T10%3A00%3A00.000000Z"
    )
    assert list(frame) == ["time", "id", "model_name", "row", "output_out_0"]
    assert list(frame["id"]) == ["inference-8", "inference-8", "inference-9"]
    assert list(frame["row"]) == [0, 1, 0]
    assert list(frame["output_out_0"].dropna()) == [2.5, 0.5]
    assert list(builder.add_iopath("input tensor 1").baseline_dataframe()["input_tensor_1"]) == [8, 16, 4]


def test_values_that_the_log_did_not_keep_are_missing(builder: AssayBuilder, server: FakeServer) -> None:
    server.entries = [
        entry(3, [[5, 6]], [1]) | {"outputs": None, "original_data": None},
        entry(2, [], [1], original_data={"renamed": [[7, 8]]}),
    ]
    assert list(builder.baseline_dataframe()["output_out_0"].isna()) == [False, True]
    values = builder.add_iopath("input tensor 1").baseline_dataframe()["input_tensor_1"]
    assert [None if pandas.isna(value) else value for value in values] == [8, None]


def test_given_data_is_the_baseline(client: roost.Client) -> None:
    data = [4.0, 1.0, None]
    builder = client.build_assay(assay_name="d", pipeline="p", iopath="output out 0", baseline_data=data)
    assert list(builder.baseline_dataframe()) == ["output_out_0"]
    assert list(builder.baseline_dataframe()["output_out_0"].dropna()) == [4, 1]


def charted(client: roost.Client, data: Any) -> AssayBuilder:
    return client.build_assay(assay_name="d", pipeline="p", iopath="output out 0", baseline_data=data)


def test_a_histogram_counts_the_values(client: roost.Client) -> None:
    chart = charted(client, [1, 2, 2, 3, 9]).baseline_histogram(bins=4)
    notes = [element.text for element in ElementTree.fromstring(chart.svg).iter(f"{SVG}title")][1:]
    assert notes == ["1 to 3: 3", "3 to 5: 1", "5 to 7: 0", "7 to 9: 1"]
    logarithmic = charted(client, [1, 2, 20, 100]).baseline_histogram(bins=2, log_scale=True)
    notes = [element.text for element in ElementTree.fromstring(logarithmic.svg).iter(f"{SVG}title")][1:]
    assert notes == ["1 to 10: 2", "10 to 100: 2"]


def curve(chart: roost.Chart) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Returns the points of a curve, in a square from 0 to 1."""
    (line,) = ElementTree.fromstring(chart.svg).iter(f"{SVG}polyline")
    points = np.array([[float(part) for part in pair.split(",")] for pair in str(line.get("points")).split()])
    return np.column_stack([(points[:, 0] - 64) / (680 - 64), (236 - points[:, 1]) / (236 - 60)])


def test_a_distribution_is_the_share_up_to_each_value(client: roost.Client) -> None:
    points = curve(charted(client, [0, 1, 1, 4]).baseline_ecdf())
    assert points == pytest.approx(
        np.array([[0, 0], [0, 0], [0, 0.25], [0.25, 0.25], [0.25, 0.5], [0.25, 0.5], [0.25, 0.75], [1, 0.75], [1, 1]]),
        abs=1e-3,
    )
    assert len(curve(charted(client, list(range(10_000))).baseline_ecdf())) < 1000


def test_a_density_is_that_of_the_kernels(client: roost.Client) -> None:
    data = np.random.default_rng(7).normal(3, 2, 2000)
    points = curve(charted(client, data).baseline_kde())
    ordered = np.sort(data)
    spread = (ordered[1500] - ordered[500]) / 1.34
    width = 0.9 * min(data.std(), spread) * 2000**-0.2
    low, high = ordered[0] - 3 * width, ordered[-1] + 3 * width
    grid = low + (np.arange(400) + 0.5) / 400 * (high - low)
    kernels = np.exp(-(((grid[:, None] - data) / width) ** 2) / 2).sum(axis=1) / (2000 * width * np.sqrt(2 * np.pi))
    assert points[:, 0] == pytest.approx((grid - low) / (high - low), abs=1e-3)
    assert points[:, 1] == pytest.approx(kernels / (1.05 * kernels.max()), abs=5e-3)


@pytest.mark.parametrize("verb", ["baseline_histogram", "baseline_kde", "baseline_ecdf"])
def test_what_cannot_be_charted_is_refused(client: roost.Client, verb: str) -> None:
    with pytest.raises(roost.InvalidInputError, match="no numbers to chart"):
        getattr(charted(client, ["a", None]), verb)()
    with pytest.raises(roost.InvalidInputError, match=r"beyond 1e\+100"):
        getattr(charted(client, [1, 1e308]), verb)()
    with pytest.raises(roost.InvalidInputError, match="smallest one is -1"):
        getattr(charted(client, [1, -1]), verb)(log_scale=True)
    ElementTree.fromstring(getattr(charted(client, [1, 20, 300]), verb)(log_scale=True).svg)


def test_a_constant_has_no_density(client: roost.Client) -> None:
    with pytest.raises(roost.InvalidInputError, match="All numbers of the baseline are the same"):
        charted(client, [5] * 10).baseline_kde()
    with pytest.raises(roost.InvalidInputError, match="at least one bin"):
        charted(client, [5, 6]).baseline_histogram(bins=0)
    ElementTree.fromstring(charted(client, [5] * 10).baseline_histogram().svg)
    ElementTree.fromstring(charted(client, [5] * 10).baseline_ecdf().svg)
