"""Helpers shared by the tests of functions: their archives, and creating and invoking them with boto3."""

from __future__ import annotations

import base64
import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws import ACCOUNT, REGION, client

ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda-role"
ECHO = "def handler(event, context):\n    return event\n"


def archive(files: Mapping[str, str | bytes]) -> bytes:
    """Returns a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return buffer.getvalue()


def function_arn(name: str, qualifier: str | None = None) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" + (f":{qualifier}" if qualifier else "")


def layer_arn(name: str, number: int | None = None) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{name}" + (f":{number}" if number else "")


@dataclass
class Outcome:
    """What an invocation returned."""

    response: Any
    #: The payload as JSON; None if it is empty.
    value: Any

    @property
    def error(self) -> str | None:
        kind: str | None = self.response.get("FunctionError")
        return kind

    @property
    def id(self) -> str:
        identifier: str = self.response["ResponseMetadata"]["RequestId"]
        return identifier

    @property
    def log(self) -> str:
        return base64.b64decode(self.response["LogResult"]).decode()


class Functions:
    """Functions with names of their own on a server that several tests share."""

    def __init__(self, url: str) -> None:
        self.url = url
        # A first invocation starts a process, which may wait for others.
        self.api = client("lambda", url, read_timeout=120)
        self.logs = client("logs", url)
        self.s3 = client("s3", url)

    @staticmethod
    def name() -> str:
        return f"f-{uuid.uuid4().hex[:12]}"

    def create(self, code: str | Mapping[str, str | bytes] = ECHO, **more: Any) -> str:
        """Creates a function from the text of `app.py` or from files, and returns its name."""
        files = {"app.py": code} if isinstance(code, str) else code
        request: dict[str, Any] = {
            "FunctionName": self.name(),
            "Runtime": "python3.11",
            "Role": ROLE,
            "Handler": "app.handler",
            "Code": {"ZipFile": archive(files)},
            "Timeout": 30,
        }
        name: str = self.api.create_function(**request | more)["FunctionName"]
        self.api.get_waiter("function_active_v2").wait(FunctionName=name)
        return name

    def invoke(self, name: str, event: Any = None, **more: Any) -> Outcome:
        """Invokes a function with an event; with no payload if the event is None."""
        if event is not None:
            more["Payload"] = event if isinstance(event, bytes) else json.dumps(event)
        response = self.api.invoke(FunctionName=name, **more)
        payload = response["Payload"].read()
        return Outcome(response, json.loads(payload) if payload else None)

    def update(self, name: str, code: str, **more: Any) -> Any:
        """Replaces `app.py`, and waits as tutorials do."""
        answer = self.api.update_function_code(FunctionName=name, ZipFile=archive({"app.py": code}), **more)
        self.api.get_waiter("function_updated_v2").wait(FunctionName=name)
        return answer

    def lines(self, name: str, pattern: str = "") -> list[str]:
        """Returns the lines of a function's log, in the order of their times; none if it has no log yet."""
        try:
            page = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern=pattern)
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in page["events"]]
