#!/usr/bin/env python3
"""Writes the *Model.generated.swift of each AWS service: AWS's constraints on the inputs of the operations that Roost supports,
and for the services that speak REST, the methods and paths of these operations.

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
    "iam": ("AWSAccount/IAM/IAMModel", "iam", "ValidationError"),
    "sts": ("AWSAccount/STS/STSModel", "sts", "ValidationError"),
    "lambda": ("Lambda/LambdaModel", "lambda", "ValidationException"),
    "apigateway": ("APIGateway/RESTAPIs/RESTAPIModel", "restAPIs", "ValidationException"),
    "apigatewayv2": ("APIGateway/HTTPAPIs/HTTPAPIModel", "httpAPIs", "BadRequestException"),
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
        *(f"{verb}ProcessingJob" for verb in ("Create", "Describe", "Stop")),
        "ListProcessingJobs",
        *(
            f"{verb}{kind}QualityJobDefinition"
            for kind in ("Data", "Model")
            for verb in ("Create", "Describe", "Delete")
        ),
        *(f"List{kind}QualityJobDefinitions" for kind in ("Data", "Model")),
        *(f"{verb}MonitoringSchedule" for verb in ("Create", "Describe", "Update", "Delete", "Start", "Stop")),
        "ListMonitoringSchedules",
        "ListMonitoringExecutions",
        "ListMonitoringAlerts",
        "UpdateMonitoringAlert",
        "ListMonitoringAlertHistory",
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
    "cloudwatch": ["GetMetricData", "GetMetricStatistics", "ListMetrics"],
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
    "iam": [
        "CreateRole",
        "GetRole",
        "ListRoles",
        "DeleteRole",
        "UpdateRole",
        "UpdateRoleDescription",
        "UpdateAssumeRolePolicy",
        "TagRole",
        "UntagRole",
        "ListRoleTags",
        "ListInstanceProfilesForRole",
        "CreateServiceLinkedRole",
        "DeleteServiceLinkedRole",
        "GetServiceLinkedRoleDeletionStatus",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "ListAttachedRolePolicies",
        "PutRolePolicy",
        "GetRolePolicy",
        "ListRolePolicies",
        "DeleteRolePolicy",
        "CreatePolicy",
        "GetPolicy",
        "ListPolicies",
        "DeletePolicy",
        "CreatePolicyVersion",
        "GetPolicyVersion",
        "ListPolicyVersions",
        "DeletePolicyVersion",
        "SetDefaultPolicyVersion",
        "SimulatePrincipalPolicy",
    ],
    "sts": ["GetCallerIdentity", "AssumeRole", "GetSessionToken", "GetAccessKeyInfo"],
    "lambda": [
        *(f"{verb}Function" for verb in ("Create", "Get", "Delete")),
        "GetFunctionConfiguration",
        "ListFunctions",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
        "Invoke",
        "InvokeAsync",
        "PublishVersion",
        "ListVersionsByFunction",
        *(f"{verb}Alias" for verb in ("Create", "Get", "Update", "Delete")),
        "ListAliases",
        "AddPermission",
        "GetPolicy",
        "RemovePermission",
        *(f"{verb}FunctionConcurrency" for verb in ("Put", "Get", "Delete")),
        *(f"{verb}FunctionUrlConfig" for verb in ("Create", "Get", "Update", "Delete")),
        "ListFunctionUrlConfigs",
        "TagResource",
        "UntagResource",
        "ListTags",
        "PublishLayerVersion",
        "GetLayerVersion",
        "GetLayerVersionByArn",
        "DeleteLayerVersion",
        "ListLayers",
        "ListLayerVersions",
        "GetAccountSettings",
        "GetFunctionCodeSigningConfig",
        "GetRuntimeManagementConfig",
        "GetFunctionRecursionConfig",
        "ListEventSourceMappings",
        "ListFunctionEventInvokeConfigs",
        "ListProvisionedConcurrencyConfigs",
    ],
    "apigateway": [
        *(f"{verb}RestApi" for verb in ("Create", "Get", "Update", "Delete", "Import", "Put")),
        "GetRestApis",
        *(f"{verb}Resource" for verb in ("Create", "Get", "Update", "Delete")),
        "GetResources",
        *(f"{verb}Method" for verb in ("Put", "Get", "Update", "Delete")),
        *(f"{verb}MethodResponse" for verb in ("Put", "Get", "Update", "Delete")),
        *(f"{verb}Integration" for verb in ("Put", "Get", "Update", "Delete")),
        *(f"{verb}IntegrationResponse" for verb in ("Put", "Get", "Update", "Delete")),
        "TestInvokeMethod",
        *(f"{verb}Deployment" for verb in ("Create", "Get", "Update", "Delete")),
        "GetDeployments",
        *(f"{verb}Stage" for verb in ("Create", "Get", "Update", "Delete")),
        "GetStages",
        *(f"{verb}ApiKey" for verb in ("Create", "Get", "Update", "Delete")),
        "GetApiKeys",
        *(f"{verb}UsagePlan" for verb in ("Create", "Get", "Update", "Delete")),
        "GetUsagePlans",
        *(f"{verb}UsagePlanKey" for verb in ("Create", "Get", "Delete")),
        "GetUsagePlanKeys",
        "GetAccount",
        "GetTags",
        "TagResource",
        "UntagResource",
        "GetModels",
        "GetAuthorizers",
        "GetRequestValidators",
        "GetGatewayResponses",
    ],
    "apigatewayv2": [
        *(f"{verb}Api" for verb in ("Create", "Get", "Update", "Delete", "Import")),
        "GetApis",
        *(f"{verb}Route" for verb in ("Create", "Get", "Update", "Delete")),
        "GetRoutes",
        *(f"{verb}Integration" for verb in ("Create", "Get", "Update", "Delete")),
        "GetIntegrations",
        *(f"{verb}Stage" for verb in ("Create", "Get", "Update", "Delete")),
        "GetStages",
        *(f"{verb}Deployment" for verb in ("Create", "Get", "Delete")),
        "GetDeployments",
        "DeleteCorsConfiguration",
        "GetTags",
        "TagResource",
        "UntagResource",
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

    def number(self, service: str, model: dict[str, Any], name: str, is_input: bool = False) -> int:
        """Returns the number of a shape, adding the shape and all shapes that it contains.

        The members of an operation's input have the names of the bindings, all others those of the document that is sent.
        """
        if (service, name) in self.known:
            return self.known[service, name]
        shape = model["shapes"][name]
        if shape["type"] == "structure":
            # A structure may contain itself, so its number is assigned before those of its members.
            place = len(self.lines)
            self.lines.append("")
            self.known[service, name] = place
            names = {
                key: input_name(service, key, value) if is_input else sent_name(model, key, value)
                for key, value in shape["members"].items()
            }
            members = [
                [names[key], self.number(service, model, value["shape"])] for key, value in shape["members"].items()
            ]
            line = self.line({"t": "S", "m": members, "r": [names[key] for key in shape.get("required", [])]})
            self.lines[place] = line
            return place
        entry: dict[str, Any] = {key: shape[key] for key in ("min", "max", "pattern") if key in shape}
        if shape["type"] == "list":
            entry |= {"t": "L", "e": self.number(service, model, shape["member"]["shape"])}
        elif shape["type"] == "map":
            key, value = (self.number(service, model, shape[part]["shape"]) for part in ("key", "value"))
            entry |= {"t": "M", "k": key, "e": value}
        elif shape["type"] == "string":
            # AWS words an unknown runtime of a function in another way.
            is_checked = "enum" in shape and (service, name) != ("lambda", "Runtime")
            entry |= {"t": "s"} | ({"enum": shape["enum"]} if is_checked else {})
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


def is_rest(model: dict[str, Any]) -> bool:
    return bool(model["metadata"]["protocol"] == "rest-json")


def sent_name(model: dict[str, Any], key: str, member: dict[str, Any]) -> str:
    return str(member.get("locationName", key)) if is_rest(model) else key


def input_name(service: str, key: str, member: dict[str, Any]) -> str:
    """Returns a member's name in an input: two may have the same name in the path and in the body."""
    return str(member.get("locationName", key)) if service == "apigatewayv2" else key


def bindings(service: str, model: dict[str, Any], operation: str) -> str:
    """Returns where a REST operation's input comes from: lists of a member's name, its place and its name there."""
    description = model["operations"][operation]
    shape = model["shapes"].get(description.get("input", {}).get("shape"), {"members": {}})
    places = {"uri": "u", "querystring": "q", "header": "h"}
    found = []
    for key, member in shape["members"].items():
        place = places.get(member.get("location", ""), "b")
        if shape.get("payload") == key:
            place = "p"
        name = input_name(service, key, member)
        found.append([name, place, member.get("locationName", key)])
    http = description["http"]
    entry = {
        "o": operation,
        "m": http["method"],
        "u": http["requestUri"],
        "s": http.get("responseCode", 200),
        "b": found,
    }
    return Shapes.line(entry)


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
            inputs[operation] = shapes.number(service, model, shape, is_input=is_rest(model))
    rest = [bindings(service, model, operation) for operation in operations] if is_rest(model) else []
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
        f'        inputError: "{error}"' + ("," if rest else ""),
        *(['        rest: #"""', *(f"            {line}" for line in rest), '            """#'] if rest else []),
        "    )",
        "}",
    ]
    path = APIS / f"{file}.generated.swift"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(text) + "\n")
    print(f"{service}: {len(operations)} operations, {len(shapes.lines)} shapes, {path.stat().st_size} bytes")


def main() -> None:
    for service, operations in OPERATIONS.items():
        write(service, operations)


if __name__ == "__main__":
    main()
