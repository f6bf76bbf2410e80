from __future__ import annotations

import pytest
from fake_server import FakeServer

import roost

DATA = {"train": "s3://data/train", "validation": "s3://data/validation"}


def test_a_training_job_is_started_and_waited_for(
    client: roost.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    job = client.train(
        "trees",
        "xgboost",
        DATA,
        "s3://data/out",
        hyperparameters={"num_round": 10, "eta": 0.1},
        content_type="text/csv",
    )
    (address, body) = server.sent("POST")[-1]
    assert address == "/v1/training-jobs"
    assert body["hyperparameters"] == {"num_round": "10", "eta": "0.1"}
    assert body["channels"] == [{"name": name, "uri": uri, "content_type": "text/csv"} for name, uri in DATA.items()]
    assert "max_runtime" not in body
    assert (job.status(), job.is_over(), job.metrics(), job.model_uri()) == ("InProgress", False, {}, None)
    assert job.wait(timeout=10, show=True) is job
    assert job.status() == "Completed"
    assert capsys.readouterr().out == "line 0\nline 1\nline 2\n"
    assert job.logs()[:3] == ["line 0", "line 1", "line 2"]
    assert client.training_job("trees").name() == "trees"
    assert [found.name() for found in client.list_training_jobs(status="Completed")] == ["trees"]
    assert "<th>status</th> <td>Completed</td>" in job._repr_html_()


def test_lines_are_followed_until_the_end(client: roost.Client, server: FakeServer) -> None:
    job = client.train("trees", "xgboost", DATA, "s3://data/out")
    assert list(job.follow()) == ["line 0", "line 1", "line 2"]
    assert job.is_over()


def test_a_job_that_fails_says_why(client: roost.Client, server: FakeServer) -> None:
    server.fault = "ClientError: column 3 is not a number."
    job = client.transform("t", "m", "s3://data/in", "s3://data/out")
    with pytest.raises(roost.JobError, match="column 3 is not a number"):
        job.wait()
    assert job.failure_reason() == server.fault


def test_a_job_is_stopped(client: roost.Client, server: FakeServer) -> None:
    job = client.train("trees", "xgboost", DATA, "s3://data/out").stop()
    assert job.status() == "Stopped"
    with pytest.raises(roost.JobError, match="was stopped"):
        job.wait()


def test_waiting_ends_in_time(client: roost.Client, server: FakeServer) -> None:
    job = client.train("trees", "xgboost", DATA, "s3://data/out")
    with pytest.raises(roost.RequestTimeoutError, match="is still running"):
        job.wait(timeout=0)


def test_ranges_are_told_apart_by_their_values(client: roost.Client, server: FakeServer) -> None:
    job = client.tune(
        "search",
        "xgboost",
        DATA,
        "s3://data/out",
        {"max_depth": (2, 8), "eta": (0.01, 0.5), "booster": ["gbtree", "dart"]},
        "validation:rmse",
        logarithmic=["eta"],
        seed=7,
        hyperparameters={"num_round": 10},
    )
    body = server.sent("POST")[-1][1]
    assert body["ranges"] == [
        {"name": "max_depth", "type": "integer", "min": 2, "max": 8, "scaling": "Auto"},
        {"name": "eta", "type": "continuous", "min": 0.01, "max": 0.5, "scaling": "Logarithmic"},
        {"name": "booster", "type": "categorical", "values": ["gbtree", "dart"]},
    ]
    assert body["objective"] == {"metric": "validation:rmse", "direction": "Minimize"}
    assert (body["seed"], body["training"]["hyperparameters"]) == (7, {"num_round": "10"})
    assert (job.best(), job.best_value()) == (None, None)
    client.train("search-001", "xgboost", DATA, "s3://data/out")
    server.jobs["tuning-jobs", "search"] |= {"best": "search-001", "best_value": 0.5}
    best = job.refresh().best()
    assert best is not None
    assert (best.name(), job.best_value()) == ("search-001", 0.5)
    assert [trial.name() for trial in job.trials()] == ["search-001"]
    with pytest.raises(roost.InvalidInputError, match="'eta'"):
        client.tune("s", "xgboost", DATA, "s3://d/o", {"eta": (1, 2, 3)}, "m")  # type: ignore[dict-item]


def test_a_transform_job_names_the_model_and_its_workspace(
    client: roost.Client, server: FakeServer, model: roost.Model
) -> None:
    job = client.transform("t", model, "s3://data/in", "s3://data/out", input_filter="$[1:]", join=True)
    body = server.sent("POST")[-1][1]
    assert (body["model"], body["workspace"], body["join"]) == ("housing", "default", "Input")
    assert body["input_filter"] == "$[1:]"
    assert "accept" not in body
    assert (body["split"], body["assemble"]) == ("Line", "Line")
    assert job.progress() == {"records": 0}
    assert client.transform_job("t").name() == "t"
    with pytest.raises(roost.object.EntityNotFoundError):
        client.tuning_job("nobody")
