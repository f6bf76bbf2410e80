import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient
import Words

struct LoopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loop",
        abstract: "Train, test and release a model when something happens, or tell someone.",
        discussion: """
            A loop waits for an alert, a time or labels. Its runs build training data from what was logged, train, test the new \
            version, and release it step by step.
            """,
        subcommands: [
            List.self, Show.self, Apply.self, Run.self, Runs.self, Status.self, Pause.self, Resume.self, Abort.self,
            Delete.self,
        ],
        defaultSubcommand: List.self
    )

    /// What names a run, for help texts.
    static let forms = "Run: its ID, the beginning of it, or the name of a loop for its newest run."

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the loops.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceFilter
        @Argument(help: "Name of a pipeline. (default: all)", completion: ServerNames.pipelines) var pipeline: String?

        func run() async throws {
            try await reportingErrors {
                let loops = try await options.client.loops(of: pipeline, in: place.workspace)
                if options.json { return try Output.json(loops) }
                Output.table(
                    ["NAME", "PIPELINE", "WHEN", "STATE", "LAST RUN", "STARTED"],
                    loops.map {
                        [
                            $0.name, $0.definition.pipeline, $0.definition.when.words, $0.status.text,
                            $0.last.map { Words.Status($0.state).text } ?? Numbers.none,
                            $0.last.map { Output.time($0.startedAt) } ?? Numbers.none,
                        ]
                    }
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a loop, and its last run.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the loop.", completion: ServerNames.loops) var name: String

        func run() async throws {
            try await reportingErrors {
                let loop = try await options.client.loop(name)
                if options.json { return try Output.json(loop) }
                var page = Page.forOutput()
                page.add(loop)
                page.show()
            }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add the loops of a file, or change them.",
            discussion: "A file may have several loops, each with a 'name', and a line of three hyphens between them."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "File with definitions, JSON or YAML; - for standard input.", completion: .file())
        var file: String
        @Option(help: "Name of the loop. (default: that in the file)") var name: String?

        func run() async throws {
            try await reportingErrors {
                let definitions = try DefinitionText.documents(in: file).map { try $0.decode(LoopDefinition.self) }
                guard name == nil || definitions.count == 1 else {
                    throw RoostError(.invalidInput, "'--name' is for a file with one loop.", field: "name")
                }
                var loops: [Loop] = []
                for definition in definitions {
                    guard let name = name ?? definition.name else {
                        throw RoostError(.invalidInput, "The loop has no 'name'. Pass one with --name.", field: "name")
                    }
                    var definition = definition
                    definition.name = nil
                    let (loop, isNew) = try await options.client.putLoop(name, definition)
                    loops.append(loop)
                    if !options.json { print("\(isNew ? "Added" : "Changed") loop \(loop.name).") }
                }
                if options.json { try Output.json(loops) }
            }
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start a run of a loop now.",
            discussion: "With --follow, the exit status is 1 unless the run finishes."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the loop.", completion: ServerNames.loops) var name: String
        @Flag(help: "Show the run until it ends.") var follow = false

        func run() async throws {
            try await reportingErrors {
                let run = try await options.client.startLoop(name, by: Requester.name)
                if follow { return try await LoopFollower(options).follow(run.id) }
                if options.json { return try Output.json(run) }
                print("Started run \(run.id)")
                print("Watch it with: roost loop status \(name) --follow")
            }
        }
    }

    struct Runs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the runs of a loop, newest first.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the loop.", completion: ServerNames.loops) var name: String
        @Option(name: [.short, .customLong("limit")], help: "Maximum number of runs.") var limit = 20

        func validate() throws {
            guard limit > 0 else { throw ValidationError("'--limit' must be at least 1, not \(limit).") }
        }

        func run() async throws {
            try await reportingErrors {
                let runs = try await options.client.loopRuns(of: name, limit: limit)
                if options.json { return try Output.json(runs) }
                Output.table(
                    ["ID", "STATE", "STEP", "CAUSE", "VERSION", "STARTED"],
                    runs.map {
                        [
                            $0.id, Words.Status($0.state).text, $0.steps.last?.kind.rawValue ?? Numbers.none,
                            $0.cause.kind.rawValue,
                            $0[.train]?.links.version.map(LoopText.brief) ?? Numbers.none, Output.time($0.startedAt),
                        ]
                    },
                    ids: [0]
                )
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a run: its steps, and what they came to.",
            discussion: "With --follow, the exit status is 1 unless the run finishes."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "\(LoopCommand.forms)", completion: ServerNames.loops) var run: String
        @Flag(help: "Show it until it ends.") var follow = false

        func run() async throws {
            try await reportingErrors {
                if follow { return try await LoopFollower(options).follow(run) }
                let found = try await options.client.loopRun(run)
                if options.json { return try Output.json(found) }
                var page = Page.forOutput()
                page.add(found)
                page.show()
            }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let only users start runs of a loop. A run in progress goes on."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the loop.", completion: ServerNames.loops) var name: String

        func run() async throws { try await LoopCommand.change(options, "Paused") { try await $0.pauseLoop(name) } }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let alerts, times and labels start runs of a loop again, from now on."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the loop.", completion: ServerNames.loops) var name: String

        func run() async throws { try await LoopCommand.change(options, "Resumed") { try await $0.resumeLoop(name) } }
    }

    struct Abort: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a run, and the training job or the release that it has begun."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "\(LoopCommand.forms)", completion: ServerNames.loops) var run: String

        func run() async throws {
            try await reportingErrors {
                let aborted = try await options.client.abortLoopRun(run, by: Requester.name)
                if options.json { return try Output.json(aborted) }
                print("Aborting run \(aborted.id) of loop \(aborted.loop)")
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a loop and the records of its runs. What the runs made stays."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the loop.", completion: ServerNames.loops) var name: String

        func run() async throws { try await LoopCommand.change(options, "Deleted") { try await $0.deleteLoop(name) } }
    }

    fileprivate static func change(
        _ options: ClientOptions,
        _ verb: String,
        _ make: (RoostClient) async throws -> Loop
    ) async throws {
        try await reportingErrors {
            let loop = try await make(options.client)
            if options.json { return try Output.json(loop) }
            print("\(verb) loop \(loop.name).")
        }
    }
}
