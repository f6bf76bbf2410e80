import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Create or change a pipeline from a file of 'roost export'.",
        discussion: """
            Model versions that the server has are used, and the others are uploaded. The pipeline changes last, in one step: \
            if the import fails before, the uploaded versions stay, and the next import uses them.
            """
    )
    @OptionGroup var options: ClientOptions
    @Option(
        name: .shortAndLong,
        help: "Name of the workspace. (default: the one that the pipeline came from)",
        completion: ServerNames.workspaces
    )
    var workspace: String?
    @Flag(help: "Also deploy the pipeline, and wait until it runs.") var deploy = false
    @Argument(help: "File to import.", completion: .file()) var file: String

    func run() async throws {
        try await reportingErrors {
            let client = try options.client
            let archive = PipelineArchive(path: file)
            let manifest = try archive.verified()
            var definition = manifest.definition
            let workspace = workspace ?? definition.workspace ?? Workspace.defaultName
            definition.workspace = workspace
            let before = try await client.existingPipeline(definition.name)
            try await check(definition, manifest.models, before)
            let versions = try await versions(of: manifest.models, archive, in: workspace)
            definition.steps = try definition.steps.map { step in
                try step.mapModels { reference throws(RoostError) in
                    guard let version = versions[reference] else {
                        throw RoostError(
                            .invalidInput,
                            "'\(file)' does not contain model '\(reference)'.",
                            field: "file"
                        )
                    }
                    return version
                }
            }
            var pipeline = try await client.apply(definition)
            if deploy {
                try await client.deployNewest(of: pipeline)
                pipeline = try await client.pipeline(pipeline.name)
            }
            if options.json { return try Output.json(pipeline) }
            let change =
                before == nil ? "Created" : before?.version.id == pipeline.version.id ? "Unchanged:" : "Changed"
            print("\(change) pipeline \(pipeline.name), version \(pipeline.version.id)\(deploy ? ", deployed" : "").")
        }
    }

    /// Checks what the server would refuse after the uploads.
    private func check(
        _ definition: PipelineDefinition,
        _ models: [PipelineArchive.ExportedModel],
        _ known: Pipeline?
    ) async throws {
        let workspace = definition.workspace ?? Workspace.defaultName
        try await options.client.check(workspaces: [workspace])
        if let known, known.workspace != workspace {
            throw RoostError(
                .conflict,
                "Pipeline '\(known.name)' belongs to workspace '\(known.workspace)'. Pipeline names must be unique on a server.",
                field: "workspace"
            )
        }
        if !definition.functions.isEmpty {
            let known = Set(try await options.client.functions().map(\.name))
            let missing = definition.functions.map(\.name).filter { !known.contains($0) }
            guard missing.isEmpty else {
                throw RoostError(
                    .notFound,
                    "The pipeline needs functions that the server does not have: \(missing.joined(separator: ", ")).",
                    field: "steps"
                )
            }
        }
        let algorithms = Set(models.compactMap(\.algorithm))
        if !algorithms.isEmpty {
            let missing = algorithms.subtracting(try await options.client.algorithms().map(\.name)).sorted()
            guard missing.isEmpty else {
                throw RoostError(
                    .notFound,
                    "The pipeline needs algorithms that the server does not have: \(missing.joined(separator: ", ")).",
                    field: "algorithm"
                )
            }
        }
    }

    /// Returns the version on the server for each version in the archive, and uploads those that are missing.
    private func versions(
        of models: [PipelineArchive.ExportedModel],
        _ archive: PipelineArchive,
        in workspace: String
    ) async throws -> [ModelReference: ModelReference] {
        var versions: [ModelReference: ModelReference] = [:]
        var missing: [(ModelReference, ModelContent)] = []
        for model in models {
            let source = ModelContent(
                name: model.version.name,
                workspace: workspace,
                framework: model.framework,
                sha256: model.sha256,
                trees: model.trees,
                algorithm: model.algorithm
            )
            if let known = try await source.version(on: options.client, preferring: model.version.version) {
                versions[model.version] = known.reference
            } else {
                missing.append((model.version, source))
            }
        }
        guard !missing.isEmpty else { return versions }
        return try await withTemporaryFolder { [missing] folder in
            try archive.extract(Set(missing.map(\.1.sha256)), to: folder)
            for (reference, source) in missing {
                // Two of them may be made of the same.
                if let known = try await source.version(on: options.client) {
                    versions[reference] = known.reference
                } else {
                    let path = PipelineArchive.path(of: source.sha256, in: folder)
                    versions[reference] = try await source.upload(path, to: options.client).reference
                }
            }
            return versions
        }
    }
}
