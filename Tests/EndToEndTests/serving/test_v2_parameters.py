"""Parameters that typed clients of V2 and SageMaker send with the inputs, whether or not they change the response."""

from __future__ import annotations

from typing import Any

import pytest
from endpoint_clients import AWS, Trained
from harness import Api
from small_onnx import FLOAT, STRING, model, node

NAME = "parameters"
INPUT: dict[str, Any] = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1.0, 2.0]}
TEXT = "parameters-text"


@pytest.fixture(scope="module")
def served(api: Api) -> Api:
    shape: list[int | str] = ["rows", 2]
    api.upload(NAME, model([node("Identity", ["x"], "y")], {"x": (FLOAT, shape)}, {"y": (FLOAT, shape)}))
    api.upload(TEXT, model([node("Identity", ["x"], "y")], {"x": (STRING, shape)}, {"y": (STRING, shape)}))
    for name in (NAME, TEXT):
        api.serve(name, [name])
    return api


def asked(api: Api, body: dict[str, Any], name: str = NAME, **headers: str) -> Any:
    return api.post(f"/v2/models/{name}/infer", json={"inputs": [INPUT]} | body, headers=headers)


NOTHING: list[dict[str, Any]] = [
    {"id": None},
    {"id": ""},
    {"parameters": None},
    {"parameters": {}},
    {"outputs": None},
    {"outputs": []},
    {"model_name": NAME, "model_version": ""},
    {"model_name": None, "raw_input_contents": [], "extra": {}},
    {"inputs": [INPUT | {"parameters": None, "contents": None, "data_type": "FP32", "raw": ""}]},
    {"outputs": [{"name": "y", "parameters": None, "datatype": "FP32", "shape": [-1, 2], "data": None}]},
    {"outputs": [{"datatype": "", "name": "y", "parameters": {"binary_data": False, "classification": 0}}]},
    {"parameters": {"binary_data_output": False, "sequence_id": 0, "sequence_start": False, "sequence_end": False}},
    {"parameters": {"sequence_id": "", "priority": 3, "timeout": 0, "content_type": "np", "headers": {}, "x": None}},
    {"parameters": {"timeout": 60_000_000}},
    {"parameters": {"binary_data_output": True}},
    {"inputs": [INPUT | {"parameters": {"binary_data": False, "content_type": "np"}}]},
]


@pytest.mark.parametrize("body", NOTHING, ids=repr)
def test_what_says_nothing_is_as_good_as_left_out(served: Api, body: dict[str, Any]) -> None:
    answer = asked(served, body)
    assert answer.status_code == 200, answer.text
    assert "id" not in answer.json()
    assert answer.json()["outputs"][0]["data"] == [1.0, 2.0]
    assert len(answer.headers["X-Roost-Inference-Id"]) == 36


def test_an_empty_header_is_no_id(served: Api) -> None:
    for path, body in (
        (f"/v2/models/{NAME}/infer", {"inputs": [INPUT]}),
        (f"/v1/pipelines/{NAME}/infer", {"x": [[1, 2]]}),
    ):
        answer = served.post(path, json=body, headers={"X-Roost-Inference-Id": ""})
        assert answer.status_code == 200
        assert len(answer.headers["X-Roost-Inference-Id"]) == 36


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("binary_data", {"outputs": [{"parameters": {"binary_data": True}, "name": "y"}]}),
    ("binary_data_size", {"inputs": [INPUT | {"parameters": {"binary_data_size": 8}}]}),
    ("classification", {"outputs": [{"name": "y", "parameters": {"classification": 2}}]}),
    ("sequence_id", {"parameters": {"sequence_id": 42}}),
    ("sequence_id", {"parameters": {"sequence_id": "s-1"}}),
    ("sequence_start", {"parameters": {"sequence_start": True}}),
    ("sequence_end", {"parameters": {"sequence_end": True}}),
    ("timeout", {"parameters": {"timeout": -1}}),
    ("timeout", {"parameters": {"timeout": "soon"}}),
    ("non_finite", {"parameters": {"non_finite": "nan"}}),
    ("shared_memory_region", {"inputs": [INPUT | {"parameters": {"shared_memory_region": "r"}}]}),
    ("shared_memory_region", {"outputs": [{"name": "y", "parameters": {"shared_memory_region": "r"}}]}),
    ("content_type", {"parameters": {"content_type": "pd"}}),
    ("content_type", {"inputs": [INPUT | {"parameters": {"content_type": "base64"}}]}),
    ("content_type", {"inputs": [INPUT | {"parameters": {"content_type": "str"}}]}),
    ("headers", {"parameters": {"headers": {"session": "s"}}}),
    ("temperature", {"parameters": {"temperature": 0.5}}),
    ("contents", {"inputs": [INPUT | {"contents": {"fp32_contents": [1]}}]}),
    ("raw_input_contents", {"raw_input_contents": ["AAAA"]}),
    ("model_name", {"model_name": "other"}),
    ("y", {"outputs": [{"name": "y", "datatype": "FP64"}]}),
    ("y", {"outputs": [{"name": "y", "shape": [3]}]}),
]


@pytest.mark.parametrize(("name", "body"), REFUSED, ids=repr)
def test_what_would_change_the_answer_is_refused_by_name(served: Api, name: str, body: dict[str, Any]) -> None:
    answer = asked(served, body)
    assert answer.status_code == 400, answer.text
    assert f"'{name}'" in answer.json()["error"]


def test_texts_are_texts(served: Api) -> None:
    text = {"name": "x", "datatype": "BYTES", "shape": [1, 2], "data": ["a", "b"]}
    answer = asked(served, {"inputs": [text | {"parameters": {"content_type": "str"}}]}, TEXT)
    assert answer.json()["outputs"][0]["data"] == ["a", "b"]
    assert asked(served, {"inputs": [text | {"parameters": {"content_type": "base64"}}]}, TEXT).status_code == 400


def test_v1_passes_over_null_alone(served: Api) -> None:
    assert served.infer(NAME, {"x": [[1, 2]], "extra": None})["outputs"][0]["Float"]["data"] == [1.0, 2.0]
    answer = served.post(f"/v1/pipelines/{NAME}/infer", json={"x": [[1, 2]], "parameters": {"a": 1}})
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "parameters"
    answer = served.post(f"/v1/pipelines/{NAME}/infer", json={"x": None})
    assert "'x' (FP32 [-1, 2]) is missing" in answer.json()["error"]["message"]


def test_a_timeout_of_the_requests_own_ends_it(served: Api) -> None:
    served.upload("parameters-slow", "slow-loop.onnx")
    served.serve("parameters-slow", ["parameters-slow"])
    tensor = {"name": "input", "datatype": "FP32", "shape": [1, 29], "data": [0.6] * 29}
    answer = asked(served, {"inputs": [tensor], "parameters": {"timeout": 100_000}}, "parameters-slow")
    assert answer.status_code == 504
    assert "0.1 s" in answer.json()["error"]


def test_a_models_error_names_no_place_of_a_library(served: Api) -> None:
    weights = {"w": (FLOAT, [2, 1], bytes(8))}
    free: list[int | str] = ["rows", "columns"]
    product = model([node("MatMul", ["x", "w"], "y")], {"x": (FLOAT, free)}, {"y": (FLOAT, ("rows", 1))}, weights)
    served.upload("parameters-product", product)
    served.serve("parameters-product", ["parameters-product"])
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]}
    answer = asked(served, {"inputs": [tensor]}, "parameters-product")
    assert answer.status_code == 400
    assert "dimension mismatch" in answer.json()["error"]
    assert "/" not in answer.json()["error"].replace("left operand", "")
    assert "::" not in answer.json()["error"]


# SageMaker


@pytest.fixture(scope="module")
def aws(server: str) -> AWS:
    aws = AWS(server)
    aws.put_model("header-model", Trained(0).archive)
    aws.put_config("header-config", ("main", "header-model", 1))
    aws.serve("named-headers", "header-config")
    return aws


def raw(aws: AWS, **headers: str) -> Any:
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=t/20260101/us-east-1/sagemaker/aws4_request, Signature=0"}
    named = {f"X-Amzn-SageMaker-{name.replace('_', '-')}": value for name, value in headers.items()}
    if "X-Amzn-SageMaker-Accept" in named:
        named["Accept"] = named.pop("X-Amzn-SageMaker-Accept")
    body = "1,2,3,4,5"
    return Api(aws.url).post(
        "/endpoints/named-headers/invocations", data=body, headers=signed | {"Content-Type": "text/csv"} | named
    )


@pytest.mark.parametrize(
    "header",
    [
        "Accept",
        "Target_Variant",
        "Target_Model",
        "Inference_Id",
        "Custom_Attributes",
        "Session_Id",
        "Enable_Explanations",
        "Inference_Component",
        "Target_Container_Hostname",
    ],
)
def test_an_empty_header_of_sagemaker_says_nothing(aws: AWS, header: str) -> None:
    answer = raw(aws, **{header: ""})
    assert answer.status_code == 200, answer.text
    assert float(answer.text)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("TargetModel", "a.tar.gz"),
        ("TargetContainerHostname", "one"),
        ("SessionId", "NEW_SESSION"),
        ("EnableExplanations", "`true`"),
        ("InferenceComponentName", "c"),
    ],
)
def test_what_no_endpoint_here_can_do_is_refused_by_name(aws: AWS, argument: str, value: str) -> None:
    with pytest.raises(aws.runtime.exceptions.ClientError, match=f"ValidationError.*{argument}"):
        aws.invoke("named-headers", "1,2,3,4,5", **{argument: value})
    assert float(aws.predict("named-headers", "1,2,3,4,5", EnableExplanations="`false`"))
