import ArgumentParser
import Definitions
import Foundation
import RoostClient

struct TrainingSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training-set",
        abstract: "Build training data from what a pipeline logged and its labels.",
        discussion: """
            The data is CSV without a header: the label first, then the features in the order of the signature. Rows without a \
            label are left out and counted.
            """
    )
    @OptionGroup var options: ClientOptions
    @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var pipeline: String
    @Option(help: "Where train.csv and validation.csv are stored, as s3://BUCKET/PREFIX.") var output: String
    @Option(help: "Only rows that were logged at this time or later: \(TimeAgo.forms).", transform: TimeAgo.date)
    var start: Date?
    @Option(help: "Only rows that were logged before this time. (default: now)", transform: TimeAgo.date) var end: Date?
    @Option(help: "Only the newest rows. (default: all)") var rows: Int?
    @Option(help: "Share of the inferences for validation, such as 0.2.") var validation: Double?
    @Option(help: "Existing data set whose lines come first, as s3://BUCKET/PREFIX.") var addTo: String?
    @Option(help: "Condition on rows that count more, such as 'inputs.size > 200'.") var weightWhere: String?
    @Option(help: "How often such a row is written, from 2.") var weightFactor: Int?

    func validate() throws {
        guard (weightWhere == nil) == (weightFactor == nil) else {
            throw ValidationError("Pass both --weight-where and --weight-factor, or neither.")
        }
    }

    func run() async throws {
        try await reportingErrors {
            var request = TrainingSetRequest(
                output: output,
                start: start,
                end: end,
                rows: rows,
                validation: validation,
                addTo: addTo
            )
            if let weightWhere, let weightFactor {
                request.weight = .init(condition: weightWhere, factor: weightFactor)
            }
            let set = try await options.client.makeTrainingSet(request, of: pipeline)
            if options.json { return try Output.json(set) }
            var page = Page.forOutput()
            page.add(set)
            page.show()
        }
    }
}
