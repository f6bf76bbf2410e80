"""Servers that verify signatures, and their keys."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.client import Config
from harness import BINARY, Server

REGION = "us-east-1"


@dataclass
class Key:
    """An access key of a server."""

    id: str
    secret: str


@dataclass
class Signed:
    """A server that verifies signatures, and a key for it."""

    server: Server
    key: Key

    def client(self, service: str, key: Key | None = None, **config: Any) -> Any:
        key = key or self.key
        return boto3.client(
            service,
            endpoint_url=self.server.url,
            region_name=REGION,
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            config=Config(**{"retries": {"total_max_attempts": 1}} | config),
        )


def keys(server: Server, *arguments: str) -> str:
    """Returns the output of `roost aws keys …`."""
    command = [str(BINARY), "aws", "keys", *arguments, "--data", str(server.data)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def make_key(server: Server) -> Key:
    found = re.fullmatch(
        r"export AWS_ACCESS_KEY_ID='(AKIA\w{16})'\nexport AWS_SECRET_ACCESS_KEY='(\S{40})'\n", keys(server, "make")
    )
    assert found is not None
    return Key(*found.groups())
