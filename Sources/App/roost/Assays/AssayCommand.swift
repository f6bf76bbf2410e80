public import ArgumentParser
public import Definitions
import Foundation
import NativeAPI
import RoostClient
import Words

struct AssayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay",
        abstract: "Watch for drift: compare what a pipeline gets and answers with a baseline, window after window.",
        subcommands: [
            List.self, Show.self, Suggest.self, Preview.self, Set.self, Results.self, Pause.self, Resume.self,
            Remove.self,
        ],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the assays.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceFilter
        @Argument(help: "Name of a pipeline. (default: all)", completion: ServerNames.pipelines) var pipeline: String?

        func run() async throws {
            try await reportingErrors {
                let client = try options.client
                let assays = try await client.assays(of: pipeline, in: place.workspace)
                if options.json { return try Output.json(assays) }
                var windows: [AssayResult?] = []
                for assay in assays { windows.append(try await client.measuredWindow(of: assay)) }
                Output.table(
                    ["NAME", "PIPELINE", "METRIC", "STATE", "SCORE", "WINDOW UNTIL"],
                    zip(assays, windows).map { assay, window in
                        [
                            assay.name, assay.definition.pipeline, assay.definition.metric, Status(assay).text,
                            Numbers.measure(window?.score), window.map { Moment.title($0.end) } ?? Numbers.none,
                        ]
                    }
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an assay, and its last measured window."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the assay.", completion: ServerNames.assays) var name: String

        func run() async throws {
            try await reportingErrors {
                let client = try options.client
                let assay = try await client.assay(name)
                if options.json { return try Output.json(assay) }
                var page = Page.forOutput()
                page.add(assay, try await client.measuredWindow(of: assay))
                page.show()
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an assay, or change it.",
            discussion: "Its baseline is read at once, and kept."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the assay.", completion: ServerNames.assays) var name: String
        @OptionGroup var assay: AssayOptions

        func run() async throws {
            try await reportingErrors {
                let (assay, isNew) = try await options.client.putAssay(name, assay.definition())
                if options.json { return try Output.json(assay) }
                print("\(isNew ? "Added" : "Changed") assay \(assay.name).")
                if let end = assay.nextEnd { print("The next window ends at \(Moment.title(end)).") }
            }
        }
    }

    struct Preview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what an assay would have said about past windows, without adding it."
        )
        @OptionGroup var options: ClientOptions
        @OptionGroup var assay: AssayOptions
        @Option(
            help: "Only windows that end after this time: \(TimeAgo.forms). (default: a day before the end)",
            transform: TimeAgo.date
        )
        var start: Date?
        @Option(help: "Only windows that end by this time. (default: now)", transform: TimeAgo.date) var end: Date?

        func run() async throws {
            try await reportingErrors {
                let preview = try await options.client.previewAssay(assay.definition(), start: start, end: end)
                if options.json { return try Output.json(preview) }
                var page = Page.forOutput()
                page.add(preview)
                page.show()
            }
        }
    }

    struct Results: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what an assay said about its windows, the newest first."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the assay.", completion: ServerNames.assays) var name: String
        @Option(
            help: "Only windows that end at this time or later: \(TimeAgo.forms).",
            transform: TimeAgo.date
        )
        var start: Date?
        @Option(help: "Only windows that end before this time.", transform: TimeAgo.date) var end: Date?
        @Option(name: [.short, .customLong("limit")], help: "Maximum number of windows.") var limit = 20

        func validate() throws {
            guard limit > 0 else { throw ValidationError("'--limit' must be at least 1, not \(limit).") }
        }

        func run() async throws {
            try await reportingErrors {
                let results = try await options.client.assayResults(name, start: start, end: end, limit: limit)
                if options.json { return try Output.json(results) }
                var page = Page.forOutput()
                page.add(results)
                page.show()
            }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop looking at the windows of an assay.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the assay.", completion: ServerNames.assays) var name: String

        func run() async throws { try await AssayCommand.change(options, "Paused") { try await $0.pauseAssay(name) } }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look at the windows of an assay again, from now on."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the assay.", completion: ServerNames.assays) var name: String

        func run() async throws { try await AssayCommand.change(options, "Resumed") { try await $0.resumeAssay(name) } }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove an assay and its results.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the assay.", completion: ServerNames.assays) var name: String

        func run() async throws { try await AssayCommand.change(options, "Removed") { try await $0.removeAssay(name) } }
    }

    fileprivate static func change(
        _ options: ClientOptions,
        _ verb: String,
        _ make: (RoostClient) async throws -> Assay
    ) async throws {
        try await reportingErrors {
            let assay = try await make(options.client)
            if options.json { return try Output.json(assay) }
            print("\(verb) assay \(assay.name).")
        }
    }
}

/// The definition of an assay, from a file or from options.
struct AssayOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "File with the definition, JSON or YAML; - for standard input.",
        completion: .file()
    )
    var file: String?
    @Option(help: "Name of the pipeline.", completion: ServerNames.pipelines) var pipeline: String?
    @Option(help: "What is watched, such as 'inputs.age', 'outputs[0][0]', 'accuracy', 'f1' or 'errors'.") var metric:
        String?
    @Option(help: "How windows are compared with the baseline. (default: psi, or mean for accuracy and errors)")
    var statistic: AssayDefinition.Statistic?
    @Option(help: "Beginning of the baseline in the log: \(TimeAgo.forms).", transform: TimeAgo.date)
    var baselineStart: Date?
    @Option(help: "End of the baseline in the log. (default: now)", transform: TimeAgo.date) var baselineEnd: Date?
    @Option(help: "Length of a window, such as 24h.") var window: TimeSpan?
    @Option(help: "How often a window ends, such as 1h. (default: as long as a window)") var every: TimeSpan?
    @Option(help: "Score of a warning. (default: the statistic's own)") var warn: Double?
    @Option(help: "Score of an alert. (default: the statistic's own)") var alert: Double?

    func validate() throws {
        let others: [Any?] = [
            pipeline, metric, statistic, baselineStart, baselineEnd, window, every, warn, alert,
        ]
        guard file == nil || others.allSatisfy({ $0 == nil }) else {
            throw ValidationError("With --file, the file has the whole definition. Remove the other options.")
        }
        guard file != nil || pipeline != nil && metric != nil && window != nil else {
            throw ValidationError("Pass a file with --file, or --pipeline, --metric and --window.")
        }
    }

    func definition() throws -> AssayDefinition {
        if let file {
            let documents = try DefinitionText.documents(in: file)
            guard documents.count == 1 else {
                throw RoostError(.invalidInput, "'\(file)' has several definitions.", field: "file")
            }
            return try documents[0].decode(AssayDefinition.self)
        }
        guard let pipeline, let metric, let window else {
            throw ValidationError("A pipeline, a metric and a window are required.")
        }
        return AssayDefinition(
            pipeline: pipeline,
            metric: metric,
            statistic: statistic,
            // Without one, the baseline of the assay that is changed is kept.
            baseline: baselineStart.map { .init(start: $0, end: baselineEnd ?? Date()) },
            window: window,
            every: every,
            warn: warn,
            alert: alert
        )
    }
}

extension AssayDefinition.Statistic: ExpressibleByArgument {}
