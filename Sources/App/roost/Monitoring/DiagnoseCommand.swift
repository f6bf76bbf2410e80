import ArgumentParser
import Definitions
import Foundation
import RoostClient

struct DiagnoseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Find the inputs that moved, and the slices in which quality fell.",
        discussion: """
            Compares a window of the log with a baseline. The conditions of slices are expressions: pass them to \
            'roost quality --by', or use them as metrics.
            """
    )

    @OptionGroup var options: ClientOptions
    @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String
    @Option(
        help: "Beginning of the window: \(TimeAgo.forms). (default: 24 hours before its end)",
        transform: TimeAgo.date
    )
    var start: Date?
    @Option(help: "End of the window. (default: now)", transform: TimeAgo.date) var end: Date?
    @Option(
        help: "Beginning of the baseline. (default: as long before the window as it is long)",
        transform: TimeAgo.date
    )
    var baselineStart: Date?
    @Option(help: "End of the baseline. (default: the beginning of the window)", transform: TimeAgo.date)
    var baselineEnd: Date?
    @Option(help: "Only the answers of this model.", completion: ServerNames.models) var model: String?
    @Option(help: "For numbers: the absolute error up to which a prediction is right.") var tolerance: Double?
    @Option(help: "Number of mistakes to list for each slice. (default: \(DiagnosisRequest.defaultExamples))")
    var examples: Int?

    func validate() throws {
        guard baselineEnd == nil || baselineStart != nil else {
            throw ValidationError("Pass --baseline-start with --baseline-end.")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let diagnosis = try await options.client.diagnose(name, request)
            if options.json { return try Output.json(diagnosis) }
            var page = Page.forOutput()
            page.add(diagnosis)
            page.show()
        }
    }

    private var request: DiagnosisRequest {
        let windowStart = start ?? (end ?? Date()) - DiagnosisRequest.defaultLength
        return DiagnosisRequest(
            start: start,
            end: end,
            baseline: baselineStart.map { .init(start: $0, end: baselineEnd ?? windowStart) },
            model: model,
            tolerance: tolerance,
            examples: examples
        )
    }
}
