"""Tuning jobs, as boto3 sees them, with an algorithm whose objective is a known function."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import aws
import pytest
from harness import Server, until
from tuning_jobs import IMAGE, RANGES, Tuning, cost, value


@pytest.fixture(scope="module")
def tuning(server: str) -> Tuning:
    return Tuning(server)


def test_a_bayesian_search_finds_the_bottom_of_a_bowl(tuning: Tuning) -> None:
    job = tuning.run(tuning.request("bayesian", count=15))
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"] == {
        "Completed": 15,
        "InProgress": 0,
        "RetryableError": 0,
        "NonRetryableError": 0,
        "Stopped": 0,
    }
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 15, "Pending": 0, "Failed": 0}
    best = job["BestTrainingJob"]
    # The other kinds cannot reach this. The exact value varies, because trials start with what is known when others end.
    assert value(best) < 0.2
    assert value(best) == pytest.approx(cost(best["TunedHyperParameters"]), abs=1e-6)
    trials = tuning.trials("bayesian")
    assert value(best) == min(value(trial) for trial in trials)
    assert [trial["TrainingJobName"].split("-")[1] for trial in trials] == [f"{n:03}" for n in range(1, 16)]
    assert all(set(trial["TunedHyperParameters"]) == {"x", "n", "kind"} for trial in trials)


def test_a_trial_is_a_training_job_that_names_its_tuning_job(tuning: Tuning) -> None:
    request = tuning.request("children", count=1, width=1, static={"steps": "2"})
    arn = tuning.create(request)
    assert arn == f"arn:aws:sagemaker:us-east-1:{aws.ACCOUNT}:hyper-parameter-tuning-job/children"
    best = tuning.ended("children")["BestTrainingJob"]
    trial = tuning.sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert trial["TuningJobArn"] == arn
    expected = {"steps": "2", "_tuning_objective_metric": "objective", **best["TunedHyperParameters"]}
    assert trial["HyperParameters"] == expected
    assert trial["RoleArn"] == aws.ROLE
    assert trial["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    assert trial["AlgorithmSpecification"]["TrainingImage"] == IMAGE
    assert trial["FinalMetricDataList"][0]["MetricName"] == "objective"
    assert trial["ModelArtifacts"]["S3ModelArtifacts"].endswith(f"{best['TrainingJobName']}/output/model.tar.gz")
    assert "StaticHyperParameters" not in trial


def test_the_description_has_what_attach_needs(tuning: Tuning) -> None:
    request = tuning.request("attach", count=1, width=1)
    config = request["HyperParameterTuningJobConfig"]
    config["ParameterRanges"] = {"ContinuousParameterRanges": RANGES["ContinuousParameterRanges"]}
    training = request["TrainingJobDefinition"]
    training["HyperParameterTuningResourceConfig"] = training.pop("ResourceConfig")
    job = tuning.run(request)
    ranges = job["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert (ranges["IntegerParameterRanges"], ranges["CategoricalParameterRanges"]) == ([], [])
    assert job["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Off"
    described = job["TrainingJobDefinition"]
    assert described["StaticHyperParameters"]["_tuning_objective_metric"] == "objective"
    assert described["AlgorithmSpecification"]["MetricDefinitions"][0]["Name"] == "objective"
    assert described["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    assert described["OutputDataConfig"]["KmsKeyId"] == ""


def test_the_same_seed_gives_the_same_trials(tuning: Tuning) -> None:
    found = []
    for name, seed in (("seed-a", 7), ("seed-b", 7), ("seed-c", 8)):
        tuning.run(tuning.request(name, count=6, width=1, RandomSeed=seed))
        found.append([trial["TunedHyperParameters"] for trial in tuning.trials(name)])
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_trials_are_sorted_filtered_and_paged(tuning: Tuning) -> None:
    tuning.run(tuning.request("listing", count=7, Strategy="Random"))
    values = [
        value(trial)
        for trial in tuning.trials(
            "listing", SortBy="FinalObjectiveMetricValue", SortOrder="Descending", PaginationConfig={"PageSize": 2}
        )
    ]
    assert len(values) == 7
    assert values == sorted(values, reverse=True)
    assert len(tuning.trials("listing", StatusEquals="Completed")) == 7
    assert tuning.trials("listing", StatusEquals="Failed") == []
    times = [trial["CreationTime"] for trial in tuning.trials("listing", SortBy="CreationTime")]
    assert times == sorted(times)
    found = tuning.sagemaker.list_hyper_parameter_tuning_jobs(NameContains="listing")
    (summary,) = found["HyperParameterTuningJobSummaries"]
    assert summary["Strategy"] == "Random"
    assert summary["TrainingJobStatusCounters"]["Completed"] == 7
    assert summary["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 7, "MaxParallelTrainingJobs": 3}


def test_a_grid_tries_each_combination_once(tuning: Tuning) -> None:
    request = tuning.request("grid", Strategy="Grid")
    config = request["HyperParameterTuningJobConfig"]
    config["ResourceLimits"] = {"MaxParallelTrainingJobs": 3}
    config["ParameterRanges"] = {
        "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}, {"Name": "n", "Values": ["6", "7", "8"]}]
    }
    job = tuning.run(request)
    assert job["TrainingJobStatusCounters"]["Completed"] == 6, tuning.trials("grid")
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"kind": "b", "n": "7"}
    tried = {tuple(sorted(trial["TunedHyperParameters"].items())) for trial in tuning.trials("grid")}
    assert len(tried) == 6


def test_hyperband_stops_most_trials_early_and_finds_a_good_one(tuning: Tuning) -> None:
    request = tuning.request(
        "hyperband",
        count=9,
        static={"steps": "9", "pause": "0.4"},
        Strategy="Hyperband",
        StrategyConfig={"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}},
    )
    job = tuning.run(request)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    counters = job["TrainingJobStatusCounters"]
    assert counters["Stopped"] >= 3
    assert counters["Stopped"] + counters["Completed"] == 9
    assert job["ObjectiveStatusCounters"]["Succeeded"] == 9
    assert cost(job["BestTrainingJob"]["TunedHyperParameters"]) < 0.6


def test_early_stopping_ends_trials_that_fall_behind(tuning: Tuning) -> None:
    request = tuning.request(
        "early",
        count=10,
        static={"steps": "20", "pause": "0.2"},
        Strategy="Random",
        TrainingJobEarlyStoppingType="Auto",
    )
    job = tuning.run(request)
    stopped = tuning.trials("early", StatusEquals="Stopped")
    assert stopped
    assert job["TrainingJobStatusCounters"]["Stopped"] == len(stopped)
    assert job["BestTrainingJob"]["TrainingJobStatus"] == "Completed"
    costs = sorted(cost(trial["TunedHyperParameters"]) for trial in tuning.trials("early"))
    assert all(cost(trial["TunedHyperParameters"]) > costs[2] for trial in stopped)


def test_a_stopped_search_stops_its_trials(tuning: Tuning) -> None:
    tuning.create(tuning.request("stopped", count=20, static={"steps": "1000", "pause": "0.1"}))
    until(lambda: len(tuning.trials("stopped")) == 3, "three trials have begun")
    tuning.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")
    assert tuning.describe("stopped")["HyperParameterTuningJobStatus"] in ("Stopping", "Stopped")
    job = tuning.ended("stopped", 30)
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 3
    code, text = aws.refusal(tuning.sagemaker.stop_hyper_parameter_tuning_job, HyperParameterTuningJobName="stopped")
    assert (code, "in status Stopped" in text) == ("ValidationException", True)


def test_a_warm_start_goes_on_where_its_parent_ended(tuning: Tuning) -> None:
    parent = tuning.run(tuning.request("parent", count=14))
    for kind in ("IdenticalDataAndAlgorithm", "TransferLearning"):
        request = tuning.request(f"warm-{kind[:8]}", count=3, width=1, RandomSeed=2)
        request["WarmStartConfig"] = {
            "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "parent"}],
            "WarmStartType": kind,
        }
        job = tuning.run(request)
        assert value(job["BestTrainingJob"]) < value(parent["BestTrainingJob"]) + 0.1
        assert job["WarmStartConfig"] == request["WarmStartConfig"]
        overall = job["OverallBestTrainingJob"]
        if kind == "IdenticalDataAndAlgorithm":
            assert value(overall) == min(value(job["BestTrainingJob"]), value(parent["BestTrainingJob"]))


def test_several_estimators_take_turns(tuning: Tuning) -> None:
    request = tuning.request("several", count=6)
    config = request["HyperParameterTuningJobConfig"]
    objective = config.pop("HyperParameterTuningJobObjective")
    ranges = config.pop("ParameterRanges")
    training = request.pop("TrainingJobDefinition")
    narrow = {"IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "9"}]}
    request["TrainingJobDefinitions"] = [
        training | {"DefinitionName": "wide", "TuningObjective": objective, "HyperParameterRanges": ranges},
        training | {"DefinitionName": "narrow", "TuningObjective": objective, "HyperParameterRanges": narrow},
    ]
    job = tuning.run(request)
    assert job["TrainingJobStatusCounters"]["Completed"] == 6
    assert [each["DefinitionName"] for each in job["TrainingJobDefinitions"]] == ["wide", "narrow"]
    trials = tuning.trials("several")
    assert [trial["TrainingJobDefinitionName"] for trial in trials] == ["wide", "narrow"] * 3
    assert [set(trial["TunedHyperParameters"]) for trial in trials] == [{"x", "n", "kind"}, {"n"}] * 3


@pytest.mark.parametrize(
    ("criteria", "most"),
    [
        ({"TargetObjectiveMetricValue": 0.5}, 10),
        ({"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}, 29),
    ],
    ids=["target", "no-improvement"],
)
def test_a_search_ends_when_it_has_what_was_wanted(tuning: Tuning, criteria: Any, most: int) -> None:
    name = "criteria-" + next(iter(criteria))[:6].lower()
    job = tuning.run(tuning.request(name, count=30, width=1, TuningJobCompletionCriteria=criteria))
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] <= most


def test_a_search_that_finds_nothing_better_says_that_it_has_converged(tuning: Tuning) -> None:
    # A hyperparameter that makes no difference.
    ranges = {"ContinuousParameterRanges": [{"Name": "pause", "MinValue": "0", "MaxValue": "0.001"}]}
    criteria = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}
    request = tuning.request(
        "converged", count=40, width=1, ParameterRanges=ranges, TuningJobCompletionCriteria=criteria
    )
    tuning.create(request)
    details = tuning.describe("converged")["TuningJobCompletionDetails"]
    assert details["NumberOfTrainingJobsObjectiveNotImproving"] < 20
    assert "ConvergenceDetectedTime" not in details
    job = tuning.ended("converged", 240)
    trials = tuning.trials("converged")
    assert job["BestTrainingJob"]["TrainingJobName"] == trials[0]["TrainingJobName"]
    details = job["TuningJobCompletionDetails"]
    assert (len(trials), details["NumberOfTrainingJobsObjectiveNotImproving"]) == (21, 20)
    assert trials[-1]["CreationTime"] < details["ConvergenceDetectedTime"] <= job["HyperParameterTuningEndTime"]


def test_a_search_whose_trials_all_fail_says_why(tuning: Tuning) -> None:
    job = tuning.run(tuning.request("broken", count=9, static={"breaks": "yes"}))
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("No training job succeeded after ")
    assert "AlgorithmError: it is broken" in job["FailureReason"]
    assert "BestTrainingJob" not in job
    assert 5 <= job["TrainingJobStatusCounters"]["NonRetryableError"] < 9
    assert job["ObjectiveStatusCounters"]["Succeeded"] == 0


def test_mistakes_are_refused_with_the_field_at_fault(tuning: Tuning) -> None:
    create = tuning.sagemaker.create_hyper_parameter_tuning_job

    def refusal(name: str, ranges: Any = None, training: Any = None, **config: Any) -> str:
        request = tuning.request(name, **config)
        if ranges:
            request["HyperParameterTuningJobConfig"]["ParameterRanges"] = ranges
        if training:
            request["TrainingJobDefinition"] |= training
        code, text = aws.refusal(create, **request)
        assert code == "ValidationException"
        assert aws.refusal(tuning.describe, name=name)[0] == "ResourceNotFound"
        return text

    def continuous(low: str, high: str, scaling: str) -> Any:
        bounds = {"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scaling}
        return {"ContinuousParameterRanges": [bounds]}

    assert "'x'" in refusal("empty", continuous("2", "1", "Auto"))
    assert "Logarithmic" in refusal("log", continuous("0", "1", "Logarithmic"))
    assert "ReverseLogarithmic" in refusal("reverse", continuous("0", "2", "ReverseLogarithmic"))
    assert "'one'" in refusal("word", continuous("one", "2", "Auto"))
    assert "'x'" in refusal("static", training={"StaticHyperParameters": {"x": "1"}})
    assert "'n'" in refusal("grid-n", {"IntegerParameterRanges": RANGES["IntegerParameterRanges"]}, Strategy="Grid")
    assert "MaxResource" in refusal("no-resource", Strategy="Hyperband")
    objective = {"Type": "Minimize", "MetricName": "loss"}
    assert "'loss'" in refusal("metric", HyperParameterTuningJobObjective=objective)
    assert "'MaxParallelTrainingJobs'" in refusal("wide", count=2, width=3)


def test_names_that_are_taken_or_not_there(tuning: Tuning) -> None:
    request = tuning.request("twice", count=1, width=1)
    tuning.run(request)
    assert aws.refusal(tuning.create, request=request) == (
        "ResourceInUse",
        "A hyperparameter tuning job with the name, twice, already exists. Choose a different name.",
    )
    text = "Amazon SageMaker can't find a tuning job called nobody. Type another name."
    assert aws.refusal(tuning.describe, name="nobody") == ("ResourceNotFound", text)


def test_a_deleted_search_leaves_its_trials(tuning: Tuning) -> None:
    delete = tuning.sagemaker.delete_hyper_parameter_tuning_job
    request = tuning.request("deleted", count=2, width=2, static={"pause": "2"}) | {
        "Tags": [{"Key": "a", "Value": "b"}]
    }
    arn = tuning.create(request)
    assert aws.refusal(delete, HyperParameterTuningJobName="deleted") == (
        "ValidationException",
        "The request was rejected because the hyperparameter tuning job is in status InProgress.",
    )
    tuning.ended("deleted")
    names = [trial["TrainingJobName"] for trial in tuning.trials("deleted")]
    describe = tuning.sagemaker.describe_training_job
    before = [describe(TrainingJobName=name) for name in names]
    delete(HyperParameterTuningJobName="deleted")
    text = "Amazon SageMaker can't find a tuning job called deleted. Type another name."
    assert aws.refusal(tuning.describe, name="deleted") == ("ResourceNotFound", text)
    assert aws.refusal(delete, HyperParameterTuningJobName="deleted") == ("ResourceNotFound", text)
    assert aws.refusal(delete, HyperParameterTuningJobName="not_a_name")[0] == "ValidationException"
    found = tuning.sagemaker.list_hyper_parameter_tuning_jobs(NameContains="deleted")
    assert found["HyperParameterTuningJobSummaries"] == []
    after = [describe(TrainingJobName=name) for name in names]
    for description in before + after:
        del description["ResponseMetadata"]
    assert after == before
    # A new job with the name has neither the trials nor the tags of the old one.
    job = tuning.run(tuning.request("deleted", count=1, width=1))
    assert job["TrainingJobStatusCounters"]["Completed"] == 1
    assert tuning.trials("deleted")[0]["TrainingJobName"] not in names
    assert tuning.sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


def test_a_search_goes_on_after_the_server_was_killed(start_server: Callable[..., Server]) -> None:
    server = start_server()
    tuning = Tuning(server.url)
    tuning.create(tuning.request("killed", count=10, static={"steps": "2", "pause": "0.3"}))
    until(lambda: tuning.describe("killed")["TrainingJobStatusCounters"]["Completed"] >= 3, "three trials are over")
    server.kill()
    before = time.time()
    server.start()
    tuning = Tuning(server.url)
    job = tuning.ended("killed")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 10
    trials = tuning.trials("killed")
    assert len({trial["TrainingJobName"] for trial in trials}) == 10
    assert [trial["TrainingJobName"].split("-")[1] for trial in trials] == [f"{n:03}" for n in range(1, 11)]
    assert sum(trial["CreationTime"].timestamp() < before for trial in trials) >= 3
    assert value(job["BestTrainingJob"]) == min(value(trial) for trial in trials)
