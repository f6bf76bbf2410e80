"""The crash test's work with jobs and endpoints."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from aws import FINAL, ROLE, artifact, channel, ended
from botocore.exceptions import ClientError
from crash_objects import BUCKET, Life, Work
from harness import until

IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/digest:1"


def request(name: str, **hyperparameters: str) -> dict[str, Any]:
    """Returns a request for a training job of the algorithm `digest`."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+);"}],
        },
        "RoleArn": ROLE,
        "HyperParameters": hyperparameters,
        "InputDataConfig": [channel("train", f"s3://{BUCKET}/data/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


class Trainings(Work):
    """Runs training jobs, and stops some of them."""

    def __init__(self, life: Life, seed: int, digest: str) -> None:
        super().__init__(life, seed)
        self.digest = digest
        self.names: list[str] = []
        self.stopped: set[str] = set()
        self.over: dict[str, str] = {}

    def step(self) -> None:
        name = f"train-{self.number}"
        pause = self.chance.choice(["0", "0.2", "0.6"])
        self.life.sagemaker.create_training_job(**request(name, pause=pause, x=str(self.chance.random())))
        self.names.append(name)
        if self.chance.random() < 0.2:
            # If the response is lost, the job may or may not have been stopped.
            self.stopped.add(name)
            try:
                self.life.sagemaker.stop_training_job(TrainingJobName=name)
            except ClientError as error:
                if "in status Completed" not in str(error):
                    raise
        until(lambda: len(self._unfinished()) < 3, "jobs are done", limit=60)

    def _unfinished(self) -> list[str]:
        for name in self.names:
            if name not in self.over:
                status = self.life.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
                if status in FINAL:
                    self.over[name] = status
        return [name for name in self.names if name not in self.over]

    def check(self) -> None:
        for name in self.names[-8:]:
            job = self.life.sagemaker.describe_training_job(TrainingJobName=name)
            assert job["TrainingJobStatus"] in ("InProgress", "Stopping", "Completed", "Stopped"), job
            if name in self.over:
                assert job["TrainingJobStatus"] == self.over[name]

    def finish(self) -> None:
        for name in self.names:
            job = ended(self.life.sagemaker, name)
            expected = ("Stopped", "Completed") if name in self.stopped else ("Completed",)
            assert job["TrainingJobStatus"] in expected, job
            assert self.over.get(name, job["TrainingJobStatus"]) == job["TrainingJobStatus"]
            phases = [phase["Status"] for phase in job["SecondaryStatusTransitions"]]
            assert phases[0] == "Pending"
            assert phases[-1] == job["SecondaryStatus"]
            assert all("EndTime" in phase for phase in job["SecondaryStatusTransitions"])
            if job["TrainingJobStatus"] == "Completed":
                files = artifact(self.life.s3, job["ModelArtifacts"]["S3ModelArtifacts"])
                assert files == {"digest": self.digest.encode()}
                assert [metric["MetricName"] for metric in job["FinalMetricDataList"]] == ["score"]


class Tunings(Work):
    """Runs tuning jobs of a few trials each."""

    trials = 3

    def __init__(self, life: Life, seed: int) -> None:
        super().__init__(life, seed)
        self.names: list[str] = []

    def step(self) -> None:
        name = f"tune-{self.number}"
        job = request("unused", pause="0.1")
        definition = {
            "StaticHyperParameters": job["HyperParameters"],
            **{member: job[member] for member in job if member not in ("TrainingJobName", "HyperParameters")},
        }
        self.life.sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": self.chance.choice(["Bayesian", "Random"]),
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "score"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": self.trials, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": {
                    "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}],
                },
            },
            TrainingJobDefinition=definition,
        )
        self.names.append(name)
        until(lambda: self._describe(name)["HyperParameterTuningJobStatus"] in FINAL, f"{name} is done", limit=60)

    def _describe(self, name: str) -> Any:
        return self.life.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)

    def check(self) -> None:
        for name in self.names[-3:]:
            assert self._describe(name)["HyperParameterTuningJobStatus"] in ("InProgress", "Completed")

    def finish(self) -> None:
        for name in self.names:

            def done(name: str = name) -> Any:
                job = self._describe(name)
                return job if job["HyperParameterTuningJobStatus"] in FINAL else None

            job = until(done, f"{name} is done", limit=60)
            assert job["HyperParameterTuningJobStatus"] == "Completed", job
            listed = self.life.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
                HyperParameterTuningJobName=name, MaxResults=100
            )["TrainingJobSummaries"]
            assert [trial["TrainingJobStatus"] for trial in listed] == ["Completed"] * self.trials
            assert job["TrainingJobStatusCounters"]["Completed"] == self.trials
            values = [
                trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
                for trial in [*listed, job["BestTrainingJob"]]
            ]
            assert values[-1] == min(values)


class Updates(Work):
    """Switches an endpoint back and forth between two models while it is invoked."""

    name = "crash"

    def __init__(self, life: Life, seed: int, answers: dict[str, float], row: bytes) -> None:
        super().__init__(life, seed)
        self.answers = answers
        self.row = row
        self.allowed = {"config-a"}

    def step(self) -> None:
        wanted = "config-b" if self.number % 2 else "config-a"
        self.allowed.add(wanted)
        self.life.sagemaker.update_endpoint(EndpointName=self.name, EndpointConfigName=wanted)
        described = self.settled()
        assert described["EndpointConfigName"] == wanted, described
        assert "FailureReason" not in described, described
        self.allowed = {wanted}
        self._answers_as(wanted)

    def settled(self) -> Any:
        def look() -> Any:
            described = self.life.sagemaker.describe_endpoint(EndpointName=self.name)
            return described if described["EndpointStatus"] not in ("Creating", "Updating") else None

        described = until(look, "the endpoint is settled")
        assert described["EndpointStatus"] == "InService", described
        return described

    def _answers_as(self, config: str) -> None:
        answer = self.life.runtime.invoke_endpoint(EndpointName=self.name, ContentType="text/csv", Body=self.row)
        assert float(answer["Body"].read()) == pytest.approx(self.answers[config], rel=1e-5)

    def check(self) -> None:
        # An update may still be in progress when the restarted server first responds.
        answer = self.life.runtime.invoke_endpoint(EndpointName=self.name, ContentType="text/csv", Body=self.row)
        assert float(answer["Body"].read()) in [pytest.approx(value, rel=1e-5) for value in self.answers.values()]
        described = self.settled()
        config = described["EndpointConfigName"]
        assert config in self.allowed, f"{config} is not one of {self.allowed}"
        assert [variant["VariantName"] for variant in described["ProductionVariants"]] == [config[-1]]
        self._answers_as(config)
        self.allowed = {config}


class Invocations(Work):
    """Checks that the endpoint always answers with one of its models."""

    def __init__(self, life: Life, seed: int, updates: Updates) -> None:
        super().__init__(life, seed)
        self.updates = updates

    def step(self) -> None:
        updates = self.updates
        answer = self.life.runtime.invoke_endpoint(EndpointName=updates.name, ContentType="text/csv", Body=updates.row)
        config = "config-" + answer["InvokedProductionVariant"]
        assert float(answer["Body"].read()) == pytest.approx(updates.answers[config], rel=1e-5)
        time.sleep(0.005)


class Transforms(Work):
    """Runs batch transforms of a small object."""

    def __init__(self, life: Life, seed: int, expected: Any) -> None:
        super().__init__(life, seed)
        self.expected = expected
        self.names: list[str] = []

    def step(self) -> None:
        name = f"transform-{self.number}"
        self.life.sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName="model-a",
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/rows/"}},
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{name}", "AssembleWith": "Line"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
        self.names.append(name)
        self._over(name)

    def _over(self, name: str) -> None:
        until(lambda: self._describe(name)["TransformJobStatus"] in FINAL, f"{name} is done", limit=60)

    def _describe(self, name: str) -> Any:
        return self.life.sagemaker.describe_transform_job(TransformJobName=name)

    def check(self) -> None:
        for name in self.names[-3:]:
            assert self._describe(name)["TransformJobStatus"] in ("InProgress", "Completed")

    def finish(self) -> None:
        for name in self.names:
            self._over(name)
            job = self._describe(name)
            assert job["TransformJobStatus"] == "Completed", job
            answer = self.life.s3.get_object(Bucket=BUCKET, Key=f"{name}/rows.csv.out")["Body"].read().decode()
            np.testing.assert_allclose(np.array(answer.split(), float), self.expected, rtol=1e-5, atol=1e-5)
