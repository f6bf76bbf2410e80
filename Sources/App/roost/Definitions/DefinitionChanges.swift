import Definitions
import Foundation
import NativeAPI
import RoostClient

/// What the definitions of a folder would change on a server.
struct DefinitionChanges {
    struct ModelChange {
        var source: ModelContent
        var path: String
        /// `nil` if the server does not have it yet.
        var version: ModelVersion?
    }

    struct PipelineChange {
        var file: String
        /// `nil` if the pipeline is new.
        var before: PipelineDefinition?
        /// With exact model versions.
        var after: PipelineDefinition

        var isChanged: Bool { before != after }

        func difference() throws -> [UnifiedDiff.Line] {
            UnifiedDiff.lines(
                try before.map(DefinitionYAML.text) ?? "",
                try DefinitionYAML.text(of: after),
                from: before == nil ? "/dev/null" : "server: \(after.name)",
                to: "\(file): \(after.name)"
            )
        }
    }

    /// The version of a model that is not uploaded yet.
    static let newVersion = "new"

    private(set) var models: [ModelChange] = []
    private(set) var pipelines: [PipelineChange] = []
    private let client: RoostClient
    private let folder: DefinitionFolder

    /// Compares the definitions with the server, and changes nothing.
    ///
    /// - Throws: ``RoostError`` if a definition is invalid.
    init(of folder: DefinitionFolder, on client: RoostClient) async throws {
        self.client = client
        self.folder = folder
        let named = folder.models.map(\.workspace) + folder.pipelines.compactMap(\.definition.workspace)
        if !named.isEmpty { try await client.check(workspaces: Set(named).sorted()) }
        for model in folder.models {
            let source = ModelContent(
                name: model.declaration.name,
                workspace: model.workspace,
                framework: model.declaration.framework,
                sha256: try InputFile.sha256(of: model.path),
                trees: model.declaration.trees,
                algorithm: model.declaration.algorithm
            )
            let version = try await source.version(on: client)
            models.append(ModelChange(source: source, path: model.path, version: version))
        }
        try await comparePipelines()
    }

    /// Uploads the new models. Afterwards, all pipelines are checked by the server.
    mutating func uploadModels() async throws {
        for index in models.indices where models[index].version == nil {
            models[index].version = try await models[index].source.upload(models[index].path, to: client)
        }
        try await comparePipelines()
    }

    private mutating func comparePipelines() async throws {
        pipelines = []
        for (definition, file) in folder.pipelines {
            let known = try await client.existingPipeline(definition.name)
            do {
                let after = try await resolved(definition, in: known?.workspace)
                pipelines.append(PipelineChange(file: file, before: known?.definition, after: after))
            } catch let error as RoostError where error.code != .unavailable {
                throw RoostError(
                    error.code,
                    "'\(file)': pipeline '\(definition.name)': \(error.message)",
                    field: error.field
                )
            }
        }
    }

    /// Returns a definition with exact model versions. The server checks it unless it needs a model that is new.
    private func resolved(_ definition: PipelineDefinition, in current: String?) async throws -> PipelineDefinition {
        var definition = definition
        let workspace = definition.workspace ?? current ?? Workspace.defaultName
        definition.workspace = workspace
        let declared = Dictionary(
            uniqueKeysWithValues: models.filter { $0.source.workspace == workspace }.map { ($0.source.name, $0) }
        )
        definition.steps = definition.steps.map { step in
            step.mapModels { reference in
                guard reference.version == nil, let model = declared[reference.name] else { return reference }
                return ModelReference(name: reference.name, version: model.version?.id ?? Self.newVersion)
            }
        }
        guard definition.models.contains(where: { $0.version == Self.newVersion }) else {
            return try await client.resolve(definition)
        }
        var newest: [String: String] = [:]
        for reference in definition.models where reference.version == nil {
            newest[reference.name] = try await client.model(reference.name, in: workspace).versions.first?.id
        }
        definition.steps = definition.steps.map { step in
            step.mapModels { ModelReference(name: $0.name, version: $0.version ?? newest[$0.name]) }
        }
        return definition
    }
}
