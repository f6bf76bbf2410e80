"""Simulations: latencies that are known, below and past saturation."""

from __future__ import annotations

import json
import math
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import native_functions
import pytest
from command import Command
from harness import Api, Server, answered, refused, until
from monitored import echo, exported, negated

import roost

SLEEPING = """
import time

def handler(event, context):
    begin = time.monotonic()
    time.sleep({seconds})
    print("span", begin, time.monotonic())
    return event
"""


def wait_and_answer(seconds: float) -> dict[str, Any]:
    return {"source": SLEEPING.format(seconds=seconds), "timeout_seconds": 30}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose functions handle one event at a time."""
    server = Server(tmp_path_factory.mktemp("simulations"), "--function-concurrency", "1")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def api(server: Server) -> Api:
    """Its API, with functions that take a known time."""
    api = server.api
    api.upload("sim-echo", echo())
    api.upload("sim-negated", negated())
    for name, seconds in (("sim-slow", 0.8), ("sim-fast", 0.5), ("sim-queue", 0.5)):
        answered(api.put(f"/v1/functions/{name}", json=wait_and_answer(seconds)), 200, 201)
        api.define(name, [{"function": name}, "sim-echo"])
    return api


def simulate(api: Api, *subjects: str, **more: Any) -> Any:
    inputs = {"data": json.dumps([{"x": [[float(number)]]} for number in range(3)])}
    request = {"subjects": subjects, "inputs": inputs, "rate": 20.0} | more
    return answered(api.post("/v1/simulations", json=request, timeout=120), 200)


def spans(api: Api, function: str, count: int) -> list[tuple[float, float]]:
    """Returns the beginnings and ends of a function's last runs in seconds, by its own clock."""

    def look() -> list[tuple[float, float]]:
        texts = [line.split() for line in native_functions.lines(api, function, limit=1000)]
        return sorted((float(text[1]), float(text[2])) for text in texts if text and text[0] == "span")

    until(lambda: len(look()) >= count, "the function's log is written")
    return look()[-count:]


def middle(values: list[float]) -> float:
    return sorted(values)[math.ceil(len(values) / 2) - 1]


def test_known_latencies_are_reported_and_compared(api: Api) -> None:
    def errors() -> list[float]:
        """Returns the relative errors of the medians. A busy machine wakes a function late, as it knows itself."""
        found = simulate(api, "sim-slow", "sim-fast", rate=1, duration=6)
        for subject in found["subjects"]:
            assert subject["kind"] == "pipeline"
            assert (subject["requests"], subject["answered"], subject["saturated"]) == (6, 6, False)
            # The last answer may come after the end.
            assert subject["throughput"] == pytest.approx(1, abs=0.2)
            assert "p90_ms" not in subject["latency"]
        outputs = found["subjects"][1]["outputs"]
        assert outputs == {"compared": 3, "different": 0, "incomparable": 0, "largest_difference": 0}
        assert "sim-fast is the fastest at this rate" in found["summary"][-1]
        known = [
            middle([1000 * (end - begin) for begin, end in spans(api, name, 6)]) for name in ("sim-slow", "sim-fast")
        ]
        assert known[0] >= 800
        assert known[1] >= 500
        medians = [subject["latency"]["p50_ms"] for subject in found["subjects"]]
        return [abs(median / took - 1) for median, took in zip(medians, known, strict=True)]

    # What keeps the server from its processor is in the latencies too, so that one of three measurements must fit.
    assert any(max(errors()) < 0.15 for _ in range(3))


def test_past_saturation_the_latency_grows_as_that_of_a_queue(api: Api) -> None:
    rate, duration = 20, 1
    count = rate * duration
    found = simulate(api, "sim-queue", rate=rate, duration=duration)
    (subject,) = found["subjects"]
    assert subject["saturated"]
    assert subject["requests"] == subject["answered"] == count
    # The first one does not wait. The others began 1/20 s after each other, but ran one after the other.
    runs = spans(api, "sim-queue", count)
    known = [1000 * (end - runs[0][0] - index / rate) for index, (_, end) in enumerate(runs)]
    # If a run takes s seconds, the i-th request waits for i · (s - 1/20) seconds, and s is 0.5 at least.
    assert all(latency >= 500 + index * 450 for index, latency in enumerate(known))
    assert subject["latency"]["max_ms"] == pytest.approx(known[-1], rel=0.05)
    assert subject["latency"]["p50_ms"] == pytest.approx(middle(known), rel=0.05)
    assert subject["throughput"] == pytest.approx(2, abs=1)
    assert subject["backlog"] == pytest.approx(count - 2, abs=1)
    assert found["summary"][0].startswith("sim-queue is saturated: it answered ")
    # A closed loop, whose next request waits for the last answer, sees nothing of that.
    api.deploy("sim-queue")
    times = []
    for _ in range(3):
        begun = time.monotonic()
        api.infer("sim-queue", {"x": [[1.0]]})
        times.append(1000 * (time.monotonic() - begun))
    assert max(times) < known[-1] / 5


def test_outputs_are_compared_and_nothing_is_logged_or_counted(api: Api) -> None:
    api.serve("sim-served", ["sim-echo"])
    api.infer("sim-served", {"x": [[5.0]]})
    before = api.metric("roost_requests_total")
    found = simulate(api, "sim-served", "sim-negated", "sim-echo", rate=500, duration=1, arrivals="poisson", seed=3)
    _, negated, same = found["subjects"]
    assert negated["kind"] == "model"
    assert negated["outputs"] == {
        "compared": 3,
        "different": 2,
        "incomparable": 0,
        "largest_difference": 4,
        "first_different": 1,
    }
    assert same["outputs"]["different"] == 0
    assert same["memory"]["shared"] is True
    assert negated["memory"]["shared"] is False
    assert all(subject["answered"] == subject["requests"] for subject in found["subjects"])
    assert len({subject["requests"] for subject in found["subjects"]}) == 1
    assert api.metric("roost_requests_total") == before
    assert len(exported(api, "sim-served")) == 1
    # The model was loaded for this only.
    refused(api.post("/v2/models/sim-negated/infer", json={"inputs": []}), 404, None)


def test_logged_requests_are_replayed(api: Api) -> None:
    api.serve("sim-logged", ["sim-echo"])
    for number in range(5):
        api.infer("sim-logged", {"x": [[float(number)]]})
    found = simulate(api, "sim-echo", "sim-negated", inputs={"pipeline": "sim-logged", "requests": 4}, duration=1)
    assert found["inputs"] == 4
    assert found["subjects"][1]["outputs"]["largest_difference"] == 8
    refused(
        api.post("/v1/simulations", json=request(inputs={"pipeline": "sim-slow"})),
        400,
        "inputs.pipeline",
        "Not enough data",
    )


def request(**more: Any) -> dict[str, Any]:
    return {"subjects": ["sim-echo"], "inputs": {"data": '{"x": [[1]]}'}, "rate": 10, "duration": 0.2} | more


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subjects": []}, "subjects"),
        ({"subjects": ["sim-echo", "sim-echo"]}, "subjects[1]"),
        ({"subjects": ["sim-echo", "nope"]}, "subjects[1]"),
        ({"subjects": ["sim-echo@nope"]}, "subjects[0]"),
        ({"rate": 0}, "rate"),
        ({"rate": 1e300}, "rate"),
        ({"rate": -5}, "rate"),
        ({"duration": 601}, "duration"),
        ({"duration": 1e-9}, "duration"),
        ({"duration": 400, "subjects": ["sim-echo", "sim-negated"]}, "duration"),
        ({"rate": 20000, "duration": 100}, "rate"),
        ({"warm_up": -1}, "warm_up"),
        ({"tolerance": -1}, "tolerance"),
        ({"seed": 1}, "seed"),
        ({"inputs": {}}, "inputs"),
        ({"inputs": {"data": "[]"}}, "inputs.data"),
        ({"inputs": {"data": "[1"}}, "inputs.data"),
        ({"inputs": {"data": '{"x": 1}\n{', "format": "json_lines"}}, "inputs.data"),
        ({"inputs": {"data": 'a,b\n1,"', "format": "csv"}}, "inputs.data"),
        ({"inputs": {"data": "a,b\n1", "format": "csv"}}, "inputs.data"),
        ({"inputs": {"data": "{}", "pipeline": "sim-slow"}}, "inputs"),
        ({"inputs": {"data": "{}", "requests": 3}}, "inputs.requests"),
        ({"inputs": {"pipeline": "sim-slow", "requests": 0}}, "inputs.requests"),
    ],
)
def test_a_wrong_request_names_its_field(api: Api, wrong: dict[str, Any], field: str) -> None:
    answer = api.post("/v1/simulations", json=request(**wrong))
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["error"].get("field") == field, answer.text


def test_failures_are_counted_and_named(api: Api) -> None:
    inputs = {"data": '{"x": [[1]]}\n{"x": [["a"]]}\n{"y": 1}\n{"x": [[1, 2]]}', "format": "json_lines"}
    (subject,) = simulate(api, "sim-echo", rate=40, duration=1, inputs=inputs)["subjects"]
    assert (subject["requests"], subject["answered"]) == (40, 10)
    (failure,) = subject["failures"]
    assert (failure["code"], failure["count"]) == ("invalid_input", 30)
    assert not subject["saturated"]


def test_rows_of_csv_are_requests(api: Api) -> None:
    inputs = {"data": "x\n1\n2\n", "format": "csv"}
    assert simulate(api, "sim-echo", inputs=inputs, duration=0.5)["subjects"][0]["answered"] == 10
    inputs = {"data": "1\n2\n3\n", "format": "csv"}
    found = simulate(api, "sim-echo", inputs=inputs, duration=0.5)
    assert (found["inputs"], found["subjects"][0]["answered"]) == (3, 10)


def test_a_simulation_ends_when_its_client_goes_away_and_there_is_one_at_a_time(api: Api) -> None:
    address = urlsplit(api.url)
    body = json.dumps(request(duration=60)).encode()
    head = f"POST /v1/simulations HTTP/1.1\r\nhost: {address.netloc}\r\ncontent-type: application/json\r\n"
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(1)
        refused(api.post("/v1/simulations", json=request()), 409, None, "Another simulation")
    deadline = time.monotonic() + 10
    while (answer := api.post("/v1/simulations", json=request())).status_code == 409:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answered(answer, 200)["subjects"][0]["answered"] == 2


def test_the_command_and_the_sdk(api: Api, tmp_path: Path) -> None:
    command = Command(api.url, tmp_path)
    (tmp_path / "inputs.jsonl").write_text('{"x": [[1]]}\n{"x": [[2]]}\n')
    options = ["simulate", "sim-echo", "sim-negated", "--inputs", "inputs.jsonl", "--rate", "50", "--duration", "1"]
    text = command(*options, "--picture", "latency.svg")
    assert "Simulation at 50 requests a second" in text
    assert "LARGEST DIFFERENCE" in text
    assert (tmp_path / "latency.svg").read_text().startswith("<svg")
    assert [each["name"] for each in command.json(*options)["subjects"]] == ["sim-echo", "sim-negated"]
    assert "no pipeline 'nope'" in command.fails(*options[:2], "nope", *options[3:])

    client = roost.Client(api.url)
    made = client.simulate(["sim-echo", "sim-negated"], tmp_path / "inputs.jsonl", rate=50, duration=1)
    assert made["sim-negated"].outputs is not None
    assert made["sim-negated"].outputs["largest_difference"] == 4
    assert made.picture().startswith("<svg")
    assert "<table>" in made._repr_html_()
    assert "keeps up" in repr(made)
    assert list(made.to_dataframe()["subject"]) == ["sim-echo", "sim-negated"]
    (tmp_path / "echo.onnx").write_bytes(echo())
    model = client.upload_model("sim-more", tmp_path / "echo.onnx")
    (subject,) = client.simulate(model, {"x": [[1]]}, rate=10, duration=0.5).subjects
    assert (subject.version, subject.answered) == (model.version(), 5)
