"""Helpers shared by the tests of tuning jobs: an algorithm whose objective is a known function, and a server's tuning jobs."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import aws
import requests
from harness import until

IMAGE = f"{aws.ACCOUNT}.dkr.ecr.{aws.REGION}.amazonaws.com/bowl:1"

# The minimum is 0 at x = 0.3, n = 7, kind b. It writes its objective step by step, and follows instructions meanwhile.
TRAIN = """#!/usr/bin/env python3
import json, os, sys, time
root = os.environ["SAGEMAKER_BASE_DIR"]
given = json.load(open(root + "/input/config/hyperparameters.json"))
x, n = float(given.get("x", 0.3)), int(given.get("n", 7))
cost = (x - 0.3) ** 2 + 0.01 * (n - 7) ** 2 + (0 if given.get("kind", "b") == "b" else 0.2)
if given.get("breaks"):
    open(root + "/output/failure", "w").write("it is broken")
    sys.exit(1)
steps = int(given.get("steps", 1))
for step in range(steps):
    print(f"step={step} objective={cost + 1 / (step + 1) - 1 / steps:.9f};", flush=True)
    time.sleep(float(given.get("pause", 0)))
open(root + "/model/model.txt", "w").write(str(cost))
"""

RANGES = {
    "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}],
    "IntegerParameterRanges": [{"Name": "n", "MinValue": "0", "MaxValue": "20", "ScalingType": "Linear"}],
    "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b", "c"]}],
}


def cost(values: dict[str, str]) -> float:
    return (float(values["x"]) - 0.3) ** 2 + 0.01 * (int(values["n"]) - 7) ** 2 + (0 if values["kind"] == "b" else 0.2)


def add_algorithm(url: str) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        entry = tarfile.TarInfo("train")
        entry.size, entry.mode = len(TRAIN), 0o755
        tar.addfile(entry, io.BytesIO(TRAIN.encode()))
    answer = requests.put(
        f"{url}/v1/algorithms/bowl",
        data=archive.getvalue(),
        headers={"Content-Type": "application/octet-stream"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text


class Tuning:
    """A server's tuning jobs."""

    def __init__(self, url: str) -> None:
        self.sagemaker = aws.client("sagemaker", url)
        self.s3 = aws.client("s3", url)
        self.s3.create_bucket(Bucket="tuning")
        add_algorithm(url)

    def training(self, image: str = IMAGE, **static: str) -> dict[str, Any]:
        metrics = [{"Name": "objective", "Regex": "objective=([0-9.e+-]+);"}]
        specification: dict[str, Any] = {"TrainingImage": image, "TrainingInputMode": "File"}
        return {
            "StaticHyperParameters": static,
            "AlgorithmSpecification": specification | ({"MetricDefinitions": metrics} if image == IMAGE else {}),
            "RoleArn": aws.ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://tuning/output"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }

    def request(
        self, name: str, count: int = 8, width: int = 3, static: dict[str, str] | None = None, **config: Any
    ) -> Any:
        objective = {"Type": "Minimize", "MetricName": "objective"}
        limits = {"MaxNumberOfTrainingJobs": count, "MaxParallelTrainingJobs": width}
        return {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "HyperParameterTuningJobObjective": objective,
                "ResourceLimits": limits,
                "ParameterRanges": RANGES,
                "RandomSeed": 1,
            }
            | config,
            "TrainingJobDefinition": self.training(**(static or {})),
        }

    def create(self, request: dict[str, Any]) -> str:
        arn: str = self.sagemaker.create_hyper_parameter_tuning_job(**request)["HyperParameterTuningJobArn"]
        return arn

    def describe(self, name: str) -> Any:
        return self.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)

    def ended(self, name: str, limit: float = 240) -> Any:
        def look() -> Any:
            job = self.describe(name)
            return job if job["HyperParameterTuningJobStatus"] in aws.FINAL else None

        return until(look, f"the tuning job {name} is over", limit)

    def run(self, request: dict[str, Any], limit: float = 240) -> Any:
        self.create(request)
        return self.ended(request["HyperParameterTuningJobName"], limit)

    def trials(self, name: str, **query: Any) -> list[Any]:
        pages = self.sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
        found = pages.paginate(HyperParameterTuningJobName=name, **query)
        return [trial for page in found for trial in page["TrainingJobSummaries"]]


def value(trial: Any) -> float:
    return float(trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
