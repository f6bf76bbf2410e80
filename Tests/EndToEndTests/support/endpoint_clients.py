"""AWS clients for a test server, and models for them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from typing import Any

import numpy as np
import xgboost
from aws import ROLE, XGBOOST, client
from botocore.exceptions import ClientError
from harness import until

COLUMNS = 5

Row = list[float]


class AWS:
    """AWS clients for a server, with shortcuts for frequent requests."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.s3, self.sagemaker, self.runtime = (client(it, url) for it in ("s3", "sagemaker", "sagemaker-runtime"))

    def put_model(self, name: str, artifact: bytes, image: str = XGBOOST, bucket: str = "models") -> str:
        """Puts an artifact into a bucket, creates a model from it, and returns the artifact's URI."""
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_object(Bucket=bucket, Key=f"{name}/model.tar.gz", Body=artifact)
        uri = f"s3://{bucket}/{name}/model.tar.gz"
        self.sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image, "ModelDataUrl": uri}
        )
        return uri

    def put_config(self, name: str, *variants: tuple[str, str, float], **more: Any) -> None:
        """Creates a configuration of variants, each with its name, model and weight."""
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant(*each) for each in variants], **more
        )

    def serve(self, endpoint: str, config: str) -> Any:
        """Creates an endpoint, waits until it is settled, and returns its description."""
        self.sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
        return self.settled(endpoint)

    def settled(self, endpoint: str, limit: float = 60.0) -> Any:
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
    """A booster trained on random data, its archive, and xgboost's own predictions."""

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
    """Returns the numbers of a CSV response, whether or not each row is a line."""
    return [float(part) for part in text.replace("\n", ",").removesuffix(",").split(",")]


def mistake(call: Callable[..., Any], *arguments: Any) -> str:
    """Returns the message of the error that a call raises, or an empty string."""
    try:
        call(*arguments)
    except ClientError as error:
        return str(error)
    return ""


def prepare(url: str, first: Trained, second: Trained) -> AWS:
    """Creates models, one of them broken, and for each a configuration with the single variant `main`."""
    aws = AWS(url)
    artifacts = {
        "first": first.archive,
        "second": second.archive,
        "wide": Trained(2, columns=8).archive,
        "broken": first.archive[:300],
    }
    for name, artifact in artifacts.items():
        aws.put_model(name, artifact)
        aws.put_config(name, ("main", name, 1))
    return aws
