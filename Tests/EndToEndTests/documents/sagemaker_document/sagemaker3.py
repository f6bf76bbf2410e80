"""The document's program, written for sagemaker 3.x. The server's address comes only from the environment.

Writes its results to results.json in the working folder.
"""

from __future__ import annotations

import json
import os
from typing import Any

from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.parameter import ContinuousParameter, IntegerParameter
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TransformJob
from sagemaker.core.shapes import (
    ContainerDefinition,
    ProductionVariant,
    TransformDataSource,
    TransformInput,
    TransformOutput,
    TransformResources,
    TransformS3DataSource,
)
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

from sagemaker_document.data_set import split_houses, write

results: dict[str, Any] = {}
os.makedirs("data", exist_ok=True)
prefix = "boston-xgboost-3"

session = Session()
role = get_execution_role(session)
results["role"] = role
location = f"s3://{session.default_bucket()}/{prefix}"

data = split_houses()
(train_x, train_y), (val_x, val_y), (test_x, _) = data["train"], data["validation"], data["test"]
write("data/test.csv", test_x)
write("data/validation.csv", val_y, val_x)
write("data/train.csv", train_y, train_x)
places = {name: session.upload_data(f"data/{name}.csv", key_prefix=prefix) for name in ("train", "validation", "test")}

container = image_uris.retrieve("xgboost", session.boto_region_name, version="1.7-1")
trainer = ModelTrainer(
    training_image=container,
    role=role,
    sagemaker_session=session,
    base_job_name="boston-xgboost",
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
    output_data_config=OutputDataConfig(s3_output_path=f"{location}/output"),
    hyperparameters={
        "max_depth": 5,
        "eta": 0.2,
        "gamma": 4,
        "min_child_weight": 6,
        "subsample": 0.8,
        "objective": "reg:squarederror",
        "early_stopping_rounds": 10,
        "num_round": 200,
    },
)
inputs = [
    InputData(channel_name=name, data_source=places[name], content_type="csv") for name in ("train", "validation")
]
# With the log, as a notebook shows it.
trainer.train(input_data_config=inputs, logs=True)
job = trainer._latest_training_job.refresh()
results["status"] = job.training_job_status
results["metrics"] = {metric.metric_name: metric.value for metric in job.final_metric_data_list}

model = Model.create(
    model_name="boston-3",
    primary_container=ContainerDefinition(image=container, model_data_url=job.model_artifacts.s3_model_artifacts),
    execution_role_arn=role,
)
config = EndpointConfig.create(
    endpoint_config_name="boston-3",
    production_variants=[
        ProductionVariant(
            variant_name="XGB-Model",
            model_name=model.model_name,
            initial_instance_count=1,
            instance_type="ml.m5.large",
            initial_variant_weight=1,
        )
    ],
)
endpoint = Endpoint.create(endpoint_name="boston-3", endpoint_config_name=config.endpoint_config_name)
endpoint.wait_for_status("InService")
body = "\n".join(",".join(map(str, row)) for row in test_x)
answer = endpoint.invoke(body=body, content_type="text/csv", accept="text/csv")
results["endpoint"] = [float(value) for value in answer.body.read().decode().replace("\n", ",").split(",") if value]
results["variant"] = answer.invoked_production_variant

# The same with the builder, which accepts the trainer.
builder = ModelBuilder(model=trainer, role_arn=role, sagemaker_session=session, image_uri=container)
builder.build(model_name="boston-3-built")
built = builder.deploy(endpoint_name="boston-3-built", instance_type="ml.m5.large", initial_instance_count=1)
answer = built.invoke(body=body, content_type="text/csv")
results["built"] = [float(value) for value in answer.body.read().decode().replace("\n", ",").split(",") if value]

transform = TransformJob.create(
    transform_job_name="boston-3",
    model_name=model.model_name,
    transform_input=TransformInput(
        data_source=TransformDataSource(
            s3_data_source=TransformS3DataSource(s3_data_type="S3Prefix", s3_uri=places["test"])
        ),
        content_type="text/csv",
        split_type="Line",
    ),
    transform_output=TransformOutput(s3_output_path=f"{location}/transform"),
    transform_resources=TransformResources(instance_type="ml.m5.large", instance_count=1),
)
transform.wait()
session.download_data("data", session.default_bucket(), f"{prefix}/transform/test.csv.out")
with open("data/test.csv.out") as file:
    results["transform"] = [float(line) for line in file]

tuner = HyperparameterTuner(
    trainer,
    objective_metric_name="validation:rmse",
    objective_type="Minimize",
    max_jobs=4,
    max_parallel_jobs=2,
    hyperparameter_ranges={"max_depth": IntegerParameter(3, 12), "eta": ContinuousParameter(0.05, 0.5)},
)
tuner.tune(inputs)
tuned = tuner.describe()
results["trials"] = tuned.training_job_status_counters.completed
results["best"] = tuned.best_training_job.final_hyper_parameter_tuning_job_objective_metric.value

results["endpoints"] = [each.endpoint_name for each in Endpoint.get_all()]
for resource in (endpoint, config, model):
    resource.delete()
endpoint.wait_for_delete()

with open("results.json", "w") as file:
    json.dump(results, file)
