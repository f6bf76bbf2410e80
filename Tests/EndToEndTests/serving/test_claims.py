"""Models with false claims, or that cannot be served, are rejected. A small model with large claims uses few resources."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import MODELS, Api, Server, answered, refused, until
from small_onnx import FLOAT, INT64, field, number
from small_tensorflow import BFLOAT16, IN, OUT, any_rank_model, identity, placeholder, saved_model
from small_tensorflow import node as operation
from unusual_onnx import (
    integer,
    model,
    node,
    optional_type,
    sequence_type,
    tensor_type,
    value,
)

BFLOAT16_ONNX, COMPLEX64_ONNX = 16, 14
ROWS = tensor_type(FLOAT, (None, 4))
X, Y = value("x", ROWS), value("y", ROWS)
IDENTITY = node("Identity", ["x"], ["y"])
LARGE = number(1, 1) + number(2, INT64) + number(7, 3 * 10**9) + field(8, b"s")
EXTERNAL = (
    number(1, 4)
    + number(2, FLOAT)
    + field(8, b"w")
    + field(13, field(1, b"location") + field(2, b"../../roost.sqlite"))
    + number(14, 1)
)

UNSERVABLE: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "an input of BFLOAT16": (
        model(
            [node("Cast", ["x"], ["y"], integer("to", FLOAT))], [value("x", tensor_type(BFLOAT16_ONNX, (None, 4)))], [Y]
        ),
        ("input 'x'", "BFLOAT16"),
    ),
    "an output of BFLOAT16": (
        model(
            [node("Cast", ["x"], ["y"], integer("to", BFLOAT16_ONNX))],
            [X],
            [value("y", tensor_type(BFLOAT16_ONNX, (None, 4)))],
        ),
        ("output 'y'", "BFLOAT16"),
    ),
    "complex numbers": (
        model(
            [IDENTITY],
            [value("x", tensor_type(COMPLEX64_ONNX, (None, 4)))],
            [value("y", tensor_type(COMPLEX64_ONNX, (None, 4)))],
        ),
        ("complex64",),
    ),
    "an input that is a sequence": (
        model([node("ConcatFromSequence", ["x"], ["y"], integer("axis", 0))], [value("x", sequence_type(ROWS))], [Y]),
        ("input 'x' is a sequence", "FP32"),
    ),
    "an output that is a sequence": (
        model([node("SequenceConstruct", ["x"], ["y"])], [X], [value("y", sequence_type(ROWS))]),
        ("output 'y' is a sequence", "FP32"),
    ),
    "an output that is optional": (
        model([node("Optional", ["x"], ["y"])], [X], [value("y", optional_type(ROWS))]),
        ("output 'y'", "optional"),
    ),
    "no input": (
        model(
            [node("Identity", ["w"], ["y"])],
            [],
            [Y],
            [number(1, 1) + number(2, FLOAT) + number(1, 4) + field(8, b"w") + field(9, bytes(16))],
        ),
        ("no input",),
    ),
    "an operator that is not there": (
        model([node("Magic", ["x"], ["y"], domain="com.acme")], [X], [Y], domain="com.acme"),
        ("operator com.acme:Magic", "custom operators"),
    ),
    "weights in another file": (
        model([node("Add", ["x", "w"], ["y"])], [X], [Y], [EXTERNAL]),
        ("'../../roost.sqlite'", "one-file.onnx"),
    ),
    "a constant that does not fit the memory": (
        model(
            [node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"], ["y"])],
            [value("x", tensor_type(FLOAT, (1,)))],
            [value("y", tensor_type(FLOAT, (None,)))],
            [LARGE],
        ),
        ("allocate memory", "MiB of memory"),
    ),
    "an answer that does not fit the memory": (
        model(
            [node("Expand", ["x", "s"], ["y"])],
            [value("x", tensor_type(FLOAT, (1,)))],
            [value("y", tensor_type(FLOAT, (None,)))],
            [LARGE],
        ),
        ("allocate memory", "MiB of memory"),
    ),
    "TensorFlow with BFLOAT16": (
        saved_model(
            placeholder("x", BFLOAT16)
            + operation("y", "Identity", ("x",), field(5, field(1, b"T") + field(2, number(6, BFLOAT16)))),
            {"x": ("x:0", BFLOAT16, (-1, 4))},
            {"y": ("y:0", BFLOAT16, (-1, 4))},
        ),
        ("input 'x'", "BFLOAT16"),
    ),
    "TensorFlow without outputs": (saved_model(placeholder("x") + identity(), IN, {}), ("no output",)),
    "TensorFlow without inputs": (saved_model(placeholder("x") + identity(), {}, OUT), ("no input",)),
    "TensorFlow with a tensor that is not there": (
        saved_model(placeholder("x") + identity(), IN, {"y": ("y:7", 1, (-1, 4))}),
        ("'y:7'", "output 'y'"),
    ),
    "TensorFlow with an operator that is not there": (
        saved_model(placeholder("x") + operation("y", "Magic", ("x",)), IN, OUT),
        ("'Magic'",),
    ),
}


@pytest.mark.parametrize(("content", "parts"), UNSERVABLE.values(), ids=UNSERVABLE)
def test_a_model_that_could_never_answer_is_refused(api: Api, content: bytes, parts: tuple[str, ...]) -> None:
    before = api.listing()
    refused(api.post("/v1/models/unservable/versions", data=content), 400, "body", "model that can be loaded", *parts)
    assert api.listing() == before


BOOSTER = json.loads((MODELS / "iris-multiclass.json").read_text())


def booster(change: Callable[[Any], Any]) -> bytes:
    changed = copy.deepcopy(BOOSTER)
    change(changed["learner"])
    return json.dumps(changed).encode()


def numbers(**values: str) -> bytes:
    return booster(lambda learner: learner["learner_model_param"].update(values))


def first_tree(**values: Any) -> bytes:
    return booster(lambda learner: learner["gradient_booster"]["model"]["trees"][0].update(values))


def children(side: str, child: int) -> bytes:
    """Returns a booster whose root has a child that does not exist. Zeros go to the left."""
    tree = BOOSTER["learner"]["gradient_booster"]["model"]["trees"][0]
    return first_tree(**{side: [child, *tree[side][1:]]})


CLAIMS: dict[str, tuple[bytes, str]] = {
    "features": (numbers(num_feature="2000000"), "2000000 features"),
    "more features": (numbers(num_feature="4294967295"), "4294967295 features"),
    "classes": (numbers(num_class="1000000000", base_score="5E-1"), "memory"),
    "targets": (numbers(num_target="1000000000"), "1000000000"),
    "a left child": (children("left_children", 10**6), "model that can be loaded"),
    "a right child": (children("right_children", 10**6), "model that can be loaded"),
    "a circle": (children("right_children", 0), "model that can be loaded"),
    "a feature": (first_tree(split_indices=[9] * 100), "model that can be loaded"),
}


@pytest.mark.parametrize(("content", "part"), CLAIMS.values(), ids=CLAIMS)
def test_a_booster_that_claims_more_than_it_holds_is_refused(api: Api, content: bytes, part: str) -> None:
    refused(api.post("/v1/models/claims/versions", data=content), 400, "body", part)


def read(path: str) -> str:
    """Returns a file of /proc, or an empty string if the process has ended."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def descendants(process: int) -> list[int]:
    children = [int(text) for text in read(f"/proc/{process}/task/{process}/children").split()]
    # A child belongs to the thread that started it.
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        children += [int(text) for text in read(str(task)).split() if int(text) not in children]
    return children + [below for child in children for below in descendants(child)]


def command_of(process: int) -> str:
    return read(f"/proc/{process}/cmdline")


def resident_bytes(process: int) -> int:
    pages = read(f"/proc/{process}/statm").split()
    return int(pages[1]) * 4096 if pages else 0


@pytest.fixture
def peak(start_server: Callable[..., Server]) -> Iterator[tuple[Server, Callable[[], tuple[int, int]]]]:
    """A separate server, with its peak memory including its children, and its peak number of children."""
    server = start_server()
    highest = [0, 0]
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.005):
            family = [server.pid, *descendants(server.pid)]
            looking = sum("inspect-model" in text and "job-process" not in text for text in map(command_of, family))
            highest[:] = max(highest[0], sum(map(resident_bytes, family))), max(highest[1], looking)

    thread = threading.Thread(target=watch)
    thread.start()
    yield server, lambda: (highest[0], highest[1])
    is_over.set()
    thread.join()


def test_a_booster_with_as_many_features_as_it_may_costs_little(
    peak: tuple[Server, Callable[[], tuple[int, int]]],
) -> None:
    server, look = peak
    server.api.upload("wide", numbers(num_feature="65536"))
    server.api.serve("wide", ["wide"])
    row = [0.0] * 65536
    assert len(server.api.infer("wide", {"input": [row]})["outputs"][0]["Float"]["data"]) == 3
    assert look()[0] < 700 << 20


def test_a_shape_is_not_believed(peak: tuple[Server, Callable[[], tuple[int, int]]]) -> None:
    server, look = peak
    shape = tensor_type(FLOAT, (1, 10**9))
    server.api.upload("huge", model([IDENTITY], [value("x", shape)], [value("y", shape)]))
    server.api.serve("huge", ["huge"])
    refused(server.api.post("/v1/pipelines/huge/infer", json={"x": [[1.0]]}), 400, "x", "[1, 1000000000]")
    assert look()[0] < 700 << 20


def test_few_models_are_looked_at_at_once(peak: tuple[Server, Callable[[], tuple[int, int]]]) -> None:
    server, look = peak
    statuses: list[int] = []

    def upload(number: int) -> None:
        content = (MODELS / "fraud-dense.onnx").read_bytes()
        statuses.append(Api(server.url).post(f"/v1/models/m{number}/versions", data=content).status_code)

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 8
    assert 1 <= look()[1] <= 2
    until(lambda: not list((server.data / "scratch").iterdir()), "nothing is left")


def test_tensors_of_any_rank_are_served(api: Api) -> None:
    signature = api.upload("any-rank", any_rank_model())["signature"]
    assert signature["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [], "any_rank": True}]
    api.serve("any-rank", ["any-rank"])
    shapes: list[tuple[Any, list[int]]] = [
        (1.5, []),
        ([1.5], [1]),
        ([[1.5, 2.5]], [1, 2]),
        ([[[1.0], [2.0]]], [1, 2, 1]),
    ]
    for values, shape in shapes:
        output = api.infer("any-rank", {"x": values})["outputs"][0]["Float"]
        assert output["dim"] == shape
    data = [1.0, 2.0, 3.0, 4.0]
    (output,) = api.infer_v2("any-rank", [{"name": "x", "datatype": "FP32", "shape": [2, 1, 2], "data": data}])[
        "outputs"
    ]
    assert (output["shape"], output["data"]) == ([2, 1, 2], [2.0, 4.0, 6.0, 8.0])
    # A model with outputs of any rank can feed a step that expects rows; the shape is checked once it is known.
    api.serve("any-rank-twice", ["any-rank", "any-rank"])
    assert answered(api.get("/v1/pipelines/any-rank-twice"), 200)["name"] == "any-rank-twice"
