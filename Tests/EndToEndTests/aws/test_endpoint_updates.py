"""Updates of endpoints during invocations, requested with boto3."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import pytest
from aws import ACCOUNT, refusal
from conftest import require_binary
from endpoint_clients import AWS, Trained, csv, mistake, numbers, prepare
from harness import Api, Server, answered, until


@pytest.fixture(scope="module")
def first() -> Trained:
    return Trained(0)


@pytest.fixture(scope="module")
def second() -> Trained:
    return Trained(1)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory, first: Trained, second: Trained) -> Iterator[AWS]:
    require_binary()
    server = Server(tmp_path_factory.mktemp("updates"))
    server.start()
    try:
        yield prepare(server.url, first, second)
    finally:
        server.stop()


# Updates


class Invoking:
    """A thread that invokes an endpoint without a pause, and counts the responses."""

    def __init__(self, aws: AWS, endpoint: str, body: str) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(AWS(aws.url), endpoint, body), daemon=True)

    def _run(self, aws: AWS, endpoint: str, body: str) -> None:
        while not self._end.is_set():
            try:
                self.answers[aws.predict(endpoint, body)] += 1
            except Exception as error:
                self.failures.append(repr(error))

    @property
    def count(self) -> int:
        return sum(self.answers.values()) + len(self.failures)

    def has(self, count: int) -> bool:
        return self.count >= count

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._end.set()
            self._thread.join(30)
            assert not self._thread.is_alive()


def test_twenty_updates_one_of_them_broken_fail_no_request(aws: AWS, first: Trained, second: Trained) -> None:
    aws.serve("updates", "first")
    invoking = Invoking(aws, "updates", csv(first.rows))
    with invoking.running():
        for turn in range(20):
            before = invoking.count
            until(partial(invoking.has, before + 5), "requests are answered between two updates")
            config = "broken" if turn == 10 else ("second", "first")[turn % 2]
            found = aws.update("updates", config)
            assert found["EndpointStatus"] == "InService"
            if turn == 10:
                assert found["EndpointConfigName"] == "first"
                assert "broken" in found["FailureReason"]
            else:
                assert found["EndpointConfigName"] == config
                assert "FailureReason" not in found
    assert invoking.failures == []
    said = sorted(tuple(numbers(answer)) for answer in invoking.answers)
    expected = sorted(tuple(trained.says(first.rows)) for trained in (first, second))
    assert said == [pytest.approx(each, rel=1e-6) for each in expected]


def test_weights_are_changed_without_a_reload(aws: AWS, server: str) -> None:
    aws.put_config("weights", ("a", "first", 1), ("b", "second", 1))
    aws.serve("weights", "weights")
    client = aws.sagemaker
    client.update_endpoint_weights_and_capacities(
        EndpointName="weights",
        DesiredWeightsAndCapacities=[
            {"VariantName": "a", "DesiredWeight": 0},
            {"VariantName": "b", "DesiredInstanceCount": 3},
        ],
    )
    found = {it["VariantName"]: it for it in aws.settled("weights")["ProductionVariants"]}
    assert (found["a"]["CurrentWeight"], found["b"]["CurrentWeight"]) == (0, 1)
    assert found["b"]["CurrentInstanceCount"] == 3
    assert {aws.invoke("weights", "1,2,3,4,5")["InvokedProductionVariant"] for _ in range(20)} == {"b"}
    assert aws.invoke("weights", "1,2,3,4,5", TargetVariant="a")["InvokedProductionVariant"] == "a"

    # An update keeps the weights if it is told to.
    aws.put_config("weights-2", ("a", "second", 5), ("b", "first", 1))
    found = {
        it["VariantName"]: it
        for it in aws.update(
            "weights",
            "weights-2",
            RetainAllVariantProperties=True,
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}],
        )["ProductionVariants"]
    }
    assert (found["a"]["CurrentWeight"], found["b"]["CurrentInstanceCount"]) == (0, 1)
    code, text = refusal(
        client.update_endpoint_weights_and_capacities,
        EndpointName="weights",
        DesiredWeightsAndCapacities=[{"VariantName": "c", "DesiredWeight": 1}],
    )
    assert code == "ValidationException"
    assert '"c"' in text


def test_a_killed_server_ends_an_update_old_or_new(
    start_server: Callable[..., Server], first: Trained, second: Trained
) -> None:
    server = start_server()
    aws = AWS(server.url)
    aws.put_model("first", first.archive)
    aws.put_model("second", second.archive)
    aws.put_config("first", ("main", "first", 1))
    aws.put_config("second", ("main", "second", 1))
    aws.serve("e", "first")
    models = {"first": first, "second": second}
    config = "first"
    for turn in range(6):
        config = "second" if config == "first" else "first"
        aws.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName=config)
        time.sleep(0.01 * turn)
        server.kill()
        server.start()
        aws = AWS(server.url)
        found = aws.settled("e")
        # An acknowledged update is completed in the end.
        assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config)
        expected = models[config].says(first.rows)
        assert numbers(aws.predict("e", csv(first.rows))) == pytest.approx(expected, rel=1e-6)


# Guardrails


def canary(percent: int, wait: int, *alarms: str) -> dict[str, Any]:
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": percent},
        "WaitIntervalInSeconds": wait,
    }
    config: dict[str, Any] = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    if alarms:
        config["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return config


def test_a_canary_gets_its_share_before_the_rest(aws: AWS, first: Trained, second: Trained) -> None:
    aws.serve("canary", "first")
    aws.sagemaker.update_endpoint(
        EndpointName="canary", EndpointConfigName="second", DeploymentConfig=canary(30, 15, "error-rate>1%")
    )
    old, new = (pytest.approx(trained.says(first.rows), rel=1e-6) for trained in (first, second))
    body = csv(first.rows)
    until(lambda: numbers(aws.predict("canary", body)) == new, "the canary answers")
    found = aws.sagemaker.describe_endpoint(EndpointName="canary")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", "first")
    assert found["PendingDeploymentSummary"]["EndpointConfigName"] == "second"
    assert refusal(aws.sagemaker.update_endpoint, EndpointName="canary", EndpointConfigName="first") == (
        "ValidationException",
        f'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/canary".',
    )
    said = [numbers(aws.predict("canary", body)) for _ in range(100)]
    assert 10 <= sum(answer == new for answer in said) <= 55
    assert all(answer in (old, new) for answer in said)
    found = aws.settled("canary", 60)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "second")
    assert found["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "CANARY"
    assert {tuple(numbers(aws.predict("canary", body))) for _ in range(10)} == {
        tuple(numbers(aws.predict("canary", body)))
    }
    assert numbers(aws.predict("canary", body)) == new


def test_a_linear_shift_rolls_back_when_the_new_variants_fail(aws: AWS, first: Trained) -> None:
    # A model with other columns, which rejects the endpoint's requests.
    aws.serve("linear", "first")
    config = linear(50, 30) | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "error-rate>5%"}]}}
    aws.sagemaker.update_endpoint(EndpointName="linear", EndpointConfigName="wide", DeploymentConfig=config)
    body = csv(first.rows)
    until(lambda: mistake(aws.predict, "linear", body), "the new variant gets a request")
    # This is long before the step's 30 s are over.
    found = aws.settled("linear", limit=25)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    assert 'alarm "error-rate>5%"' in found["FailureReason"]
    assert not any(mistake(aws.predict, "linear", body) for _ in range(20))


def linear(percent: int, wait: int) -> dict[str, Any]:
    size = {"Type": "CAPACITY_PERCENT", "Value": percent}
    routing = {"Type": "LINEAR", "LinearStepSize": size, "WaitIntervalInSeconds": wait}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}


def rolling(percent: int, wait: int, **more: int) -> dict[str, Any]:
    size = {"Type": "CAPACITY_PERCENT", "Value": percent}
    return {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": wait} | more}


@pytest.mark.parametrize(
    ("config", "shares"),
    [(linear(30, 1), [0, 0.3, 0.6, 0.9, 1]), (rolling(40, 1), [0, 0.4, 0.8, 1])],
    ids=["linear", "rolling"],
)
def test_traffic_moves_step_by_step_to_the_end(
    aws: AWS, first: Trained, second: Trained, config: dict[str, Any], shares: list[float]
) -> None:
    name = next(iter(config)).lower()
    aws.serve(name, "first")
    invoking = Invoking(aws, name, csv(first.rows))
    old, new = (pytest.approx(trained.says(first.rows), rel=1e-6) for trained in (first, second))
    begun = time.monotonic()
    with invoking.running():
        aws.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName="second", DeploymentConfig=config)
        assert aws.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Updating"
        until(lambda: any(numbers(answer) == new for answer in invoking.answers), "the new variant answers")
        found = aws.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "second")
    assert found["LastDeploymentConfig"] == config
    assert "FailureReason" not in found
    assert time.monotonic() - begun >= len(shares) - 1, "each step is watched for a second"
    assert invoking.failures == []
    assert len(invoking.answers) == 2
    assert numbers(aws.predict(name, csv(first.rows))) == new
    # Each step is a version of the endpoint's pipeline, from only the old variant to only the new one.
    versions = answered(Api(aws.url).get(f"/v1/pipelines/{name}/versions"), 200)["versions"][::-1]
    splits = [version["steps"][0]["random_split"]["models"] for version in versions]
    moved = [split[-1]["weight"] / sum(model["weight"] for model in split) for split in splits[1:-1]]
    assert moved == pytest.approx(shares[1:])
    assert [len(split) for split in splits] == [1, *(2 for _ in moved), 1]
    assert old != new


def test_a_pending_change_describes_its_configuration(aws: AWS) -> None:
    aws.put_config("heavy", ("main", "first", 3))
    aws.serve("pending", "heavy")
    aws.sagemaker.update_endpoint(
        EndpointName="pending",
        EndpointConfigName="second",
        DeploymentConfig=linear(50, 5),
        RetainAllVariantProperties=True,
    )
    summary = aws.sagemaker.describe_endpoint(EndpointName="pending")["PendingDeploymentSummary"]
    assert summary["EndpointConfigName"] == "second"
    assert summary["ProductionVariants"] == [
        {"VariantName": "main", "InstanceType": "ml.m5.large", "DesiredWeight": 1, "DesiredInstanceCount": 1}
    ]
    (found,) = aws.settled("pending")["ProductionVariants"]
    assert found["CurrentWeight"] == 3


def test_an_update_that_takes_too_long_is_rolled_back(
    start_server: Callable[..., Server], first: Trained, second: Trained
) -> None:
    server = start_server()
    aws = prepare(server.url, first, second)
    aws.serve("late", "first")
    code, text = refusal(
        aws.sagemaker.update_endpoint,
        EndpointName="late",
        EndpointConfigName="second",
        DeploymentConfig=rolling(20, 200, MaximumExecutionTimeoutInSeconds=900),
    )
    assert (code, "MaximumExecutionTimeoutInSeconds is 900" in text) == ("ValidationException", True)
    config = rolling(50, 290, MaximumExecutionTimeoutInSeconds=600)
    aws.sagemaker.update_endpoint(EndpointName="late", EndpointConfigName="second", DeploymentConfig=config)
    new = pytest.approx(second.says(first.rows), rel=1e-6)
    until(lambda: numbers(aws.predict("late", csv(first.rows))) == new, "the new variant answers")
    # AWS accepts no limit below ten minutes, so pretend that the server was down for that long.
    server.kill()
    with closing(sqlite3.connect(server.data / "roost.sqlite")) as database, database:
        changed = database.execute(
            "UPDATE endpoint SET document = json_set(document, '$.pending.startedAt', "
            "json_extract(document, '$.pending.startedAt') - 601) WHERE name = 'late'"
        )
        assert changed.rowcount == 1
    server.start()
    aws = AWS(server.url)
    found = aws.settled("late")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    assert found["FailureReason"] == "The update was rolled back because it took longer than its limit of 600 s."
    assert {tuple(numbers(aws.predict("late", csv(first.rows)))) for _ in range(10)} == {
        tuple(numbers(aws.predict("late", csv(first.rows))))
    }
    assert numbers(aws.predict("late", csv(first.rows))) == pytest.approx(first.says(first.rows), rel=1e-6)


def test_a_deployment_config_that_makes_no_sense_is_refused(aws: AWS) -> None:
    aws.serve("senseless", "first")
    for config, words in (
        (canary(80, 1), "CanarySize is 80 percent"),
        (canary(10, 1, "my-alarm"), "Unknown alarm 'my-alarm'"),
    ):
        code, text = refusal(
            aws.sagemaker.update_endpoint,
            EndpointName="senseless",
            EndpointConfigName="second",
            DeploymentConfig=config,
        )
        assert code == "ValidationException"
        assert words in text
    assert aws.settled("senseless")["EndpointConfigName"] == "first"
