"""Models, endpoint configurations and endpoints, as boto3 uses them."""

from __future__ import annotations

import io
import json
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import boto3
import numpy as np
import pytest
import xgboost
from botocore.config import Config
from botocore.exceptions import ClientError
from harness import Api, Server, until

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/roost"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
COLUMNS = 5

Row = list[float]


class AWS:
    """Clients of a server, and what the tests make of them again and again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.s3, self.sagemaker, self.runtime = (self._client(it) for it in ("s3", "sagemaker", "sagemaker-runtime"))

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            # What fails shall be seen.
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    def put_model(self, name: str, artifact: bytes, image: str = XGBOOST, bucket: str = "models") -> str:
        """A model of an artifact that is put into a bucket; its URI."""
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_object(Bucket=bucket, Key=f"{name}/model.tar.gz", Body=artifact)
        uri = f"s3://{bucket}/{name}/model.tar.gz"
        self.sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image, "ModelDataUrl": uri}
        )
        return uri

    def put_config(self, name: str, *variants: tuple[str, str, float], **more: Any) -> None:
        """A configuration of variants: their names, models and weights."""
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant(*each) for each in variants], **more
        )

    def serve(self, endpoint: str, config: str) -> Any:
        """An endpoint, once it is in service."""
        self.sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
        return self.settled(endpoint)

    def settled(self, endpoint: str, limit: float = 30.0) -> Any:
        def look() -> Any:
            found = self.sagemaker.describe_endpoint(EndpointName=endpoint)
            return found if found["EndpointStatus"] not in ("Creating", "Updating", "Deleting") else None

        return until(look, f"endpoint {endpoint} settles", limit)

    def update(self, endpoint: str, config: str, **more: Any) -> Any:
        self.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config, **more)
        return self.settled(endpoint)

    def invoke(self, endpoint: str, body: str | bytes, content_type: str = "text/csv", **more: Any) -> Any:
        return self.runtime.invoke_endpoint(EndpointName=endpoint, Body=body, ContentType=content_type, **more)

    def predict(self, endpoint: str, body: str | bytes, content_type: str = "text/csv", **more: Any) -> str:
        text: bytes = self.invoke(endpoint, body, content_type, **more)["Body"].read()
        return text.decode()


def variant(name: str, model: str, weight: float) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": model,
        "InitialVariantWeight": weight,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }


class Trained:
    """A booster of random data, its archive, and what python xgboost says of rows."""

    def __init__(self, seed: int, columns: int = COLUMNS) -> None:
        random = np.random.default_rng(seed)
        rows = random.normal(size=(200, columns))
        self.booster = xgboost.train(
            {"max_depth": 3}, xgboost.DMatrix(rows, rows.sum(axis=1) * (seed + 1)), num_boost_round=5
        )
        self.rows: list[Row] = rows[:4].tolist()

    @property
    def archive(self) -> bytes:
        return tar({"xgboost-model": bytes(self.booster.save_raw("ubj"))})

    def says(self, rows: list[Row]) -> list[float]:
        predicted: list[float] = self.booster.predict(xgboost.DMatrix(np.array(rows))).tolist()
        return predicted


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def csv(rows: list[Row]) -> str:
    return "\n".join(",".join(repr(value) for value in row) for row in rows)


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """Code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    answer = error.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"]


def mistake(call: Callable[..., Any], *arguments: Any) -> str:
    """The message of the error that a call ends with, or nothing."""
    try:
        call(*arguments)
    except ClientError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def first() -> Trained:
    return Trained(0)


@pytest.fixture(scope="module")
def second() -> Trained:
    return Trained(1)


@pytest.fixture(scope="module")
def aws(server: str, first: Trained, second: Trained) -> AWS:
    """Two models, and what is broken."""
    aws = AWS(server)
    aws.put_model("first", first.archive)
    aws.put_model("second", second.archive)
    aws.put_model("wide", Trained(2, columns=8).archive)
    aws.put_model("broken", first.archive[:300])
    aws.put_config("first", ("main", "first", 1))
    aws.put_config("second", ("main", "second", 1))
    aws.put_config("broken", ("main", "broken", 1))
    return aws


# Models and configurations


def test_a_model_is_described_as_it_was_made(aws: AWS) -> None:
    found = aws.sagemaker.describe_model(ModelName="first")
    assert found["ModelArn"] == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/first"
    assert found["PrimaryContainer"]["Image"] == XGBOOST
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
    assert (code, text.split(".")[0]) == ("ValidationException", "Could not find model data at s3://models/none/model")
    code, text = refusal(
        client.create_endpoint_config, EndpointConfigName="x", ProductionVariants=[variant("main", "none", 1)]
    )
    assert (code, text) == ("ValidationException", f'Could not find model "{arn}:model/none".')


# Invocations


def test_csv_rows_are_answered_in_one_line(aws: AWS, first: Trained) -> None:
    found = aws.serve("csv", "first")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    summary = found["ProductionVariants"][0]
    assert (summary["VariantName"], summary["CurrentWeight"], summary["DesiredInstanceCount"]) == ("main", 1, 1)
    assert summary["DeployedImages"][0]["SpecifiedImage"] == XGBOOST

    answer = aws.invoke("csv", csv(first.rows))
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert answer["InvokedProductionVariant"] == "main"
    text = answer["Body"].read().decode()
    assert "\n" not in text
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
    assert json.loads(aws.predict("types", csv(first.rows), Accept="application/json")) == expected


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
    # The connection and the endpoint are as good as before.
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
    # The wide model's refusal comes from the wide model: nothing is read before a variant is chosen.
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
    # The names are free again.
    aws.put_model("m", first.archive)
    aws.put_config("c", ("main", "m", 1))
    assert aws.serve("e", "c")["EndpointStatus"] == "InService"


def test_a_broken_model_fails_its_endpoint(aws: AWS) -> None:
    found = aws.serve("fails", "broken")
    assert found["EndpointStatus"] == "Failed"
    assert 'The model "broken" of variant main cannot be loaded' in found["FailureReason"]
    code, _ = refusal(aws.runtime.invoke_endpoint, EndpointName="fails", Body=b"1")
    assert code == "ValidationError"
    aws.sagemaker.delete_endpoint(EndpointName="fails")


def test_an_endpoint_cannot_have_the_name_of_a_pipeline(aws: AWS, api: Api) -> None:
    api.define("taken-pipeline", [])
    code, text = refusal(aws.sagemaker.create_endpoint, EndpointName="taken-pipeline", EndpointConfigName="first")
    assert code == "ValidationException"
    assert "workspace 'default'" in text


# Updates


class Invoking:
    """A thread that invokes an endpoint without a pause, and remembers what it was answered."""

    def __init__(self, aws: AWS, endpoint: str, body: str) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(AWS(aws.url), endpoint, body), daemon=True)

    def _run(self, aws: AWS, endpoint: str, body: str) -> None:
        while not self._end.is_set():
            try:
                self.answers[aws.predict(endpoint, body)] += 1
            except Exception as error:
                self.failures.append(repr(error))

    @property
    def count(self) -> int:
        return sum(self.answers.values()) + len(self.failures)

    def has(self, count: int) -> bool:
        return self.count >= count

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._end.set()
            self._thread.join(30)
            assert not self._thread.is_alive()


def test_twenty_updates_one_of_them_broken_fail_no_request(aws: AWS, first: Trained, second: Trained) -> None:
    aws.serve("updates", "first")
    invoking = Invoking(aws, "updates", csv(first.rows))
    with invoking.running():
        for turn in range(20):
            before = invoking.count
            until(partial(invoking.has, before + 5), "requests are answered between two updates")
            config = "broken" if turn == 10 else ("second", "first")[turn % 2]
            found = aws.update("updates", config)
            assert found["EndpointStatus"] == "InService"
            if turn == 10:
                assert found["EndpointConfigName"] == "first"
                assert "broken" in found["FailureReason"]
            else:
                assert found["EndpointConfigName"] == config
                assert "FailureReason" not in found
    assert invoking.failures == []
    said = sorted(tuple(numbers(answer)) for answer in invoking.answers)
    expected = sorted(tuple(trained.says(first.rows)) for trained in (first, second))
    assert said == [pytest.approx(each, rel=1e-6) for each in expected]


def test_weights_are_changed_without_a_reload(aws: AWS, server: str) -> None:
    aws.put_config("weights", ("a", "first", 1), ("b", "second", 1))
    aws.serve("weights", "weights")
    client = aws.sagemaker
    client.update_endpoint_weights_and_capacities(
        EndpointName="weights",
        DesiredWeightsAndCapacities=[
            {"VariantName": "a", "DesiredWeight": 0},
            {"VariantName": "b", "DesiredInstanceCount": 3},
        ],
    )
    found = {it["VariantName"]: it for it in aws.settled("weights")["ProductionVariants"]}
    assert (found["a"]["CurrentWeight"], found["b"]["CurrentWeight"]) == (0, 1)
    assert found["b"]["CurrentInstanceCount"] == 3
    assert {aws.invoke("weights", "1,2,3,4,5")["InvokedProductionVariant"] for _ in range(20)} == {"b"}
    assert aws.invoke("weights", "1,2,3,4,5", TargetVariant="a")["InvokedProductionVariant"] == "a"

    # An update keeps them where it is told to.
    aws.put_config("weights-2", ("a", "second", 5), ("b", "first", 1))
    found = {
        it["VariantName"]: it
        for it in aws.update(
            "weights",
            "weights-2",
            RetainAllVariantProperties=True,
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}],
        )["ProductionVariants"]
    }
    assert (found["a"]["CurrentWeight"], found["b"]["CurrentInstanceCount"]) == (0, 1)
    code, text = refusal(
        client.update_endpoint_weights_and_capacities,
        EndpointName="weights",
        DesiredWeightsAndCapacities=[{"VariantName": "c", "DesiredWeight": 1}],
    )
    assert code == "ValidationException"
    assert '"c"' in text
