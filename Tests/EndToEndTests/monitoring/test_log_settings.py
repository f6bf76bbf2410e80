"""What the log keeps: sizes, rows, and fields that it must not have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws import client as aws_client
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
    client.serve(name, ["echo"], **({"log": {"keep": keep}} if keep else {}))
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
        assert quality["counts"]["labelled_rows"] >= 5
    server.stop()
    # The outputs tell what the echo answered, which the settings are not about.
    found = [path for path in hidden(server.data) if SECRET.encode() in path.read_bytes()]
    assert found == []


def test_the_settings_hold_for_requests_of_sagemaker(running_server: Server, client: Api) -> None:
    client.serve("invoked", ["wide"], log={"keep": {"first_rows": 1}, "mask": ["x"]})
    runtime = aws_client("sagemaker-runtime", running_server.url)
    try:
        runtime.invoke_endpoint(EndpointName="invoked", ContentType="text/csv", Body="1,2,3,4\n5,6,7,8\n")
    except runtime.exceptions.ClientError as error:
        pytest.skip(f"a pipeline is no endpoint: {error}")
    (entry,) = exported(client, "invoked")
    assert entry["original_data"] == {"x": "***"}
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
