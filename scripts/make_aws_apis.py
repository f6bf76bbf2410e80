#!/usr/bin/env python3
"""Writes docs/reference/aws-apis.md: what of each API of AWS is there, and what is not.

What is there is what the binary says of its own tables; what there is at all is botocore's description of each service.
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
}

INTRODUCTION = """\
# What of AWS's APIs is there

Made by `scripts/make_aws_apis.py` from the server's own tables and from botocore's description of AWS's services.
An operation that is not there says so in its API's own shape: `UnknownOperationException` (SageMaker, Logs, CloudWatch, Service Quotas),
`InvalidAction` (STS, IAM), `NotImplemented` with status 501 (S3). It never looks like a success.

IAM's `SimulatePrincipalPolicy` answers `AccessDenied`, which SDKs take for "cannot tell": who may do what is not asked here.
"""


def operations() -> dict[str, list[str]]:
    """What the binary says that it has, by service."""
    printed = subprocess.run([str(BINARY), "aws", "operations"], capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = json.loads(printed)
    return found


def render(here: dict[str, list[str]]) -> str:
    """The page."""
    assert set(here) == set(TITLES), "services without a title, or titles without a service"
    loader = Loader()
    rows, sections = [], []
    for service, title in TITLES.items():
        known = set(loader.load_service_model(service, "service-2")["operations"])
        have = set(here[service])
        assert have <= known, f"{service} has operations that AWS does not: {have - known}"
        rows.append(f"| [{title}](#{title.lower().replace(' ', '-')}) | {len(have)} | {len(known - have)} |")
        missing = ", ".join(sorted(known - have))
        sections += ["", f"## {title}", "", "| operation | there |", "| --- | --- |"]
        sections += [f"| {name} | yes |" for name in sorted(have)]
        sections += ["", *textwrap.wrap(f"Not there: {missing}.", 120, break_on_hyphens=False)]
    return "\n".join([INTRODUCTION, "| API | there | not there |", "| --- | --- | --- |", *rows, *sections]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(operations()))
