"""The responses of deployed pipelines: which model a split selects, and what a shadow deploy returns."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from harness import DATA, Api, Server, answered, refused, tensor, until
from small_onnx import failing_model

CONTROL, CHALLENGER, OTHER = "pipelines-control", "pipelines-challenger", "pipelines-other"
SLOW, FAILS = "pipelines-slow", "pipelines-fails"
FRAUD: list[list[float]] = json.loads((DATA / "fraud.json").read_text())["tensor"]
HANGS = [[0.6, *FRAUD[0][1:]]]
RUNS = [[0.4, *FRAUD[0][1:]]]
KEYS = [f"user-{number}" for number in range(100)]
CHALLENGER_TIMEOUT = 3.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, running_server: Server) -> Iterator[Server]:
    """A server that waits briefly for challengers, with three similar models, one that may hang and one that may fail."""
    server = Server(tmp_path_factory.mktemp("pipelines"), "--challenger-timeout", str(CHALLENGER_TIMEOUT))
    server.start()
    for name, artifact in {
        CONTROL: "fraud-dense.onnx",
        CHALLENGER: "fraud-dense-2.onnx",
        OTHER: "fraud-trees.onnx",
        SLOW: "slow-loop.onnx",
    }.items():
        server.api.upload(name, artifact)
    server.api.upload(FAILS, failing_model(29))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def api(shared: Server) -> Api:
    return shared.api


def split(*weights: tuple[str, float], **more: Any) -> dict[str, Any]:
    return {"random_split": {"models": [{"model": name, "weight": weight} for name, weight in weights]} | more}


# Random splits


def test_a_random_split_follows_its_weights(api: Api) -> None:
    api.serve("two-to-one", [split((CONTROL, 2), (CHALLENGER, 1))])
    chosen = Counter(api.infer("two-to-one", {"tensor": FRAUD})["model_name"] for _ in range(1000))
    # Within five standard deviations of 1000 choices with probability 2/3.
    assert 592 <= chosen[CONTROL] <= 741, chosen
    assert chosen[CONTROL] + chosen[CHALLENGER] == 1000
    logged = Counter(entry["model_name"] for entry in api.logs("two-to-one", limit="1000"))
    assert logged == chosen


def test_a_model_with_weight_0_is_never_chosen(api: Api) -> None:
    api.serve("one-to-none", [split((CONTROL, 1), (CHALLENGER, 0))])
    assert {api.infer("one-to-none", {"tensor": FRAUD})["model_name"] for _ in range(100)} == {CONTROL}


def chosen_natively(api: Api, pipeline: str, key: str) -> str:
    name: str = api.infer(pipeline, {"tensor": FRAUD, "user": key})["model_name"]
    return name


def chosen_by_v2(api: Api, pipeline: str, key: str) -> str:
    """Returns the model that answered. V2 does not report it, so it is looked up by the inference's ID."""
    headers = {"X-Roost-Inference-Id": f"v2-{key}"}
    body = {"inputs": [tensor("tensor", "FP32", FRAUD)], "parameters": {"user": key}}
    answered(api.post(f"/v2/models/{pipeline}/infer", json=body, headers=headers), 200)
    name: str = api.logs(pipeline, id=f"v2-{key}")[0]["model_name"]
    return name


def chosen_by_header(api: Api, pipeline: str, key: str) -> str:
    name: str = api.infer(pipeline, {"tensor": FRAUD}, headers={"User": key})["model_name"]
    return name


@pytest.mark.parametrize("ask", [chosen_natively, chosen_by_v2, chosen_by_header])
def test_a_hash_key_decides_alike_wherever_it_comes_from(api: Api, ask: Callable[[Api, str, str], str]) -> None:
    api.serve("hashed", [split((CONTROL, 1), (CHALLENGER, 1), hash_key="user")])
    expected = {key: chosen_natively(api, "hashed", key) for key in KEYS}
    assert {key: ask(api, "hashed", key) for key in KEYS} == expected
    assert 25 <= Counter(expected.values())[CONTROL] <= 75


def test_a_hash_key_that_is_a_number_is_its_text(api: Api) -> None:
    api.serve("hashed-number", [split((CONTROL, 1), (CHALLENGER, 1), hash_key="user")])
    for number in range(20):
        by_number = api.infer("hashed-number", {"tensor": FRAUD, "user": number})["model_name"]
        assert by_number == chosen_natively(api, "hashed-number", str(number))


def test_a_hash_key_decides_alike_after_a_restart(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api = server.api
    api.upload(CONTROL, "fraud-dense.onnx")
    api.upload(CHALLENGER, "fraud-dense-2.onnx")
    api.serve("hashed", [split((CONTROL, 1), (CHALLENGER, 1), hash_key="user")])
    before = {key: chosen_natively(api, "hashed", key) for key in KEYS}
    server.stop()
    server.start()
    assert {key: chosen_natively(server.api, "hashed", key) for key in KEYS} == before


# Key splits


def test_a_key_split_asks_the_model_of_the_value_or_else_the_default(api: Api) -> None:
    models = {"de": CHALLENGER, "fr": OTHER}
    api.serve("by-country", [{"key_split": {"key": "country", "default": CONTROL, "models": models}}])

    def ask(**keys: Any) -> str:
        name: str = api.infer("by-country", {"tensor": FRAUD} | keys)["model_name"]
        return name

    assert ask(country="de") == CHALLENGER
    assert ask(country="fr") == OTHER
    assert ask(country="DE") == CONTROL
    assert ask(country="") == CONTROL
    assert ask() == CONTROL
    assert chosen_by_header(api, "by-country", "de") == CONTROL
    assert api.infer("by-country", {"tensor": FRAUD}, headers={"Country": "de"})["model_name"] == CHALLENGER
    # The body takes precedence over the header.
    both = api.infer("by-country", {"tensor": FRAUD, "country": "fr"}, headers={"Country": "de"})
    assert both["model_name"] == OTHER


# Shadow deploys


def shadow(champion: str, *challengers: str) -> dict[str, Any]:
    return {"shadow_deploy": {"champion": champion, "challengers": list(challengers)}}


def test_a_shadow_deploy_answers_and_logs_each_model(api: Api) -> None:
    api.serve("shadowed", [shadow(CONTROL, CHALLENGER, OTHER)])
    answer = api.post("/v1/pipelines/shadowed/infer", json={"tensor": FRAUD})
    result = answered(answer, 200)
    assert result["model_name"] == CONTROL
    assert list(result["shadow_data"]) == [CHALLENGER, OTHER]
    entries = api.logs("shadowed", id=answer.headers["X-Roost-Inference-Id"])
    assert {entry["model_name"]: entry["role"] for entry in entries} == {
        CONTROL: "champion",
        CHALLENGER: "challenger",
        OTHER: "challenger",
    }
    outputs = {entry["model_name"]: entry["outputs"] for entry in entries}
    assert len(entries) == 3
    assert outputs == {CONTROL: result["outputs"]} | result["shadow_data"]
    assert len({json.dumps(output) for output in outputs.values()}) == 3


def test_a_shadow_deploy_answers_v2_with_the_champion_and_logs_all(api: Api) -> None:
    api.serve("shadowed-v2", [shadow(CONTROL, CHALLENGER)])
    answer = api.infer_v2("shadowed-v2", [tensor("tensor", "FP32", FRAUD)])
    assert [output["name"] for output in answer["outputs"]] == ["probability"]
    until(lambda: len(api.logs("shadowed-v2")) == 2, "both models are logged")


def test_a_challenger_that_fails_never_harms_the_answer(api: Api) -> None:
    api.serve("failing", [shadow(CONTROL, FAILS, CHALLENGER)])
    good = [[0.0] * 28 + [1.0]]
    assert set(api.infer("failing", {"tensor": good})["shadow_data"]) == {FAILS, CHALLENGER}
    bad = [[0.0] * 28 + [7.0]]
    result = api.infer("failing", {"tensor": bad})
    assert result["model_name"] == CONTROL
    assert set(result["shadow_data"]) == {CHALLENGER}
    entries = {entry["model_name"]: entry for entry in api.logs("failing", limit="3")}
    assert "outputs" in entries[CONTROL]
    assert "outputs" in entries[CHALLENGER]
    assert "outputs" not in entries[FAILS]
    assert "Gather" in entries[FAILS]["error"]


def test_a_champion_that_fails_is_an_error_and_logged_as_one(api: Api) -> None:
    api.serve("failing-alone", [FAILS])
    answer = api.post("/v1/pipelines/failing-alone/infer", json={"input": [[7.0] * 29]})
    # The model works with other inputs, so this input is at fault.
    refused(answer, 400, None, FAILS, "Gather")
    (entry,) = api.logs("failing-alone")
    assert not entry["valid"]
    assert "outputs" not in entry
    assert "Gather" in entry["error"]
    assert entry["original_data"] == {"input": [[7.0] * 29]}
    assert api.infer("failing-alone", {"input": [[1.0] * 29]})["outputs"][0]["Float"]["data"] == [1.0] * 29


def test_a_challenger_that_hangs_never_harms_the_answer(api: Api) -> None:
    api.serve("hanging", [shadow(CONTROL, SLOW, CHALLENGER)])
    expected = api.infer("hanging", {"tensor": RUNS})
    assert set(expected["shadow_data"]) == {SLOW, CHALLENGER}
    failures = api.metric("roost_challenger_failures_total")

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: Api(api.url).infer("hanging", {"tensor": HANGS}), range(8)))
    for result in results:
        assert result["model_name"] == CONTROL
        assert SLOW not in result["shadow_data"]
        # The time is the champion's, without the wait for challengers.
        assert result["elapsed"] < CHALLENGER_TIMEOUT * 1e9
    assert api.metric("roost_challenger_failures_total") >= failures + 8

    late = [entry for entry in api.logs("hanging") if "error" in entry and entry["model_name"] == SLOW]
    assert len(late) == 8
    for entry in late:
        assert entry["role"] == "challenger"
        assert "outputs" not in entry
        assert "time" in entry["error"]
    # Abandoned runs are stopped, so the next one is answered as before.
    again = api.infer("hanging", {"tensor": RUNS})
    assert again["outputs"] == expected["outputs"]
    assert again["shadow_data"] == expected["shadow_data"]


def test_a_challenger_has_a_second_by_default(start_server: Callable[..., Server]) -> None:
    api = start_server(patient=False).api
    api.upload(CONTROL, "fraud-dense.onnx")
    api.upload(SLOW, "slow-loop.onnx")
    api.serve("hanging", [shadow(CONTROL, SLOW)])
    begin = time.monotonic()
    api.infer("hanging", {"tensor": HANGS})
    entries = until(lambda: api.logs("hanging") if len(api.logs("hanging")) == 2 else None, "both are logged")
    assert 1 <= time.monotonic() - begin < 25
    (late,) = [entry for entry in entries if entry["model_name"] == SLOW]
    assert "in time" in late["error"]


def test_a_challenger_that_hangs_is_not_waited_for_by_v2(start_server: Callable[..., Server]) -> None:
    limit = 2.0
    api = start_server("--challenger-timeout", str(limit)).api
    api.upload(CONTROL, "fraud-dense.onnx")
    api.upload(SLOW, "slow-loop.onnx")
    api.serve("hanging", [shadow(CONTROL, SLOW)])
    answer = api.post("/v2/models/hanging/infer", json={"inputs": [tensor("tensor", "FP32", HANGS)]})
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() < limit
    entries = until(lambda: api.logs("hanging") if len(api.logs("hanging")) == 2 else None, "both are logged")
    assert {entry["model_name"]: "error" in entry for entry in entries} == {CONTROL: False, SLOW: True}
