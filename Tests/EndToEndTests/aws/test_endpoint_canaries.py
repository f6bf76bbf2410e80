"""Canaries of endpoints that go back by themselves, requested with boto3, and servers that are killed in between."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aws import ROLE
from botocore.exceptions import BotoCoreError, ClientError
from conftest import require_binary
from endpoint_clients import AWS, tar
from harness import Server

#: The new variants' errors are compared with the old ones'.
ALARM = "error-rate>old"


IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.1-cpu-py310"

SCRIPT = """
def model_fn(folder):
    pass


def transform_fn(model, body, content_type, accept):
    if REFUSES and body.strip() == "2":
        raise ValueError("It is 2.")
    return body, "text/csv"
"""


def prepared(url: str) -> AWS:
    """Creates models that answer with the request, of which one refuses a value, and a configuration for each."""
    aws = AWS(url)
    aws.s3.create_bucket(Bucket="canaries")
    aws.s3.put_object(Bucket="canaries", Key="model.tar.gz", Body=tar({"nothing": b""}))
    for name in ("good", "same", "failing"):
        code = SCRIPT.replace("REFUSES", str(name == "failing")).encode()
        aws.s3.put_object(Bucket="canaries", Key=f"{name}.tar.gz", Body=tar({"serving.py": code}))
        container = {
            "Image": IMAGE,
            "ModelDataUrl": "s3://canaries/model.tar.gz",
            "Environment": {
                "SAGEMAKER_PROGRAM": "serving.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://canaries/{name}.tar.gz",
            },
        }
        aws.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
        aws.put_config(name, ("main", name, 1))
    return aws


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AWS]:
    require_binary()
    server = Server(tmp_path_factory.mktemp("canaries"))
    server.start()
    try:
        yield prepared(server.url)
    finally:
        server.stop()


def canary(percent: int, wait: int) -> dict[str, Any]:
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": percent},
        "WaitIntervalInSeconds": wait,
    }
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": ALARM}]},
    }


class Traffic:
    """A hundred invocations a second, of which one in twenty has a value that the failing model refuses."""

    def __init__(self, url: Callable[[], str], endpoint: str) -> None:
        self.answers: Counter[str] = Counter()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(url, endpoint), daemon=True)

    def _run(self, url: Callable[[], str], endpoint: str) -> None:
        aws = AWS(url())
        dice = random.Random(5)
        begin = time.monotonic()
        number = 0
        while not self._end.wait(max(0.0, begin + number / 100 - time.monotonic())):
            number += 1
            # A server that was started again has another port.
            if url() != aws.url:
                aws = AWS(url())
            value = "2" if dice.random() < 0.05 else "1"
            try:
                aws.predict(endpoint, value)
                self.answers["ok"] += 1
            except ClientError as error:
                self.answers["refused" if value == "2" else str(error)] += 1
            except BotoCoreError:
                self.answers["no server"] += 1

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._end.set()
            self._thread.join(60)


@pytest.mark.parametrize("turn", range(2))
def test_a_canary_that_fails_more_often_than_before_goes_back(aws: AWS, turn: int) -> None:
    name = f"failing-{turn}"
    aws.serve(name, "good")
    traffic = Traffic(lambda: aws.url, name)
    with traffic.running():
        time.sleep(1)
        aws.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName="failing", DeploymentConfig=canary(50, 120))
        # How long it takes depends on how many requests a busy machine answers. The stage would last 120 s.
        found = aws.settled(name, 100)
        # What was asked before may be answered now.
        time.sleep(1)
        before = traffic.answers["refused"]
        time.sleep(1)
        assert traffic.answers["refused"] == before
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "good")
    assert "requests failed, compared with 0 of" in found["FailureReason"]
    assert set(traffic.answers) == {"ok", "refused"}, traffic.answers


def test_a_canary_that_is_as_good_gets_all_traffic(aws: AWS) -> None:
    aws.serve("equal", "good")
    traffic = Traffic(lambda: aws.url, "equal")
    with traffic.running():
        found = aws.update("equal", "same", DeploymentConfig=canary(10, 5))
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "same")
    assert "FailureReason" not in found
    assert set(traffic.answers) == {"ok"}, traffic.answers


def killed_again_and_again(server: Server, endpoint: str, kills: int, seed: int) -> int:
    """Kills a server at random moments while an endpoint is updated, and returns how often it could."""
    dice = random.Random(seed)
    for kill in range(kills):
        time.sleep(dice.uniform(0, 0.8))
        server.kill()
        server.start()
        found = AWS(server.url).sagemaker.describe_endpoint(EndpointName=endpoint)
        if found["EndpointStatus"] != "Updating":
            return kill + 1
    return kills


@pytest.mark.parametrize(("config", "kept"), [("same", True), ("failing", False)])
def test_a_killed_server_goes_on_where_its_canary_stood(
    start_server: Callable[..., Server], config: str, kept: bool
) -> None:
    server = start_server()
    aws = prepared(server.url)
    aws.serve("killed", "good")
    traffic = Traffic(lambda: server.url, "killed")
    with traffic.running():
        aws.sagemaker.update_endpoint(
            EndpointName="killed",
            EndpointConfigName=config,
            DeploymentConfig=canary(50, 12 if kept else 600),
        )
        kills = killed_again_and_again(server, "killed", 6, seed=3)
        found = AWS(server.url).settled("killed", 180)
    assert kills > 1
    assert found["EndpointStatus"] == "InService"
    assert found["EndpointConfigName"] == (config if kept else "good")
    assert ("FailureReason" in found) != kept
    # What is neither answered nor refused by the failing model was sent while no server ran.
    assert set(traffic.answers) <= {"ok", "no server", *(() if kept else ("refused",))}, traffic.answers
