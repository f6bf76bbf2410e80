public import ArgumentParser
public import Definitions
import Foundation
import NativeAPI
import RoostClient
import Words

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Report on a pipeline's experiment or shadow deploy, or replay its requests.",
        discussion: "'roost report NAME' makes a report, prints it, and keeps it on the server.",
        subcommands: [Make.self, List.self, Show.self, Verify.self],
        defaultSubcommand: Make.self
    )

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a report, and print it.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String
        @Option(help: "Kind of report. (default: the one that fits the pipeline)") var kind: ReportRequest.Kind?
        @Option(
            help: """
                Metric that decides: errors, check_failures, latency, accuracy, or an expression. \
                (default: the goal of the pipeline's definition)
                """
        )
        var goal: String?
        @Option(help: "Smallest difference of the goal that matters. (default: any)") var smallestEffect: Double?
        @OptionGroup var window: WindowOptions
        @Option(help: "ID of an earlier experiment. (default: the current one)") var experiment: String?
        @Option(
            help: "Replay logged requests with this model version: MODEL or MODEL@VERSION.",
            completion: ServerNames.modelVersions
        )
        var candidate: ModelReference?
        @Option(help: "Model whose place the candidate takes. (default: the only one)") var replaces: String?
        @Option(
            help: "Requests to replay, the newest ones. (default: \(ReportRequest.defaultRequests))"
        )
        var requests: Int?
        @Option(help: "Also write the report's picture to this file.", completion: .file()) var svg: String?

        func run() async throws {
            try await reportingErrors {
                let request = ReportRequest(
                    kind: kind,
                    start: window.start,
                    end: window.end,
                    experiment: experiment,
                    goal: try await chosenGoal(),
                    candidate: candidate,
                    replaces: replaces,
                    requests: requests
                )
                try await ReportCommand.show(try await options.client.makeReport(on: name, request), svg, options)
            }
        }

        /// Returns the goal if one was chosen. A smallest effect without a metric changes the goal of the definition.
        private func chosenGoal() async throws -> GoalMetric? {
            guard goal != nil || smallestEffect != nil else { return nil }
            var metric = goal.map { GoalMetric(metric: $0) }
            if metric == nil { metric = try await options.client.pipeline(name).version.monitoring.goal }
            guard var metric else {
                throw RoostError(
                    .invalidInput,
                    "The definition of pipeline '\(name)' has no goal. Pass one with --goal.",
                    field: "goal"
                )
            }
            metric.smallestEffect = smallestEffect ?? metric.smallestEffect
            return metric
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the reports of a pipeline, newest first.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String

        func run() async throws {
            try await reportingErrors {
                let reports = try await options.client.reports(of: name)
                if options.json { return try Output.json(reports) }
                Output.table(
                    ["ID", "KIND", "CREATED", "START", "END", "VERDICTS"],
                    reports.map(ReportCommand.row),
                    ids: [0]
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a report that was made before.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "ID of the report.") var id: String
        @Option(help: "Also write the report's picture to this file.", completion: .file()) var svg: String?

        func run() async throws {
            try await reportingErrors {
                try await ReportCommand.show(try await options.client.report(id), svg, options)
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compute a report again, and compare it with what was recorded.",
            discussion: "Ends with status 1 if the recorded inputs do not give the recorded result."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "ID of the report.") var id: String

        func run() async throws {
            try await reportingErrors {
                let verification = try await options.client.verifyReport(id)
                if options.json {
                    try Output.json(verification)
                } else {
                    var page = Page.forOutput()
                    page.add(verification)
                    page.show()
                }
                if !verification.isReproduced { throw ExitCode.failure }
            }
        }
    }

    private static func show(_ report: Report, _ svg: String?, _ options: ClientOptions) async throws {
        if let svg { try write(try await options.client.reportPicture(report.id), toFile: svg, field: "svg") }
        if options.json { return try Output.json(report) }
        var page = Page.forOutput()
        page.add(report)
        page.show()
    }

    /// A report's cells in the list.
    static func row(_ report: ReportSummary) -> [String] {
        let verdicts = report.verdicts?.sorted { $0.key < $1.key }.map { "\($0.key): \(Status($0.value).text)" } ?? []
        return [
            report.id, report.kind.rawValue, Output.time(report.createdAt), Output.time(report.start),
            Output.time(report.end), verdicts.isEmpty ? Numbers.none : verdicts.joined(separator: ", "),
        ]
    }
}

extension ReportRequest.Kind: ExpressibleByArgument {}

extension Page {
    mutating func add(_ verification: ReportVerification) {
        sentence(
            verification.isReproduced
                ? "Report \(verification.report) is reproduced: its inputs give its result, bit for bit."
                : "Report \(verification.report) is NOT reproduced: its inputs do not give its result.",
            isBold: true
        )
        sentence(
            verification.logAgrees
                ? "The log still holds what was recorded." : "The log no longer holds what was recorded."
        )
        list("Differences of the result", verification.differences)
        list("Differences of the log", verification.logDifferences)
    }
}
