"""Model Monitor with sagemaker 2.x, as its notebooks use it: baselines, schedules, and what their runs find.

The endpoint `house-prices` captures already. Writes its results to results.json in the working folder.
"""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

import boto3
import numpy as np
import sagemaker
from sagemaker import get_execution_role
from sagemaker.model_monitor import (
    CronExpressionGenerator,
    DefaultModelMonitor,
    EndpointInput,
    ModelQualityMonitor,
)
from sagemaker.model_monitor.dataset_format import DatasetFormat
from sagemaker.predictor import Predictor
from sagemaker.s3 import S3Uploader
from sagemaker.serializers import CSVSerializer

results: dict[str, Any] = {}
session = sagemaker.Session()
role = get_execution_role()
bucket = session.default_bucket()
endpoint = "house-prices"
predictor = Predictor(endpoint, session, serializer=CSVSerializer())
random = np.random.default_rng(0)


def predict(rows: Any, **more: Any) -> list[float]:
    return [float(predictor.predict(row, **more).decode()) for row in rows]


def ended(monitor: Any) -> Any:
    """Waits for the latest run of a monitor's schedule."""
    while not (executions := monitor.list_executions()):
        time.sleep(1)
    execution = executions[-1]
    execution.wait(logs=False)
    return execution


# Data quality

rows = random.normal(size=(100, 5))
with open("train.csv", "w") as file:
    file.write("price,a,b,c,d,e\n")
    for row, price in zip(rows.tolist(), predict(rows), strict=True):
        file.write(",".join(repr(value) for value in [price, *row]) + "\n")

monitor = DefaultModelMonitor(
    role=role,
    instance_count=1,
    instance_type="ml.m5.xlarge",
    volume_size_in_gb=20,
    max_runtime_in_seconds=3600,
    sagemaker_session=session,
)
monitor.suggest_baseline(
    baseline_dataset="train.csv",
    dataset_format=DatasetFormat.csv(header=True),
    output_s3_uri=f"s3://{bucket}/baseline",
    wait=True,
    logs=True,
)
statistics = monitor.baseline_statistics()
constraints = monitor.suggested_constraints()
results["columns"] = [feature["name"] for feature in statistics.body_dict["features"]]
results["types"] = [feature["inferred_type"] for feature in constraints.body_dict["features"]]
results["baselining"] = monitor.describe_latest_baselining_job()["ProcessingJobStatus"]

predict(random.normal(size=(100, 5)) + np.array([0, 4, 0, 0, 0]))
monitor.create_monitoring_schedule(
    monitor_schedule_name="house-prices-data",
    endpoint_input=endpoint,
    output_s3_uri=f"s3://{bucket}/reports",
    statistics=statistics,
    constraints=constraints,
    schedule_cron_expression=CronExpressionGenerator.now(),
    data_analysis_start_time="-PT1H",
    data_analysis_end_time="-PT0H",
    enable_cloudwatch_metrics=True,
)
results["schedule"] = monitor.describe_schedule()["MonitoringScheduleStatus"]
execution = ended(monitor)
results["exit"] = execution.describe()["ExitMessage"]
results["violations"] = [
    (violation["feature_name"], violation["constraint_check_type"])
    for violation in monitor.latest_monitoring_constraint_violations().body_dict["violations"]
]
results["item_count"] = monitor.latest_monitoring_statistics().body_dict["dataset"]["item_count"]
monitor.get_latest_execution_logs(wait=False)
while True:
    alerts, _ = monitor.list_monitoring_alerts()
    if alerts[0].alert_status == "InAlert":
        break
    time.sleep(1)
monitor.update_monitoring_alert(alerts[0].alert_name, data_points_to_alert=2, evaluation_period=2)
history, _ = monitor.list_monitoring_alert_history()
results["history"] = [change.alert_status for change in history]

attached = DefaultModelMonitor.attach("house-prices-data", sagemaker_session=session)
attached.update_monitoring_schedule(schedule_cron_expression=CronExpressionGenerator.hourly())
results["expression"] = attached.describe_schedule()["MonitoringScheduleConfig"]["ScheduleConfig"]
attached.stop_monitoring_schedule()
results["stopped"] = attached.describe_schedule()["MonitoringScheduleStatus"]
attached.start_monitoring_schedule()
results["started"] = attached.describe_schedule()["MonitoringScheduleStatus"]
attached.delete_monitoring_schedule()
definitions = session.sagemaker_client.list_data_quality_job_definitions(EndpointName=endpoint)
results["definitions"] = len(definitions["JobDefinitionSummaries"])

# Model quality

with open("validation.csv", "w") as file:
    file.write("price,predicted\n")
    for value in random.normal(size=300):
        file.write(f"{value + random.normal(scale=0.1):.6f},{value:.6f}\n")
quality = ModelQualityMonitor(
    role=role, instance_count=1, instance_type="ml.m5.xlarge", volume_size_in_gb=20, sagemaker_session=session
)
job = quality.suggest_baseline(
    baseline_dataset="validation.csv",
    dataset_format=DatasetFormat.csv(header=True),
    problem_type="Regression",
    inference_attribute="predicted",
    ground_truth_attribute="price",
    output_s3_uri=f"s3://{bucket}/quality-baseline",
    job_name="house-prices-quality",
)
job.wait(logs=False)
results["quality_baseline"] = quality.baseline_statistics().body_dict["regression_metrics"]
results["quality_constraints"] = sorted(quality.suggested_constraints().body_dict["regression_constraints"])

rows = random.normal(size=(40, 5))
said = []
for index, row in enumerate(rows):
    said += predict([row], inference_id=f"house-{index}")
lines = [
    json.dumps(
        {
            "groundTruthData": {"data": str(price + 2), "encoding": "CSV"},
            "eventMetadata": {"eventId": f"house-{index}"},
            "eventVersion": "0",
        }
    )
    for index, price in enumerate(said)
]
hour = datetime.datetime.now(datetime.timezone.utc).strftime("%Y/%m/%d/%H")
S3Uploader.upload_string_as_file_body(
    "\n".join(lines), f"s3://{bucket}/ground-truth/{hour}/labels.jsonl", sagemaker_session=session
)
quality.create_monitoring_schedule(
    monitor_schedule_name="house-prices-quality",
    endpoint_input=EndpointInput(
        endpoint_name=endpoint, destination="/opt/ml/processing/input/endpoint", inference_attribute="0"
    ),
    ground_truth_input=f"s3://{bucket}/ground-truth",
    problem_type="Regression",
    output_s3_uri=f"s3://{bucket}/reports",
    constraints=quality.suggested_constraints(),
    schedule_cron_expression=CronExpressionGenerator.now(),
    data_analysis_start_time="-PT1H",
    data_analysis_end_time="-PT0H",
    enable_cloudwatch_metrics=True,
)
results["quality_exit"] = ended(quality).describe()["ExitMessage"]
results["quality_violations"] = len(quality.latest_monitoring_constraint_violations().body_dict["violations"])
results["quality"] = quality.latest_monitoring_statistics().body_dict["regression_metrics"]
metrics = boto3.client("cloudwatch").list_metrics(Namespace="aws/sagemaker/Endpoints/model-metrics")["Metrics"]
results["metrics"] = sorted({metric["MetricName"] for metric in metrics})
quality.delete_monitoring_schedule()

with open("results.json", "w") as file:
    json.dump(results, file)
