from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from fake_server import FakeServer

import roost
from roost.assay_definition import definition

ANSWERS = Path(__file__).parent / "answers"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def pipeline(client: roost.Client, model: roost.Model, server: FakeServer) -> roost.Pipeline:
    server.assay_results = json.loads((ANSWERS / "assay.json").read_text())
    return client.build_pipeline("p").add_model_step(model).deploy()


@pytest.fixture
def assay(client: roost.Client) -> roost.Assay:
    window = {"start": "2026-11-01T00:00:00Z", "end": "2026-11-01T10:00:00Z"}
    return client.add_assay("drift", "p", roost.outputs[0][0], "1h", baseline=window, warn=0.1, alert=0.25)


def dots(chart: roost.Chart) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(chart.svg).iter(f"{SVG}circle"))


def texts(chart: roost.Chart) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(chart.svg).iter(f"{SVG}text")]


# The definition


def test_an_assay_is_sent_with_what_was_given(
    client: roost.Client, pipeline: roost.Pipeline, server: FakeServer
) -> None:
    client.add_assay("one", pipeline, roost.inputs["age"], "1d", baseline=[1, 2.5, None])
    client.add_assay(
        "two",
        "p",
        roost.metric("latency", budget_ms=20),
        timedelta(hours=1),
        baseline={"start": datetime(2026, 11, 1, tzinfo=timezone.utc), "end": 1793534400000},
        model="housing",
        every=timedelta(minutes=15),
        delay="1h",
        warn=0.01,
        alert=0.02,
        alerts=3,
        out_of=5,
        minimum=50,
        alpha=0.001,
        paused=True,
    )
    (first, one), (second, two) = server.sent("PUT")[-2:]
    assert (first, second) == ("/v1/assays/one", "/v1/assays/two")
    assert one == {"pipeline": "p", "metric": "inputs.age", "window": "1d", "baseline": {"values": [1, 2.5, None]}}
    assert two == {
        "pipeline": "p",
        "metric": "latency",
        "budget_ms": 20,
        "window": "3600s",
        "baseline": {"start": "2026-11-01T00:00:00.000000Z", "end": "2026-11-01T12:00:00.000000Z"},
        "model": "housing",
        "every": "900s",
        "delay": "1h",
        "warn": 0.01,
        "alert": 0.02,
        "alerts": 3,
        "out_of": 5,
        "minimum": 50,
        "alpha": 0.001,
        "paused": True,
    }


@pytest.mark.parametrize(
    ("baseline", "sent"),
    [
        ("s3://data/train.csv", {"s3_uri": "s3://data/train.csv"}),
        ({"s3_uri": "s3://data/train.csv", "column": 3}, {"s3_uri": "s3://data/train.csv", "column": "3"}),
        ({"job": "trees", "channel": "train"}, {"job": "trees", "channel": "train"}),
        ({"values": np.array([[1.5], [float("nan")]])}, {"values": [1.5, None]}),
        (np.array([1, 2], dtype="int32"), {"values": [1, 2]}),
        (pandas.Series(["a", None, "b"]), {"values": ["a", None, "b"]}),
        (pandas.Series([1, None], dtype="Int64"), {"values": [1, None]}),
        ([np.float32(0.5), True, pandas.NA], {"values": [0.5, True, None]}),
    ],
)
def test_a_baseline_has_several_forms(baseline: Any, sent: Any) -> None:
    assert definition("p", "outputs[0][0]", "1h", baseline=baseline)["baseline"] == sent


@pytest.mark.parametrize(
    ("baseline", "message"),
    [
        ([1.0, float("inf")], "Value 1 of the baseline is inf"),
        ([datetime(2026, 1, 1)], "Value 0 of the baseline is datetime"),
        (np.zeros((3, 2)), "value 0 has 2 values"),
        (pandas.DataFrame({"x": [1.0]}), "one column of a DataFrame, not DataFrame"),
        (5, "not int"),
    ],
)
def test_a_baseline_that_cannot_be_sent_is_refused(baseline: Any, message: str) -> None:
    with pytest.raises(roost.InvalidInputError, match=message):
        definition("p", "outputs[0][0]", "1h", baseline=baseline)


@pytest.mark.parametrize(
    ("bins", "sent"),
    [
        (20, {"count": 20}),
        ([0, 0.5], {"edges": [0.0, 0.5]}),
        ("categories", {"by": "categories"}),
        ({"by": "equal_width", "count": 5}, {"by": "equal_width", "count": 5}),
    ],
)
def test_bins_have_several_forms(bins: Any, sent: Any) -> None:
    assert definition("p", "outputs[0][0]", "1h", bins=bins)["bins"] == sent


def test_a_length_of_time_is_in_whole_seconds() -> None:
    with pytest.raises(roost.InvalidInputError, match="whole seconds"):
        definition("p", "outputs[0][0]", timedelta(milliseconds=1500))


def test_a_parameter_that_does_not_exist_is_refused(client: roost.Client) -> None:
    with pytest.raises(TypeError, match="thresholds"):
        client.preview_assay("p", "outputs[0][0]", "1h", thresholds=[0.1])


# Assays


def test_an_assay_has_its_parts(assay: roost.Assay, client: roost.Client) -> None:
    assert (assay.name(), assay.pipeline(), assay.metric()) == ("drift", "p", "outputs[0][0]")
    assert (assay.level, assay.baseline.count, assay.baseline.std) == ("alert", 1000, 0.25)
    assert assay.last is not None
    assert (assay.last.assay, assay.last.status) == ("drift", "alert")
    assert str(assay.next_end()) == "2022-10-19 17:52:01.298216+00:00"
    assert repr(assay) == "<Assay 'drift' of outputs[0][0] on 'p': ◆ Alert>"
    shown = assay._repr_html_()
    assert "<b>Alert.</b> 2026-11-01 13:00 UTC: alert. PSI is 0.6" in shown
    assert "<th>last result</th> <td>PSI is 0.6" in shown
    assert "<svg" in shown
    assert client.assay("drift").raw == assay.raw


def test_assays_are_listed_and_found(assay: roost.Assay, client: roost.Client, pipeline: roost.Pipeline) -> None:
    assert [each.name() for each in client.assays(pipeline)] == ["drift"]
    assert client.assays("other") == []
    assert "<td>outputs[0][0]</td>" in client.assays()._repr_html_()
    with pytest.raises(roost.EntityNotFoundError):
        client.assay("none")


def test_an_assay_is_paused_resumed_and_deleted(assay: roost.Assay, client: roost.Client, server: FakeServer) -> None:
    assert assay.pause() is assay
    assert assay.next_end() is None
    assert assay.describe()["next window ends"] == "(paused)"
    assert assay.resume().next_end() is not None
    assert assay.turn_off().definition["paused"]
    assert not assay.turn_on().definition["paused"]
    assay.delete()
    assert server.sent("DELETE")[-1][0] == "/v1/assays/drift"
    assert client.assays() == []


def test_a_threshold_is_changed_and_everything_else_stays(assay: roost.Assay, server: FakeServer) -> None:
    # Someone else has changed it meanwhile.
    server.assays["drift"]["definition"]["minimum"] = 50
    before = assay.refresh().definition
    assert assay.set_alert_threshold(0.5).definition == before | {"alert": 0.5}
    assert assay.set_warning_threshold(0.2).definition == before | {"alert": 0.5, "warn": 0.2}


def test_an_assay_without_warnings_stays_one(assay: roost.Assay) -> None:
    assay.set_warning_threshold(0.25).set_alert_threshold(0.125)
    assert (assay.definition["warn"], assay.definition["alert"]) == (0.125, 0.125)


# Results


def test_results_are_requested_newest_first(assay: roost.Assay, server: FakeServer) -> None:
    results = assay.results(start=datetime(2026, 11, 1, tzinfo=timezone.utc), end=1793534400000, limit=5)
    assert server.sent("GET")[-1][0] == (
        "/v1/assays/drift/results?start=2026-11-01T00%3A00%3A00.000000Z&end=1793534400000&limit=5"
    )
    assert [result.status for result in results] == ["alert", "not_enough_data", "ok"]
    assert [result.score is None for result in results] == [False, True, False]
    shown = results._repr_html_()
    assert "<b>outputs[0][0], 2026-11-01 13:00 UTC: alert.</b> PSI is" in shown
    assert "Not enough data</span></td>" in shown
    assert shown.count('<td class="c') == 3


def test_a_result_has_its_parts(assay: roost.Assay, server: FakeServer) -> None:
    result = assay.results()[0]
    assert (result.start, result.end) == (
        datetime(2026, 11, 1, 12, tzinfo=timezone.utc),
        datetime(2026, 11, 1, 13, tzinfo=timezone.utc),
    )
    assert (result.warning_threshold, result.alert_threshold) == (0.1, 0.25)
    assert (result.window.count, result.window.mean, result.noise, result.p_value) == (400, 0.7, 0.0397, None)
    assert [each.name for each in result.bins] == ["≤ 0.25", "(0.25, 0.5]", "(0.5, 0.75]", "> 0.75"]
    labels = [each.label for each in result.bins]
    assert labels == ["up to 0.250", "0.250 – 0.500", "0.500 – 0.750", "over 0.750"]
    assert [each.window_share for each in result.bins] == [0.05, 0.1, 0.35, 0.5]
    assert repr(result).startswith(
        "<AssayResult 'drift' outputs[0][0], 2026-11-01 12:00:00 to 2026-11-01 13:00:00: ◆ Alert. PSI is"
    )


def test_results_become_a_data_frame(assay: roost.Assay) -> None:
    frame = assay.results().to_dataframe()
    assert list(frame)[:18] == [
        "id",
        "assay_id",
        "assay_name",
        "iopath",
        "pipeline_id",
        "pipeline_name",
        "workspace_id",
        "workspace_name",
        "score",
        "start",
        "min",
        "max",
        "mean",
        "median",
        "std",
        "warning_threshold",
        "alert_threshold",
        "status",
    ]
    row = frame.iloc[0]
    assert (row["id"], row["assay_id"], row["iopath"]) == ("2026-11-01T13:00:00.000000Z", "drift", "outputs[0][0]")
    assert (row["pipeline_name"], row["workspace_id"], row["workspace_name"]) == ("p", 1, "default")
    assert (row["mean"], row["count"], row["alert_threshold"], row["status"]) == (0.7, 400, 0.25, "alert")
    assert list(frame["score"].isna()) == [False, True, False]


def test_results_outlive_their_pipeline(assay: roost.Assay, server: FakeServer) -> None:
    results = assay.results()
    server.pipelines.clear()
    frame = results.to_dataframe()
    assert frame["workspace_name"].isna().all()
    assert list(frame["count"]) == [400, 12, 400]


def test_the_basic_statistics_are_compared(assay: roost.Assay) -> None:
    frame = assay.results()[0].compare_basic_stats()
    assert list(frame) == ["Baseline", "Window", "diff", "pct_diff"]
    assert list(frame.index) == ["count", "missing", "min", "max", "mean", "median", "std", "start", "end"]
    assert frame.loc["mean", "diff"] == pytest.approx(0.2)
    assert frame.loc["count", "pct_diff"] == -60
    # The baseline's is 0.
    assert pandas.isna(frame.loc["min", "pct_diff"])
    assert frame.loc["end", "Baseline"] == datetime(2026, 11, 1, 10, tzinfo=timezone.utc)


def test_the_bins_are_compared(assay: roost.Assay) -> None:
    frame = assay.results()[0].compare_bins()
    assert list(frame["b_edges"]) == list(frame["w_edges"]) == [0.25, 0.5, 0.75, float("inf")]
    assert list(frame["b_aggregated_values"]) == [0.25] * 4
    assert list(frame["w_aggregated_values"]) == [0.05, 0.1, 0.35, 0.5]
    assert list(frame["diff_in_pcts"]) == pytest.approx([-0.2, -0.15, 0.1, 0.25])


def test_categories_are_bins(assay: roost.Assay, server: FakeServer) -> None:
    raw = server.assay_results[0]
    raw["bins"] = [{"category": "<b>\x07", "baseline": 3, "window": 0}, {"baseline": 1, "window": 0}]
    raw["new_categories"], raw["new_count"] = [{"category": "c", "count": 7}], 9
    result = assay.results()[-1]
    assert [each.name for each in result.bins] == ["<b>\x07", "other categories"]
    assert [each.window_share for each in result.bins] == [0, 0]
    edges = result.compare_bins()["b_edges"]
    assert edges[0] == "<b>\x07"
    assert pandas.isna(edges[1])
    assert (result.new_categories, result.new_count) == ([{"category": "c", "count": 7}], 9)
    assert "<b>\ufffd" in texts(result.chart())


# Charts


def test_the_scores_are_charted_with_their_thresholds(assay: roost.Assay) -> None:
    chart = assay.results().chart_scores()
    assert chart.title == "Scores of outputs[0][0]"
    # One without a score is hollow, and an alert has its shape.
    assert [dot.get("fill") for dot in dots(chart)] == ["#1f55c4", "#ffffff"]
    heights = [float(dot.get("cy") or 0) for dot in dots(chart)]
    assert heights[0] < heights[1]
    assert chart.svg.count('<path d="M5 0l5 5-5 5-5-5z"') == 1
    counts = "3 windows: 1 Alert, 1 OK, 1 Not enough data"
    assert {"▲ warning 0.1", "◆ alert 0.25", counts} <= set(texts(chart))
    assert assay.results().chart_scores("Drift").title == "Drift"


def test_a_window_is_charted_with_its_baseline(assay: roost.Assay) -> None:
    chart = assay.results()[0].chart()
    assert {"0.250", "0.750", "baseline, n 1\u202f000", "window, n 400"} <= set(texts(chart))
    assert "up to 0.250" not in texts(chart)
    bars = [
        each for each in ElementTree.fromstring(chart.svg).iter(f"{SVG}rect") if each.find(f"{SVG}title") is not None
    ]
    heights = [float(bar.get("height") or 0) for bar in bars]
    assert heights == pytest.approx([heights[0]] * 4 + [heights[0] * share for share in (0.2, 0.4, 1.4, 2)], abs=0.1)


def test_metrics_are_charted_below_each_other(assay: roost.Assay, client: roost.Client) -> None:
    other = client.add_assay("other", "p", roost.inputs["tensor"][1], "1h", baseline=[1] * 200)
    results = roost.AssayResults(client._connection, [*assay.results(), *other.results()])
    chart = results.chart_iopaths()
    assert chart.title == "Scores of outputs[0][0], inputs.tensor[1]"
    assert len(dots(chart)) == 4
    chosen = results.chart_iopaths(labels=["price", "age"], selected_labels=["age"])
    assert chosen.title == "Scores of age"
    assert len(dots(chosen)) == 2
    with pytest.raises(roost.InvalidInputError, match="2 metrics, but 1 labels"):
        results.chart_iopaths(labels=["price"])
    with pytest.raises(roost.InvalidInputError, match="no label 'size'"):
        results.chart_iopaths(selected_labels=["size"])


def test_without_results_there_is_no_chart(assay: roost.Assay, server: FakeServer) -> None:
    server.assay_results = []
    with pytest.raises(roost.InvalidInputError, match="no results"):
        assay.results().chart_scores()
    with pytest.raises(roost.InvalidInputError, match="no results"):
        assay.results().chart_iopaths()
    assert "No window has ended." in assay.results()._repr_html_()
    assert assay.results().to_dataframe().empty


def test_a_chart_is_saved(assay: roost.Assay, tmp_path: Path) -> None:
    chart = assay.results().chart_scores()
    file = chart.save(tmp_path / "scores.svg")
    assert ElementTree.fromstring(file.read_text(encoding="utf-8")).tag == f"{SVG}svg"
    assert (chart._repr_html_(), repr(chart)) == (chart.svg, "<Chart: Scores of outputs[0][0]>")


# Previews


def test_a_preview_is_requested_and_shown(client: roost.Client, server: FakeServer) -> None:
    start = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)
    preview = client.preview_assay("p", "outputs[0][0]", "1h", start=start, baseline=[1, 2], alert=0.3)
    assert server.sent("POST")[-1] == (
        "/v1/assays/preview?start=2026-11-01T10%3A00%3A00.000000Z",
        {"pipeline": "p", "metric": "outputs[0][0]", "window": "1h", "baseline": {"values": [1, 2]}, "alert": 0.3},
    )
    assert [result.status for result in preview.results] == ["ok", "not_enough_data", "alert"]
    assert [result.alert_threshold for result in preview.results] == [0.3] * 3
    assert (preview.results[0].assay, preview.baseline.count) == (None, 1000)
    assert preview.alerts == [datetime(2026, 11, 1, 13, tzinfo=timezone.utc)]
    assert "3 windows ended: 1 alert, 0 warnings, 1 without enough data. The assay would have alerted once. " in repr(
        preview
    )
    assert "The baseline has 1\u202f000 values." in repr(preview)
    assert "It would have begun to alert at: 2026-11-01 13:00 UTC." in preview._repr_html_()
    assert "<svg" in preview._repr_html_()
    assert list(preview.to_dataframe()["count"]) == [400, 12, 400]
    client.preview_assay("p", "outputs[0][0]", "1h", baseline=[1, 2])
    assert server.sent("POST")[-1][0] == "/v1/assays/preview"
