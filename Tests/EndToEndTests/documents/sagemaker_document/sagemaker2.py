"""The document's program for sagemaker 2.x, with its blocks in order. The server's address comes only from the environment.

Writes its results to results.json in the working folder.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pandas as pd
import sagemaker
from sagemaker import get_execution_role, image_uris
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner, IntegerParameter

from sagemaker_document.data_set import split_houses, write

results: dict[str, Any] = {}
data_dir = "data"
os.makedirs(data_dir, exist_ok=True)
prefix = "boston-xgboost-2"


def copy_output(output_path: str) -> None:
    """`!aws s3 cp --recursive $xgb_transformer.output_path $data_dir`"""
    subprocess.run(["aws", "s3", "cp", "--recursive", "--only-show-errors", output_path, data_dir], check=True)


def read_output(name: str) -> list[float]:
    predictions: Any = pd.read_csv(os.path.join(data_dir, name), header=None)
    return [float(value) for value in predictions.squeeze().values]


session = sagemaker.Session()
role = get_execution_role()
results["role"] = role

data = split_houses()
(train_x, train_y), (val_x, val_y), (test_x, _) = data["train"], data["validation"], data["test"]
write(os.path.join(data_dir, "test.csv"), test_x)
write(os.path.join(data_dir, "validation.csv"), val_y, val_x)
write(os.path.join(data_dir, "train.csv"), train_y, train_x)
test_location = session.upload_data(os.path.join(data_dir, "test.csv"), key_prefix=prefix)
val_location = session.upload_data(os.path.join(data_dir, "validation.csv"), key_prefix=prefix)
train_location = session.upload_data(os.path.join(data_dir, "train.csv"), key_prefix=prefix)

container = image_uris.retrieve("xgboost", session.boto_region_name, version="1.7-1")
xgb = sagemaker.estimator.Estimator(
    container,
    role,
    instance_count=1,
    instance_type="ml.m4.xlarge",
    output_path=f"s3://{session.default_bucket()}/{prefix}/output",
    sagemaker_session=session,
)
xgb.set_hyperparameters(
    max_depth=5,
    eta=0.2,
    gamma=4,
    min_child_weight=6,
    subsample=0.8,
    objective="reg:squarederror",
    early_stopping_rounds=10,
    num_round=200,
)
inputs = {
    "train": TrainingInput(s3_data=train_location, content_type="csv"),
    "validation": TrainingInput(s3_data=val_location, content_type="csv"),
}
xgb.fit(inputs)

xgb_transformer = xgb.transformer(instance_count=1, instance_type="ml.m4.xlarge")
xgb_transformer.transform(test_location, content_type="text/csv", split_type="Line")
xgb_transformer.wait()
copy_output(xgb_transformer.output_path)
results["transform"] = read_output("test.csv.out")

xgb_predictor = xgb.deploy(
    initial_instance_count=1,
    instance_type="ml.m4.xlarge",
    serializer=CSVSerializer(),
    deserializer=CSVDeserializer(),
)
rows = xgb_predictor.predict(test_x)
results["endpoint"] = [float(value) for row in rows for value in row]

xgb_hyperparameter_tuner = HyperparameterTuner(
    estimator=xgb,
    objective_metric_name="validation:rmse",
    objective_type="Minimize",
    max_jobs=6,
    max_parallel_jobs=3,
    hyperparameter_ranges={
        "max_depth": IntegerParameter(3, 12),
        "eta": ContinuousParameter(0.05, 0.5),
        "min_child_weight": IntegerParameter(2, 8),
        "subsample": ContinuousParameter(0.5, 0.9),
        "gamma": ContinuousParameter(0, 10),
    },
)
xgb_hyperparameter_tuner.fit(inputs)
results["best"] = xgb_hyperparameter_tuner.best_training_job()
results["trials"] = len(xgb_hyperparameter_tuner.analytics().dataframe())
xgb_attached = sagemaker.estimator.Estimator.attach(results["best"])
results["best_hyperparameters"] = xgb_attached.hyperparameters()

# The tuned model takes over the endpoint.
tuned_model = xgb_attached.create_model()
tuned_model.create(instance_type="ml.m4.xlarge")
xgb_predictor.update_endpoint(model_name=tuned_model.name, initial_instance_count=1, instance_type="ml.m4.xlarge")
results["tuned_endpoint"] = [float(value) for row in xgb_predictor.predict(test_x) for value in row]

linear = sagemaker.estimator.Estimator(
    image_uris.retrieve("linear-learner", session.boto_region_name),
    role,
    instance_count=1,
    instance_type="ml.m4.xlarge",
    output_path=f"s3://{session.default_bucket()}/{prefix}/linear",
    sagemaker_session=session,
    hyperparameters={"feature_dim": test_x.shape[1], "predictor_type": "regressor", "mini_batch_size": 50},
)
linear.fit({"train": TrainingInput(s3_data=train_location, content_type="text/csv")}, logs=False)
linear_predictor = linear.deploy(
    initial_instance_count=1,
    instance_type="ml.m4.xlarge",
    serializer=CSVSerializer(),
    deserializer=JSONDeserializer(),
)
results["linear"] = [each["score"] for each in linear_predictor.predict(test_x)["predictions"]]

for predictor in (xgb_predictor, linear_predictor):
    predictor.delete_model()
    predictor.delete_endpoint()

with open("results.json", "w") as file:
    json.dump(results, file)
