"""SageMaker Model Monitor, as boto3 uses it: baselines, schedules, their runs, and what these find."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aws import ROLE, client, refusal
from endpoint_clients import Trained
from harness import REPOSITORY, Server, until
from monitors import (
    ANALYZER,
    BUCKET,
    CSV,
    NAMES,
    NOW,
    RESOURCES,
    Monitored,
    arn,
    by_definition,
    data_quality,
    endpoint_input,
    model_quality,
    outputs,
    processing,
    training_set,
    with_baseline,
)
from sagemaker_programs import run_program

BASELINE = "monitored-baseline"
FILES = ["constraint_violations.json", "constraints.json", "statistics.json"]


@pytest.fixture(scope="module")
def monitored(server: str) -> Monitored:
    return with_baseline(server, "monitored")


def rows(seed: int, count: int = 150) -> Any:
    return np.random.default_rng(seed).normal(size=(count, 5))


# Job definitions


def test_job_definitions_are_kept_listed_and_tagged(monitored: Monitored) -> None:
    sagemaker = monitored.sagemaker
    asked = data_quality("kept", "monitored", BASELINE)
    answer = sagemaker.create_data_quality_job_definition(**asked, Tags=[{"Key": "team", "Value": "a"}])
    found = sagemaker.describe_data_quality_job_definition(JobDefinitionName="kept")
    assert answer["JobDefinitionArn"] == found["JobDefinitionArn"] == arn("data-quality-job-definition", "kept")
    for member in asked:
        assert found[member] == asked[member], member
    assert sagemaker.list_tags(ResourceArn=found["JobDefinitionArn"])["Tags"] == [{"Key": "team", "Value": "a"}]
    (listed,) = sagemaker.list_data_quality_job_definitions(NameContains="kept", EndpointName="monitored")[
        "JobDefinitionSummaries"
    ]
    assert (listed["MonitoringJobDefinitionName"], listed["EndpointName"]) == ("kept", "monitored")
    assert sagemaker.list_data_quality_job_definitions(EndpointName="other")["JobDefinitionSummaries"] == []
    code, text = refusal(sagemaker.create_data_quality_job_definition, **asked)
    assert (code, answer["JobDefinitionArn"] in text) == ("ResourceInUse", True)
    sagemaker.delete_data_quality_job_definition(JobDefinitionName="kept")
    for call in (sagemaker.describe_data_quality_job_definition, sagemaker.delete_data_quality_job_definition):
        assert refusal(call, JobDefinitionName="kept")[0] == "ResourceNotFound"

    asked = model_quality("kept", "monitored", "Regression", f"s3://{BUCKET}/truth", InferenceAttribute="0")
    sagemaker.create_model_quality_job_definition(**asked)
    found = sagemaker.describe_model_quality_job_definition(JobDefinitionName="kept")
    assert found["ModelQualityJobInput"] == asked["ModelQualityJobInput"]
    assert len(sagemaker.list_model_quality_job_definitions(NameContains="kept")["JobDefinitionSummaries"]) == 1
    sagemaker.delete_model_quality_job_definition(JobDefinitionName="kept")


def test_job_definitions_that_mean_something_else_are_refused(monitored: Monitored) -> None:
    create = monitored.sagemaker.create_data_quality_job_definition
    code, text = refusal(create, **data_quality("x", "none"))
    assert (code, text) == ("ValidationException", f'Could not find endpoint "{arn("endpoint", "none")}".')
    batch = {
        "BatchTransformInput": {
            "DataCapturedDestinationS3Uri": f"s3://{BUCKET}/x",
            "DatasetFormat": {"Csv": {"Header": False}},
            "LocalPath": "/opt/x",
        }
    }
    code, text = refusal(create, **data_quality("x", "monitored", DataQualityJobInput=batch))
    assert (code, "only what endpoints capture is monitored" in text) == ("ValidationException", True)
    application = {"ImageUri": ANALYZER, "RecordPreprocessorSourceUri": "s3://x/y.py"}
    code, text = refusal(create, **data_quality("x", "monitored", DataQualityAppSpecification=application))
    assert (code, "are not run" in text) == ("ValidationException", True)
    code, text = refusal(
        monitored.sagemaker.create_model_quality_job_definition,
        **model_quality("x", "monitored", "Regression", f"s3://{BUCKET}/truth"),
    )
    assert (code, text) == (
        "ValidationException",
        "An inference attribute is required if the problem is Regression.",
    )
    monitored.aws.put_config("quiet", ("main", "monitored", 1))
    monitored.aws.serve("quiet", "quiet")
    code, text = refusal(create, **data_quality("x", "quiet"))
    assert (code, "does not capture data" in text) == ("ValidationException", True)


# Schedules


def test_a_schedule_is_described_changed_stopped_and_deleted(monitored: Monitored) -> None:
    sagemaker = monitored.sagemaker
    sagemaker.create_data_quality_job_definition(**data_quality("hourly", "monitored", BASELINE))
    config: dict[str, Any] = {
        "MonitoringJobDefinitionName": "hourly",
        "MonitoringType": "DataQuality",
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
    }
    made = monitored.schedule("Hourly", config)
    assert made == arn("monitoring-schedule", "hourly")
    found = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="Hourly")
    assert found["MonitoringScheduleConfig"] == config
    assert (found["MonitoringScheduleStatus"], found["MonitoringType"]) == ("Scheduled", "DataQuality")
    assert (found["EndpointName"], found["MonitoringScheduleArn"]) == ("monitored", made)
    assert "LastMonitoringExecutionSummary" not in found
    assert monitored.executions("Hourly") == []
    code, text = refusal(
        sagemaker.create_monitoring_schedule, MonitoringScheduleName="Hourly", MonitoringScheduleConfig=config
    )
    assert (code, made in text) == ("ResourceInUse", True)

    config["ScheduleConfig"] = {"ScheduleExpression": "cron(0 12 ? * * *)"}
    sagemaker.update_monitoring_schedule(MonitoringScheduleName="Hourly", MonitoringScheduleConfig=config)
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName="Hourly")
    found = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="Hourly")
    assert found["MonitoringScheduleConfig"] == config
    assert found["MonitoringScheduleStatus"] == "Stopped"
    listed = sagemaker.list_monitoring_schedules(EndpointName="monitored", StatusEquals="Stopped")
    (summary,) = listed["MonitoringScheduleSummaries"]
    assert (summary["MonitoringScheduleName"], summary["MonitoringJobDefinitionName"]) == ("Hourly", "hourly")
    sagemaker.start_monitoring_schedule(MonitoringScheduleName="Hourly")
    found = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="Hourly")
    assert found["MonitoringScheduleStatus"] == "Scheduled"

    sagemaker.add_tags(ResourceArn=made, Tags=[{"Key": "team", "Value": "a"}])
    assert sagemaker.list_tags(ResourceArn=made)["Tags"] == [{"Key": "team", "Value": "a"}]
    sagemaker.delete_monitoring_schedule(MonitoringScheduleName="Hourly")
    for call in (
        sagemaker.describe_monitoring_schedule,
        sagemaker.delete_monitoring_schedule,
        sagemaker.start_monitoring_schedule,
        sagemaker.stop_monitoring_schedule,
        sagemaker.list_monitoring_alerts,
    ):
        assert refusal(call, MonitoringScheduleName="Hourly") == (
            "ResourceNotFound",
            f"Monitoring Schedule {made} not found",
        )


def test_schedules_that_mean_something_else_are_refused(monitored: Monitored) -> None:
    monitored.sagemaker.create_data_quality_job_definition(**data_quality("refused", "monitored"))

    def refused(**changes: Any) -> tuple[str, str]:
        config = by_definition("refused") | changes
        return refusal(
            monitored.sagemaker.create_monitoring_schedule,
            MonitoringScheduleName="refused",
            MonitoringScheduleConfig=config,
        )

    for expression in ("cron(5 * ? * * *)", "cron(0 24 ? * * *)", "cron(0 1/25 ? * * *)", "rate(1 hour)", "now"):
        code, text = refused(ScheduleConfig={"ScheduleExpression": expression})
        assert (code, "Invalid ScheduleExpression" in text) == ("ValidationException", True), expression
    code, text = refused(ScheduleConfig={"ScheduleExpression": "NOW"})
    assert (code, "are required if ScheduleExpression is NOW" in text) == ("ValidationException", True)
    for member, value in (("DataAnalysisStartTime", "an hour"), ("DataAnalysisEndTime", "-P1Y")):
        code, text = refused(ScheduleConfig=NOW | {member: value})
        assert (code, f"is not a valid {member}" in text) == ("ValidationException", True)
    code, text = refused(ScheduleConfig=NOW | {"DataAnalysisEndTime": "-PT2H"})
    assert (code, "must be before its end" in text) == ("ValidationException", True)
    code, text = refused(MonitoringType="ModelBias")
    assert (code, "only DataQuality and ModelQuality are monitored" in text) == ("ValidationException", True)
    assert refused(MonitoringJobDefinitionName="none")[0] == "ResourceNotFound"
    assert refused(MonitoringType="ModelQuality")[0] == "ResourceNotFound"


def test_a_run_without_drift_finds_no_violations(monitored: Monitored) -> None:
    steady = Monitored(monitored.aws.url, "steady", monitored.model)
    steady.invoke(rows(5))
    steady.sagemaker.create_data_quality_job_definition(**data_quality("steady", "steady", BASELINE))
    steady.schedule("steady", by_definition("steady"))
    run = steady.execution("steady")
    folder = steady.reports(run)
    assert run["MonitoringExecutionStatus"] == "Completed", steady.file(f"{folder}/constraint_violations.json")
    bucket, prefix = folder.removeprefix("s3://").split("/", 1)
    objects = steady.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    assert [it["Key"].removeprefix(prefix + "/") for it in objects] == FILES
    assert steady.file(f"{folder}/constraint_violations.json") == {"violations": []}
    statistics = steady.file(f"{folder}/statistics.json")
    # What came in and what went out, with the names of the baseline.
    assert statistics["dataset"]["item_count"] == 150
    assert [feature["name"] for feature in statistics["features"]] == NAMES
    assert statistics["features"][0]["numerical_statistics"]["mean"] == pytest.approx(
        np.mean(steady.model.says(rows(5).tolist())), rel=1e-4
    )
    (alert,) = steady.sagemaker.list_monitoring_alerts(MonitoringScheduleName="steady")["MonitoringAlertSummaries"]
    assert alert["AlertStatus"] == "OK"


def test_the_drift_of_an_endpoint_is_found(monitored: Monitored, server: str) -> None:
    drifted = Monitored(server, "drifted", monitored.model)
    moved = rows(6) + np.array([3, 0, 0, 0, 0])
    drifted.invoke(moved)
    drifted.sagemaker.create_data_quality_job_definition(**data_quality("drifted", "drifted", BASELINE))
    drifted.schedule("drifted", by_definition("drifted"))
    run = drifted.execution("drifted")
    assert run["MonitoringExecutionStatus"] == "CompletedWithViolations", run
    assert (run["EndpointName"], run["MonitoringType"]) == ("drifted", "DataQuality")
    violations = drifted.file(drifted.reports(run) + "/constraint_violations.json")["violations"]
    found = {(it["feature_name"], it["constraint_check_type"]) for it in violations}
    assert ("a", "baseline_drift_check") in found
    assert not {name for name, check in found} & {"b", "c", "d", "e"}

    described = drifted.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="drifted")
    assert described["LastMonitoringExecutionSummary"]["ProcessingJobArn"] == run["ProcessingJobArn"]
    job = drifted.sagemaker.describe_processing_job(ProcessingJobName=run["ProcessingJobArn"].split("/")[-1])
    assert job["MonitoringScheduleArn"] == arn("monitoring-schedule", "drifted")
    assert job["ExitMessage"].startswith("CompletedWithViolations: ")
    assert job["Environment"]["sagemaker_endpoint_name"] == "drifted"

    # The alert follows the run, which is recorded before it.
    def alerts() -> Any:
        found = drifted.sagemaker.list_monitoring_alerts(MonitoringScheduleName="drifted")["MonitoringAlertSummaries"]
        return found if found[0]["AlertStatus"] == "InAlert" else None

    (alert,) = until(alerts, "the alert begins")
    assert (alert["DatapointsToAlert"], alert["EvaluationPeriod"]) == (1, 1)
    history = drifted.sagemaker.list_monitoring_alert_history(MonitoringScheduleName="drifted")
    (change,) = history["MonitoringAlertHistory"]
    assert (change["AlertStatus"], change["MonitoringAlertName"]) == ("InAlert", alert["MonitoringAlertName"])
    events = drifted.aws_events("monitoring.alert")
    assert [(it["subject"], it["details"]["endpoint"]) for it in events] == [
        ({"kind": "schedule", "name": "drifted"}, "drifted")
    ]
    # With two of three runs, one is not enough.
    update = drifted.sagemaker.update_monitoring_alert
    asked = {"MonitoringScheduleName": "drifted", "MonitoringAlertName": alert["MonitoringAlertName"]}
    assert refusal(update, **asked, DatapointsToAlert=3, EvaluationPeriod=2)[0] == "ValidationException"
    update(**asked, DatapointsToAlert=2, EvaluationPeriod=3)
    (alert,) = drifted.sagemaker.list_monitoring_alerts(MonitoringScheduleName="drifted")["MonitoringAlertSummaries"]
    assert (alert["AlertStatus"], alert["DatapointsToAlert"], alert["EvaluationPeriod"]) == ("OK", 2, 3)
    history = drifted.sagemaker.list_monitoring_alert_history(MonitoringScheduleName="drifted")
    assert [it["AlertStatus"] for it in history["MonitoringAlertHistory"]] == ["OK", "InAlert"]
    drifted.sagemaker.start_monitoring_schedule(MonitoringScheduleName="drifted")
    drifted.execution("drifted", count=2)
    until(alerts, "the alert begins again")
    first = drifted.sagemaker.list_monitoring_executions(MonitoringScheduleName="drifted", MaxResults=1)
    second = drifted.sagemaker.list_monitoring_executions(
        MonitoringScheduleName="drifted", MaxResults=1, NextToken=first["NextToken"]
    )
    pages = first["MonitoringExecutionSummaries"] + second["MonitoringExecutionSummaries"]
    assert pages == drifted.executions("drifted")
    assert "NextToken" not in second

    # The metrics of both runs.
    watch = client("cloudwatch", server)
    dimensions = [{"Name": "Endpoint", "Value": "drifted"}, {"Name": "MonitoringSchedule", "Value": "drifted"}]
    namespace = "aws/sagemaker/Endpoints/data-metrics"
    listed = watch.list_metrics(Namespace=namespace, Dimensions=dimensions)["Metrics"]
    names = {metric["MetricName"] for metric in listed}
    assert {"feature_data_a", "feature_non_null_a", "feature_baseline_drift_a"} <= names
    now = datetime.datetime.now(datetime.timezone.utc)
    points = watch.get_metric_statistics(
        Namespace=namespace,
        MetricName="feature_data_a",
        Dimensions=dimensions,
        StartTime=now - datetime.timedelta(hours=1),
        EndTime=now + datetime.timedelta(minutes=1),
        Period=7200,
        Statistics=["Average", "Minimum", "Maximum", "SampleCount"],
    )["Datapoints"]
    assert sum(point["SampleCount"] for point in points) == 300
    assert points[0]["Average"] == pytest.approx(moved[:, 0].mean(), rel=1e-6)
    assert points[0]["Maximum"] == pytest.approx(moved[:, 0].max(), rel=1e-6)


def test_a_run_without_data_fails(monitored: Monitored) -> None:
    silent = Monitored(monitored.aws.url, "silent", monitored.model)
    # As boto3 users wrote it before there were job definitions.
    definition = {
        "MonitoringInputs": [endpoint_input("silent")],
        "MonitoringOutputConfig": outputs(),
        "MonitoringResources": RESOURCES,
        "MonitoringAppSpecification": {"ImageUri": ANALYZER},
        "BaselineConfig": {"BaseliningJobName": BASELINE},
        "RoleArn": ROLE,
    }
    silent.schedule("silent", {"MonitoringJobDefinition": definition, "ScheduleConfig": NOW})
    run = silent.execution("silent")
    assert (run["MonitoringExecutionStatus"], run["FailureReason"]) == ("Failed", "Job inputs had no data")
    found = silent.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="silent")
    assert found["MonitoringScheduleConfig"]["MonitoringJobDefinition"] == definition
    assert [it["subject"]["name"] for it in silent.aws_events("monitoring.failed")] == ["silent"]
    # Then there is data, and the files of the baselining job are those to compare with.
    silent.invoke(rows(7, 120))
    silent.sagemaker.start_monitoring_schedule(MonitoringScheduleName="silent")
    run = silent.execution("silent", count=2) and silent.executions("silent", SortBy="ScheduledTime")[0]
    assert run["MonitoringExecutionStatus"] == "Completed", run
    assert silent.file(silent.reports(run) + "/constraint_violations.json") == {"violations": []}
    assert len(silent.executions("silent", StatusEquals="Failed")) == 1


# Restarts


def test_runs_and_schedules_survive_a_kill(start_server: Callable[..., Server]) -> None:
    server = start_server()
    killed = Monitored(server.url, "killed", Trained(0))
    source = killed.put("data/train.csv", training_set(killed.model, seed=1, count=20_000))
    killed.sagemaker.create_processing_job(**processing("interrupted", source, CSV))
    killed.invoke(rows(10, 5))
    killed.sagemaker.create_data_quality_job_definition(**data_quality("killed", "killed"))
    killed.schedule("killed", by_definition("killed"))
    server.kill()
    server.start()
    killed.aws = type(killed.aws)(server.url)
    killed.sagemaker, killed.s3 = killed.aws.sagemaker, killed.aws.s3
    job = killed.processed("interrupted")
    assert job["ProcessingJobStatus"] == "Completed", job
    assert killed.file(f"s3://{BUCKET}/baselines/interrupted/statistics.json")["dataset"]["item_count"] == 20_000
    # The run is there once, whether it had begun or not. What was captured may have been lost with the server.
    run = killed.execution("killed")
    assert run["MonitoringExecutionStatus"] in ("Completed", "Failed")
    assert len(killed.executions("killed")) == 1


# The SDK


def test_the_monitors_of_sagemaker_2(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    Monitored(server.url, "house-prices", Trained(0))
    python = REPOSITORY / ".venv-sagemaker2" / "bin" / "python"
    results = run_program(server, tmp_path / "program", python, "model_monitor.py")
    assert results["columns"] == ["price", "a", "b", "c", "d", "e"]
    assert set(results["types"]) == {"Fractional"}
    assert (results["baselining"], results["schedule"]) == ("Completed", "Scheduled")
    assert results["exit"].startswith("CompletedWithViolations: ")
    assert ["b", "baseline_drift_check"] in results["violations"]
    assert results["item_count"] == 200
    # The first one is the newest.
    assert results["history"][-1] == "InAlert"
    assert results["expression"] == {"ScheduleExpression": "cron(0 * ? * * *)"}
    assert (results["stopped"], results["started"]) == ("Stopped", "Scheduled")
    # That of the schedule was deleted with it; the one of before the update stays, as on AWS.
    assert results["definitions"] <= 1
    assert results["quality_baseline"]["mae"]["value"] == pytest.approx(0.08, abs=0.02)
    assert results["quality_constraints"] == ["mae", "mse", "r2", "rmse"]
    assert results["quality_exit"] == "CompletedWithViolations: Job completed successfully with 4 violations."
    assert results["quality_violations"] == 4
    assert results["quality"]["mae"]["value"] == pytest.approx(2, rel=1e-4)
    assert results["metrics"] == ["mae", "mse", "r2", "rmse"]
