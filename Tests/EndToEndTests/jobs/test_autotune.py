"""Autotune: tuning jobs that leave ranges and limits to the server."""

from __future__ import annotations

from typing import Any

import aws
import pytest
from harness import until
from tuning_jobs import Tuning


@pytest.fixture(scope="module")
def tuning(server: str) -> Tuning:
    tuning = Tuning(server)
    for name, seed in (("train", 1), ("validation", 2)):
        tuning.s3.put_object(Bucket="tuning", Key=f"{name}/data.csv", Body=aws.csv(aws.regression(300, seed)))
    return tuning


def auto(**hints: str) -> dict[str, Any]:
    return {"AutoParameters": [{"Name": name, "ValueHint": hint} for name, hint in hints.items()]}


def xgboost(tuning: Tuning, name: str, ranges: dict[str, Any] | None, **static: str) -> Any:
    request = tuning.request(name, count=4)
    config = request["HyperParameterTuningJobConfig"]
    config["HyperParameterTuningJobObjective"]["MetricName"] = "validation:rmse"
    del config["ParameterRanges"]
    if ranges is not None:
        config["ParameterRanges"] = ranges
    request["Autotune"] = {"Mode": "Enabled"}
    request["TrainingJobDefinition"] = tuning.training(aws.XGBOOST, **static) | {
        "InputDataConfig": [aws.channel(each, f"s3://tuning/{each}/") for each in ("train", "validation")]
    }
    return request


def test_hyperparameters_that_can_be_tuned_are(tuning: Tuning) -> None:
    # The SageMaker SDK sends every hyperparameter that is not kept static, whether it can be tuned or not.
    ranges = auto(eta="0.05", max_depth="4", objective="reg:squarederror", eval_metric="rmse", base_score="0.4")
    ranges["ContinuousParameterRanges"] = [{"Name": "gamma", "MinValue": "0", "MaxValue": "1"}]
    job = tuning.run(xgboost(tuning, "auto-xgboost", ranges, num_round="5"))
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    assert job["Autotune"] == {"Mode": "Enabled"}
    described = job["HyperParameterTuningJobConfig"]
    assert described["ParameterRanges"]["AutoParameters"] == ranges["AutoParameters"]
    assert [each["Name"] for each in described["ParameterRanges"]["ContinuousParameterRanges"]] == ["gamma"]
    assert described["ParameterRanges"]["IntegerParameterRanges"] == []
    assert described["TrainingJobEarlyStoppingType"] == "Auto"
    static = job["TrainingJobDefinition"]["StaticHyperParameters"]
    assert static == {"num_round": "5", "_tuning_objective_metric": "validation:rmse"}
    trials = tuning.trials("auto-xgboost")
    assert len(trials) == 4
    for trial in trials:
        tuned = trial["TunedHyperParameters"]
        assert set(tuned) == {"eta", "max_depth", "gamma"}
        # The recommended range is 0.1 to 0.5; the example widens it.
        assert 0.05 <= float(tuned["eta"]) <= 0.5
        assert 0 <= int(tuned["max_depth"]) <= 10
        whole = tuning.sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])["HyperParameters"]
        assert (whole["objective"], whole["eval_metric"], whole["num_round"]) == ("reg:squarederror", "rmse", "5")
        # Of the hyperparameters that xgboost-tuning.html of AWS's guide recommends a range for, it is none.
        assert whole["base_score"] == "0.4"
    assert len({trial["TunedHyperParameters"]["eta"] for trial in trials}) > 1


def test_without_any_range_those_with_the_greatest_effect_are_tuned(tuning: Tuning) -> None:
    request = xgboost(tuning, "auto-all", None, num_round="3")
    del request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    tuning.create(request)
    job = tuning.describe("auto-all")
    assert job["HyperParameterTuningJobConfig"]["ResourceLimits"] == {"MaxParallelTrainingJobs": 3}
    until(lambda: tuning.trials("auto-all"), "a trial begins")
    tuning.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="auto-all")
    tuning.ended("auto-all")
    names = {name for trial in tuning.trials("auto-all") for name in trial["TunedHyperParameters"]}
    assert names == {"alpha", "min_child_weight", "subsample", "eta"}


def learned(
    tuning: Tuning, name: str, algorithm: str, metric: str, ranges: dict[str, Any] | None, **static: str
) -> Any:
    """A tuning job of an algorithm that tests its models with the training data."""
    request = xgboost(tuning, name, ranges)
    request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"] = metric
    label = "text/csv;label_size=0" if algorithm == "kmeans" else "text/csv"
    request["TrainingJobDefinition"] = tuning.training(
        aws.LINEAR_LEARNER.replace("linear-learner", algorithm), **static
    ) | {"InputDataConfig": [aws.channel(each, "s3://tuning/train/", ContentType=label) for each in ("train", "test")]}
    return request


def test_of_k_means_the_start_is_tuned(tuning: Tuning) -> None:
    # AWS names two more hyperparameters with a great effect, which have none here.
    job = tuning.run(learned(tuning, "auto-kmeans", "kmeans", "test:msd", None, k="3", feature_dim="6"))
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    tuned = [trial["TunedHyperParameters"] for trial in tuning.trials("auto-kmeans")]
    assert sorted(each["init_method"] for each in tuned) == ["kmeans++", "random"]
    assert all(len(each) == 1 for each in tuned)


def test_how_weights_are_initialized_decides_what_is_tuned(tuning: Tuning) -> None:
    static = {"feature_dim": "5", "num_factors": "2", "predictor_type": "regressor", "linear_init_method": "uniform"}
    kept = {
        "bias_init_sigma": "0.5",
        "bias_init_method": "constant",
        "factors_init_scale": "0.3",
        "linear_init_value": "0.2",
    }
    found = {"bias_init_value": "0.1", "factors_init_sigma": "0.01", "linear_init_scale": "0.1", "bias_lr": "0.1"}
    ranges = auto(**kept, **found, epochs="2")
    tuning.create(learned(tuning, "auto-factors", "factorization-machines", "test:rmse", ranges, **static))
    tuning.ended("auto-factors")
    for trial in tuning.trials("auto-factors"):
        assert set(trial["TunedHyperParameters"]) == {*found, "epochs"}
        whole = tuning.sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])["HyperParameters"]
        assert whole.items() >= (static | kept).items()


def test_the_ranges_of_an_unknown_algorithm_are_around_the_examples(tuning: Tuning) -> None:
    request = tuning.request("auto-own", count=6, static={"steps": "2"})
    ranges = auto(x="0.4", n="5", kind="b", sagemaker_container_log_level="20", offset="0", weird="-3")
    request["HyperParameterTuningJobConfig"]["ParameterRanges"] = ranges
    request["Autotune"] = {"Mode": "Enabled"}
    job = tuning.run(request)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    for trial in tuning.trials("auto-own"):
        tuned = trial["TunedHyperParameters"]
        assert set(tuned) == {"x", "n"}
        assert 0.04 <= float(tuned["x"]) <= 1
        assert 1 <= int(tuned["n"]) <= 50
        whole = tuning.sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])["HyperParameters"]
        assert (whole["kind"], whole["offset"], whole["weird"]) == ("b", "0", "-3")
        assert whole["sagemaker_container_log_level"] == "20"


def test_hyperband_keeps_its_resource(tuning: Tuning) -> None:
    request = xgboost(tuning, "auto-hyperband", auto(eta="0.2", num_round="9"))
    request["HyperParameterTuningJobConfig"]["Strategy"] = "Hyperband"
    tuning.create(request)
    described = tuning.describe("auto-hyperband")["HyperParameterTuningJobConfig"]
    assert described["StrategyConfig"]["HyperbandStrategyConfig"]["MaxResource"] == 9
    assert described["TrainingJobEarlyStoppingType"] == "Off"
    tuning.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="auto-hyperband")
    tuning.ended("auto-hyperband")


def test_mistakes_are_refused(tuning: Tuning) -> None:
    def refusal(ranges: dict[str, Any], **static: str) -> str:
        code, text = aws.refusal(tuning.create, request=xgboost(tuning, "refused", ranges, num_round="2", **static))
        assert code == "ValidationException"
        return text

    assert "The example value 'fast' of the hyperparameter 'eta' is not a number" in refusal(auto(eta="fast"))
    assert "'1.5' of the hyperparameter 'max_depth' is not an integer" in refusal(auto(max_depth="1.5"))
    assert "'nan' of the hyperparameter 'eta' is not a number" in refusal(auto(eta="nan"))
    assert "Hyperparameter 'eta' is specified more than once" in refusal(auto(eta="0.2"), eta="0.3")
    assert "Hyperparameter eta: 7.0 is not in [0, 1]" in refusal(auto(eta="7"))
    assert "Extraneous hyperparameter found: etaa" in refusal(auto(etaa="0.1", eta="0.2"))
    # An algorithm about which nothing is known, and no example to search around.
    request = tuning.request("refused")
    request["HyperParameterTuningJobConfig"]["ParameterRanges"] = auto(kind="b")
    request["Autotune"] = {"Mode": "Enabled"}
    assert "1 to 30 ranges, not 0" in aws.refusal(tuning.create, request=request)[1]
