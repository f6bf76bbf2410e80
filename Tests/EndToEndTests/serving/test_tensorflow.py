"""SavedModels: a stable order of outputs, records of earlier releases, and files that a graph reads when it runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from harness import Api, Server
from small_onnx import field, number
from small_tensorflow import STRING, attribute, constant, node, of_type, placeholder, saved_model, several_operations

ROW = [[1.0, 4.0, 2.0, 3.0]]


def check(api: Api, name: str) -> None:
    """Checks that each output has its own name and data type."""
    outputs = {
        output["name"]: output["data"]
        for output in api.infer_v2(name, [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": ROW[0]}])[
            "outputs"
        ]
    }
    assert outputs["a_indices"] == [1, 3]
    assert outputs["z_values"] == [4.0, 3.0]
    assert abs(sum(outputs["m_probabilities"]) - 1) < 1e-6


def test_outputs_of_several_operations_keep_their_names(start_server: Callable[..., Server]) -> None:
    server = start_server()
    version = server.api.upload("several", several_operations())
    names = [output["name"] for output in version["signature"]["outputs"]]
    assert names == ["a_indices", "m_probabilities", "z_values"]
    server.api.serve("several", ["several"], [("sure", "several.outputs[1][0] >= 0")])
    # Each process hashes with a different seed, which could change the order.
    for _ in range(4):
        check(server.api, "several")
        assert server.stop() == 0
        server.start()
        assert server.api.settled("several")["state"] == "Running"


def edit(server: Server, change: Callable[[Any], None], reading: int) -> None:
    with sqlite3.connect(server.data / "roost.sqlite") as catalog:
        (text,) = catalog.execute("SELECT signature FROM model_version").fetchone()
        signature = json.loads(text)
        change(signature)
        catalog.execute("UPDATE model_version SET signature = ?, reading = ?", (json.dumps(signature), reading))
    catalog.close()


def test_a_record_of_an_earlier_release_is_read_again(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload("several", several_operations())
    server.api.serve("several", ["several"])
    assert server.stop() == 0
    # Release 0.2.0 could have stored another order.
    edit(server, lambda signature: signature["outputs"].reverse(), 0)
    server.start()
    assert server.api.settled("several")["state"] == "Running"
    check(server.api, "several")
    names = [
        output["name"] for output in server.api.get("/v1/models/several").json()["versions"][0]["signature"]["outputs"]
    ]
    assert names == ["a_indices", "m_probabilities", "z_values"]
    assert server.stop() == 0


def test_a_model_that_is_not_what_was_recorded_does_not_answer(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.api.upload("several", several_operations())
    server.api.serve("several", ["several"])
    assert server.stop() == 0
    edit(server, lambda signature: signature["outputs"][0].update(name="other"), 1)
    server.start()
    deployment = server.api.settled("several")
    assert deployment["state"] == "Error"
    assert "it has no output 'other'" in deployment["error"]
    assert server.stop() == 0


def test_a_file_that_the_graph_reads_is_there(start_server: Callable[..., Server]) -> None:
    server = start_server()
    # As made by tf.saved_model.Asset: loading the model stores the path in the unpacked folder in a variable.
    shape = attribute("shape", field(7, b""))
    graph = (
        placeholder("x", STRING, (-1,))
        + constant("path", STRING, field(8, b"words.txt"))
        + node("kept", "VarHandleOp", (), of_type(STRING, "dtype"), shape, attribute("shared_name", field(2, b"kept")))
        + node("keep", "AssignVariableOp", ("kept", "path"), of_type(STRING, "dtype"))
        + node("initial", "NoOp", ("^keep",))
        + node("where", "ReadVariableOp", ("kept",), of_type(STRING, "dtype"))
        + node("content", "ReadFile", ("where",))
        + node("y", "StringJoin", ("x", "content"), attribute("N", number(3, 2)))
    )
    asset = field(1, field(1, b"path:0")) + field(2, b"words.txt")
    content = saved_model(
        graph,
        {"x": ("x:0", STRING, (-1,))},
        {"y": ("y:0", STRING, (-1,))},
        files={"assets/words.txt": b" and more"},
        assets=asset,
        initial="initial",
    )
    server.api.upload("reads", content)
    server.api.serve("reads", ["reads"])
    for _ in range(2):
        outputs = server.api.infer_v2("reads", [{"name": "x", "datatype": "BYTES", "shape": [1], "data": ["one"]}])[
            "outputs"
        ]
        assert outputs[0]["data"] == ["one and more"]
        assert server.stop() == 0
        server.start()
        assert server.api.settled("reads")["state"] == "Running"
    assert len(list((server.data / "scratch").iterdir())) == 1
    server.api.undeploy("reads")
    assert not list((server.data / "scratch").iterdir())
    assert server.stop() == 0
