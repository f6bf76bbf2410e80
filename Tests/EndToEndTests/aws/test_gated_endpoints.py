"""Gates of SageMaker endpoints, with boto3."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aws import refusal
from conftest import require_binary
from endpoint_clients import AWS, Trained, csv, numbers, prepare
from gates import events, put_gate, put_suite
from harness import Api, Server, answered, refused


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AWS]:
    require_binary()
    server = Server(tmp_path_factory.mktemp("gated"))
    server.start()
    try:
        yield prepare(server.url, Trained(0), Trained(1))
    finally:
        server.stop()


def test_an_endpoint_with_a_gate_takes_only_what_has_passed(aws: AWS) -> None:
    api, first = Api(aws.url), Trained(0)
    aws.serve("guarded", "first")
    rows = first.rows
    # What the first model says, which the second one does not.
    case = {
        "name": "as-before",
        "golden": {"inputs": {"input": rows}, "outputs": {"output": first.says(rows)}, "absolute": 1e-3},
    }
    put_suite(api, "endpoint-suite", case, pipeline="guarded")
    put_gate(api, "guarded", "endpoint-suite")

    code, message = refusal(aws.sagemaker.update_endpoint, EndpointName="guarded", EndpointConfigName="second")
    assert code == "ValidationException"
    assert "has not been run" in message
    assert aws.sagemaker.describe_endpoint(EndpointName="guarded")["EndpointStatus"] == "InService"

    (second,) = answered(api.get("/v1/models/second", params={"workspace": "sagemaker"}), 200)["versions"]
    run = answered(api.post("/v1/suites/endpoint-suite/runs", json={"version": f"second@{second['id']}"}), 200, 201)
    assert run["outcome"] == "failed", run
    aws.put_config("both", ("main", "first", 9), ("other", "second", 1))
    aws.put_config("asleep", ("main", "first", 1), ("other", "second", 0))
    # Requests can name a variant without a weight.
    for config in ("second", "both", "asleep"):
        code, message = refusal(aws.sagemaker.update_endpoint, EndpointName="guarded", EndpointConfigName=config)
        assert (code, "case 'as-before'" in message) == ("ValidationException", True), message
    assert numbers(aws.predict("guarded", csv(rows))) == pytest.approx(first.says(rows), rel=1e-4)

    # An endpoint that is created again keeps the gate, and what answered last needs nothing.
    aws.sagemaker.delete_endpoint(EndpointName="guarded")
    code, message = refusal(aws.sagemaker.create_endpoint, EndpointName="guarded", EndpointConfigName="second")
    assert (code, "case 'as-before'" in message) == ("ValidationException", True), message
    assert aws.serve("guarded", "first")["EndpointStatus"] == "InService"

    body = {"model": f"second@{second['id']}", "reason": "The labels have changed.", "by": "ann"}
    answered(api.post("/v1/gates/guarded/overrides", json=body), 200)
    assert aws.update("guarded", "second")["EndpointStatus"] == "InService"
    assert numbers(aws.predict("guarded", csv(rows))) == pytest.approx(Trained(1).says(rows), rel=1e-4)
    kinds = [event["kind"] for event in events(api, "guarded")]
    assert kinds[0] == "gate.set"
    assert kinds[-1] == "gate.overridden"
    assert set(kinds[1:-1]) == {"gate.refused"}


def test_a_gate_of_an_endpoint_needs_a_suite_of_it(aws: AWS) -> None:
    api = Api(aws.url)
    refused(api.put("/v1/gates/nowhere", json={"suites": ["endpoint-suite"]}), 404, "pipeline")
