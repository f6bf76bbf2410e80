"""Assays through the Python SDK, with its own names and with Wallaroo's, against the real server."""

from __future__ import annotations

import math
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

import numpy as np
import pytest
from harness import Api, until
from monitored import echo
from scipy.stats import ks_2samp, kstwobign

import roost
from roost.assay_config import BinMode, Metric

Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

SVG = "{http://www.w3.org/2000/svg}svg"
WINDOW = 5
#: More rows would be too large for the log.
ROWS = 400


@dataclass
class Traffic:
    """A pipeline that answers with its input of two values, a baseline of its log, and two windows after it.

    In the second window, the first value drifts and the second one does not.
    """

    pipeline: roost.Pipeline
    #: The window of the baseline, and when the first window begins.
    start: datetime
    end: datetime
    first: datetime
    #: The rows of each.
    baseline: Numbers
    steady: Numbers
    drifted: Numbers

    @property
    def last(self) -> datetime:
        """When the second window ends."""
        return self.first + timedelta(seconds=2 * WINDOW)

    @property
    def log(self) -> dict[str, datetime]:
        """The baseline of an assay."""
        return {"start": self.start, "end": self.end}

    def builder(self, client: roost.Client, name: str, iopath: str = "output y 0") -> roost.AssayBuilder:
        """Returns a builder of an assay on both windows."""
        builder = client.build_assay(
            assay_name=name,
            pipeline=self.pipeline,
            iopath=iopath,
            baseline_start=self.start,
            baseline_end=self.end,
        )
        builder.window_builder().add_width(seconds=WINDOW).add_start(self.first)
        return builder.add_run_until(self.last)


def rows(seed: int, count: int) -> Numbers:
    """Returns numbers between 0 and 1 that the model returns unchanged."""
    return np.random.default_rng(seed).random((count, 2)).astype(np.float32).astype(np.float64)


def drifting(seed: int, count: int) -> Numbers:
    """Returns such rows, of which the first value is at least a half."""
    return (rows(seed, count) * [0.5, 1] + [0.5, 0]).astype(np.float32).astype(np.float64)


def psi(edges: Numbers, before: Numbers, after: Numbers) -> float:
    """The population stability index, with shares of at least 0.0001, of bins that are closed above."""
    p, q = (np.maximum(shares(edges, values), 1e-4) for values in (before, after))
    return float(((q - p) * np.log(q / p)).sum())


def shares(edges: Numbers, values: Numbers) -> Numbers:
    counts = np.bincount(np.digitize(values, edges, right=True), minlength=len(edges) + 1)
    return counts / len(values)


def quantiles(values: Numbers, count: int) -> Numbers:
    return np.quantile(values, np.arange(1, count) / count)


def is_well_formed(picture: str) -> bool:
    return ElementTree.fromstring(picture).tag == SVG


@pytest.fixture(scope="module")
def client(api: Api, server: str) -> roost.Client:
    api.upload("assay-echo", echo(2))
    return roost.Client(server)


@pytest.fixture(scope="module")
def traffic(client: roost.Client) -> Traffic:
    pipeline = client.build_pipeline("assays-sdk").add_model_step(client.model_by_name("assay-echo")).deploy()
    baseline, steady, drifted = rows(1, 1000), rows(2, ROWS), drifting(3, ROWS)
    start = datetime.now(timezone.utc)
    for part in np.array_split(baseline, 3):
        pipeline.infer({"x": part})
    # The log has whole milliseconds.
    time.sleep(0.01)
    end = datetime.now(timezone.utc)
    first = math.ceil(time.time() / WINDOW) * WINDOW
    for number, batch in enumerate((steady, drifted)):
        until(lambda number=number: time.time() >= first + number * WINDOW, "the window begins")  # type: ignore[misc]
        pipeline.infer({"x": batch})
        assert time.time() < first + (number + 1) * WINDOW, "The machine is too slow for the windows of this test."
    return Traffic(pipeline, start, end, datetime.fromtimestamp(first, timezone.utc), baseline, steady, drifted)


@pytest.fixture
def name(client: roost.Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an assay that is deleted after the test."""
    name = request.node.name.replace("_", "-")[:60]
    yield name
    for assay in client.assays():
        if assay.name() == name:
            assay.delete()


# The SDK's own names


def test_sdk_preview_finds_the_drift(client: roost.Client, traffic: Traffic) -> None:
    preview = client.preview_assay(
        traffic.pipeline,
        roost.outputs[0][0],
        timedelta(seconds=WINDOW),
        baseline=traffic.log,
        start=traffic.first,
        end=traffic.last,
        alerts=1,
        out_of=1,
    )
    before = traffic.baseline[:, 0]
    assert (preview.baseline.count, preview.baseline.missing) == (1000, 0)
    assert preview.baseline.std == pytest.approx(before.std(), rel=1e-6)
    assert [(result.start, result.status) for result in preview.results] == [
        (traffic.first, "ok"),
        (traffic.first + timedelta(seconds=WINDOW), "alert"),
    ]
    for result, after in zip(preview.results, (traffic.steady[:, 0], traffic.drifted[:, 0]), strict=True):
        assert result.score == pytest.approx(psi(quantiles(before, 10), before, after), rel=1e-6)
        assert (result.window.count, result.window.missing) == (ROWS, 0)
        assert result.window.mean == pytest.approx(after.mean(), rel=1e-6)
        assert [each.window_share for each in result.bins] == pytest.approx(shares(quantiles(before, 10), after))
        assert is_well_formed(result.chart().svg)
    assert preview.alerts == [traffic.last]
    assert is_well_formed(preview.results.chart_scores().svg)
    frame = preview.to_dataframe()
    assert list(frame["workspace_name"]) == ["default"] * 2
    assert list(frame["iopath"]) == ["outputs[0][0]"] * 2
    assert client.assays(traffic.pipeline) == []


def test_sdk_statistics_and_baselines(client: roost.Client, traffic: Traffic) -> None:
    before, after = traffic.baseline[:, 0], traffic.drifted[:, 0]
    found = client.preview_assay(
        traffic.pipeline.name(),
        roost.inputs["x"][0],
        f"{WINDOW}s",
        baseline=before,
        statistic="ks",
        start=traffic.first,
        end=traffic.last,
    )
    expected = ks_2samp(before, after).statistic
    assert found.results[1].score == pytest.approx(expected, abs=1e-9)
    size = 1000 * ROWS / (1000 + ROWS)
    assert found.results[1].p_value == pytest.approx(kstwobign.sf(math.sqrt(size) * expected), rel=1e-3, abs=1e-12)

    edges = [0.25, 0.5, 0.75]
    found = client.preview_assay(
        traffic.pipeline,
        "inputs.x[0]",
        f"{WINDOW}s",
        baseline={"values": before.tolist()},
        bins=edges,
        start=traffic.first,
        end=traffic.last,
    )
    assert [each.upper for each in found.results[1].bins] == [*edges, None]
    assert found.results[1].score == pytest.approx(psi(np.array(edges), before, after), rel=1e-6)

    found = client.preview_assay(
        traffic.pipeline, "errors", f"{WINDOW}s", baseline=[0.0] * 300, alert=0.5, start=traffic.first, end=traffic.last
    )
    # One value for each inference, and not for each row.
    assert [(result.status, result.window.count) for result in found.results] == [("not_enough_data", 1)] * 2


def test_sdk_assay_is_added_changed_and_deleted(client: roost.Client, traffic: Traffic, name: str) -> None:
    values = traffic.baseline[:, 1]
    assay = client.add_assay(name, traffic.pipeline, roost.outputs[0][1], "1h", baseline=values, paused=True)
    assert (assay.name(), assay.pipeline(), assay.metric()) == (name, "assays-sdk", "outputs[0][1]")
    assert (assay.level, assay.last, assay.next_end()) == ("not_enough_data", None, None)
    assert assay.baseline.mean == pytest.approx(values.mean())
    assert "baseline" not in assay.definition
    assert assay.results() == []
    created = assay.created_at()

    assert assay.resume().next_end() is not None
    assert assay.pause().next_end() is None
    assert assay.set_alert_threshold(0.5).definition["alert"] == 0.5
    assert assay.set_warning_threshold(0.25).definition["warn"] == 0.25
    # Without a baseline, the one that it has stays.
    again = client.add_assay(name, "assays-sdk", "outputs[0][1]", "2h", alert=0.5)
    assert (again.definition["window"], again.baseline.count, again.created_at()) == ("2h", 1000, created)
    assert assay.refresh().raw == again.raw
    assert [each.name() for each in client.assays("assays-sdk")] == [name]
    assert name in client.list_assays()._repr_html_()
    assert f"<td>{name}</td>" in assay._repr_html_()

    assay.delete()
    with pytest.raises(roost.EntityNotFoundError):
        client.assay(name)


def test_sdk_assay_that_is_not_possible(client: roost.Client, traffic: Traffic, name: str) -> None:
    for metric, more, field in (
        ("outputs[3][0]", {}, "metric"),
        ("outputs[0][0]", {"baseline": [1.0, 2.0]}, "baseline"),
        ("outputs[0][0]", {"warn": 0.5, "alert": 0.1}, "warn"),
        ("outputs[0][0]", {"bins": [2, 1]}, "bins.edges"),
        ("outputs[0][0]", {"bins": 1}, "bins.count"),
        ("outputs[0][0]", {"window": "0s"}, "window"),
    ):
        given: dict[str, Any] = {"window": "1h", "baseline": traffic.log, **more}
        with pytest.raises(roost.APIError) as refused:
            client.add_assay(name, traffic.pipeline, metric, **given)
        assert (refused.value.status, refused.value.field) == (400, field), refused.value.message
    with pytest.raises(roost.APIError, match="needs a 'baseline'"):
        client.add_assay(name, traffic.pipeline, "outputs[0][0]", "1h")
    with pytest.raises(roost.EntityNotFoundError):
        client.add_assay(name, "no-such-pipeline", "outputs[0][0]", "1h", baseline=[1.0] * 300)
    assert name not in [assay.name() for assay in client.assays()]


# Wallaroo's names


def test_sdk_interactive_run(client: roost.Client, traffic: Traffic) -> None:
    builder = traffic.builder(client, "interactive")
    before, after = traffic.baseline[:, 0], (traffic.steady[:, 0], traffic.drifted[:, 0])
    results = builder.build().interactive_run()
    edges = quantiles(before, 5)
    assert [result.score for result in results] == pytest.approx([psi(edges, before, each) for each in after], rel=1e-6)
    assert [result.status for result in results] == ["ok", "alert"]
    assert list(results.to_dataframe()["alert_threshold"]) == [0.25] * 2
    assert is_well_formed(results.chart_iopaths(labels=["first"], selected_labels=["first"]).svg)

    compared = results[1].compare_bins()
    assert list(compared["w_edges"][:-1]) == pytest.approx(edges, rel=1e-6)
    assert compared["b_aggregated_values"].sum() == pytest.approx(1)
    assert list(compared["diff_in_pcts"]) == pytest.approx(shares(edges, after[1]) - shares(edges, before))
    statistics = results[1].compare_basic_stats()
    assert statistics.loc["median", "diff"] == pytest.approx(np.median(after[1]) - np.median(before), rel=1e-5)
    assert statistics.loc["count", "Baseline"] == 1000

    # Bins of the same width between the smallest and the largest value.
    builder.summarizer_builder.add_bin_mode(BinMode.EQUAL).add_num_bins(4).add_metric(Metric.MAXDIFF)
    edges = np.linspace(before.min(), before.max(), 5)[1:-1]
    differences = np.abs(shares(edges, after[1]) - shares(edges, before))
    assert builder.build().interactive_run()[1].score == pytest.approx(differences.max(), rel=1e-6)
    builder.summarizer_builder.add_metric(Metric.SUMDIFF)
    assert builder.build().interactive_run()[1].score == pytest.approx(differences.sum(), rel=1e-6)


def test_sdk_runs_begin_after_the_baseline(client: roost.Client, traffic: Traffic) -> None:
    builder = client.build_assay(
        assay_name="after",
        pipeline=traffic.pipeline,
        iopath="output y 0",
        baseline_start=traffic.start,
        baseline_end=traffic.end,
    )
    builder.window_builder().add_width(seconds=WINDOW)
    results = builder.add_run_until(traffic.last).build().interactive_run()
    assert [result.start for result in results][-2:] == [traffic.first, traffic.first + timedelta(seconds=WINDOW)]
    assert all(result.start >= traffic.end for result in results)


def test_sdk_baseline_of_the_log(client: roost.Client, traffic: Traffic) -> None:
    for iopath, column in (("output y 0", 0), ("input x 1", 1)):
        builder = traffic.builder(client, "baseline", iopath)
        frame = builder.baseline_dataframe()
        assert list(frame[iopath.replace(" ", "_")]) == pytest.approx(traffic.baseline[:, column], rel=1e-6)
        assert frame["id"].nunique() == 3
        assert frame["time"].is_monotonic_increasing
        for chart in (builder.baseline_histogram(), builder.baseline_kde(), builder.baseline_ecdf()):
            assert is_well_formed(chart.svg)
    result = traffic.builder(client, "baseline").build().interactive_baseline_run()
    assert (result.status, result.score, result.window.count) == ("baseline_run", None, 1000)
    assert [each.baseline for each in result.bins] == [each.window for each in result.bins] == [200] * 5


def test_sdk_input_run_looks_at_every_value(client: roost.Client, traffic: Traffic) -> None:
    labels = ["drifting", "steady"]
    results = traffic.builder(client, "inputs").build().interactive_input_run(traffic.pipeline.logs(limit=1), labels)
    assert [(result.metric, result.label, result.status) for result in results] == [
        ("inputs.x[0]", "drifting", "ok"),
        ("inputs.x[0]", "drifting", "alert"),
        ("inputs.x[1]", "steady", "ok"),
        ("inputs.x[1]", "steady", "ok"),
    ]
    assert is_well_formed(results.chart_iopaths(selected_labels=["steady"]).svg)


def test_sdk_uploaded_assay_alerts(client: roost.Client, traffic: Traffic, name: str) -> None:
    builder = client.build_assay(
        assay_name=name, pipeline=traffic.pipeline, iopath="input x 0", baseline_data=traffic.baseline[:, 0]
    )
    builder.window_builder().add_width(seconds=2)
    assert client.upload_assay(builder.build()) == name
    seeds = iter(range(10, 100_000))

    def send_and_look() -> Any:
        traffic.pipeline.infer({"x": drifting(next(seeds), 300)})
        assay = client.assay(name)
        return assay if assay.level == "alert" else None

    # At least two windows with an alert.
    assay = until(send_and_look, "the assay alerts", 60)
    results = client.get_assay_results(name)
    assert [result.end for result in results] == sorted(result.end for result in results)
    assert sum(result.status == "alert" for result in results) >= 2
    assert client.get_assay_results(assay, start=results[0].end, end=results[-1].end)[0].end == results[0].end
    assert assay.last is not None
    assert {result.alert_threshold for result in results} == {0.25}
    (event, *_) = client.events(subject=f"assay:{name}")
    assert (event.kind, event.subject) == ("assay.alert", name)
    assert f"Assay '{name}'" in event.message

    assert assay.turn_off().next_end() is None
    assert assay.set_alert_threshold(2).definition["warn"] == 2
    assert assay.baseline.count == 1000
    assert assay.turn_on().next_end() is not None


def test_sdk_paths_that_do_not_exist(client: roost.Client, traffic: Traffic) -> None:
    with pytest.raises(roost.InvalidInputError, match=r"no output 'z'\. Expected one of: y"):
        traffic.builder(client, "path", "output z 0").build()
    with pytest.raises(roost.APIError, match=r"outputs\[0\]\[2\]") as refused:
        traffic.builder(client, "path", "output y 2").build().interactive_run()
    assert refused.value.field == "metric"
    with pytest.raises(roost.InvalidInputError, match="Leave out `add_start`"):
        traffic.builder(client, "path").upload()
