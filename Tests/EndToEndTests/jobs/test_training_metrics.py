"""The metrics of training jobs over time, as CloudWatch and the SDK's analytics show them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session
import numpy as np
import pytest
from aws import REGION, channel, client, csv, ended, refusal, regression, training_request
from harness import REPOSITORY, Server, until
from own_algorithms import Account
from sagemaker_programs import run_program

NAMESPACE = "/aws/sagemaker/TrainingJobs"
ROUNDS = 30


def train(url: str, bucket: str, name: str) -> Any:
    """Runs a job that writes a line per round, and returns its description."""
    s3, sagemaker = client("s3", url), client("sagemaker", url)
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="train/all.csv", Body=csv(regression(400, seed=1)))
    s3.put_object(Bucket=bucket, Key="validation/all.csv", Body=csv(regression(200, seed=2)))
    channels = [channel(each, f"s3://{bucket}/{each}/") for each in ("train", "validation")]
    parameters = {"num_round": str(ROUNDS), "objective": "reg:squarederror"}
    request = training_request(name, bucket, HyperParameters=parameters, InputDataConfig=channels)
    sagemaker.create_training_job(**request)
    ended(sagemaker, name)
    return sagemaker.describe_training_job(TrainingJobName=name)


@pytest.fixture(scope="module")
def job(server: str) -> Any:
    return train(server, "metrics-data", "Measured")


@pytest.fixture(scope="module")
def logged(server: str, job: Any) -> list[float]:
    """Returns the validation errors in the job's log."""
    logs = client("logs", server)
    events = logs.filter_log_events(logGroupName=NAMESPACE, logStreamNamePrefix="Measured/")["events"]
    lines = [event["message"] for event in events if "#011validation-rmse:" in event["message"]]
    return [float(line.rpartition(":")[2]) for line in lines]


def question(job: Any, **changes: Any) -> dict[str, Any]:
    return {
        "Namespace": NAMESPACE,
        "MetricName": "validation:rmse",
        "Dimensions": [{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
        "StartTime": job["TrainingStartTime"],
        "EndTime": job["TrainingEndTime"] + timedelta(minutes=1),
        "Period": 60,
        "Statistics": ["Average", "SampleCount", "Sum", "Minimum", "Maximum"],
    } | changes


def test_a_built_in_algorithm_says_which_metrics_it_has(job: Any) -> None:
    definitions = {each["Name"]: each["Regex"] for each in job["AlgorithmSpecification"]["MetricDefinitions"]}
    assert definitions["validation:rmse"] == (
        r".*\[[0-9]+\].*#011validation-rmse:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"
    )
    # A job that has ended lists what it has reported, so that the SDK's analytics do not ask for more.
    assert {metric["MetricName"] for metric in job["FinalMetricDataList"]} == set(definitions)


def test_statistics_are_those_of_what_the_job_wrote(server: str, job: Any, logged: list[float]) -> None:
    assert len(logged) == ROUNDS
    answer = client("cloudwatch", server).get_metric_statistics(**question(job))
    assert answer["Label"] == "validation:rmse"
    points = answer["Datapoints"]
    assert {point["Unit"] for point in points} == {"None"}
    assert all(point["Timestamp"].second == 0 for point in points)
    assert sum(point["SampleCount"] for point in points) == ROUNDS
    assert sum(point["Sum"] for point in points) == pytest.approx(sum(logged))
    assert min(point["Minimum"] for point in points) == min(logged)
    assert max(point["Maximum"] for point in points) == max(logged)
    for point in points:
        assert point["Average"] == pytest.approx(point["Sum"] / point["SampleCount"])


def test_older_clients_speak_in_forms_and_xml(server: str, job: Any, tmp_path: Path) -> None:
    loader = botocore.loaders.Loader()
    model = loader.load_service_model("cloudwatch", "service-2")
    # botocore's description of the service before it supported other protocols.
    model["metadata"] = {**model["metadata"], "protocol": "query", "protocols": ["query"]}
    folder = tmp_path / "cloudwatch" / "2010-08-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model))
    session = botocore.session.Session(session_vars={"data_path": ("data_path", None, str(tmp_path), None)})
    old = session.create_client(
        "cloudwatch", REGION, endpoint_url=server, aws_access_key_id="test", aws_secret_access_key="test"
    )
    assert old.meta.service_model.resolved_protocol == "query"
    new = client("cloudwatch", server)
    assert (
        old.get_metric_statistics(**question(job))["Datapoints"]
        == new.get_metric_statistics(**question(job))["Datapoints"]
    )
    found = refusal(old.get_metric_statistics, **question(job, Period=7))
    assert found[0] == "InvalidParameterValue"
    assert refusal(old.describe_alarms)[0] == "InvalidAction"


def test_what_was_not_written_has_no_datapoints(server: str, job: Any) -> None:
    cloudwatch = client("cloudwatch", server)
    other = job["TrainingStartTime"] - timedelta(hours=1)
    changes: list[dict[str, Any]] = [
        {"MetricName": "validation:auc"},
        {"Namespace": "AWS/EC2"},
        {"Dimensions": []},
        {"Dimensions": [{"Name": "TrainingJobName", "Value": "nobody"}]},
        {"Dimensions": [{"Name": "Host", "Value": "Measured"}]},
        {"Unit": "Bytes"},
        {"StartTime": other, "EndTime": other + timedelta(minutes=30)},
    ]
    for change in changes:
        assert cloudwatch.get_metric_statistics(**question(job, **change))["Datapoints"] == [], change


def test_questions_that_cloudwatch_refuses(server: str, job: Any) -> None:
    cloudwatch = client("cloudwatch", server)
    end = job["TrainingEndTime"]
    changes: list[tuple[dict[str, Any], str, str]] = [
        ({"StartTime": end, "EndTime": end}, "InvalidParameterValue", "StartTime must not equal"),
        ({"Period": 7}, "InvalidParameterValue", "Period"),
        ({"Statistics": ["Median"]}, "ValidationError", "statistics"),
        ({"StartTime": end - timedelta(days=2)}, "InvalidParameterCombination", "exceeds the limit of 1,440"),
        ({"ExtendedStatistics": ["p90"]}, "InvalidParameterCombination", "ExtendedStatistics"),
    ]
    for change, code, part in changes:
        found = refusal(cloudwatch.get_metric_statistics, **question(job, **change))
        assert found[0] == code, found
        assert part in found[1], found
    code, text = refusal(cloudwatch.describe_alarms)
    assert (code, "DescribeAlarms is not supported by this server" in text) == ("UnknownOperationException", True)


def test_a_loss_that_is_no_number_does_not_keep_a_job_from_its_end(account: Account, make: Callable[..., None]) -> None:
    make("diverges", "print('loss=2', 'loss=nan', sep='\\n', flush=True)\n")
    specification = {
        "TrainingImage": "diverges",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "loss", "Regex": r"loss=(\S+)"}],
    }
    account.train("diverges", "diverges", AlgorithmSpecification=specification)
    found = account.ended("diverges", 30)
    assert found["TrainingJobStatus"] == "Completed"
    assert [metric["Value"] for metric in found["FinalMetricDataList"]] == [2]


@pytest.mark.parametrize("environment", [".venv-sagemaker1", ".venv-sagemaker2"])
def test_the_analytics_of_the_sdk(start_server: Callable[..., Server], tmp_path: Path, environment: str) -> None:
    server = start_server()
    train(server.url, "curves-data", "Curves")
    server.kill()
    # The metrics are still there after a restart.
    server.start()
    until(lambda: client("sagemaker", server.url).list_training_jobs()["TrainingJobSummaries"], "the jobs are there")
    python = REPOSITORY / environment / "bin" / "python"
    results = run_program(server, tmp_path / "program", python, "analytics.py")
    assert set(results["every"]["metric_name"]) == {"train:rmse", "validation:rmse"}
    assert results["attached"] == results["every"]
    assert set(results["one"]["metric_name"]) == {"validation:rmse"}
    assert np.all(np.array(results["one"]["value"]) > 0)
    assert results["one"]["timestamp"][0] == 0
