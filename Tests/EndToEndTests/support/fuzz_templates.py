"""A valid request for each operation of every dialect, for the fuzzer to change."""

from __future__ import annotations

import base64
import json
from typing import Any

import fuzz_functions
from fuzz_requests import Request
from harness import DATA

FRAUD: dict[str, Any] = json.loads((DATA / "fraud.json").read_text())
ROLE = "arn:aws:iam::000000000000:role/R"
SIGNED = "AWS4-HMAC-SHA256 Credential=fuzz/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
JSON = ("Content-Type", "application/json")

PIPELINE = {
    "name": "fuzzed",
    "workspace": "default",
    "steps": [
        {
            "random_split": {
                "hash_key": "user",
                "models": [{"name": "a", "model": "champion", "weight": 1}, {"model": "challenger", "weight": 2.5}],
            }
        },
    ],
    "validations": [{"name": "v", "expression": "champion.outputs[0][0] < 0.9 and not inputs[0][0] == 1e3"}],
}
SHADOW = PIPELINE | {
    "steps": [{"shadow_deploy": {"champion": "champion", "challengers": ["challenger"], "share": 0.5}}],
}
KEYS = PIPELINE | {
    "steps": [{"key_split": {"key": "k", "default": "champion", "models": {"a": "challenger"}}}],
    "validations": [],
}
CHANNEL = {"name": "train", "uri": "s3://fuzz/data", "content_type": "text/csv"}
TRAINING = {
    "name": "fuzzed",
    "algorithm": "xgboost",
    "hyperparameters": {"num_round": "1", "objective": "reg:squarederror"},
    "channels": [CHANNEL],
    "output": "s3://fuzz/out",
    "max_runtime": 5,
    "environment": {"KIND": "b"},
    "metrics": [{"name": "m", "pattern": "m=([0-9.]+)"}],
    "checkpoints": "s3://fuzz/checkpoints",
}
TUNING = {
    "name": "fuzzed",
    "strategy": "Hyperband",
    "objective": {"metric": "validation:rmse", "direction": "Minimize"},
    "ranges": [
        {"name": "eta", "type": "continuous", "min": 0.1, "max": 0.5, "scaling": "Logarithmic"},
        {"name": "max_depth", "type": "integer", "min": 1, "max": 5},
        {"name": "booster", "type": "categorical", "values": ["gbtree", "dart"]},
    ],
    "resource": {"min": 1, "max": 9},
    "seed": 7,
    "target": 0.1,
    "max_trials": 1,
    "max_parallel_trials": 1,
    "max_runtime": 5,
    "max_trials_without_improvement": 2,
    "training": TRAINING | {"name": ""},
}
TRANSFORM = {
    "name": "fuzzed",
    "model": "champion",
    "input": {"uri": "s3://fuzz/data", "content_type": "text/csv"},
    "output": "s3://fuzz/out",
    "split": "Line",
    "max_payload": 1,
    "max_concurrent": 1,
    "input_filter": "$[1:]",
    "output_filter": "$[0,-1]",
}
CSV = b"1,0.5,0.25\n0,1.5,2\n"


def native() -> list[Request]:
    reads = [
        "/v1/status",
        "/v1/workspaces",
        "/v1/workspaces/default",
        "/v1/models",
        "/v1/models/champion",
        "/v1/algorithms",
    ]
    reads += ["/v1/pipelines", "/v1/pipelines/fuzz", "/v1/pipelines/fuzz/versions", "/v1/pipelines/fuzz/deployment"]
    reads += [
        "/v1/quotas",
        "/v1/aws",
        "/metrics",
        "/openapi.json",
        "/v1/training-jobs/fuzzed",
        "/v1/tuning-jobs/fuzzed",
    ]
    found = [Request("GET", path) for path in reads]
    logs = [("limit", "5"), ("start", "0"), ("end", "2030-01-01T00:00:00Z"), ("valid", "true"), ("model", "champion")]
    found += [
        Request("GET", "/v1/pipelines/fuzz/logs", logs),
        Request("GET", "/v1/pipelines/fuzz/logs/export", logs),
        Request("GET", "/v1/models/champion/logs", logs),
        Request("GET", "/v1/training-jobs", [("limit", "5"), ("offset", "1"), ("status", "Failed"), ("sort", "name")]),
        Request("GET", "/v1/training-jobs/fuzzed/logs", [("from", "0"), ("limit", "10")]),
        Request("POST", "/v1/workspaces", headers=[JSON], body={"name": "fuzz"}),
        Request("POST", "/v1/models/fuzzed/versions", [("framework", "onnx")], body=b"\x08\x07no model"),
        Request("PUT", "/v1/algorithms/fuzzed", body=b"no archive"),
        Request("PUT", "/v1/pipelines/fuzzed/tags/t"),
        Request("PUT", "/v1/pipelines/fuzzed/deployment", headers=[JSON], body={"version": "0"}),
        Request("DELETE", "/v1/pipelines/fuzzed/deployment"),
        Request("PUT", "/v1/quota-requests/0/grant"),
        Request("POST", "/v1/pipelines/fuzz/infer", headers=[JSON], body=FRAUD),
        Request("POST", "/v1/training-jobs", headers=[JSON], body=TRAINING),
        Request("POST", "/v1/training-jobs/fuzzed/stop"),
        Request("POST", "/v1/tuning-jobs", headers=[JSON], body=TUNING),
        Request("POST", "/v1/tuning-jobs/fuzzed/stop"),
        Request("POST", "/v1/transform-jobs", headers=[JSON], body=TRANSFORM),
    ]
    for definition in (PIPELINE, SHADOW, KEYS):
        found.append(Request("POST", "/v1/pipelines", headers=[JSON], body=definition))
        found.append(
            Request("PUT", "/v1/pipelines/fuzzed", headers=[("Content-Type", "application/yaml")], body=definition)
        )
    return found


def inference() -> list[Request]:
    tensor = {"name": "dense_input", "datatype": "FP32", "shape": [1, 29], "data": FRAUD["tensor"][0]}
    v2 = {"id": "1", "parameters": {"user": "u"}, "inputs": [tensor], "outputs": [{"name": "probability"}]}
    reads = [
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/fuzz",
        "/v2/models/fuzz/ready",
        "/v2/models/fuzz/versions/0",
    ]
    return [
        *(Request("GET", path) for path in reads),
        Request("POST", "/v2/models/fuzz/infer", headers=[JSON], body=v2),
        Request("POST", "/v2/models/fuzz/versions/0/infer", headers=[JSON], body=v2),
        *(
            Request(
                "POST",
                "/endpoints/fuzz/invocations",
                headers=[("Authorization", SIGNED.format("sagemaker")), ("Content-Type", kind), ("Accept", "text/csv")],
                body=body,
            )
            for kind, body in (
                ("text/csv", b"1,2,3,4,5\n"),
                ("text/libsvm", b"0:1 1:2 3:4\n"),
                ("application/json", {"instances": [{"features": [1, 2, 3, 4, 5]}]}),
                ("application/jsonlines", b'{"features": [1, 2, 3, 4, 5]}\n'),
                ("application/x-recordio-protobuf", b"\x0a\x23\xd7\xce\x05\0\0\0\x0a\x03\x0a\x01\x00\0\0\0"),
            )
        ),
    ]


def aws_json() -> list[Request]:
    page = {"MaxResults": 5, "CreationTimeAfter": 1, "NameContains": "a", "SortBy": "Name", "SortOrder": "Ascending"}
    token = {"NextToken": base64.b64encode(b"0 1 1").decode()}
    source = {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://fuzz/data"}},
        "ContentType": "text/csv",
    }
    training = {
        "AlgorithmSpecification": {"TrainingImage": "xgboost:1", "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [{"ChannelName": "train"} | source],
        "OutputDataConfig": {"S3OutputPath": "s3://fuzz/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 5},
    }
    ranges = {
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "5", "ScalingType": "Auto"}],
        "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}],
    }
    tuning = {
        "HyperParameterTuningJobName": "fuzz",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "RandomSeed": 1,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": ranges,
        },
        "TrainingJobDefinition": training | {"StaticHyperParameters": {"num_round": "1"}},
    }
    variant = {"VariantName": "a", "ModelName": "fuzz", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    shift = {"Type": "LINEAR", "WaitIntervalInSeconds": 0, "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50}}
    blue_green = {"TrafficRoutingConfiguration": shift, "TerminationWaitInSeconds": 0}
    named = {"TrainingJobName": "fuzz"}, {"EndpointName": "fuzz"}, {"EndpointConfigName": "fuzz"}, {"ModelName": "fuzz"}
    logs = {
        "logGroupName": "/aws/sagemaker/TrainingJobs",
        "limit": 5,
        "startTime": 0,
        "endTime": 99,
        "nextToken": "f/1",
    }
    metric: dict[str, Any] = {
        "Namespace": "/aws/sagemaker/TrainingJobs",
        "MetricName": "m",
        "Statistics": ["Sum"],
        "Period": 60,
    }
    metric |= {"StartTime": 0, "EndTime": 600, "Dimensions": [{"Name": "TrainingJobName", "Value": "fuzz"}]}
    quota = {"ServiceCode": "sagemaker", "QuotaCode": "L-CONCURRENT-JOBS", "DesiredValue": 5}
    arn = "arn:aws:sagemaker:us-east-1:000000000000:model/fuzz"
    calls: list[tuple[str, dict[str, Any]]] = [
        *((f"SageMaker.List{kind}", page | extra) for kind in LISTS for extra in ({}, token)),
        *((f"SageMaker.Describe{kind}", name) for kind, name in zip(DESCRIBED, named, strict=True)),
        ("SageMaker.CreateTrainingJob", training | {"TrainingJobName": "fuzz", "HyperParameters": {"num_round": "1"}}),
        ("SageMaker.StopTrainingJob", {"TrainingJobName": "fuzz"}),
        ("SageMaker.CreateHyperParameterTuningJob", tuning),
        (
            "SageMaker.ListTrainingJobsForHyperParameterTuningJob",
            {"HyperParameterTuningJobName": "fuzz", "MaxResults": 5},
        ),
        (
            "SageMaker.CreateModel",
            {
                "ModelName": "fuzzed",
                "ExecutionRoleArn": ROLE,
                "PrimaryContainer": {"Image": "xgboost:1", "ModelDataUrl": "s3://fuzz/model.tar.gz"},
            },
        ),
        (
            "SageMaker.CreateEndpointConfig",
            {
                "EndpointConfigName": "fuzzed",
                "ProductionVariants": [variant, variant | {"VariantName": "b", "InitialVariantWeight": 0.5}],
            },
        ),
        (
            "SageMaker.UpdateEndpoint",
            {
                "EndpointName": "fuzz",
                "EndpointConfigName": "fuzz",
                "DeploymentConfig": {"BlueGreenUpdatePolicy": blue_green},
            },
        ),
        (
            "SageMaker.UpdateEndpointWeightsAndCapacities",
            {
                "EndpointName": "fuzz",
                "DesiredWeightsAndCapacities": [{"VariantName": "a", "DesiredWeight": 1, "DesiredInstanceCount": 1}],
            },
        ),
        (
            "SageMaker.CreateTransformJob",
            {
                "TransformJobName": "fuzz",
                "ModelName": "fuzz",
                "MaxPayloadInMB": 1,
                "MaxConcurrentTransforms": 1,
                "TransformInput": source,
                "TransformOutput": {"S3OutputPath": "s3://fuzz/out"},
                "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
                "DataProcessing": {"InputFilter": "$[1:]", "OutputFilter": "$[0]", "JoinSource": "Input"},
            },
        ),
        ("SageMaker.AddTags", {"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "b"}]}),
        ("SageMaker.ListTags", {"ResourceArn": arn, "MaxResults": 5}),
        ("SageMaker.DeleteTags", {"ResourceArn": arn, "TagKeys": ["a"]}),
        ("SageMaker.Search", {"Resource": "TrainingJob", "MaxResults": 5}),
        *((f"Logs_20140328.{name}", logs) for name in ("DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents")),
        ("Logs_20140328.GetLogEvents", logs | {"logStreamName": "fuzz/algo-1-1"}),
        ("GraniteServiceVersion20100801.GetMetricStatistics", metric),
        *(
            (f"ServiceQuotasV20190624.{name}", quota | {"MaxResults": 5})
            for name in (
                "ListServiceQuotas",
                "GetServiceQuota",
                "RequestServiceQuotaIncrease",
                "ListRequestedServiceQuotaChangeHistory",
            )
        ),
    ]
    kind = ("Content-Type", "application/x-amz-json-1.1")
    return [Request("POST", "/", headers=[("X-Amz-Target", target), kind], body=body) for target, body in calls]


LISTS = ["TrainingJobs", "TransformJobs", "HyperParameterTuningJobs", "Models", "EndpointConfigs", "Endpoints"]
DESCRIBED = ["TrainingJob", "Endpoint", "EndpointConfig", "Model"]


def aws_query() -> list[Request]:
    form = ("Content-Type", "application/x-www-form-urlencoded")
    metric = [("Action", "GetMetricStatistics"), ("Namespace", "n"), ("MetricName", "m"), ("Period", "60")]
    metric += [
        ("StartTime", "2026-01-01T00:00:00Z"),
        ("EndTime", "2026-01-01T01:00:00Z"),
        ("Statistics.member.1", "Sum"),
    ]
    metric += [("Dimensions.member.1.Name", "TrainingJobName"), ("Dimensions.member.1.Value", "fuzz")]
    tags = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")]
    role = "arn:aws:iam::000000000000:role/R"
    return [
        Request("POST", "/", headers=[("Authorization", SIGNED.format(service)), form], body=body)
        for service, body in (
            ("sts", [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]),
            (
                "sts",
                [("Action", "AssumeRole"), ("RoleArn", role), ("RoleSessionName", "s"), ("DurationSeconds", "900")],
            ),
            ("sts", [("Action", "GetSessionToken"), ("DurationSeconds", "900")]),
            ("iam", [("Action", "GetRole"), ("RoleName", "R")]),
            ("iam", [("Action", "SimulatePrincipalPolicy")]),
            ("iam", [("Action", "CreateRole"), ("RoleName", "R"), ("AssumeRolePolicyDocument", '{"a":1}'), *tags]),
            ("iam", [("Action", "ListRoles"), ("PathPrefix", "/"), ("Marker", "Ug=="), ("MaxItems", "1")]),
            ("iam", [("Action", "AttachRolePolicy"), ("RoleName", "R"), ("PolicyArn", "arn:aws:iam::aws:policy/P")]),
            ("iam", [("Action", "PutRolePolicy"), ("RoleName", "R"), ("PolicyName", "P"), ("PolicyDocument", "{}")]),
            ("iam", [("Action", "CreatePolicy"), ("PolicyName", "P"), ("PolicyDocument", "{}"), ("Path", "/a/")]),
            ("iam", [("Action", "CreateServiceLinkedRole"), ("AWSServiceName", "a.amazonaws.com")]),
            ("monitoring", metric),
        )
    ]


def s3() -> list[Request]:
    signed = ("Authorization", SIGNED.format("s3"))
    parts = b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>"
    delete = b"<Delete><Object><Key>none</Key></Object><Quiet>true</Quiet></Delete>"
    presigned = [("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", "a/20260101/us-east-1/s3/aws4_request")]
    presigned += [("X-Amz-Date", "20260101T000000Z"), ("X-Amz-Expires", "60"), ("X-Amz-SignedHeaders", "host")]
    chunked = [("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), ("X-Amz-Decoded-Content-Length", "3")]
    chunked += [("X-Amz-Trailer", "x-amz-checksum-crc32"), ("Content-Encoding", "aws-chunked")]
    form = b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nform\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nabc\r\n--b--\r\n'
    copied = [("X-Amz-Copy-Source", "/fuzz/data/a.csv"), ("X-Amz-Copy-Source-Range", "bytes=0-3")]
    listed = [
        ("list-type", "2"),
        ("prefix", "d"),
        ("delimiter", "/"),
        ("max-keys", "5"),
        ("encoding-type", "url"),
        ("start-after", "a"),
    ]
    found = [
        Request("GET", "/", [("max-buckets", "5")]),
        Request(
            "PUT",
            "/fuzz2",
            body=b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>",
        ),
        Request("HEAD", "/fuzz"),
        Request("DELETE", "/fuzz2"),
        Request("GET", "/fuzz", [("location", "")]),
        Request("GET", "/fuzz", [("prefix", "d"), ("delimiter", "/"), ("max-keys", "5"), ("marker", "a")]),
        Request("GET", "/fuzz", listed),
        Request("GET", "/fuzz", [*listed, ("continuation-token", "a2E=")]),
        Request(
            "GET", "/fuzz", [("uploads", ""), ("max-uploads", "5"), ("key-marker", "a"), ("upload-id-marker", "b")]
        ),
        Request("POST", "/fuzz", [("delete", "")], body=delete),
        Request(
            "PUT",
            "/fuzz/object",
            headers=[("Content-MD5", "kAFQmDzST7DWlj99KOF/cg=="), ("x-amz-meta-a", "b")],
            body=b"abc",
        ),
        Request("PUT", "/fuzz/object", headers=chunked, body=b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n"),
        Request("PUT", "/fuzz/copy", headers=copied[:1]),
        Request(
            "GET",
            "/fuzz/data/a.csv",
            headers=[("Range", "bytes=0-3"), ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")],
        ),
        Request("GET", "/fuzz/data/a.csv", [("partNumber", "1"), ("response-content-type", "a/b")]),
        Request("HEAD", "/fuzz/data/a.csv", headers=[("If-None-Match", '"a"')]),
        Request("GET", "/fuzz/data/a.csv", [*presigned, ("X-Amz-Signature", "0")]),
        Request("GET", "/fuzz/data/a.csv", [("AWSAccessKeyId", "a"), ("Signature", "b"), ("Expires", "99")]),
        Request("DELETE", "/fuzz/object"),
        Request("POST", "/fuzz/parts", [("uploads", "")], headers=[("x-amz-checksum-algorithm", "CRC32")]),
        Request("PUT", "/fuzz/parts", [("partNumber", "1"), ("uploadId", "UPLOAD")], body=b"abc"),
        Request("PUT", "/fuzz/parts", [("partNumber", "2"), ("uploadId", "UPLOAD")], headers=copied),
        Request("GET", "/fuzz/parts", [("uploadId", "UPLOAD"), ("max-parts", "5"), ("part-number-marker", "1")]),
        Request("POST", "/fuzz/parts", [("uploadId", "UPLOAD")], headers=[("x-amz-mp-object-size", "3")], body=parts),
        Request("DELETE", "/fuzz/none", [("uploadId", "none")]),
    ]
    for request in found:
        if not any(name in ("X-Amz-Algorithm", "AWSAccessKeyId") for name, _ in request.query):
            request.headers.append(signed)
    return [*found, Request("POST", "/fuzz", headers=[("Content-Type", "multipart/form-data; boundary=b")], body=form)]


def templates() -> list[Request]:
    """Returns all templates, always in the same order."""
    return [*native(), *inference(), *aws_json(), *aws_query(), *s3(), *fuzz_functions.templates()]
