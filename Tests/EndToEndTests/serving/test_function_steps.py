"""Functions before and after the models of a pipeline."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from harness import Api, Server, answered, until
from small_onnx import FLOAT, model, node

# Counts the words of a vocabulary, as the guide shows.
WORDS = """
VOCABULARY = {"good": 0, "bad": 1, "film": 2}

def handler(event, context):
    rows = []
    for text in event["text"]:
        row = [0.0] * len(VOCABULARY)
        for word in text.lower().split():
            if word in VOCABULARY:
                row[VOCABULARY[word]] += 1
        rows.append(row)
    return {"x": rows}
"""
VERDICTS = """
def handler(event, context):
    return [{"verdict": "POSITIVE" if row[0] > row[1] else "NEGATIVE"} for row in event["y"]]
"""


# y = x + 0.5, for rows of three numbers.
ADDING = model(
    [node("Add", ["x", "half"], "y")],
    {"x": (FLOAT, ["rows", 3])},
    {"y": (FLOAT, ["rows", 3])},
    {"half": (FLOAT, [1], struct.pack("<f", 0.5))},
)


@pytest.fixture(scope="module")
def steps(server: str) -> Api:
    """The API of a server with a model that adds 0.5 to each of three numbers, and two functions."""
    api = Api(server)
    answered(api.post("/v1/models/step-model/versions?framework=onnx", data=ADDING), 201)
    for name, source in (("step-words", WORDS), ("step-verdicts", VERDICTS)):
        answered(api.put(f"/v1/functions/{name}", json={"source": source, "timeout_seconds": 30}), 200, 201)
    return api


def deploy(api: Api, name: str, *steps: Any) -> None:
    answered(api.put(f"/v1/pipelines/{name}", json={"name": name, "steps": list(steps)}), 200, 201)
    answered(api.put(f"/v1/pipelines/{name}/deployment"), 200, 202)
    until(lambda: api.get(f"/v1/pipelines/{name}/deployment").json()["state"] == "Running", "it runs")


def infer(api: Api, name: str, body: Any) -> Any:
    return api.post(f"/v1/pipelines/{name}/infer", json=body)


def test_text_in_and_verdicts_out(steps: Api) -> None:
    deploy(steps, "step-both", {"function": "step-words"}, {"model": "step-model"}, {"function": "step-verdicts"})
    answer = answered(infer(steps, "step-both", {"text": ["Good good film", "bad"]}), 200)
    assert answer["result"] == [{"verdict": "POSITIVE"}, {"verdict": "NEGATIVE"}]
    assert answer["outputs"][0]["Float"]["data"] == [2.5, 0.5, 1.5, 0.5, 1.5, 0.5]

    entry = until(
        lambda: steps.get("/v1/pipelines/step-both/logs?limit=1").json()["entries"], "the inference is logged"
    )[0]
    first, last = entry["functions"]
    assert (first["name"], first["input"]) == ("step-words", {"text": ["Good good film", "bad"]})
    assert (last["name"], "input" in last) == ("step-verdicts", False)
    assert 0 < first["elapsed"] < entry["elapsed"]
    assert entry["original_data"] == {"x": [[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]]}


def test_only_before_and_only_after(steps: Api) -> None:
    deploy(steps, "step-before", {"function": "step-words"}, {"model": "step-model"})
    answer = answered(infer(steps, "step-before", {"text": ["film"]}), 200)
    assert "result" not in answer
    assert answer["outputs"][0]["Float"]["data"] == [0.5, 0.5, 1.5]
    deploy(steps, "step-after", {"model": "step-model"}, {"function": "step-verdicts"})
    answer = answered(infer(steps, "step-after", {"x": [[1, 2, 3]]}), 200)
    assert answer["result"] == [{"verdict": "NEGATIVE"}]


def test_what_a_function_refuses_is_the_answer(steps: Api) -> None:
    deploy(steps, "step-refused", {"function": "step-words"}, {"model": "step-model"})
    refused = infer(steps, "step-refused", {"other": 1})
    assert refused.status_code == 500
    assert "Function 'step-words' failed: KeyError: 'text'" in refused.json()["error"]["message"]
    no_json = steps.post(
        "/v1/pipelines/step-refused/infer", data="no json", headers={"Content-Type": "application/json"}
    )
    assert no_json.status_code == 400
    assert "takes a JSON document" in no_json.json()["error"]["message"]


@pytest.mark.parametrize(
    ("result", "message"),
    [('{"x": [[1]]}', "must have shape"), ("[]", "an object of inputs by name"), ('{"x": "a"}', "'x'")],
)
def test_a_function_that_makes_no_input_is_refused(steps: Api, result: str, message: str) -> None:
    source = f"import json\ndef handler(event, context):\n    return json.loads({result!r})\n"
    answered(steps.put("/v1/functions/step-wrong", json={"source": source, "timeout_seconds": 30}), 200, 201)
    deploy(steps, "step-wrong", {"function": "step-wrong"}, {"model": "step-model"})
    refused = infer(steps, "step-wrong", {"any": "thing"})
    assert refused.status_code == 400
    assert message in refused.json()["error"]["message"]


@pytest.mark.parametrize("result", ["float('nan')", "[1, float('inf')]"])
def test_a_result_that_is_no_json_is_an_error(steps: Api, result: str) -> None:
    source = f"def handler(event, context):\n    return {result}\n"
    answered(steps.put("/v1/functions/step-nan", json={"source": source, "timeout_seconds": 30}), 200, 201)
    deploy(steps, "step-nan", {"model": "step-model"}, {"function": "step-nan"})
    failed = infer(steps, "step-nan", {"x": [[1, 2, 3]]})
    assert failed.status_code == 500
    assert "Function 'step-nan' returned what is not a JSON document" in failed.json()["error"]["message"]


def test_protocols_of_tensors_refuse_a_pipeline_with_functions(steps: Api) -> None:
    deploy(steps, "step-v2", {"model": "step-model"}, {"function": "step-verdicts"})
    tensor = {"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}
    refused = steps.post("/v2/models/step-v2/infer", json={"inputs": [tensor]})
    assert refused.status_code == 400
    assert "POST /v1/pipelines/step-v2/infer" in refused.json()["error"]


@pytest.mark.parametrize(
    ("listed", "status", "message"),
    [
        ([{"function": "step-words"}], 400, "has functions, but no model"),
        (
            [{"model": "step-model"}, {"function": "step-words"}, {"model": "step-model"}],
            400,
            "stands between models",
        ),
        ([{"function": "step-none"}, {"model": "step-model"}], 404, "Function 'step-none' does not exist."),
        ([{"function": "step-words@9"}, {"model": "step-model"}], 404, "Function 'step-words@9' does not exist."),
        ([{"function": "@1"}, {"model": "step-model"}], 400, "'@1' is not a valid function"),
    ],
)
def test_definitions_that_are_refused(steps: Api, listed: Any, status: int, message: str) -> None:
    refused = steps.put("/v1/pipelines/step-bad", json={"name": "step-bad", "steps": listed})
    assert refused.status_code == status
    assert message in refused.json()["error"]["message"]


def test_many_at_once_do_not_wait_on_each_other_for_ever(start_server: Callable[..., Server]) -> None:
    """The function asks the server itself, with as many requests at once as the server has threads for them."""
    server = start_server("--threads", "2", "--function-concurrency", "4")
    api = server.api
    answered(api.post("/v1/models/m/versions?framework=onnx", data=ADDING), 201)
    source = (
        "import json, os, urllib.request\n"
        "def handler(event, context):\n"
        "    url = os.environ['AWS_ENDPOINT_URL'] + '/v1/pipelines/inner/infer'\n"
        "    body = json.dumps({'x': [[1, 2, 3]]}).encode()\n"
        "    request = urllib.request.Request(url, body, {'Content-Type': 'application/json'})\n"
        "    return {'x': [json.loads(urllib.request.urlopen(request).read())['outputs'][0]['Float']['data']]}\n"
    )
    answered(api.put("/v1/functions/asks", json={"source": source, "timeout_seconds": 30}), 201)
    deploy(api, "inner", {"model": "m"})
    deploy(api, "outer", {"function": "asks"}, {"model": "m"})
    with ThreadPoolExecutor(6) as callers:
        answers = list(callers.map(lambda _: infer(api, "outer", {}), range(12)))
    assert [answer.status_code for answer in answers] == [200] * 12
    assert json.loads(answers[0].text)["outputs"][0]["Float"]["data"] == [2.0, 3.0, 4.0]
