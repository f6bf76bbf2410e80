"""Functions, web pages and callers that try what they should not, and what a restart must not lose."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from aws import client, refusal
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from functions import ROLE, Functions, archive
from gateway import Gateway
from harness import Server, answered, until
from native_functions import create
from signed import Key, Signed, make_key

SECRET = "def handler(event, context):\n    return {'secret': 'swordfish'}\n"


@pytest.mark.parametrize("host", ["x.execute-api.localhost", "pages.s3-website.localhost", "x.lambda-url.localhost"])
def test_a_page_of_a_public_host_cannot_invoke_a_function(server: str, host: str) -> None:
    """Such hosts stand for public pages alone, whatever the path and the query say."""
    functions = Functions(server)
    name = functions.create(SECRET)
    port = server.rsplit(":", 1)[1]
    answer = requests.post(
        f"{server}/2015-03-31/functions/{name}/invocations",
        params={"X-Amz-Credential": "A/20260101/us-east-1/lambda/aws4_request"},
        data="{}",
        headers={
            "Host": f"{host}:{port}",
            "Origin": "https://evil.example",
            "Sec-Fetch-Site": "cross-site",
            "Content-Type": "text/plain",
        },
        timeout=60,
    )
    assert answer.status_code in (403, 404)
    assert "swordfish" not in answer.text


@pytest.mark.parametrize(
    "kinds", [["application/json", "text/html"], ["application/json;a=b, text/html"], ["text/plain"]]
)
def test_what_an_api_answers_by_its_path_is_isolated(server: str, kinds: list[str]) -> None:
    """A page under the server's own origin must not act for the person who opens it, whatever kind it claims to be."""
    functions, gateway = Functions(server), Gateway(server)
    answer = {"statusCode": 200, "multiValueHeaders": {"Content-Type": kinds}, "body": "<script></script>"}
    name = functions.create(f"def handler(event, context):\n    return {answer!r}\n")
    api, root = gateway.create()
    gateway.proxy(api, root, name)
    gateway.deploy(api)
    page = gateway.call(api)
    assert (page.status_code, page.text) == (200, "<script></script>")
    assert page.headers["Content-Security-Policy"].startswith("sandbox ")
    assert "allow-same-origin" not in page.headers["Content-Security-Policy"]


def signed_request(key: Key, method: str, url: str, data: str | None = None) -> requests.Response:
    request = AWSRequest(method=method, url=url, data=data, headers={"Content-Type": "application/json"})
    SigV4Auth(Credentials(key.id, key.secret), "lambda", "us-east-1").add_auth(request)
    prepared: Any = request.prepare()
    return requests.request(method, prepared.url, headers=dict(prepared.headers), data=data, timeout=60)


def test_a_url_for_signed_requests_takes_them(start_server: Callable[..., Server]) -> None:
    server = start_server("--verify-signatures")
    key = make_key(server)
    api = Signed(server, key).client("lambda")
    api.create_function(
        FunctionName="secret",
        Runtime="python3.11",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": archive({"app.py": SECRET})},
        Timeout=30,
    )
    url = api.create_function_url_config(FunctionName="secret", AuthType="AWS_IAM")["FunctionUrl"]
    assert signed_request(key, "GET", url).json() == {"secret": "swordfish"}
    assert signed_request(key, "POST", url, '{"a": 1}').json() == {"secret": "swordfish"}
    wrong = Key(key.id, "wrong" * 8)
    for answer in (signed_request(wrong, "GET", url), requests.get(url, timeout=60), requests.post(url, timeout=60)):
        assert answer.status_code == 403
        assert "swordfish" not in answer.text


def test_an_event_for_later_has_a_smaller_limit(server: str) -> None:
    functions = Functions(server)
    name = functions.create("def handler(event, context):\n    return len(event)\n")
    answer = functions.invoke(name, "x" * ((1 << 20) - 2), InvocationType="Event")
    assert answer.response["StatusCode"] == 202
    code, _ = refusal(functions.invoke, name=name, event="x" * (1 << 20), InvocationType="Event")
    assert code == "RequestEntityTooLargeException"
    assert functions.invoke(name, "x" * (1 << 20)).value == 1 << 20


NOTES = """
import json, time

def handler(event, context):
    with open(event["file"], "a") as file:
        custom = context.client_context.custom if context.client_context else None
        print(json.dumps([event["number"], custom, context.invoked_function_arn]), file=file, flush=True)
    time.sleep(event["pause"])
"""


def test_a_restart_keeps_events_with_their_context(start_server: Callable[..., Server], tmp_path: Path) -> None:
    """An event that is being handled when the server is asked to end is recorded as failed; one that waits is handled."""
    server = start_server()
    notes = tmp_path / "notes"
    api = client("lambda", server.url)
    api.create_function(
        FunctionName="notes",
        Runtime="python3.11",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": archive({"app.py": NOTES})},
        Timeout=100,
        Publish=True,
    )
    api.put_function_concurrency(FunctionName="notes", ReservedConcurrentExecutions=1)
    context = base64.b64encode(b'{"custom": {"a": "b"}}').decode()
    for number, pause in enumerate((90, 0)):
        payload = json.dumps({"file": str(notes), "number": number, "pause": pause})
        api.invoke(FunctionName="notes", Qualifier="1", InvocationType="Event", Payload=payload, ClientContext=context)
    until(notes.exists, "the first event is being handled")
    assert server.stop() == 0
    server.start()

    def events() -> Any:
        return answered(server.api.get("/v1/functions/notes/events"), 200)["events"]

    until(lambda: [event["state"] for event in events()] == ["failed"], "the second event is handled")
    assert "the server ended" in events()[0]["reason"]
    first, second = (json.loads(line) for line in notes.read_text().splitlines())
    assert (first[0], second[0]) == (0, 1)
    assert first[1] == second[1] == {"a": "b"}
    assert first[2] == second[2]
    assert second[2].endswith(":function:notes:1")


def test_functions_that_hang_as_they_start_leave_room_for_others(start_server: Callable[..., Server]) -> None:
    server = start_server()
    hanging = [
        create(server.api, "import time\ntime.sleep(600)\ndef handler(event, context):\n    return 1\n")
        for _ in range(3)
    ]
    healthy = create(server.api, SECRET)
    with ThreadPoolExecutor(len(hanging)) as pool:
        for name in hanging:
            pool.submit(requests.post, f"{server.url}/v1/functions/{name}/invocations", json={}, timeout=120)
        answer = requests.post(f"{server.url}/v1/functions/{healthy}/invocations", json={}, timeout=30)
        assert answered(answer, 200)["result"] == {"secret": "swordfish"}
        for name in hanging:
            answered(server.api.delete(f"/v1/functions/{name}"), 200)
