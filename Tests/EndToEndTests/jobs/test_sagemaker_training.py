"""SageMaker's training jobs, their tags and their logs, as boto3 uses them."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import boto3
import numpy as np
import pytest
import xgboost
from aws import (
    ACCOUNT,
    REGION,
    ROLE,
    XGBOOST,
    artifact,
    channel,
    client,
    csv,
    ended,
    refusal,
    regression,
    training_request,
)

TRAIN = regression(400, seed=1)
VALIDATION = regression(200, seed=2)
GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    return client("s3", server)


@pytest.fixture(scope="module")
def sagemaker(server: str) -> Any:
    return client("sagemaker", server)


@pytest.fixture(scope="module")
def logs(server: str) -> Any:
    return client("logs", server)


@pytest.fixture(scope="module")
def bucket(s3: Any) -> str:
    """A bucket with data to train and validate with."""
    s3.create_bucket(Bucket="training-data")
    s3.put_object(Bucket="training-data", Key="train/part-0.csv", Body=csv(TRAIN[:250]))
    s3.put_object(Bucket="training-data", Key="train/part-1.csv", Body=csv(TRAIN[250:]))
    s3.put_object(Bucket="training-data", Key="validation/all.csv", Body=csv(VALIDATION))
    return "training-data"


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A job name derived from the test's name."""
    return "j-" + hashlib.md5(request.node.nodeid.encode()).hexdigest()[:20]


@pytest.fixture(scope="module")
def trained(sagemaker: Any, bucket: str) -> Any:
    """A finished job with two channels, tags and an environment."""
    request = training_request(
        "Trained",
        bucket,
        HyperParameters={"num_round": "20", "objective": "reg:squarederror", "max_depth": "4", "eta": "0.3"},
        InputDataConfig=[
            channel("train", f"s3://{bucket}/train/"),
            channel("validation", f"s3://{bucket}/validation/"),
        ],
        Environment={"COLOR": "blue"},
        Tags=[{"Key": "team", "Value": "a"}],
    )
    answer = sagemaker.create_training_job(**request)
    assert answer["TrainingJobArn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/trained"
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName="Trained", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return sagemaker.describe_training_job(TrainingJobName="Trained")


def reference(rounds: int) -> Any:
    """Runs the same training with the xgboost library."""
    watched = xgboost.DMatrix(VALIDATION[:, 1:], VALIDATION[:, 0])
    train = xgboost.DMatrix(TRAIN[:, 1:], TRAIN[:, 0])
    results: dict[str, Any] = {}
    booster = xgboost.train(
        {"objective": "reg:squarederror", "max_depth": 4, "eta": 0.3, "seed": 0},
        train,
        rounds,
        evals=[(train, "train"), (watched, "validation")],
        evals_result=results,
        verbose_eval=False,
    )
    return booster, watched, results


def test_the_model_is_that_of_xgboost_itself(trained: Any, s3: Any, bucket: str) -> None:
    assert trained["TrainingJobStatus"] == "Completed"
    uri = trained["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{bucket}/output/Trained/output/model.tar.gz"
    booster = xgboost.Booster(model_file=bytearray(artifact(s3, uri)["xgboost-model"]))
    expected, data, results = reference(20)
    np.testing.assert_allclose(booster.predict(data), expected.predict(data), rtol=1e-5, atol=1e-5)
    metrics = {metric["MetricName"]: metric["Value"] for metric in trained["FinalMetricDataList"]}
    assert metrics["train:rmse"] == pytest.approx(results["train"]["rmse"][-1], rel=1e-4)
    assert metrics["validation:rmse"] == pytest.approx(results["validation"]["rmse"][-1], rel=1e-4)


def test_a_description_has_all_that_was_asked_for(trained: Any, bucket: str) -> None:
    assert trained["HyperParameters"]["num_round"] == "20"
    assert trained["AlgorithmSpecification"]["TrainingImage"] == XGBOOST
    assert trained["AlgorithmSpecification"]["TrainingInputMode"] == "File"
    assert trained["RoleArn"] == ROLE
    assert [each["ChannelName"] for each in trained["InputDataConfig"]] == ["train", "validation"]
    assert trained["OutputDataConfig"] == {"KmsKeyId": "", "S3OutputPath": f"s3://{bucket}/output"}
    assert trained["ResourceConfig"] == {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
    assert trained["StoppingCondition"]["MaxRuntimeInSeconds"] == 600
    assert trained["Environment"] == {"COLOR": "blue"}
    assert "Tags" not in trained


def test_a_description_tells_the_way_of_a_job(trained: Any) -> None:
    phases = trained["SecondaryStatusTransitions"]
    assert [phase["Status"] for phase in phases] == [
        "Pending",
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert trained["SecondaryStatus"] == "Completed"
    assert all(phase["StartTime"] <= phase["EndTime"] for phase in phases)
    times = [trained[time] for time in ("CreationTime", "TrainingStartTime", "TrainingEndTime")]
    assert times == sorted(times)
    assert trained["LastModifiedTime"] >= times[-1]
    assert trained["TrainingTimeInSeconds"] >= 1
    assert trained["BillableTimeInSeconds"] == trained["TrainingTimeInSeconds"]


def read_log(logs: Any, stream: str, start: int = 0) -> list[Any]:
    """Reads the events of a stream until there are no more, as the SDK does."""
    events: list[Any] = []
    token: dict[str, str] = {}
    for _ in range(10_000):
        page = logs.get_log_events(
            logGroupName=GROUP, logStreamName=stream, startTime=start, startFromHead=True, limit=7, **token
        )
        token = {"nextToken": page["nextForwardToken"]}
        events += page["events"]
        if not page["events"]:
            again = logs.get_log_events(
                logGroupName=GROUP, logStreamName=stream, startTime=start, startFromHead=True, limit=7, **token
            )
            assert again["nextForwardToken"] == token["nextToken"]
            return events
    raise AssertionError("The log has no end.")


def stream_of(logs: Any, job: str) -> str:
    streams = logs.describe_log_streams(
        logGroupName=GROUP, logStreamNamePrefix=job + "/", orderBy="LogStreamName", limit=1
    )
    assert "nextToken" not in streams
    (stream,) = streams["logStreams"]
    assert stream["logStreamName"].startswith(f"{job}/algo-1-")
    found: str = stream["logStreamName"]
    return found


def test_a_log_is_read_line_by_line(trained: Any, logs: Any) -> None:
    stream = stream_of(logs, "Trained")
    events = read_log(logs, stream)
    rounds = [event["message"] for event in events if "#011validation-rmse:" in event["message"]]
    assert len(rounds) == 20
    assert rounds[12].startswith("[12]#011train-rmse:")
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    # Starting from a time, inclusive.
    later = read_log(logs, stream, start=times[len(times) // 2])
    assert later == [event for event in events if event["timestamp"] >= times[len(times) // 2]]


def test_a_log_is_read_from_its_end(trained: Any, logs: Any) -> None:
    stream = stream_of(logs, "Trained")
    events = read_log(logs, stream)
    last = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, limit=3)
    assert last["events"] == events[-3:]
    before = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, limit=3, nextToken=last["nextBackwardToken"])
    assert before["events"] == events[-6:-3]
    after = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, limit=3, nextToken=before["nextForwardToken"])
    assert after["events"] == last["events"]


def test_logs_are_searched(trained: Any, logs: Any) -> None:
    found: list[Any] = []
    for page in logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP,
        logStreamNamePrefix="Trained/",
        filterPattern='"validation-rmse" -"[0]"',
        PaginationConfig={"PageSize": 5},
    ):
        found += page["events"]
    assert len(found) == 19
    assert len({event["eventId"] for event in found}) == 19
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/")["logGroups"]
    assert GROUP in [group["logGroupName"] for group in groups]


def test_what_there_is_no_log_of(logs: Any, trained: Any) -> None:
    assert logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="nobody/")["logStreams"] == []
    absent = {"logGroupName": GROUP, "logStreamName": "nobody/algo-1-1"}
    assert refusal(logs.get_log_events, **absent)[0] == "ResourceNotFoundException"
    assert refusal(logs.describe_log_streams, logGroupName="/aws/other")[0] == "ResourceNotFoundException"
    both = {"logGroupName": GROUP, "orderBy": "LastEventTime", "logStreamNamePrefix": "Trained/"}
    assert refusal(logs.describe_log_streams, **both) == (
        "InvalidParameterException",
        "Cannot order by LastEventTime with a logStreamNamePrefix.",
    )
    stream = stream_of(logs, "Trained")
    odd = {"logGroupName": GROUP, "logStreamName": stream, "nextToken": "odd"}
    assert refusal(logs.get_log_events, **odd)[0] == "InvalidParameterException"


def test_tags(trained: Any, sagemaker: Any) -> None:
    arn = trained["TrainingJobArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}])
    tags = sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["x", "y"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "b"}]
    assert refusal(sagemaker.list_tags, ResourceArn=arn + "-not")[0] == "ValidationException"


def test_errors_have_the_texts_of_aws(sagemaker: Any, bucket: str, trained: Any) -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/trained"
    assert refusal(sagemaker.create_training_job, **training_request("Trained", bucket)) == (
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, and a training job with this name "
        f"already exists ({arn})",
    )
    assert refusal(sagemaker.describe_training_job, TrainingJobName="none") == (
        "ValidationException",
        "Requested resource not found.",
    )
    assert refusal(sagemaker.stop_training_job, TrainingJobName="none")[0] == "ValidationException"
    assert refusal(sagemaker.stop_training_job, TrainingJobName="Trained") == (
        "ValidationException",
        "The request was rejected because the training job is in status Completed.",
    )


def test_data_that_is_not_there(sagemaker: Any, bucket: str, name: str) -> None:
    for uri, place in ((f"s3://{bucket}/nothing/", bucket), ("s3://no-such-bucket/train", "no-such-bucket")):
        request = training_request(name, bucket, InputDataConfig=[channel("train", uri)])
        assert refusal(sagemaker.create_training_job, **request) == (
            "ValidationException",
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists '
            f"in the selected region ({REGION}), that objects exist under that S3 prefix, and that the role "
            f'"{ROLE}" has "s3:ListBucket" permissions on bucket "{place}".',
        )
    assert refusal(sagemaker.describe_training_job, TrainingJobName=name)[0] == "ValidationException"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "AlgorithmName or TrainingImage"),
        (
            {
                "AlgorithmSpecification": {
                    "TrainingImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/mine:2",
                    "TrainingInputMode": "File",
                }
            },
            f"Cannot find repository: mine in registry ID: {ACCOUNT}",
        ),
        (
            {
                "AlgorithmSpecification": {
                    "TrainingImage": XGBOOST,
                    "TrainingInputMode": "File",
                    "ContainerEntrypoint": ["sh"],
                }
            },
            "containerEntrypoint",
        ),
        (
            {"InputDataConfig": [channel("train", "s3://training-data/train/", RecordWrapperType="RecordIO")]},
            "RecordIO",
        ),
        ({"OutputDataConfig": {"S3OutputPath": "s3://training-data/o", "CompressionType": "NONE"}}, "GZIP"),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 0, "VolumeSizeInGB": 5}},
            "Value '0' at 'resourceConfig.instanceCount' failed to satisfy constraint",
        ),
        ({"Tags": [{"Key": "aws:x", "Value": "y"}]}, "aws: prefixed tag key names are not allowed"),
    ],
)
def test_what_cannot_be_done_is_said(sagemaker: Any, bucket: str, name: str, changes: Any, part: str) -> None:
    code, text = refusal(sagemaker.create_training_job, **training_request(name, bucket, **changes))
    assert code == "ValidationException"
    assert part in text
    assert refusal(sagemaker.describe_training_job, TrainingJobName=name)[0] == "ValidationException"


def test_jobs_are_listed_in_pages(sagemaker: Any, bucket: str, trained: Any) -> None:
    names = [f"listed-{number}" for number in range(12)]
    for each in names:
        sagemaker.create_training_job(**training_request(each, bucket))
    for each in names:
        ended(sagemaker, each)
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains="listed-", SortBy="Name", SortOrder="Descending", PaginationConfig={"PageSize": 5}
    )
    listed = [[job["TrainingJobName"] for job in page["TrainingJobSummaries"]] for page in pages]
    assert [len(page) for page in listed] == [5, 5, 2]
    assert [each for page in listed for each in page] == sorted(names, reverse=True)

    newest = sagemaker.list_training_jobs(SortBy="CreationTime", SortOrder="Descending", MaxResults=1)
    assert newest["TrainingJobSummaries"][0]["TrainingJobName"] == names[-1]
    first = sagemaker.list_training_jobs(NameContains="listed-")
    assert [job["TrainingJobName"] for job in first["TrainingJobSummaries"]] == names[:10]
    assert sagemaker.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"] == []
    done = sagemaker.list_training_jobs(StatusEquals="Completed", NameContains="Trained")
    assert [job["TrainingJobArn"] for job in done["TrainingJobSummaries"]] == [trained["TrainingJobArn"]]
    plan = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-plan/plan"
    for nobody in ({"WarmPoolStatusEquals": "Available"}, {"TrainingPlanArnEquals": plan}):
        assert sagemaker.list_training_jobs(**nobody)["TrainingJobSummaries"] == []
    assert sagemaker.list_training_jobs(CreationTimeAfter=time.time() + 60)["TrainingJobSummaries"] == []
    other = {"NameContains": "other", "NextToken": first["NextToken"]}
    assert refusal(sagemaker.list_training_jobs, **other)[0] == "ValidationException"


def long_request(name: str, bucket: str, **changes: Any) -> Any:
    """Returns a request for a job that would run for minutes."""
    return training_request(
        name, bucket, HyperParameters={"num_round": "1000000", "objective": "reg:squarederror"}, **changes
    )


def test_a_job_is_stopped(sagemaker: Any, bucket: str, name: str) -> None:
    sagemaker.create_training_job(**long_request(name, bucket))
    while sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] != "Training":
        time.sleep(0.05)
    sagemaker.stop_training_job(TrainingJobName=name)
    job = ended(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "FailureReason" not in job


def test_a_job_has_so_much_time(sagemaker: Any, bucket: str, name: str) -> None:
    sagemaker.create_training_job(**long_request(name, bucket, StoppingCondition={"MaxRuntimeInSeconds": 2}))
    job = ended(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_manifest_names_the_objects(sagemaker: Any, s3: Any, bucket: str, name: str) -> None:
    s3.put_object(Bucket=bucket, Key="list.json", Body=b'[{"prefix": "s3://training-data/train/"}, "part-0.csv"]')
    source = {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": f"s3://{bucket}/list.json"}}
    channels = [{"ChannelName": "train", "DataSource": source, "ContentType": "text/csv"}]
    sagemaker.create_training_job(**training_request(name, bucket, InputDataConfig=channels))
    assert ended(sagemaker, name)["TrainingJobStatus"] == "Completed"


def test_a_manifest_names_objects_in_libsvm(sagemaker: Any, s3: Any, bucket: str, name: str) -> None:
    rows = "".join(f"{number % 3} 0:{number} 2:{number * 0.5}\n" for number in range(60))
    s3.put_object(Bucket=bucket, Key="svm/a/rows", Body=rows.encode())
    s3.put_object(Bucket=bucket, Key="svm/not-listed", Body=b"this is no libsvm")
    s3.put_object(Bucket=bucket, Key="svm.json", Body=b'[{"prefix": "s3://training-data/svm/"}, "a/rows"]')
    source = {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": f"s3://{bucket}/svm.json"}}
    channels = [{"ChannelName": "train", "DataSource": source, "ContentType": "text/libsvm"}]
    sagemaker.create_training_job(**training_request(name, bucket, InputDataConfig=channels))
    job = ended(sagemaker, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")


def test_boto3_of_a_shell(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 needs only environment variables."""
    for variable, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(variable, value)
    assert boto3.client("sagemaker").list_training_jobs()["ResponseMetadata"]["HTTPStatusCode"] == 200
