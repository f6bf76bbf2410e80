import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct PipelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline",
        abstract: "Define, deploy, inspect, tag and delete pipelines.",
        subcommands: [
            List.self, Show.self, Apply.self, Deploy.self, Promote.self, Rollback.self, Undeploy.self, Versions.self,
            Tag.self, Untag.self, Delete.self,
        ],
        defaultSubcommand: List.self
    )

    /// What an option for a version takes, for help texts.
    static let versionForms = "Version: its ID, the beginning of it, a tag, or previous."

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the pipelines.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceFilter
        @OptionGroup var names: SearchOption

        func run() async throws {
            try await reportingErrors {
                let pipelines = try await options.client.pipelines(in: place.workspace, search: names.search)
                if options.json { return try Output.json(pipelines) }
                Output.table(
                    ["NAME", "WORKSPACE", "STATE", "VERSION", "RUNS"],
                    pipelines.map {
                        [
                            $0.name, $0.workspace, $0.deployment?.state.rawValue ?? "-",
                            $0.deployment?.version ?? "-", Self.runs($0.deployment),
                        ]
                    },
                    ids: [3]
                )
                for pipeline in pipelines {
                    guard let error = pipeline.deployment?.error else { continue }
                    print("\n\(pipeline.name): the last deployment failed: \(error)")
                }
            }
        }

        /// Returns the models that run, with the beginnings of their versions.
        private static func runs(_ deployment: Deployment?) -> String {
            let models = deployment?.models.map { "\($0.model)@\(Output.short($0.version))" } ?? []
            return models.isEmpty ? "-" : models.joined(separator: ", ")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a pipeline's definition and deployment.")
        @OptionGroup var options: ClientOptions
        @Option(
            help: "\(PipelineCommand.versionForms) (default: the newest)",
            completion: ServerNames.pipelineVersions
        )
        var version: String?
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String

        func run() async throws {
            try await reportingErrors {
                var pipeline = try await options.client.pipeline(name)
                let newest = pipeline.version.id
                if let version { pipeline.version = try await options.client.pipelineVersion(version, of: name) }
                if options.json { return try Output.json(pipeline) }
                print(try Self.text(of: pipeline, newest: newest), terminator: "")
            }
        }

        /// Returns the definition as YAML. What is not a part of it is in comments, so that the output can be applied again.
        ///
        /// - Parameter newest: The ID of the newest version; `nil` if it is the one that is shown.
        static func text(of pipeline: Pipeline, newest: String? = nil) throws -> String {
            let version = pipeline.version
            var text = try DefinitionYAML.text(of: pipeline.definition)
            text += "# version \(version.id), \(Output.time(version.createdAt))\n"
            if let experiment = version.experiment {
                text += "# experiment \(experiment.id), started \(Output.time(experiment.startedAt))\n"
            }
            if let deployment = pipeline.deployment { text += Self.text(of: deployment, newest: newest ?? version.id) }
            return text
        }

        /// Returns what runs, in comments.
        private static func text(of deployment: Deployment, newest: String) -> String {
            let isNewest = deployment.version == newest
            var text = "# \(deployment.state.rawValue): version \(deployment.version)"
            text += isNewest ? "\n" : ", which is not the newest\n"
            for model in deployment.models { text += "#   model \(model.model)@\(model.version)\n" }
            if let previous = deployment.previousVersion { text += "# before: version \(previous)\n" }
            let reason = deployment.error?.split(whereSeparator: \.isNewline).joined(separator: " ")
            if let reason { text += "# the last deployment failed: \(reason)\n" }
            return text
        }
    }

    struct Deploy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deploy a pipeline, or switch it to another version while it runs."
        )
        @OptionGroup var options: ClientOptions
        @Option(
            help: "\(PipelineCommand.versionForms) (default: the newest)",
            completion: ServerNames.pipelineVersions
        )
        var version: String?
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String

        func run() async throws {
            try await reportingErrors {
                let deployment = try await PipelineCommand.deploy(name, version: version, options)
                if options.json { try Output.json(deployment) } else { print(deployment: deployment) }
            }
        }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deploy the version that was deployed before, while the pipeline runs.",
            discussion: "A second rollback returns to where the first one started."
        )
        @OptionGroup var options: ClientOptions
        @Option(
            help: "Version to return to: its ID, the beginning of it, or a tag. (default: the previous one)",
            completion: ServerNames.pipelineVersions
        )
        var to: String?
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String

        func run() async throws {
            try await reportingErrors {
                let deployment = try await PipelineCommand.deploy(name, version: to ?? "previous", options)
                if options.json { try Output.json(deployment) } else { print(deployment: deployment) }
            }
        }
    }

    struct Undeploy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Undeploy a pipeline.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String

        func run() async throws {
            try await reportingErrors {
                _ = try await options.client.undeploy(name)
                let deployment = try await options.client.waitForDeployment(of: name)
                if options.json { try Output.json(deployment) } else { print(deployment: deployment) }
            }
        }
    }

    struct Versions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the versions of a pipeline.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String

        func run() async throws {
            try await reportingErrors {
                let versions = try await options.client.pipelineVersions(name)
                if options.json { return try Output.json(versions) }
                let deployment = try await options.client.pipeline(name).deployment
                let columns: [(name: String, cell: (PipelineVersion) -> String)] = [
                    ("VERSION", { $0.id }),
                    ("STATE", { Self.state(of: $0, deployment) }),
                    ("CREATED", { Output.time($0.createdAt) }),
                    ("TAGS", { $0.tags.isEmpty ? "-" : $0.tags.joined(separator: ", ") }),
                    ("EXPERIMENT", { $0.experiment?.id ?? "-" }),
                    ("GOAL", { $0.monitoring.goal?.metric ?? "-" }),
                    ("STEPS", { $0.steps.map { $0.summary(Self.exact) }.joined(separator: " → ") }),
                ]
                // What no version has takes no space.
                let shown = columns.filter { column in versions.contains { column.cell($0) != "-" } }
                Output.table(
                    shown.map(\.name),
                    versions.map { version in shown.map { $0.cell(version) } },
                    ids: Set(shown.indices.filter { ["VERSION", "EXPERIMENT"].contains(shown[$0].name) })
                )
            }
        }

        private static func state(of version: PipelineVersion, _ deployment: Deployment?) -> String {
            switch version.id {
            case deployment?.version: deployment?.state.rawValue ?? "-"
            case deployment?.previousVersion: "previous"
            default: "-"
            }
        }

        /// A model with the beginning of its version.
        private static func exact(_ model: ModelReference) -> String {
            model.version.map { "\(model.name)@\(Output.short($0))" } ?? model.name
        }
    }

    struct Tag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a tag to a pipeline, or to a version of it.")
        @OptionGroup var options: ClientOptions
        @Option(
            help: "\(PipelineCommand.versionForms) (default: the pipeline itself)",
            completion: ServerNames.pipelineVersions
        )
        var version: String?
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String
        @Argument(help: "The tag.") var tag: String

        func run() async throws { try await setTag(tag, onPipeline: name, version: version, true, options) }
    }

    struct Untag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a tag from a pipeline, or from a version of it."
        )
        @OptionGroup var options: ClientOptions
        @Option(
            help: "\(PipelineCommand.versionForms) (default: the pipeline itself)",
            completion: ServerNames.pipelineVersions
        )
        var version: String?
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String
        @Argument(help: "The tag.") var tag: String

        func run() async throws { try await setTag(tag, onPipeline: name, version: version, false, options) }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a pipeline, or one version of it.",
            discussion: "Refuses what is deployed or belongs to an endpoint."
        )
        @OptionGroup var options: ClientOptions
        @OptionGroup var scope: DeletionOptions
        @Option(
            help: "\(PipelineCommand.versionForms) (default: the whole pipeline)",
            completion: ServerNames.pipelineVersions
        )
        var version: String?
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String

        func run() async throws {
            let subject = version.map { "version \($0) of pipeline \(name)" } ?? "pipeline \(name) with all versions"
            try await scope.delete(subject, options) { try await $0.deletePipeline(name, version: version, $1) }
        }
    }

    static func deploy(_ name: String, version: String?, _ options: ClientOptions) async throws -> Deployment {
        _ = try await options.client.deploy(name, version: version)
        return try await options.client.waitForDeployment(of: name)
    }
}

private func setTag(
    _ tag: String,
    onPipeline name: String,
    version: String?,
    _ isSet: Bool,
    _ options: ClientOptions
) async throws {
    try await reportingErrors {
        if let version {
            _ = try await options.client.setTag(tag, onVersion: version, of: name, isSet)
        } else {
            _ = try await options.client.setTag(tag, onPipeline: name, isSet)
        }
    }
}

private func print(deployment: Deployment) {
    print("\(deployment.pipeline): \(deployment.state.rawValue), version \(deployment.version)")
    if let error = deployment.error { print("error: \(error)") }
    guard !deployment.models.isEmpty else { return }
    Output.table(
        ["MODEL", "VERSION", "FRAMEWORK", "ONE ROW", "RUNS ON"],
        deployment.models.map {
            [$0.model, $0.version, $0.framework.rawValue, String(format: "%.1f µs", $0.runTimeMicroseconds), $0.runsOn]
        },
        ids: [1]
    )
}

extension Step {
    /// Returns the step for a table's cell.
    fileprivate func summary(_ text: (ModelReference) -> String) -> String {
        switch self {
        case .model(let model): text(model)
        case .randomSplit(let split):
            "split("
                + split.models.map { "\($0.name ?? text($0.model)):\($0.weight.formatted())" }.joined(separator: " ")
                + ")"
        case .keySplit(let split): "\(split.key)(" + split.models.keys.sorted().joined(separator: " ") + ")"
        case .shadowDeploy(let shadow):
            "\(text(shadow.champion))+shadow(" + shadow.challengers.map(text).joined(separator: " ") + ")"
        case .function(let function): "\(function.name)()"
        }
    }
}
