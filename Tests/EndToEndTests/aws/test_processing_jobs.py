"""Processing jobs of SageMaker Model Monitor's analyzer, as boto3 uses them: baselines and comparisons with them."""

from __future__ import annotations

import numpy as np
import pytest
from aws import refusal
from monitors import BUCKET, CSV, NAMES, Monitored, arn, processing, training_set, with_baseline

BASELINE = "processed-baseline"


@pytest.fixture(scope="module")
def monitored(server: str) -> Monitored:
    return with_baseline(server, "processed")


def test_a_baseline_has_statistics_and_constraints(monitored: Monitored) -> None:
    statistics = monitored.file(f"s3://{BUCKET}/baselines/{BASELINE}/statistics.json")
    assert statistics["dataset"]["item_count"] == 200
    assert [feature["name"] for feature in statistics["features"]] == NAMES
    numbers = statistics["features"][1]["numerical_statistics"]
    column = np.random.default_rng(1).normal(size=(200, 5))[:, 0]
    assert numbers["common"] == {"num_present": 200, "num_missing": 0}
    assert (numbers["mean"], numbers["std_dev"]) == pytest.approx((column.mean(), column.std()))
    assert (numbers["min"], numbers["max"]) == pytest.approx((column.min(), column.max()))
    constraints = monitored.file(f"s3://{BUCKET}/baselines/{BASELINE}/constraints.json")
    assert [feature["name"] for feature in constraints["features"]] == NAMES
    assert {feature["inferred_type"] for feature in constraints["features"]} == {"Fractional"}
    assert constraints["monitoring_config"]["evaluate_constraints"] == "Enabled"


def test_a_baselining_job_is_described_as_it_was_asked_for(monitored: Monitored) -> None:
    asked = processing(BASELINE, f"s3://{BUCKET}/data/processed.csv", CSV)
    found = monitored.sagemaker.describe_processing_job(ProcessingJobName=BASELINE)
    for member in asked:
        assert found[member] == asked[member], member
    assert found["ProcessingJobArn"] == arn("processing-job", BASELINE)
    assert found["ExitMessage"] == "Completed: Job completed successfully with no violations."
    assert found["CreationTime"] <= found["ProcessingStartTime"] <= found["ProcessingEndTime"]
    (listed,) = monitored.sagemaker.list_processing_jobs(NameContains=BASELINE, StatusEquals="Completed")[
        "ProcessingJobSummaries"
    ]
    assert (listed["ProcessingJobName"], listed["ProcessingJobStatus"]) == (BASELINE, "Completed")


def test_the_analyzer_compares_a_data_set_with_a_baseline(monitored: Monitored) -> None:
    text = training_set(monitored.model, seed=2).replace("prediction,a,b", "prediction,a,z")
    source = monitored.put("data/other.csv", text)
    asked = processing("compare", source, CSV)
    for name in ("constraints", "statistics"):
        local = f"/opt/ml/processing/baseline/{name}"
        uri = f"s3://{BUCKET}/baselines/{BASELINE}/{name}.json"
        asked["Environment"][f"baseline_{name}"] = f"{local}/{name}.json"
        asked["ProcessingInputs"].append(
            {"InputName": name, "S3Input": {"S3Uri": uri, "LocalPath": local, "S3DataType": "S3Prefix"}}
        )
    monitored.sagemaker.create_processing_job(**asked)
    job = monitored.processed("compare")
    assert job["ExitMessage"].startswith("CompletedWithViolations: Job completed successfully with "), job
    violations = monitored.file(f"s3://{BUCKET}/baselines/compare/constraint_violations.json")["violations"]
    assert {violation["constraint_check_type"] for violation in violations} <= {
        "missing_column_check",
        "extra_column_check",
    }


def test_data_sets_are_read_in_each_format(monitored: Monitored) -> None:
    lines = '{"a": 1, "b": {"c": "x"}}\n{"a": 2.5, "b": {"c": null}}\n'
    for job, text, form, names in (
        ("headless", "1,x\n2,\n", '{"csv": {"header": false}}', ["_c0", "_c1"]),
        ("lines", lines, '{"json": {"lines": true}}', ["a", "b.c"]),
        ("list", '[{"a": 1}, {"a": null}]', '{"json": {"lines": false}}', ["a"]),
    ):
        found = monitored.process(job, monitored.put(f"data/{job}", text), {"dataset_format": form})
        assert found["ProcessingJobStatus"] == "Completed", found
        statistics = monitored.file(f"s3://{BUCKET}/baselines/{job}/statistics.json")
        assert statistics["dataset"]["item_count"] == 2
        assert [feature["name"] for feature in statistics["features"]] == names


def test_a_data_set_that_cannot_be_read_fails_with_its_line(monitored: Monitored) -> None:
    found = monitored.process("uneven", monitored.put("data/uneven.csv", "a,b\n1,2\n3\n"), CSV)
    assert found["ProcessingJobStatus"] == "Failed"
    assert found["FailureReason"] == (f"s3://{BUCKET}/data/uneven.csv: line 3 has 1 fields, but the header has 2.")
    found = monitored.process("empty", monitored.put("data/empty.csv", "a,b\n"), CSV)
    assert (found["ProcessingJobStatus"], found["FailureReason"]) == ("Failed", "Job inputs had no data")


def test_a_model_quality_baseline_has_the_metrics_of_its_problem(monitored: Monitored) -> None:
    random = np.random.default_rng(3)
    chances = random.uniform(size=300)
    truth = (random.uniform(size=300) < chances).astype(int)
    text = "label,prediction,probability\n" + "".join(
        f"{label},{int(chance >= 0.5)},{chance!r}\n" for label, chance in zip(truth, chances.tolist(), strict=True)
    )
    found = monitored.process(
        "binary",
        monitored.put("data/binary.csv", text),
        CSV
        | {
            "analysis_type": "MODEL_QUALITY",
            "problem_type": "BinaryClassification",
            "ground_truth_attribute": "label",
            "inference_attribute": "prediction",
            "probability_attribute": "probability",
        },
    )
    assert found["ProcessingJobStatus"] == "Completed", found
    metrics = monitored.file(f"s3://{BUCKET}/baselines/binary/statistics.json")["binary_classification_metrics"]
    said = chances >= 0.5
    assert metrics["accuracy"]["value"] == pytest.approx(np.mean(said == truth))
    assert metrics["recall"]["value"] == pytest.approx(np.mean(said[truth == 1]))
    assert metrics["confusion_matrix"]["1"]["1"] == int(np.sum(said & (truth == 1)))
    assert (
        "f1" in monitored.file(f"s3://{BUCKET}/baselines/binary/constraints.json")["binary_classification_constraints"]
    )


def test_other_processing_jobs_are_refused(monitored: Monitored) -> None:
    create = monitored.sagemaker.create_processing_job
    source = f"s3://{BUCKET}/data/processed.csv"
    code, text = refusal(create, **processing("other", source, CSV, image="683313688378.dkr.ecr.us-east-1/sklearn:1"))
    assert (code, "The only processing image is Model Monitor's analyzer" in text) == ("ValidationException", True)
    code, text = refusal(create, **processing("other", source, CSV | {"record_preprocessor_script": "/opt/x.py"}))
    assert (code, "are not run" in text) == ("ValidationException", True)
    code, text = refusal(create, **processing("other", source, {"dataset_format": '{"parquet": {}}'}))
    assert (code, text.startswith("Invalid dataset_format")) == ("ValidationException", True)
    code, text = refusal(create, **processing("other", f"s3://{BUCKET}/none", CSV))
    assert (code, text.startswith("No S3 objects found under S3 URL")) == ("ValidationException", True)
    code, text = refusal(create, **processing(BASELINE, source, CSV))
    assert (code, arn("processing-job", BASELINE) in text) == ("ResourceInUse", True)
    describe, stop = monitored.sagemaker.describe_processing_job, monitored.sagemaker.stop_processing_job
    none = ("ValidationException", "Could not find requested job with name: none")
    assert refusal(describe, ProcessingJobName="none") == none
    assert refusal(stop, ProcessingJobName="none") == none
    assert refusal(stop, ProcessingJobName=BASELINE) == (
        "ValidationException",
        "The request was rejected because the processing job is in status Completed.",
    )
