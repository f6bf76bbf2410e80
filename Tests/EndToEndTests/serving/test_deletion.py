"""Models, pipelines, workspaces and logs are deleted, unless something needs them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import aws
import pytest
from harness import DATA, MODELS, Api, Server, answered, refused, until
from small_onnx import failing_model

import roost

FRAUD: list[list[float]] = json.loads((DATA / "fraud.json").read_text())["tensor"]
INPUT = {"tensor": FRAUD}


@pytest.fixture
def own(start_server: Callable[..., Server]) -> Server:
    """A server with two versions of the model `m`, each in a version of the pipeline `p`, of which the newer is deployed."""
    server = start_server()
    for artifact in ("fraud-dense.onnx", "fraud-dense-2.onnx"):
        version = server.api.upload("m", artifact)
        server.api.serve("p", [f"m@{version['id']}"])
    return server


def versions(api: Api, pipeline: str) -> list[str]:
    """Returns the IDs of a pipeline's versions, newest first."""
    return [version["id"] for version in answered(api.get(f"/v1/pipelines/{pipeline}/versions"), 200)["versions"]]


def artifacts(server: Server) -> list[str]:
    return sorted(path.name for path in (server.data / "objects" / "sha256").rglob("*") if path.is_file())


def deleted(api: Api, path: str, **query: str) -> Any:
    return answered(api.delete(path, params=query), 200)


def test_a_model_that_a_pipeline_uses_is_kept(own: Server) -> None:
    api = own.api
    newer, older = [version["id"] for version in answered(api.get("/v1/models/m"), 200)["versions"]]
    before = own.api.listing(), artifacts(own)
    for query in ({}, {"force": "true"}, {"force": "true", "log": "true"}):
        refused(api.delete("/v1/models/m", params=query), 409, None, "in use by the deployed pipeline 'p'")
        refused(api.delete(f"/v1/models/m/versions/{newer}", params=query), 409, None, "the deployed pipeline 'p'.")
        # The rollback goes to it.
        refused(api.delete(f"/v1/models/m/versions/{older}", params=query), 409, None, "can be rolled back to")
        refused(api.delete("/v1/pipelines/p", params=query), 409, None, "Pipeline 'p'", "the deployed pipeline 'p'")
    assert (own.api.listing(), artifacts(own)) == before
    assert api.infer("p", INPUT)["model_version"] == newer


def test_a_model_goes_with_the_versions_that_only_refer_to_it(own: Server) -> None:
    api = own.api
    third = api.upload("m", "fraud-trees.onnx")
    api.serve("p", [f"m@{third['id']}"])
    newest, _, oldest = versions(api, "p")
    first = answered(api.get("/v1/models/m"), 200)["versions"][-1]["id"]
    path = f"/v1/models/m/versions/{first}"
    refused(api.delete(path), 409, "force", f"version {oldest[:8]} of pipeline 'p'", "force=true")
    kept = artifacts(own)
    gone = deleted(api, path, force="true")
    assert gone["model_versions"] == [f"m@{first}"]
    assert gone["pipeline_versions"] == [f"p@{oldest}"]
    assert gone["models"] == gone["pipelines"] == []
    assert gone["freed_bytes"] > 0
    assert len(artifacts(own)) == len(kept) - 1
    assert oldest not in versions(api, "p")
    assert versions(api, "p")[0] == newest
    refused(api.get(path), 404, "version", first)
    refused(api.delete(path), 404, "version")
    assert "previous_version" in answered(api.get("/v1/pipelines/p/deployment"), 200)
    assert api.infer("p", INPUT)["model_version"] == third["id"]


def test_a_name_can_be_used_again_with_a_new_history(own: Server) -> None:
    api = own.api
    api.infer("p", INPUT)
    api.post("/v1/pipelines/p/ground-truth", json={"labels": [{"id": api.logs("p")[0]["id"], "label": 1}]})
    api.put("/v1/pipelines/p/tags/mine")
    api.undeploy("p")
    assert 'pipeline="p"' in api.get("/metrics").text
    refused(api.delete("/v1/pipelines/p"), 409, "log", "without the log of pipeline 'p'")
    refused(api.delete("/v1/pipelines/p", params={"force": "true"}), 409, "log")
    gone = deleted(api, "/v1/pipelines/p", log="true")
    assert gone["pipelines"] == ["p"]
    assert len(gone["pipeline_versions"]) == 2
    for path in ("", "/deployment", "/versions", "/logs", "/quality", "/reports"):
        assert api.get(f"/v1/pipelines/p{path}").status_code == 404
    assert 'pipeline="p"' not in api.get("/metrics").text
    assert not list(own.data.glob("logs/p*"))
    assert not list(own.data.glob("labels/p*"))

    api.define("p", ["m"])
    assert answered(api.get("/v1/pipelines/p"), 200).get("deployment") is None
    assert answered(api.get("/v1/pipelines/p"), 200)["tags"] == []
    assert api.logs("p") == []
    api.deploy("p")
    api.infer("p", INPUT)
    assert len(api.logs("p")) == 1
    assert answered(api.get("/v1/pipelines/p/ground-truth"), 200)["labels"] == 0
    assert answered(api.get("/v1/pipelines/p/deployment"), 200).get("previous_version") is None


def test_a_deleted_pipeline_stays_deleted_after_a_restart(own: Server) -> None:
    own.api.undeploy("p")
    deleted(own.api, "/v1/pipelines/p")
    deleted(own.api, "/v1/models/m")
    own.stop()
    own.start()
    assert own.api.listing()[2]["pipelines"] == []
    assert artifacts(own) == []
    own.api.upload("m", "fraud-dense.onnx")
    own.api.serve("p", ["m"])


def test_the_last_version_takes_the_whole_with_it(own: Server) -> None:
    api = own.api
    api.undeploy("p")
    newer, older = versions(api, "p")
    assert deleted(api, f"/v1/pipelines/p/versions/{older[:8]}")["pipelines"] == []
    assert answered(api.get("/v1/pipelines/p/deployment"), 200).get("previous_version") is None
    assert deleted(api, f"/v1/pipelines/p/versions/{newer}")["pipelines"] == ["p"]
    first, second = [version["id"] for version in answered(api.get("/v1/models/m"), 200)["versions"]]
    assert deleted(api, f"/v1/models/m/versions/{second}")["models"] == []
    assert deleted(api, f"/v1/models/m/versions/{first}")["models"] == ["m"]
    assert api.get("/v1/models/m").status_code == 404


def test_the_deployed_version_and_the_one_before_are_kept(own: Server) -> None:
    api = own.api
    third = api.define("p", ["m"], [("v", "m.outputs[0][0] < 2")])["version"]["id"]
    for version in versions(api, "p")[1:]:
        for query in ({}, {"force": "true"}):
            refused(api.delete(f"/v1/pipelines/p/versions/{version}", params=query), 409, None, "deployed pipeline 'p'")
    refused(api.delete("/v1/pipelines/p/versions/previous"), 409, None, "rolled back to")
    assert deleted(api, f"/v1/pipelines/p/versions/{third}")["pipeline_versions"] == [f"p@{third}"]
    api.deploy("p", "previous")


def test_identical_bytes_stay_as_long_as_something_has_them(own: Server) -> None:
    api = own.api
    api.upload("twin", "fraud-dense.onnx")
    api.undeploy("p")
    deleted(api, "/v1/pipelines/p")
    gone = deleted(api, "/v1/models/m")
    assert gone["freed_bytes"] > 0
    assert len(artifacts(own)) == 1
    api.serve("q", ["twin"])
    api.infer("q", INPUT)
    api.undeploy("q")
    deleted(api, "/v1/pipelines/q", log="true")
    deleted(api, "/v1/models/twin")
    assert artifacts(own) == []


def test_uploads_and_deletions_of_the_same_bytes_at_the_same_time(own: Server) -> None:
    """Whatever the order, a version that is there can be loaded."""
    content = failing_model(29, "race")
    wrong: list[str] = []

    def change(name: str) -> None:
        api = Api(own.url)
        for _ in range(30):
            version = api.upload(name, content)["id"]
            answer = api.get(f"/v1/models/{name}/versions/{version}/artifact")
            if answer.content != content:
                wrong.append(f"{answer.status_code} {answer.text[:200]}")
            deleted(api, f"/v1/models/{name}")

    threads = [threading.Thread(target=change, args=(f"race-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert len(artifacts(own)) == 2


def test_a_definition_and_a_deletion_at_the_same_time(own: Server) -> None:
    """Either the pipeline is defined, and the model stays, or the model is gone, and the definition is refused."""
    statuses: list[tuple[int, int]] = []
    for turn in range(15):
        name = f"contended-{turn}"
        own.api.upload(name, failing_model(29, name))
        answers: dict[str, int] = {}

        def define(name: str = name, answers: dict[str, int] = answers) -> None:
            definition = {"name": name, "steps": [{"model": name}]}
            answers["define"] = Api(own.url).put(f"/v1/pipelines/{name}", json=definition).status_code

        def delete(name: str = name, answers: dict[str, int] = answers) -> None:
            answers["delete"] = Api(own.url).delete(f"/v1/models/{name}").status_code

        threads = [threading.Thread(target=work) for work in (define, delete)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        statuses.append((answers["define"], answers["delete"]))
    assert set(statuses) <= {(201, 409), (404, 200)}, statuses


def test_workspaces(own: Server) -> None:
    api = own.api
    answered(api.post("/v1/workspaces", json={"name": "team"}), 201)
    api.upload("a", "fraud-dense.onnx", "team")
    api.define("team-p", ["a"], workspace="team")
    refused(api.delete("/v1/workspaces/team"), 409, "force", "contains model 'a', pipeline 'team-p'")
    api.deploy("team-p")
    refused(api.delete("/v1/workspaces/team", params={"force": "true"}), 409, None, "the deployed pipeline 'team-p'")
    api.infer("team-p", INPUT)
    api.undeploy("team-p")
    refused(api.delete("/v1/workspaces/team", params={"force": "true"}), 409, "log", "pipeline 'team-p'")
    gone = deleted(api, "/v1/workspaces/team", force="true", log="true")
    assert (gone["workspaces"], gone["models"], gone["pipelines"]) == (["team"], ["a"], ["team-p"])
    refused(api.get("/v1/workspaces/team"), 404, "workspace")
    refused(api.delete("/v1/workspaces/team"), 404, "workspace")
    refused(api.delete("/v1/workspaces/default", params={"force": "true"}), 409, "workspace", "'default'")
    answered(api.post("/v1/workspaces", json={"name": "team"}), 201)
    assert answered(api.get("/v1/workspaces/team"), 200)["models"] == []


def test_a_report_forbids_the_deletion_of_what_it_is_about(own: Server) -> None:
    api = own.api
    newer, older = [version["id"] for version in answered(api.get("/v1/models/m"), 200)["versions"]]
    split = {
        "models": [{"model": f"m@{older}", "weight": 1, "name": "a"}, {"model": f"m@{newer}", "weight": 1, "name": "b"}]
    }
    version = api.serve("ab", [{"random_split": split}])
    for _ in range(5):
        api.infer("ab", INPUT)
    report = answered(api.post("/v1/pipelines/ab/reports", json={"goal": {"metric": "outputs[0][0] > 0.5"}}), 201)["id"]
    api.serve("ab", [f"m@{newer}"])
    api.serve("ab", [f"m@{newer}"], [("v", "m.outputs[0][0] < 2")])
    path = f"/v1/pipelines/ab/versions/{version['id']}"
    refused(api.delete(path), 409, "force", f"report {report[:8]} on pipeline 'ab'")
    assert deleted(api, path, force="true")["reports"] == [report]
    assert api.get(f"/v1/reports/{report}").status_code == 404


def test_an_endpoint_keeps_its_pipeline_and_its_models(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api = server.api
    s3, sagemaker = (aws.client(service, server.url) for service in ("s3", "sagemaker"))
    s3.create_bucket(Bucket="models")
    s3.put_object(Bucket="models", Key="model.tar.gz", Body=(MODELS / "fraud-binary.tar.gz").read_bytes())
    container = {"Image": aws.XGBOOST, "ModelDataUrl": "s3://models/model.tar.gz"}
    sagemaker.create_model(ModelName="boosted", PrimaryContainer=container, ExecutionRoleArn=aws.ROLE)
    query = {"workspace": "sagemaker"}
    refused(api.delete("/v1/models/boosted", params=query), 409, None, "sagemaker-model 'boosted'")
    variant = {"VariantName": "v", "ModelName": "boosted", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    until(lambda: sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService", "in service")
    sagemaker.delete_model(ModelName="boosted")
    for force in ("false", "true"):
        more = query | {"force": force, "log": "true"}
        refused(api.delete("/v1/models/boosted", params=more), 409, None, "endpoint 'e'")
        more.pop("workspace")
        refused(api.delete("/v1/pipelines/e", params=more), 409, None, "endpoint 'e'")
        refused(api.delete("/v1/workspaces/sagemaker", params=more), 409, None if force == "true" else "force")
    sagemaker.delete_endpoint(EndpointName="e")
    until(lambda: sagemaker.list_endpoints()["Endpoints"] == [], "the endpoint is gone")
    gone = deleted(api, "/v1/models/boosted", force="true", **query)
    assert (gone["models"], gone["pipelines"]) == (["boosted"], ["e"])


def test_a_log_is_deleted_while_its_pipeline_answers(own: Server) -> None:
    api = own.api
    for _ in range(3):
        api.infer("p", INPUT)
    assert len(api.logs("p")) == 3
    assert deleted(api, "/v1/pipelines/p/logs") == {"entries": 3, "labels": 0}
    assert api.logs("p") == []
    assert deleted(api, "/v1/pipelines/p/logs") == {"entries": 0, "labels": 0}
    api.infer("p", INPUT)
    assert len(api.logs("p")) == 1
    refused(api.delete("/v1/pipelines/missing/logs"), 404, "pipeline")


def test_bad_requests(own: Server) -> None:
    api = own.api
    refused(api.delete("/v1/models/missing"), 404, "model", "'missing'")
    refused(api.delete("/v1/models/m", params={"workspace": "nowhere"}), 404, "workspace")
    refused(api.delete("/v1/models/..%2F..%2Fm"), 400, "model")
    refused(api.delete("/v1/pipelines/..%2Fp"), 400, "pipeline")
    refused(api.delete("/v1/pipelines/p/versions/nothing"), 404, "version")
    refused(api.delete("/v1/pipelines/p", params={"force": "yes"}), 400, "force", "'yes'")
    refused(api.delete("/v1/pipelines/p", params={"recursive": "true"}), 400, "recursive")
    assert api.infer("p", INPUT)


def test_the_sdk_deletes(own: Server) -> None:
    client = roost.Client(own.url)
    pipeline = client.pipelines_by_name("p")[0]
    with pytest.raises(roost.APIError, match="in use by the deployed pipeline 'p'") as refusal:
        pipeline.delete()
    assert refusal.value.code == "conflict"
    pipeline.infer(INPUT)
    pipeline.undeploy()
    assert pipeline.delete_all_logs() == {"entries": 1, "labels": 0}
    older = pipeline.versions()[1].id()
    assert client.delete_pipeline("p", older[:8]).pipeline_versions == [f"p@{older}"]
    assert pipeline.delete().pipelines == ["p"]
    model = client.models_by_name("m")[1]
    assert model.delete().model_versions == [f"m@{model.version()}"]
    assert client.delete_model("m").models == ["m"]
    client.create_workspace("sdk")
    assert client.delete_workspace("sdk").workspaces == ["sdk"]
