"""Assays with Wallaroo's names."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from assay_log import END, START, entry
from conftest import upload
from fake_server import FakeServer

import roost
from roost.assay_builder import AssayBuilder
from roost.assay_config import Aggregation, BinMode, Metric, Window
from roost.assay_windows import FixedBaseline

ANSWERS = Path(__file__).parent / "answers"


@pytest.fixture(autouse=True)
def pipeline(client: roost.Client, model: roost.Model, server: FakeServer) -> roost.Pipeline:
    server.assay_results = json.loads((ANSWERS / "assay.json").read_text())
    return client.build_pipeline("p").add_model_step(model).deploy()


@pytest.fixture
def builder(client: roost.Client, pipeline: roost.Pipeline) -> AssayBuilder:
    return client.build_assay(
        assay_name="drift", pipeline=pipeline, iopath="output out 0", baseline_start=START, baseline_end=END
    )


def preview(server: FakeServer) -> tuple[dict[str, list[str]], Any]:
    """Returns the query and the body of the last preview."""
    address, body = server.sent("POST")[-1]
    assert urlsplit(address).path == "/v1/assays/preview"
    return parse_qs(urlsplit(address).query), body


# The definition


def test_an_assay_has_wallaroos_defaults(builder: AssayBuilder) -> None:
    config = builder.build()
    assert config.definition == {
        "pipeline": "p",
        "metric": "outputs[0][0]",
        "statistic": "psi",
        "baseline": {"start": "2026-11-01T00:00:00.000000Z", "end": "2026-11-01T10:00:00.000000Z"},
        "bins": {"by": "quantiles", "count": 5},
        "window": "86400s",
        # No score is a warning.
        "warn": 0.25,
        "alert": 0.25,
    }
    assert repr(config) == "<AssayConfig 'drift' of outputs[0][0] on 'p'>"
    assert repr(builder) == "<AssayBuilder 'drift' of 'output out 0' on 'p'>"


def test_an_assay_is_built_from_its_parts(builder: AssayBuilder, server: FakeServer) -> None:
    builder.add_name("other").add_iopath("input tensor 1").add_active(False).add_minimum(50)
    builder.add_warning_threshold(0.1).add_alert_threshold(0.2)
    builder.window_builder().add_model_name("housing").add_width(hours=4).add_interval(minutes=30)
    builder.window_builder().add_path("input tensor 1")
    builder.summarizer_builder.add_bin_mode(BinMode.EQUAL).add_num_bins(8).add_metric(Metric.MAXDIFF)
    builder.univariate_continuous_summarizer().add_aggregation(Aggregation.DENSITY)
    builder.fixed_baseline_builder().add_model_name("housing").add_end(END + timedelta(hours=1))
    assert builder.upload() == "other"
    assert server.sent("PUT")[-1] == (
        "/v1/assays/other",
        {
            "pipeline": "p",
            "metric": "inputs.tensor[1]",
            "model": "housing",
            "statistic": "max_difference",
            "baseline": {"start": "2026-11-01T00:00:00.000000Z", "end": "2026-11-01T11:00:00.000000Z"},
            "bins": {"by": "equal_width", "count": 8},
            "window": "14400s",
            "every": "1800s",
            "warn": 0.1,
            "alert": 0.2,
            "minimum": 50,
            "paused": True,
        },
    )


def test_parts_are_taken_from_other_builders(builder: AssayBuilder, client: roost.Client) -> None:
    other = client.build_assay(assay_name="o", pipeline="p", iopath="input tensor 0", baseline_data=[1] * 9)
    window = builder.window_builder().add_width(days=2).build()
    summarizer = builder.summarizer_builder.add_metric(Metric.SUMDIFF).build()
    other.add_window(window).add_summarizer(summarizer)
    definition = other.build().definition
    assert (definition["window"], definition["statistic"]) == ("172800s", "sum_of_differences")
    assert definition["baseline"] == {"values": [1] * 9}
    with pytest.raises(roost.InvalidInputError, match="either data or a window of the log"):
        other.add_baseline(FixedBaseline(START, END)).build()


@pytest.mark.parametrize("edges", [[0.25, 0.5, 0.75, 1], [0, 0.25, 0.5, 0.75, 1]])
def test_provided_edges_are_sent(builder: AssayBuilder, edges: list[float]) -> None:
    builder.summarizer_builder.add_bin_mode(BinMode.PROVIDED, edges).add_num_bins(4)
    assert builder.build().definition["bins"] == {"edges": [float(edge) for edge in edges]}


def test_edges_that_do_not_fit_are_refused(builder: AssayBuilder) -> None:
    builder.summarizer_builder.add_bin_edges([1, 2, 3])
    with pytest.raises(roost.InvalidInputError, match=r"BinMode.QUANTILE has no edges"):
        builder.build()
    builder.summarizer_builder.add_bin_mode(BinMode.PROVIDED)
    with pytest.raises(roost.InvalidInputError, match="with 5 bins takes 5 or 6 edges, not 3"):
        builder.build()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: b.add_location_filter(["a"]), "no locations"),
        (lambda b: b.fixed_baseline_builder().add_location_filter(["a"]), "no locations"),
        (lambda b: b.window_builder().add_location_filter(["a"]), "no locations"),
        (lambda b: b.window_builder().add_workspace_id(1), "Leave out `add_workspace_id`"),
        (lambda b: b.window_builder().add_path("input tensor 0"), "watch what its baseline does: 'output out 0'"),
        (lambda b: b.summarizer_builder.add_bin_weights([1] * 7), "cannot have weights"),
        (lambda b: b.summarizer_builder.add_bin_mode(BinMode.NONE), "'ks' or 'wasserstein'"),
        (lambda b: b.summarizer_builder.add_aggregation(Aggregation.CUMULATIVE), "statistic 'ks'"),
        (lambda b: b.summarizer_builder.add_aggregation(Aggregation.EDGES), "Use Aggregation.DENSITY"),
    ],
)
def test_what_the_server_does_not_have_is_refused(builder: AssayBuilder, change: Any, message: str) -> None:
    with pytest.raises(roost.InvalidInputError, match=message):
        change(builder)


@pytest.mark.parametrize("length", [{}, {"minutes": 1, "hours": 1}, {"months": 1}, {"hours": 0}, {"hours": 1.5}])
def test_a_width_is_one_positive_number(builder: AssayBuilder, length: Any) -> None:
    with pytest.raises(roost.InvalidInputError, match="`add_width` takes"):
        builder.window_builder().add_width(**length)
    with pytest.raises(roost.InvalidInputError, match="`add_interval` takes"):
        builder.window_builder().add_interval(**length)


def test_times_are_datetimes(builder: AssayBuilder) -> None:
    with pytest.raises(roost.InvalidInputError, match="must be a datetime"):
        builder.add_run_until("2026-11-01")  # type: ignore[arg-type]
    with pytest.raises(roost.InvalidInputError, match="must be a datetime"):
        builder.window_builder().add_start("2026-11-01")  # type: ignore[arg-type]


def test_a_baseline_is_needed(client: roost.Client) -> None:
    builder = client.build_assay(assay_name="drift", pipeline="p", iopath="output out 0", baseline_start=START)
    with pytest.raises(roost.InvalidInputError, match="The baseline has start"):
        builder.build()
    with pytest.raises(roost.InvalidInputError, match="The baseline has nothing"):
        client.build_assay(assay_name="drift", pipeline="p", iopath="output out 0").build()


def test_baseline_and_windows_are_of_one_model(builder: AssayBuilder) -> None:
    builder.fixed_baseline_builder().add_model_name("housing")
    builder.window_builder().add_model_name("other")
    with pytest.raises(roost.InvalidInputError, match="not of housing, other"):
        builder.build()


# Paths


def test_an_output_is_found_by_its_name_in_the_model_that_answers(
    client: roost.Client, model: roost.Model, server: FakeServer, tmp_path: Path
) -> None:
    other = upload(client, tmp_path, "other")
    for record in server.models["other"]:
        record["signature"]["outputs"].insert(0, {"name": "first one", "datatype": "FP32", "shape": [-1, 3]})
    pipeline = client.build_pipeline("split").add_model_step(model).add_random_split([(1, model), (1, other)]).deploy()

    def metric(iopath: str, model_name: str | None = None) -> Any:
        builder = client.build_assay(
            assay_name="a", pipeline=pipeline, iopath=iopath, model_name=model_name, baseline_data=[1]
        )
        return builder.build().definition["metric"]

    assert metric("output out 0") == "outputs[0][0]"
    assert metric("output out 1", "other") == "outputs[1][1]"
    assert metric("output first one 2", "other") == "outputs[0][2]"
    assert metric("input tensor 1") == "inputs.tensor[1]"
    with pytest.raises(roost.InvalidInputError, match=r"no output 'dense'\. Expected one of: out"):
        metric("output dense 0")
    with pytest.raises(
        roost.InvalidInputError, match=r"'none' does not answer in pipeline 'split'\. Expected one of: housing, other"
    ):
        metric("output out 0", "none")
    for mistaken in ("out 0", "output out", "output out x", "dense out 0", "output out -1"):
        with pytest.raises(roost.InvalidInputError, match="not a valid iopath"):
            metric(mistaken)


def test_a_pipeline_without_models_has_nothing_to_watch(client: roost.Client) -> None:
    client.build_pipeline("empty")
    with pytest.raises(roost.InvalidInputError, match="'empty' has no models"):
        client.build_assay(assay_name="a", pipeline="empty", iopath="output out 0", baseline_data=[1]).build()
    with pytest.raises(roost.EntityNotFoundError):
        client.build_assay(assay_name="a", pipeline="none", iopath="output out 0", baseline_data=[1]).build()


# Runs


def test_an_interactive_run_begins_after_the_baseline(builder: AssayBuilder, server: FakeServer) -> None:
    builder.window_builder().add_width(hours=1)
    results = builder.build().interactive_run()
    query, body = preview(server)
    # The first window that begins when the baseline ends, ends an hour later.
    assert query == {"start": ["2026-11-01T10:59:59.999999Z"]}
    assert body["window"] == "3600s"
    assert [result.status for result in results] == ["ok", "not_enough_data", "alert"]
    assert {result.assay for result in results} == {"drift"}
    assert server.assays == {}
    assert list(results.to_dataframe()["assay_name"]) == ["drift"] * 3


def test_an_interactive_run_has_the_times_that_were_given(builder: AssayBuilder, server: FakeServer) -> None:
    builder.add_run_until(END + timedelta(days=2)).window_builder().add_width(days=1).add_start(END)
    builder.build().interactive_run()
    query, _ = preview(server)
    assert query == {"start": ["2026-11-02T09:59:59.999999Z"], "end": ["2026-11-03T10:00:00.000000Z"]}


def test_a_baseline_of_data_has_no_end(client: roost.Client, server: FakeServer) -> None:
    data = np.array([[0.25], [0.5]])
    config = client.build_assay(assay_name="d", pipeline="p", iopath="output out 0", baseline_data=data).build()
    config.interactive_run()
    query, body = preview(server)
    assert (query, body["baseline"]) == ({}, {"values": [0.25, 0.5]})
    with pytest.raises(roost.InvalidInputError, match="`baseline_start`"):
        config.interactive_input_run([{"tensor": [[1, 2]]}])


def test_a_baseline_run_compares_the_baseline_with_itself(builder: AssayBuilder, server: FakeServer) -> None:
    builder.window_builder().add_interval(minutes=5)
    result = builder.build().interactive_baseline_run()
    query, _ = preview(server)
    start, end = (datetime.fromisoformat(query[name][0].replace("Z", "+00:00")) for name in ("start", "end"))
    assert end - start == timedelta(minutes=5)
    assert (result.status, result.score, result.noise) == ("baseline_run", None, None)
    assert (result.start, result.end, result.window) == (START, END, result.baseline)
    assert [each.window for each in result.bins] == [each.baseline for each in result.bins] == [250] * 4
    assert set(result.compare_bins()["diff_in_pcts"]) == {0}
    assert set(result.compare_basic_stats()["diff"].dropna()) == {0}


@pytest.mark.parametrize("kind", ["entries", "results", "dicts", "frame"])
def test_all_inputs_are_run(builder: AssayBuilder, pipeline: roost.Pipeline, server: FakeServer, kind: str) -> None:
    inferences = {
        "entries": lambda: pipeline.logs(),
        "results": lambda: pipeline.infer({"tensor": [[1, 2]]}),
        "dicts": lambda: [{"tensor": [[1.0, 2.0]]}],
        "frame": lambda: pipeline.logs().to_dataframe(),
    }
    server.entries = [entry(9, [[1.5, 4.0]], [0.5], valid=True, model_version="v", check_failures=[], elapsed=1)]
    found = inferences[kind]()
    server.requests.clear()
    results = builder.build().interactive_input_run(found, ["age", "size"])
    bodies = [body for address, body in server.sent("POST") if "/assays/preview" in address]
    assert [body["metric"] for body in bodies] == ["inputs.tensor[0]", "inputs.tensor[1]"]
    assert [(result.metric, result.label) for result in results[::3]] == [
        ("inputs.tensor[0]", "age"),
        ("inputs.tensor[1]", "size"),
    ]
    chart = results.chart_iopaths(labels=["age", "size"], selected_labels=["size"])
    assert chart.title == "Scores of size"


def test_rows_as_objects_have_features(builder: AssayBuilder, server: FakeServer) -> None:
    builder.build().interactive_input_run([{"tensor": [{"age": 1, "fixed acidity": 2}]}])
    bodies = [body for address, body in server.sent("POST") if "/assays/preview" in address]
    assert [body["metric"] for body in bodies] == ["inputs.age", 'inputs["fixed acidity"]']


def test_an_input_run_needs_an_inference_and_all_labels(builder: AssayBuilder) -> None:
    config = builder.build()
    with pytest.raises(roost.InvalidInputError, match="no inference"):
        config.interactive_input_run([])
    with pytest.raises(roost.InvalidInputError, match="Expected a log entry"):
        config.interactive_input_run([1])
    with pytest.raises(roost.InvalidInputError, match="no rows of the input 'tensor'"):
        config.interactive_input_run([{"other": [[1]], "more": [[1]]}])
    with pytest.raises(roost.InvalidInputError, match="have 2 values, but there are 1 labels"):
        config.interactive_input_run([{"tensor": [[1, 2]]}], ["age"])


def test_an_assay_is_uploaded_listed_and_read(builder: AssayBuilder, client: roost.Client, server: FakeServer) -> None:
    name = client.upload_assay(builder.build())
    assert name == "drift"
    (assay,) = client.list_assays()
    assert assay.name() == name
    results = client.get_assay_results(name, start=START, end=END)
    assert server.sent("GET")[-1][0].endswith("&limit=10000")
    assert [result.status for result in results] == ["ok", "not_enough_data", "alert"]
    assert [result.status for result in client.get_assay_results(assay)] == [result.status for result in results]
    assert assay.set_alert_threshold(0.125).definition["warn"] == 0.125
    with pytest.raises(roost.EntityNotFoundError):
        client.get_assay_results("none", START, END)


def test_an_uploaded_assay_has_no_start_and_no_end(builder: AssayBuilder, server: FakeServer) -> None:
    builder.window_builder().add_start(START)
    with pytest.raises(roost.InvalidInputError, match="Leave out `add_start`"):
        builder.upload()
    builder.add_window(Window()).add_run_until(END)
    with pytest.raises(roost.InvalidInputError, match=r"`Assay.turn_off`"):
        builder.upload()
    assert server.assays == {}
