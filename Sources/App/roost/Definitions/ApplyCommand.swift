import ArgumentParser
import Definitions
import Foundation
import RoostClient

/// Where the definitions are.
struct DefinitionOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "File with definitions, or folder with .yaml, .yml and .json files; - for standard input.",
        completion: .file()
    )
    var file: String
}

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what 'roost apply' would change.",
        discussion: "Models without a version in a definition are compared as the versions that they stand for now."
    )
    @OptionGroup var options: ClientOptions
    @OptionGroup var definitions: DefinitionOptions
    @Flag(help: "Exit with status 1 if there is a difference.") var exitCode = false

    func run() async throws {
        let isChanged = try await reportingErrors {
            let changes = try await DefinitionChanges(
                of: DefinitionFolder(definitions.file),
                on: options.client
            )
            let models = changes.models.filter { $0.version == nil }
            let pipelines = changes.pipelines.filter(\.isChanged)
            if options.json {
                try Output.json(
                    changes.models.map { ChangeReport($0, $0.version == nil) }
                        + changes.pipelines.map { try ChangeReport($0, version: nil) }
                )
            } else {
                for model in models { print("Model \(model.source.name): new version from \(model.path)") }
                for pipeline in pipelines { Output.show(try pipeline.difference()) }
            }
            return !models.isEmpty || !pipelines.isEmpty
        }
        if exitCode, isChanged { throw ExitCode(1) }
    }
}

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Create or change models and pipelines from a file or folder of definitions.",
        discussion: """
            Each document is a pipeline, or a model: a document with the path of an artifact in 'file'. Everything is checked \
            before a pipeline changes. What the server has already is not uploaded again, and what is not in the folder stays.
            """
    )
    @OptionGroup var options: ClientOptions
    @OptionGroup var definitions: DefinitionOptions
    @Flag(help: "Also deploy the pipelines, and wait until they run.") var deploy = false

    func run() async throws {
        try await reportingErrors {
            let client = try options.client
            var changes = try await DefinitionChanges(of: DefinitionFolder(definitions.file), on: client)
            let uploaded = changes.models.map { $0.version == nil }
            try await changes.uploadModels()
            var reports = zip(changes.models, uploaded).map { ChangeReport($0, $1) }
            if !options.json { for report in reports { print(report.line) } }
            for change in changes.pipelines {
                let pipeline = try await client.apply(change.after)
                if deploy { try await client.deployNewest(of: pipeline) }
                let report = try ChangeReport(change, version: pipeline.version.id)
                reports.append(report)
                guard !options.json else { continue }
                if change.before != nil { Output.show(try change.difference()) }
                print(report.line + (deploy ? ", deployed" : ""))
            }
            if options.json { try Output.json(reports) }
        }
    }
}

/// A change as JSON, and as a line.
private struct ChangeReport: Encodable {
    enum Change: String, Encodable { case created, changed, uploaded, unchanged }

    var kind: String
    var name: String
    var workspace: String
    var change: Change
    var version: String?
    var diff: String?

    init(_ model: DefinitionChanges.ModelChange, _ isUploaded: Bool) {
        kind = "model"
        name = model.source.name
        workspace = model.source.workspace
        change = isUploaded ? .uploaded : .unchanged
        version = model.version?.id
    }

    init(_ pipeline: DefinitionChanges.PipelineChange, version: String?) throws {
        kind = "pipeline"
        name = pipeline.after.name
        workspace = pipeline.after.workspace ?? Workspace.defaultName
        change = !pipeline.isChanged ? .unchanged : pipeline.before == nil ? .created : .changed
        self.version = version
        if pipeline.isChanged { diff = try pipeline.difference().map { $0.text + "\n" }.joined() }
    }

    var line: String { "\(kind.capitalized) \(name): \(change.rawValue)\(version.map { ", version \($0)" } ?? "")" }
}
