import Definitions
import Foundation
import NativeAPI
import RoostClient
import Tensors

/// Makes a model the only step of a pipeline.
struct ModelDeployment {
    private let client: RoostClient
    private let pipeline: String
    private let workspace: String
    private let model: String
    private let existing: Pipeline?

    /// Checks that the pipeline is new or consists of one model.
    ///
    /// - Parameter workspace: `nil` means that of the pipeline, or the default one.
    init(of pipeline: String, in workspace: String? = nil, on client: RoostClient) async throws {
        try Name.check(pipeline, what: "pipeline name", field: "name")
        self.client = client
        self.pipeline = pipeline
        existing = try await client.existingPipeline(pipeline)
        if let existing, let workspace, workspace != existing.workspace {
            throw RoostError(
                .conflict,
                "Pipeline '\(pipeline)' already exists in workspace '\(existing.workspace)'.",
                field: "workspace"
            )
        }
        self.workspace = existing?.workspace ?? workspace ?? Workspace.defaultName
        let steps = existing?.version.steps ?? []
        switch (steps.count, steps.first) {
        case (0, _): model = pipeline
        case (1, .model(let reference)?): model = reference.name
        default:
            throw RoostError(
                .conflict,
                "Pipeline '\(pipeline)' does not consist of one model, so its model cannot be replaced. Change its definition "
                    + "with 'roost pipeline apply --file', or use another name.",
                field: "name"
            )
        }
    }

    /// Makes the artifact a new version of the pipeline's model, and makes that the pipeline's only step. Validations and settings
    /// stay.
    func apply(_ source: String) async throws -> (pipeline: Pipeline, model: ModelVersion) {
        let version = try await ModelSource.upload(source, as: model, in: workspace, on: client).version
        var definition = existing?.definition ?? PipelineDefinition(name: pipeline, workspace: workspace)
        definition.steps = [.model(version.reference)]
        return (try await client.apply(definition), version)
    }

    /// Does the same, deploys the pipeline and waits until it runs.
    func deploy(_ source: String, _ options: ClientOptions) async throws {
        let (pipeline, model) = try await apply(source)
        let deployment = try await PipelineCommand.deploy(pipeline.name, version: pipeline.version.id, options)
        if options.json { return try Output.json(deployment) }
        print("Model \(model.reference) (\(model.framework.rawValue))")
        print("Pipeline \(pipeline.name) is at version \(pipeline.version.id), deployed")
        print("Infer with: roost infer \(pipeline.name) \(Self.example(of: model.signature) ?? "--file FILE")")
    }

    /// The most numbers in an example.
    private static let exampleLimit = 32

    /// Returns a body with zeros, quoted for a shell; `nil` if the inputs are not simple enough.
    static func example(of signature: Signature) -> String? {
        var inputs: [String] = []
        for input in signature.inputs {
            guard input.name.wholeMatch(of: /[A-Za-z0-9._:\/-]+/) != nil, !input.hasAnyRank, input.dataType != .bytes,
                let zeros = zeros(input.shape.map { max($0, 1) }[...], input.dataType == .bool ? "false" : "0")
            else { return nil }
            inputs.append("\"\(input.name)\": \(zeros)")
        }
        return "'{\(inputs.joined(separator: ", "))}'"
    }

    private static func zeros(_ shape: ArraySlice<Int>, _ zero: String) -> String? {
        guard let count = shape.first else { return zero }
        guard count <= exampleLimit, let inner = zeros(shape.dropFirst(), zero) else { return nil }
        let text = "[" + Array(repeating: inner, count: count).joined(separator: ", ") + "]"
        return text.utf8.count <= exampleLimit * 5 ? text : nil
    }
}
