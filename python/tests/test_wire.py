from __future__ import annotations

import socket
from datetime import datetime, timezone
from pathlib import Path

import pandas
import pytest
from conftest import upload
from fake_server import FakeServer

import roost
import roost.object
from roost.release import requester


def test_nobody_there_says_where_and_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening: connections are refused
        monkeypatch.setenv("ROOST_URL", f"127.0.0.1:{taken.getsockname()[1]}/")
        with pytest.raises(roost.ServerUnreachableError, match=r"http://127\.0\.0\.1:\d+ .*refused.*roost serve"):
            roost.Client().list_workspaces()


def test_workspaces(client: roost.Client, server: FakeServer) -> None:
    assert client.get_current_workspace().name() == "default"
    workspace = client.set_current_workspace(client.create_workspace("fraud"))
    assert repr(workspace) == (
        "{'name': 'fraud', 'id': 2, 'archived': False, 'created_at': '2022-10-19T17:52:00.508852+00:00', "
        "'models': [], 'pipelines': []}"
    )
    assert [found.name() for found in client.list_workspaces()] == ["default", "fraud"]
    assert workspace in client.list_workspaces()
    assert "<td>fraud</td>" in client.list_workspaces()._repr_html_()
    with pytest.raises(roost.APIError) as error:
        client.create_workspace("fraud")
    assert (error.value.code, error.value.field, error.value.status) == ("conflict", "name", 409)


def test_models_are_streamed_and_found_again(client: roost.Client, server: FakeServer, tmp_path: Path) -> None:
    model = upload(client, tmp_path, "housing")
    assert server.requests[-1] == (
        "POST",
        f"/v1/models/housing/versions?workspace=default&by={requester()}",
        b"PK model",
    )
    assert (model.name(), model.framework(), model.sha()) == ("housing", "tensorflow", "ab" * 32)
    assert model.configure("tensorflow") is model.configure() is model
    with pytest.raises(roost.InvalidInputError, match="is of framework tensorflow, not onnx"):
        model.configure("onnx")
    assert str(100 > model.outputs[0][0]) == "housing.outputs[0][0] < 100"
    assert str(model.inputs[0][1] > 0) == "inputs[0][1] > 0"
    again = upload(client, tmp_path, "housing")
    assert [found.version() for found in client.models_by_name("housing")] == [again.version(), model.version()]
    assert client.model_by_name("housing").version() == again.version()
    assert [found.version() for found in client.list_models()] == [again.version()]
    assert again.version() in client.list_models()._repr_html_()


def test_files_that_are_missing_are_named(client: roost.Client, model: roost.Model, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"file 'nowhere\.onnx' does not exist"):
        client.upload_model("m", "nowhere.onnx")
    with pytest.raises(roost.MissingFileError, match="is a folder"):
        client.upload_model("m", tmp_path)
    with pytest.raises(roost.MissingFileError):
        client.build_pipeline("p").infer_from_file("nowhere.json")


def test_a_name_that_does_not_exist(client: roost.Client) -> None:
    for ask in (client.pipelines_by_name, client.get_workspace, client.models_by_name):
        with pytest.raises(roost.object.EntityNotFoundError) as error:
            ask("nobody")
        assert (error.value.status, error.value.code) == (404, "not_found")
    with pytest.raises(roost.InvalidInputError):
        client.pipelines_by_name("..")


def test_deploy_waits_and_prints(
    client: roost.Client, server: FakeServer, model: roost.Model, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = client.build_pipeline("p")
    assert "<tr><th>deployed</th> <td>(none)</td></tr>" in pipeline._repr_html_()
    assert pipeline.status()["state"] == "Stopped"
    with pytest.raises(roost.InvalidInputError, match="no steps"):
        pipeline.deploy()
    assert pipeline.add_model_step(model).deploy() is pipeline
    assert capsys.readouterr().out == "Waiting for deployment - this will take up to 45s ..... ok\n"
    assert pipeline._repr_html_() == (
        "<table><tr><th>name</th> <td>p</td></tr><tr><th>created</th> <td>2022-10-19 17:52:00.508852+00:00</td></tr>"
        "<tr><th>last_updated</th> <td>2022-10-19 17:52:01.298216+00:00</td></tr>"
        "<tr><th>deployed</th> <td>True</td></tr><tr><th>tags</th> <td></td></tr>"
        "<tr><th>steps</th> <td>housing</td></tr></table>"
    )
    assert pipeline.undeploy() is pipeline
    assert capsys.readouterr().out == "Waiting for undeployment - this will take up to 45s ..... ok\n"
    assert "'deployed': False" in repr(pipeline)


def test_an_unchanged_definition_is_not_sent_again(
    client: roost.Client, server: FakeServer, model: roost.Model
) -> None:
    client.build_pipeline("p").add_model_step(model).deploy()
    server.requests.clear()
    client.build_pipeline("p").add_model_step(model).deploy()
    assert [address for address, _ in server.sent("PUT")] == ["/v1/pipelines/p/deployment"]


def test_a_deployment_that_fails_says_why(
    client: roost.Client, server: FakeServer, model: roost.Model, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fault = "The model needs a runtime that is not installed."
    with pytest.raises(roost.DeploymentError, match="not installed"):
        client.build_pipeline("p").add_model_step(model).deploy()
    assert capsys.readouterr().out == "Waiting for deployment - this will take up to 45s ..... fail\n"


def test_undeploying_what_never_ran_is_fine(client: roost.Client) -> None:
    client.build_pipeline("p").undeploy()


def test_an_inference_carries_its_headers_and_id(client: roost.Client, server: FakeServer, model: roost.Model) -> None:
    pipeline = client.build_pipeline("p").add_model_step(model).deploy()
    (result,) = pipeline.infer({"tensor": [[1, 2]]}, headers={"session_id": "abc"})
    assert (result.id, result.input_data()) == ("inference-1", {"tensor": [[1, 2]]})
    assert server.headers[-1]["session_id"] == "abc"
    assert pipeline.url() == f"{server.url}/v1/pipelines/p/infer"
    (result,) = pipeline.infer(pandas.DataFrame({"x": [1.0], "y": [2.0]}))
    assert result.input_data() == {"tensor": [[1, 2]]}


def test_the_log_is_asked_for_with_its_parameters(client: roost.Client, server: FakeServer, tmp_path: Path) -> None:
    pipeline = client.build_pipeline("p")
    start = datetime(2024, 1, 2, tzinfo=timezone.utc)
    assert pipeline.logs(start=start, end=1700000000000, valid=False) == []
    assert server.requests[-1][1] == (
        "/v1/pipelines/p/logs?limit=100&start=2024-01-02T00%3A00%3A00.000000Z&end=1700000000000&valid=false"
    )
    server.entries = [{"id": "one"}, {"id": "two"}]
    assert pipeline.export_logs(tmp_path / "log.jsonl", model="m").read_text() == '{"id": "one"}\n{"id": "two"}\n'
    assert server.requests[-1][1] == "/v1/pipelines/p/logs/export?model=m"
    assert [file.name for file in tmp_path.iterdir()] == ["log.jsonl"]


def test_tags(client: roost.Client) -> None:
    assert client.build_pipeline("p").add_tag("live").tags == ["live"]


def test_a_space_in_a_query_is_not_sent_as_a_plus_sign(client: roost.Client, server: FakeServer) -> None:
    client._connection.request("GET", "/v1/models", params={"workspace": "a b+c/ä", "limit": None})
    assert server.requests[-1][1] == "/v1/models?workspace=a%20b%2Bc%2F%C3%A4"
