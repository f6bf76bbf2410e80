"""The document's program for sagemaker 1.72, with its blocks in order. The server's address comes only from the environment.

Writes its results to results.json in the working folder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from time import gmtime, strftime
from typing import Any

import boto3
import numpy as np
import pandas as pd
import sagemaker
from sagemaker import get_execution_role
from sagemaker.amazon.amazon_estimator import get_image_uri
from sagemaker.predictor import csv_serializer
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner, IntegerParameter

from sagemaker_document.data_set import VOCABULARY, reviews, split_houses, write

results: dict[str, Any] = {}
data_dir = "data"
os.makedirs(data_dir, exist_ok=True)
prefix = "boston-xgboost"


def copy_output(output_path: str) -> None:
    """`!aws s3 cp --recursive $xgb_transformer.output_path $data_dir`"""
    subprocess.run(["aws", "s3", "cp", "--recursive", "--only-show-errors", output_path, data_dir], check=True)


def read_output(name: str) -> list[float]:
    predictions: Any = pd.read_csv(os.path.join(data_dir, name), header=None)
    return [float(value) for value in predictions.squeeze().values]


# Notebooks with SageMaker
session = sagemaker.Session()
role = get_execution_role()
print(role)

data = split_houses()
(train_x, train_y), (val_x, val_y), (test_x, test_y) = data["train"], data["validation"], data["test"]
write(os.path.join(data_dir, "test.csv"), test_x)
write(os.path.join(data_dir, "validation.csv"), val_y, val_x)
write(os.path.join(data_dir, "train.csv"), train_y, train_x)

test_location = session.upload_data(os.path.join(data_dir, "test.csv"), key_prefix=prefix)
val_location = session.upload_data(os.path.join(data_dir, "validation.csv"), key_prefix=prefix)
train_location = session.upload_data(os.path.join(data_dir, "train.csv"), key_prefix=prefix)

container = get_image_uri(session.boto_region_name, "xgboost")
results["container"] = container

xgb = sagemaker.estimator.Estimator(
    container,
    role,
    train_instance_count=1,
    train_instance_type="ml.m4.xlarge",
    output_path=f"s3://{session.default_bucket()}/{prefix}/output",
    sagemaker_session=session,
)
xgb.set_hyperparameters(
    max_depth=5,
    eta=0.2,
    gamma=4,
    min_child_weight=6,
    subsample=0.8,
    objective="reg:linear",
    early_stopping_rounds=10,
    num_round=200,
)
s3_input_train = sagemaker.s3_input(s3_data=train_location, content_type="csv")
s3_input_validation = sagemaker.s3_input(s3_data=val_location, content_type="csv")
xgb.fit({"train": s3_input_train, "validation": s3_input_validation})

xgb_transformer = xgb.transformer(instance_count=1, instance_type="ml.m4.xlarge")
xgb_transformer.transform(test_location, content_type="text/csv", split_type="Line")
xgb_transformer.wait()
copy_output(xgb_transformer.output_path)
results["transform"] = read_output("test.csv.out")

# Deploy a model with SageMaker
xgb_predictor = xgb.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge")
xgb_predictor.content_type = "text/csv"
xgb_predictor.serializer = csv_serializer
answer = xgb_predictor.predict(test_x).decode("utf-8")
results["endpoint"] = np.fromstring(answer, sep=",").tolist()


def predict(rows: np.ndarray, count: int = 50) -> np.ndarray:
    split_array = np.array_split(rows, int(rows.shape[0] / float(count) + 1))
    predictions = ""
    for array in split_array:
        predictions = f"{predictions},{xgb_predictor.predict(array).decode('utf-8')}"
    return np.fromstring(predictions[1:], sep=",")


results["chunks"] = predict(test_x).tolist()
xgb_predictor.delete_endpoint()

# Hyperparameters tuning
xgb_hyperparameter_tuner = HyperparameterTuner(
    estimator=xgb,
    objective_metric_name="validation:rmse",
    objective_type="Minimize",
    max_jobs=20,
    max_parallel_jobs=3,
    hyperparameter_ranges={
        "max_depth": IntegerParameter(3, 12),
        "eta": ContinuousParameter(0.05, 0.5),
        "min_child_weight": IntegerParameter(2, 8),
        "subsample": ContinuousParameter(0.5, 0.9),
        "gamma": ContinuousParameter(0, 10),
    },
)
xgb_hyperparameter_tuner.fit({"train": s3_input_train, "validation": s3_input_validation})
xgb_hyperparameter_tuner.wait()
results["best"] = xgb_hyperparameter_tuner.best_training_job()
xgb_attached = sagemaker.estimator.Estimator.attach(xgb_hyperparameter_tuner.best_training_job())
results["best_hyperparameters"] = xgb_attached.hyperparameters()
tuned_transformer = xgb_attached.transformer(instance_count=1, instance_type="ml.m4.xlarge")
tuned_transformer.transform(test_location, content_type="text/csv", split_type="Line")
tuned_transformer.wait()
copy_output(tuned_transformer.output_path)
results["tuned_transform"] = read_output("test.csv.out")

# Modeling on SageMaker, in more detail
training_job_name = "boston-xgboost-" + strftime("%Y-%m-%d-%H-%M-%S", gmtime())


def training_params(name: str, image: str, hyperparameters: dict[str, str]) -> dict[str, Any]:
    def channel(title: str, location: str) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": location, "S3DataDistributionType": "FullyReplicated"}
        return {
            "ChannelName": title,
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "CompressionType": "None",
        }

    return {
        "TrainingJobName": name,
        "RoleArn": role,
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{session.default_bucket()}/{prefix}/output"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m4.xlarge", "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "HyperParameters": hyperparameters,
        "InputDataConfig": [channel("train", train_location), channel("validation", val_location)],
    }


training_job = session.sagemaker_client.create_training_job(
    **training_params(
        training_job_name,
        container,
        {
            "max_depth": "5",
            "eta": "0.2",
            "gamma": "4",
            "min_child_weight": "6",
            "subsample": "0.8",
            "objective": "reg:linear",
            "early_stopping_rounds": "10",
            "num_round": "200",
        },
    )
)
session.logs_for_job(training_job_name, wait=True)

# Update a model with no downtime
xgb_model_name = "boston-update-xgboost-model" + strftime("%Y-%m-%d-%H-%M-%S", gmtime())
xgb_primary_container = {"Image": container, "ModelDataUrl": xgb.model_data}
xgb_model_info = session.sagemaker_client.create_model(
    ModelName=xgb_model_name, ExecutionRoleArn=role, PrimaryContainer=xgb_primary_container
)

transform_job_name = "boston-xgboost-batch-transform-" + strftime("%Y-%m-%d-%H-%M-%S", gmtime())
transform_output = f"s3://{session.default_bucket()}/{prefix}/batch-transform/"
transform_request = {
    "TransformJobName": transform_job_name,
    "ModelName": xgb_model_name,
    "MaxConcurrentTransforms": 1,
    "MaxPayloadInMB": 6,
    "BatchStrategy": "MultiRecord",
    "TransformOutput": {"S3OutputPath": transform_output},
    "TransformInput": {
        "ContentType": "text/csv",
        "SplitType": "Line",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": test_location}},
    },
    "TransformResources": {"InstanceType": "ml.m4.xlarge", "InstanceCount": 1},
}
transform_response = session.sagemaker_client.create_transform_job(**transform_request)
transform_desc = session.wait_for_transform_job(transform_job_name)
copy_output(transform_output)
results["low_level_transform"] = read_output("test.csv.out")

linear_container = get_image_uri(session.boto_region_name, "linear-learner")
linear_job_name = "boston-linear-" + strftime("%Y-%m-%d-%H-%M-%S", gmtime())
session.sagemaker_client.create_training_job(
    **training_params(
        linear_job_name,
        linear_container,
        {
            "feature_dim": "13",
            "predictor_type": "regressor",
            "mini_batch_size": "200",
        },
    )
)
session.logs_for_job(linear_job_name, wait=True)
linear_artifacts = session.sagemaker_client.describe_training_job(TrainingJobName=linear_job_name)["ModelArtifacts"]
linear_model_name = "boston-update-linear-model" + strftime("%Y-%m-%d-%H-%M-%S", gmtime())
session.sagemaker_client.create_model(
    ModelName=linear_model_name,
    ExecutionRoleArn=role,
    PrimaryContainer={"Image": linear_container, "ModelDataUrl": linear_artifacts["S3ModelArtifacts"]},
)


def variant(name: str, model: str) -> dict[str, Any]:
    return {
        "InstanceType": "ml.m4.xlarge",
        "InitialVariantWeight": 1,
        "InitialInstanceCount": 1,
        "ModelName": model,
        "VariantName": name,
    }


def make_config(kind: str, variants: list[dict[str, Any]]) -> str:
    name = f"boston-{kind}-endpoint-config-" + strftime("%Y-%m-%d-%H-%M-%S", gmtime())
    session.sagemaker_client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    return name


xgb_variant = variant("XGB-Model", xgb_model_name)
linear_variant = variant("Linear-Model", linear_model_name)
xgb_endpoint_config_name = make_config("update-xgboost", [xgb_variant])
endpoint_name = "boston-update-endpoint-" + strftime("%Y-%m-%d-%H-%M-%S", gmtime())
endpoint_info = session.sagemaker_client.create_endpoint(
    EndpointName=endpoint_name, EndpointConfigName=xgb_endpoint_config_name
)
session.wait_for_endpoint(endpoint_name)


def invoke(count: int = 1) -> list[tuple[str, str]]:
    """Returns the predictions for the first row of the test data, and the variants that made them."""
    answers = []
    for _ in range(count):
        response = session.sagemaker_runtime_client.invoke_endpoint(
            EndpointName=endpoint_name, ContentType="text/csv", Body=",".join(map(str, test_x[0]))
        )
        answers.append((response["InvokedProductionVariant"], response["Body"].read().decode("utf-8")))
    return answers


results["xgb_variant"] = invoke()
combined = make_config("combined", [linear_variant, xgb_variant])
session.sagemaker_client.update_endpoint(EndpointName=endpoint_name, EndpointConfigName=combined)
session.wait_for_endpoint(endpoint_name)
results["combined"] = invoke(40)
description = session.sagemaker_client.describe_endpoint(EndpointName=endpoint_name)
results["combined_variants"] = sorted(each["VariantName"] for each in description["ProductionVariants"])
linear_endpoint_config_name = make_config("linear", [linear_variant])
session.sagemaker_client.update_endpoint(EndpointName=endpoint_name, EndpointConfigName=linear_endpoint_config_name)
session.wait_for_endpoint(endpoint_name)
results["linear_variant"] = invoke(5)
session.delete_endpoint(endpoint_name)

# Deploy a sentiment analysis model, and look at new data
review_x, review_y = reviews(600, seed=3)
write(os.path.join(data_dir, "new_validation.csv"), review_y[:200], review_x[:200])
write(os.path.join(data_dir, "new_train.csv"), review_y[200:], review_x[200:])
write(os.path.join(data_dir, "new_data.csv"), review_x)
new_data_location = session.upload_data(os.path.join(data_dir, "new_data.csv"), key_prefix=prefix)
new_val_location = session.upload_data(os.path.join(data_dir, "new_validation.csv"), key_prefix=prefix)
new_train_location = session.upload_data(os.path.join(data_dir, "new_train.csv"), key_prefix=prefix)
new_xgb = sagemaker.estimator.Estimator(
    container,
    role,
    train_instance_count=1,
    train_instance_type="ml.m4.xlarge",
    output_path=f"s3://{session.default_bucket()}/{prefix}/output",
    sagemaker_session=session,
)
new_xgb.set_hyperparameters(
    max_depth=5,
    eta=0.2,
    gamma=4,
    min_child_weight=6,
    subsample=0.8,
    silent=0,
    objective="binary:logistic",
    early_stopping_rounds=10,
    num_round=500,
)
new_xgb.fit(
    {
        "train": sagemaker.s3_input(s3_data=new_train_location, content_type="csv"),
        "validation": sagemaker.s3_input(s3_data=new_val_location, content_type="csv"),
    }
)
new_xgb_transformer = new_xgb.transformer(instance_count=1, instance_type="ml.m4.xlarge")
new_xgb_transformer.transform(new_data_location, content_type="text/csv", split_type="Line")
new_xgb_transformer.wait()
copy_output(new_xgb_transformer.output_path)
results["new_data"] = read_output("new_data.csv.out")

# Web app for the model to be deployed
sentiment_predictor = new_xgb.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge")
REPLACE_NO_SPACE = re.compile(r"(\.)|(\;)|(\:)|(\!)|(\')|(\?)|(\,)|(\")|(\()|(\))|(\[)|(\])")
REPLACE_WITH_SPACE = re.compile(r"(<br\s*/><br\s*/>)|(\-)|(\/)")


def review_to_words(review: str) -> str:
    return REPLACE_WITH_SPACE.sub(" ", REPLACE_NO_SPACE.sub("", review.lower()))


def bow_encoding(words: str, vocabulary: dict[str, int]) -> list[int]:
    bow = [0] * len(vocabulary)
    for word in words.split():
        if word in vocabulary:
            bow[vocabulary[word]] += 1
    return bow


def lambda_handler(event: dict[str, str], context: object) -> dict[str, Any]:
    bow = bow_encoding(review_to_words(event["body"]), VOCABULARY)
    runtime = boto3.Session().client("sagemaker-runtime")
    response = runtime.invoke_endpoint(
        EndpointName=sentiment_predictor.endpoint,
        ContentType="text/csv",
        Body=",".join([str(value) for value in bow]).encode("utf-8"),
    )
    result = round(float(response["Body"].read().decode("utf-8")))
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain", "Access-Control-Allow-Origin": "*"},
        "body": str(result),
    }


results["sentiment"] = [
    lambda_handler({"body": text}, None)["body"]
    for text in ("Great, great film! A good plot; good, good.", "Awful. A dull, bad film: bad, awful, bad...")
]
sentiment_predictor.delete_endpoint()

with open("results.json", "w") as file:
    json.dump(results, file)
