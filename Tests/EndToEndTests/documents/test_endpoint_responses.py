"""The tables of docs/reference/endpoint-responses.md, row by row against the real server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import xgboost
from aws import FINAL, ROLE
from conftest import REPOSITORY
from endpoint_clients import AWS, tar, variant
from harness import until

PAGE = REPOSITORY / "docs/reference/endpoint-responses.md"
HEADING = "## By image"
#: Images whose responses are CSV whatever the caller accepts.
CSV_ONLY = "xgboost:(0.90|1.0|1.2-1)"
#: The two rows that every request has.
ROWS = "-1\n1\n"
SCRIPT = """
import numpy


def model_fn(folder):
    return None


def predict_fn(data, model):
    return 1 + 0.5 * numpy.asarray(data, dtype=float).reshape(-1)
"""


@dataclass(frozen=True)
class Case:
    image: str
    accept: str
    #: What the column is about: `One number per row`.
    column: str
    response: str

    def __str__(self) -> str:
        return f"{self.image}, {self.accept}, {self.column}"


def tables(text: str) -> Iterator[list[dict[str, str]]]:
    """The tables of a page, each as its rows by column."""
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            lines.append(line)
        elif lines:
            header, _, *rows = ([cell.strip() for cell in row.strip("|").split(" | ")] for row in lines)
            yield [dict(zip(header, row, strict=True)) for row in rows]
            lines = []


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def responses(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The responses of a row by column. `the same` is that of the column before."""
    shown = ""
    for column, cell in row.items():
        if column not in ("Image", "Accept"):
            if cell != "the same":
                (shown,) = code(cell)
            yield column, shown.replace("⏎", "\n")


def cases() -> list[Case]:
    section = PAGE.read_text().split(f"{HEADING}\n")[1].split("\n## ")[0]
    return [
        Case(image, accept, column, response)
        for rows in tables(section)
        for row in rows
        for image in code(row["Image"])
        for accept in code(row["Accept"])
        for column, response in responses(row)
    ]


CASES = cases()


def boosted(**parameters: Any) -> bytes:
    data = xgboost.DMatrix(np.array([[-1.0], [1.0]]), np.array([0.5, 1.5]))
    settings = {"eta": 1, "lambda": 0, "max_depth": 1, "min_child_weight": 0, "base_score": 0}
    rounds = 0 if "num_class" in parameters else 1
    booster = xgboost.train(settings | parameters, data, num_boost_round=rounds)
    return tar({"xgboost-model": bytes(booster.save_raw("ubj"))})


LEARNED: dict[str, dict[str, Any]] = {
    "linear-learner": {
        "predictor_type": "binary_classifier",
        "feature_dim": 1,
        "weights": [0.5],
        "biases": [1],
        "probabilities": False,
        "threshold": 1,
    },
    "kmeans": {"feature_dim": 1, "centers": [-1.5, 0.5]},
    "factorization-machines": {
        "predictor_type": "regressor",
        "feature_dim": 1,
        "num_factors": 1,
        "bias": 1,
        "weights": [0.5],
        "factors": [0],
    },
}


@pytest.fixture(scope="module")
def aws(server: str) -> AWS:
    aws = AWS(server)
    aws.s3.create_bucket(Bucket="models")
    aws.s3.put_object(Bucket="models", Key="rows/rows.csv", Body=ROWS)
    aws.s3.put_object(Bucket="models", Key="code/sourcedir.tar.gz", Body=tar({"serve.py": SCRIPT.encode()}))
    return aws


def model(aws: AWS, image: str, kind: str) -> str:
    """Creates the model of an image once, and returns its name."""
    name = re.sub(r"[^a-zA-Z0-9]+", "-", f"{image} {kind}")
    if any(each["ModelName"] == name for each in aws.sagemaker.list_models(NameContains=name)["Models"]):
        return name
    repository = image.split(":")[0]
    environment = {}
    if repository in LEARNED:
        archive = tar({"model.json": json.dumps(LEARNED[repository]).encode()})
    elif repository.endswith("xgboost"):
        archive = boosted(objective="multi:softprob", num_class=3) if kind == "classes" else boosted()
    else:
        archive = tar({"nothing": b""})
        environment = {
            "SAGEMAKER_PROGRAM": "serve.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "s3://models/code/sourcedir.tar.gz",
        }
    aws.s3.put_object(Bucket="models", Key=f"{name}/model.tar.gz", Body=archive)
    container = {"Image": f"registry.example.com/{image}", "ModelDataUrl": f"s3://models/{name}/model.tar.gz"}
    aws.sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container | {"Environment": environment}
    )
    aws.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant("main", name, 1)])
    assert aws.serve(name, name)["EndpointStatus"] == "InService"
    return name


def transformed(aws: AWS, name: str, accept: str) -> str:
    job = f"{name[:40]}-{accept.split('/')[1]}"
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://models/rows/"}}
    aws.sagemaker.create_transform_job(
        TransformJobName=job,
        ModelName=name,
        TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        TransformOutput={"S3OutputPath": f"s3://models/out/{job}", "Accept": accept},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )

    def ended() -> Any:
        found = aws.sagemaker.describe_transform_job(TransformJobName=job)
        return found if found["TransformJobStatus"] in FINAL else None

    found = until(ended, f"{job} ends", 60)
    assert found["TransformJobStatus"] == "Completed", found
    body: bytes = aws.s3.get_object(Bucket="models", Key=f"out/{job}/rows.csv.out")["Body"].read()
    return body.decode()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_row_is_what_the_server_answers(aws: AWS, case: Case) -> None:
    name = model(aws, case.image, "classes" if "classes" in case.column else "numbers")
    if case.column == "Batch transform":
        assert transformed(aws, name, case.accept) == case.response
        return
    answer = aws.invoke(name, ROWS, Accept=case.accept)
    assert answer["Body"].read().decode() == case.response
    kind = "text/csv" if re.search(CSV_ONLY, case.image) else case.accept
    assert answer["ContentType"].split(";")[0] == kind


def test_the_tables_have_every_image() -> None:
    images = {case.image for case in CASES}
    for tag in ("0.90-2-cpu-py3", "1.0-1-cpu-py3", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5"):
        assert f"sagemaker-xgboost:{tag}" in images
    assert {image.split(":")[0] for image in images} >= {
        "xgboost",
        "linear-learner",
        "kmeans",
        "factorization-machines",
        "sagemaker-scikit-learn",
        "pytorch-inference",
        "tensorflow-inference",
    }


def test_an_answer_has_the_default_type_without_accept(aws: AWS) -> None:
    for case in {case.image: case for case in CASES if "Batch" not in case.column}.values():
        kind = "classes" if "classes" in case.column else "numbers"
        answer = aws.invoke(model(aws, case.image, kind), ROWS)
        expected = "text/csv" if "xgboost" in case.image else "application/json"
        assert answer["ContentType"].split(";")[0] == expected, case.image
