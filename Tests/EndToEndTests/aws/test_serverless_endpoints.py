"""Serverless endpoint configurations: accepted, described as such, and exchanged for instances and back."""

from __future__ import annotations

from typing import Any

import pytest
from aws import refusal
from endpoint_clients import AWS, Trained, csv, numbers, prepare, variant

SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


@pytest.fixture(scope="module")
def first() -> Trained:
    return Trained(0)


@pytest.fixture(scope="module")
def aws(server: str, first: Trained) -> AWS:
    aws = prepare(server, first, Trained(1))
    put(aws, "serverless", SERVERLESS | {"ProvisionedConcurrency": 2})
    aws.sagemaker.create_endpoint_config(
        EndpointConfigName="instances", ProductionVariants=[variant("main", "first", 1) | {"InitialInstanceCount": 3}]
    )
    return aws


def put(aws: AWS, name: str, serverless: dict[str, int], **more: Any) -> None:
    main = {"VariantName": "main", "ModelName": "first", "ServerlessConfig": serverless}
    aws.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[main], **more)


def facts(description: Any) -> dict[str, Any]:
    """What the description of an endpoint says about how its only variant runs."""
    (main,) = description["ProductionVariants"]
    return {name: main[name] for name in main if "Count" in name or "Serverless" in name}


def test_a_serverless_variant_has_no_instances(aws: AWS, first: Trained) -> None:
    endpoint = aws.serve("bare", "serverless")
    assert endpoint["EndpointStatus"] == "InService"
    assert facts(endpoint) == {"CurrentServerlessConfig": SERVERLESS | {"ProvisionedConcurrency": 2}}
    assert numbers(aws.predict("bare", csv(first.rows))) == pytest.approx(first.says(first.rows), rel=1e-6)
    (config,) = aws.sagemaker.describe_endpoint_config(EndpointConfigName="serverless")["ProductionVariants"]
    assert config["ServerlessConfig"] == SERVERLESS | {"ProvisionedConcurrency": 2}
    assert not {"InitialInstanceCount", "InstanceType"} & config.keys()
    listed = aws.sagemaker.list_endpoints(NameContains="bare")["Endpoints"]
    assert [each["EndpointStatus"] for each in listed] == ["InService"]


def test_an_endpoint_becomes_serverless_and_goes_back(aws: AWS) -> None:
    counts = {"CurrentInstanceCount": 3, "DesiredInstanceCount": 3}
    assert facts(aws.serve("moving", "instances")) == counts
    for _ in range(2):
        assert facts(aws.update("moving", "serverless")) == {
            "CurrentServerlessConfig": SERVERLESS | {"ProvisionedConcurrency": 2}
        }
        # There is no number of instances to keep.
        assert facts(aws.update("moving", "instances", RetainAllVariantProperties=True)) == counts


def test_an_update_in_progress_says_what_comes(aws: AWS) -> None:
    aws.serve("coming", "instances")
    policy = {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 60}}
    aws.sagemaker.update_endpoint(
        EndpointName="coming", EndpointConfigName="serverless", DeploymentConfig={"BlueGreenUpdatePolicy": policy}
    )
    pending = aws.sagemaker.describe_endpoint(EndpointName="coming").get("PendingDeploymentSummary")
    assert pending is not None
    (main,) = pending["ProductionVariants"]
    assert main["DesiredServerlessConfig"] == SERVERLESS | {"ProvisionedConcurrency": 2}
    assert not {"DesiredInstanceCount", "InstanceType"} & main.keys()


def test_the_concurrency_of_a_variant_can_be_changed(aws: AWS) -> None:
    aws.serve("changing", "serverless")
    update = aws.sagemaker.update_endpoint_weights_and_capacities
    update(
        EndpointName="changing",
        DesiredWeightsAndCapacities=[
            {"VariantName": "main", "ServerlessUpdateConfig": {"MaxConcurrency": 9, "ProvisionedConcurrency": 3}}
        ],
    )
    changed = {"MemorySizeInMB": 2048, "MaxConcurrency": 9, "ProvisionedConcurrency": 3}
    assert facts(aws.settled("changing")) == {"CurrentServerlessConfig": changed}
    wanted: list[dict[str, Any]] = [{"VariantName": "main", "ServerlessUpdateConfig": {"MaxConcurrency": 2}}]
    code, text = refusal(update, EndpointName="changing", DesiredWeightsAndCapacities=wanted)
    assert (code, "must not be greater than its MaxConcurrency" in text) == ("ValidationException", True)
    wanted = [{"VariantName": "main", "DesiredInstanceCount": 2}]
    code, text = refusal(update, EndpointName="changing", DesiredWeightsAndCapacities=wanted)
    assert (code, "Variant 'main' is serverless" in text) == ("ValidationException", True)
    # The configuration says the concurrency again.
    aws.update("changing", "instances")
    wanted = [{"VariantName": "main", "ServerlessUpdateConfig": {"MaxConcurrency": 2}}]
    code, text = refusal(update, EndpointName="changing", DesiredWeightsAndCapacities=wanted)
    assert (code, "Variant 'main' runs on instances" in text) == ("ValidationException", True)
    put(aws, "other", SERVERLESS)
    assert facts(aws.update("changing", "other")) == {"CurrentServerlessConfig": SERVERLESS}


def test_more_cannot_be_provisioned_than_may_run(aws: AWS) -> None:
    with pytest.raises(aws.sagemaker.exceptions.ClientError, match="ProvisionedConcurrency of variant 'main'"):
        put(aws, "wrong", SERVERLESS | {"ProvisionedConcurrency": 6})
