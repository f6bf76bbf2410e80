import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient
import Words

struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Test a version of a model before it is used.",
        discussion: """
            A suite has cases: known answers, quality on labeled data, also compared with the version in production, \
            latency, size, memory, behavior, and functions of your own. Each version that is uploaded is tested by \
            itself, and so are the models of training jobs.
            """,
        subcommands: [Run.self, Init.self, Apply.self, List.self, Show.self, Runs.self, Delete.self],
        defaultSubcommand: Run.self
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a suite on a version of its model.",
            discussion: """
                The exit status is 0 if every case passed, 1 if one failed, and 2 if the suite could not be run. \
                'roost test SUITE' is the same as 'roost test run SUITE'.
                """
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the suite.", completion: ServerNames.suites) var suite: String
        @Option(
            help: "Version: MODEL@VERSION, an ID, the beginning of one, or a tag. (default: the newest)",
            completion: ServerNames.modelVersions
        )
        var version: String?
        @Option(help: "File to write the result to, as JUnit XML.", completion: .file()) var junit: String?

        func run() async throws {
            let run: SuiteRun
            do {
                run = try await options.client.runSuite(suite, version: version, by: Requester.name)
            } catch let error as RoostError {
                Output.note("Error: \(error.message)\(Roost.question(after: error))")
                throw ExitCode(2)
            }
            if let junit { try writeReport(of: run, to: junit) }
            if options.json {
                try Output.json(run)
            } else {
                var page = Page.forOutput()
                page.add(run)
                page.show()
            }
            switch run.outcome {
            case .passed: return
            case .failed: throw ExitCode(1)
            case .error, .pending, .running: throw ExitCode(2)
            }
        }

        private func writeReport(of run: SuiteRun, to path: String) throws {
            do {
                try Data(JUnitReport.xml(of: run).utf8).write(to: URL(filePath: path), options: .atomic)
            } catch {
                Output.note("Error: The file '\(path)' cannot be written: \(error.localizedDescription)")
                throw ExitCode(2)
            }
        }
    }

    struct Init: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a first suite for a pipeline or a model, from its signature and its log.",
            discussion: "The suite is not added: edit it, and add it with 'roost test apply'."
        )
        @OptionGroup var options: ClientOptions
        @OptionGroup var workspace: WorkspaceOption
        @Argument(help: "Name of a pipeline, or of a model.", completion: ServerNames.pipelines) var subject: String
        @Option(name: .shortAndLong, help: "File to write. (default: standard output)", completion: .file())
        var output: String?

        func run() async throws {
            try await reportingErrors {
                let found = try await options.client.suggestSuite(for: subject, workspace: workspace.workspace)
                if options.json { return try Output.json(found) }
                let text = try SuiteText.yaml(of: found)
                guard let output else { return Output.write(Data(text.utf8)) }
                guard !FileManager.default.fileExists(atPath: output) else {
                    throw RoostError(.conflict, "The file '\(output)' exists. It is not overwritten.", field: "output")
                }
                do {
                    try Data(text.utf8).write(to: URL(filePath: output), options: .withoutOverwriting)
                } catch {
                    throw RoostError(
                        .invalidInput,
                        "The file '\(output)' cannot be written: \(error.localizedDescription)",
                        field: "output"
                    )
                }
                print("Wrote \(output). Add it with: roost test apply \(output)")
            }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add the suites of a file, or change them.",
            discussion: "Each suite has a 'name'. Nothing is run: 'roost test SUITE' does that."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "File with suites, JSON or YAML; - for standard input.", completion: .file()) var file: String

        func run() async throws {
            try await reportingErrors {
                let client = try options.client
                let definitions = try DefinitionText.documents(in: file).map { try $0.decode(SuiteDefinition.self) }
                var suites: [Suite] = []
                for definition in definitions {
                    guard let name = definition.name else {
                        throw RoostError(.invalidInput, "'\(file)': A suite needs a 'name'.", field: "name")
                    }
                    let (suite, isNew) = try await client.putSuite(name, definition)
                    suites.append(suite)
                    if !options.json {
                        let cases = Output.count(suite.definition.cases.count, "case")
                        print("\(isNew ? "Added" : "Changed") suite \(suite.name): \(cases) for model \(suite.model).")
                    }
                }
                if options.json { try Output.json(suites) }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the suites.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceFilter

        func run() async throws {
            try await reportingErrors {
                let suites = try await options.client.suites(in: place.workspace)
                if options.json { return try Output.json(suites) }
                Output.table(
                    ["NAME", "MODEL", "CASES", "LAST RUN", "VERSION", "ENDED"],
                    suites.map { suite in
                        [
                            suite.name, suite.model, "\(suite.caseCount)",
                            Status(suite.lastRun).text,
                            suite.lastRun.map { Output.short($0.model.version ?? "") } ?? Numbers.none,
                            suite.lastRun?.endedAt.map(Output.time) ?? Numbers.none,
                        ]
                    }
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a suite, and its newest run.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the suite.", completion: ServerNames.suites) var suite: String

        func run() async throws {
            try await reportingErrors {
                let suite = try await options.client.suite(suite)
                if options.json { return try Output.json(suite) }
                var page = Page.forOutput()
                page.add(suite)
                page.show()
            }
        }
    }

    struct Runs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the runs of a suite, or show one.",
            discussion: "With --run, the exit status is that of 'roost test SUITE'."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the suite.", completion: ServerNames.suites) var suite: String
        @Option(help: "Run to show: its ID, or the beginning of it.") var run: String?
        @Option(name: [.short, .customLong("limit")], help: "Maximum number of runs.") var limit = 20

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("'--limit' must be between 1 and 1000.") }
        }

        func run() async throws {
            try await reportingErrors {
                if let run { return try await show(options.client.suiteRun(run)) }
                let runs = try await options.client.suiteRuns(suite, limit: limit)
                if options.json { return try Output.json(runs) }
                Output.table(
                    ["ID", "VERSION", "STATE", "FAILED", "CAUSE", "CREATED"],
                    runs.map {
                        [
                            $0.id, $0.model.brief, Status($0.outcome).text,
                            $0.failures.map(\.name).joined(separator: ", "),
                            $0.job.map { "job \($0)" } ?? $0.cause.rawValue,
                            Output.time($0.createdAt),
                        ]
                    },
                    ids: [0]
                )
            }
        }

        private func show(_ run: SuiteRun) throws {
            if options.json {
                try Output.json(run)
            } else {
                var page = Page.forOutput()
                page.add(run)
                page.show()
            }
            if run.outcome != .passed { throw ExitCode(run.outcome == .failed ? 1 : 2) }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a suite. Its runs stay with the versions of models."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the suite.", completion: ServerNames.suites) var suite: String

        func run() async throws {
            try await reportingErrors {
                let suite = try await options.client.removeSuite(suite)
                if options.json { return try Output.json(suite) }
                print("Removed suite \(suite.name).")
            }
        }
    }
}
