"""Custom algorithms that serve, as endpoints and as models."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import BINARY, Api, Server, answered, refused, until
from own_algorithms import ROLE, Account, add, algorithm, is_alive, serve, tarball


def test_algorithms_are_listed_and_removed(account: Account, tmp_path: Path) -> None:
    api = Api(account.url)
    listed = answered(api.get("/v1/algorithms"), 200)["algorithms"]
    (mean,) = [entry for entry in listed if entry["name"] == "mean"]
    assert (mean["trains"], mean["serves"]) == (True, True)
    add(account.url, "gone", algorithm(tmp_path / "gone", "pass"))
    answered(api.delete("/v1/algorithms/gone"), 200)
    refused(api.delete("/v1/algorithms/gone"), 404, "algorithm", "There is no algorithm 'gone'")
    refused(api.put("/v1/algorithms/xgboost", data=b"x"), 409, "algorithm", "built-in")
    refused(api.put("/v1/algorithms/bad", data=b"no archive"), 400, "body", "The archive cannot be read")
    hostile = io.BytesIO()
    with tarfile.open(fileobj=hostile, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../train"))
    refused(api.put("/v1/algorithms/bad", data=hostile.getvalue()), 400, "body", "outside its own folder")
    empty = io.BytesIO()
    with tarfile.open(fileobj=empty, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("readme"))
    refused(api.put("/v1/algorithms/bad", data=empty.getvalue()), 400, "body", "no program 'train'")


SERVES_ITS_NUMBER = """#!/usr/bin/env python3
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        # Neither a length nor chunks: the end of the connection is the end of the answer.
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())


ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


def test_a_program_that_serves_lives_as_long_as_its_endpoint(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server()
    account = Account(server.url)
    folder = tmp_path / "numbers"
    folder.mkdir()
    (folder / "serve").write_text(SERVES_ITS_NUMBER)
    (folder / "serve").chmod(0o755)
    add(server.url, "numbers", folder)
    account.put("model.tar.gz", tarball({"m": "x"}))
    serve(account, "numbers", "numbers", "s3://jobs/model.tar.gz")

    def number(account: Account) -> int:
        answer = account.runtime.invoke_endpoint(EndpointName="numbers", ContentType="text/csv", Body=b"1")
        return int(answer["Body"].read())

    first = number(account)
    os.kill(first, signal.SIGKILL)
    until(lambda: not is_alive(first), "it is gone")
    second = number(account)
    assert second != first
    server.kill()
    until(lambda: not is_alive(second), "it ends with the server")
    server.start()
    account = Account(server.url)
    third = number(account)
    account.sagemaker.delete_endpoint(EndpointName="numbers")
    until(lambda: not is_alive(third), "it ends with the endpoint")
    assert server.stop() == 0


DIES_OF_A_REQUEST = SERVES_ITS_NUMBER.replace(
    "# Neither", "print('I am ill', flush=True)\n        os._exit(3)\n        # Neither"
)


# If the body is read completely, the connection is closed; if most of it is unread, the connection is reset.
@pytest.mark.parametrize("size", [1, 5_000_000])
def test_a_program_that_dies_of_a_request_is_at_fault_itself(account: Account, tmp_path: Path, size: int) -> None:
    name = f"dies-of-{size}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "serve").write_text(DIES_OF_A_REQUEST)
    add(account.url, name, folder)
    account.put("model.tar.gz", tarball({"m": "x"}))
    serve(account, name, name, "s3://jobs/model.tar.gz")
    with pytest.raises(account.runtime.exceptions.ModelError) as error:
        account.runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=b"1" * size)
    assert error.value.response["OriginalStatusCode"] == 500
    message = error.value.response["Error"]["Message"]
    assert "Received server error (500) from primary" in message
    assert "its program closed the connection" in message
    account.sagemaker.delete_endpoint(EndpointName=name)


def test_a_model_names_the_algorithm_that_serves_it(account: Account) -> None:
    api = Api(account.url)
    version = api.upload("own", tarball({"mean.json": '{"mean": 2}'}), algorithm="mean")
    assert (version["framework"], version["algorithm"]) == ("process", "mean")
    path = "/v1/models/own/versions"
    refused(
        api.post(path, data=tarball({}), params={"algorithm": "no"}), 400, "algorithm", "There is no algorithm 'no'"
    )
    refused(
        api.post(path, data=tarball({}), params={"framework": "process"}), 400, "algorithm", "requires an algorithm"
    )
    refused(api.post(path, data=b"none", params={"algorithm": "mean"}), 400, "body", "The archive cannot be read")


def test_an_algorithm_that_is_used_is_not_removed(account: Account, tmp_path: Path) -> None:
    api = Api(account.url)
    folder = tmp_path / "used"
    folder.mkdir()
    (folder / "serve").write_text(SERVES_ITS_NUMBER)
    add(account.url, "used", folder)
    account.put("model.tar.gz", tarball({"m": "x"}))
    serve(account, "served", "registry/used:1", "s3://jobs/model.tar.gz")
    api.upload("own-used", tarball({"m": "x"}), algorithm="used")
    pipeline = "The algorithm 'used' serves the deployed pipeline 'served' of workspace 'sagemaker'"
    native, model = "the model 'own-used' of workspace 'default'", "the model 'served' of workspace 'sagemaker'"
    path = "/v1/algorithms/used"
    refused(api.delete(path), 409, "algorithm", pipeline, native, model)
    done = subprocess.run(
        [str(BINARY), "algorithm", "remove", "used", "--url", account.url], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.startswith("Error: The algorithm 'used' serves")) == (1, True)
    account.sagemaker.delete_model(ModelName="served")
    answer = api.delete(path)
    refused(answer, 409, "algorithm", pipeline, native)
    assert model not in answer.json()["error"]["message"]
    account.sagemaker.delete_endpoint(EndpointName="served")
    api.upload("own-used", tarball({"mean.json": '{"mean": 2}'}), algorithm="mean")
    until(lambda: api.delete(path).status_code == 200, "the algorithm is removed once nothing uses it")


def test_a_program_that_does_not_start_says_why(account: Account, tmp_path: Path) -> None:
    folder = tmp_path / "not-starting"
    folder.mkdir()
    (folder / "serve").write_text("#!/bin/sh\necho no such luck\nexit 1\n")
    add(account.url, "not-starting", folder)
    account.put("model.tar.gz", tarball({"m": "x"}))
    container = {"Image": "not-starting", "ModelDataUrl": "s3://jobs/model.tar.gz"}
    account.sagemaker.create_model(ModelName="not-starting", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {
        "VariantName": "one",
        "ModelName": "not-starting",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    account.sagemaker.create_endpoint_config(EndpointConfigName="not-starting", ProductionVariants=[variant])
    account.sagemaker.create_endpoint(EndpointName="not-starting", EndpointConfigName="not-starting")

    def look() -> Any:
        endpoint = account.sagemaker.describe_endpoint(EndpointName="not-starting")
        return endpoint if endpoint["EndpointStatus"] != "Creating" else None

    endpoint = until(look, "the endpoint")
    assert endpoint["EndpointStatus"] == "Failed"
    assert "no such luck" in endpoint["FailureReason"]
