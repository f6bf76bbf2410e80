"""The document's low-level program with only boto3. The server's address comes only from the environment.

Writes its results to results.json in the working folder.
"""

from __future__ import annotations

import json
import os
from time import gmtime, strftime
from typing import Any

import boto3
from botocore.waiter import WaiterModel, create_waiter_with_client

from sagemaker_document.data_set import split_houses, write

results: dict[str, Any] = {}
now = strftime("%Y-%m-%d-%H-%M-%S", gmtime())
sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")
s3 = boto3.client("s3")
logs = boto3.client("logs")
account = boto3.client("sts").get_caller_identity()["Account"]
bucket = f"sagemaker-{sagemaker.meta.region_name}-{account}"
role = f"arn:aws:iam::{account}:role/service-role/AmazonSageMaker-ExecutionRole"
container = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"

s3.create_bucket(Bucket=bucket)
os.makedirs("data", exist_ok=True)
data = split_houses()
(train_x, train_y), (val_x, val_y), (test_x, _) = data["train"], data["validation"], data["test"]
write("data/test.csv", test_x)
write("data/validation.csv", val_y, val_x)
write("data/train.csv", train_y, train_x)
for name in ("test", "validation", "train"):
    s3.upload_file(f"data/{name}.csv", bucket, f"low-level/{name}.csv")


def wait(waiter: str, **arguments: str) -> None:
    """Runs a boto3 waiter that pauses for a second instead of minutes."""
    sagemaker.get_waiter(waiter).wait(**arguments, WaiterConfig={"Delay": 1, "MaxAttempts": 240})


def wait_for_tuning(name: str) -> dict[str, Any]:
    """Waits for a tuning job. boto3 has no waiter for these, so this builds one like boto3's own."""
    states = {"Completed": "success", "Stopped": "success", "Failed": "failure"}
    model = WaiterModel(
        {
            "version": 2,
            "waiters": {
                "TuningJobDone": {
                    "operation": "DescribeHyperParameterTuningJob",
                    "delay": 1,
                    "maxAttempts": 240,
                    "acceptors": [
                        {
                            "state": state,
                            "matcher": "path",
                            "argument": "HyperParameterTuningJobStatus",
                            "expected": status,
                        }
                        for status, state in states.items()
                    ],
                }
            },
        }
    )
    create_waiter_with_client("TuningJobDone", model, sagemaker).wait(HyperParameterTuningJobName=name)
    answer: dict[str, Any] = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return answer


def channel(name: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/low-level/{name}.csv"}
    return {"ChannelName": name, "ContentType": "csv", "DataSource": {"S3DataSource": source}}


definition: dict[str, Any] = {
    "RoleArn": role,
    "AlgorithmSpecification": {"TrainingImage": container, "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/low-level/output"},
    "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m4.xlarge", "VolumeSizeInGB": 5},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "InputDataConfig": [channel("train"), channel("validation")],
}
hyperparameters = {
    "max_depth": "5",
    "eta": "0.2",
    "gamma": "4",
    "min_child_weight": "6",
    "subsample": "0.8",
    "objective": "reg:linear",
    "early_stopping_rounds": "10",
    "num_round": "200",
}

# A training job, and its log.
job = "boston-xgboost-" + now
sagemaker.create_training_job(TrainingJobName=job, HyperParameters=hyperparameters, **definition)
wait("training_job_completed_or_stopped", TrainingJobName=job)
described = sagemaker.describe_training_job(TrainingJobName=job)
results["status"] = described["TrainingJobStatus"]
results["metrics"] = {each["MetricName"]: each["Value"] for each in described["FinalMetricDataList"]}
group = "/aws/sagemaker/TrainingJobs"
streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job + "/")["logStreams"]
events = logs.get_log_events(logGroupName=group, logStreamName=streams[0]["logStreamName"], startFromHead=True)
results["log"] = [event["message"] for event in events["events"]]

# A model made from its artifact, and a transform job.
model = "boston-update-xgboost-model" + now
artifact = described["ModelArtifacts"]["S3ModelArtifacts"]
sagemaker.create_model(
    ModelName=model, ExecutionRoleArn=role, PrimaryContainer={"Image": container, "ModelDataUrl": artifact}
)
transform = "boston-xgboost-batch-transform-" + now
sagemaker.create_transform_job(
    TransformJobName=transform,
    ModelName=model,
    MaxConcurrentTransforms=1,
    MaxPayloadInMB=6,
    BatchStrategy="MultiRecord",
    TransformOutput={"S3OutputPath": f"s3://{bucket}/low-level/transform"},
    TransformInput={
        "ContentType": "text/csv",
        "SplitType": "Line",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/low-level/test.csv"}},
    },
    TransformResources={"InstanceType": "ml.m4.xlarge", "InstanceCount": 1},
)
wait("transform_job_completed_or_stopped", TransformJobName=transform)
s3.download_file(bucket, "low-level/transform/test.csv.out", "data/test.csv.out")
with open("data/test.csv.out") as file:
    results["transform"] = [float(line) for line in file]

# A tuning job: the fixed hyperparameters, and the ranges of the others.
tuning = "boston-tuning-" + now[-14:]
sagemaker.create_hyper_parameter_tuning_job(
    HyperParameterTuningJobName=tuning,
    HyperParameterTuningJobConfig={
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 3},
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.05", "MaxValue": "0.5"}],
            "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "12"}],
            "CategoricalParameterRanges": [],
        },
    },
    TrainingJobDefinition={
        "StaticHyperParameters": {"objective": "reg:linear", "num_round": "100", "early_stopping_rounds": "10"},
        **definition,
    },
)
tuned = wait_for_tuning(tuning)
results["best"] = tuned["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
results["counters"] = tuned["TrainingJobStatusCounters"]

# An endpoint.
config = "boston-endpoint-config-" + now
endpoint = "boston-endpoint-" + now
variant = {"VariantName": "XGB-Model", "ModelName": model, "InitialVariantWeight": 1, "InitialInstanceCount": 1}
sagemaker.create_endpoint_config(
    EndpointConfigName=config, ProductionVariants=[{**variant, "InstanceType": "ml.m4.xlarge"}]
)
sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
wait("endpoint_in_service", EndpointName=endpoint)
body = "\n".join(",".join(map(str, row)) for row in test_x)
response = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=body)
results["endpoint"] = [float(value) for value in response["Body"].read().decode().split(",")]
results["content_type"] = response["ContentType"]
sagemaker.delete_endpoint_config(EndpointConfigName=config)
sagemaker.delete_endpoint(EndpointName=endpoint)
wait("endpoint_deleted", EndpointName=endpoint)
sagemaker.delete_model(ModelName=model)

with open("results.json", "w") as file:
    json.dump(results, file)
