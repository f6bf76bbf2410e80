"""Training of xgboost on Parquet, as boto3 asks for it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xgboost
from aws import LINEAR_LEARNER, artifact, channel, client, csv, ended, regression, training_request
from conftest import REPOSITORY
from learning import Job
from pyarrow import parquet

PARQUET = {"ContentType": "application/x-parquet"}
NAMES = ["label", "a", "b", "c.d", "e", "f"]
TRAIN, VALIDATION = regression(3000, seed=1), regression(200, seed=2)
TRAIN[::7, 3] = np.nan


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    s3 = client("s3", server)
    s3.create_bucket(Bucket="parquet")
    return s3


@pytest.fixture(scope="module")
def sagemaker(server: str) -> Any:
    return client("sagemaker", server)


def table(rows: Any) -> pa.Table:
    # Null, not NaN, is what is missing in Parquet.
    return pa.table({name: pa.array(rows[:, at], from_pandas=True) for at, name in enumerate(NAMES)})


def stored(table: pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


def train(sagemaker: Any, name: str, prefix: str, content: dict[str, str], **changes: Any) -> Any:
    inputs = [channel(each, f"s3://parquet/{prefix}/{each}/", **content) for each in ("train", "validation")]
    sagemaker.create_training_job(**training_request(name, "parquet", InputDataConfig=inputs) | changes)
    return ended(sagemaker, name)


def test_the_model_is_the_same_as_with_csv(server: str, s3: Any, sagemaker: Any) -> None:
    for name, body in (
        # Two files, one with several row groups and another order of columns, as Spark may leave them.
        ("p/train/part-0.parquet", stored(table(TRAIN[:2000]), row_group_size=300, compression="zstd")),
        ("p/train/part-1.parquet", stored(table(TRAIN[2000:]).select(NAMES[::-1]))),
        ("p/train/_SUCCESS", b""),
        ("p/validation/all.parquet", stored(table(VALIDATION))),
        ("c/train/part-0.csv", csv(TRAIN)),
        ("c/validation/all.csv", csv(VALIDATION)),
    ):
        s3.put_object(Bucket="parquet", Key=name, Body=body)
    predicted = []
    data = xgboost.DMatrix(VALIDATION[:, 1:])
    for prefix, content in (("p", PARQUET), ("c", {"ContentType": "text/csv"})):
        job = train(sagemaker, f"same-{prefix}", prefix, content)
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        model = artifact(s3, job["ModelArtifacts"]["S3ModelArtifacts"])["xgboost-model"]
        predicted.append(xgboost.Booster(model_file=bytearray(model)).predict(data))
    np.testing.assert_array_equal(predicted[0], predicted[1])
    described = sagemaker.describe_training_job(TrainingJobName="same-p")
    assert described["InputDataConfig"][0]["ContentType"] == "application/x-parquet"


def put_one(s3: Any, prefix: str, body: bytes) -> None:
    for name in ("train", "validation"):
        s3.put_object(Bucket="parquet", Key=f"{prefix}/{name}/x.parquet", Body=body)


def test_a_frame_of_pandas_needs_no_preparation(s3: Any, sagemaker: Any) -> None:
    chance = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "label": chance.integers(0, 2, 300).astype(bool),
            "count": chance.integers(0, 100, 300),
            "price": pd.array(chance.integers(0, 9, 300), dtype="Int64"),
            "kind": pd.Categorical.from_codes(chance.integers(0, 2, 300), categories=pd.Index([10, 20])),
        },
        # The index becomes a column of the file, but it is none of the frame.
        index=[f"row {number}" for number in range(300)],
    )
    frame.loc[frame.index[3], "price"] = pd.NA
    file = io.BytesIO()
    frame.to_parquet(file)
    put_one(s3, "frame", file.getvalue())
    settings = {"num_round": "3", "objective": "binary:logistic"}
    job = train(sagemaker, "frame", "frame", PARQUET, HyperParameters=settings)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    model = artifact(s3, job["ModelArtifacts"]["S3ModelArtifacts"])["xgboost-model"]
    assert xgboost.Booster(model_file=bytearray(model)).num_features() == 3


def test_only_xgboost_reads_parquet(s3: Any, sagemaker: Any) -> None:
    put_one(s3, "linear", stored(table(VALIDATION)))
    job = train(
        sagemaker,
        "linear",
        "linear",
        PARQUET,
        AlgorithmSpecification={"TrainingImage": LINEAR_LEARNER, "TrainingInputMode": "File"},
        HyperParameters={"predictor_type": "regressor"},
    )
    assert "train/x.parquet is a Parquet file. Only xgboost reads Parquet" in job["FailureReason"]


# In the process of the job


@pytest.fixture
def parquet_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setenv("ROOST_PYTHON", sys.executable)
    return Job(tmp_path)


def put(job: Job, file: str, table: pa.Table | bytes, content_type: str | None = "application/x-parquet") -> None:
    job.channel("train", "", content_type, file)
    (job.root / "input/data/train" / file).write_bytes(table if isinstance(table, bytes) else stored(table))


SETTINGS: dict[str, object] = {"num_round": 2}
GOOD = pa.table({"y": [1.0, 2.0], "x": [3.0, 4.0]})


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            [pa.table({"y": [1.0], "name": ["a"]})],
            "train/0.parquet: the column 'name' is not numeric, but of type string.",
        ),
        (
            [GOOD, pa.table({"y": [1.0], "z": [2.0]})],
            "train/1.parquet has other columns than train/0.parquet: it does not have 'x'.",
        ),
        (
            [GOOD, GOOD.append_column("w", pa.array([1, 2]))],
            "train/1.parquet has other columns than train/0.parquet: it also has 'w'.",
        ),
        (
            [pa.table({"y": [1.0]})],
            "train/0.parquet has 1 column, but it must have the label and at least one feature.",
        ),
        ([GOOD, pa.table({"y": [1.0, None], "x": [1.0, 2.0]})], "train/1.parquet, row 2: the label is missing."),
        (
            [pa.table({"y": [1.0], "x": [1e60]})],
            "train/0.parquet, row 1, column 2: the number is infinite or too large for FP32.",
        ),
        ([GOOD.slice(0, 0)], "No data in channel 'train': its files have no rows."),
        ([b"1,2\n"], "train/0.parquet is not a Parquet file."),
        ([b"PAR1" + b"x" * 100], "train/0.parquet cannot be read as Parquet: Parquet magic bytes not found in footer."),
        ([stored(GOOD)[:-40] + stored(GOOD)[-8:]], "train/0.parquet cannot be read as Parquet: "),
        ([pa.table({"y": [[1.0]], "x": [1.0]})], "train/0.parquet: the column 'y' is not numeric, but of type list<"),
    ],
)
def test_a_mistake_names_the_file(parquet_job: Job, files: list[pa.Table | bytes], message: str) -> None:
    for index, each in enumerate(files):
        put(parquet_job, f"{index}.parquet", each)
    assert parquet_job.failure("xgboost", SETTINGS).startswith(f"ClientError: {message}")
    assert not list((parquet_job.root / "input/config").glob("parquet-*"))


def test_parquet_needs_its_content_type(parquet_job: Job) -> None:
    put(parquet_job, "a.parquet", GOOD, None)
    failure = parquet_job.failure("xgboost", SETTINGS)
    assert failure.startswith("ClientError: train/a.parquet is a Parquet file.")
    assert failure.endswith("with the ContentType application/x-parquet.")


def test_a_python_without_pyarrow_says_how_to_install_it(parquet_job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    put(parquet_job, "a.parquet", GOOD)
    bare = parquet_job.root / "bare"
    # A module of this name in the way is as good as none.
    (bare / "pyarrow").mkdir(parents=True)
    (bare / "pyarrow/__init__.py").write_text("raise ImportError('No module named pyarrow')\n")
    monkeypatch.setenv("PYTHONPATH", str(bare))
    failure = parquet_job.failure("xgboost", SETTINGS)
    assert failure.startswith("ClientError: Parquet is read with the Python package pyarrow, which ")
    assert failure.endswith("-m pip install pyarrow")
    monkeypatch.setenv("ROOST_PYTHON", "no-such-python")
    assert "'no-such-python' was not found" in parquet_job.failure("xgboost", SETTINGS)


def test_a_module_in_the_folder_of_the_job_is_not_run(parquet_job: Job) -> None:
    put(parquet_job, "a.parquet", GOOD)
    (parquet_job.root / "json.py").write_text("raise SystemExit('taken over')\n")
    here = Path.cwd()
    os.chdir(parquet_job.root)
    try:
        parquet_job.run("xgboost", SETTINGS)
    finally:
        os.chdir(here)


def test_memory_does_not_grow_with_a_row_group(parquet_job: Job) -> None:
    # One row group of 24 million rows with few values: small in the file, 92 MiB for each column as FP32.
    column = np.repeat(np.arange(24, dtype="f4"), 1_000_000)
    table = pa.table({"y": column, "a": column, "b": column})
    put(parquet_job, "big.parquet", stored(table, row_group_size=len(column)))
    files = parquet_job.root / "files.json"
    files.write_text(json.dumps([1, [[str(parquet_job.root / "input/data/train/big.parquet"), "big.parquet"]]]))
    source = REPOSITORY / "Sources/Core/Learning/ParquetScript.swift"
    script = textwrap.dedent(source.read_text().split('#"""\n')[1].split('"""#')[0])
    # The peak since the program began, unlike that of getrusage, which begins with the memory of the tests.
    measure = "sys.stderr.write(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\n{measure}", str(files)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert int(done.stderr) < 260 << 10
