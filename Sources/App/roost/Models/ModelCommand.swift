import ArgumentParser
import Definitions
import Foundation
import RoostClient
import Tensors

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Upload, download, inspect, tag and delete models.",
        subcommands: [List.self, Show.self, Upload.self, Download.self, Tag.self, Untag.self, Delete.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the models of a workspace.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceOption
        @OptionGroup var names: SearchOption

        func run() async throws {
            try await reportingErrors {
                let models = try await options.client.models(in: place.workspace, search: names.search)
                if options.json { return try Output.json(models) }
                Output.table(
                    ["NAME", "VERSIONS", "FRAMEWORK", "SIZE", "NEWEST"],
                    models.map { model in
                        let newest = model.versions.first
                        return [
                            model.name, "\(model.versionCount)", newest?.framework.rawValue ?? "",
                            newest.map { Output.size($0.byteCount) } ?? "",
                            newest.map { Output.time($0.createdAt) } ?? "",
                        ]
                    }
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a model's versions and signature, and where a version comes from."
        )
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "Model: NAME, or NAME@VERSION for one version.", completion: ServerNames.modelVersions)
        var model: ModelReference

        func run() async throws {
            try await reportingErrors {
                if model.version != nil {
                    let version = try await options.client.version(model, in: place.workspace)
                    if options.json { return try Output.json(version) }
                    return show([version], as: "the version")
                }
                let model = try await options.client.model(model.name, in: place.workspace)
                if options.json { return try Output.json(model) }
                show(model.versions, as: "the newest version")
            }
        }

        /// - Parameter subject: What the first version is called.
        private func show(_ versions: [ModelVersion], as subject: String) {
            Output.table(
                ["VERSION", "FRAMEWORK", "SIZE", "CREATED", "TAGS"],
                versions.map {
                    [
                        $0.id, $0.framework.rawValue, Output.size($0.byteCount), Output.time($0.createdAt),
                        $0.tags.joined(separator: ", "),
                    ]
                },
                ids: [0]
            )
            guard let first = versions.first else { return }
            print("\nSignature of \(subject)")
            print(signature: first.signature)
            var page = Page.forOutput()
            page.add(first, as: subject)
            page.show()
        }
    }

    struct Upload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Upload a new version of a model, or take one that a job trained."
        )
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceOption
        @Option(help: "Framework of the model. (default: detected from the artifact)") var framework: Framework?
        @Option(help: "Trees of an XGBoost model to use: all, or those up to the best iteration. (default: all)")
        var trees: TreeSelection?
        @Option(help: "Custom algorithm whose program serves the model.", completion: ServerNames.algorithms)
        var algorithm: String?
        @Option(
            help:
                "Version that it follows: its ID, the beginning of it, or a tag; or NAME@VERSION. (default: the newest)"
        )
        var parent: String?
        @Option(help: "Who uploads it, for the records. (default: your user name)") var by: String?
        @Argument(help: "Name of the model.", completion: ServerNames.models) var name: String
        @Argument(help: "\(ModelSource.help)", completion: .file()) var source: String

        func run() async throws {
            try await reportingErrors {
                let uploaded = try await ModelSource.upload(
                    source,
                    as: name,
                    in: place.workspace,
                    framework: framework,
                    trees: trees,
                    algorithm: algorithm,
                    parent: parent,
                    by: by,
                    on: options.client
                )
                let version = uploaded.version
                if options.json { return try Output.json(version) }
                let description =
                    "\(version.reference) (\(version.framework.rawValue), \(Output.size(version.byteCount)))"
                let subject = ModelSource.isOnServer(source) ? "artifact" : "file"
                print(uploaded.isNew ? description : "The \(subject) is already \(description)")
                if !uploaded.isNew { try await warnUnlessNewest(version) }
                if let boosting = version.boosting { print(boosting: boosting) }
                print(signature: version.signature)
            }
        }

        /// Without a version, a name means the newest version, which may be another one.
        private func warnUnlessNewest(_ version: ModelVersion) async throws {
            let newest = try await options.client.version(ModelReference(name: name), in: place.workspace)
            guard newest.id != version.id else { return }
            print("'\(name)' alone still means the newest version, \(newest.reference)")
        }
    }

    struct Download: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Download the artifact of a model version.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceOption
        @Argument(help: Help.version, completion: ServerNames.modelVersions) var model: ModelReference
        @Argument(help: "File to write.", completion: .file()) var path: String

        func run() async throws {
            try await reportingErrors {
                let bar = ProgressBar("Downloading \(model.name)")
                try await options.client.downloadArtifact(of: model, in: place.workspace, to: path, progress: bar.show)
            }
        }
    }

    struct Tag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a tag to a model version.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceOption
        @Argument(help: Help.version, completion: ServerNames.modelVersions) var model: ModelReference
        @Argument(help: "The tag.") var tag: String

        func run() async throws {
            try await setTag(tag, on: model, in: place, true, options)
        }
    }

    struct Untag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a tag from a model version.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceOption
        @Argument(help: Help.version, completion: ServerNames.modelVersions) var model: ModelReference
        @Argument(help: "The tag.") var tag: String

        func run() async throws {
            try await setTag(tag, on: model, in: place, false, options)
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a model, or one version of it.",
            discussion: "Refuses what a deployed pipeline, an endpoint or a running job needs, and names it."
        )
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceOption
        @OptionGroup var scope: DeletionOptions
        @Argument(help: "Model: NAME (all versions) or NAME@VERSION.", completion: ServerNames.modelVersions) var model:
            ModelReference

        func run() async throws {
            let subject = "model \(model)\(model.version == nil ? " with all versions" : "")"
            try await scope.delete(subject, options) { try await $0.deleteModel(model, in: place.workspace, $1) }
        }
    }

    private enum Help {
        static let version = ArgumentHelp(
            "Model version: NAME (the newest version) or NAME@VERSION, by ID, its beginning, or a tag."
        )
    }
}

private func setTag(
    _ tag: String,
    on model: ModelReference,
    in place: WorkspaceOption,
    _ isSet: Bool,
    _ options: ClientOptions
) async throws {
    try await reportingErrors {
        let version = try await options.client.setTag(tag, on: model, in: place.workspace, isSet)
        if options.json { return try Output.json(version) }
        let tags = version.tags.isEmpty ? "no tags" : "the tags " + version.tags.joined(separator: ", ")
        print("\(version.reference) has \(tags)")
    }
}

private func print(boosting: Boosting) {
    guard let best = boosting.bestIteration else { return }
    let answering = boosting.trees == .best ? best + 1 : boosting.rounds
    print(
        "Uses \(answering) of \(boosting.rounds) boosting rounds; early stopping found round \(best) best "
            + "(--trees \(boosting.trees))"
    )
}

private func print(signature: Signature) {
    Output.table(
        ["", "NAME", "TYPE", "SHAPE"],
        [("input", signature.inputs), ("output", signature.outputs)].flatMap { kind, specs in
            specs.map { [kind, $0.name, $0.dataType.rawValue, $0.hasAnyRank ? "any" : "\($0.shape)"] }
        }
    )
}
