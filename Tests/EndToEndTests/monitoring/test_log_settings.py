"""What the log keeps: sizes, rows, and fields that it must not have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_onnx
import xgboost
from endpoint_clients import AWS, tar
from harness import Api, Server, answered, refused, tensor
from monitored import complement, echo, exported, labels, outputs, report, split

#: Values that occur nowhere else.
SECRET, NUMBER = "geheim-7f3a9c", 193.571875


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("echo", echo())
    api.upload("complement", complement())
    api.upload("wide", echo(4))
    return api


def rows(count: int) -> list[list[float]]:
    return [[float(row)] for row in range(count)]


@pytest.mark.parametrize("way", ["native", "v2"])
@pytest.mark.parametrize(
    ("keep", "large", "kept"),
    [
        ("all", 20_000, 20_000),
        ({"bytes": 100}, 20_000, None),
        ({"first_rows": 3}, 5_000, 3),
        ({"sample_rows": 4}, 5_000, 4),
        ({"first_rows": 0}, 10, 0),
        ({"sample_rows": 0}, 10, 0),
        (None, 20_000, None),
    ],
)
def test_large_inferences(client: Api, way: str, keep: Any, large: int, kept: int | None) -> None:
    name = f"kept-{way}-{json.dumps(keep)}".translate(str.maketrans('{}": _', "------")).strip("-").lower()
    more: dict[str, Any] = {"log": {"keep": keep}} if keep else {}
    client.serve(name, ["echo"], **more)
    if way == "native":
        client.infer(name, {"x": rows(large)})
    else:
        client.infer_v2(name, [tensor("x", "FP32", rows(large))])
    (entry,) = exported(client, name)
    if kept is None:
        assert entry["outputs"] is None
        assert set(entry["omitted"]) == {"outputs", "original_data"}
        return
    values = outputs(entry)
    assert len(values) == kept
    if kept == large:
        assert values == [float(row) for row in range(large)]
        return
    assert entry["rows"]["total"] == large
    assert values == [float(row) for row in entry["rows"]["kept"]]
    if keep == {"first_rows": 3}:
        assert entry["rows"]["kept"] == [0, 1, 2]


def test_sampled_rows_are_the_same_for_all_models_of_a_request(client: Api) -> None:
    step = {"shadow_deploy": {"champion": "echo", "challengers": ["complement"]}}
    client.serve("sampled", [step], log={"keep": {"sample_rows": 5}}, labels={"type": "number"})
    for index in range(3):
        client.infer("sampled", {"x": rows(50)}, headers={"X-Roost-Inference-Id": f"i{index}"})
    kept: dict[str, set[tuple[int, ...]]] = {}
    for entry in exported(client, "sampled"):
        kept.setdefault(entry["id"], set()).add(tuple(entry["rows"]["kept"]))
    assert all(len(each) == 1 for each in kept.values())
    assert len({next(iter(each)) for each in kept.values()}) > 1


def hidden(data: Path) -> list[Path]:
    """Returns the files of a data folder that have a secret."""
    wanted = [SECRET.encode(), str(NUMBER).encode()]
    found = []
    for path in data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if any(each in content for each in wanted):
                found.append(path)
    return found


def test_what_is_omitted_or_masked_is_nowhere_in_the_data_folder(start_server: Callable[..., Server]) -> None:
    server = start_server()
    client = server.api
    client.upload("echo", echo())
    client.upload("complement", complement())
    for name, settings in [("omitting", {"omit": ["x", "user"]}), ("masking", {"mask": ["x", "user"]})]:
        client.serve(name, [split(("echo", 1), ("complement", 1), key="user")], log=settings, goal="outputs[0][0] > 0")
        request = {"x": [[NUMBER]], "user": SECRET}
        for _ in range(5):
            client.infer(name, request)
        client.infer_v2(name, [tensor("x", "FP32", [[NUMBER]])], parameters={"user": SECRET})
        client.post(f"/v1/pipelines/{name}/infer", json={"x": [[NUMBER, NUMBER]], "user": SECRET})
        client.post(f"/v1/pipelines/{name}/infer", json={"x": [["a"]], "user": SECRET})
        entries = exported(client, name)
        assert len(entries) >= 6
        for entry in entries[:5]:
            expected = {} if name == "omitting" else {"x": "***", "user": "***"}
            assert entry["original_data"] == expected
            assert "unit" in entry
        report(client, name)
        # The labels of a masked key still find their inferences.
        labels(client, name, [{"key": {"user": SECRET}, "label": 1}])
        quality = answered(client.get(f"/v1/pipelines/{name}/quality"), 200)
        assert quality["counts"]["labeled_rows"] >= 5
    server.stop()
    # The outputs tell what the echo answered, which the settings are not about.
    found = [path for path in hidden(server.data) if SECRET.encode() in path.read_bytes()]
    assert found == []


@pytest.fixture(scope="module")
def named(client: Api) -> bytes:
    """A booster whose features have names, as an artifact; it is also the model `named`."""
    rows = np.random.default_rng(1).normal(size=(100, 4))
    matrix = xgboost.DMatrix(rows, rows.sum(axis=1), feature_names=["age", "income", "city", "plan"])
    booster = bytes(xgboost.train({"max_depth": 2}, matrix, num_boost_round=2).save_raw("json"))
    client.upload("named", booster)
    return booster


@pytest.mark.parametrize("keep", ["all", {"first_rows": 1}])
def test_features_are_hidden_however_their_values_are_sent(client: Api, named: bytes, keep: Any) -> None:
    name = f"features-{len(keep)}"
    client.serve(name, ["named"], log={"keep": keep, "omit": ["age"], "mask": ["income"]})
    row = [NUMBER, 77.4321, 1.0, 2.0]
    client.infer(name, {"input": [row, row]})
    client.infer(name, {"input": [dict(zip(["age", "income", "city", "plan"], row, strict=True))] * 2})
    client.infer(name, {"tensor": [row, row]})
    client.infer_v2(name, [tensor("input", "FP32", [row, row])])
    entries = exported(client, name)
    assert len(entries) == 4
    for entry in entries:
        (rows,) = entry["original_data"].values()
        assert len(rows) == (2 if keep == "all" else 1)
        for each in rows:
            assert each in ([None, "***", 1.0, 2.0], {"income": "***", "city": 1.0, "plan": 2.0})
    # The hidden columns are missing, and the others are where they were.
    for element, slices in [("inputs.city", {"1"}), ("inputs.age", {"missing"})]:
        quality = answered(client.get(f"/v1/pipelines/{name}/quality", params={"by": element}), 200)
        assert {group["slice"] for group in quality["groups"]} == slices, element


def test_the_settings_hold_for_requests_of_sagemaker(running_server: Server, client: Api, named: bytes) -> None:
    aws = AWS(running_server.url)
    aws.put_model("named-model", tar({"xgboost-model": named}))
    aws.put_config("named-config", ("one", "named-model", 1))
    aws.serve("named-endpoint", "named-config")
    pipeline = answered(client.get("/v1/pipelines/named-endpoint"), 200)
    settings = {"keep": {"first_rows": 1}, "omit": ["age"], "mask": ["income"]}
    answer = client.put(
        "/v1/pipelines/named-endpoint",
        json={"name": "named-endpoint", "steps": pipeline["version"]["steps"], "log": settings},
    )
    answered(answer, 200)
    client.deploy("named-endpoint")
    aws.invoke("named-endpoint", f"{NUMBER},77.4321,1,2\n{NUMBER},77.4321,1,2\n")
    (entry,) = exported(client, "named-endpoint")
    assert list(entry["original_data"].values()) == [[[None, "***", 1.0, 2.0]]]
    assert entry["rows"] == {"total": 2, "kept": [0]}


def test_deletion_takes_what_belongs_to_a_value(client: Api) -> None:
    client.serve("erased", [split(("echo", 1), ("complement", 1), key="user")], goal="outputs[0][0] > 0.5")
    for index in range(12):
        client.infer(
            "erased",
            {"x": [[index / 12]], "user": index % 3 if index % 2 else str(index % 3)},
            headers={"X-Roost-Inference-Id": f"i{index}"},
        )
    labels(client, "erased", {f"i{index}": 1 for index in range(12)})
    labels(client, "erased", [{"key": {"user": "1"}, "label": 1}, {"key": {"user": "2"}, "label": 1}])
    # A text and a number are the same unit.
    answer = client.post("/v1/pipelines/erased/logs/deletions", json={"key": "user", "value": "1"})
    assert answered(answer, 200) == {"entries": 4, "labels": 5}
    assert {int(entry["id"][1:]) % 3 for entry in exported(client, "erased")} == {0, 2}
    assert answered(client.get("/v1/pipelines/erased/ground-truth"), 200)["labels"] == 9
    answer = client.post("/v1/pipelines/erased/logs/deletions", json={"key": "user", "value": "1"})
    assert answered(answer, 200) == {"entries": 0, "labels": 0}
    for request, field in [({"key": "user"}, "value"), ({"key": "", "value": "a"}, "key"), ({"value": "a"}, "key")]:
        refused(client.post("/v1/pipelines/erased/logs/deletions", json=request), 400, field)


def test_the_error_of_a_failed_run_does_not_tell_a_hidden_value(client: Api) -> None:
    client.upload("failing", small_onnx.failing_model(1, "x"))
    for name, settings in [("telling", {}), ("reserved", {"mask": ["x"]})]:
        client.serve(name, ["failing"], log=settings)
        answer = client.post(f"/v1/pipelines/{name}/infer", json={"x": [[73951.0]]})
        assert answer.status_code >= 400
        (entry,) = exported(client, name)
        assert ("73951" in json.dumps(entry)) == (name == "telling")


def test_deletion_finds_a_feature_in_a_row(client: Api, named: bytes) -> None:
    client.serve("rows", ["named"])
    names = ["age", "income", "city", "plan"]
    for index in range(4):
        rows = [dict(zip(names, [index, 1, 2, other], strict=True)) for other in (5, 6)]
        client.infer("rows", {"input": rows})
    answer = client.post("/v1/pipelines/rows/logs/deletions", json={"key": "age", "value": "2"})
    assert answered(answer, 200)["entries"] == 1
    answer = client.post("/v1/pipelines/rows/logs/deletions", json={"key": "plan", "value": "6"})
    assert answered(answer, 200)["entries"] == 3
