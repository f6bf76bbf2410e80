"""Compares the responses that boto3 receives with the members that AWS's service models require."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session

#: What AWS's own responses leave out as well: a training job has no artifact before its model is stored.
ABSENT = {
    "DescribeTrainingJob.ModelArtifacts",
    # A function without one.
    "GetFunctionCodeSigningConfig.CodeSigningConfigArn",
    "GetFunctionCodeSigningConfig.FunctionName",
}


def missing(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Yields the paths of required members that a parsed response lacks."""
    if shape is None or value is None:
        return
    if shape.type_name == "structure" and isinstance(value, dict):
        for name in shape.required_members:
            if name not in value and f"{path}.{name}" not in ABSENT:
                yield f"{path}.{name}"
        for name, member in shape.members.items():
            yield from missing(member, value.get(name), f"{path}.{name}")
    elif shape.type_name == "list":
        for element in value:
            yield from missing(shape.member, element, f"{path}[]")


def require_members(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
    """A handler of botocore's event `after-call`: fails if the response lacks what its model requires."""
    if http_response.status_code < 300:
        found = sorted(set(missing(model.output_shape, parsed, model.name)))
        assert not found, f"The response lacks {', '.join(found)}: {parsed}"


def check_every_client() -> None:
    """Makes every client of SageMaker and CloudWatch that is created from now on fail at such a response."""
    create_client = botocore.session.Session.create_client

    def created(*arguments: Any, **options: Any) -> Any:
        client = create_client(*arguments, **options)
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"after-call.{service}", require_members)
        return client

    botocore.session.Session.create_client = created
