"""`eval "$(roost aws env)"` is the whole setup, even for clients with built-in AWS addresses."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from harness import BINARY, Server, raw_request

CALLER = "assumed-role/AmazonSageMaker-ExecutionRole-Roost/SageMaker"


class Shell:
    """A bash shell that has evaluated the output of `roost aws env`, with little else in its environment."""

    def __init__(self, url: str, folder: Path, **variables: str) -> None:
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "roost").symlink_to(BINARY)
        path = f"{folder / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
        self.environment = {"PATH": path, "HOME": str(folder), "ROOST_URL": url, **variables}
        self.folder = folder

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f'eval "$(roost aws env)"\n{script}'],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def output(self, script: str) -> str:
        process = self.run(script)
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout

    def python(self, code: str, before: str = "true") -> Any:
        """Runs code, and returns the JSON that it prints."""
        (self.folder / "code.py").write_text(code)
        return json.loads(self.output(f"{before}\n{sys.executable} code.py"))


@pytest.fixture
def shell(server: str, tmp_path: Path) -> Shell:
    return Shell(server, tmp_path / "home")


IDENTITY = """
import boto3, json
print(json.dumps(boto3.client("sts").get_caller_identity()["Arn"]))
"""

# The sagemaker SDK's calls for its default bucket and for the role.
FIXED_ADDRESS = """
import boto3, json
region = boto3.Session().region_name
sts = boto3.client("sts", region_name=region, endpoint_url=f"https://sts.{region}.amazonaws.com")
print(json.dumps([sts.get_caller_identity()["Arn"] for _ in range(3)][-1]))
"""

JOBS = """
import boto3, json
print(json.dumps(boto3.client("sagemaker").list_training_jobs(NameContains="nobody")["TrainingJobSummaries"]))
"""

# boto3 before 1.28 does not support AWS_ENDPOINT_URL.
OLD = "unset AWS_ENDPOINT_URL"


@pytest.mark.parametrize("before", ["true", OLD], ids=["new boto3", "old boto3"])
@pytest.mark.parametrize("code", [IDENTITY, FIXED_ADDRESS], ids=["a client", "a fixed address"])
def test_boto3(shell: Shell, code: str, before: str) -> None:
    assert CALLER in shell.python(code, before)


@pytest.mark.parametrize("before", ["true", OLD], ids=["new boto3", "old boto3"])
def test_the_control_plane(shell: Shell, before: str) -> None:
    assert shell.python(JOBS, before) == []


@pytest.mark.parametrize("before", ["true", OLD], ids=["new", "old"])
def test_the_aws_command(shell: Shell, before: str) -> None:
    assert CALLER in json.loads(shell.output(f"{before}\naws sts get-caller-identity"))["Arn"]
    assert json.loads(shell.output(f"{before}\naws sagemaker list-training-jobs --name-contains nobody")) == {
        "TrainingJobSummaries": []
    }


def test_what_undoes_it_is_unset(server: str, tmp_path: Path) -> None:
    shell = Shell(
        server,
        tmp_path / "home",
        AWS_PROFILE="company",
        AWS_ENDPOINT_URL_STS="http://127.0.0.1:1",
        AWS_ENDPOINT_URL_CLOUDWATCH="http://127.0.0.1:1",
        https_proxy="http://127.0.0.1:1",
        NO_PROXY="intranet.example",
    )
    assert CALLER in shell.python(IDENTITY)
    assert "127.0.0.1:1\n" not in shell.output("env")
    assert shell.output('echo "$NO_PROXY"').startswith("intranet.example,127.0.0.1,localhost")


def test_evaluating_twice_changes_nothing(shell: Shell) -> None:
    once = shell.output("env | grep -v ^_= | sort")
    assert shell.output('eval "$(roost aws env)"; env | grep -v ^_= | sort') == once


def test_no_server_sets_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shell = Shell(f"http://127.0.0.1:{port}", tmp_path / "home")
    process = shell.run("env")
    assert process.returncode == 1, "the shell went on, and would have talked to AWS"
    assert "AWS_" not in process.stdout
    assert "roost serve" in process.stderr


def test_a_server_that_starts_is_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shell = Shell(f"http://127.0.0.1:{port}", tmp_path / "home")
    serve = f"roost serve --port {port} --data {tmp_path / 'data'} >/dev/null 2>&1 & server=$!"
    process = subprocess.run(
        ["bash", "-c", f'{serve}\neval "$(roost aws env)"; echo "$? $AWS_ENDPOINT_URL"; kill "$server"; wait'],
        env=shell.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.stdout == f"0 http://127.0.0.1:{port}\n", process.stderr


def test_the_words_for_fish(server: str, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ROOST_URL": server}
    command = [str(BINARY), "aws", "env", "--shell", "fish"]
    lines = subprocess.check_output(command, env=environment, text=True).splitlines()
    assert f"set -gx AWS_ENDPOINT_URL '{server}'" in lines
    assert all(line.startswith(("set -gx ", "set -e ")) for line in lines)


def test_telemetry_is_swallowed(shell: Shell) -> None:
    code = """
import json, requests
url = "https://sm-pysdk-t-us-east-1.s3.us-east-1.amazonaws.com/telemetry?x-accountId=0&x-status=1"
answer = requests.get(url, timeout=10)
print(json.dumps([answer.status_code, answer.text]))
"""
    assert shell.python(code) == [200, ""]


@pytest.mark.parametrize(
    "target",
    [
        "pypi.org:443",
        "amazonaws.com.example.org:443",
        "amazonaws.com:443",
        "sts.amazonaws.com:22",
        "sts.amazonaws.com",
        "127.0.0.1:443",
        "a..amazonaws.com:443",
        "%2e.amazonaws.com:443",
        f"{'a' * 64}.amazonaws.com:443",
    ],
)
def test_nothing_else_is_connected(server: str, target: str) -> None:
    request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"
    status, body = raw_request(server, request.encode())
    assert status in (400, 403)
    assert status == 400 or body.startswith((b"Only connections to ", b"Not a valid host name"))


def test_a_proxy_s_client_is_told_why(shell: Shell) -> None:
    code = """
import json, requests
try:
    requests.get("https://example.org/", timeout=10)
except requests.exceptions.ProxyError as error:
    print(json.dumps(str(error)))
"""
    assert "Only connections to *.amazonaws.com and *.on.aws are allowed" in shell.python(code)


def test_what_is_no_tls_ends_the_connection(server: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        rest = b""
        while part := connection.recv(1000):
            rest += part
        assert b"HTTP/1.1 200" not in rest
    assert requests.get(f"{server}/v1/status", timeout=10).status_code == 200


def test_the_authority_is_kept(start_server: Callable[..., Server]) -> None:
    server = start_server()
    key = server.data / "authority" / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700
    first = server.api.get("/v1/aws").json()["certificate"]
    server.stop()
    server.start()
    assert server.api.get("/v1/aws").json()["certificate"] == first
    openssl = ["openssl", "x509", "-noout", "-text"]
    if shutil.which("openssl"):
        text = subprocess.check_output(openssl, input=first, text=True)
        assert "CA:TRUE" in text
        assert "DNS:amazonaws.com" in text
