"""The xgboost algorithm, run on the folder of a training job, compared with XGBoost itself."""

from __future__ import annotations

import json
import re
import signal
import tarfile
from pathlib import Path

import numpy as np
import pytest
import xgboost
from learning import Job, classes, last_metric, metric_lines, regression
from sklearn.metrics import accuracy_score, f1_score


@pytest.mark.parametrize(
    ("hyperparameters", "parameters"),
    [
        ({}, {}),
        ({"objective": "reg:linear", "subsample": 0.7, "seed": 3, "silent": 0}, {"subsample": 0.7, "seed": 3}),
        ({"eta": 0.1, "max_depth": 3, "gamma": 1, "lambda": 2}, {"eta": 0.1, "max_depth": 3, "gamma": 1, "lambda": 2}),
        ({"booster": "gblinear", "alpha": 0.01}, {"booster": "gblinear", "alpha": 0.01}),
        (
            {"booster": "dart", "rate_drop": 0.2, "tree_method": "exact"},
            {"booster": "dart", "rate_drop": 0.2, "tree_method": "exact"},
        ),
        ({"monotone_constraints": "(1,0,0,0,0,0,0,0)"}, {"monotone_constraints": "(1,0,0,0,0,0,0,0)"}),
        (
            {"objective": "reg:pseudohubererror", "huber_slope": 2},
            {"objective": "reg:pseudohubererror", "huber_slope": 2},
        ),
    ],
)
def test_xgboost_learns_what_xgboost_learns(
    job: Job, hyperparameters: dict[str, object], parameters: dict[str, object]
) -> None:
    x, y = regression()
    job.channel("train", np.c_[y, x][:1000])
    job.channel("validation", np.c_[y, x][1000:])
    output = job.run("xgboost", {"num_round": 20, **hyperparameters}, threads=1)
    train, validation = xgboost.DMatrix(x[:1000], y[:1000]), xgboost.DMatrix(x[1000:], y[1000:])
    scores: dict[str, dict[str, list[float]]] = {}
    expected = xgboost.train(
        {"nthread": 1, **parameters},
        train,
        num_boost_round=20,
        evals=[(train, "train"), (validation, "validation")],
        evals_result=scores,
        verbose_eval=False,
    )
    np.testing.assert_allclose(job.booster().predict(validation), expected.predict(validation), rtol=1e-5, atol=1e-5)
    lines = metric_lines(output)
    assert len(lines) == 20
    metric = next(iter(scores["validation"]))
    assert re.fullmatch(rf"\[19\]#011train-{metric}:\S+#011validation-{metric}:\S+", lines[-1])
    assert last_metric(output, f"validation-{metric}") == pytest.approx(scores["validation"][metric][-1], rel=1e-5)


def test_xgboost_stops_early_and_keeps_the_best_iteration(job: Job) -> None:
    x, y = regression(400)
    job.channel("train", np.c_[y, x][:300])
    job.channel("validation", np.c_[y, x][300:])
    output = job.run("xgboost", {"num_round": 500, "early_stopping_rounds": 5, "eval_metric": "rmse,mae"}, threads=1)
    train, validation = xgboost.DMatrix(x[:300], y[:300]), xgboost.DMatrix(x[300:], y[300:])
    expected = xgboost.train(
        {"nthread": 1, "eval_metric": ["rmse", "mae"]},
        train,
        num_boost_round=500,
        evals=[(train, "train"), (validation, "validation")],
        callbacks=[xgboost.callback.EarlyStopping(rounds=5, save_best=True)],
        verbose_eval=False,
    )
    assert job.booster().num_boosted_rounds() == expected.num_boosted_rounds()
    assert len(metric_lines(output)) == expected.num_boosted_rounds() + 5 + 1
    np.testing.assert_allclose(job.booster().predict(validation), expected.predict(validation), rtol=1e-5)


def test_xgboost_reads_libsvm_with_weights_and_more_files(job: Job) -> None:
    x, y = regression(600)
    x[:, 5] = 0
    weights = np.round(np.random.default_rng(1).uniform(0.5, 2, 600), 3).astype("f4")

    def text(rows: range) -> str:
        return "".join(
            f"{y[r]:.9g}:{weights[r]:.9g} " + " ".join(f"{c}:{x[r, c]:.9g}" for c in range(8) if x[r, c] != 0) + "\n"
            for r in rows
        )

    job.channel("train", text(range(300)), None, "one.libsvm")
    job.channel("train", text(range(300, 600)), None, "deeper/two.libsvm")
    job.run("xgboost", {"num_round": 10}, threads=1)
    # Folders come before files: 'deeper' before 'one'.
    order = [*range(300, 600), *range(300)]
    held = np.where(x == 0, np.nan, x)[order]
    train = xgboost.DMatrix(held, y[order], weight=weights[order])
    expected = xgboost.train({"nthread": 1}, train, 10)
    np.testing.assert_allclose(job.booster().predict(train), expected.predict(train), rtol=1e-5, atol=1e-5)


def test_xgboost_takes_weights_of_csv_rows_and_missing_values(job: Job) -> None:
    x, y = regression(500)
    weights = np.round(np.random.default_rng(1).uniform(0, 2, 500), 3).astype("f4")
    x[::7, 2] = np.nan
    text = "\r\n".join(
        ",".join([f"{y[r]:.9g}", f"{weights[r]:.9g}", *("" if np.isnan(v) else f"{v:.9g}" for v in x[r])])
        for r in range(500)
    )
    job.channel("train", text)
    job.run("xgboost", {"num_round": 10, "csv_weights": 1}, threads=1)
    train = xgboost.DMatrix(x, y, weight=weights)
    expected = xgboost.train({"nthread": 1}, train, 10)
    np.testing.assert_allclose(job.booster().predict(train), expected.predict(train), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("is_validation_weighted", [True, False])
def test_validation_data_may_have_weights_too(job: Job, is_validation_weighted: bool) -> None:
    x, y = regression(600)
    weights = np.round(np.random.default_rng(1).uniform(0.1, 5, 600), 3).astype("f4")
    job.channel("train", np.c_[y, weights, x][:400])
    job.channel("validation", np.c_[y, weights, x][400:] if is_validation_weighted else np.c_[y, x][400:])
    output = job.run("xgboost", {"num_round": 5, "csv_weights": 1}, threads=1)
    train = xgboost.DMatrix(x[:400], y[:400], weight=weights[:400])
    held = xgboost.DMatrix(x[400:], y[400:], weight=weights[400:] if is_validation_weighted else None)
    result: dict[str, dict[str, list[float]]] = {}
    xgboost.train({"nthread": 1}, train, 5, evals=[(held, "v")], evals_result=result, verbose_eval=False)
    assert last_metric(output, "validation-rmse") == pytest.approx(result["v"]["rmse"][-1], abs=1e-4)


def test_xgboost_computes_the_metrics_of_the_container(job: Job) -> None:
    x, y = classes(600, count=3)
    job.channel("train", np.c_[y, x][:400])
    job.channel("validation", np.c_[y, x][400:])
    output = job.run(
        "xgboost",
        {
            "num_round": 5,
            "objective": "multi:softprob",
            "num_class": 3,
            "eval_metric": "mlogloss,accuracy,f1_macro",
            "_tuning_objective_metric": "validation:accuracy",
        },
    )
    predicted = np.argmax(job.booster().predict(xgboost.DMatrix(x[400:])), axis=1)
    assert last_metric(output, "validation-accuracy") == pytest.approx(accuracy_score(y[400:], predicted), abs=1e-5)
    expected = f1_score(y[400:], predicted, average="macro")
    assert last_metric(output, "validation-f1_macro") == pytest.approx(expected, abs=1e-5)


def test_xgboost_goes_on_from_a_checkpoint(job: Job) -> None:
    x, y = regression(500)
    job.channel("train", np.c_[y, x])
    config = job.root / "input/config/checkpointconfig.json"
    config.write_text(json.dumps({"LocalPath": str(job.root / "checkpoints")}))
    job.run("xgboost", {"num_round": 7}, threads=1)
    assert (job.root / "checkpoints/xgboost-checkpoint.6").exists()
    output = job.run("xgboost", {"num_round": 12}, threads=1)
    assert [line.split("#")[0] for line in metric_lines(output)] == [f"[{r}]" for r in range(7, 12)]
    train = xgboost.DMatrix(x, y)
    expected = xgboost.train({"nthread": 1}, train, 12)
    np.testing.assert_allclose(job.booster().predict(train), expected.predict(train), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("archived", [False, True])
def test_xgboost_goes_on_from_another_model(job: Job, tmp_path: Path, archived: bool) -> None:
    x, y = regression(500)
    train = xgboost.DMatrix(x, y)
    first = xgboost.train({"nthread": 1}, train, 5)
    folder = tmp_path / "input/data/model"
    folder.mkdir(parents=True)
    first.save_model(tmp_path / "first.ubj")
    if archived:
        with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
            archive.add(tmp_path / "first.ubj", "xgboost-model")
    else:
        (tmp_path / "first.ubj").rename(folder / "xgboost-model")
    job.channel("train", np.c_[y, x])
    job.run("xgboost", {"num_round": 4}, threads=1)
    expected = xgboost.train({"nthread": 1}, train, 4, xgb_model=first)
    assert job.booster().num_boosted_rounds() == 9
    np.testing.assert_allclose(job.booster().predict(train), expected.predict(train), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("saves", [True, False])
def test_a_job_that_is_asked_to_stop_saves_its_model_where_that_was_wanted(job: Job, saves: bool) -> None:
    x, y = regression(2000)
    job.channel("train", np.c_[y, x])
    process = job.start("xgboost", {"num_round": 1_000_000, "save_model_on_termination": str(saves).lower()})
    assert process.stdout
    for line in process.stdout:
        if line.startswith("[3]"):
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert (job.root / "model/xgboost-model").exists() == saves
    if saves:
        assert job.booster().num_boosted_rounds() >= 4


@pytest.mark.parametrize(
    ("text", "hyperparameters", "message"),
    [
        (
            "y,a,b\n1,2,3\n",
            {},
            "train/a.csv, line 1, column 1: 'y' is not a number. If the line is a header, remove it",
        ),
        ("1,2,3\n4,x5,6\n", {}, "train/a.csv, line 2, column 2: 'x5' is not a number."),
        ("1,2,3\n4,5\n", {}, "train/a.csv, line 2: the row has 2 columns, but the first row has 3."),
        ("1,2,3\n\n,5,6\n", {}, "train/a.csv, line 3, column 1: the label is missing."),
        ("1,2,3\ninf,5,6\n", {}, "train/a.csv, line 2, column 1: the number is infinite or too large for FP32."),
        (
            "1\n2\n",
            {},
            "train/a.csv, line 1: a row has 1 column, but it must have the label and at least one feature.",
        ),
        ("", {}, "No data in channel 'train': its files are empty."),
        ("1,2\n", {"depth": 3}, "Extraneous hyperparameter found: depth"),
        ("1,2\n", {"eta": 1.5}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
        ("1,2\n", {"eta": "fast"}, "Hyperparameter eta: could not parse value 'fast'; expected a number."),
        ("1,2\n", {"booster": "gbforest"}, "Hyperparameter booster: gbforest is not in ['gbtree', 'gblinear', 'dart']"),
        ("1,2\n", {"eval_metric": "rmsee"}, "Hyperparameter eval_metric: value rmsee not in range"),
        ("1,2\n", {"objective": "multi:softmax"}, "Require input for parameter 'num_class' for multi-classification"),
        (
            "1,2\n7,2\n",
            {"objective": "binary:logistic"},
            "label must be in [0,1] for logistic regression, but row 2 of channel 'train' has the label 7.0",
        ),
    ],
)
def test_a_mistake_is_named(job: Job, text: str, hyperparameters: dict[str, object], message: str) -> None:
    job.channel("train", text)
    failure = job.failure("xgboost", {"num_round": 2, **hyperparameters})
    assert failure.startswith("ClientError: " + message)


def test_what_is_missing_is_named(job: Job) -> None:
    assert job.failure("xgboost", {"num_round": 2}) == "ClientError: Missing required channel: train"
    job.channel("train", "1,2\n")
    assert job.failure("xgboost", {}) == "ClientError: Missing required hyperparameter: num_round"
    job.channel("train", "1,2\n", "application/pdf")
    assert "application/pdf is not an accepted ContentType" in job.failure("xgboost", {"num_round": 1})
    job.channel("train", "1,2\n", None)
    assert "was read as libsvm, but this looks like CSV" in job.failure("xgboost", {"num_round": 1})


# Linear models
