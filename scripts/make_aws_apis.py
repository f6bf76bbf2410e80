#!/usr/bin/env python3
"""Writes docs/reference/aws-apis.md: the AWS operations that Roost supports, and those that it does not.

The binary prints the supported operations. botocore's description of each service lists all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from pathlib import Path

from botocore.loaders import Loader

REPOSITORY = Path(__file__).resolve().parents[1]
BINARY = Path(os.environ.get("ROOST_BINARY") or REPOSITORY / ".build" / "debug" / "roost")
PAGE = REPOSITORY / "docs" / "reference" / "aws-apis.md"

TITLES = {
    "s3": "S3",
    "sagemaker": "SageMaker",
    "sagemaker-runtime": "SageMaker Runtime",
    "logs": "CloudWatch Logs",
    "cloudwatch": "CloudWatch",
    "service-quotas": "Service Quotas",
    "sts": "STS",
    "iam": "IAM",
    "lambda": "Lambda",
    "apigateway": "REST APIs of API Gateway",
    "apigatewayv2": "HTTP APIs of API Gateway",
}

INTRODUCTION = """\
# Supported AWS operations

An operation that is not supported returns an error in the format of its API: `UnknownOperationException` (SageMaker, CloudWatch
Logs, CloudWatch, Service Quotas, Lambda, API Gateway), `InvalidAction` (STS, IAM), or `NotImplemented` with status 501 (S3).

IAM stores roles and policies and returns them, but they grant and deny nothing: a request may do what its access key may do.
Every policy of AWS's own can be attached, whatever its name. `SimulatePrincipalPolicy` always returns `AccessDenied`, which SDKs
treat as "unknown". STS's `AssumeRole` returns credentials with the permissions of the caller, for any role.

`scripts/make_aws_apis.py` generates this page from the server's own list and from botocore's description of the AWS services.
"""


def operations() -> dict[str, list[str]]:
    """Returns the operations that the binary supports, by service."""
    printed = subprocess.run([str(BINARY), "aws", "operations"], capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = json.loads(printed)
    return found


def render(here: dict[str, list[str]]) -> str:
    """Returns the page."""
    assert set(here) == set(TITLES), "services without a title, or titles without a service"
    loader = Loader()
    rows, sections = [], []
    for service, title in TITLES.items():
        known = set(loader.load_service_model(service, "service-2")["operations"])
        have = set(here[service])
        assert have <= known, f"{service} has operations that AWS does not: {have - known}"
        rows.append(f"| [{title}](#{title.lower().replace(' ', '-')}) | {len(have)} | {len(known - have)} |")
        missing = ", ".join(sorted(known - have))
        sections += ["", f"## {title}", "", "| Supported operation |", "| --- |"]
        sections += [f"| {name} |" for name in sorted(have)]
        sections += ["", *textwrap.wrap(f"Not supported: {missing}.", 120, break_on_hyphens=False)]
    return (
        "\n".join([INTRODUCTION, "| API | Supported | Not supported |", "| --- | --- | --- |", *rows, *sections]) + "\n"
    )


if __name__ == "__main__":
    PAGE.write_text(render(operations()))
