#!/usr/bin/env python3
"""Writes the *Model.generated.swift of each AWS service: AWS's constraints on the inputs of the operations that Roost supports.

They come from botocore, which contains AWS's own description of each service. Run this again after adding an operation to
OPERATIONS, or to adopt a newer description. Only constraints on inputs are kept, one shape per line, without duplicates.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

APIS = Path(__file__).resolve().parents[1] / "Sources" / "APIs"

#: By service: the file, the name of the model in Swift, and the error code for an invalid input.
TARGETS = {
    "sagemaker": ("SageMaker/ControlPlane/SageMakerModel", "sageMaker", "ValidationException"),
    "logs": ("CloudWatch/Logs/LogsModel", "logs", "InvalidParameterException"),
    "cloudwatch": ("CloudWatch/Metrics/CloudWatchModel", "cloudWatch", "ValidationError"),
    "service-quotas": ("AWSAccount/ServiceQuotasModel", "serviceQuotas", "ValidationException"),
}

JOBS = ("TrainingJob", "TransformJob", "HyperParameterTuningJob")
OPERATIONS = {
    "sagemaker": [
        *(f"Create{kind}" for kind in (*JOBS, "Model", "EndpointConfig", "Endpoint")),
        *(f"Describe{kind}" for kind in (*JOBS, "Model", "EndpointConfig", "Endpoint")),
        *(
            f"Delete{kind}"
            for kind in ("TrainingJob", "HyperParameterTuningJob", "Model", "EndpointConfig", "Endpoint")
        ),
        *(f"List{kind}s" for kind in (*JOBS, "Model", "EndpointConfig", "Endpoint")),
        *(f"Stop{kind}" for kind in JOBS),
        "UpdateTrainingJob",
        "UpdateEndpoint",
        "UpdateEndpointWeightsAndCapacities",
        "ListTrainingJobsForHyperParameterTuningJob",
        "AddTags",
        "ListTags",
        "DeleteTags",
        "Search",
    ],
    "logs": [
        "DescribeLogGroups",
        "DescribeLogStreams",
        "GetLogEvents",
        "FilterLogEvents",
        "CreateLogGroup",
        "CreateLogStream",
        "PutLogEvents",
        "DeleteLogGroup",
        "DeleteLogStream",
        "ListTagsForResource",
    ],
    "cloudwatch": ["GetMetricStatistics"],
    "service-quotas": [
        "ListServices",
        "ListServiceQuotas",
        "ListAWSDefaultServiceQuotas",
        "GetServiceQuota",
        "GetAWSDefaultServiceQuota",
        "RequestServiceQuotaIncrease",
        "GetRequestedServiceQuotaChange",
        "ListRequestedServiceQuotaChangeHistory",
        "ListRequestedServiceQuotaChangeHistoryByQuota",
    ],
}

KINDS = {
    "integer": "i",
    "long": "l",
    "float": "f",
    "double": "d",
    "boolean": "b",
    "timestamp": "t",
    "blob": "B",
}


class Shapes:
    """The shapes of a service, numbered. Shapes with the same constraints share a number."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.numbers: dict[str, int] = {}
        self.known: dict[tuple[str, str], int] = {}

    def number(self, service: str, model: dict[str, Any], name: str) -> int:
        """Returns the number of a shape, adding the shape and all shapes that it contains."""
        if (service, name) in self.known:
            return self.known[service, name]
        shape = model["shapes"][name]
        if shape["type"] == "structure":
            # A structure may contain itself, so its number is assigned before those of its members.
            place = len(self.lines)
            self.lines.append("")
            self.known[service, name] = place
            members = [[key, self.number(service, model, value["shape"])] for key, value in shape["members"].items()]
            line = self.line({"t": "S", "m": members, "r": shape.get("required", [])})
            self.lines[place] = line
            return place
        entry: dict[str, Any] = {key: shape[key] for key in ("min", "max", "pattern") if key in shape}
        if shape["type"] == "list":
            entry |= {"t": "L", "e": self.number(service, model, shape["member"]["shape"])}
        elif shape["type"] == "map":
            key, value = (self.number(service, model, shape[part]["shape"]) for part in ("key", "value"))
            entry |= {"t": "M", "k": key, "e": value}
        elif shape["type"] == "string":
            entry |= {"t": "s"} | ({"enum": shape["enum"]} if "enum" in shape else {})
        else:
            entry |= {"t": KINDS[shape["type"]]}
        line = self.line(entry)
        if line not in self.numbers:
            self.numbers[line] = len(self.lines)
            self.lines.append(line)
        self.known[service, name] = self.numbers[line]
        return self.numbers[line]

    @staticmethod
    def line(entry: dict[str, Any]) -> str:
        line = json.dumps({key: value for key, value in entry.items() if value != []}, separators=(",", ":"))
        assert '"""#' not in line
        return line


def write(service: str, operations: list[str]) -> None:
    """Writes the model of one service."""
    file, name, error = TARGETS[service]
    model = Loader().load_service_model(service, "service-2")
    shapes = Shapes()
    inputs: dict[str, int] = {}
    for operation in operations:
        if operation not in model["operations"]:
            raise SystemExit(f"{service} has no {operation}.")
        shape = model["operations"][operation].get("input", {}).get("shape")
        if shape is not None:
            inputs[operation] = shapes.number(service, model, shape)
    text = [
        "// Made by scripts/make_service_model.py from botocore's description of AWS's services (Apache License 2.0).",
        "// swift-format-ignore-file",
        "",
        "import AWS",
        "",
        "extension ServiceModel {",
        f"    static let {name} = ServiceModel(",
        '        inputs: #"' + json.dumps(inputs, separators=(",", ":")) + '"#,',
        '        shapes: #"""',
        *(f"            {line}" for line in shapes.lines),
        '            """#,',
        f'        inputError: "{error}"',
        "    )",
        "}",
    ]
    path = APIS / f"{file}.generated.swift"
    path.write_text("\n".join(text) + "\n")
    print(f"{service}: {len(operations)} operations, {len(shapes.lines)} shapes, {path.stat().st_size} bytes")


def main() -> None:
    for service, operations in OPERATIONS.items():
        write(service, operations)


if __name__ == "__main__":
    main()
