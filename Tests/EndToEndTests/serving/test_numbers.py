"""Extreme numbers are rejected or accepted, and the server keeps working."""

from __future__ import annotations

import base64
import glob
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import BINARY, DATA, Api, Server, answered, refused, until
from own_algorithms import Account

FRAUD = json.loads((DATA / "fraud.json").read_text())

#: JSON numbers at the limits of types, and beyond them.
HUGE = [
    "1e300",
    "-1e300",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e19",
    "-0.0",
    "1e-320",
]

TIMES = [
    "ListTrainingJobs",
    "ListTransformJobs",
    "ListHyperParameterTuningJobs",
    "ListModels",
    "ListEndpointConfigs",
    "ListEndpoints",
]


def json_call(api: Api, target: str, body: str) -> Any:
    """Calls an AWS service in JSON, with bytes that no client would send."""
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    answer = api.post("/", data=body.encode(), headers=headers)
    assert answer.status_code in (200, 400), f"{target} {body}: {answer.status_code} {answer.text[:300]}"
    return answer


@pytest.mark.parametrize("number", HUGE)
def test_times_and_counts_of_lists(api: Api, number: str) -> None:
    for operation in TIMES:
        for member in ("CreationTimeAfter", "CreationTimeBefore", "LastModifiedTimeAfter", "MaxResults"):
            json_call(api, f"SageMaker.{operation}", f'{{"{member}": {number}}}')
    for operation, rest in {
        "DescribeLogGroups": "",
        "DescribeLogStreams": '"logGroupName": "/aws/sagemaker/TrainingJobs", ',
        "GetLogEvents": '"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": "a/b", ',
        "FilterLogEvents": '"logGroupName": "/aws/sagemaker/TrainingJobs", ',
    }.items():
        for member in ("limit", "startTime", "endTime"):
            json_call(api, f"Logs_20140328.{operation}", f'{{{rest}"{member}": {number}}}')
    rest = '"Namespace": "n", "MetricName": "m", "Statistics": ["Sum"]'
    for given in (
        f'"StartTime": {number}, "EndTime": 1, "Period": 60',
        f'"StartTime": 0, "EndTime": {number}, "Period": 60',
    ):
        json_call(api, "GraniteServiceVersion20100801.GetMetricStatistics", f"{{{rest}, {given}}}")
    for start, end, period in ((0, 1, number), (number, number, number), (0, number, number)):
        given = f'"StartTime": {start}, "EndTime": {end}, "Period": {period}'
        json_call(api, "GraniteServiceVersion20100801.GetMetricStatistics", f"{{{rest}, {given}}}")
    json_call(
        api,
        "ServiceQuotasV20190624.RequestServiceQuotaIncrease",
        f'{{"ServiceCode": "sagemaker", "QuotaCode": "L-CONCURRENT-JOBS", "DesiredValue": {number}}}',
    )
    json_call(api, "ServiceQuotasV20190624.ListServices", f'{{"MaxResults": {number}}}')
    assert api.status()["state"] == "ready"


def test_tokens_that_count_too_far(api: Api) -> None:
    largest = "9223372036854775807"
    for text in (f"{largest} 1 0", f"{largest} 1e300 0", "0 nan 0", f"{largest} a"):
        token = base64.b64encode(text.encode()).decode()
        for operation in TIMES:
            assert json_call(api, f"SageMaker.{operation}", json.dumps({"NextToken": token})).status_code == 400
        group = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
        json_call(api, "Logs_20140328.FilterLogEvents", json.dumps({"nextToken": token} | group))
    for token in (f"f/{largest}", f"b/{largest}", f"f/-{largest}"):
        answer = json_call(api, "Logs_20140328.DescribeLogGroups", json.dumps({"nextToken": token}))
        assert answer.status_code == 400
        assert "nextToken" in answer.text
    assert json_call(api, "ServiceQuotasV20190624.ListServices", json.dumps({"NextToken": largest})).status_code == 400


@pytest.mark.parametrize("number", HUGE)
def test_members_of_jobs_and_endpoints(account: Account, number: str) -> None:
    api = Api(account.url)
    channel = {
        "ChannelName": "train",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://jobs/data"}},
    }
    training: dict[str, Any] = {
        "AlgorithmSpecification": {"TrainingImage": "mean", "TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::000000000000:role/R",
        "InputDataConfig": [channel],
        "OutputDataConfig": {"S3OutputPath": "s3://jobs/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    tuning: dict[str, Any] = {
        "HyperParameterTuningJobName": "numbers",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Hyperband",
            "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": "NUMBER"}},
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "m"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": "NUMBER", "MaxParallelTrainingJobs": "NUMBER"},
            "RandomSeed": "NUMBER",
            "ParameterRanges": {
                "IntegerParameterRanges": [{"Name": "a", "MinValue": number, "MaxValue": number}],
                "ContinuousParameterRanges": [{"Name": "b", "MinValue": number, "MaxValue": number}],
            },
        },
        "TrainingJobDefinition": training,
    }
    bodies = {
        "CreateTrainingJob": training
        | {"TrainingJobName": "numbers", "ResourceConfig": {"InstanceCount": "NUMBER", "VolumeSizeInGB": "NUMBER"}},
        "CreateHyperParameterTuningJob": tuning,
        "CreateTransformJob": {
            "TransformJobName": "numbers",
            "ModelName": "numbers",
            "MaxPayloadInMB": "NUMBER",
            "MaxConcurrentTransforms": "NUMBER",
            "TransformInput": {"DataSource": channel["DataSource"]},
            "TransformOutput": {"S3OutputPath": "s3://jobs/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": "NUMBER"},
        },
        "CreateEndpointConfig": {
            "EndpointConfigName": "numbers",
            "ProductionVariants": [
                {
                    "VariantName": name,
                    "ModelName": "numbers",
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": "NUMBER",
                    "InitialVariantWeight": "NUMBER",
                }
                for name in "abcdefghij"
            ],
        },
        "CreateEndpoint": {"EndpointName": "numbers", "EndpointConfigName": "numbers"},
        "UpdateEndpointWeightsAndCapacities": {
            "EndpointName": "numbers",
            "DesiredWeightsAndCapacities": [
                {"VariantName": "a", "DesiredWeight": "NUMBER", "DesiredInstanceCount": "NUMBER"}
            ],
        },
    }
    for operation, body in bodies.items():
        json_call(api, f"SageMaker.{operation}", json.dumps(body).replace('"NUMBER"', number))
    assert api.status()["state"] == "ready"


QUERIES = [
    "/v1/pipelines/numbers/logs?limit={}",
    "/v1/pipelines/numbers/logs?start={}",
    "/v1/pipelines/numbers/logs?end={}",
    "/v1/pipelines/numbers/logs?start={0}&end={0}&limit=5",
    "/v1/pipelines/numbers/logs/export?limit={}",
    "/v1/training-jobs?offset={}",
    "/v1/training-jobs?limit={}",
    "/v1/training-jobs/numbers/logs?from={}",
    "/jobs?max-keys={}",
    "/jobs?uploads&max-uploads={}",
    "/?max-buckets={}",
    "/jobs/data/train/a.csv?partNumber={}",
    "/jobs/data/train/a.csv?partNumber={}&uploadId=x",
    "/jobs/data/train/a.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20260101/us-east-1/s3/aws4_request"
    "&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0&X-Amz-Expires={}",
    "/jobs/data/train/a.csv?AWSAccessKeyId=a&Signature=a&Expires={}",
]
NUMBERS = ["9223372036854775807", "-9223372036854775808", "9223372036854775808", "-1", "0", "1e300", "nan", "inf", ""]
DATES = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "99999-01-01T00:00:00Z", "2026-13-45T99:99:99Z"]
S3 = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
}


@pytest.mark.parametrize("query", QUERIES)
def test_parameters_of_queries(account: Account, api: Api, query: str) -> None:
    api.upload("numbers", "fraud-dense.onnx")
    api.serve("numbers", ["numbers"])
    api.infer("numbers", FRAUD)
    headers = {} if query.startswith("/v1") or "X-Amz" in query else S3
    for number in NUMBERS + DATES:
        answer = api.get(query.format(number), headers=headers)
        assert answer.status_code < 500 or answer.status_code == 501, f"{number}: {answer.text[:300]}"
    assert api.status()["state"] == "ready"


HEADERS = {
    "range": ["bytes={}-", "bytes=-{}", "bytes=0-{}", "bytes={0}-{0}"],
    "x-amz-copy-source-range": ["bytes=0-{}"],
    "x-amz-mp-object-size": ["{}"],
    "x-amz-decoded-content-length": ["{}"],
    "if-modified-since": [
        "Sun, 06 Nov {} 08:49:37 GMT",
        "Sun, 06 Nov 1994 {}:49:37 GMT",
        "Sun, {} Nov 1994 08:49:37 GMT",
    ],
    "x-amz-date": ["{}", "99999999T999999Z", "00000000T000000Z"],
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_headers_of_requests_to_buckets(account: Account, api: Api, name: str, method: str) -> None:
    for form in HEADERS[name]:
        for number in NUMBERS:
            headers = S3 | {name: form.format(number), "x-amz-copy-source": "/jobs/data/train/a.csv"}
            if name == "x-amz-decoded-content-length":
                headers |= {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
                del headers["x-amz-copy-source"]
            path = "/jobs/data/train/a.csv" if method == "GET" else "/jobs/numbers"
            answer = api.request(method, path, headers=headers, data=b"" if method == "GET" else b"0\r\n\r\n")
            assert answer.status_code < 500, f"{form} {number}: {answer.status_code} {answer.text[:300]}"
    assert api.status()["state"] == "ready"


def test_a_client_cannot_say_what_parts_an_object_has(account: Account, api: Api) -> None:
    sizes = "9223372036854775807*9223372036854775807"
    headers = S3 | {"x-roost-parts": sizes, "x-amz-meta-roost-parts": sizes}
    assert api.put("/jobs/parts", headers=headers, data=b"abc").status_code == 200
    for number in (1, 2, 10_000):
        answer = api.get(f"/jobs/parts?partNumber={number}", headers=S3)
        assert answer.status_code == (206 if number == 1 else 416)


DEFINITIONS = {
    "sexagesimal": "1:1:1:1:1:1:1:1:1:1:1:1:1",
    "octal": "0777777777777777777777777",
    "hexadecimal": "0xFFFFFFFFFFFFFFFFFF",
    "infinite": ".inf",
    "no number": ".nan",
    "too large": "1e400",
    "a word": "yes",
}


@pytest.mark.parametrize("value", DEFINITIONS.values(), ids=DEFINITIONS)
def test_yaml_has_the_numbers_of_json(api: Api, tmp_path: Path, value: str) -> None:
    training = f"name: numbers\nalgorithm: mean\noutput: s3://jobs/out\nmax_runtime: {value}\n"
    answer = api.post("/v1/training-jobs", data=training, headers={"Content-Type": "application/yaml"})
    refused(answer, 400, "max_runtime", "must be a number")
    split = f"name: numbers\nsteps:\n- random_split:\n    models:\n    - {{model: numbers, weight: {value}}}\n"
    answer = api.post("/v1/pipelines", data=split, headers={"Content-Type": "application/yaml"})
    refused(answer, 400, "steps[0].random_split.models[0].weight", "must be a number")
    for name, text, command in (
        ("training.yaml", training, ["train"]),
        ("split.yaml", split, ["pipeline", "apply", "--file"]),
    ):
        (tmp_path / name).write_text(text)
        done = subprocess.run(
            [str(BINARY), *command, str(tmp_path / name), "--url", api.url], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 1, done
        assert "must be a number" in done.stderr


OPTIONS = {
    "--port": ["65536", "-1", "9223372036854775807"],
    "--max-body": ["0", "-1", "2049", "9223372036854775807", "9223372036854775808"],
    "--max-artifact": ["0", "9223372036854775807"],
    "--threads": ["0", "1025", "9223372036854775807"],
    "--queue": ["0", "9223372036854775807"],
    "--log-size": ["0", "-5", "9223372036854775807"],
    "--jobs": ["0", "1001", "9223372036854775807"],
    "--job-threads": ["0", "9223372036854775807"],
    "--job-memory": ["0", "9223372036854775807"],
    "--timeout": ["0", "-1", "1e300", "nan", "inf", "-inf", "1e400"],
    "--challenger-timeout": ["0", "1e300", "nan", "inf"],
    "--log-days": ["0", "1e300", "nan", "inf"],
    "--job-grace": ["-1", "1e300", "nan", "inf"],
    "--drain-delay": ["-1", "1e300", "nan", "inf"],
    "--drain-limit": ["-1", "1e300", "nan", "inf"],
}


@pytest.mark.parametrize("option", OPTIONS)
def test_options_that_cannot_be_counted_with(tmp_path: Path, option: str) -> None:
    for value in OPTIONS[option]:
        done = subprocess.run(
            [str(BINARY), "serve", "--data", str(tmp_path / "data"), f"{option}={value}"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 64, f"{value}: {done}"
        assert option in done.stderr, done.stderr
    assert not (tmp_path / "data").exists()


def test_options_at_their_ends(start_server: Callable[..., Server]) -> None:
    server = start_server(
        *("--max-body", "2048", "--max-artifact", str(1 << 30), "--queue", str(1 << 20), "--log-size", str(1 << 30)),
        *("--timeout", "86400", "--challenger-timeout", "86400", "--log-days", "36500", "--job-grace", "86400"),
        *("--drain-limit", "86400", "--job-memory", str(1 << 30), "--jobs", "1000", "--job-threads", "1024"),
    )
    server.api.upload("numbers", "fraud-dense.onnx")
    server.api.serve("numbers", ["numbers"])
    server.api.infer("numbers", FRAUD)
    until(lambda: server.api.logs("numbers"), "the entry is in the log")
    assert server.stop() == 0


@pytest.mark.parametrize(
    "moment", ["1969-07-20 20:17:40", "1901-12-14 00:00:00", "2038-01-19 03:14:08", "2200-01-01 00:00:00"]
)
def test_clocks_of_other_times(start_server: Callable[..., Server], moment: str) -> None:
    # The command 'faketime' would be a process between the test and the server. The shell absorbs what the library adds to
    # the environment of its first process; otherwise, Swift would not find its arguments.
    (library,) = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    # Leave the monotonic clock alone: nobody can set it.
    environment = {"LD_PRELOAD": library, "FAKETIME": f"@{moment}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    server = start_server(environment=environment, wrapper=["sh", "-c", 'exec "$0" "$@"'])
    api = server.api
    api.upload("numbers", "fraud-dense.onnx")
    api.serve("numbers", ["numbers"])
    inferred = api.post("/v1/pipelines/numbers/infer", json=FRAUD)
    assert inferred.status_code == 200
    tensors = [{"name": "dense_input", "datatype": "FP32", "shape": [1, 29], "data": FRAUD["tensor"]}]
    answered(api.post("/v2/models/numbers/infer", json={"inputs": tensors}), 200)
    assert len(until(lambda: len(api.logs("numbers")) == 2 and api.logs("numbers"), "the entries are in the log")) == 2
    account = Account(server.url)
    account.put("a", "b")
    assert account.get("s3://jobs/a") == b"b"
    assert account.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    for path in ("/v1/status", "/v1/models", "/v1/pipelines", "/metrics", "/v1/training-jobs"):
        assert api.get(path).status_code == 200, path
    assert server.stop() == 0
