"""Tuning jobs with a built-in algorithm: checks before the trials run, and their results."""

from __future__ import annotations

from typing import Any

import aws
import pytest
from tuning_jobs import Tuning, value


@pytest.fixture(scope="module")
def tuning(server: str) -> Tuning:
    return Tuning(server)


def test_xgboost_is_tuned_on_its_own_metric(tuning: Tuning) -> None:
    for name, seed in (("train", 1), ("validation", 2)):
        tuning.s3.put_object(Bucket="tuning", Key=f"{name}/data.csv", Body=aws.csv(aws.regression(400, seed)))
    request = tuning.request("xgboost", count=8)
    request["HyperParameterTuningJobConfig"] |= {
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
        "ParameterRanges": {
            "ContinuousParameterRanges": [
                {"Name": "eta", "MinValue": "0.001", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
            ],
            "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "8"}],
        },
    }
    request["TrainingJobDefinition"] = tuning.training(
        aws.XGBOOST, num_round="30", objective="reg:squarederror", eval_metric="rmse"
    ) | {"InputDataConfig": [aws.channel(name, f"s3://tuning/{name}/") for name in ("train", "validation")]}
    job = tuning.run(request)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    best = job["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["MetricName"] == "validation:rmse"
    values = [value(trial) for trial in tuning.trials("xgboost")]
    assert value(best) == min(values)
    assert value(best) < max(values)
    names = {each["Name"] for each in job["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]}
    assert {"validation:rmse", "train:auc"} <= names


def tune_xgboost(tuning: Tuning, name: str, rounds: int, **config: Any) -> Any:
    for channel, seed in (("train", 1), ("validation", 2)):
        tuning.s3.put_object(Bucket="tuning", Key=f"{channel}/data.csv", Body=aws.csv(aws.regression(400, seed)))
    request = tuning.request(name, count=9)
    ranges = {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.001", "MaxValue": "0.5"}]}
    request["HyperParameterTuningJobConfig"] |= {
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
        "ParameterRanges": ranges,
    } | config
    request["TrainingJobDefinition"] = tuning.training(aws.XGBOOST, num_round=str(rounds)) | {
        "InputDataConfig": [aws.channel(name, f"s3://tuning/{name}/") for name in ("train", "validation")]
    }
    return request


def test_hyperband_leaves_a_model_of_each_trial_and_completes_those_that_ran_to_their_end(tuning: Tuning) -> None:
    job = tuning.run(tune_xgboost(tuning, "hyperband-xgboost", 9, Strategy="Hyperband"))
    strategy = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}
    assert job["HyperParameterTuningJobConfig"]["StrategyConfig"] == strategy
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    trials = tuning.trials("hyperband-xgboost")
    assert {trial["TrainingJobStatus"] for trial in trials} <= {"Completed", "Stopped"}
    assert job["TrainingJobStatusCounters"]["Completed"] >= 1
    assert value(job["BestTrainingJob"]) == min(value(trial) for trial in trials)
    for trial in trials:
        described = tuning.sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])
        assert described["ModelArtifacts"]["S3ModelArtifacts"].endswith("/output/model.tar.gz")


def test_a_trial_that_hyperband_stops_long_before_its_end_has_its_model(tuning: Tuning) -> None:
    resources = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}
    request = tune_xgboost(tuning, "hyperband-long", 100_000, Strategy="Hyperband", StrategyConfig=resources)
    job = tuning.run(request)
    assert job["TrainingJobStatusCounters"]["Stopped"] == 9
    for trial in tuning.trials("hyperband-long"):
        described = tuning.sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])
        assert "ModelArtifacts" in described
    assert value(job["BestTrainingJob"]) > 0


def test_what_each_trial_of_xgboost_would_fail_with_is_refused_at_once(tuning: Tuning) -> None:
    def refusal(static: dict[str, str] | None = None, **ranges: tuple[str, str]) -> str:
        request = tune_xgboost(tuning, "refused", 3)
        config = request["HyperParameterTuningJobConfig"]
        if ranges:
            config["ParameterRanges"]["ContinuousParameterRanges"] = [
                {"Name": name, "MinValue": low, "MaxValue": high} for name, (low, high) in ranges.items()
            ]
        if static and "objective_metric" in static:
            config["HyperParameterTuningJobObjective"]["MetricName"] = static.pop("objective_metric")
        request["TrainingJobDefinition"]["StaticHyperParameters"] |= static or {}
        code, text = aws.refusal(tuning.create, request=request)
        assert code == "ValidationException"
        return text

    assert "Extraneous hyperparameter found: etaa" in refusal(etaa=("0", "1"))
    assert "Hyperparameter eta: 5.0 is not in [0, 1]" in refusal(eta=("0.1", "5"))
    assert "expected an integer" in refusal(max_depth=("2", "8"))
    assert "Extraneous hyperparameter found: depth" in refusal({"depth": "3"})
    assert "Hyperparameter subsample: 2 is not in (0, 1]" in refusal({"subsample": "2"})
    text = "Metric 'auc' can only be applied for classification and ranking problems."
    assert text in refusal({"eval_metric": "auc"})
    assert text in refusal({"objective_metric": "validation:auc"})
    # If one category fits the other hyperparameters, the job runs; trials with other categories may fail.
    request = tune_xgboost(tuning, "categories", 3)
    limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2}
    request["HyperParameterTuningJobConfig"]["ResourceLimits"] = limits
    request["HyperParameterTuningJobConfig"]["ParameterRanges"] = {
        "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "gblinear"]}]
    }
    request["TrainingJobDefinition"]["StaticHyperParameters"]["updater"] = "coord_descent"
    tuning.run(request)


def test_the_end_of_a_range_that_a_hyperparameter_excludes_is_approached(tuning: Tuning) -> None:
    request = tune_xgboost(tuning, "open-ended", 2, Strategy="Random")
    ranges = [
        {"Name": "subsample", "MinValue": "0", "MaxValue": "1"},
        {"Name": "colsample_bytree", "MinValue": "0", "MaxValue": "1", "ScalingType": "Logarithmic"},
    ]
    config = request["HyperParameterTuningJobConfig"]
    config["ParameterRanges"] = {"ContinuousParameterRanges": ranges}
    config["ResourceLimits"] |= {"MaxNumberOfTrainingJobs": 3}
    job = tuning.run(request)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    given = job["HyperParameterTuningJobConfig"]["ParameterRanges"]["ContinuousParameterRanges"]
    assert {each["Name"]: (float(each["MinValue"]), float(each["MaxValue"])) for each in given} == {
        "subsample": (0, 1),
        "colsample_bytree": (0, 1),
    }
    for trial in tuning.trials("open-ended"):
        chosen = trial["TunedHyperParameters"]
        assert all(0 < float(value) <= 1 for value in chosen.values()), chosen
