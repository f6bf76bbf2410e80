import AWS
import Definitions
import Foundation

/// Converts `CreateTransformJob` requests to definitions and back.
enum TransformRequest {
    static func definition(_ input: JSON) throws -> TransformDefinition {
        guard let source = input["TransformInput"] else { throw AWSError.missing(["TransformInput"]) }
        if let captured = input["DataCaptureConfig"]?["DestinationS3Uri"]?.string, !captured.isEmpty {
            throw AWSError.unsupported(
                "DataCaptureConfig",
                reason: "a transform job's input and output are already stored in S3."
            )
        }
        var definition = TransformDefinition(
            name: try input.required("TransformJobName"),
            model: ModelReference(name: try input.required("ModelName")),
            workspace: SageMakerService.workspace,
            input: try TrainingRequest.dataSource(source, name: "input"),
            output: try input.required("TransformOutput", "S3OutputPath")
        )
        definition.split = try choice(source, "SplitType", path: "transformInput.splitType") ?? .none
        definition.assemble =
            try input["TransformOutput"].flatMap {
                try choice($0, "AssembleWith", path: "transformOutput.assembleWith")
            } ?? .none
        definition.batching = try choice(input, "BatchStrategy", path: "batchStrategy") ?? .multiRecord
        definition.maxPayload = input["MaxPayloadInMB"]?.int ?? 6
        definition.maxConcurrent = input["MaxConcurrentTransforms"]?.int ?? 0
        definition.accept = text(input["TransformOutput"]?["Accept"])
        definition.environment = input["Environment"]?.strings ?? [:]
        if let processing = input["DataProcessing"] {
            definition.inputFilter = text(processing["InputFilter"])
            definition.outputFilter = text(processing["OutputFilter"])
            definition.join = try choice(processing, "JoinSource", path: "dataProcessing.joinSource") ?? .none
        }
        try check(definition)
        return definition
    }

    /// Checks AWS's only rule that involves several members.
    private static func check(_ definition: TransformDefinition) throws {
        let (product, overflows) = definition.maxPayload.multipliedReportingOverflow(by: definition.maxConcurrent)
        if overflows || product > 100 {
            throw AWSError.validation(
                "MaxConcurrentTransforms * MaxPayloadInMB must not exceed 100, but is "
                    + "\(definition.maxConcurrent) * \(definition.maxPayload)."
            )
        }
    }

    /// Reads an enum member. AWS's `TFRecord` is not supported.
    private static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ input: JSON,
        _ member: String,
        path: String
    ) throws -> Value? {
        guard let word = text(input[member]) else { return nil }
        guard let value = Value(rawValue: word) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw AWSError.validation(
                AWSError.text(ofProblems: [
                    "Value '\(word)' at '\(path)' failed to satisfy constraint: Member must satisfy enum value set: [\(known)]"
                ])
            )
        }
        return value
    }

    /// Returns a string that is present and not empty.
    private static func text(_ value: JSON?) -> String? { value?.string.flatMap { $0.isEmpty ? nil : $0 } }

    /// Returns a request with AWS's defaults.
    static func withDefaults(_ asked: JSON) -> JSON {
        let input = JSON.object(["SplitType": .string("None"), "CompressionType": .string("None")])
        let output = JSON.object(["KmsKeyId": .string(""), "AssembleWith": .string("None")])
        let resources = JSON.object(["InstanceType": .string("local"), "InstanceCount": .number(1)])
        let processing = JSON.object([
            "InputFilter": .string("$"), "OutputFilter": .string("$"), "JoinSource": .string("None"),
        ])
        return asked.without("Tags").merging([
            "TransformInput": input.merging(asked["TransformInput"]?.object ?? [:]),
            "TransformOutput": output.merging(asked["TransformOutput"]?.object ?? [:]),
            "TransformResources": resources.merging(asked["TransformResources"]?.object ?? [:]),
            "DataProcessing": processing.merging(asked["DataProcessing"]?.object ?? [:]),
        ])
    }

    /// Returns the equivalent request for a job that was created with another API.
    static func request(_ definition: TransformDefinition) -> JSON {
        .members([
            "ModelName": .string(definition.model.name),
            "MaxPayloadInMB": .number(Double(definition.maxPayload)),
            "MaxConcurrentTransforms": .number(Double(definition.maxConcurrent)),
            "BatchStrategy": .string(definition.batching.rawValue),
            "Environment": definition.environment.isEmpty ? nil : .strings(definition.environment),
            "TransformInput": TrainingRequest.dataSource(definition.input).merging([
                "SplitType": .string(definition.split.rawValue)
            ]),
            "TransformOutput": .members([
                "S3OutputPath": .string(definition.output),
                "AssembleWith": .string(definition.assemble.rawValue),
                "Accept": definition.accept.map { .string($0) },
            ]),
            "DataProcessing": .members([
                "InputFilter": definition.inputFilter.map { .string($0) },
                "OutputFilter": definition.outputFilter.map { .string($0) },
                "JoinSource": .string(definition.join.rawValue),
            ]),
        ])
    }
}
