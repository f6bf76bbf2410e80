"""The quality of a model, as SageMaker Model Monitor measures it from ground truth in a bucket."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pytest
from aws import client
from endpoint_clients import Trained
from monitors import BUCKET, Monitored, by_definition, labels, model_quality


def rows(seed: int, count: int) -> Any:
    return np.random.default_rng(seed).normal(size=(count, 5))


def test_the_quality_of_a_model_is_measured_with_ground_truth(server: str) -> None:
    known = Monitored(server, "known", Trained(0))
    asked = rows(8, 60)
    known.invoke(asked, prefix="known")
    said = known.model.says(asked.tolist())
    truth = {f"known-{index}": value + (0.5 if index % 2 else -0.5) for index, value in enumerate(said)}
    # Without a label, an inference says nothing.
    del truth["known-7"]
    hour = datetime.datetime.now(datetime.timezone.utc).strftime("%Y/%m/%d/%H")
    known.put(f"truth/{hour}/labels.jsonl", labels(truth))
    definition = model_quality("known", "known", "Regression", f"s3://{BUCKET}/truth", InferenceAttribute="0")
    constraints = {"regression_constraints": {"mae": {"threshold": 0.4, "comparison_operator": "GreaterThanThreshold"}}}
    uri = known.put("known/constraints.json", json.dumps({"version": 0.0} | constraints))
    definition["ModelQualityBaselineConfig"] = {"ConstraintsResource": {"S3Uri": uri}}
    known.sagemaker.create_model_quality_job_definition(**definition)
    known.schedule("known", by_definition("known", "ModelQuality"))
    run = known.execution("known")
    assert (run["MonitoringExecutionStatus"], run["MonitoringType"]) == ("CompletedWithViolations", "ModelQuality"), run
    folder = known.reports(run)
    metrics = known.file(f"{folder}/statistics.json")["regression_metrics"]
    assert metrics["mae"]["value"] == pytest.approx(0.5, rel=1e-5)
    assert metrics["rmse"]["value"] == pytest.approx(0.5, rel=1e-5)
    (violation,) = known.file(f"{folder}/constraint_violations.json")["violations"]
    assert (violation["metric_name"], violation["constraint_check_type"]) == ("mae", "GreaterThanThreshold")
    watch = client("cloudwatch", server)
    listed = watch.list_metrics(Namespace="aws/sagemaker/Endpoints/model-metrics", MetricName="mae")["Metrics"]
    assert {"Name": "MonitoringSchedule", "Value": "known"} in listed[0]["Dimensions"]


def test_labels_that_cannot_be_read_fail_the_run(server: str) -> None:
    wrong = Monitored(server, "wrong", Trained(0))
    wrong.invoke(rows(9, 2), prefix="wrong")
    hour = datetime.datetime.now(datetime.timezone.utc).strftime("%Y/%m/%d/%H")
    wrong.put(f"wrong/{hour}/labels.jsonl", labels({"wrong-0": 1}) + '{"label": 2}\n')
    definition = model_quality("wrong", "wrong", "Regression", f"s3://{BUCKET}/wrong", InferenceAttribute="0")
    wrong.sagemaker.create_model_quality_job_definition(**definition)
    wrong.schedule("wrong", by_definition("wrong", "ModelQuality"))
    run = wrong.execution("wrong")
    assert run["MonitoringExecutionStatus"] == "Failed"
    assert f"s3://{BUCKET}/wrong/{hour}/labels.jsonl: line 2: " in run["FailureReason"]
