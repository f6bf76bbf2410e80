"""Models, endpoint configurations and endpoints, as boto3 uses them."""

from __future__ import annotations

import base64
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from aws import ACCOUNT, ROLE, XGBOOST, refusal
from botocore.exceptions import ClientError
from endpoint_clients import AWS, Trained, csv, mistake, numbers, prepare, tar, variant
from harness import Api, Server, until


@pytest.fixture(scope="module")
def first() -> Trained:
    return Trained(0)


@pytest.fixture(scope="module")
def second() -> Trained:
    return Trained(1)


@pytest.fixture(scope="module")
def aws(server: str, first: Trained, second: Trained) -> AWS:
    return prepare(server, first, second)


# Models and configurations


def test_a_model_is_described_as_it_was_made(aws: AWS) -> None:
    found = aws.sagemaker.describe_model(ModelName="first")
    assert found["ModelArn"] == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/first"
    assert found["PrimaryContainer"]["Image"] == XGBOOST
    assert (found["PrimaryContainer"]["Mode"], found["EnableNetworkIsolation"]) == ("SingleModel", False)
    assert found["ExecutionRoleArn"] == ROLE
    assert abs(found["CreationTime"].timestamp() - time.time()) < 600
    names = [it["ModelName"] for it in aws.sagemaker.list_models(NameContains="ir", SortBy="Name")["Models"]]
    assert names == ["first"]


def test_what_is_not_there_is_said_in_words_that_clients_match(aws: AWS) -> None:
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
    client = aws.sagemaker
    for call, member, kind, noun in (
        (client.describe_model, "ModelName", "model", "model"),
        (client.delete_model, "ModelName", "model", "model"),
        (client.describe_endpoint_config, "EndpointConfigName", "endpoint-config", "endpoint configuration"),
        (client.delete_endpoint_config, "EndpointConfigName", "endpoint-config", "endpoint configuration"),
        (client.describe_endpoint, "EndpointName", "endpoint", "endpoint"),
        (client.delete_endpoint, "EndpointName", "endpoint", "endpoint"),
    ):
        assert refusal(call, **{member: "None"}) == (
            "ValidationException",
            f'Could not find {noun} "{arn}:{kind}/none".',
        )
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://models/first/model.tar.gz"}
    assert refusal(client.create_model, ModelName="first", PrimaryContainer=container) == (
        "ValidationException",
        f'Cannot create already existing model "{arn}:model/first".',
    )
    code, text = refusal(
        client.create_model,
        ModelName="x",
        PrimaryContainer={"Image": XGBOOST, "ModelDataUrl": "s3://models/none/model.tar.gz"},
    )
    assert (code, text) == ("ValidationException", "Could not find model data at s3://models/none/model.tar.gz.")
    code, text = refusal(
        client.create_endpoint_config, EndpointConfigName="x", ProductionVariants=[variant("main", "none", 1)]
    )
    assert (code, text) == ("ValidationException", f'Could not find model "{arn}:model/none".')


def test_configurations_that_mean_something_else_are_refused(aws: AWS) -> None:
    client = aws.sagemaker
    bare = {"VariantName": "main", "ModelName": "first"}
    member = "productionVariants.1.member"
    null = "failed to satisfy constraint: Member must not be null"
    assert refusal(client.create_endpoint_config, EndpointConfigName="bare", ProductionVariants=[bare]) == (
        "ValidationException",
        f"2 validation errors detected: Value null at '{member}.initialInstanceCount' {null}; "
        f"Value null at '{member}.instanceType' {null}",
    )
    config: dict[str, Any] = {"EndpointConfigName": "bare", "ProductionVariants": [variant("main", "first", 1)]}
    asynchronous = {"OutputConfig": {"S3OutputPath": "s3://models/out"}}
    code, text = refusal(client.create_endpoint_config, **config, AsyncInferenceConfig=asynchronous)
    assert (code, "'asyncInferenceConfig' is not supported" in text) == ("ValidationException", True)
    tags = [{"Key": "AWS:owner", "Value": "x"}]
    code, text = refusal(client.create_endpoint_config, **config, Tags=tags)
    assert (code, text) == ("ValidationException", "aws: prefixed tag key names are not allowed for external use.")
    assert refusal(client.describe_endpoint_config, EndpointConfigName="bare")[0] == "ValidationException"
    serverless = bare | {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
    client.create_endpoint_config(EndpointConfigName="serverless", ProductionVariants=[serverless])
    found = client.describe_endpoint_config(EndpointConfigName="serverless")
    assert found["ProductionVariants"] == [serverless | {"InitialVariantWeight": 1.0}]
    client.delete_endpoint_config(EndpointConfigName="serverless")


# Invocations


def test_csv_rows_are_answered_with_a_line_each(aws: AWS, first: Trained) -> None:
    found = aws.serve("csv", "first")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    summary = found["ProductionVariants"][0]
    assert (summary["VariantName"], summary["CurrentWeight"], summary["DesiredInstanceCount"]) == ("main", 1, 1)
    assert summary["DeployedImages"][0]["SpecifiedImage"] == XGBOOST

    answer = aws.invoke("csv", csv(first.rows))
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert answer["InvokedProductionVariant"] == "main"
    text = answer["Body"].read().decode()
    assert text.count("\n") == len(first.rows)
    assert numbers(text) == pytest.approx(first.says(first.rows), rel=1e-6)


def test_every_content_type_says_the_same(aws: AWS, first: Trained) -> None:
    aws.serve("types", "first")
    expected = pytest.approx(first.says(first.rows), rel=1e-6)
    libsvm = "\n".join("0 " + " ".join(f"{at}:{value!r}" for at, value in enumerate(row)) for row in first.rows)
    lines = "\n".join(json.dumps({"features": row}) for row in first.rows)
    instances = json.dumps({"instances": [{"features": row} for row in first.rows]})
    for body, content_type in (
        (csv(first.rows) + "\n", "text/csv"),
        (csv(first.rows), "text/csv; charset=utf-8"),
        (libsvm, "text/libsvm"),
        (lines, "application/jsonlines"),
        (instances, "application/json"),
    ):
        assert numbers(aws.predict("types", body, content_type)) == expected, content_type
    answer = json.loads(aws.predict("types", csv(first.rows), Accept="application/json"))
    assert [prediction["score"] for prediction in answer["predictions"]] == expected


def test_what_the_container_would_refuse_is_a_model_error(aws: AWS) -> None:
    aws.serve("refusals", "first")
    for body, content_type, status, words in (
        ("1,2,3", "text/csv", 400, "Feature size of csv inference data 3 is not consistent with feature size"),
        ("1,2,x,4,5", "text/csv", 415, "x"),
        ("1,2,3,4,5", "image/png", 415, "image/png"),
    ):
        with pytest.raises(ClientError) as error:
            aws.invoke("refusals", body, content_type)
        answer = error.value.response
        assert answer["Error"]["Code"] == "ModelError"
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
        assert answer["OriginalStatusCode"] == status
        assert words in answer["OriginalMessage"]
        assert answer["LogStreamArn"].endswith("/aws/sagemaker/Endpoints/refusals")
        text = f'Received client error ({status}) from primary with message "'
        assert answer["Error"]["Message"].startswith(text)
    assert aws.invoke("refusals", b"")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_what_the_service_refuses_is_no_model_error(aws: AWS) -> None:
    aws.serve("limits", "first")
    invoke = aws.runtime.invoke_endpoint
    assert refusal(invoke, EndpointName="none", Body=b"1") == (
        "ValidationError",
        f"Endpoint none of account {ACCOUNT} not found.",
    )
    code, text = refusal(invoke, EndpointName="limits", Body=b"1,2,3,4,5", TargetVariant="other")
    assert (code, text) == ("ValidationError", "Variant other of endpoint limits not found.")
    code, _ = refusal(invoke, EndpointName="limits", Body=b"1", CustomAttributes="x" * 1025)
    assert code == "ValidationError"
    code, text = refusal(invoke, EndpointName="limits", Body=b"1" * 6_291_457)
    assert code == "413"
    # The connection and the endpoint still work.
    assert aws.predict("limits", "1,2,3,4,5")


def test_an_invocation_brings_its_id_and_attributes(aws: AWS, server: str) -> None:
    aws.serve("headers", "first")
    answer = aws.invoke("headers", "1,2,3,4,5", InferenceId="my id", CustomAttributes="trace=7", Accept="*/*")
    assert answer["CustomAttributes"] == "trace=7"
    assert answer["ResponseMetadata"]["RequestId"]
    (entry,) = until(lambda: Api(server).logs("headers"), "the log has the invocation")
    assert (entry["id"], entry["model_name"]) == ("my id", "main")
    assert entry["original_data"] == {"input": [[1, 2, 3, 4, 5]]}


def test_variants_may_have_different_models(aws: AWS, server: str) -> None:
    aws.put_config("mixed", ("narrow", "first", 1), ("wide", "wide", 3))
    aws.serve("mixed", "mixed")
    assert aws.predict("mixed", "1,2,3,4,5", TargetVariant="narrow")
    assert aws.predict("mixed", "1,2,3,4,5,6,7,8", TargetVariant="wide")
    # The error comes from the wide model, because nothing is parsed before a variant is chosen.
    chosen = Counter("wide" if "8" in mistake(aws.invoke, "mixed", "1,2,3,4,5") else "narrow" for _ in range(60))
    assert chosen["wide"] > chosen["narrow"] > 0
    names = {entry["model_name"] for entry in Api(server).logs("mixed", limit=100)}
    assert names == {"narrow", "wide"}


# Life cycle


def test_an_endpoint_lives_on_without_what_it_was_made_of(start_server: Callable[..., Server], first: Trained) -> None:
    server = start_server()
    aws = AWS(server.url)
    aws.put_model("m", first.archive)
    aws.put_config("c", ("main", "m", 1))
    aws.serve("e", "c")
    aws.s3.delete_object(Bucket="models", Key="m/model.tar.gz")
    aws.sagemaker.delete_model(ModelName="m")
    aws.sagemaker.delete_endpoint_config(EndpointConfigName="c")
    expected = pytest.approx(first.says(first.rows), rel=1e-6)
    assert numbers(aws.predict("e", csv(first.rows))) == expected

    server.kill()
    server.start()
    aws = AWS(server.url)
    assert numbers(aws.predict("e", csv(first.rows))) == expected
    found = aws.sagemaker.describe_endpoint(EndpointName="e")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "c")

    aws.sagemaker.delete_endpoint(EndpointName="e")
    aws.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e", WaiterConfig={"Delay": 1, "MaxAttempts": 9})
    code, _ = refusal(aws.runtime.invoke_endpoint, EndpointName="e", Body=b"1")
    assert code == "ValidationError"
    # The names can be used again.
    aws.put_model("m", first.archive)
    aws.put_config("c", ("main", "m", 1))
    assert aws.serve("e", "c")["EndpointStatus"] == "InService"


def test_a_broken_model_fails_its_endpoint(aws: AWS) -> None:
    found = aws.serve("fails", "broken")
    assert found["EndpointStatus"] == "Failed"
    assert 'Model "broken" of variant main cannot be loaded' in found["FailureReason"]
    code, _ = refusal(aws.runtime.invoke_endpoint, EndpointName="fails", Body=b"1")
    assert code == "ValidationError"
    aws.sagemaker.delete_endpoint(EndpointName="fails")


def test_an_endpoint_cannot_have_the_name_of_a_pipeline(aws: AWS, api: Api) -> None:
    api.define("taken-pipeline", [])
    code, text = refusal(aws.sagemaker.create_endpoint, EndpointName="taken-pipeline", EndpointConfigName="first")
    assert code == "ValidationException"
    assert "workspace 'default'" in text


# Shadows and captures


def test_a_shadow_variant_runs_on_a_share_and_never_answers(aws: AWS, server: str, first: Trained) -> None:
    aws.put_config("shadow", ("main", "first", 1), ShadowProductionVariants=[variant("dark", "second", 0.5)])
    found = aws.serve("shadow", "shadow")
    assert found["ShadowProductionVariants"][0]["VariantName"] == "dark"
    body = csv(first.rows)
    for _ in range(60):
        answer = aws.invoke("shadow", body)
        assert answer["InvokedProductionVariant"] == "main"
        assert numbers(answer["Body"].read().decode()) == pytest.approx(first.says(first.rows), rel=1e-6)
    api = Api(server)
    until(lambda: len(api.logs("shadow", limit=200)) > 60 + 5, "the log has the challengers")
    roles = Counter((entry["model_name"], entry["role"]) for entry in api.logs("shadow", limit=200))
    assert set(roles) == {("main", "champion"), ("dark", "challenger")}
    assert roles["main", "champion"] == 60
    assert 12 <= roles["dark", "challenger"] <= 48


def test_a_shadow_may_be_a_model_of_another_kind(aws: AWS, server: str) -> None:
    aws.put_config("shadow-2", ("main", "first", 1), ShadowProductionVariants=[variant("dark", "wide", 1)])
    aws.serve("shadow-2", "shadow-2")
    assert aws.predict("shadow-2", "1,2,3,4,5")
    entries = until(
        lambda: found if len(found := Api(server).logs("shadow-2")) == 2 else None, "the log has the challenger"
    )
    failed = next(entry for entry in entries if entry["role"] == "challenger")
    assert "8" in failed["error"]


def test_captured_data_is_in_the_bucket_as_aws_writes_it(aws: AWS) -> None:
    aws.s3.create_bucket(Bucket="captures")
    aws.put_config(
        "captured",
        ("main", "first", 1),
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://captures/prefix",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    found = aws.serve("captured", "captured")
    assert found["DataCaptureConfig"]["CaptureStatus"] == "Started"
    said = [aws.predict("captured", f"1,2,3,4,{turn}", InferenceId=f"id-{turn // 2}") for turn in range(5)]

    def keys() -> list[str]:
        listed = aws.s3.list_objects_v2(Bucket="captures", Prefix="prefix/captured/main/")
        return [it["Key"] for it in listed.get("Contents", [])]

    (key,) = until(keys, "the capture is written", limit=15)
    assert re.fullmatch(r"prefix/captured/main/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl", key)
    lines = aws.s3.get_object(Bucket="captures", Key=key)["Body"].read().decode().splitlines()
    for turn, line in enumerate(lines):
        record = json.loads(line)
        assert record["captureData"]["endpointInput"] == {
            "observedContentType": "text/csv",
            "mode": "INPUT",
            "data": f"1,2,3,4,{turn}",
            "encoding": "CSV",
        }
        assert record["captureData"]["endpointOutput"] == {
            "observedContentType": "text/csv; charset=utf-8",
            "mode": "OUTPUT",
            "data": said[turn],
            "encoding": "CSV",
        }
        assert record["eventVersion"] == "0"
        assert record["eventMetadata"]["inferenceId"] == f"id-{turn // 2}"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record["eventMetadata"]["inferenceTime"])
    assert len({json.loads(line)["eventMetadata"]["eventId"] for line in lines}) == 5


def test_captured_data_of_a_type_that_is_not_listed_is_in_base64(aws: AWS) -> None:
    aws.s3.create_bucket(Bucket="captures")
    json_alone = {"CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]}}
    for name, header in (("bare", {}), ("listed", json_alone)):
        aws.put_config(
            name,
            ("main", "first", 1),
            DataCaptureConfig={
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": "s3://captures",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            }
            | header,
        )
        aws.serve(name, name)
        aws.invoke(name, "1,2,3,4,5", Accept="application/json")
    for name, encoding in (("bare", "BASE64"), ("listed", "JSON")):

        def listed(prefix: str = f"{name}/") -> list[dict[str, str]] | None:
            found: list[dict[str, str]] | None = aws.s3.list_objects_v2(Bucket="captures", Prefix=prefix).get(
                "Contents"
            )
            return found

        (key,) = until(listed, "the capture is written", limit=15)
        data = json.loads(aws.s3.get_object(Bucket="captures", Key=key["Key"])["Body"].read())["captureData"]
        assert data["endpointInput"]["encoding"] == "BASE64"
        assert base64.b64decode(data["endpointInput"]["data"]) == b"1,2,3,4,5"
        assert data["endpointOutput"]["encoding"] == encoding
        aws.sagemaker.delete_endpoint(EndpointName=name)


# Custom algorithms

SERVE = """#!/usr/bin/env python3
import http.server, os, pathlib
factor = float((pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"]) / "model" / "factor").read_text())
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, status, text, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def do_GET(self):
        self.answer(200, b"")
    def do_POST(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        try:
            answer = ",".join(str(float(part) * factor) for part in text.split(",")).encode()
        except ValueError:
            return self.answer(422, b"no number")
        self.answer(200, answer, self.headers.get("Accept") or "text/csv")
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


def test_an_algorithm_of_ones_own_answers_behind_an_endpoint(aws: AWS, api: Api) -> None:
    answer = api.put("/v1/algorithms/times", data=tar({"serve": SERVE.encode()}))
    assert answer.status_code in (200, 201), answer.text
    aws.put_model("times", tar({"factor": b"3"}), image="local/times:latest")
    aws.put_config("times", ("own", "times", 1), ("built-in", "first", 1))
    found = aws.serve("times", "times")
    assert found["EndpointStatus"] == "InService", found
    said = aws.invoke("times", "1,2.5", TargetVariant="own", Accept="text/x-times")
    assert (said["Body"].read(), said["ContentType"]) == (b"3.0,7.5", "text/x-times")
    assert aws.predict("times", "1,2,3,4,5", TargetVariant="built-in")
    with pytest.raises(ClientError) as error:
        aws.invoke("times", "x", TargetVariant="own")
    assert (error.value.response["OriginalStatusCode"], error.value.response["OriginalMessage"]) == (422, "no number")
