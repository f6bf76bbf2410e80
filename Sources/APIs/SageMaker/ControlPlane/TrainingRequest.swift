import AWS
import Definitions
import Foundation

/// Converts `CreateTrainingJob` requests to definitions and back.
///
/// Settings that mean nothing on a single machine are accepted and echoed: instance types and counts, VPCs, keys, profilers,
/// debuggers, spot training, retries. `Pipe` and `FastFile` are treated as `File`. Unsupported settings that would change the
/// result are rejected.
enum TrainingRequest {
    /// - Parameters:
    ///   - input: The members of `CreateTrainingJob`, or of a tuning job's `TrainingJobDefinition`.
    ///   - hyperparameters: The job's hyperparameters.
    static func definition(
        _ input: JSON,
        name: String,
        hyperparameters: [String: String]
    ) throws -> TrainingDefinition {
        try refuseUnsupported(input)
        return TrainingDefinition(
            name: name,
            algorithm: try algorithm(input),
            hyperparameters: hyperparameters,
            channels: try (input["InputDataConfig"]?.array ?? []).map(channel),
            output: try input.required("OutputDataConfig", "S3OutputPath"),
            maxRuntime: input["StoppingCondition"]?["MaxRuntimeInSeconds"]?.int ?? 86400,
            environment: input["Environment"]?.strings ?? [:],
            metrics: try (input["AlgorithmSpecification"]?["MetricDefinitions"]?.array ?? []).map {
                MetricDefinition(name: try $0.required("Name"), pattern: try $0.required("Regex"))
            },
            checkpoints: input["CheckpointConfig"]?["S3Uri"]?.string
        )
    }

    private static func algorithm(_ input: JSON) throws -> String {
        guard let specification = input["AlgorithmSpecification"] else {
            throw AWSError.missing(["AlgorithmSpecification"])
        }
        if let image = specification["TrainingImage"]?.string ?? specification["AlgorithmName"]?.string { return image }
        throw AWSError.validation("You must specify either AlgorithmName or TrainingImage in AlgorithmSpecification.")
    }

    private static func channel(_ channel: JSON) throws -> DataChannel {
        try dataSource(channel, name: try channel.required("ChannelName"))
    }

    /// Returns the objects of a `DataSource` as a channel. Transform jobs also have a `DataSource`.
    static func dataSource(_ input: JSON, name: String) throws -> DataChannel {
        guard let source = input["DataSource"]?["S3DataSource"] else {
            throw AWSError.unsupported(
                "DataSource",
                reason: "the data must be in S3. Specify an S3DataSource."
            )
        }
        let selection: DataChannel.Selection =
            switch try source.required("S3DataType") {
            case "S3Prefix": .prefix
            case "ManifestFile": .manifest
            case let type:
                throw AWSError.unsupported(
                    "DataSource",
                    "S3DataSource",
                    "S3DataType",
                    reason: "'\(type)' in '\(name)'. Use S3Prefix for all objects under a prefix, or ManifestFile "
                        + "for the objects that a file lists."
                )
            }
        if let wrapper = input["RecordWrapperType"]?.string, wrapper != "None" {
            throw AWSError.unsupported("RecordWrapperType", reason: "records are not wrapped as \(wrapper). Use None.")
        }
        return DataChannel(
            name: name,
            uri: try source.required("S3Uri"),
            selection: selection,
            contentType: input["ContentType"]?.string.flatMap { $0.isEmpty ? nil : $0 },
            isCompressed: input["CompressionType"]?.string == "Gzip"
        )
    }

    private static func refuseUnsupported(_ input: JSON) throws {
        if let compression = input["OutputDataConfig"]?["CompressionType"]?.string, compression != "GZIP" {
            throw AWSError.unsupported(
                "OutputDataConfig",
                "CompressionType",
                reason: "the model is always saved as a model.tar.gz. Use GZIP."
            )
        }
        for member in ["ContainerEntrypoint", "ContainerArguments"]
        where input["AlgorithmSpecification"]?[member]?.array?.isEmpty == false {
            throw AWSError.unsupported(
                "AlgorithmSpecification",
                member,
                reason: "an algorithm is always started with its 'train' program."
            )
        }
        if let count = input["ResourceConfig"]?["InstanceCount"]?.number, count < 1 {
            throw AWSError.validation(
                AWSError.text(ofProblems: [
                    "Value '\(Int(saturating: count))' at 'resourceConfig.instanceCount' failed to satisfy constraint: Member must have "
                        + "value greater than or equal to 1"
                ])
            )
        }
        for member in ["ServerlessJobConfig", "ModelPackageConfig"] where input[member] != nil {
            throw AWSError.unsupported(member, reason: "specify the algorithm with AlgorithmSpecification.")
        }
    }

    /// Returns the equivalent request for a job that was created with another API.
    static func request(_ definition: TrainingDefinition) -> JSON {
        .members([
            "AlgorithmSpecification": .members([
                "TrainingImage": .string(definition.algorithm),
                "TrainingInputMode": .string("File"),
                "MetricDefinitions": definition.metrics.isEmpty ? nil : metricDefinitions(definition.metrics),
            ]),
            "HyperParameters": .strings(definition.hyperparameters),
            "InputDataConfig": .array(
                definition.channels.map { channel in
                    dataSource(channel).merging(["ChannelName": .string(channel.name)])
                }
            ),
            "OutputDataConfig": .object(["S3OutputPath": .string(definition.output)]),
            "StoppingCondition": .object(["MaxRuntimeInSeconds": .number(Double(definition.maxRuntime))]),
            "Environment": definition.environment.isEmpty ? nil : .strings(definition.environment),
            "CheckpointConfig": definition.checkpoints.map { .object(["S3Uri": .string($0)]) },
        ])
    }

    static func metricDefinitions(_ metrics: [MetricDefinition]) -> JSON {
        .array(metrics.map { .object(["Name": .string($0.name), "Regex": .string($0.pattern)]) })
    }

    /// Returns a channel as a `DataSource`, with its content type and compression.
    static func dataSource(_ channel: DataChannel) -> JSON {
        .members([
            "DataSource": .object([
                "S3DataSource": .object([
                    "S3DataType": .string(channel.selection == .prefix ? "S3Prefix" : "ManifestFile"),
                    "S3Uri": .string(channel.uri),
                    "S3DataDistributionType": .string("FullyReplicated"),
                ])
            ]),
            "ContentType": channel.contentType.map { .string($0) },
            "CompressionType": .string(channel.isCompressed ? "Gzip" : "None"),
        ])
    }
}
