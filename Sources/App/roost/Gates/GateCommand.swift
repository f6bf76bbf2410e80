import ArgumentParser
import Definitions
import Foundation
import RoostClient
import Words

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Require that a version has passed test suites before it answers in a pipeline or an endpoint.",
        discussion: """
            What answers already goes on to answer, and going back is never refused. Challengers in a shadow and replays do \
            not answer, so they need not have passed.
            """,
        subcommands: [List.self, Show.self, Set.self, Check.self, Override.self, Remove.self],
        defaultSubcommand: List.self
    )

    /// How a version is named, for help texts.
    private static let forms = "Model version: NAME@VERSION, by ID, its beginning, or a tag."

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the gates.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceFilter

        func run() async throws {
            try await reportingErrors {
                let gates = try await options.client.gates(in: place.workspace)
                if options.json { return try Output.json(gates) }
                Output.table(
                    ["PIPELINE", "SUITES", "OVERRIDES", "SET", "BY"],
                    gates.map {
                        [
                            $0.pipeline, $0.suites.joined(separator: ", "), "\($0.overrides.count)",
                            Output.time($0.updatedAt), $0.by ?? "-",
                        ]
                    }
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the gate of a pipeline.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline or endpoint.", completion: ServerNames.gates) var pipeline: String

        func run() async throws {
            try await reportingErrors {
                let gate = try await options.client.gate(of: pipeline)
                if options.json { return try Output.json(gate) }
                var page = Page.forOutput()
                page.add(gate)
                page.show()
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set the suites that a version must have passed before it answers in a pipeline.",
            discussion: "They replace the suites that the gate requires until now. Overrides stay."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline or endpoint.", completion: ServerNames.pipelines) var pipeline: String
        @Argument(help: "Names of the suites.") var suites: [String]
        @Option(help: "Who sets it, for the records. (default: your user name)") var by: String?

        func run() async throws {
            try await reportingErrors {
                let gate = try await options.client.setGate(
                    of: pipeline,
                    GateDefinition(suites: suites, by: by ?? Requester.name)
                )
                if options.json { return try Output.json(gate) }
                print("Pipeline \(gate.pipeline) requires \(gate.suites.joined(separator: ", ")).")
            }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether a pipeline's gate admits a version. The exit status is 1 if it does not."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline or endpoint.", completion: ServerNames.gates) var pipeline: String
        @Argument(help: "\(forms)", completion: ServerNames.modelVersions) var model: ModelReference

        func run() async throws {
            try await reportingErrors {
                let verdict = try await options.client.gateVerdict(of: pipeline, on: model)
                if options.json {
                    try Output.json(verdict)
                } else {
                    var page = Page.forOutput()
                    page.add(verdict)
                    page.show()
                }
                if !verdict.isAdmitted { throw ExitCode.failure }
            }
        }
    }

    struct Override: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Admit one version in a pipeline from now on, whatever its gate says.",
            discussion: "The gate keeps who decided it and why, and so do the events."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline or endpoint.", completion: ServerNames.gates) var pipeline: String
        @Argument(help: "\(forms)", completion: ServerNames.modelVersions) var model: ModelReference
        @Option(help: "Why it may answer.") var reason: String
        @Option(help: "Who decides it, for the records. (default: your user name)") var by: String?

        func run() async throws {
            try await reportingErrors {
                let gate = try await options.client.overrideGate(
                    of: pipeline,
                    GateOverrideRequest(model: model, reason: reason, by: by ?? Requester.name)
                )
                if options.json { return try Output.json(gate) }
                guard let override = gate.overrides.last else { return }
                print("\(override.model.brief) may answer in pipeline \(gate.pipeline) from now on.")
                for problem in override.problems { print("It has not passed: \(problem)") }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove the gate of a pipeline with its overrides.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline or endpoint.", completion: ServerNames.gates) var pipeline: String
        @Option(help: "Who removes it, for the records. (default: your user name)") var by: String?

        func run() async throws {
            try await reportingErrors {
                let gate = try await options.client.removeGate(of: pipeline, by: by ?? Requester.name)
                if options.json { return try Output.json(gate) }
                print("Removed the gate of pipeline \(gate.pipeline).")
            }
        }
    }
}
