"""From alarm to cause: inputs that moved, and slices in which quality fell."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import Command
from harness import Api, answered, refused
from monitored import labels, quality, stamp
from native_functions import create
from scipy import stats
from small_onnx import FLOAT, STRING, Dimensions, model, node

import roost

ROWS = 10


def applicants() -> bytes:
    """Returns a model that answers with its input `score`, and has two others."""
    column: Dimensions = ["rows", 1]
    inputs = {"score": (FLOAT, column), "age": (FLOAT, column), "country": (STRING, column)}
    return model([node("Identity", ["score"], "y")], inputs, {"y": (FLOAT, column)})


@dataclass
class Row:
    age: int | None
    country: str
    score: float
    label: int

    @property
    def is_wrong(self) -> bool:
        return (self.score >= 0.5) != bool(self.label)

    @property
    def is_weak(self) -> bool:
        return self.country == "DE" and (self.age or 0) > 40

    def is_in(self, condition: str) -> bool:
        """Whether the row is in the slice that must be found: Germans above an age near 40."""
        found = re.fullmatch(r'inputs\.country == "DE" and inputs\.age > (\d+)', condition)
        assert found is not None, condition
        assert 37 <= int(found[1]) <= 43
        return self.country == "DE" and (self.age or 0) > int(found[1])


@dataclass
class Traffic:
    start: datetime
    middle: datetime
    end: datetime
    baseline: list[Row]
    window: list[Row]
    ids: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def request(self) -> dict[str, Any]:
        baseline = {"start": stamp(self.start), "end": stamp(self.middle)}
        return {"start": stamp(self.middle), "end": stamp(self.end), "baseline": baseline}


def now() -> datetime:
    """Returns the time, in a millisecond of its own."""
    time.sleep(0.01)
    found = datetime.now(timezone.utc)
    time.sleep(0.01)
    return found


def people(seed: int, count: int, older: int, weak: float) -> list[Row]:
    """Returns rows of which 6 % are wrong, and of the weak ones another share."""
    dice = random.Random(seed)
    rows = []
    for _ in range(count):
        row = Row(dice.randint(18, 70) + older, dice.choice(["DE", "FR", "IT", "ES"]), dice.random(), 0)
        row.label = int(row.score >= 0.5)
        if dice.random() < (weak if row.is_weak else 0.06):
            row.label = 1 - row.label
        rows.append(row)
    return rows


def send(api: Api, pipeline: str, prefix: str, rows: list[Row], found: dict[str, list[Row]]) -> None:
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        id = f"{prefix}{start}"
        inputs = {name: [[getattr(row, name)] for row in part] for name in ("score", "age", "country")}
        api.infer(pipeline, inputs, headers={"X-Roost-Inference-Id": id})
        found[id] = part


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("applicants", applicants())
    return api


@pytest.fixture(scope="module")
def traffic(client: Api) -> Traffic:
    """Two windows: in the second, everybody is older, and the model is wrong about older Germans."""
    client.serve("diagnosed", ["applicants"], labels={"type": "class"})
    ids: dict[str, list[Row]] = {}
    start = now()
    baseline = people(1, 2000, 0, 0.06)
    send(client, "diagnosed", "b", baseline, ids)
    middle = now()
    window = people(2, 2000, 8, 0.4)
    send(client, "diagnosed", "w", window, ids)
    end = now()
    labels(client, "diagnosed", {id: [row.label for row in rows] for id, rows in ids.items()})
    return Traffic(start, middle, end, baseline, window, ids)


def diagnose(api: Api, pipeline: str, request: dict[str, Any]) -> Any:
    return answered(api.post(f"/v1/pipelines/{pipeline}/diagnosis", json=request), 200)


def psi(before: list[float], after: list[float]) -> float:
    edges = np.unique(np.quantile(before, np.arange(1, 10) / 10))
    shares = []
    for values in (before, after):
        counts = np.bincount(np.digitize(values, edges, right=True), minlength=len(edges) + 1)
        shares.append(np.maximum(counts / len(values), 1e-4))
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def test_the_input_that_moved_comes_first(client: Api, traffic: Traffic) -> None:
    found = diagnose(client, "diagnosed", traffic.request)
    names = [element["element"] for element in found["elements"]]
    assert names[0] == "inputs.age"
    assert set(names) == {"inputs.age", "inputs.country", "inputs.score", "outputs[0][0]"}
    assert found["compared_elements"] == 4
    assert [element["status"] in ("warning", "alert") for element in found["elements"]] == [True, False, False, False]
    (age, *others) = found["elements"]
    before, after = ([float(row.age or 0) for row in rows] for rows in (traffic.baseline, traffic.window))
    assert age["psi"] == pytest.approx(psi(before, after), abs=1e-9)
    bins = len(np.unique(np.quantile(before, np.arange(1, 10) / 10))) + 1
    assert age["noise"] == pytest.approx(stats.chi2.isf(0.01 / 4, bins - 1) * (1 / 2000 + 1 / 2000), rel=1e-9)
    assert age["window"]["mean"] == pytest.approx(np.mean(after))
    assert all(other["psi"] < other["noise"] for other in others)
    assert found["summary"][0].startswith("1 of 4 inputs and outputs moved: inputs.age (PSI ")


def test_the_slice_in_which_quality_fell_is_found_and_tested(client: Api, traffic: Traffic) -> None:
    found = diagnose(client, "diagnosed", traffic.request | {"examples": 3})
    (slice,) = found["slices"]
    assert slice["finding"] == "fell"

    def counted(rows: list[Row]) -> tuple[int, int]:
        return len(rows), sum(row.is_wrong for row in rows)

    everything = found["quality"]
    assert (everything["window"]["rows"], everything["window"]["errors"]) == counted(traffic.window)
    assert (everything["baseline"]["rows"], everything["baseline"]["errors"]) == counted(traffic.baseline)
    assert everything["searched_rows"] + everything["tested_rows"] == 2000
    assert 800 < everything["tested_rows"] < 1200
    weak = [row for row in traffic.window if row.is_in(slice["condition"])]
    assert slice["rows"] == len(weak)
    old = counted([row for row in traffic.baseline if row.is_in(slice["condition"])])
    assert (slice["baseline"]["rows"], slice["baseline"]["errors"]) == old
    tested, elsewhere = slice["tested"], slice["elsewhere"]
    assert tested["rows"] + elsewhere["rows"] == everything["tested_rows"]
    assert tested["rate"] == pytest.approx(tested["errors"] / tested["rows"])

    def p(one: Any, other: Any) -> float:
        table = [[each["errors"], each["rows"] - each["errors"]] for each in (one, other)]
        return float(stats.fisher_exact(table, alternative="greater").pvalue)

    assert slice["p_value"] == pytest.approx(p(tested, elsewhere), rel=1e-6)
    assert slice["rise_p_value"] == pytest.approx(p(tested, slice["baseline"]), rel=1e-6)
    assert everything["p_value"] == pytest.approx(p(everything["window"], everything["baseline"]), rel=1e-6)
    # The rate of the rows that were not searched is an estimate of the true one.
    assert tested["interval"]["lower"] < 0.4 < tested["interval"]["upper"]

    assert len(slice["examples"]) == 3
    for example in slice["examples"]:
        mistake = example["mistake"]
        row = traffic.ids[mistake["id"]][mistake["row"]]
        assert row.is_wrong
        assert row.is_in(slice["condition"])
        inputs = {each["element"]: each["value"] for each in example["inputs"]}
        assert inputs == {"inputs.country": "DE", "inputs.age": row.age, "inputs.score": pytest.approx(row.score)}
    losses = [example["mistake"]["loss"] for example in slice["examples"]]
    expected = sorted((abs(row.score - row.label) for row in weak if row.is_wrong), reverse=True)[:3]
    assert losses == pytest.approx(expected, rel=1e-6)


def test_the_condition_of_a_slice_is_an_expression_of_the_language(client: Api, traffic: Traffic) -> None:
    (slice,) = diagnose(client, "diagnosed", traffic.request)["slices"]
    window = {"start": stamp(traffic.middle), "end": stamp(traffic.end)}
    groups = quality(client, "diagnosed", by=slice["condition"], **window)["groups"]
    assert [group["slice"] for group in groups] == ["true", "false"]
    weak = [row for row in traffic.window if row.is_in(slice["condition"])]
    assert (groups[0]["rows"], groups[0]["labeled_rows"]) == (len(weak), slice["rows"])
    assert groups[0]["metrics"]["accuracy"] == pytest.approx(1 - sum(row.is_wrong for row in weak) / len(weak))
    # Any expression over inputs and outputs divides rows.
    sums = quality(client, "diagnosed", by="inputs.age * 2", bins=3, **window)["groups"]
    assert [group["slice"][0] for group in sums] == ["[", "[", "["]
    # As a metric.
    metric = f"{slice['condition']} and label == 1"
    client.serve("diagnosed-metric", ["applicants"], guardrails=[{"metric": metric}], labels={"type": "class"})
    definition = {"pipeline": "diagnosed", "metric": slice["condition"], "window": "1m", "every": "1s", "alert": 0.5}
    baseline = {"start": stamp(traffic.start), "end": stamp(traffic.middle)}
    answer = client.post("/v1/assays/preview", json=definition | {"baseline": baseline}, params=window)
    share = sum(row.is_in(slice["condition"]) for row in traffic.baseline) / len(traffic.baseline)
    assert answered(answer, 200)["baseline"]["mean"] == pytest.approx(share)


def test_a_slice_that_always_was_bad_is_weak(client: Api) -> None:
    client.serve("always", ["applicants"], labels={"type": "class"})
    ids: dict[str, list[Row]] = {}
    start = now()
    send(client, "always", "b", people(3, 1000, 0, 0.45), ids)
    middle = now()
    send(client, "always", "w", people(4, 1000, 0, 0.45), ids)
    labels(client, "always", {id: [row.label for row in rows] for id, rows in ids.items()})
    request = {"start": stamp(middle), "baseline": {"start": stamp(start), "end": stamp(middle)}, "examples": 0}
    found = diagnose(client, "always", request)
    assert found["slices"]
    assert {slice["finding"] for slice in found["slices"]} == {"weak"}
    assert all('inputs.country == "DE"' in slice["condition"] for slice in found["slices"])
    assert found["slices"][0]["examples"] == []
    assert found["elements"][0]["status"] == "ok"


def test_rows_without_a_value_are_a_slice(client: Api) -> None:
    client.serve("missing", ["applicants"], labels={"type": "class"})
    ids: dict[str, list[Row]] = {}
    start = now()
    send(client, "missing", "b", people(8, 1000, 0, 0.06), ids)
    middle = now()
    rows = people(9, 1000, 0, 0.06)
    for index, row in enumerate(rows):
        if index % 7 == 0:
            row.age = None
            row.label = int(row.score >= 0.5) if index % 2 else int(row.score < 0.5)
    send(client, "missing", "w", rows, ids)
    labels(client, "missing", {id: [row.label for row in rows] for id, rows in ids.items()})
    request = {"start": stamp(middle), "baseline": {"start": stamp(start), "end": stamp(middle)}}
    found = diagnose(client, "missing", request)
    assert (found["elements"][0]["element"], found["elements"][0]["status"]) == ("inputs.age", "alert")
    assert found["elements"][0]["window"]["missing"] == 143
    (slice,) = found["slices"]
    assert (slice["condition"], slice["rows"]) == ("inputs.age is missing", 143)
    # The baseline has no such rows, so nobody knows how good the model was for them.
    assert (slice["finding"], slice["baseline"]["rows"]) == ("weak", 0)
    assert slice["examples"][0]["inputs"][0] == {"element": "inputs.age", "value": None}
    groups = quality(client, "missing", by=slice["condition"], start=stamp(middle))["groups"]
    assert [group["slice"] for group in groups] == ["true", "false"]
    assert groups[0]["labeled_rows"] == 143


def test_without_labels_only_inputs_are_compared(client: Api) -> None:
    client.serve("unlabeled", ["applicants"])
    start = now()
    send(client, "unlabeled", "b", people(5, 300, 0, 0), {})
    middle = now()
    send(client, "unlabeled", "w", people(6, 300, 30, 0), {})
    request = {"start": stamp(middle), "baseline": {"start": stamp(start), "end": stamp(middle)}}
    found = diagnose(client, "unlabeled", request)
    assert found["elements"][0]["element"] == "inputs.age"
    assert (found["slices"], "quality" in found) == ([], False)
    assert found["notes"] == [
        "No inference of the window has a label that fits, so only inputs and outputs are compared."
    ]
    # Ten rows are not enough for anything.
    few = diagnose(client, "unlabeled", request | {"end": stamp(middle + timedelta(milliseconds=1))})
    assert {element["status"] for element in few["elements"]} <= {"not_enough_data"}
    # An empty log has nothing.
    client.serve("untouched", ["applicants"])
    empty = answered(client.post("/v1/pipelines/untouched/diagnosis"), 200)
    assert (empty["elements"], empty["summary"]) == ([], ["Not enough data to compare inputs and outputs."])


def test_new_values_and_identifiers(client: Api) -> None:
    client.serve("strings", ["applicants"])
    start = now()
    rows = people(7, 400, 0, 0)
    send(client, "strings", "b", rows, {})
    middle = now()
    for index, row in enumerate(rows):
        row.country = "PT" if index % 4 == 0 else row.country
    send(client, "strings", "w", rows, {})
    later = now()
    for index, row in enumerate(rows):
        row.country = f"order {index}"
    send(client, "strings", "n", rows, {})
    request = {"start": stamp(middle), "end": stamp(later), "baseline": {"start": stamp(start), "end": stamp(middle)}}
    found = diagnose(client, "strings", request)
    country = found["elements"][0]
    assert (country["element"], country["status"]) == ("inputs.country", "alert")
    assert country["new_categories"] == [{"category": "PT", "count": 100}]
    found = diagnose(client, "strings", {"start": stamp(later), "baseline": request["baseline"]})
    assert found["compared_elements"] == 3
    assert found["notes"][0] == "Not compared, because most rows have a value of their own: inputs.country."


def test_examples_have_what_a_function_was_given(client: Api) -> None:
    source = """
def handler(event, context):
    length = len(event["text"])
    return {"score": [[event["score"]]], "age": [[float(length)]], "country": [["XX"]]}
"""
    function = create(client, source)
    client.serve("with-text", [{"function": function}, "applicants"], labels={"type": "class"})
    truth = {}
    start = now()
    for index in range(200):
        text = "short" if index % 2 else "a very long text indeed"
        body = {"text": text, "score": 0.9}
        client.infer("with-text", body, headers={"X-Roost-Inference-Id": f"t{index}"})
        truth[f"t{index}"] = 1 if index % 2 or index % 4 == 0 else 0
    labels(client, "with-text", truth)
    found = diagnose(client, "with-text", {"start": stamp(start)})
    (slice,) = found["slices"]
    assert slice["condition"] == "inputs.age > 10"
    assert slice["finding"] == "weak"
    assert slice["baseline"] == {"rows": 0, "errors": 0}
    assert "rise_p_value" not in slice
    assert '"a very long text indeed"' in slice["examples"][0]["request"]


def test_requests_that_do_not_fit_are_refused(client: Api) -> None:
    client.serve("asked", ["applicants"])
    for body, field_name in [
        ({"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, "start"),
        ({"baseline": {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}}, "baseline.start"),
        ({"baseline": {"start": "2026-01-02T00:00:00Z"}}, "baseline.end"),
        ({"baseline": {"start": "2020-01-01T00:00:00Z", "end": "2200-01-01T00:00:00Z"}}, "baseline"),
        ({"tolerance": -1}, "tolerance"),
        ({"examples": 101}, "examples"),
        ({"examples": -1}, "examples"),
        ({"more": 1}, "body"),
        ({"examples": 10**30}, "body"),
        ({"start": "0001-01-01T00:00:00Z"}, "start"),
    ]:
        refused(client.post("/v1/pipelines/asked/diagnosis", json=body), 400, field_name)
    far = {"start": "1970-01-01T00:00:00Z", "end": "9999-12-31T00:00:00Z"}
    assert diagnose(client, "asked", far)["slices"] == []
    refused(client.post("/v1/pipelines/nope/diagnosis"), 404, "pipeline")


def test_the_command_and_the_sdk(client: Api, traffic: Traffic, tmp_path: Path) -> None:
    command = Command(client.url, tmp_path)
    span = ["--start", stamp(traffic.middle), "--end", stamp(traffic.end), "--baseline-start", stamp(traffic.start)]
    page = command("diagnose", "diagnosed", *span, "--examples", "2")
    assert 'Quality fell where inputs.country == "DE" and inputs.age > ' in " ".join(page.split())
    assert "inputs.age" in page
    assert command.json("diagnose", "diagnosed", *span)["slices"][0]["finding"] == "fell"
    assert "--baseline-start" in command.run("diagnose", "diagnosed", "--baseline-end", "1h").stderr

    pipeline = roost.Client(client.url).pipelines_by_name("diagnosed")[0]
    found = pipeline.diagnose(traffic.middle, traffic.end, baseline_start=traffic.start)
    assert [element.name for element in found.moved] == ["inputs.age"]
    (slice,) = found.slices
    assert slice.finding == "fell"
    assert slice.tested.rate is not None
    assert slice.tested.rate > 0.3
    assert slice.examples[0].inputs["inputs.country"] == "DE"
    groups = pipeline.quality(traffic.middle, traffic.end, by=slice.condition).groups
    assert groups[0].labeled_rows == slice.rows
    assert str(slice.condition & (roost.label == 1)) == f"{slice.condition} and label == 1"
    assert found.to_dataframe()["element"][0] == "inputs.age"
    assert found.slices_to_dataframe()["finding"].tolist() == ["fell"]
    assert "Quality fell" in repr(found)
    assert "<table>" in found._repr_html_()
    with pytest.raises(roost.InvalidInputError):
        pipeline.diagnose(baseline_end=traffic.middle)
    assert str(roost.inputs["age"].is_missing()) == "inputs.age is missing"
