"""Experiments: which requests count, with which weights, and what the report says about them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from math import exp
from statistics import mean
from typing import Any

import pytest
import small_onnx
from aws import XGBOOST
from endpoint_clients import AWS, Trained, csv
from evidence import agrees, evidence, sample_ratio
from harness import Api, Server, answered, refused, tensor
from monitored import complement, echo, exported, infer, labels, negated, outputs, report, split, verified
from scipy import stats

GOAL = "outputs[0][0] > 0.5"


@pytest.fixture(scope="module")
def client(api: Api) -> Api:
    api.upload("echo", echo())
    api.upload("complement", complement())
    api.upload("negated", negated())
    api.upload("failing", small_onnx.failing_model(1, "x"))
    return api


def arms(found: dict[str, Any]) -> dict[str, Any]:
    return {arm["name"]: arm for arm in found["experiment"]["arms"]}


def entries_of(client: Api, name: str, experiment: str) -> list[dict[str, Any]]:
    return [entry for entry in exported(client, name) if entry.get("experiment") == experiment]


def test_the_numbers_of_a_report_are_those_of_the_log(client: Api) -> None:
    version = client.serve(
        "exact", [split(("echo", 3), ("complement", 1))], goal={"metric": GOAL, "smallest_effect": 0.2}
    )
    dice = random.Random(1)
    for index in range(700):
        infer(client, "exact", f"i{index}", [dice.random() ** 2])
    found = report(client, "exact")
    entries = entries_of(client, "exact", version["experiment"]["id"])
    assert len(entries) == found["entries"] == 700
    assert {entry["share"] for entry in entries if entry["variant"] == "echo"} == {0.75}

    values: dict[str, list[float]] = {"echo": [], "complement": []}
    outcomes = []
    for entry in entries:
        value = float(outputs(entry)[0] > 0.5)
        values[entry["variant"]].append(value)
        outcomes.append(((0.75, 0.25), 0 if entry["variant"] == "echo" else 1, value))
    (comparison,) = found["experiment"]["comparisons"]
    agrees(comparison, evidence(outcomes, [(0.75, 0.25)]))
    assert comparison["verdict"] == "better", comparison["reason"]
    for name, arm in arms(found).items():
        assert (arm["requests"], arm["units"], arm["outcomes"]) == (len(values[name]),) * 3
        assert arm["goal"]["value"] == pytest.approx(mean(values[name]), rel=1e-12)
        elapsed = [entry["elapsed"] / 1e6 for entry in entries if entry["variant"] == name]
        assert arm["latency"]["p50_ms"] == pytest.approx(stats.quantile(elapsed, 0.5), rel=1e-9)
        wilson = stats.binomtest(int(sum(values[name])), len(values[name])).proportion_ci(method="wilson")
        assert arm["goal"]["interval"]["lower"] == pytest.approx(wilson.low, rel=1e-9)
        assert arm["goal"]["interval"]["upper"] == pytest.approx(wilson.high, rel=1e-9)

    ratio = found["experiment"]["sample_ratio"]
    counts = [len(values["echo"]), len(values["complement"])]
    assert ratio["observed"] == counts
    assert ratio["expected"] == pytest.approx([525, 175])
    assert ratio["evidence"] >= exp(sample_ratio([0.75, 0.25], counts)) * (1 - 1e-6)
    assert ratio["chi_squared_p"] == pytest.approx(stats.chisquare(counts, [525, 175]).pvalue, rel=1e-9)
    difference = mean(values["complement"]) - mean(values["echo"])
    assert comparison["difference"]["value"] == pytest.approx(difference, rel=1e-9)
    assert verified(client, found["id"]) == {
        "report": found["id"],
        "is_reproduced": True,
        "differences": [],
        "log_agrees": True,
        "log_differences": [],
    }


def test_a_change_of_weights_stays_within_the_experiment(client: Api) -> None:
    weights = [(9, 1), (1, 1), (1, 9)]
    shares = [(0.9, 0.1), (0.5, 0.5), (0.1, 0.9)]
    homes: dict[int, str] = {}
    experiments = set()
    for stage, (one, two) in enumerate(weights):
        steps = [split(("echo", one), ("complement", two), key="user")]
        version = client.serve("staged", steps, goal=GOAL)
        experiments.add(version["experiment"]["id"])
        # Some users return, and others are new.
        for user in range(stage * 100, stage * 100 + 250):
            infer(client, "staged", f"s{stage}-{user}", [(user * 7 % 100) / 100], user=f"u{user}")
            (entry,) = client.logs("staged", id=f"s{stage}-{user}")
            home = homes.get(user)
            assert home in (None, entry["variant"]) or entry["variant"] == "complement", "moved to an arm that shrank"
            homes[user] = entry["variant"]
    (experiment,) = experiments
    found = report(client, "staged")
    by_version: dict[str, tuple[float, ...]] = {}
    outcomes = []
    seen = set()
    for entry in entries_of(client, "staged", experiment):
        by_version.setdefault(entry["pipeline_version"], shares[len(by_version)] if len(by_version) < 3 else ())
        if entry["unit"] not in seen:
            seen.add(entry["unit"])
            arm = 0 if entry["variant"] == "echo" else 1
            outcomes.append((by_version[entry["pipeline_version"]], arm, float(outputs(entry)[0] > 0.5)))
            assert entry["share"] == pytest.approx(by_version[entry["pipeline_version"]][arm])
    assert len(outcomes) == 450
    agrees(found["experiment"]["comparisons"][0], evidence(outcomes, shares[::-1]))
    assert sum(arm["units"] for arm in arms(found).values()) == 450
    assert sum(arm["requests"] for arm in arms(found).values()) == 750
    assert found["experiment"]["comparisons"][0]["verdict"] != "invalid"


def test_other_models_another_key_or_goal_begin_another_experiment(client: Api) -> None:
    def defined(*steps: Any, **more: Any) -> str:
        id: str = client.define("changing", list(steps), **more)["version"]["experiment"]["id"]
        return id

    first = defined(split(("echo", 1), ("complement", 1)), goal=GOAL)
    assert defined(split(("echo", 1), ("complement", 5)), goal=GOAL) == first
    assert defined(split(("echo", 1), ("complement", 5)), goal=GOAL, log={"keep": "all"}) == first
    others = [
        defined(split(("echo", 1), ("negated", 5)), goal=GOAL),
        defined(split(("echo", 1), ("negated", 5), key="user"), goal=GOAL),
        defined(split(("echo", 1), ("negated", 5), key="user"), goal="accuracy"),
    ]
    assert len({first, *others}) == 4
    # An earlier experiment can still be reported on.
    again = report(client, "changing", experiment=first, goal=GOAL)
    assert again["experiment"]["experiment"] == first
    assert [arm["name"] for arm in again["experiment"]["arms"]] == ["echo", "complement"]


def test_an_earlier_experiment_is_read_as_it_was_logged(client: Api) -> None:
    client.upload("wide", echo(3, name="z"))
    client.upload("wide-negated", negated(3, name="z"))
    goal = "inputs.z[2] * outputs[0][2] > 0.2"
    version = client.serve("replaced", [split(("wide", 1), ("wide-negated", 1))], goal=goal)
    for index in range(60):
        client.infer("replaced", {"z": [[0, 0, index / 60]]})
    found = report(client, "replaced")
    assert sum(arm["outcomes"] for arm in arms(found).values()) == 60
    earlier = {"experiment": version["experiment"]["id"]}
    ask = earlier | {"arm": "wide", "metric": goal}
    before = answered(client.post("/v1/pipelines/replaced/counterfactual", json=ask), 200)
    # The new models have one column.
    client.serve("replaced", [split(("echo", 1), ("complement", 1))], goal="outputs[0][0] > 0")
    again = report(client, "replaced", goal=goal, **earlier)
    assert again["experiment"]["arms"] == found["experiment"]["arms"]
    for made in (found, again):
        after = verified(client, made["id"])
        assert (after["is_reproduced"], after["log_agrees"]) == (True, True), after
    assert answered(client.post("/v1/pipelines/replaced/counterfactual", json=ask), 200) == before


@pytest.mark.parametrize(
    ("rates", "verdict"), [((0.5, 0.85), "better"), ((0.85, 0.5), "worse"), ((0.7, 0.7), "not_enough_data")]
)
def test_labels_decide(client: Api, rates: tuple[float, float], verdict: str) -> None:
    name = f"labeled-{verdict}"
    client.serve(name, [split(("echo", 1), ("complement", 1))], goal="accuracy", labels={"type": "class"})
    dice = random.Random(2)
    for index in range(400):
        infer(client, name, f"i{index}", [dice.random()])
    entries = exported(client, name)
    truth = {}
    # Each arm is right at an even pace: the router's draws cannot make equal arms look different.
    seen: Counter[str] = Counter()
    for entry in entries:
        said = outputs(entry)[0] >= 0.5
        rate = rates[entry["variant"] == "complement"]
        seen[entry["variant"]] += 1
        is_right = int(seen[entry["variant"]] * rate) > int((seen[entry["variant"]] - 1) * rate)
        truth[entry["id"]] = int(said == is_right)
    labels(client, name, dict(list(truth.items())[:390]))
    found = report(client, name)
    (comparison,) = found["experiment"]["comparisons"]
    assert comparison["verdict"] == verdict, comparison["reason"]
    outcomes = [
        ((0.5, 0.5), 0 if entry["variant"] == "echo" else 1, float((outputs(entry)[0] >= 0.5) == truth[entry["id"]]))
        for entry in entries[:390]
    ]
    agrees(comparison, evidence(outcomes, [(0.5, 0.5)]))
    counts = Counter(entry["variant"] for entry in entries[:390])
    assert {arm: each["outcomes"] for arm, each in arms(found).items()} == counts
    # A correction changes quality, and no evidence.
    labels(client, name, {id: 1 - label for id, label in truth.items() if id in dict(list(truth.items())[:390])})
    again = report(client, name)["experiment"]["comparisons"][0]
    assert (again["better"], again["worse"]) == (comparison["better"], comparison["worse"])


def test_failed_runs_are_logged_and_break_a_guardrail(client: Api) -> None:
    client.serve("guarded", [split(("echo", 1), ("failing", 1))], goal="outputs[0][0] >= 0", guardrails=["errors"])
    statuses: Counter[int] = Counter()
    for index in range(200):
        answer = client.post(
            "/v1/pipelines/guarded/infer", json={"x": [[5.0]]}, headers={"X-Roost-Inference-Id": f"i{index}"}
        )
        statuses[answer.status_code] += 1
    assert len(statuses) == 2, statuses
    entries = exported(client, "guarded")
    assert len(entries) == 200
    for entry in entries:
        assert ("error" in entry) == (entry["variant"] == "failing") == (not entry["valid"])
        assert ("outputs" in entry) == ("error" not in entry)
    found = report(client, "guarded")
    assert arms(found)["failing"]["errors"]["value"] == 1
    assert arms(found)["echo"]["errors"]["value"] == 0
    assert "latency" not in arms(found)["failing"]
    (comparison,) = found["experiment"]["comparisons"]
    assert comparison["verdict"] == "worse"
    assert comparison["reason"] == "The guardrail 'errors' is broken: 1, against the champion's 0."
    # The same with a limit, and against a goal that is better.
    limited = report(client, "guarded", guardrails=[{"metric": "errors", "limit": 0.05}])
    assert limited["experiment"]["comparisons"][0]["verdict"] == "worse"
    lower = report(client, "guarded", goal="errors", guardrails=[])
    assert lower["experiment"]["comparisons"][0]["verdict"] == "worse"


def test_a_run_over_its_time_limit_is_a_failure(client: Api) -> None:
    client.upload("dense", "fraud-dense.onnx")
    client.upload("slow", "slow-loop.onnx")
    client.serve(
        "limited", [split(("dense", 1), ("slow", 1), key="user")], goal={"metric": "latency", "budget_ms": 1000}
    )
    row = tensor("dense_input", "FP32", [[0.6] * 29])
    statuses: Counter[int] = Counter()
    for index in range(12):
        parameters = {"timeout": 100_000, "user": f"u{index}"}
        request = {"inputs": [row], "parameters": parameters}
        statuses[client.post("/v2/models/limited/infer", json=request).status_code] += 1
    assert set(statuses) == {200, 504}, statuses
    entries = exported(client, "limited")
    assert Counter("error" in entry for entry in entries) == {True: statuses[504], False: statuses[200]}
    found = arms(report(client, "limited"))
    assert (found["slow"]["errors"]["value"], found["slow"]["goal"]["value"]) == (1, 1)
    # On a busy machine, a run of the fast model may be over its limit too.
    fast = ["error" in entry for entry in entries if entry["model_name"] == "dense"]
    assert not all(fast)
    assert found["dense"]["errors"]["value"] == found["dense"]["goal"]["value"] == pytest.approx(mean(fast))


def test_a_key_split_with_shares_is_an_experiment_and_one_without_is_not(client: Api) -> None:
    step: dict[str, Any] = {"key": "group", "default": "echo", "models": {"new": "complement"}}
    for name, shares in [("keyed", {"new": 0.25}), ("odd", None)]:
        client.serve(name, [{"key_split": step | ({"shares": shares} if shares else {})}], goal=GOAL)
        dice = random.Random(3)
        for index in range(400):
            group = "new" if dice.random() < 0.25 else "old"
            infer(client, name, f"i{index}", [dice.random() ** 3], group=group)
        found = report(client, name)
        (comparison,) = found["experiment"]["comparisons"]
        assert {arm["goal"]["count"] > 50 for arm in arms(found).values()} == {True}
        if shares:
            assert [arm["share"] for arm in arms(found).values()] == [0.75, 0.25]
            assert comparison["verdict"] == "better", comparison["reason"]
            outcomes = [
                ((0.75, 0.25), 0 if entry["model_name"] == "echo" else 1, float(outputs(entry)[0] > 0.5))
                for entry in exported(client, name)
            ]
            agrees(comparison, evidence(outcomes, [(0.75, 0.25)]))
        else:
            assert comparison["verdict"] == "not_enough_data"
            assert "declare 'shares'" in comparison["reason"]
            assert "better" not in comparison
            refused(
                client.post(f"/v1/pipelines/{name}/counterfactual", json={"arm": "complement"}), 400, "arm", "'shares'"
            )


def test_a_limit_holds_where_the_shares_are_not_known(client: Api) -> None:
    step = {"key_split": {"key": "group", "default": "echo", "models": {"new": "failing"}}}
    client.serve("bounded", [step], goal=GOAL, guardrails=[{"metric": "errors", "limit": 0.05}])
    for index in range(60):
        client.post("/v1/pipelines/bounded/infer", json={"x": [[5.0]], "group": "new" if index % 2 else "old"})
    (comparison,) = report(client, "bounded")["experiment"]["comparisons"]
    assert comparison["reason"] == "The guardrail 'errors' is broken: 1, above its limit of 0.05."
    against_the_champion = report(client, "bounded", guardrails=["errors"])
    assert against_the_champion["experiment"]["comparisons"][0]["verdict"] == "not_enough_data"
    assert "sample_ratio" not in against_the_champion["experiment"]


def test_choices_that_the_log_cannot_tell_apart(client: Api) -> None:
    client.define("twins", [split(("echo", 1), ("echo", 1))], goal=GOAL)
    refused(client.post("/v1/pipelines/twins/reports"), 400, "steps", "Give them names")


def test_variants_of_an_endpoint_are_arms(running_server: Server, client: Api) -> None:
    aws = AWS(running_server.url)
    first, second = Trained(0), Trained(1)
    for name, trained in [("m1", first), ("m2", second)]:
        aws.put_model(f"arms-{name}", trained.archive, XGBOOST)
    aws.put_config("arms", ("one", "arms-m1", 1), ("two", "arms-m2", 1))
    aws.serve("arms", "arms")
    row = csv(first.rows[:1])
    for _ in range(60):
        aws.invoke("arms", row)
    for _ in range(20):
        aws.invoke("arms", row, TargetVariant="two")
    experiment = answered(client.get("/v1/pipelines/arms"), 200)["version"]["experiment"]["id"]
    aws.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="arms", DesiredWeightsAndCapacities=[{"VariantName": "two", "DesiredWeight": 3}]
    )
    aws.settled("arms")
    for _ in range(60):
        aws.invoke("arms", row)
    assert answered(client.get("/v1/pipelines/arms"), 200)["version"]["experiment"]["id"] == experiment
    found = report(client, "arms", goal="outputs[0][0] > 0.5")
    assert sum(arm["requests"] for arm in arms(found).values()) == 120
    assert [arm["share"] for arm in arms(found).values()] == [0.25, 0.75]
    assert found["experiment"]["sample_ratio"]["expected"] == pytest.approx([30 + 15, 30 + 45])
    targeted = [entry for entry in exported(client, "arms") if "experiment" not in entry]
    assert [entry["variant"] for entry in targeted] == ["two"] * 20


def test_counterfactual_estimates_are_those_of_the_log(client: Api) -> None:
    client.serve("past", [split(("echo", 4), ("complement", 1))], goal=GOAL)
    dice = random.Random(4)
    for index in range(500):
        infer(client, "past", f"i{index}", [dice.random() ** 2])
    entries = exported(client, "past")
    weights = [(entry["variant"] == "complement" and 1 / 0.2) or 0 for entry in entries]
    values = [float(outputs(entry)[0] > 0.5) for entry in entries]
    found = answered(client.post("/v1/pipelines/past/counterfactual", json={"arm": "complement"}), 200)
    products = [weight * value for weight, value in zip(weights, values, strict=True)]
    assert found["observed"]["value"] == pytest.approx(mean(values), rel=1e-9)
    assert found["inverse_propensity"]["value"] == pytest.approx(mean(products), rel=1e-9)
    assert found["self_normalized"]["value"] == pytest.approx(sum(products) / sum(weights), rel=1e-9)
    size = sum(weights) ** 2 / sum(weight**2 for weight in weights)
    assert found["effective_sample_size"] == pytest.approx(size, rel=1e-9)


def test_an_early_question_gets_a_clear_answer(client: Api) -> None:
    client.define("early", [split(("echo", 1), ("complement", 1))], goal=GOAL)
    found = report(client, "early")
    (comparison,) = found["experiment"]["comparisons"]
    assert comparison["reason"] == "The log has no inferences of this experiment."
    assert comparison["verdict"] == "not_enough_data"
    client.define("plain", ["echo"])
    refused(client.post("/v1/pipelines/plain/reports", json={"goal": GOAL}), 400, "pipeline", "no split between models")
    refused(client.post("/v1/pipelines/nope/reports"), 404, "pipeline", "'nope' does not exist")
    for request, field, part in [
        ({"goal": "outputs[0][0] >"}, "metric", "expected a value"),
        ({"goal": "outputs[4] > 1"}, "metric", "outputs[4]"),
        ({"goal": 'outputs[0][0] == "a"'}, "metric", "cannot compare"),
        ({"goal": "latency"}, "budget_ms", "milliseconds"),
        ({"goal": {"metric": "errors", "alpha": 0}}, "alpha", "more than 0"),
        ({"goal": 7}, "goal", "must be an object"),
        ({"guardrails": ["errors", "x >"]}, "metric", ""),
        ({"guardrails": [{"metric": "errors", "limit": 1}]}, "limit", "less than 1"),
        ({"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, "start", "before 'end'"),
        ({"kind": "shadow"}, "start", "no challengers"),
    ]:
        refused(client.post("/v1/pipelines/early/reports", json=request), 400, field, part)


def test_a_report_that_was_kept_survives_a_kill(start_server: Callable[..., Server]) -> None:
    server = start_server()
    client = server.api
    client.upload("echo", echo())
    client.upload("complement", complement())
    client.serve("kept", [split(("echo", 1), ("complement", 1), key="user")], goal="accuracy")
    for index in range(50):
        infer(client, "kept", f"i{index}", [index / 50], user=f"u{index}")
    labels(client, "kept", {f"i{index}": index % 2 for index in range(40)})
    found = report(client, "kept")
    server.kill()
    server.start()
    client = server.api
    assert answered(client.get(f"/v1/reports/{found['id']}"), 200) == found
    assert answered(client.get("/v1/pipelines/kept/ground-truth"), 200)["labels"] == 40
    after = verified(client, found["id"])
    assert (after["is_reproduced"], after["log_agrees"]) == (True, True), after
    listed = answered(client.get("/v1/pipelines/kept/reports"), 200)["reports"]
    assert [each["id"] for each in listed] == [found["id"]]

    # What is deleted is gone from the log, and the report can still be computed again.
    deleted = client.post("/v1/pipelines/kept/logs/deletions", json={"key": "user", "value": "u7"})
    assert answered(deleted, 200) == {"entries": 1, "labels": 1}
    after = verified(client, found["id"])
    assert (after["is_reproduced"], after["log_agrees"]) == (True, False)
    assert "The log holds 49 inferences of the window; the report used 50." in after["log_differences"]
    assert answered(client.get("/v1/pipelines/kept/ground-truth"), 200)["labels"] == 39
