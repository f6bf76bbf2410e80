"""Each example model predicts what its framework did in Python. Missing or broken parts are reported and do no harm."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import DATA, EXPECTED, MODELS, Api, Server, refused

ARTIFACTS = sorted(path.name for path in MODELS.iterdir() if path.is_file())


def close(value: Any, wanted: Any) -> bool:
    """Returns whether values are equal, apart from rounding of floats."""
    if isinstance(wanted, list):
        return isinstance(value, list) and len(value) == len(wanted) and all(map(close, value, wanted))
    if isinstance(wanted, float):
        return isinstance(value, int | float) and math.isclose(value, wanted, rel_tol=1e-5, abs_tol=1e-6)
    return type(value) is type(wanted) and bool(value == wanted)


def flat(values: Any) -> list[Any]:
    return [element for row in values for element in flat(row)] if isinstance(values, list) else [values]


def shape(values: Any) -> list[int]:
    return [len(values), *shape(values[0])] if isinstance(values, list) else []


def expected(artifact: str) -> Any:
    stem = artifact.split(".")[0]
    return json.loads((EXPECTED / f"{stem}.json").read_text())


@pytest.fixture(scope="module")
def signatures(api: Api) -> dict[str, Any]:
    """Deploys each example model in its own pipeline, and returns the signatures."""
    found: dict[str, Any] = {}
    for artifact in ARTIFACTS:
        name = f"example-{artifact}"
        found[artifact] = api.upload(name, artifact)["signature"]
        api.serve(name, [name])
    return found


def inputs_of(artifact: str, signature: Any) -> dict[str, Any]:
    """Returns the expected inputs under the names of the signature."""
    inputs = expected(artifact)["inputs"]
    assert [spec["name"] for spec in signature["inputs"]] == list(inputs), "an input's name"
    return dict(inputs)


@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_a_native_answer_is_the_framework_s(api: Api, signatures: dict[str, Any], artifact: str) -> None:
    outputs = expected(artifact)["outputs"]
    result = api.infer(f"example-{artifact}", inputs_of(artifact, signatures[artifact]))
    by_index = outputs_by_index(outputs)
    assert len(result["outputs"]) == len(by_index)
    for tagged, (name, wanted) in zip(result["outputs"], by_index, strict=True):
        ((_, output),) = tagged.items()
        assert output["dim"] == shape(wanted), name
        assert close(output["data"], flat(wanted)), f"{name}: {output['data']} instead of {wanted}"


@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_a_v2_answer_is_the_framework_s(api: Api, signatures: dict[str, Any], artifact: str) -> None:
    signature = signatures[artifact]
    tensors = [
        {"name": spec["name"], "datatype": spec["datatype"], "shape": shape(values), "data": flat(values)}
        for spec, values in zip(signature["inputs"], inputs_of(artifact, signature).values(), strict=True)
    ]
    answer = api.infer_v2(f"example-{artifact}", tensors)
    outputs = outputs_by_index(expected(artifact)["outputs"])
    for output, spec, (name, wanted) in zip(answer["outputs"], signature["outputs"], outputs, strict=True):
        # XGBoost does not name its output; the expectation calls it 0.
        assert output["name"] == spec["name"] == ("output" if name == "0" else name)
        assert output["datatype"] == spec["datatype"]
        assert output["shape"] == shape(wanted), name
        assert close(output["data"], flat(wanted)), f"{name}: {output['data']} instead of {wanted}"


def outputs_by_index(outputs: dict[str, Any]) -> list[tuple[str, Any]]:
    """Sorts outputs by number, because TensorFlow's `out_10` comes after `out_9`."""
    if "out_10" in outputs:
        return sorted(outputs.items(), key=lambda item: int(item[0].removeprefix("out_")))
    return list(outputs.items())


def test_every_example_has_an_expectation() -> None:
    assert len(ARTIFACTS) >= 17
    assert all(expected(artifact)["outputs"] for artifact in ARTIFACTS)


def test_the_probabilities_of_classes_are_rows(api: Api, signatures: dict[str, Any]) -> None:
    _, probabilities = signatures["iris-strings.onnx"]["outputs"]
    assert probabilities["datatype"] == "FP32"
    assert len(probabilities["shape"]) == 2
    result = api.infer("example-iris-strings.onnx", expected("iris-strings.onnx")["inputs"])
    output = result["outputs"][1]["Float"]
    assert output["dim"] == [3, 3]
    for row in range(3):
        assert math.isclose(sum(output["data"][3 * row : 3 * row + 3]), 1, rel_tol=1e-5)


def test_extremes_of_all_types_come_back_digit_by_digit(api: Api, signatures: dict[str, Any]) -> None:
    inputs = expected("all-types.onnx")["inputs"]
    # Python's integers are exact; a 32-bit float may be written with more digits than it needs.
    outputs = [next(iter(output.items())) for output in api.infer("example-all-types.onnx", inputs)["outputs"]]
    for (_, output), (name, values) in zip(outputs, inputs.items(), strict=True):
        if name in ("in_fp16", "in_fp32"):
            assert struct.pack("<4f", *output["data"]) == struct.pack("<4f", *flat(values)), name
        else:
            assert output["data"] == flat(values), name
    assert [kind for kind, _ in outputs[-3:]] == ["Float", "Double", "String"]
    assert 18446744073709551615 in flat(inputs["in_uint64"])
    assert -9223372036854775808 in flat(inputs["in_int64"])


def test_a_multi_output_model_answers_in_the_order_of_its_indices(signatures: dict[str, Any]) -> None:
    assert [spec["name"] for spec in signatures["multi-output.zip"]["outputs"]] == [f"out_{n}" for n in range(12)]


def test_a_thousand_rows_are_answered_as_one_by_one(api: Api, signatures: dict[str, Any]) -> None:
    rows = json.loads((DATA / "fraud-1000.json").read_text())["tensor"]
    for artifact in ("fraud-dense.onnx", "fraud-trees.onnx", "fraud-binary.json"):
        name = f"example-{artifact}"
        together = api.infer(name, {"tensor": rows})["outputs"][0]["Float"]
        assert together["dim"] == [1000, 1]
        for row in range(0, 1000, 100):
            alone = api.infer(name, {"tensor": [rows[row]]})["outputs"][0]["Float"]["data"]
            assert close(together["data"][row], alone[0]), (artifact, row)


def test_a_scaler_before_a_model_is_the_model_on_scaled_inputs(api: Api, signatures: dict[str, Any]) -> None:
    api.serve("scaled", ["example-scaler.onnx", "example-fraud-dense.onnx"])
    raw = json.loads((DATA / "fraud-raw.json").read_text())
    scaled = json.loads((DATA / "fraud.json").read_text())
    through = api.infer("scaled", raw)["outputs"][0]["Float"]["data"]
    direct = api.infer("example-fraud-dense.onnx", scaled)["outputs"][0]["Float"]["data"]
    # The data is rounded to four digits.
    assert math.isclose(through[0], direct[0], abs_tol=1e-3)
    assert direct[0] > 0.9


# Broken models

BROKEN: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "an ONNX model cut short": ("fraud-dense.onnx", lambda content: content[: len(content) // 2]),
    "an ONNX model with its first byte only": ("fraud-dense.onnx", lambda content: content[:1]),
    "an ONNX model with zeros inside": ("fraud-trees.onnx", lambda content: content[:200] + bytes(len(content) - 200)),
    "an XGBoost model cut short": ("fraud-binary.json", lambda content: content[: len(content) // 2]),
    "an XGBoost model with another schema": ("fraud-binary.json", lambda _: b'{"learner": {"x": 1}, "version": [3]}'),
    "an XGBoost model in UBJ cut short": ("housing-regression.ubj", lambda content: content[: len(content) // 2]),
    "an XGBoost archive cut short": ("fraud-binary.tar.gz", lambda content: content[: len(content) // 2]),
    "brackets for XGBoost": ("fraud-binary.json", lambda _: b'{"learner":' * 100_000),
    "a SavedModel cut short": ("multi-output.zip", lambda content: content[: len(content) // 2]),
    "a SavedModel with zeros inside": ("echo-strings.zip", lambda content: content[:100] + bytes(200) + content[300:]),
    "words": ("fraud-dense.onnx", lambda _: b"This is not a model."),
    "zeros": ("fraud-dense.onnx", lambda _: bytes(100_000)),
    "a pickle": ("fraud-dense.onnx", lambda _: b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94."),
}


@pytest.mark.parametrize(("artifact", "damage"), BROKEN.values(), ids=BROKEN)
def test_a_broken_model_is_refused_and_the_server_goes_on(
    api: Api, signatures: dict[str, Any], artifact: str, damage: Callable[[bytes], bytes]
) -> None:
    before = api.listing()
    answer = api.post("/v1/models/broken/versions", data=damage((MODELS / artifact).read_bytes()))
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("invalid_input", "body")
    assert "model that can be loaded" in error["message"], error
    assert len(error["message"]) < 1000
    assert "/incoming/" not in error["message"]
    assert api.listing() == before
    api.infer("example-fraud-dense.onnx", {"tensor": expected("fraud-dense.onnx")["inputs"]["dense_input"]})


# Without runtimes


@pytest.fixture
def bare(start_server: Callable[..., Server], tmp_path: Path) -> Server:
    """A server that finds no runtime at all."""
    for name in ("runtimes", "home"):
        (tmp_path / name).mkdir()
    return start_server(environment={"ROOST_RUNTIMES": str(tmp_path / "runtimes"), "HOME": str(tmp_path / "home")})


@pytest.mark.parametrize(
    ("artifact", "runtime"),
    [("fraud-dense.onnx", "onnx"), ("multi-output.zip", "tensorflow"), ("fraud-binary.json", "xgboost")],
)
def test_a_missing_runtime_is_named_with_what_installs_it(bare: Server, artifact: str, runtime: str) -> None:
    api = bare.api
    answer = api.post("/v1/models/m/versions", data=(MODELS / artifact).read_bytes())
    assert answer.status_code == 503, answer.text
    assert answer.headers["Retry-After"]
    assert answer.json()["error"]["code"] == "unavailable"
    assert f"roost runtimes install {runtime}" in answer.json()["error"]["message"]
    assert api.status()["runtimes"] == []
    assert api.listing()[1] == [{"models": []}]
    refused(api.get("/v1/models/m"), 404, "model")


def test_a_server_that_lost_its_runtimes_starts_and_says_so(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "lost"
    server = start_server(folder=folder)
    server.api.upload("m", "fraud-dense.onnx")
    server.api.serve("p", ["m"])
    server.stop()
    (tmp_path / "empty").mkdir()
    bare = start_server(
        folder=folder, environment={"ROOST_RUNTIMES": str(tmp_path / "empty"), "HOME": str(tmp_path / "empty")}
    )
    deployment = bare.api.settled("p")
    assert deployment["state"] == "Error"
    assert "roost runtimes install onnx" in deployment["error"]
    bare.stop()
    # With its runtimes, the server works as before.
    server.start()
    assert server.api.settled("p")["state"] == "Running"
