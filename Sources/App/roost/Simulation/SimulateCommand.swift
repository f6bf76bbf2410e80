public import ArgumentParser
public import Definitions
import Foundation
import NativeAPI
import RoostClient

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Compare the latencies of models and pipelines at a rate of requests.",
        discussion: """
            A subject is a pipeline, a model, or a version of a model: NAME@VERSION. It need not be deployed. Requests \
            begin at their times whether or not earlier ones have been answered, and their latencies count from these \
            times. Nothing is logged, or counted as traffic.
            """
    )

    @OptionGroup var options: ClientOptions
    @Argument(help: "Pipelines, models, and versions of models.", completion: ServerNames.pipelines)
    var subjects: [String]
    @Option(
        help: "File with requests: JSON (a request or a list), JSON Lines, or rows of CSV; - for standard input.",
        completion: .file()
    )
    var inputs: String?
    @Option(help: "Replay the logged requests of this pipeline.", completion: ServerNames.pipelines)
    var pipeline: String?
    @OptionGroup var window: WindowOptions
    @Option(help: "How many of its newest requests. (default: \(SimulationRequest.Inputs.defaultRequests))")
    var requests: Int?
    @Option(help: "Requests a second.") var rate: Double
    @Option(
        help: "Seconds in which requests begin, for each subject. (default: \(Int(SimulationRequest.defaultDuration)))"
    )
    var duration: Double?
    @Option(help: "When requests begin: at equal distances, or independently of each other. (default: constant)")
    var arrivals: SimulationRequest.Arrivals?
    @Option(help: "Makes Poisson arrivals repeatable.") var seed: UInt64?
    @Option(
        help: "Seconds before that, which are not counted. (default: \(Int(SimulationRequest.defaultWarmUp)))"
    )
    var warmUp: Double?
    @Option(help: "Outputs that differ by more than this are different. (default: 0)") var tolerance: Double?
    @Option(help: "Also write a picture to this file.", completion: .file()) var picture: String?
    @OptionGroup var workspace: WorkspaceOption

    func validate() throws {
        guard (inputs == nil) != (pipeline == nil) else {
            throw ValidationError(
                "Pass the requests as a file with --inputs, or the --pipeline whose requests are replayed."
            )
        }
        guard pipeline != nil || window.start == nil && window.end == nil && requests == nil else {
            throw ValidationError("--start, --end and --requests are for the requests of a --pipeline.")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let client = try options.client
            let request = SimulationRequest(
                subjects: subjects,
                inputs: try source(),
                rate: rate,
                duration: duration,
                arrivals: arrivals,
                seed: seed,
                warmUp: warmUp,
                tolerance: tolerance,
                workspace: workspace.workspace
            )
            try request.check()
            let report = try await client.simulate(request)
            if let picture { try write(try await client.picture(of: report), toFile: picture, field: "picture") }
            if options.json { return try Output.json(report) }
            var page = Page.forOutput()
            page.add(report)
            page.show()
        }
    }

    private func source() throws -> SimulationRequest.Inputs {
        guard let inputs else {
            return SimulationRequest.Inputs(
                pipeline: pipeline,
                start: window.start,
                end: window.end,
                requests: requests
            )
        }
        guard let text = String(validating: try InputFile.read(inputs), as: UTF8.self) else {
            throw RoostError(.invalidInput, "'\(inputs)' is not text in UTF-8.", field: "inputs")
        }
        return SimulationRequest.Inputs(data: text, format: SimulationRequest.Inputs.Format(named: inputs))
    }
}

extension SimulationRequest.Arrivals: ExpressibleByArgument {}
