"""An endpoint has its own copy of the code that serves it, which changes to the original do not affect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Api, Server, answered
from own_algorithms import Account, add, deploy, serve, tarball

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.1-cpu-py310"
CODE = "s3://jobs/code/sourcedir.tar.gz"
ENVIRONMENT = {"SAGEMAKER_PROGRAM": "serving.py", "SAGEMAKER_SUBMIT_DIRECTORY": CODE}


def put_script(account: Account, word: str) -> None:
    """Stores the code of a script that responds with a word."""
    script = f"def model_fn(folder):\n    pass\ndef transform_fn(*_):\n    return '{word}', 'text/plain'\n"
    account.put("code/sourcedir.tar.gz", tarball({"serving.py": script}))


def add_program(url: str, folder: Path, word: str) -> None:
    """Adds the algorithm `word`, whose program `serve` responds with a word."""
    folder.mkdir(exist_ok=True)
    (folder / "serve").write_text(SERVES_A_WORD.replace("WORD", word))
    add(url, "word", folder)


SERVES_A_WORD = """#!/usr/bin/env python3
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        self.do_GET()
        self.wfile.write(b"WORD")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


def word(account: Account, endpoint: str) -> str:
    answer = account.runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=b"1")
    text: str = answer["Body"].read().decode()
    return text


def restarted(server: Server) -> Account:
    server.kill()
    server.start()
    return Account(server.url)


def test_a_script_outlives_its_object(start_server: Callable[..., Server]) -> None:
    server = start_server()
    account = Account(server.url)
    account.put("model.tar.gz", tarball({"m": "x"}))
    put_script(account, "first")
    serve(account, "first", IMAGE, "s3://jobs/model.tar.gz", ENVIRONMENT)
    put_script(account, "second")
    serve(account, "second", IMAGE, "s3://jobs/model.tar.gz", ENVIRONMENT)
    account = restarted(server)
    assert (word(account, "first"), word(account, "second")) == ("first", "second")
    account.s3.delete_object(Bucket="jobs", Key="code/sourcedir.tar.gz")
    account.sagemaker.delete_model(ModelName="first")
    account = restarted(server)
    assert (word(account, "first"), word(account, "second")) == ("first", "second")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, f"The object {CODE} with the model's code does not exist"), (b"no archive", "The code in")],
)
def test_an_endpoint_without_its_code_says_so(account: Account, content: bytes | None, reason: str) -> None:
    account.put("model.tar.gz", tarball({"m": "x"}))
    if content:
        account.put("code/sourcedir.tar.gz", content)
    else:
        account.s3.delete_object(Bucket="jobs", Key="code/sourcedir.tar.gz")
    name = "no-archive" if content else "no-code"
    endpoint = deploy(account, name, IMAGE, "s3://jobs/model.tar.gz", ENVIRONMENT)
    assert endpoint["EndpointStatus"] == "Failed"
    assert reason in endpoint["FailureReason"]


def test_a_model_keeps_the_algorithm_that_it_was_made_with(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    account = Account(server.url)
    account.put("model.tar.gz", tarball({"m": "x"}))
    add_program(server.url, tmp_path / "word", "first")
    serve(account, "first", "registry/word:1", "s3://jobs/model.tar.gz")
    version = Api(server.url).upload("native", tarball({"m": "x"}), algorithm="word")
    (first,) = answered(Api(server.url).get("/v1/algorithms"), 200)["algorithms"]
    assert version["algorithm_version"] == first["version"]
    add_program(server.url, tmp_path / "word", "second")
    serve(account, "second", "registry/word:1", "s3://jobs/model.tar.gz")
    for _ in range(2):
        account = restarted(server)
        assert (word(account, "first"), word(account, "second")) == ("first", "second")
    # A replaced algorithm that no model uses is removed.
    folder = server.data / "algorithms"
    add_program(server.url, tmp_path / "word", "third")
    add_program(server.url, tmp_path / "word", "fourth")
    assert len(list(folder.iterdir())) == 4
    restarted(server)
    assert len(list(folder.iterdir())) == 3
