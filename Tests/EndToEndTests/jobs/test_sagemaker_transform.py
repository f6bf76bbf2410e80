"""SageMaker's transform jobs and the tags of all resources, as boto3 uses them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xgboost
from aws import ACCOUNT, FINAL, REGION, ROLE, XGBOOST, client, csv, refusal, regression
from harness import until

BUCKET = "transforms"
ROWS = regression(40, seed=5)


@pytest.fixture(scope="module")
def sagemaker(server: str) -> Any:
    return client("sagemaker", server)


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    return client("s3", server)


@pytest.fixture(scope="module")
def model(s3: Any, sagemaker: Any) -> Any:
    """The model behind `regressor`, and a bucket with rows."""
    booster = xgboost.train({"nthread": 1}, xgboost.DMatrix(ROWS[:, 1:], ROWS[:, 0]), 5)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        entry = tarfile.TarInfo("xgboost-model")
        saved = bytes(booster.save_raw("ubj"))
        entry.size = len(saved)
        archive.addfile(entry, io.BytesIO(saved))
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=content.getvalue())
    s3.put_object(Bucket=BUCKET, Key="in/rows.csv", Body=csv(ROWS[:, 1:]))
    container = {"Image": XGBOOST, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    tags = [{"Key": "of", "Value": "model"}]
    sagemaker.create_model(ModelName="Regressor", ExecutionRoleArn=ROLE, PrimaryContainer=container, Tags=tags)
    return booster


def request(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "TransformJobName": name,
        "ModelName": "Regressor",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/out/{name}", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    } | changes


def ended(sagemaker: Any, name: str) -> Any:
    def look() -> Any:
        job = sagemaker.describe_transform_job(TransformJobName=name)
        return job if job["TransformJobStatus"] in FINAL else None

    return until(look, f"{name} is over", limit=60)


def test_a_job_from_its_request_to_its_output(s3: Any, sagemaker: Any, model: Any) -> None:
    processing = {"JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    tags = [{"Key": "of", "Value": "job"}]
    answer = sagemaker.create_transform_job(**request("Whole", DataProcessing=processing, Tags=tags))
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:transform-job/whole"
    assert answer["TransformJobArn"] == arn
    waiter = sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName="Whole", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    job = sagemaker.describe_transform_job(TransformJobName="Whole")
    assert job["TransformJobStatus"] == "Completed"
    assert job["TransformResources"]["InstanceCount"] == 1
    assert job["TransformInput"]["SplitType"] == "Line"
    assert job["TransformOutput"]["KmsKeyId"] == ""
    assert job["DataProcessing"] == {"InputFilter": "$", **processing}
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags

    output = s3.get_object(Bucket=BUCKET, Key="out/Whole/rows.csv.out")["Body"].read()
    assert output.endswith(b"\n")
    found = np.loadtxt(io.BytesIO(output), delimiter=",")
    expected = model.predict(xgboost.DMatrix(ROWS[:, 1:]))
    np.testing.assert_allclose(found, np.column_stack([ROWS[:, 1], expected]), rtol=1e-5, atol=1e-5)


def test_errors_have_the_texts_of_aws(sagemaker: Any, model: Any) -> None:
    sagemaker.create_transform_job(**request("twice"))
    code, text = refusal(sagemaker.create_transform_job, **request("twice"))
    assert code == "ResourceInUse"
    assert "a job with this name already exists" in text
    ended(sagemaker, "twice")
    assert refusal(sagemaker.stop_transform_job, TransformJobName="twice") == (
        "ValidationException",
        "The request was rejected because the transform job is in status Completed.",
    )
    for call, text in (
        (sagemaker.describe_transform_job, "Could not find requested job with name: none"),
        (sagemaker.stop_transform_job, "Could not find job to update with name: none"),
    ):
        assert refusal(call, TransformJobName="none") == ("ValidationException", text)
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/other"
    assert refusal(sagemaker.create_transform_job, **request("a", ModelName="Other")) == (
        "ValidationException",
        f'Could not find model "{arn}".',
    )
    source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/nothing"}}}
    code, text = refusal(sagemaker.create_transform_job, **request("a", TransformInput=source))
    assert text.startswith(f'No S3 objects found under S3 URL "s3://{BUCKET}/nothing" given in input data source.')


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"MaxConcurrentTransforms": 20, "MaxPayloadInMB": 6}, "must not exceed 100"),
        ({"DataProcessing": {"InputFilter": "$.a[?(@.b)]"}}, "The input filter '$.a[?(@.b)]' is not a supported path"),
        ({"DataProcessing": {"OutputFilter": "$["}}, "The output filter '$[' is not a supported path"),
        (
            {"DataProcessing": {"JoinSource": "Input", "OutputFilter": "$.a"}},
            "The output filter '$.a' selects by name, but the content type is 'text/csv'",
        ),
        ({"DataProcessing": {"JoinSource": "Output"}}, "Member must satisfy enum value set"),
    ],
)
def test_what_cannot_be_done_is_said(sagemaker: Any, model: Any, changes: Any, part: str) -> None:
    code, text = refusal(sagemaker.create_transform_job, **request("refused", **changes))
    assert code == "ValidationException"
    assert part.lower() in text.lower()
    assert refusal(sagemaker.describe_transform_job, TransformJobName="refused")[0] == "ValidationException"


def test_rows_that_the_model_refuses(s3: Any, sagemaker: Any, model: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="narrow/rows.csv", Body=b"1,2\n3,4\n")
    source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/narrow/"}}}
    source |= {"ContentType": "text/csv", "SplitType": "Line"}  # type: ignore[dict-item]
    sagemaker.create_transform_job(**request("narrow", TransformInput=source))
    job = ended(sagemaker, "narrow")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(("ClientError: ", "AlgorithmError: "))
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix="out/narrow")


def test_jobs_are_listed(sagemaker: Any, model: Any) -> None:
    names = [f"listed-{number}" for number in range(5)]
    for name in names:
        sagemaker.create_transform_job(**request(name))
    for name in names:
        ended(sagemaker, name)
    pages = sagemaker.get_paginator("list_transform_jobs").paginate(
        NameContains="listed-", StatusEquals="Completed", PaginationConfig={"PageSize": 2}
    )
    listed = [[job["TransformJobName"] for job in page["TransformJobSummaries"]] for page in pages]
    # By default, the newest come first.
    assert listed == [names[:2:-1], names[2:0:-1], names[:1]]


def test_all_resources_have_tags(sagemaker: Any, model: Any) -> None:
    variant = {"VariantName": "a", "ModelName": "Regressor", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    tags = [{"Key": "of", "Value": "it"}]
    config = sagemaker.create_endpoint_config(EndpointConfigName="Tagged", ProductionVariants=[variant], Tags=tags)
    endpoint = sagemaker.create_endpoint(EndpointName="Tagged", EndpointConfigName="Tagged", Tags=tags)
    arns = [config["EndpointConfigArn"], endpoint["EndpointArn"]]
    for arn in arns:
        assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    described = sagemaker.describe_model(ModelName="Regressor")
    assert sagemaker.list_tags(ResourceArn=described["ModelArn"])["Tags"] == [{"Key": "of", "Value": "model"}]

    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName="Tagged", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    deletions: list[Callable[[], Any]] = [
        lambda: sagemaker.delete_endpoint_config(EndpointConfigName="Tagged"),
        lambda: sagemaker.delete_endpoint(EndpointName="Tagged"),
    ]
    for delete in deletions:
        delete()
    gone = sagemaker.get_waiter("endpoint_deleted")
    gone.wait(EndpointName="Tagged", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    for arn in arns:
        assert refusal(sagemaker.list_tags, ResourceArn=arn)[0] == "ValidationException"
