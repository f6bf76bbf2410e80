"""The programs of the document on SageMaker run with the real clients, configured only by the environment.

Each result is compared with that of Python's own xgboost or scikit-learn on the same data.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from harness import REPOSITORY, Server
from sagemaker_document.data_set import reviews, split_houses, write
from sagemaker_programs import PROGRAMS, run, run_program
from sklearn.linear_model import LinearRegression


def trained(rounds: int = 200, **more: Any) -> xgboost.Booster:
    """Returns what the document's estimator should have learned: Python xgboost's model of the best iteration."""
    data = split_houses()
    parameters = {
        "max_depth": 5,
        "eta": 0.2,
        "gamma": 4,
        "min_child_weight": 6,
        "subsample": 0.8,
        "objective": "reg:squarederror",
        "seed": 0,
        "nthread": 1,
    } | more
    train, validation = (xgboost.DMatrix(*data[name]) for name in ("train", "validation"))
    booster = xgboost.train(
        parameters,
        train,
        rounds,
        evals=[(train, "train"), (validation, "validation")],
        early_stopping_rounds=10,
        verbose_eval=False,
    )
    return booster[: booster.best_iteration + 1]


def prices(booster: xgboost.Booster) -> Any:
    return booster.predict(xgboost.DMatrix(split_houses()["test"][0]))


def best_prices(results: dict[str, Any]) -> Any:
    """Returns the prices of a model with the hyperparameters of a search's best trial, which depend on chance."""
    tuned = ("max_depth", "eta", "gamma", "min_child_weight", "subsample")
    return prices(trained(**{name: json.loads(results["best_hyperparameters"][name].strip('"')) for name in tuned}))


def linear_prices() -> Any:
    data = split_houses()
    return LinearRegression().fit(*data["train"]).predict(data["test"][0])


@pytest.fixture
def shared(start_server: Callable[..., Server]) -> Server:
    return start_server()


def test_the_program_for_sagemaker_1(shared: Server, tmp_path: Path) -> None:
    python = REPOSITORY / ".venv-sagemaker1" / "bin" / "python"
    results = run_program(shared, tmp_path / "program", python, "sagemaker1.py")
    assert results["container"] == "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
    expected = prices(trained())
    for name in ("transform", "endpoint", "chunks", "low_level_transform"):
        assert results[name] == pytest.approx(expected, rel=1e-4), name
    assert results["tuned_transform"] == pytest.approx(best_prices(results), rel=1e-4)
    assert results["best_hyperparameters"]["_tuning_objective_metric"] == "validation:rmse"
    variant, answer = results["xgb_variant"][0]
    assert variant == "XGB-Model"
    assert float(answer) == pytest.approx(expected[0], rel=1e-4)
    assert {variant for variant, _ in results["combined"]} == {"XGB-Model", "Linear-Model"}
    assert results["combined_variants"] == ["Linear-Model", "XGB-Model"]
    for variant, answer in results["linear_variant"]:
        assert variant == "Linear-Model"
        assert json.loads(answer)["predictions"][0]["score"] == pytest.approx(linear_prices()[0], rel=0.1)
    _, y = reviews(600, seed=3)
    assert np.mean(np.round(results["new_data"]) == y) > 0.9
    assert results["sentiment"] == ["1", "0"]


def test_the_program_for_sagemaker_2(shared: Server, tmp_path: Path) -> None:
    python = REPOSITORY / ".venv-sagemaker2" / "bin" / "python"
    results = run_program(shared, tmp_path / "program", python, "sagemaker2.py")
    expected = prices(trained())
    for name in ("transform", "endpoint"):
        assert results[name] == pytest.approx(expected, rel=1e-4), name
    assert results["trials"] == 6
    assert results["tuned_endpoint"] == pytest.approx(best_prices(results), rel=1e-4)
    assert results["linear"] == pytest.approx(linear_prices(), abs=1.0)


def test_the_program_for_sagemaker_3(shared: Server, tmp_path: Path) -> None:
    python = REPOSITORY / ".venv-sagemaker3" / "bin" / "python"
    results = run_program(shared, tmp_path / "program", python, "sagemaker3.py")
    assert results["status"] == "Completed"
    assert results["role"].startswith("arn:aws:iam::000000000000:role/")
    expected = prices(trained())
    for name in ("transform", "endpoint", "built"):
        assert results[name] == pytest.approx(expected, rel=1e-4), name
    assert results["variant"] == "XGB-Model"
    assert results["endpoints"] == ["boston-3-built", "boston-3"]
    assert results["trials"] == 4
    assert 0 < results["best"] < results["metrics"]["validation:rmse"] * 1.2


def test_the_program_for_boto3_alone(shared: Server, tmp_path: Path) -> None:
    results = run_program(shared, tmp_path / "program", Path(sys.executable), "boto3_only.py")
    assert results["status"] == "Completed"
    expected = prices(trained())
    for name in ("transform", "endpoint"):
        assert results[name] == pytest.approx(expected, rel=1e-4), name
    assert results["content_type"] == "text/csv; charset=utf-8"
    assert results["metrics"]["validation:rmse"] > 0
    assert any("#011validation-rmse:" in line for line in results["log"])
    assert results["counters"]["Completed"] == 6
    # Six trials, seeded by the name of the job, come close to the training's result.
    assert 0 < results["best"] < results["metrics"]["validation:rmse"] * 1.5


def test_the_words_of_the_document_for_the_aws_command(shared: Server, tmp_path: Path) -> None:
    data = split_houses()
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "train.csv", data["train"][1], data["train"][0])
    lines = run(shared, tmp_path, "bash", str(PROGRAMS / "aws_command.sh")).splitlines()
    assert lines[0] == "000000000000"
    assert "Completed" in lines
    assert "PENDING" in lines
    booster = xgboost.Booster()
    model = bytearray((tmp_path / "xgboost-model").read_bytes())
    booster.load_model(model)
    parameters = {"max_depth": 4, "objective": "reg:squarederror", "seed": 0, "nthread": 1}
    reference = xgboost.train(parameters, xgboost.DMatrix(*data["train"]), 20)
    assert prices(booster) == pytest.approx(prices(reference), rel=1e-4)
