import Definitions
import Foundation

/// What `CreateTransformJob` asks for, read as a definition; and a definition told as such a request.
enum TransformRequest {
    static func definition(_ input: JSON) throws -> TransformDefinition {
        guard let source = input["TransformInput"] else { throw AWSError.missing(["TransformInput"]) }
        if let captured = input["DataCaptureConfig"]?["DestinationS3Uri"]?.string, !captured.isEmpty {
            throw AWSError.unsupported(
                "DataCaptureConfig",
                reason: "a transform job's data is where it was and is put."
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

    /// The rule of AWS that concerns more than one member.
    private static func check(_ definition: TransformDefinition) throws {
        let (product, overflows) = definition.maxPayload.multipliedReportingOverflow(by: definition.maxConcurrent)
        if overflows || product > 100 {
            throw AWSError.validation(
                "MaxConcurrentTransforms * MaxPayloadInMB must not exceed 100: "
                    + "\(definition.maxConcurrent) * \(definition.maxPayload) does."
            )
        }
    }

    /// A member that is one of a few words; `TFRecord` is AWS's, and is not spoken here.
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

    /// A text that is there and not empty.
    private static func text(_ value: JSON?) -> String? { value?.string.flatMap { $0.isEmpty ? nil : $0 } }

    /// A request with what AWS fills in.
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

    /// What a job that another interface made would have been asked for here.
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
