"""The built-in algorithms, run on the folder of a training job, against XGBoost itself and scikit-learn."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from harness import BINARY
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, r2_score

Array = np.ndarray[Any, Any]


class Job:
    """The folder of a training job."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("input/config", "input/data", "model", "output", "checkpoints"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        self.channels: dict[str, dict[str, str]] = {}

    def channel(self, name: str, text: str | Array, content_type: str | None = "text/csv", file: str = "a.csv") -> None:
        path = self.root / "input/data" / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, str):
            path.write_text(text)
        else:
            np.savetxt(path, text, delimiter=",", fmt="%.9g")
        self.channels[name] = {"ContentType": content_type} if content_type else {}

    def start(self, algorithm: str, hyperparameters: dict[str, object], threads: int = 2) -> subprocess.Popen[str]:
        config = self.root / "input/config"
        (config / "hyperparameters.json").write_text(json.dumps({k: str(v) for k, v in hyperparameters.items()}))
        (config / "inputdataconfig.json").write_text(json.dumps(self.channels))
        environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(self.root), "OMP_NUM_THREADS": str(threads)}
        return subprocess.Popen(
            [str(BINARY), "learn", algorithm],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, algorithm: str, hyperparameters: dict[str, object], threads: int = 2) -> str:
        process = self.start(algorithm, hyperparameters, threads)
        output, errors = process.communicate(timeout=300)
        assert process.returncode == 0, output + errors
        return output

    def failure(self, algorithm: str, hyperparameters: dict[str, object]) -> str:
        process = self.start(algorithm, hyperparameters)
        process.communicate(timeout=300)
        assert process.returncode == 1
        assert not (self.root / "model").exists() or not any((self.root / "model").iterdir())
        return (self.root / "output/failure").read_text()

    def booster(self) -> xgboost.Booster:
        booster = xgboost.Booster()
        booster.load_model(bytearray((self.root / "model/xgboost-model").read_bytes()))
        return booster

    def model(self) -> dict[str, Any]:
        model: dict[str, Any] = json.loads((self.root / "model/model.json").read_text())
        return model


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def regression(rows: int = 1200, columns: int = 8, seed: int = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, columns)).astype("f4")
    y = (3 * x[:, 0] + x[:, 1] ** 2 + x[:, 2] * x[:, 3] + 0.1 * random.normal(size=rows)).astype("f4")
    return x, y


def classes(rows: int = 1200, count: int = 2, seed: int = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 6)).astype("f4")
    y = np.argmax(x[:, :count] + 0.7 * random.normal(size=(rows, count)), axis=1).astype("f4")
    return x, y


def standardized(x: Array) -> Array:
    wide = x.astype("f8")
    scaled: Array = (wide - wide.mean(axis=0)) / wide.std(axis=0)
    return scaled


def metric_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("[")]


def last_metric(output: str, name: str) -> float:
    return float(re.findall(rf"#011{re.escape(name)}:(\S+?)(?=#011|$)", output, re.MULTILINE)[-1])


def quality(output: str, name: str) -> float:
    return float(re.findall(rf"#quality_metric: host=\S+, {re.escape(name)} <\w+>=(\S+)", output)[-1])


# XGBoost


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
    # Folders before files: 'deeper' before 'one'.
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
        ("1,2,3\ninf,5,6\n", {}, "train/a.csv, line 2, column 1: the number is infinite, or too large for FP32."),
        (
            "1\n2\n",
            {},
            "train/a.csv, line 1: a row has 1 column, but there must be the label and at least one feature.",
        ),
        ("", {}, "No data in channel 'train': its files are empty."),
        ("1,2\n", {"depth": 3}, "Extraneous hyperparameter found: depth"),
        ("1,2\n", {"eta": 1.5}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
        ("1,2\n", {"eta": "fast"}, "Hyperparameter eta: could not parse value 'fast'; a number is expected."),
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
    assert "'1,2' is not a number" in job.failure("xgboost", {"num_round": 1})


# Linear models


def test_linear_regression_is_scikit_learns(job: Job) -> None:
    x, y = regression()
    x[:, 4] = x[:, 4] * 1000 + 5000
    job.channel("train", np.c_[y, x][:1000])
    job.channel("test", np.c_[y, x][1000:])
    output = job.run("linear-learner", {"predictor_type": "regressor", "wd": 0, "feature_dim": 8})
    model = job.model()
    expected = LinearRegression().fit(x[:1000].astype("f8"), y[:1000])
    predicted = x[1000:] @ np.array(model["weights"]) + model["biases"][0]
    np.testing.assert_allclose(predicted, expected.predict(x[1000:].astype("f8")), rtol=1e-4, atol=1e-4)
    assert quality(output, "test mse") == pytest.approx(np.mean((predicted - y[1000:]) ** 2), rel=1e-4)


@pytest.mark.parametrize("decay", [1e-3, 1e-1])
def test_logistic_regression_is_scikit_learns(job: Job, decay: float) -> None:
    x, y = classes()
    scaled = standardized(x)
    job.channel("train", np.c_[y, x])
    output = job.run("linear-learner", {"predictor_type": "binary_classifier", "wd": decay})
    expected = LogisticRegression(C=1 / (decay * len(y)), tol=1e-9, max_iter=1000).fit(scaled, y)
    model = job.model()
    score = 1 / (1 + np.exp(-(x @ np.array(model["weights"]) + model["biases"][0])))
    np.testing.assert_allclose(score, expected.predict_proba(scaled)[:, 1], atol=1e-4)
    accuracy = accuracy_score(y, score >= 0.5)
    assert quality(output, "train binary_classification_accuracy") == pytest.approx(accuracy)


def test_l1_leaves_the_features_out_that_scikit_learn_leaves_out(job: Job) -> None:
    x, y = classes()
    scaled = standardized(x)
    job.channel("train", np.c_[y, x])
    job.run("linear-learner", {"predictor_type": "binary_classifier", "wd": 0, "l1": 0.02})
    expected = LogisticRegression(C=1 / (0.02 * len(y)), l1_ratio=1, solver="saga", tol=1e-8, max_iter=20000).fit(
        scaled, y
    )
    weights = np.array(job.model()["weights"]) * x.std(axis=0)
    np.testing.assert_allclose(weights, expected.coef_[0], atol=2e-3)
    assert (weights == 0).tolist() == (np.abs(expected.coef_[0]) < 1e-9).tolist()


def test_multinomial_regression_is_scikit_learns(job: Job) -> None:
    x, y = classes(count=4)
    scaled = standardized(x)
    job.channel("train", np.c_[y, x])
    output = job.run("linear-learner", {"predictor_type": "multiclass_classifier", "num_classes": 4, "wd": 0.001})
    expected = LogisticRegression(C=1 / (0.001 * len(y)), tol=1e-9, max_iter=2000).fit(scaled, y)
    model = job.model()
    sums = x @ np.array(model["weights"]).reshape(4, 6).T + np.array(model["biases"])
    assert quality(output, "train multiclass_accuracy") == pytest.approx(expected.score(scaled, y), abs=0.003)
    assert np.mean(np.argmax(sums, axis=1) == expected.predict(scaled)) > 0.995


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_learning_in_batches_comes_near_the_minimum(job: Job, optimizer: str) -> None:
    x, y = regression()
    job.channel("train", np.c_[y, x])
    hyperparameters = {"predictor_type": "regressor", "optimizer": optimizer, "learning_rate": 0.01, "epochs": 60}
    output = job.run("linear-learner", {**hyperparameters, "mini_batch_size": 50, "early_stopping_patience": 20})
    expected = LinearRegression().fit(x, y)
    predicted = x @ np.array(job.model()["weights"]) + job.model()["biases"][0]
    assert r2_score(expected.predict(x), predicted) > 0.99
    assert re.search(r"#quality_metric: host=algo-1, epoch=3, train objective_loss <loss>=", output)


def test_the_threshold_is_chosen_by_the_criterion(job: Job) -> None:
    x, y = classes(2000)
    y[(np.random.default_rng(2).uniform(size=2000) < 0.6) & (y == 1)] = 0
    job.channel("train", np.c_[y, x])
    output = job.run(
        "linear-learner",
        {
            "predictor_type": "binary_classifier",
            "binary_classifier_model_selection_criteria": "recall_at_target_precision",
            "target_precision": 0.45,
        },
    )
    model = job.model()
    score = 1 / (1 + np.exp(-(x @ np.array(model["weights"]) + model["biases"][0])))
    predicted = score >= model["threshold"]
    assert np.mean(y[predicted]) >= 0.449
    best = max(np.mean(score[y == 1] >= cut) for cut in score if np.mean(y[score >= cut]) >= 0.45)
    assert predicted[y == 1].mean() == pytest.approx(best, abs=2e-3)
    assert quality(output, "train recall") == pytest.approx(predicted[y == 1].mean(), abs=2e-3)


def test_classes_of_a_linear_model_are_checked(job: Job) -> None:
    job.channel("train", "0,1\n2,3\n")
    assert "Row 2 of channel 'train' has the label 2.0" in job.failure(
        "linear-learner", {"predictor_type": "binary_classifier"}
    )
    assert "Channel 'train' has 1 features a row, but feature_dim is 3." in job.failure(
        "linear-learner", {"predictor_type": "regressor", "feature_dim": 3}
    )
    job.channel("train", "0,1\n2,\n")
    assert "Channel 'train', row 2, feature 1: a value is missing or not finite" in job.failure(
        "linear-learner", {"predictor_type": "regressor"}
    )
