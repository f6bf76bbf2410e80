"""The quality of models, compared with scikit-learn, and the labels behind it."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import numpy as np
import pytest
from aws import client as aws_client
from harness import Api, Server, answered, refused
from monitored import complement, echo, exported, infer, labels, outputs, quality, send_labels, split
from scipy import stats
from sklearn import metrics


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("echo", echo())
    api.upload("complement", complement())
    api.upload("three", echo(3))
    api.upload("iris-words", "iris-strings.onnx")
    return api


def close(found: dict[str, float], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == pytest.approx(float(value), rel=1e-9, abs=1e-12), name


def binary(truth: list[int], scores: list[float], threshold: float) -> dict[str, Any]:
    said = [int(score >= threshold) for score in scores]
    return {
        "accuracy": metrics.accuracy_score(truth, said),
        "precision": metrics.precision_score(truth, said),
        "recall": metrics.recall_score(truth, said),
        "f1": metrics.f1_score(truth, said),
        "roc_auc": metrics.roc_auc_score(truth, scores),
        "log_loss": metrics.log_loss(truth, np.array(scores, dtype=np.float64)),
        "outcome_mean": np.mean(truth),
        "score_outcome_correlation": stats.pearsonr(scores, truth).statistic,
        "score_outcome_rank_correlation": stats.spearmanr(scores, truth).statistic,
    }


def test_two_classes_by_slice_and_over_time(client: Api) -> None:
    settings = {"type": "class", "threshold": 0.4}
    client.serve("binary", [split(("echo", 1), ("complement", 1))], labels=settings)
    dice = random.Random(1)
    truth: dict[str, int] = {}
    for index in range(240):
        sent = [[dice.random() * 0.98 + 0.01] for _ in range(index % 3 + 1)]
        client.infer("binary", {"x": sent}, headers={"X-Roost-Inference-Id": f"i{index}"})
    entries = exported(client, "binary")
    records = []
    for entry in entries[:200]:
        truths = [int(dice.random() < value) for value in outputs(entry)]
        truth |= {f"{entry['id']}/{row}": value for row, value in enumerate(truths)}
        records.append({"id": entry["id"], "label": truths})
    labels(client, "binary", records)
    found = quality(client, "binary", worst=5)
    assert (found["task"], found["threshold"]) == ("binary", 0.4)
    rows = [
        (entry, row, value, truth[f"{entry['id']}/{row}"])
        for entry in entries[:200]
        for row, value in enumerate(outputs(entry))
    ]
    assert found["counts"]["inferences"] == 240
    assert found["counts"]["labeled_rows"] == len(rows)
    assert found["counts"]["rows"] == sum(len(outputs(entry)) for entry in entries)
    groups = {group["variant"]: group for group in found["groups"]}
    for name in ("echo", "complement"):
        mine = [row for row in rows if row[0]["variant"] == name]
        assert groups[name]["labeled_rows"] == len(mine)
        close(groups[name]["metrics"], binary([row[3] for row in mine], [row[2] for row in mine], 0.4))

    wrong = [(abs(value - label), entry, row) for entry, row, value, label in rows if (value >= 0.4) != bool(label)]
    worst = sorted(wrong, key=lambda found: -found[0])[:5]
    assert [(each["id"], each["row"]) for each in found["mistakes"]] == [(entry["id"], row) for _, entry, row in worst]
    assert [each["loss"] for each in found["mistakes"]] == pytest.approx([loss for loss, _, _ in worst])

    sliced = quality(client, "binary", by="inputs.x", bins=4, worst=0)
    assert sum(group["rows"] for group in sliced["groups"]) == found["counts"]["rows"]
    inputs = [row[0] for entry in entries for row in entry["original_data"]["x"]]
    edges = np.quantile(np.array(inputs, dtype=np.float64), [0, 0.25, 0.5, 0.75, 1])
    for index in range(4):
        inside = [value for value in inputs if edges[index] <= value and (value < edges[index + 1] or index == 3)]
        group = [each for each in sliced["groups"] if each["slice"].startswith(f"[{edges[index]:.6g},")]
        assert sum(each["rows"] for each in group) == len(inside)

    timed = quality(client, "binary", every=1, worst=0)
    for group in timed["groups"]:
        assert group["period"].endswith(".000000Z")
    assert sum(group["labeled_rows"] for group in timed["groups"]) == len(rows)
    one = quality(client, "binary", model="echo", end=str(entries[100]["time"]))
    expected = [entry for entry in entries if entry["time"] < entries[100]["time"] and entry["model_name"] == "echo"]
    assert one["counts"]["inferences"] == len(expected)


def test_several_classes_by_score(client: Api) -> None:
    client.serve("scores", ["three"], labels={"type": "class"})
    dice = random.Random(2)
    # Probabilities that FP32 holds exactly.
    parts = [(first := dice.randint(1, 30), dice.randint(1, 31 - first)) for _ in range(150)]
    scores = [[first / 32, second / 32, (32 - first - second) / 32] for first, second in parts]
    truth = [dice.choice([int(np.argmax(row)), dice.randrange(3)]) for row in scores]
    for index, row in enumerate(scores):
        infer(client, "scores", f"i{index}", row)
    labels(client, "scores", {f"i{index}": label for index, label in enumerate(truth)})
    found = quality(client, "scores")
    said = [int(np.argmax(row)) for row in scores]
    assert found["task"] == "multiclass"
    (group,) = found["groups"]
    close(
        group["metrics"],
        {
            "accuracy": metrics.accuracy_score(truth, said),
            "macro_f1": metrics.f1_score(truth, said, average="macro"),
            "weighted_f1": metrics.f1_score(truth, said, average="weighted"),
            "log_loss": -sum(math.log(row[label]) for row, label in zip(scores, truth, strict=True)) / len(truth),
        },
    )
    losses = sorted(1 - row[label] for row, label, guess in zip(scores, truth, said, strict=True) if label != guess)
    assert [each["loss"] for each in found["mistakes"]] == pytest.approx(losses[::-1][:10], rel=1e-6)


def test_classes_that_are_texts(client: Api) -> None:
    client.serve("words", ["iris-words"], labels={"type": "class"})
    dice = random.Random(3)
    ids = [f"i{index}" for index in range(60)]
    for id in ids:
        row = [dice.uniform(4, 8), dice.uniform(2, 4.5), dice.uniform(1, 7), dice.uniform(0, 2.5)]
        client.infer("words", {"float_input": [row]}, headers={"X-Roost-Inference-Id": id})
    said = [outputs(entry)[0] for entry in exported(client, "words")]
    classes = sorted(set(said))
    assert all(isinstance(each, str) for each in classes)
    truth = [each if dice.random() < 0.7 else dice.choice(classes) for each in said]
    labels(client, "words", dict(zip(ids, truth, strict=True)))
    (group,) = quality(client, "words")["groups"]
    close(
        group["metrics"],
        {
            "accuracy": metrics.accuracy_score(truth, said),
            "macro_f1": metrics.f1_score(truth, said, average="macro"),
            "weighted_f1": metrics.f1_score(truth, said, average="weighted"),
        },
    )
    # A number cannot be compared with a text.
    labels(client, "words", {"i0": 1})
    assert quality(client, "words")["counts"]["wrong_type"] == 1


def test_numbers(client: Api) -> None:
    client.serve("amounts", ["echo"], labels={"type": "number"})
    dice = random.Random(4)
    values = [float(np.float32(dice.gauss(10, 5))) for _ in range(120)]
    truth = [value + dice.gauss(0, 1) for value in values]
    for index, value in enumerate(values):
        infer(client, "amounts", f"i{index}", [value])
    labels(client, "amounts", {f"i{index}": value for index, value in enumerate(truth)})
    found = quality(client, "amounts", worst=3)
    assert found["task"] == "regression"
    close(
        found["groups"][0]["metrics"],
        {
            "rmse": metrics.root_mean_squared_error(truth, values),
            "mae": metrics.mean_absolute_error(truth, values),
            "r2": metrics.r2_score(truth, values),
            "outcome_mean": np.mean(truth),
            "score_outcome_correlation": stats.pearsonr(values, truth).statistic,
            "score_outcome_rank_correlation": stats.spearmanr(values, truth).statistic,
        },
    )
    losses = sorted((abs(value - label) for value, label in zip(values, truth, strict=True)), reverse=True)
    assert [each["loss"] for each in found["mistakes"]] == pytest.approx(losses[:3], rel=1e-9)


def test_what_becomes_of_labels_is_counted(client: Api) -> None:
    client.serve("counted", ["echo"], labels={"type": "class", "wait_hours": 0})
    for id in ["a", "b", "b", "c"]:
        infer(client, "counted", id, [1.0])
    client.infer("counted", {"x": [[1.0], [0.0]]}, headers={"X-Roost-Inference-Id": "two"})
    records: list[dict[str, Any]] = [
        {"id": "a", "label": 0},
        {"id": "a", "label": 1},
        {"id": "b", "label": 1},
        {"id": "c", "label": "one"},
        {"id": "two", "label": [1, 0, 1]},
        {"id": "gone", "label": 1},
    ]
    labels(client, "counted", records)
    counts = quality(client, "counted")["counts"]
    expected = {"inferences": 5, "rows": 6, "labeled_rows": 3, "repeated_ids": 1, "wrong_rows": 1, "wrong_type": 1}
    assert {name: counts[name] for name in expected} == expected
    assert counts["waiting_labels"] + counts["dropped_labels"] == 1
    # Of two labels of an inference, the last counts.
    (group,) = quality(client, "counted")["groups"]
    assert group["metrics"]["accuracy"] == 1
    labels(client, "counted", [{"id": "two", "row": 1, "label": 0}, {"id": "two", "row": 0, "label": 0}])
    assert quality(client, "counted")["counts"]["wrong_rows"] == 0
    summary = answered(client.get("/v1/pipelines/counted/ground-truth"), 200)
    assert (summary["labels"], summary["by_id"], summary["by_key"], summary["wait_hours"]) == (8, 8, 0, 0)


def test_labels_by_key_in_csv(client: Api) -> None:
    step = {"key_split": {"key": "order", "default": "echo", "models": {"never": "complement"}}}
    client.serve("orders", [step], labels={"type": "number"})
    for index in range(6):
        infer(client, "orders", f"i{index}", [float(index)], order=f"o{index // 2}")
    body = 'key:order,label\r\no0,1\r\n"o1",2\r\n\r\n'
    assert answered(send_labels(client, "orders", body, "text/csv"), 200) == {"accepted": 2}
    counts = quality(client, "orders")["counts"]
    assert (counts["labeled_rows"], counts["waiting_labels"]) == (4, 0)
    assert answered(client.get("/v1/pipelines/orders/ground-truth"), 200)["by_key"] == 2


def test_labels_from_objects_in_the_format_of_sagemaker(running_server: Server, client: Api) -> None:
    client.serve("judged", ["echo"], labels={"type": "class"})
    for index in range(4):
        infer(client, "judged", f"i{index}", [index / 3])
    s3 = aws_client("s3", running_server.url)
    s3.create_bucket(Bucket="monitored-truth")

    def record(id: str, data: str, encoding: str = "CSV") -> str:
        return json.dumps(
            {
                "groundTruthData": {"data": data, "encoding": encoding},
                "eventMetadata": {"eventId": id},
                "eventVersion": "0",
            }
        )

    s3.put_object(
        Bucket="monitored-truth", Key="a/00/one.jsonl", Body=record("i0", "0") + "\n" + record("i1", "[1]", "JSON")
    )
    s3.put_object(Bucket="monitored-truth", Key="a/01/two.jsonl", Body=record("i2", "1"))
    s3.put_object(Bucket="monitored-truth", Key="a/01/empty.jsonl", Body=b"")
    s3.put_object(Bucket="monitored-truth", Key="b/three.csv", Body="id,label\ni3,1\n")
    for prefix, count in [("a/", 3), ("b/three.csv", 1)]:
        answer = client.post("/v1/pipelines/judged/ground-truth", json={"s3_uri": f"s3://monitored-truth/{prefix}"})
        assert answered(answer, 200) == {"accepted": count}
    assert quality(client, "judged")["counts"]["labeled_rows"] == 4
    s3.put_object(Bucket="monitored-truth", Key="c/bad.jsonl", Body=record("i0", "0") + "\nnoise\n")
    answer = client.post("/v1/pipelines/judged/ground-truth", json={"s3_uri": "s3://monitored-truth/c"})
    refused(answer, 400, "s3_uri", "Object 'c/bad.jsonl': Line 2: ")
    assert answered(client.get("/v1/pipelines/judged/ground-truth"), 200)["labels"] == 4


def test_nothing_is_taken_if_one_label_is_wrong(client: Api) -> None:
    client.serve("strict", ["echo"], labels={"type": "number"})
    for body, kind, part in [
        ('{"id":"a","label":1}\n{"id":"b","label":"x"}', "application/x-ndjson", "Line 2: the label must be a number"),
        ('[{"id":"a","label":1},{"id":"b"}]', "application/json", "Label 2: the label has no 'label'"),
        ("id,label\na,1\nb,x\n", "text/csv", "The label in line 3 must be a number, not the string 'x'"),
    ]:
        refused(send_labels(client, "strict", body, kind), 400, "labels", part)
    assert answered(client.get("/v1/pipelines/strict/ground-truth"), 200)["labels"] == 0
    refused(send_labels(client, "nope", '{"id":"a","label":1}'), 404, "pipeline")


def test_a_question_that_does_not_fit_is_refused(client: Api) -> None:
    client.serve("asked", ["echo"])
    empty = quality(client, "asked")
    assert (empty["groups"], empty.get("task")) == ([], None)
    assert empty["notes"] == ["Not enough data: no inference of this window has a label."]
    infer(client, "asked", "a", [1.0])
    for query, field in [
        ({"by": "label"}, "by"),
        ({"by": "outputs[3]"}, "by"),
        ({"by": "inputs.x > label"}, "by"),
        ({"by": "inputs.x >"}, "by"),
        ({"bins": "1"}, "bins"),
        ({"every": "0"}, "every"),
        ({"every": "9" * 30}, "every"),
        ({"worst": "1001"}, "worst"),
        ({"start": "x"}, "start"),
        ({"start": "2", "end": "1"}, "start"),
    ]:
        refused(client.get("/v1/pipelines/asked/quality", params=query), 400, field)
    refused(client.get("/v1/pipelines/nope/quality"), 404, "pipeline")
    for prediction in ("outputs[3]", "inputs.x", "outputs[0][0] > 1"):
        definition: dict[str, Any] = {
            "name": "unfit",
            "steps": [{"model": "echo"}],
            "labels": {"prediction": prediction},
        }
        refused(client.put("/v1/pipelines/unfit", json=definition), 400, "labels.prediction")
    steps = [{"model": "echo"}]
    for goal in ("outputs[9][0] > 1", "echo.outputs[0][0] > 1"):
        definition = {"name": "unfit", "steps": steps, "goal": goal}
        refused(client.put("/v1/pipelines/unfit", json=definition), 400, "goal.metric")
    definition = {"name": "unfit", "steps": steps, "guardrails": ["errors", "inputs[7][0]"]}
    refused(client.put("/v1/pipelines/unfit", json=definition), 400, "guardrails.metric")


def test_extreme_labels_do_no_harm(client: Api) -> None:
    client.serve("extreme", [split(("echo", 1), ("complement", 1))])
    for index in range(20):
        infer(client, "extreme", f"i{index}", [index / 10])
    labels(client, "extreme", {f"i{index}": [1e308, -1e308, 1e-308, 0][index % 4] for index in range(20)})
    found = quality(client, "extreme", by="outputs[0][0]", bins=2, every=1)
    assert found["task"] == "regression"
    for goal in [{"metric": "label"}, {"metric": "label", "minimum": -1e307, "maximum": 1e307}, "label > 0"]:
        answered(client.post("/v1/pipelines/extreme/reports", json={"goal": goal}), 201)
        request = {"metric": goal, "arm": "echo"}
        answered(client.post("/v1/pipelines/extreme/counterfactual", json=request), 200)
