"""Test suites: cases that a version of a model passes or fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import native_functions
import pytest
from aws import XGBOOST
from command import Command
from gates import scaled
from harness import Api, answered, refused
from monitored import complement, echo, infer, negated
from own_algorithms import ROLE, Account
from suites import ended, new_name, one, put_object, put_suite, run

# The model answers with its input, which is then the probability of the label.
ROWS = [(index % 2, (0.9 if index % 2 else 0.1) if index % 10 else 0.5 - (index % 20) / 100) for index in range(200)]


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("score", echo())
    api.upload("doubled", scaled(2))
    api.upload("numbers", echo(2))
    return api


@pytest.fixture(scope="module")
def labeled(client: Api) -> str:
    return put_object(client, "labeled.csv", "label,x\n" + "".join(f"{label},{x}\n" for label, x in ROWS))


def golden(inputs: Any, outputs: Any, **more: Any) -> dict[str, Any]:
    return {"golden": {"inputs": inputs, "outputs": outputs} | more}


def test_a_golden_case_compares_outputs(client: Api) -> None:
    right = one(client, golden({"x": [[0.25], [0.5]]}, {"y": [[0.25], [0.5]]}), model="score")
    assert right["passed"], right
    wrong = one(client, golden({"x": [[0.25]]}, {"y": [[0.26]]}, absolute=0.001), model="score")
    assert not wrong["passed"]
    assert "0.25, not 0.26" in wrong["message"]
    near = one(client, golden({"x": [[0.25]]}, {"y": [[0.26]]}, absolute=0.1), model="score")
    assert near["passed"]
    # JSON cannot express the largest difference.
    endless = one(client, golden({"x": [[3e38]]}, {"y": [[0.0]]}), model="doubled")
    assert not endless["passed"], endless
    shape = one(client, golden({"x": [[0.25]]}, {"y": [0.25]}), model="score")
    assert "shape [1, 1], not [1]" in shape["message"]


@pytest.mark.parametrize(
    ("metric", "bounds", "passes"),
    [
        ("accuracy", {"minimum": 0.9}, True),
        ("accuracy", {"minimum": 0.999}, False),
        ("precision", {"minimum": 0.9}, True),
        ("recall", {"minimum": 0.8}, True),
        ("f1", {"minimum": 0.8}, True),
        ("auc", {"minimum": 0.9}, True),
        ("log_loss", {"maximum": 0.3}, True),
        ("log_loss", {"maximum": 0.01}, False),
        ("mae", {"maximum": 0.2}, True),
        ("rmse", {"maximum": 0.3}, True),
        ("r2", {"minimum": 0.5}, True),
    ],
)
def test_quality_is_measured_on_labeled_data(
    client: Api, labeled: str, metric: str, bounds: dict[str, float], passes: bool
) -> None:
    found = one(client, {"quality": {"metric": metric, "data": labeled} | bounds}, model="score")
    assert found["passed"] == passes, found
    assert found["measures"][0]["count"] == len(ROWS)


def test_metrics_are_those_of_the_rows(client: Api, labeled: str) -> None:
    found = one(client, {"quality": {"metric": "accuracy", "data": labeled, "minimum": 0}}, model="score")
    right = sum((x >= 0.5) == (label == 1) for label, x in ROWS)
    assert found["measures"][0]["value"] == pytest.approx(right / len(ROWS))
    found = one(client, {"quality": {"metric": "mae", "data": labeled, "minimum": 0}}, model="score")
    mean = sum(abs(label - x) for label, x in ROWS) / len(ROWS)
    assert found["measures"][0]["value"] == pytest.approx(mean, rel=1e-6)


def test_json_lines_and_csv_are_the_same_data(client: Api, labeled: str) -> None:
    lines = "".join(json.dumps({"inputs": {"x": [[x]]}, "label": label}) + "\n" for label, x in ROWS)
    other = put_object(client, "labeled.jsonl", lines)
    found = one(client, {"quality": {"metric": "f1", "data": [labeled, other], "minimum": 0}}, model="score")
    first, second = (measure["value"] for measure in found["measures"])
    assert first == second


def test_each_data_set_is_judged_by_itself(client: Api, labeled: str) -> None:
    bad = put_object(client, "bad.csv", "".join(f"{1 - label},{x}\n" for label, x in ROWS))
    found = one(client, {"quality": {"metric": "accuracy", "data": [labeled, bad], "minimum": 0.5}}, model="score")
    assert not found["passed"]
    assert found["message"].startswith(f"{bad}: accuracy is")


@pytest.fixture(scope="module")
def production(client: Api, labeled: str) -> str:
    """A pipeline that answers with `rival`."""
    client.upload("rival", echo())
    client.serve("in-production", ["rival"])
    return "in-production"


def test_a_worse_version_fails_against_the_one_in_production(client: Api, production: str, labeled: str) -> None:
    case = {"quality": {"metric": "accuracy", "data": labeled, "versus_champion": {"margin": 0.02}}}
    suite = put_suite(client, case, pipeline=production)
    same = run(client, suite)
    assert same["outcome"] == "passed", same
    worse = client.upload("rival", complement())
    found = run(client, suite, worse["id"])
    assert found["outcome"] == "failed"
    assert "worse than the margin of 0.02" in found["cases"][0]["message"]
    assert found["champion"] == same["model"]
    measure = found["cases"][0]["measures"][0]
    assert measure["champion"] > measure["value"]
    assert measure["lower"] < measure["value"] - measure["champion"] < measure["upper"]


@pytest.mark.parametrize("metric", ["auc", "log_loss", "mae", "rmse", "f1", "r2"])
def test_every_metric_can_be_compared(client: Api, production: str, labeled: str, metric: str) -> None:
    case = {"quality": {"metric": metric, "data": labeled, "versus_champion": {"margin": 0.02}}}
    versions = answered(client.get("/v1/models/rival"), 200)["versions"]
    suite = put_suite(client, case, pipeline=production)
    worse = client.upload("rival", complement())
    assert run(client, suite, versions[-1]["id"])["outcome"] == "passed"
    assert run(client, suite, worse["id"])["outcome"] == "failed"


def test_few_rows_are_not_enough(client: Api, production: str) -> None:
    few = put_object(client, "few.csv", "".join(f"{label},{x}\n" for label, x in ROWS[:12]))
    some = put_object(client, "some.csv", "".join(f"{label},{x}\n" for label, x in ROWS[:40]))
    oldest = answered(client.get("/v1/models/rival"), 200)["versions"][-1]["id"]
    for data, margin in ((few, 0.5), (some, 0.001)):
        case = {"quality": {"metric": "accuracy", "data": data, "versus_champion": {"margin": margin}}}
        found = run(client, put_suite(client, case, pipeline=production), oldest)["cases"][0]
        assert not found["passed"]
        assert "not enough data" in found["message"].lower()


def test_a_class_of_few_rows_is_not_enough(client: Api, production: str) -> None:
    # Both find both positives, so that chance has nothing to show.
    rows = put_object(
        client, "rare.csv", "".join(f"{int(index < 2)},{0.9 if index < 2 else 0.1}\n" for index in range(1000))
    )
    oldest = answered(client.get("/v1/models/rival"), 200)["versions"][-1]["id"]
    case = {"quality": {"metric": "recall", "data": rows, "versus_champion": {"margin": 0.0}}}
    found = run(client, put_suite(client, case, pipeline=production), oldest)["cases"][0]
    assert not found["passed"]
    assert "Not enough data" in found["message"]


def test_budgets(client: Api) -> None:
    cases: list[dict[str, Any]] = [{"size": {"budget_bytes": size}} for size in (10, 10_000)]
    cases += [{"memory": {"budget_bytes": size}} for size in (1, 10**9)]
    cases += [{"latency": {"budget_ms": limit, "runs": 20, "batches": [1, 8]}} for limit in (1e-6, 1e4)]
    found = run(client, put_suite(client, *cases, model="score"))
    assert [case["passed"] for case in found["cases"]] == [False, True] * 3, found
    assert len(found["cases"][-1]["measures"]) == 2


@pytest.mark.parametrize(
    ("expect", "change", "passes"),
    [
        ("increases", {"add": 0.1}, True),
        ("decreases", {"add": 0.1}, False),
        ("same", {"add": 0.1}, False),
        ("increases", {"add": 0}, False),
        ("same", {"multiply": 1}, True),
        ("decreases", {"set": -1}, True),
    ],
)
def test_behavior(client: Api, labeled: str, expect: str, change: dict[str, float], passes: bool) -> None:
    more = {"expect": expect, "change": {"input": "x"} | change}
    assert one(client, {"behavior": more | {"data": labeled}}, model="score")["passed"] == passes
    assert one(client, {"behavior": more | {"inputs": {"x": [[0.5], [0.6]]}}}, model="score")["passed"] == passes


def test_a_decision_stays_the_same(client: Api) -> None:
    case = {"expect": "same", "change": {"input": "x", "add": 0.1}, "inputs": {"x": [[0.2], [0.7]]}, "threshold": 0.5}
    assert one(client, {"behavior": case}, model="score")["passed"]
    case["inputs"] = {"x": [[0.2], [0.45]]}
    found = one(client, {"behavior": case}, model="score")
    assert "1 of 2 rows changed: for example 0.45 became 0.55" in found["message"]
    assert one(client, {"behavior": case | {"allowed": 0.5}}, model="score")["passed"]


PROGRAM = """
def handler(event, context):
    values = [row[0] for row in event["outputs"]["y"]]
    limit = event["parameters"]["limit"]
    return {"passed": max(values) < limit, "message": f"the largest is {max(values):.2f}"}
"""


def test_a_function_judges(client: Api) -> None:
    function = native_functions.create(client, PROGRAM)
    case = {"function": function, "inputs": {"x": [[0.2], [0.7]]}, "parameters": {"limit": 0.8}}
    found = one(client, {"program": case}, model="score")
    assert (found["passed"], found["message"]) == (True, "the largest is 0.70")
    found = one(client, {"program": case | {"parameters": {"limit": 0.5}}}, model="score")
    assert not found["passed"]
    found = one(client, {"program": case | {"parameters": {}}}, model="score")
    assert not found["passed"]
    assert "KeyError" in found["message"]
    nothing = native_functions.create(client)
    found = one(client, {"program": case | {"function": nothing}}, model="score")
    assert "must return an object with 'passed'" in found["message"]


def test_uploads_are_tested_by_themselves(client: Api) -> None:
    client.upload("watched", echo())
    suite = put_suite(client, golden({"x": [[1.0]]}, {"y": [[1.0]]}), model="watched")
    version = client.upload("watched", negated())
    (found,) = ended(client, suite)
    assert (found["outcome"], found["cause"], found["model"]) == ("failed", "upload", f"watched@{version['id']}")
    # The same bytes are no new version.
    client.upload("watched", negated())
    events = answered(client.get("/v1/events", params={"kind": "suite.*"}), 200)["events"]
    assert [event["kind"] for event in events if event["subject"]["name"] == suite] == ["suite.failed"]
    assert "'case-0'" in events[0]["message"]


def test_models_of_training_jobs_are_imported_and_tested(client: Api, account: Account, tmp_path: Path) -> None:
    roost = Command(account.url, tmp_path)
    account.put("suite/rows.csv", "".join(f"{2 * a - b},{a},{b}\n" for a in range(12) for b in range(12)))
    train(roost, "plane-1", "5")
    source = {"source": "job:plane-1"}
    first = answered(client.post("/v1/models/plane/versions", params=source), 201)
    case = {"quality": {"metric": "rmse", "data": "s3://jobs/suite/rows.csv", "maximum": 1}}
    suite = put_suite(client, case, {"size": {"budget_bytes": 10**7}}, model="plane", training_jobs="plane-*")
    assert run(client, suite)["outcome"] == "failed"
    train(roost, "plane-2", "60")
    found = ended(client, suite, 2)[0]
    assert (found["cause"], found["job"], found["outcome"]) == ("training_job", "plane-2", "passed"), found
    versions = answered(client.get("/v1/models/plane"), 200)["versions"]
    assert found["model"] == f"plane@{versions[0]['id']}"
    assert [versions[1]["id"], len(versions)] == [first["id"], 2]
    train(roost, "other-2", "70")
    assert len(answered(client.get("/v1/models/plane"), 200)["versions"]) == 2


def test_models_of_sagemaker_are_tested(client: Api, account: Account, tmp_path: Path) -> None:
    roost = Command(account.url, tmp_path)
    account.put("suite/rows.csv", "".join(f"{2 * a - b},{a},{b}\n" for a in range(12) for b in range(12)))

    def create(job: str, rounds: str) -> None:
        train(roost, job, rounds)
        container = {"Image": XGBOOST, "ModelDataUrl": f"s3://jobs/out/{job}/output/model.tar.gz"}
        account.sagemaker.create_model(ModelName="plane-model", PrimaryContainer=container, ExecutionRoleArn=ROLE)

    create("first-sm", "5")
    suite = put_suite(client, {"size": {"budget_bytes": 10**7}}, model="plane-model", workspace="sagemaker")
    account.sagemaker.delete_model(ModelName="plane-model")
    create("second-sm", "6")
    (found,) = ended(client, suite)
    assert (found["cause"], found["outcome"], found["workspace"]) == ("upload", "passed", "sagemaker")


def train(roost: Command, name: str, rounds: str) -> None:
    """Trains boosted trees on the plane 2 a - b."""
    options = ["--algorithm", "xgboost", f"--set=num_round={rounds}", "--output", "s3://jobs/out"]
    data = ["--channel", "train=s3://jobs/suite/rows.csv", "--content-type", "text/csv"]
    done = roost.run("train", "--name", name, *options, *data, "--json")
    assert json.loads(done.stdout)["state"]["status"] == "Completed", done


def test_a_suggestion_has_what_was_answered(client: Api) -> None:
    client.upload("suggested", echo())
    client.serve("suggested", ["suggested"])
    for value in (0.25, 0.5):
        infer(client, "suggested", f"s-{value}", [value])
    found = answered(client.post("/v1/suites/suggestions", params={"subject": "suggested"}), 200)
    kinds = [next(key for key in case if key != "name") for case in found["definition"]["cases"]]
    assert kinds == ["golden", "golden", "size", "memory", "latency"]
    first = found["definition"]["cases"][0]["golden"]
    assert first["inputs"]["x"] == first["outputs"]["y"]
    # What the machine does besides decides whether a small model stays in its budget.
    latency = found["definition"]["cases"][-1]["latency"]
    assert latency["budget_ms"] >= 10
    latency["budget_ms"] = 1e4
    name = new_name()
    answered(client.put(f"/v1/suites/{name}", json=found["definition"]), 201)
    assert run(client, name)["outcome"] == "passed"


def test_data_that_is_gone_is_an_error_of_the_run(client: Api) -> None:
    uri = put_object(client, "gone.csv", "1,1\n")
    suite = put_suite(client, {"quality": {"metric": "accuracy", "data": uri, "minimum": 0}}, model="score")
    answered(client.delete("/v1/buckets/suites/object", params={"key": "gone.csv"}), 200)
    found = run(client, suite)
    assert (found["outcome"], found["cases"]) == ("error", [])
    assert "There is no data at 's3://suites/gone.csv'" in found["reason"]


def test_a_version_that_does_not_fit_fails(client: Api) -> None:
    client.upload("shrinks", echo())
    suite = put_suite(
        client, golden({"x": [[1.0]]}, {"y": [[1.0]]}), {"size": {"budget_bytes": 10**6}}, model="shrinks"
    )
    other = client.upload("shrinks", echo(1, "other"))
    found = run(client, suite, other["id"])
    assert (found["outcome"], [case["passed"] for case in found["cases"]]) == ("failed", [False, True])
    assert "does not fit the candidate: There is no input 'x'" in found["cases"][0]["message"]


def test_a_candidate_that_does_not_fit_the_pipeline_fails(client: Api) -> None:
    client.upload("placed", echo())
    client.serve("placed", ["placed"])
    suite = put_suite(
        client, golden({"x": [[1.0]]}, {"y": [[1.0]]}), {"size": {"budget_bytes": 10**6}}, pipeline="placed"
    )
    renamed = client.upload("placed", echo(1, "other"))
    assert run(client, suite, renamed["id"])["outcome"] == "passed"
    wide = client.upload("placed", echo(2))
    found = run(client, suite, wide["id"])
    assert (found["outcome"], [case["passed"] for case in found["cases"]]) == ("failed", [False, False])
    assert "cannot take its place" in found["cases"][0]["message"]


def test_revisions_and_deletion(client: Api) -> None:
    client.upload("revised", echo())
    suite = put_suite(client, {"size": {"budget_bytes": 1}}, model="revised")
    path = f"/v1/suites/{suite}"
    assert run(client, suite)["revision"] == 1
    same = answered(client.get(path), 200)["definition"]
    assert answered(client.put(path, json=same), 200)["revision"] == 1
    same["cases"][0]["size"]["budget_bytes"] = 10**6
    assert answered(client.put(path, json=same), 200)["revision"] == 2
    found = run(client, suite)
    assert (found["revision"], found["outcome"]) == (2, "passed")
    assert answered(client.get(f"/v1/suite-runs/{found['id'][:8]}"), 200) == found
    answered(client.delete(path), 200)
    refused(client.get(path), 404, "suite", suite)
    assert len(answered(client.get(f"{path}/runs"), 200)["runs"]) == 2
    answered(client.delete("/v1/models/revised", params={"force": "true"}), 200)
    refused(client.get(f"/v1/suite-runs/{found['id']}"), 404, "run")


def test_a_version_of_another_model_is_refused(client: Api) -> None:
    suite = put_suite(client, {"size": {"budget_bytes": 1}}, model="score")
    refused(client.post(f"/v1/suites/{suite}/runs", json={"version": "numbers@1"}), 400, "version", "score")
    refused(client.post(f"/v1/suites/{suite}/runs", json={"version": "ffff0000"}), 404, "version")
