"""Helpers for the tests of SageMaker Model Monitor: an endpoint that captures, baselines, schedules and their runs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from aws import ACCOUNT, REGION, ROLE
from endpoint_clients import AWS, Trained, csv
from harness import Api, answered, until

ANALYZER = f"156813124566.dkr.ecr.{REGION}.amazonaws.com/sagemaker-model-monitor-analyzer"
BUCKET = "monitored"
CSV = {"dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}'}
NAMES = ["prediction", "a", "b", "c", "d", "e"]
RESOURCES = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}}
NOW = {
    "ScheduleExpression": "NOW",
    "DataAnalysisStartTime": "-PT1H",
    "DataAnalysisEndTime": "-PT0H",
}
ENDED = ("Completed", "CompletedWithViolations", "Failed", "Stopped")


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}"


class Monitored:
    """An endpoint `NAME` of a model of five columns, which captures all of its traffic, and clients for its server."""

    def __init__(self, url: str, name: str, model: Trained) -> None:
        self.aws = AWS(url)
        self.name = name
        self.model = model
        self.sagemaker = self.aws.sagemaker
        self.s3 = self.aws.s3
        self.s3.create_bucket(Bucket=BUCKET)
        self.aws.put_model(name, model.archive)
        capture = {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{BUCKET}/captures",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
        }
        self.aws.put_config(name, ("main", name, 1), DataCaptureConfig=capture)
        found = self.aws.serve(name, name)
        assert found["EndpointStatus"] == "InService", found

    def invoke(self, rows: Any, prefix: str | None = None) -> None:
        """Sends each row by itself, with its position after the prefix as the inference ID."""
        for index, row in enumerate(rows):
            more = {} if prefix is None else {"InferenceId": f"{prefix}-{index}"}
            self.aws.predict(self.name, csv([row.tolist()]), **more)

    def put(self, key: str, content: str | bytes) -> str:
        """Stores an object, and returns its URI."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content if isinstance(content, bytes) else content.encode())
        return f"s3://{BUCKET}/{key}"

    def file(self, uri: str) -> Any:
        """Returns a JSON document in S3."""
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        return json.loads(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def aws_events(self, kind: str) -> list[Any]:
        """Returns the events of a kind about this endpoint, the newest first."""
        found = answered(Api(self.aws.url).get(f"/v1/events?kind={kind}"), 200)["events"]
        return [event for event in found if event["details"].get("endpoint") == self.name]

    # Processing jobs

    def process(self, job: str, source: str, environment: dict[str, str]) -> Any:
        """Runs the analyzer on an object or a folder, and returns the description of the job when it has ended."""
        self.sagemaker.create_processing_job(**processing(job, source, environment))
        return self.processed(job)

    def processed(self, job: str) -> Any:
        def look() -> Any:
            found = self.sagemaker.describe_processing_job(ProcessingJobName=job)
            return found if found["ProcessingJobStatus"] in ENDED else None

        return until(look, f"processing job {job} ends", 60)

    # Schedules

    def schedule(self, schedule: str, config: dict[str, Any]) -> str:
        answer = self.sagemaker.create_monitoring_schedule(
            MonitoringScheduleName=schedule, MonitoringScheduleConfig=config
        )
        return str(answer["MonitoringScheduleArn"])

    def executions(self, schedule: str, **more: Any) -> list[Any]:
        found = self.sagemaker.list_monitoring_executions(MonitoringScheduleName=schedule, **more)
        return list(found["MonitoringExecutionSummaries"])

    def execution(self, schedule: str, count: int = 1) -> Any:
        """Waits until as many runs of a schedule have ended, and returns the newest."""

        def look() -> Any:
            found = self.executions(schedule)
            ended = len(found) >= count and all(it["MonitoringExecutionStatus"] in ENDED for it in found)
            return found[0] if ended else None

        return until(look, f"{count} runs of {schedule} end", 60)

    def reports(self, execution: Any) -> str:
        """Returns the folder of an execution's files."""
        name = execution["ProcessingJobArn"].split("/")[-1]
        job = self.sagemaker.describe_processing_job(ProcessingJobName=name)
        return str(job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"])


def processing(job: str, source: str, environment: dict[str, str], image: str = ANALYZER) -> dict[str, Any]:
    """Returns a request to run the analyzer, as the SDK makes it."""
    local = "/opt/ml/processing/input/baseline_dataset_input"
    return {
        "ProcessingJobName": job,
        "ProcessingResources": RESOURCES,
        "AppSpecification": {"ImageUri": image},
        "RoleArn": ROLE,
        "Environment": {
            "dataset_source": local,
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
        }
        | environment,
        "ProcessingInputs": [
            {
                "InputName": "baseline_dataset_input",
                "S3Input": {
                    "S3Uri": source,
                    "LocalPath": local,
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                    "S3DataDistributionType": "FullyReplicated",
                    "S3CompressionType": "None",
                },
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "monitoring_output",
                    "S3Output": {
                        "S3Uri": f"s3://{BUCKET}/baselines/{job}",
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    }


def endpoint_input(endpoint: str, **more: Any) -> dict[str, Any]:
    return {"EndpointInput": {"EndpointName": endpoint, "LocalPath": "/opt/ml/processing/input/endpoint"} | more}


def outputs(uri: str = f"s3://{BUCKET}/reports") -> dict[str, Any]:
    output = {"S3Uri": uri, "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    return {"MonitoringOutputs": [{"S3Output": output}]}


def data_quality(name: str, endpoint: str, baseline: str | None = None, **changes: Any) -> dict[str, Any]:
    """Returns a request for a data quality job definition, with the files of a baselining job."""
    more: dict[str, Any] = {}
    if baseline is not None:
        more["DataQualityBaselineConfig"] = {
            "ConstraintsResource": {"S3Uri": f"s3://{BUCKET}/baselines/{baseline}/constraints.json"},
            "StatisticsResource": {"S3Uri": f"s3://{BUCKET}/baselines/{baseline}/statistics.json"},
        }
    return (
        {
            "JobDefinitionName": name,
            "DataQualityAppSpecification": {
                "ImageUri": ANALYZER,
                "Environment": {"publish_cloudwatch_metrics": "Enabled"},
            },
            "DataQualityJobInput": endpoint_input(endpoint),
            "DataQualityJobOutputConfig": outputs(),
            "JobResources": RESOURCES,
            "RoleArn": ROLE,
        }
        | more
        | changes
    )


def model_quality(name: str, endpoint: str, problem: str, truth: str, **attributes: Any) -> dict[str, Any]:
    """Returns a request for a model quality job definition."""
    return {
        "JobDefinitionName": name,
        "ModelQualityAppSpecification": {"ImageUri": ANALYZER, "ProblemType": problem},
        "ModelQualityJobInput": endpoint_input(endpoint, **attributes) | {"GroundTruthS3Input": {"S3Uri": truth}},
        "ModelQualityJobOutputConfig": outputs(),
        "JobResources": RESOURCES,
        "RoleArn": ROLE,
    }


def by_definition(name: str, kind: str = "DataQuality", **config: Any) -> dict[str, Any]:
    """Returns the configuration of a schedule that names a job definition."""
    return {"MonitoringJobDefinitionName": name, "MonitoringType": kind, "ScheduleConfig": NOW | config}


def with_baseline(url: str, name: str) -> Monitored:
    """Returns an endpoint with the baselining job `NAME-baseline`."""
    monitored = Monitored(url, name, Trained(0))
    source = monitored.put(f"data/{name}.csv", training_set(monitored.model, seed=1))
    job = monitored.process(f"{name}-baseline", source, CSV)
    assert job["ProcessingJobStatus"] == "Completed", job
    return monitored


def training_set(model: Trained, seed: int, count: int = 200) -> str:
    """Returns rows with a header, the model's predictions first."""
    rows = np.random.default_rng(seed).normal(size=(count, 5)).tolist()
    lines = [",".join(NAMES)]
    for row, said in zip(rows, model.says(rows), strict=True):
        lines.append(",".join(repr(value) for value in [said, *row]))
    return "\n".join(lines) + "\n"


def labels(values: dict[str, Any]) -> str:
    """Returns records of ground truth, by their inference IDs."""
    return "".join(
        json.dumps(
            {
                "groundTruthData": {"data": str(value), "encoding": "CSV"},
                "eventMetadata": {"eventId": name},
                "eventVersion": "0",
            }
        )
        + "\n"
        for name, value in values.items()
    )
