from __future__ import annotations

from pathlib import Path

import pytest
from conftest import upload
from fake_server import FakeServer

import roost


def steps(pipeline: roost.Pipeline) -> str:
    return str(pipeline.describe()["steps"])


def validations(server: FakeServer) -> list[str]:
    return [validation["name"] for validation in server.pipelines["p"]["version"]["validations"]]


@pytest.fixture
def other(client: roost.Client, tmp_path: Path) -> roost.Model:
    return upload(client, tmp_path, "other")


def test_a_new_pipeline_is_created_at_once_and_extended_by_each_step(
    client: roost.Client, server: FakeServer, model: roost.Model, other: roost.Model
) -> None:
    pipeline = client.build_pipeline("p")
    assert server.pipelines["p"]["version"]["steps"] == []
    assert steps(pipeline.add_model_step(model).add_model_step(other)) == "housing, other"


@pytest.mark.parametrize("again", ["build_pipeline", "pipelines_by_name", "list_pipelines", "the same object"])
def test_the_first_step_on_a_known_pipeline_starts_over(
    client: roost.Client, server: FakeServer, model: roost.Model, other: roost.Model, again: str
) -> None:
    first = client.build_pipeline("p").add_model_step(model).add_validation("old", model.outputs[0][0] < 1).deploy()
    pipeline = {
        "build_pipeline": lambda: client.build_pipeline("p"),
        "pipelines_by_name": lambda: client.pipelines_by_name("p")[0],
        "list_pipelines": lambda: client.list_pipelines()[0],
        "the same object": lambda: first,
    }[again]()
    assert steps(pipeline) == "housing"
    pipeline.add_validation("new", other.outputs[0][0] < 1)
    pipeline.add_model_step(other).add_model_step(model).deploy()
    assert steps(pipeline) == "other, housing"
    assert validations(server) == ["new"]


def test_replacing_and_removing_change_what_is_there(
    client: roost.Client, server: FakeServer, model: roost.Model, other: roost.Model
) -> None:
    client.build_pipeline("p").add_model_step(model).add_validation("old", model.outputs[0][0] < 1).deploy()
    pipeline = client.build_pipeline("p").replace_with_model_step(0, other).add_model_step(model)
    assert steps(pipeline) == "other, housing"
    assert steps(pipeline.remove_step(0)) == "housing"
    pipeline.deploy()
    assert validations(server) == ["old"]
    assert steps(pipeline.clear()) == ""
    with pytest.raises(IndexError):
        pipeline.remove_step(0)


def test_new_weights_keep_the_rest_of_the_definition(
    client: roost.Client, server: FakeServer, model: roost.Model, other: roost.Model
) -> None:
    client.build_pipeline("p").add_random_split([(9, model), (1, other)], "session_id").set_goal("errors").deploy()
    client.build_pipeline("p").replace_with_random_split(0, [(1, model), (1, other)], "session_id").deploy()
    version = server.pipelines["p"]["version"]
    assert [each["weight"] for each in version["steps"][0]["random_split"]["models"]] == [1, 1]
    assert version["goal"] == {"metric": "errors"}


def test_a_validation_replaces_the_one_of_its_name(client: roost.Client, model: roost.Model) -> None:
    pipeline = client.build_pipeline("p").add_model_step(model)
    pipeline.add_validation("a", model.outputs[0][0] < 1).add_validation("b", "inputs[0][0] > 0")
    pipeline.add_validation("a", model.outputs[0][0] < 2)
    assert pipeline._definition.validations == [
        {"name": "a", "expression": "housing.outputs[0][0] < 2"},
        {"name": "b", "expression": "inputs[0][0] > 0"},
    ]
    with pytest.raises(roost.InvalidInputError):
        pipeline.add_validation("c", model.outputs[0][0] + 1)
    with pytest.raises(roost.InvalidInputError):
        pipeline.add_validation("c", True)  # type: ignore[arg-type]


def test_each_step_is_sent_in_the_servers_form(
    client: roost.Client, server: FakeServer, model: roost.Model, other: roost.Model
) -> None:
    first, second = (f"{m.name()}@{m.version()}" for m in (model, other))
    pipeline = client.build_pipeline("p").add_model_step(model).add_random_split([(2, model), (1, other)], "session_id")
    pipeline.add_random_split([(0.5, other)]).add_key_split(other, "country", {"de": model})
    pipeline.add_key_split(other, "group", {"b": model}, shares={"b": 0.1})
    pipeline.add_shadow_deploy(model, [other]).deploy()
    assert server.sent("PUT")[0] == (
        "/v1/pipelines/p",
        {
            "name": "p",
            "workspace": "default",
            "steps": [
                {"model": first},
                {
                    "random_split": {
                        "hash_key": "session_id",
                        "models": [{"model": first, "weight": 2}, {"model": second, "weight": 1}],
                    }
                },
                {"random_split": {"models": [{"model": second, "weight": 0.5}]}},
                {"key_split": {"key": "country", "default": second, "models": {"de": first}}},
                {"key_split": {"key": "group", "default": second, "models": {"b": first}, "shares": {"b": 0.1}}},
                {"shadow_deploy": {"champion": first, "challengers": [second]}},
            ],
            "validations": [],
        },
    )
    assert steps(pipeline) == "housing, housing, other, other, other, housing"
    assert "<th>challengers</th> <td>other</td>" in pipeline._repr_html_()


def test_mistaken_steps_are_refused(client: roost.Client, model: roost.Model) -> None:
    pipeline = client.build_pipeline("p")
    for mistake in ([], [(model, 2)], [(-1, model)], [(True, model)], [model]):
        with pytest.raises(roost.InvalidInputError):
            pipeline.add_random_split(mistake)  # type: ignore[arg-type]
    with pytest.raises(roost.InvalidInputError, match="model_by_name"):
        pipeline.add_model_step("housing")  # type: ignore[arg-type]
    with pytest.raises(roost.InvalidInputError):
        pipeline.add_key_split(model, "country", [model])  # type: ignore[arg-type]


def test_a_model_of_another_workspace_is_refused(client: roost.Client, tmp_path: Path) -> None:
    pipeline = client.build_pipeline("p")
    client.set_current_workspace(client.create_workspace("fraud"))
    with pytest.raises(roost.InvalidInputError, match="workspace 'fraud', but the pipeline is in 'default'"):
        pipeline.add_model_step(upload(client, tmp_path, "elsewhere"))
