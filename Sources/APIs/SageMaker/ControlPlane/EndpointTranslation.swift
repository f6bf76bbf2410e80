import AWS
import Definitions
import Endpoints
import Foundation
import Platform

/// What SageMaker keeps with an endpoint, beside its record.
struct EndpointNote: Codable, Sendable {
    var arn: String
    /// The `DeploymentConfig` of the last change that had one.
    var lastDeploymentConfig: JSON?
    var concurrencyChanges: ConcurrencyChanges?
}

/// What SageMaker keeps with an endpoint's definition: the parts of the endpoint configuration that the definition has no place for.
struct EndpointRequest: Codable, Sendable {
    var configName: String
    /// The production variants as requested. The definition has the properties that an update retained instead.
    var variants: JSON?
    var dataCapture: JSON?
}

extension EndpointRecord {
    /// - Parameter arn: The endpoint's ARN if its record is damaged.
    func sageMakerNote(arn: String) -> EndpointNote { decoded(note) ?? EndpointNote(arn: arn) }
}

extension EndpointDefinition {
    var sageMakerRequest: EndpointRequest? { decoded(request) }
}

private func decoded<Value: Decodable>(_ text: String?) -> Value? {
    text.flatMap { try? JSONDecoder().decode(Value.self, from: Data($0.utf8)) }
}

func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

extension SageMakerService {
    /// Converts an endpoint configuration, with exact model versions. A model that cannot be served is a problem of its variant:
    /// the change to it is accepted and fails, as on AWS.
    func definition(of config: JSON, named name: String) async throws -> EndpointDefinition {
        var definition = EndpointDefinition(
            workspace: Self.workspace,
            variants: try await variants(config["ProductionVariants"]),
            shadows: try await variants(config["ShadowProductionVariants"])
        )
        let capture = config["DataCaptureConfig"]
        definition.capture = try capture.map { try CaptureDefinition($0) }
        definition.request = try encoded(
            EndpointRequest(configName: name, variants: config["ProductionVariants"], dataCapture: capture)
        )
        return definition
    }

    private func variants(_ list: JSON?) async throws -> [EndpointDefinition.Variant] {
        var found: [EndpointDefinition.Variant] = []
        for variant in list?.array ?? [] {
            let name = try variant.required("VariantName")
            let modelName = try variant.required("ModelName")
            let model = try await platform.recorded(ModelRecord.self, .model, modelName)?.value
            var new = EndpointDefinition.Variant(
                name: name,
                model: ModelReference(name: modelName, version: model?.version),
                weight: variant["InitialVariantWeight"]?.number ?? 1
            )
            new.instanceCount = variant["InitialInstanceCount"]?.int
            new.instanceType = variant["InstanceType"]?.string
            new.image = model?.image
            if model == nil {
                new.problem = "Model \"\(modelName)\" of variant \(name) no longer exists."
            } else if let problem = model?.problem {
                new.problem = "Model \"\(modelName)\" of variant \(name) cannot be loaded: \(problem)"
            }
            found.append(new)
        }
        return found
    }

    /// Words the refusal of a change as SageMaker does.
    static func refusal(_ rejection: EndpointRejection, _ name: String, arn: String) -> AWSError {
        switch rejection {
        case .nameIsPipeline(let workspace):
            .validation(
                "The name '\(name)' is already used by a pipeline of workspace '\(workspace)', which answers under it. Choose "
                    + "another name for the endpoint."
            )
        case .exists: .validation("Cannot create already existing endpoint \"\(arn)\".")
        case .missing: .validation("Could not find endpoint \"\(arn)\".")
        case .inProgress: .validation("Cannot update in-progress endpoint \"\(arn)\".")
        case .neverServed:
            .validation(
                "Cannot update endpoint \"\(arn)\" because it failed before it was in service. Delete it and create it again."
            )
        case .unknownVariant(let variant):
            .validation("Could not find variant \"\(variant)\" of endpoint \"\(arn)\".")
        case .noTraffic:
            .validation("The weights of the production variants would all be 0. At least one must be greater than 0.")
        case .gate(let message): .validation(message)
        }
    }
}

extension CaptureDefinition {
    /// Reads a `DataCaptureConfig`.
    ///
    /// - Throws: ``RoostError`` or ``AWSError`` if a member is missing or invalid.
    init(_ config: JSON) throws {
        let destination = try config.required("DestinationS3Uri")
        _ = try ObjectURI(destination, field: "DestinationS3Uri")
        let percentage = config["InitialSamplingPercentage"]?.int ?? 100
        guard (0...100).contains(percentage) else {
            throw AWSError.validation("InitialSamplingPercentage is \(percentage); it must be between 0 and 100.")
        }
        let modes = (config["CaptureOptions"]?.array ?? []).compactMap { $0["CaptureMode"]?.string }
        guard !modes.isEmpty else { throw AWSError.missing(["DataCaptureConfig", "CaptureOptions"]) }
        let header = config["CaptureContentTypeHeader"]
        func types(_ member: String) -> Set<String> { Set(header?[member]?.array?.compactMap(\.string) ?? []) }
        self.init(
            isEnabled: config["EnableCapture"]?.bool ?? false,
            destination: destination,
            percentage: percentage,
            keepsInput: modes.contains("Input") || modes.contains("InputAndOutput"),
            keepsOutput: modes.contains("Output") || modes.contains("InputAndOutput"),
            csvTypes: types("CsvContentTypes"),
            jsonTypes: types("JsonContentTypes")
        )
    }
}
