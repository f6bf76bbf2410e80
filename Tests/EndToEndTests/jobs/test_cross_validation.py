"""Cross-validation with the xgboost algorithm: one model per fold, which predict together."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path
from typing import Any

import aws
import numpy as np
import pytest
import xgboost
from learning import Array, Job, classes, metric_lines, regression
from own_algorithms import Account, serve


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


@pytest.fixture(scope="module")
def account(server: str) -> Account:
    return Account(server)


def boosters(files: dict[str, bytes]) -> list[xgboost.Booster]:
    found = []
    for name in sorted(files, key=lambda name: int(name.rsplit("-", 1)[1])):
        booster = xgboost.Booster()
        booster.load_model(bytearray(files[name]))
        found.append(booster)
    return found


def models(job: Job) -> list[xgboost.Booster]:
    return boosters({path.name: path.read_bytes() for path in (job.root / "model").iterdir()})


def test_each_fold_of_each_round_leaves_a_model_and_its_metrics(job: Job) -> None:
    x, y = regression(600)
    job.channel("train", np.c_[y, x][:500])
    job.channel("validation", np.c_[y, x][500:])
    output = job.run("xgboost", {"num_round": 5, "_kfold": 3, "_num_cv_round": 2})
    assert "Cross-validation of 600 rows: 2 rounds of 3 folds" in output
    assert output.count("Train cross validation fold 3") == 2
    lines = metric_lines(output)
    assert len(lines) == 2 * (3 * 5 + 1) + 1
    values = [[float(text) for text in re.findall(r"-rmse:(\S+?)(?:#|$)", line)] for line in lines]
    folds = [values[index] for index in (4, 9, 14, 20, 25, 30)]
    for line, expected in ((15, folds[:3]), (31, folds[3:]), (32, folds)):
        assert lines[line].startswith("[5]#011train-rmse:")
        np.testing.assert_allclose(values[line], np.mean(expected, axis=0), atol=1e-5)
    found = models(job)
    assert [booster.num_boosted_rounds() for booster in found] == [5] * 6
    # Each model has the greatest error on the fold that it did not see; together, the folds cover all rows.
    matrix = xgboost.DMatrix(x)
    errors = np.array([(booster.predict(matrix) - y) ** 2 for booster in found[:3]])
    held = np.argmax(errors, axis=0)
    assert np.mean([values[4][1], values[9][1]]) > np.mean([values[4][0], values[9][0]])
    assert set(held) == {0, 1, 2}


def test_early_stopping_and_wrong_folds(job: Job) -> None:
    x, y = classes(300, 2)
    job.channel("train", np.c_[y, x])
    given = {"num_round": 200, "objective": "binary:logistic", "eta": 0.5, "early_stopping_rounds": 3}
    output = job.run("xgboost", given | {"_kfold": 2})
    assert output.count("Stopping. Best iteration:") == 2
    assert all(booster.num_boosted_rounds() < 100 for booster in models(job))


@pytest.mark.parametrize(
    ("rows", "content_type", "folds", "message"),
    [
        ("1,2\n0,3\n", "text/csv", 3, "cannot divide 2 rows into 3 folds"),
        ("1 qid:1 0:1\n0 qid:1 0:2\n", "libsvm", 2, "rows that belong to queries"),
        ("1,2\n0,3\n", "text/csv", 2000, "The limit is 1000 models"),
    ],
)
def test_what_cannot_be_divided_is_said(job: Job, rows: str, content_type: str, folds: int, message: str) -> None:
    job.channel("train", rows, content_type)
    assert message in job.failure("xgboost", {"num_round": 1, "_kfold": folds})


def answers(account: Account, name: str, hyperparameters: dict[str, str], data: Array) -> Any:
    """Returns an endpoint's predictions with a job's models, and those of each model."""
    account.put(f"{name}/data.csv", aws.csv(data))
    account.train(name, aws.XGBOOST, hyperparameters, {"train": (f"{name}/", {"ContentType": "text/csv"})})
    described = account.ended(name)
    assert described["TrainingJobStatus"] == "Completed", described
    artifact = described["ModelArtifacts"]["S3ModelArtifacts"]
    with tarfile.open(fileobj=io.BytesIO(account.get(artifact))) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}  # type: ignore[union-attr]
    serve(account, name, aws.XGBOOST, artifact)
    body = aws.csv(data[:20, 1:])
    answer = account.runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=body)
    text = answer["Body"].read().decode()
    matrix = xgboost.DMatrix(np.loadtxt(io.BytesIO(body), delimiter=",", dtype="f4"))
    return (
        np.array([float(value) for value in re.split(r"[,\n]", text.strip())]),
        np.array([booster.predict(matrix) for booster in boosters(files)]),
    )


def test_an_endpoint_answers_with_the_mean_of_the_models(account: Account) -> None:
    x, y = regression(300)
    told, each = answers(account, "folds-mean", {"num_round": "5", "_kfold": "4"}, np.c_[y, x])
    assert each.shape == (4, 20)
    np.testing.assert_allclose(told, each.mean(axis=0), rtol=1e-5, atol=1e-6)


def test_an_endpoint_answers_with_the_class_that_most_models_say(account: Account) -> None:
    x, y = classes(300, 3)
    hyperparameters = {"num_round": "2", "objective": "multi:softmax", "num_class": "3", "_kfold": "5"}
    told, each = answers(account, "folds-vote", hyperparameters, np.c_[y, x])
    counts = np.array([(each == label).sum(axis=0) for label in range(3)])
    np.testing.assert_array_equal(told, counts.argmax(axis=0))
