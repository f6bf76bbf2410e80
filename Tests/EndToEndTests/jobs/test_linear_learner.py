"""The linear-learner algorithm, run on the folder of a training job, compared with scikit-learn."""

from __future__ import annotations

import re

import numpy as np
import pytest
from learning import Job, classes, quality, regression, standardized
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, r2_score


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
    assert "Channel 'train' has 1 features per row, but feature_dim is 3." in job.failure(
        "linear-learner", {"predictor_type": "regressor", "feature_dim": 3}
    )
    job.channel("train", "0,1\n2,\n")
    assert "Channel 'train', row 2, feature 1: the value is missing or not finite" in job.failure(
        "linear-learner", {"predictor_type": "regressor"}
    )
