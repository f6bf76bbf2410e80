import Definitions
package import Foundation

/// The OpenAPI 3.1 document of the server, built from ``APIOperation`` and the schemas below.
package enum OpenAPIDocument {
    package static func json(version: String) -> Data {
        var paths: [String: [String: Any]] = [:]
        for operation in APIOperation.allCases {
            let description = operation.description
            paths[description.path, default: [:]][description.method.lowercased()] = entry(operation, description)
        }
        let document: [String: Any] = [
            "openapi": "3.1.0",
            "info": [
                "title": "Roost", "version": version,
                "description": "Models in production: pipelines, deployments, inference and the inference log.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "paths": paths,
            "components": ["schemas": schemas],
        ]
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        return (try? JSONSerialization.data(withJSONObject: document, options: options)) ?? Data()
    }

    private static func entry(_ operation: APIOperation, _ description: APIOperation.Description) -> [String: Any] {
        let names = description.path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            String($0.dropFirst().dropLast())
        }
        var parameters: [[String: Any]] = names.map {
            ["name": $0, "in": "path", "required": true, "schema": ["type": "string"]]
        }
        parameters += description.query.map {
            ["name": $0, "in": "query", "required": false, "schema": querySchema($0)]
        }
        var responses: [String: Any] = [
            "\(description.status)": ["description": "Success", "content": content(description.response)],
            "default": [
                "description": "An error",
                "content": content(description.path.hasPrefix("/v2") ? "V2Error" : "Error"),
            ],
        ]
        if operation == .applyPipeline {
            responses["201"] = ["description": "The pipeline was created", "content": content(description.response)]
        }
        var entry: [String: Any] = [
            "operationId": operation.rawValue, "summary": description.summary, "responses": responses,
        ]
        if !parameters.isEmpty { entry["parameters"] = parameters }
        if let request = description.request {
            var types = content(request)
            if request.hasSuffix("Definition") { types["application/yaml"] = types["application/json"] }
            entry["requestBody"] = ["required": request != "NewDeployment", "content": types]
        }
        return entry
    }

    private static func content(_ name: String) -> [String: Any] {
        name.contains("/")
            ? [name: ["schema": ["type": "string"]]]
            : ["application/json": ["schema": ["$ref": "#/components/schemas/\(name)"]]]
    }

    private static func querySchema(_ name: String) -> [String: Any] {
        switch name {
        case "limit": ["type": "integer", "minimum": 1]
        case "from", "offset": ["type": "integer", "minimum": 0]
        case "valid": ["type": "boolean"]
        case "framework": ["type": "string", "enum": Framework.allCases.map(\.rawValue)]
        case "trees": ["type": "string", "enum": TreeSelection.allCases.map(\.rawValue)]
        default: ["type": "string"]
        }
    }

    // MARK: Schemas

    static var text: [String: Any] { ["type": "string"] }
    static var integer: [String: Any] { ["type": "integer"] }
    static var number: [String: Any] { ["type": "number"] }
    static var truth: [String: Any] { ["type": "boolean"] }
    static var time: [String: Any] { ["type": "string", "format": "date-time"] }
    static var name: [String: Any] { ["type": "string", "pattern": Name.pattern] }
    static var anything: [String: Any] { [:] }

    static func list(_ items: [String: Any]) -> [String: Any] { ["type": "array", "items": items] }
    static func list(of schema: String) -> [String: Any] { list(reference(schema)) }
    static func reference(_ schema: String) -> [String: Any] { ["$ref": "#/components/schemas/\(schema)"] }
    static func map(of schema: [String: Any]) -> [String: Any] {
        ["type": "object", "additionalProperties": schema]
    }

    static func object(_ properties: [String: Any], optional: [String] = [], isOpen: Bool = false) -> [String:
        Any]
    {
        [
            "type": "object", "properties": properties,
            "required": properties.keys.filter { !optional.contains($0) }.sorted(),
            "additionalProperties": isOpen,
        ]
    }

    private static var schemas: [String: Any] {
        platformSchemas.merging(inferenceSchemas) { first, _ in first }.merging(jobSchemas) { first, _ in first }
    }

    private static var platformSchemas: [String: Any] {
        [
            "Error": object(["error": object(["code": text, "message": text, "field": text], optional: ["field"])]),
            "ServerStatus": object([
                "version": text, "state": ["type": "string", "enum": ["starting", "ready", "draining"]],
                "safe_mode": truth,
                "uptime_s": number,
                "runtimes": list(object(["name": text, "version": text, "loaded": truth])), "pipelines": integer,
                "memory_mb": number, "warnings": list(text),
            ]),
            "NewWorkspace": object(["name": name]),
            "Workspace": object([
                "id": integer, "name": name, "created_at": time, "models": list(text), "pipelines": list(text),
            ]),
            "WorkspaceList": object(["workspaces": list(of: "Workspace")]),
            "TensorSpec": object(
                [
                    "name": text, "datatype": text, "shape": list(["type": "integer", "minimum": -1]),
                    "feature_names": list(text), "any_rank": truth,
                ],
                optional: ["feature_names", "any_rank"]
            ),
            "Signature": object(["inputs": list(of: "TensorSpec"), "outputs": list(of: "TensorSpec")]),
            "Boosting": object(
                [
                    "rounds": integer, "best_iteration": integer,
                    "trees": ["type": "string", "enum": TreeSelection.allCases.map(\.rawValue)],
                ],
                optional: ["best_iteration"]
            ),
            "ModelVersion": object(
                [
                    "id": ["type": "string", "format": "uuid"], "model": name, "workspace": name,
                    "framework": ["type": "string", "enum": Framework.allCases.map(\.rawValue)], "sha256": text,
                    "byte_count": integer, "signature": reference("Signature"), "tags": list(text), "created_at": time,
                    "algorithm": text, "algorithm_version": text, "code_sha256": text, "environment": map(of: text),
                    "image": text, "boosting": reference("Boosting"),
                ],
                optional: ["algorithm", "algorithm_version", "code_sha256", "environment", "image", "boosting"]
            ),
            "Model": object(["name": name, "workspace": name, "created_at": time, "versions": list(of: "ModelVersion")]
            ),
            "Algorithm": object([
                "name": name, "version": text, "trains": truth, "serves": truth, "byte_count": integer,
                "created_at": time,
            ]),
            "AlgorithmList": object(["algorithms": list(of: "Algorithm")]),
            "ModelList": object(["models": list(of: "Model")]),
            "Step": [
                "description": "Exactly one kind of step. A model is NAME (the newest version) or NAME@VERSION.",
                "oneOf": [
                    object(["model": text]),
                    object([
                        "random_split": object(
                            [
                                "hash_key": text,
                                "models": list(
                                    object(
                                        ["name": text, "model": text, "weight": ["type": "number", "minimum": 0]],
                                        optional: ["name"]
                                    )
                                ),
                            ],
                            optional: ["hash_key"]
                        )
                    ]),
                    object(["key_split": object(["key": text, "default": text, "models": map(of: text)])]),
                    object([
                        "shadow_deploy": object(
                            [
                                "champion": text, "challengers": list(text), "names": list(text),
                                "share": ["type": "number", "exclusiveMinimum": 0, "maximum": 1],
                            ],
                            optional: ["names", "share"]
                        )
                    ]),
                ],
            ],
            "Validation": object(["name": text, "expression": text]),
            "PipelineDefinition": object(
                [
                    "name": name, "workspace": name, "steps": list(of: "Step"), "validations": list(of: "Validation"),
                ],
                optional: ["workspace", "steps", "validations"]
            ),
            "PipelineVersion": object([
                "id": text, "created_at": time, "steps": list(of: "Step"), "validations": list(of: "Validation"),
            ]),
            "PipelineVersionList": object(["versions": list(of: "PipelineVersion")]),
            "Pipeline": object(
                [
                    "name": name, "workspace": name, "created_at": time, "updated_at": time, "tags": list(text),
                    "version": reference("PipelineVersion"), "deployment": reference("Deployment"),
                ],
                optional: ["deployment"]
            ),
            "PipelineList": object(["pipelines": list(of: "Pipeline")]),
            "NewDeployment": object(["version": text], optional: ["version"]),
            "Deployment": object(
                [
                    "pipeline": name,
                    "state": [
                        "type": "string", "enum": ["Starting", "Running", "Updating", "Stopping", "Stopped", "Error"],
                    ],
                    "version": text, "error": text, "updated_at": time, "models": list(of: "DeployedModel"),
                ],
                optional: ["error"]
            ),
            "DeployedModel": object([
                "model": text, "version": text, "framework": text, "run_time_us": number, "runs_on": text,
            ]),
            "AWSAccess": object(["certificate": text, "verifies_signatures": truth]),
            "QuotaList": object(["quotas": list(of: "Quota"), "requests": list(of: "QuotaRequest")]),
            "Quota": object([
                "service": text, "code": text, "name": text, "value": number, "unit": text, "adjustable": truth,
            ]),
            "QuotaRequest": object([
                "id": text, "service": text, "code": text, "name": text, "value": number,
                "status": ["type": "string", "enum": ["PENDING", "APPROVED", "DENIED"]], "created_at": time,
            ]),
            "OpenAPI": object(["openapi": text, "info": anything, "paths": anything, "components": anything]),
        ]
    }

    private static var inferenceSchemas: [String: Any] {
        let output = object(["data": list(anything), "dim": list(integer), "v": integer])
        return [
            "InferenceInputs": [
                "description":
                    "Nested arrays by input name, or rows as objects if the model has feature names; also the values "
                    + "of hash keys and split keys.",
                "type": "object",
            ],
            "Outputs": list(map(of: output)),
            "InferenceResult": object([
                "check_failures": list(anything), "elapsed": integer, "model_name": text, "model_version": text,
                "original_data": ["type": "object"], "outputs": reference("Outputs"), "pipeline_name": text,
                "shadow_data": map(of: reference("Outputs")), "time": integer,
            ]),
            "LogEntry": object(
                [
                    "time": integer, "id": text, "valid": truth, "model_name": text, "model_version": text,
                    "role": ["type": "string", "enum": ["champion", "challenger"]], "pipeline_name": text,
                    "pipeline_version": text, "elapsed": integer, "check_failures": list(anything),
                    "outputs": anything, "error": text, "original_data": anything, "omitted": map(of: integer),
                ],
                optional: ["outputs", "error", "omitted"]
            ),
            "LogEntryList": object(["entries": list(of: "LogEntry")]),
            "V2Error": object(["error": text]),
            "V2Server": object(["name": text, "version": text, "extensions": list(text)]),
            "V2Live": object(["live": truth]),
            "V2Ready": object(["ready": truth]),
            "V2ModelReady": object(["name": text, "ready": truth]),
            "V2Model": object([
                "name": text, "versions": list(text), "platform": text, "inputs": list(of: "TensorSpec"),
                "outputs": list(of: "TensorSpec"),
            ]),
            "V2Tensor": object(
                ["name": text, "datatype": text, "shape": list(integer), "data": list(anything)],
                isOpen: true
            ),
            "V2Request": object(
                [
                    "id": text, "parameters": ["type": "object"], "inputs": list(of: "V2Tensor"),
                    "outputs": list(object(["name": text], isOpen: true)), "model_name": text, "model_version": text,
                ],
                optional: ["id", "parameters", "outputs", "model_name", "model_version"]
            ),
            "V2Response": object(
                ["model_name": text, "model_version": text, "id": text, "outputs": list(of: "V2Tensor")],
                optional: ["id"]
            ),
        ]
    }
}
