"""Triton's own HTTP client works against the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from harness import EXPECTED, Api
from tritonclient import http as triton
from tritonclient.utils import InferenceServerException

MODEL, TYPES, TEXTS = "triton-model", "triton-types", "triton-texts"
PIPELINE = "triton-pipeline"
INPUT = np.array(json.loads((EXPECTED / "two-in-two-out.json").read_text())["inputs"]["a"], dtype=np.float32)
NUMPY: dict[str, Any] = {
    "BOOL": np.bool_,
    "BYTES": np.object_,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
}


@pytest.fixture(scope="module")
def served(api: Api) -> Api:
    api.upload(MODEL, "two-in-two-out.onnx")
    api.serve(PIPELINE, [MODEL])
    api.upload(TYPES, "all-types.onnx")
    api.serve(TYPES, [TYPES])
    api.upload(TEXTS, "echo-strings.zip")
    api.serve(TEXTS, [TEXTS])
    return api


@pytest.fixture
def client(served: Api) -> Iterator[Any]:
    opened = triton.InferenceServerClient(served.url.removeprefix("http://"), network_timeout=30)
    yield opened
    opened.close()


def tensors(inputs: dict[str, tuple[str, Any]]) -> list[Any]:
    made = []
    for name, (datatype, values) in inputs.items():
        tensor = triton.InferInput(name, list(values.shape), datatype)
        tensor.set_data_from_numpy(values, binary_data=False)
        made.append(tensor)
    return made


def test_the_server_is_live_and_ready_and_names_itself(client: Any, served: Api) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    metadata = client.get_server_metadata()
    assert metadata["name"] == "roost"
    assert metadata["version"] == served.status()["version"]


@pytest.mark.parametrize("name", [PIPELINE, MODEL])
def test_a_pipeline_and_a_model_are_ready_and_describe_themselves(client: Any, name: str) -> None:
    assert client.is_model_ready(name)
    assert not client.is_model_ready("triton-nope")
    metadata = client.get_model_metadata(name)
    assert metadata["name"] == name
    assert metadata["inputs"] == [{"name": key, "datatype": "FP32", "shape": [-1, 3]} for key in ("a", "b")]
    assert [output["name"] for output in metadata["outputs"]] == ["sum", "product"]
    (version,) = metadata["versions"]
    assert client.is_model_ready(name, version)
    assert client.get_model_metadata(name, version) == metadata


@pytest.mark.parametrize("name", [PIPELINE, MODEL])
def test_a_pipeline_and_a_model_infer(client: Any, name: str) -> None:
    inputs = tensors({"a": ("FP32", INPUT), "b": ("FP32", 2 * INPUT)})
    wanted = [triton.InferRequestedOutput(output, binary_data=False) for output in ("product", "sum")]
    result = client.infer(name, inputs, outputs=wanted, request_id="triton-1")
    np.testing.assert_allclose(result.as_numpy("sum"), 3 * INPUT)
    np.testing.assert_allclose(result.as_numpy("product"), 2 * INPUT * INPUT)
    response = result.get_response()
    assert (response["id"], response["model_name"]) == ("triton-1", name)
    assert [output["name"] for output in response["outputs"]] == ["product", "sum"]

    only = client.infer(name, inputs, outputs=wanted[1:], model_version=response["model_version"])
    assert [output["name"] for output in only.get_response()["outputs"]] == ["sum"]


def test_many_requests_at_once_are_answered(served: Api) -> None:
    client = triton.InferenceServerClient(served.url.removeprefix("http://"), concurrency=8, network_timeout=30)
    inputs = [tensors({"a": ("FP32", INPUT + n), "b": ("FP32", INPUT)}) for n in range(50)]
    wanted = [triton.InferRequestedOutput("sum", binary_data=False)]
    pending = [client.async_infer(PIPELINE, each, outputs=wanted) for each in inputs]
    for number, request in enumerate(pending):
        np.testing.assert_allclose(request.get_result().as_numpy("sum"), 2 * INPUT + number, rtol=1e-6)
    client.close()


def test_every_datatype_comes_back(client: Any) -> None:
    expected = json.loads((EXPECTED / "all-types.json").read_text())
    inputs, wanted = {}, []
    for name, values in expected["inputs"].items():
        datatype = name[3:].upper()
        if datatype == "FP16":
            # The client can send this type only as bytes.
            continue
        inputs[name] = (datatype, np.array(values, dtype=NUMPY.get(datatype, datatype.lower())))
        wanted.append(triton.InferRequestedOutput(f"out_{name[3:]}", binary_data=False))
    half = triton.InferInput("in_fp16", [2, 2], "FP16")
    half._data = [value for row in expected["inputs"]["in_fp16"] for value in row]
    result = client.infer(TYPES, [*tensors(inputs), half], outputs=wanted)
    for name, (_, values) in inputs.items():
        found = result.as_numpy(f"out_{name[3:]}")
        assert found.shape == (2, 2)
        assert found.tolist() == values.tolist(), name


def test_texts_come_back(client: Any) -> None:
    texts = np.array(["roost", "", "Zürich 🐓"], dtype=np.object_)
    wanted = [triton.InferRequestedOutput(name, binary_data=False) for name in ("echo", "length")]
    result = client.infer(TEXTS, tensors({"text": ("BYTES", texts)}), outputs=wanted)
    assert result.as_numpy("echo").tolist() == texts.tolist()
    assert result.as_numpy("length").tolist() == [5, 0, 12]


def test_an_error_is_the_client_s_exception_with_the_message(client: Any) -> None:
    with pytest.raises(InferenceServerException, match=r"\[400\] .*'b'.*missing"):
        client.infer(PIPELINE, tensors({"a": ("FP32", INPUT)}))
    with pytest.raises(InferenceServerException, match=r"\[404\] .*'triton-nope'"):
        client.infer("triton-nope", tensors({"a": ("FP32", INPUT)}))


def test_binary_tensors_are_refused_with_what_works(client: Any) -> None:
    tensor = triton.InferInput("a", list(INPUT.shape), "FP32")
    tensor.set_data_from_numpy(INPUT, binary_data=True)
    with pytest.raises(InferenceServerException, match=r"\[400\] .*binary.*JSON"):
        client.infer(PIPELINE, [tensor])
