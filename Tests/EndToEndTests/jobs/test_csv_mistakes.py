"""CSV that could be misread is refused, by line, wherever it is read: in jobs, at endpoints and in labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from aws import FINAL, refusal
from endpoint_clients import AWS, Trained, csv, numbers, prepare
from harness import Api, refused, until
from learning import Job

SETTINGS: dict[str, object] = {"num_round": 1}


@pytest.fixture(scope="module")
def first() -> Trained:
    return Trained(0, columns=2)


@pytest.fixture(scope="module")
def aws(server: str, first: Trained) -> AWS:
    aws = prepare(server, first, Trained(1))
    assert aws.serve("narrow", "first")["EndpointStatus"] == "InService"
    return aws


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('0,1,2\n1,"2,3\n4,a"b,5\n', "train/a.csv, line 2, column 2: "),
        ('0,1,2\n\n4,5"6,5\n', "train/a.csv, line 3, column 2: "),
        ("0,1,2\r1,2\r", "train/a.csv, line 2: the row has 2 columns, but the first row has 3."),
        ("0,1,2\n1,2,3,\n", "train/a.csv, line 2: the row has 4 columns, but the first row has 3."),
        ("0,1,2\n1,2\x00,3\n", "train/a.csv, line 2, column 2: "),
    ],
)
def test_training_names_the_line(job: Job, text: str, place: str) -> None:
    job.channel("train", text)
    assert job.failure("xgboost", SETTINGS).startswith(f"ClientError: {place}")


def test_training_reads_the_lines_of_old_macs_and_spreadsheets(job: Job) -> None:
    rows = np.random.default_rng(1).normal(size=(50, 3)).round(3)
    lines = [",".join(map(str, row)) for row in rows]
    outputs = []
    for text in ("\n".join(lines), "\r".join(lines), "\ufeff\r\n" + "\r\n".join(lines)):
        (job.root / "input/data/train").mkdir(parents=True, exist_ok=True)
        # Not as text, whose line ends Python would translate.
        job.channel("train", "")
        (job.root / "input/data/train/a.csv").write_bytes(text.encode())
        outputs.append(job.run("xgboost", {"num_round": 2}))
    assert "50 rows and 2 columns" in outputs[0]
    assert outputs[0] == outputs[1] == outputs[2]


def test_an_endpoint_names_the_row(aws: AWS, first: Trained) -> None:
    for body, place in (
        ('1,2\n1,"2\n3,a"b\n', "column 2 of row 2"),
        ('1,2\n3"4,5\n', "column 1 of row 2"),
        ("1,2\n3\x00,5\n", "column 1 of row 2"),
        ("1,2\r3,4", "column 2 of row 1"),
    ):
        code, text = refusal(aws.invoke, endpoint="narrow", body=body)
        assert (code, place in text) == ("ModelError", True), text
    assert "Feature size" in refusal(aws.invoke, endpoint="narrow", body="1,2\n3,4,\n")[1]
    # The mark of a spreadsheet does not belong to the first number.
    body = "\ufeff" + csv(first.rows)
    assert numbers(aws.predict("narrow", body.encode())) == pytest.approx(first.says(first.rows), rel=1e-6)


def transform(aws: AWS, name: str, body: str, **processing: str) -> Any:
    aws.s3.put_object(Bucket="models", Key=f"{name}/rows.csv", Body=body)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://models/{name}/"}}
    aws.sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName="first",
        TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        TransformOutput={"S3OutputPath": "s3://models/out", "Accept": "text/csv", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        DataProcessing=processing,
    )

    def ended() -> Any:
        job = aws.sagemaker.describe_transform_job(TransformJobName=name)
        return job if job["TransformJobStatus"] in FINAL else None

    return until(ended, f"{name} ends", 60)


def test_a_transform_names_the_record(aws: AWS) -> None:
    # The first column is text, which the filter takes off.
    job = transform(aws, "filtered", 'a,1,2\n"b,1,2\nc,"3",4\n', InputFilter="$[1:]", JoinSource="Input")
    assert job["TransformJobStatus"] == "Failed"
    assert "record 2" in job["FailureReason"].lower()
    assert "has a quote that is not closed" in job["FailureReason"]
    job = transform(aws, "inner", 'a,1,2\nb"x,1,2\n', InputFilter="$[1:]")
    assert "has a quote inside a field" in job["FailureReason"]
    job = transform(aws, "fine", '"a,""b",1,2\n', InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]")
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    body = aws.s3.get_object(Bucket="models", Key="out/rows.csv.out")["Body"].read().decode()
    assert body.startswith('"a,""b",')


def test_labels_name_the_line(api: Api) -> None:
    api.upload("house", "house-price.onnx")
    api.serve("labeled", ["house"])
    for body, part in (
        ('id,label\na,1\nb"c,2\n', "Line 3 has a quote inside a field"),
        ('id,label\n"a,1\nb,2\n', "Line 2 has a quote that is not closed"),
        ("id,label\na,1\x00\n", "Line 2 has a NUL byte"),
    ):
        answer = api.post("/v1/pipelines/labeled/ground-truth", data=body, headers={"Content-Type": "text/csv"})
        refused(answer, 400, "labels", part)
