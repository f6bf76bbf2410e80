"""Records that cannot be read, or that contain extreme numbers, do not stop the server from starting with everything else."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aws import csv, refusal, regression, training_request
from harness import DATA, Api, Server, answered, refused, until
from own_algorithms import Account

INPUTS = json.loads((DATA / "fraud.json").read_text())
LARGEST, SMALLEST = 2**63 - 1, -(2**63)

# Changes to the database of a server that has one resource of each kind.
POISONS = {
    "a job that cannot be read": "UPDATE job SET document = '{' WHERE name = 'poison'",
    "a job under way that cannot be read": "UPDATE job SET document = '{', status = 'InProgress' WHERE name = 'poison'",
    "a job of no time": f"UPDATE job SET created_at = {LARGEST}, modified_at = {SMALLEST} WHERE name = 'poison'",
    "a job of an endless run": "UPDATE job SET document = json_set(document, '$.definition.max_runtime', 9223372036854775807)"
    " WHERE name = 'poison'",
    "a job under way of an endless run": "UPDATE job SET status = 'InProgress', document = json_set(document,"
    " '$.definition.max_runtime', 9223372036854775807, '$.state.status', 'InProgress') WHERE name = 'poison'",
    "a job whose times are none": "UPDATE job SET document = json_set(document, '$.state.created_at', 1e300) WHERE name = 'poison'",
    "a model's record that cannot be read": "UPDATE dialect_record SET document = '{' WHERE kind = 'sagemaker-model'",
    "an endpoint that cannot be read": "UPDATE endpoint SET document = '{' WHERE name = 'e-poison'",
    "an endpoint configuration that cannot be read": "UPDATE dialect_record SET document = '[1]'"
    " WHERE kind = 'sagemaker-endpoint-config'",
    "a record of no time": f"UPDATE dialect_record SET created_at = {SMALLEST}, modified_at = {LARGEST}",
    "an endpoint of no time": f"UPDATE endpoint SET created_at = {SMALLEST}, modified_at = {LARGEST}",
    "a limit that is none": "INSERT INTO dialect_record VALUES ('quota', 'L-CONCURRENT-JOBS', '1e300', 0, 0)",
    "a limit below zero": "INSERT INTO dialect_record VALUES ('quota', 'L-CONCURRENT-JOBS', '-5', 0, 0)",
    "an object of no size": f"UPDATE object SET byte_count = {LARGEST} WHERE key = 'poison'",
    "an object of less than nothing": "UPDATE object SET byte_count = -1 WHERE key = 'poison'",
    "an object of no time": f"UPDATE object SET modified_at = {LARGEST} WHERE key = 'poison'",
    "an object of endless parts": "UPDATE object SET headers ="
    """ '{"x-roost-parts": "9223372036854775807*9223372036854775807"}' WHERE key = 'poison'""",
    "an object whose headers cannot be read": "UPDATE object SET headers = '{' WHERE key = 'poison'",
    "a bucket of no time": f"UPDATE bucket SET created_at = {LARGEST} WHERE name = 'poison'",
    "a pipeline that cannot be read": "UPDATE pipeline_version SET definition = '{' WHERE pipeline_id ="
    " (SELECT id FROM pipeline WHERE name = 'poison')",
    "a pipeline of no time": f"UPDATE pipeline SET created_at = {SMALLEST}, updated_at = {LARGEST} WHERE name = 'poison'",
    "a model whose signature cannot be read": "UPDATE model_version SET signature = '{' WHERE model_id ="
    " (SELECT id FROM model WHERE name = 'poison')",
    "a model of no size": f"UPDATE model_version SET byte_count = {LARGEST}, created_at = {LARGEST} WHERE model_id ="
    " (SELECT id FROM model WHERE name = 'poison')",
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stopped server with two resources of each kind, 'good' and 'poison'."""
    server = Server(tmp_path_factory.mktemp("kept"))
    server.start()
    api, account = server.api, Account(server.url)
    for name in ("good", "poison"):
        api.upload(name, "fraud-dense.onnx")
        api.serve(name, [name])
        account.s3.create_bucket(Bucket=name)
    account.s3.create_bucket(Bucket="jobs")
    for key in ("good", "poison"):
        account.s3.put_object(Bucket="jobs", Key=key, Body=b"abc")
    account.s3.put_object(Bucket="jobs", Key="train/a.csv", Body=csv(regression(50, seed=1)))
    for name in ("good", "poison"):
        account.sagemaker.create_training_job(**training_request(name, "jobs"))
        assert account.ended(name)["TrainingJobStatus"] == "Completed"
    container = {"Image": "xgboost:1", "ModelDataUrl": account.describe("good")["ModelArtifacts"]["S3ModelArtifacts"]}
    account.sagemaker.create_model(
        ModelName="m", PrimaryContainer=container, ExecutionRoleArn="arn:aws:iam::000000000000:role/R"
    )
    variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    account.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    for name in ("e-good", "e-poison"):
        account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="c")
        account.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    assert server.stop() == 0
    return server.data


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
def test_a_record_keeps_nothing_else_from_being_there(kept: Path, tmp_path: Path, poison: str) -> None:
    folder = tmp_path / "server"
    shutil.copytree(kept, folder / "data")
    with closing(sqlite3.connect(folder / "data" / "roost.sqlite")) as database, database:
        assert database.execute(poison).rowcount > 0
    server = Server(folder)
    try:
        server.start_soon()
        reads(server)
        server.kill()
        server.start_soon()
        reads(server)
        assert server.stop() == 0
    finally:
        server.kill()


def test_an_endpoint_that_cannot_be_read_fails_and_can_be_made_again(
    kept: Path, tmp_path: Path, start_server: Callable[..., Server]
) -> None:
    folder = tmp_path / "server"
    shutil.copytree(kept, folder / "data")
    with closing(sqlite3.connect(folder / "data" / "roost.sqlite")) as database, database:
        damage = "UPDATE endpoint SET document = 'not JSON' WHERE name = 'e-poison'"
        assert database.execute(damage).rowcount == 1
    account = Account(start_server(folder=folder).url)
    sagemaker = account.sagemaker
    assert invoked(account, "e-good") == 200
    found = sagemaker.describe_endpoint(EndpointName="e-poison")
    assert (found["EndpointStatus"], found["FailureReason"]) == (
        "Failed",
        "The endpoint's record is damaged. Delete the endpoint and create it again.",
    )
    arn = "arn:aws:sagemaker:us-east-1:000000000000:endpoint/e-poison"
    assert found["EndpointArn"] == arn
    listed = {it["EndpointName"]: it for it in sagemaker.list_endpoints()["Endpoints"]}
    assert {name: it["EndpointStatus"] for name, it in listed.items()} == {"e-good": "InService", "e-poison": "Failed"}
    assert listed["e-poison"]["EndpointArn"] == arn
    code, text = refusal(sagemaker.update_endpoint, EndpointName="e-poison", EndpointConfigName="c")
    assert code == "ValidationException"
    assert f'Cannot update endpoint "{arn}"' in text
    code, text = refusal(sagemaker.create_endpoint, EndpointName="e-poison", EndpointConfigName="c")
    assert (code, text) == ("ValidationException", f'Cannot create already existing endpoint "{arn}".')

    sagemaker.delete_endpoint(EndpointName="e-poison")
    assert refusal(sagemaker.describe_endpoint, EndpointName="e-poison")[0] == "ValidationException"
    sagemaker.create_endpoint(EndpointName="e-poison", EndpointConfigName="c")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="e-poison", WaiterConfig={"Delay": 1})
    assert invoked(account, "e-poison") == invoked(account, "e-good") == 200


def test_what_cannot_be_read_can_be_deleted(kept: Path, tmp_path: Path, start_server: Callable[..., Server]) -> None:
    folder = tmp_path / "server"
    shutil.copytree(kept, folder / "data")
    with closing(sqlite3.connect(folder / "data" / "roost.sqlite")) as database, database:
        for name in ("a pipeline that cannot be read", "a model whose signature cannot be read"):
            assert database.execute(POISONS[name]).rowcount == 1
    api = start_server(folder=folder).api
    refused(api.delete("/v1/pipelines/poison"), 409, None, "the deployed pipeline 'poison'")
    assert api.delete("/v1/pipelines/poison/deployment").status_code == 202
    until(lambda: api.delete("/v1/pipelines/poison").status_code == 200, "the pipeline is undeployed and deleted")
    answered(api.delete("/v1/models/poison"), 200)
    api.upload("poison", "fraud-dense.onnx")
    api.serve("poison", ["poison"])


def invoked(account: Account, endpoint: str) -> int:
    answer = account.runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="1,2,3,4,5")
    status: int = answer["ResponseMetadata"]["HTTPStatusCode"]
    return status


def reads(server: Server) -> None:
    """Checks that everything good is there, and that no list fails because of a bad record."""
    api, account = server.api, Account(server.url)
    assert api.status()["state"] == "ready"
    assert "good" in names(api, "/v1/models", "models")
    assert "good" in names(api, "/v1/pipelines", "pipelines")
    assert api.infer("good", INPUTS)["pipeline_name"] == "good"
    jobs = answered(api.get("/v1/training-jobs"), 200)["jobs"]
    assert "good" in [job["definition"]["name"] for job in jobs]
    listed: Any = account.sagemaker.list_training_jobs(SortBy="CreationTime")["TrainingJobSummaries"]
    assert "good" in [job["TrainingJobName"] for job in listed]
    assert account.describe("good")["TrainingJobStatus"] == "Completed"
    for call in ("list_models", "list_endpoints", "list_endpoint_configs"):
        getattr(account.sagemaker, call)()
    assert {"good", "jobs"} <= {bucket["Name"] for bucket in account.s3.list_buckets()["Buckets"]}
    assert "good" in [entry["Key"] for entry in account.s3.list_objects_v2(Bucket="jobs")["Contents"]]
    assert account.get("s3://jobs/good") == b"abc"
    for path in ("/v1/pipelines/poison", "/v1/models/poison", "/v1/training-jobs/poison", "/v1/quotas", "/metrics"):
        api.get(path)
    for number in (0, 1, 2):
        headers = {
            "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
        }
        api.request(
            "GET", "/jobs/poison", params={"partNumber": number} if number else {}, headers=headers, stream=True
        ).close()
    # A new job runs, whatever became of the bad one.
    name = f"new-{len(jobs)}"
    account.sagemaker.create_training_job(**training_request(name, "jobs"))
    assert account.ended(name)["TrainingJobStatus"] == "Completed"


def names(api: Api, path: str, member: str) -> list[str]:
    return [entry["name"] for entry in answered(api.get(path), 200)[member]]
