"""Versions are named by ID, by tag, and by the beginning of an ID, and equal uploads are one version."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import aws
import pytest
from command import Command
from harness import DATA, MODELS, Api, Server, answered, refused
from small_onnx import failing_model

import roost

INPUT = {"tensor": json.loads((DATA / "fraud.json").read_text())["tensor"]}


def test_a_model_version_is_named_in_three_ways(api: Api) -> None:
    older = api.upload("named", "fraud-dense.onnx")["id"]
    newer = api.upload("named", "fraud-dense-2.onnx")["id"]
    path = "/v1/models/named/versions"
    answered(api.put(f"{path}/{older[:4]}/tags/production"), 200)
    for name in (older, older.upper(), older[:4], older[:13], "production"):
        assert answered(api.get(f"{path}/{name}"), 200)["id"] == older
        assert api.get(f"{path}/{name}/artifact").content == (MODELS / "fraud-dense.onnx").read_bytes()
        # The stored version is exact.
        steps = api.define("named", [f"named@{name}"])["version"]["steps"]
        assert steps == [{"model": f"named@{older}"}]
    answered(api.put(f"{path}/{newer}/tags/production"), 200)
    refused(api.get(f"{path}/production"), 400, "version", "several versions of model 'named'", older, newer)
    # The definition does not follow the tag.
    assert answered(api.get("/v1/pipelines/named"), 200)["version"]["steps"] == [{"model": f"named@{older}"}]
    answered(api.delete(f"{path}/{older}/tags/production"), 200)
    assert answered(api.get(f"{path}/production"), 200)["id"] == newer
    for name in (older[:3], "Production", "nothing", "%25"):
        refused(api.get(f"{path}/{name}"), 404, "version", "Model 'named' in workspace 'default' has no version")
    definition = {"name": "named", "steps": [{"model": "named@"}]}
    refused(api.put("/v1/pipelines/named", json=definition), 404, "version")


def test_an_id_wins_over_a_tag_and_a_tag_over_the_beginning_of_an_id(api: Api) -> None:
    first = api.upload("ranked", "fraud-dense.onnx")["id"]
    second = api.upload("ranked", "fraud-dense-2.onnx")["id"]
    path = "/v1/models/ranked/versions"
    for tag in (first, first[:6]):
        answered(api.put(f"{path}/{second}/tags/{tag}"), 200)
    assert answered(api.get(f"{path}/{first}"), 200)["id"] == first
    assert answered(api.get(f"{path}/{first[:6]}"), 200)["id"] == second
    assert answered(api.get(f"{path}/{first[:5]}"), 200)["id"] == first


def test_a_pipeline_version_is_named_in_four_ways(api: Api) -> None:
    api.upload("versioned", "fraud-dense.onnx")
    older = api.serve("versioned", ["versioned"])["id"]
    path = "/v1/pipelines/versioned/versions"
    refused(api.get(f"{path}/previous"), 409, "version", "No other version")
    newer = api.serve("versioned", ["versioned"], [("v", "versioned.outputs[0][0] < 2")])["id"]
    assert answered(api.put(f"{path}/previous/tags/good"), 200)["tags"] == ["good"]
    for name in (older, older[:4], "good", "previous"):
        assert answered(api.get(f"{path}/{name}"), 200)["id"] == older
    assert api.deploy("versioned", "good")["version"] == older
    assert api.deploy("versioned", newer[:8])["version"] == newer
    assert [version["tags"] for version in answered(api.get(path), 200)["versions"]] == [[], ["good"]]
    answered(api.put(f"{path}/{newer}/tags/good"), 200)
    answer = api.put("/v1/pipelines/versioned/deployment", json={"version": "good"})
    refused(answer, 400, "version", "several versions of pipeline 'versioned'", older, newer)
    assert answered(api.delete(f"{path}/{older}/tags/good"), 200)["tags"] == []
    assert answered(api.get(f"{path}/good"), 200)["id"] == newer


def test_a_transform_job_runs_the_version_that_a_tag_named(api: Api) -> None:
    version = api.upload("transformed", "housing-regression.json")["id"]
    answered(api.put(f"/v1/models/transformed/versions/{version}/tags/production"), 200)
    s3 = aws.client("s3", api.url)
    s3.create_bucket(Bucket="transformed")
    s3.put_object(Bucket="transformed", Key="in/a.csv", Body=b"1,2,3,4,5,6,7,8\n")
    job = {
        "name": "transformed",
        "model": "transformed@production",
        "input": {"uri": "s3://transformed/in/", "content_type": "text/csv"},
        "output": "s3://transformed/out",
    }
    assert answered(api.post("/v1/transform-jobs", json=job), 201)["definition"]["model"] == f"transformed@{version}"
    job |= {"name": "not-transformed", "model": "transformed@nothing"}
    refused(api.post("/v1/transform-jobs", json=job), 404, "version")


def test_equal_uploads_are_one_version(api: Api) -> None:
    content = failing_model(29, "equal")
    path = "/v1/models/equal/versions"
    answers = []

    def upload() -> None:
        answers.append(Api(api.url).post(path, data=content))

    threads = [threading.Thread(target=upload) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(answered(api.get("/v1/models/equal"), 200)["versions"]) == 1

    first = answers[0].json()["id"]
    other = api.upload("equal", failing_model(29, "other"))["id"]
    assert api.upload("equal", content)["id"] == first
    # The newest version is still the newest.
    assert [version["id"] for version in answered(api.get("/v1/models/equal"), 200)["versions"]] == [other, first]
    assert api.upload("equal-2", content)["id"] != first


def test_another_configuration_is_another_version(api: Api) -> None:
    boosted = (MODELS / "fraud-binary.json").read_bytes()
    first = api.post("/v1/models/configured/versions", data=boosted)
    second = api.post("/v1/models/configured/versions?trees=best", data=boosted)
    again = api.post("/v1/models/configured/versions?framework=xgboost&trees=all", data=boosted)
    if second.status_code == 201:
        assert second.json()["id"] != first.json()["id"]
    assert again.status_code == 200
    assert again.json()["id"] == first.json()["id"]


def test_the_command_and_the_sdk(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    roost_command = Command(server.url, tmp_path)
    dense, other = (str(MODELS / name) for name in ("fraud-dense.onnx", "fraud-dense-2.onnx"))
    first = roost_command.json("model", "upload", "m", dense)["id"]
    assert roost_command("model", "upload", "m", dense).startswith(f"The file is already m@{first} (onnx")
    second = roost_command.json("model", "upload", "m", other)["id"]
    again = roost_command("model", "upload", "m", dense)
    assert f"'m' alone still means the newest version, m@{second}" in again
    roost_command("model", "tag", f"m@{first[:6]}", "production")
    roost_command("model", "download", "m@production", "copy.onnx")
    assert (tmp_path / "copy.onnx").read_bytes() == Path(dense).read_bytes()
    assert "has no version 'nothing'" in roost_command.fails("model", "download", "m@nothing", "copy.onnx")

    client = roost.Client(server.url)
    assert client.model_by_name("m", "production").version() == first
    pipeline = client.build_pipeline("p").add_model_step(client.model_by_name("m", first[:5])).deploy()
    older = pipeline.versions()[0].id()
    pipeline.add_model_step(client.model_by_name("m")).deploy()
    pipeline.add_tag("good", version="previous")
    assert pipeline.version("good").tags == ["good"]
    assert "good" in roost_command("pipeline", "versions", "p")
    assert pipeline.rollback(to="good").status()["version"] == older
    with pytest.raises(roost.EntityNotFoundError, match="has no version 'missing'"):
        pipeline.rollback(to="missing")
    roost_command("pipeline", "tag", "p", "bad", "--version", "previous")
    roost_command("pipeline", "rollback", "p", "--to", "bad")
    roost_command("pipeline", "untag", "p", "bad", "--version", "bad")

    assert "in use by the deployed pipeline 'p'" in roost_command.fails("model", "delete", "m")
    roost_command("pipeline", "undeploy", "p")
    assert "is needed by version" in roost_command.fails("model", "delete", "m")
    assert roost_command("pipeline", "delete", "p", "--version", "good") == f"Deleted pipeline version p@{older}\n"
    lines = roost_command("model", "delete", "m", "--force").splitlines()
    # The version without steps, from which the SDK builds a pipeline, needs no model.
    assert lines[0].startswith("Deleted pipeline version p@")
    assert lines[1] == "Deleted model m (2 versions)"
    assert lines[2].startswith("Freed ")
    assert roost_command("pipeline", "delete", "p") == "Deleted pipeline p (1 version)\n"
    roost_command("workspace", "create", "team")
    assert roost_command("workspace", "delete", "team") == "Deleted workspace team\n"
    assert roost_command.run("logs", "delete", "p").returncode != 0
