"""Learning curves: more and more of the data, compared with what is known about it."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from command import Command
from harness import Api, Server, answered, refused, until

import roost


def rows(count: int, noise: float, columns: int = 6, seed: int = 1) -> str:
    """Returns rows whose label is a sum of products, in CSV."""
    dice = random.Random(seed)
    lines = []
    for _ in range(count):
        x = [dice.gauss(0, 1) for _ in range(columns)]
        label = 3 * x[0] * x[1] + 2 * x[2] - x[3] * x[4] + dice.gauss(0, noise)
        lines.append(",".join(f"{value:.5f}" for value in [label, *x]))
    return "\n".join(lines) + "\n"


def put(api: Api, key: str, text: str) -> str:
    api.put("/v1/buckets/curves")
    answered(api.put("/v1/buckets/curves/object", params={"key": key}, data=text.encode()), 200, 201)
    return f"s3://curves/{key}"


def training(train: str, validation: str | None = None, **hyperparameters: Any) -> dict[str, Any]:
    channels = [{"name": "train", "uri": train, "content_type": "text/csv"}]
    if validation is not None:
        channels.append({"name": "validation", "uri": validation, "content_type": "text/csv"})
    settings = {"objective": "reg:squarederror", "num_round": 20} | hyperparameters
    return {
        "algorithm": "xgboost",
        "channels": channels,
        "output": "s3://curves/out",
        "hyperparameters": {name: str(value) for name, value in settings.items()},
    }


def curve(api: Api, name: str, **definition: Any) -> Any:
    answered(api.post("/v1/learning-curves", json={"name": name} | definition), 201)
    return ended(api, name)


def ended(api: Api, name: str) -> Any:
    def look() -> Any:
        found = answered(api.get(f"/v1/learning-curves/{name}"), 200)
        return found if found["state"]["status"] not in ("InProgress", "Stopping") else None

    return until(look, f"the curve {name} ends", 120)


def test_more_data_helps_a_model_that_has_little(api: Api) -> None:
    data, held = put(api, "few.csv", rows(600, 0.1)), put(api, "held.csv", rows(500, 0.1, seed=2))
    found = curve(api, "few", training=training(data, held))
    assert found["state"]["status"] == "Completed", found
    assert (found["metric"], found["direction"], found["lines"]) == ("validation:rmse", "Minimize", 600)
    assert "held_out_lines" not in found
    assert [(point["percent"], point["lines"], len(point["jobs"])) for point in found["points"]] == [
        (10, 60, 5),
        (25, 150, 5),
        (50, 300, 5),
        (100, 600, 1),
    ]
    means = [point["metric"]["value"] for point in found["points"]]
    assert means == sorted(means, reverse=True)
    assert found["verdict"] == "helped", found["summary"]
    assert found["gain"]["interval"]["lower"] > 0
    assert "More data would probably help." in found["summary"]
    # Each value is the metric of its job, which is in the list of jobs.
    for point in found["points"]:
        for name, value in zip(point["jobs"], point["values"], strict=True):
            job = answered(api.get(f"/v1/training-jobs/{name}"), 200)
            metrics = {metric["name"]: metric["value"] for metric in job["metrics"]}
            assert metrics["validation:rmse"] == value
    # Samples are nested.
    samples = [sample(api, "few", size) for size in ("10-2", "25-2", "50-2", "100")]
    assert [len(each) for each in samples] == [60, 150, 300, 600]
    assert samples[0] < samples[1] < samples[2] < samples[3]
    assert sample(api, "few", "50-1") != samples[2]
    assert api.get("/v1/learning-curves/few/picture").text.startswith("<svg")


def sample(api: Api, curve: str, size: str) -> set[str]:
    key = {"key": f"out/{curve}/samples/train-{size}/part"}
    return set(api.get("/v1/buckets/curves/object", params=key).text.splitlines())


def test_more_data_does_not_help_a_model_that_has_learned_it_all(api: Api) -> None:
    dice = random.Random(4)
    lines = "".join(f"{2 * (number % 2) + dice.gauss(0, 1):.5f},{number % 2}\n" for number in range(4000))
    found = curve(api, "enough", training=training(put(api, "enough.csv", lines)), holdout=0.25)
    assert (found["lines"], found["held_out_lines"]) == (3000, 1000)
    assert found["verdict"] == "within_noise", found["summary"]
    assert "would hardly help" in found["summary"]


def test_one_sample_is_not_enough_evidence(api: Api) -> None:
    data = put(api, "one.csv", rows(300, 1.0))
    found = curve(api, "once", training=training(data), repeats=1, percents=[50, 100])
    assert found["verdict"] == "not_enough_evidence"
    assert "interval" not in found["gain"]


def test_a_killed_server_goes_on(start_server: Any) -> None:
    server: Server = start_server()
    data = put(server.api, "many.csv", rows(4000, 0.5))
    definition = {"name": "killed", "training": training(data, num_round=60), "repeats": 2, "seed": 5}
    answered(server.api.post("/v1/learning-curves", json=definition), 201)
    for count in (1, 3):
        until(partial(has_values, server, count), f"{count} jobs have ended", 60)
        server.kill()
        server.start()
    found = ended(server.api, "killed")
    assert found["state"]["status"] == "Completed", found
    assert values(server.api, "killed") == 7
    assert [phase["name"] for phase in found["state"]["phases"]].count("Interrupted") == 2
    # As if nothing had happened.
    again = curve(server.api, "again", **{key: value for key, value in definition.items() if key != "name"})
    assert [point["values"] for point in again["points"]] == [point["values"] for point in found["points"]]


def has_values(server: Server, count: int) -> bool:
    return values(server.api, "killed") >= count


def values(api: Api, name: str) -> int:
    found = answered(api.get(f"/v1/learning-curves/{name}"), 200)
    return sum(value is not None for point in found["points"] for value in point["values"])


def test_a_stopped_curve_stops_its_jobs(api: Api) -> None:
    data = put(api, "stopped.csv", rows(3000, 0.5))
    slow = training(data, num_round=20000, max_depth=10)
    answered(api.post("/v1/learning-curves", json={"name": "stopped", "training": slow}), 201)
    until(lambda: api.get("/v1/training-jobs/stopped-10-1").status_code == 200, "a job begins")
    answered(api.post("/v1/learning-curves/stopped/stop"), 202)
    assert ended(api, "stopped")["state"]["status"] == "Stopped"
    jobs = answered(api.get("/v1/training-jobs", params={"name_contains": "stopped-"}), 200)["jobs"]
    assert {job["state"]["status"] for job in jobs} == {"Stopped"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"percents": [50]}, "percents"),
        ({"percents": [50, 10, 100]}, "percents"),
        ({"percents": [0, 100]}, "percents"),
        ({"repeats": 0}, "repeats"),
        ({"holdout": 1}, "holdout"),
        ({"metric": "profit"}, "direction"),
        ({"job": "nope"}, "training"),
        ({"training": None}, "training"),
        ({"name": "-"}, "name"),
        ({"name": "n" * 49}, "name"),
        ({"nome": "x"}, "body"),
    ],
)
def test_a_wrong_definition_names_its_field(api: Api, wrong: dict[str, Any], field: str | None) -> None:
    data = put(api, "wrong.csv", rows(30, 1))
    answer = api.post("/v1/learning-curves", json={"name": "wrong", "training": training(data)} | wrong)
    refused(answer, 400, field)


def test_data_that_cannot_be_sampled_is_refused(api: Api) -> None:
    data = put(api, "sampled.csv", "1,2\n" * 10)
    binary = training(data)
    binary["channels"][0]["content_type"] = "application/x-recordio-protobuf"
    answer = api.post("/v1/learning-curves", json={"name": "binary", "training": binary})
    refused(answer, 400, "training.channels", "lines of text")
    found = curve(api, "short", training=training(data))
    assert "lines of training data" in found["state"]["failure_reason"]
    nul = put(api, "nul.csv", "1,2\n" * 50 + "1,\0\n")
    assert "NUL" in curve(api, "nul", training=training(nul))["state"]["failure_reason"]
    bad = put(api, "bad.csv", "a,b\n" * 100)
    assert (
        "no training job of the curve succeeded" in curve(api, "bad", training=training(bad))["state"]["failure_reason"]
    )


def test_the_command_and_the_sdk(api: Api, tmp_path: Path) -> None:
    data = put(api, "told.csv", rows(400, 0.2))
    answered(api.post("/v1/training-jobs", json={"name": "told-job"} | training(data)), 201)
    command = Command(api.url, tmp_path)
    name = f"told-{time.time_ns()}"
    options = ["learning-curve", "--job", "told-job", "--name", name, "--repeats", "2", "--percents", "50,100"]
    done = command.run(*options, "--picture", "curve.svg")
    assert done.returncode == 0, done.stderr
    assert f"Started learning curve {name}." in done.stderr
    assert "validation:rmse, lower is better" in done.stdout
    assert (tmp_path / "curve.svg").read_text().startswith("<svg")
    assert "already exists" in command.fails(*options)
    assert name in command("job", "--kind", "learning-curve")

    client = roost.Client(api.url)
    made = client.draw_learning_curve(f"{name}-sdk", "told-job", repeats=2, percents=[50, 100]).wait(120)
    assert [point.percent for point in made.points()] == [50, 100]
    assert made.points()[0].metric is not None
    assert made.verdict() == client.learning_curve(name).verdict()
    assert str(made.summary()) in repr(made)
    assert made.picture() in made._repr_html_()
    assert len(made.to_dataframe()) == len(made.training_jobs()) == 3
    assert f"{name}-sdk" in [each.name() for each in client.list_learning_curves()]
