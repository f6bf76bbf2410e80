"""The output of the programs behind endpoints, as CloudWatch Logs shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws import refusal
from endpoint_clients import AWS, Trained
from harness import Server, until
from own_algorithms import Account, add, serve, tarball

PRINTS = """#!/usr/bin/env python3
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if body.startswith("much"):
            for number in range(int(body.split()[1])):
                print(number, "x" * 60_000)
        print("got", body, flush=True)
        print("beside", body, file=sys.stderr, flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass


print("begun", flush=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


def deploy(account: Account, folder: Path, name: str, program: str = PRINTS) -> str:
    """Deploys a program behind an endpoint, and returns its log group."""
    folder.mkdir(exist_ok=True)
    (folder / "serve").write_text(program)
    add(account.url, name, folder)
    account.put("model.tar.gz", tarball({"m": "x"}))
    serve(account, name, name, "s3://jobs/model.tar.gz")
    return f"/aws/sagemaker/Endpoints/{name}"


def say(account: Account, endpoint: str, body: str) -> None:
    account.runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=body.encode())


def streams(account: Account, group: str, **more: Any) -> list[Any]:
    found: list[Any] = account.logs.describe_log_streams(logGroupName=group, **more)["logStreams"]
    return found


def lines(account: Account, group: str) -> list[str]:
    """Returns all lines of a group that has one stream, or no lines if it has none."""
    found = streams(account, group)
    if not found:
        return []
    (stream,) = found
    page = account.logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
    return [event["message"] for event in page["events"]]


def test_what_a_program_prints_is_in_the_log_group_of_its_endpoint(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server()
    account = Account(server.url)
    group = deploy(account, tmp_path / "prints", "prints")
    say(account, "prints", "1,2")
    until(lambda: "beside 1,2" in lines(account, group), "the lines are there")
    assert lines(account, group)[0] == "begun"
    assert sorted(lines(account, group)[1:]) == ["beside 1,2", "got 1,2"]
    (stream,) = streams(account, group, logStreamNamePrefix="one/")
    assert re.fullmatch(r"one/i-[0-9a-f]{17}", stream["logStreamName"])
    assert stream["creationTime"] <= stream["lastEventTimestamp"]
    found = account.logs.filter_log_events(logGroupName=group, filterPattern="got")["events"]
    assert [event["message"] for event in found] == ["got 1,2"]
    (listed,) = account.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert listed["logGroupName"] == group

    server.kill()
    server.start()
    account = Account(server.url)
    until(lambda: lines(account, group).count("begun") == 2, "a restart goes on with the same stream")
    assert lines(account, group)[:3].count("got 1,2") == 1
    say(account, "prints", "3")
    until(lambda: "got 3" in lines(account, group), "the new line is there")

    account.sagemaker.delete_endpoint(EndpointName="prints")
    missing = ("ResourceNotFoundException", "The specified log group does not exist.")
    until(
        lambda: refusal(account.logs.describe_log_streams, logGroupName=group) == missing, "it goes with the endpoint"
    )
    assert list((server.data / "endpoint-logs").iterdir()) == []
    # A new endpoint with the same name starts a new log.
    account.sagemaker.create_endpoint(EndpointName="prints", EndpointConfigName="prints")
    until(lambda: lines(account, group) == ["begun"], "the log is a new one")


def test_a_program_that_does_not_start_leaves_its_log(account: Account, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="Failed"):
        deploy(account, tmp_path / "stillborn", "stillborn", "#!/bin/sh\necho no such luck >&2\nexit 1\n")
    group = "/aws/sagemaker/Endpoints/stillborn"
    assert lines(account, group) == ["no such luck"]
    account.sagemaker.delete_endpoint(EndpointName="stillborn")


def test_the_log_of_an_endpoint_is_bounded(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    account = Account(server.url)
    group = deploy(account, tmp_path / "chatty", "chatty")
    # The program writes 75 MB.
    say(account, "chatty", "much 1250")

    def ends(stream: str, *, first: bool) -> list[str]:
        page = account.logs.get_log_events(logGroupName=group, logStreamName=stream, limit=2, startFromHead=first)
        return [event["message"][:20] for event in page["events"]]

    def names() -> list[str]:
        return sorted(stream["logStreamName"] for stream in streams(account, group))

    until(lambda: "beside much 1250" in ends(names()[-1], first=False), "the newest stream has the last line")
    assert 1 < len(names()) <= 8
    files = [path for path in (server.data / "endpoint-logs").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 8 * (8 << 20) + (1 << 20)
    # The oldest lines were removed.
    assert ends(names()[0], first=True)[0] != "begun"


def test_the_group_of_an_endpoint_without_a_program_is_empty(account: Account) -> None:
    aws = AWS(account.url)
    aws.put_model("silent", Trained(1).archive)
    aws.put_config("silent", ("main", "silent", 1))
    aws.serve("silent", "silent")
    assert streams(account, "/aws/sagemaker/Endpoints/silent") == []
    aws.sagemaker.delete_endpoint(EndpointName="silent")


def test_there_is_no_group_without_an_endpoint(account: Account) -> None:
    nobody = {"logGroupName": "/aws/sagemaker/Endpoints/nobody"}
    assert refusal(account.logs.describe_log_streams, **nobody)[0] == "ResourceNotFoundException"
    outside = {"logGroupName": "/aws/sagemaker/Endpoints/../job-logs"}
    assert refusal(account.logs.describe_log_streams, **outside)[0] == "ResourceNotFoundException"
