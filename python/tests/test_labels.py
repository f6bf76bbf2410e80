from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from fake_server import FakeServer

import roost
from roost import labels


@pytest.fixture
def pipeline(client: roost.Client, model: roost.Model) -> roost.Pipeline:
    return client.build_pipeline("p").add_model_step(model).deploy()


def sent(server: FakeServer, address: str = "/v1/pipelines/p/ground-truth") -> list[list[dict[str, Any]]]:
    """Returns the labels of each request."""
    bodies = [body for path, body in server.sent("POST") if path == address]
    return [[json.loads(line) for line in body.splitlines()] for body in bodies]


def test_results_are_labeled_by_their_ids(pipeline: roost.Pipeline, server: FakeServer) -> None:
    result = pipeline.infer({"tensor": [[1, 2]]})[0]
    pipeline.add_label(result, 1)
    pipeline.add_label("two", [True, "x"])
    pipeline.add_label("three", 0.5, row=2)
    pipeline.add_label("anna", 1, key="session_id")
    assert sent(server) == [
        [{"id": "inference-1", "label": 1}],
        [{"id": "two", "label": [True, "x"]}],
        [{"id": "three", "label": 0.5, "row": 2}],
        [{"key": {"session_id": "anna"}, "label": 1}],
    ]
    assert server.headers[-1]["Content-Type"] == "application/x-ndjson"


def test_two_sequences_are_joined_in_order(pipeline: roost.Pipeline, server: FakeServer) -> None:
    results = [pipeline.infer({"tensor": [[1, 2]]}) for _ in range(2)]
    assert pipeline.add_labels(results, numpy.array([0, 1])) == 2
    assert pipeline.add_labels(pandas.Series(["a", "b"]), pandas.Series([1.5, 2.5])) == 2
    assert pipeline.add_labels([17, 18], ["x", "y"], key="order") == 2
    assert sent(server) == [
        [{"id": "inference-1", "label": 0}, {"id": "inference-1", "label": 1}],
        [{"id": "a", "label": 1.5}, {"id": "b", "label": 2.5}],
        [{"key": {"order": 17}, "label": "x"}, {"key": {"order": 18}, "label": "y"}],
    ]


def test_dicts_and_the_columns_of_a_dataframe_have_the_same_names(pipeline: roost.Pipeline, server: FakeServer) -> None:
    pipeline.add_labels([{"id": "a", "label": 1, "row": 3}, {"key": {"order": "A17"}, "label": "x"}])
    pipeline.add_labels(pandas.DataFrame({"id": ["a", "b"], "label": [0, 1], "row": [float("nan"), 2]}))
    pipeline.add_labels(pandas.DataFrame({"key:order": ["A17"], "label": [True]}))
    assert sent(server) == [
        [{"id": "a", "label": 1, "row": 3}, {"key": {"order": "A17"}, "label": "x"}],
        [{"id": "a", "label": 0}, {"id": "b", "label": 1, "row": 2}],
        [{"key": {"order": "A17"}, "label": True}],
    ]


def test_many_labels_are_sent_in_requests_of_a_bounded_size(
    pipeline: roost.Pipeline, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "MOST_LABELS", 3)
    assert pipeline.add_labels([f"id-{number}" for number in range(8)], range(8)) == 8
    assert [len(body) for body in sent(server)] == [3, 3, 2]
    monkeypatch.setattr(labels, "MOST_BYTES", 50)
    assert pipeline.add_labels(["a", "b"], ["x" * 30, "y" * 30]) == 2
    assert [len(body) for body in sent(server)] == [3, 3, 2, 1, 1]
    assert pipeline.add_labels([], []) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["a", "b"], [1]), "2 inferences, but 1 labels"),
        ((["a", "b"], [1, float("nan")]), "Label 1 has the value nan"),
        ((["a"], [None]), "Label 0 has the value None"),
        (([3], [1]), "Inference 0 is 3"),
        (("a", 1), "Expected a sequence"),
        (("a",), "second sequence"),
        ((["a"],), "Label 0 is 'a'"),
        (([{"id": "a"}],), "has the fields id"),
        (([{"id": "a", "key:b": 1, "label": 1}],), "Expected 'id' or 'key:NAME'"),
        (([{"id": "a", "label": 1, "weight": 2}],), "has the fields id, label, weight"),
        (([{"key": "A17", "label": 1}],), "must be a dict"),
    ],
)
def test_a_wrong_label_is_refused_before_any_is_sent(
    pipeline: roost.Pipeline, server: FakeServer, arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(roost.InvalidInputError, match=message):
        pipeline.add_labels(*arguments)
    assert sent(server) == []


def test_an_id_without_a_label_is_refused(pipeline: roost.Pipeline, tmp_path: Path) -> None:
    result = roost.InferenceResult({}, None)
    with pytest.raises(roost.InvalidInputError, match="Expected an ID"):
        pipeline.add_label(result, 1)
