import ArgumentParser
import Definitions
import RoostClient
import Words

extension PipelineCommand {
    struct Promote: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a challenger the champion, while the pipeline runs.",
            discussion: """
                The challenger is one of a split or a shadow deploy, or the candidate of a release in progress. \
                'roost pipeline rollback' returns to what answered before.
                """
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String
        @Argument(help: "Challenger: its name, or its model version. (default: the only one)") var challenger: String?
        @Option(help: "ID of the report that it is based on, for the record.") var report: String?

        func run() async throws {
            try await reportingErrors {
                let request = PromotionRequest(challenger: challenger, report: report, by: Requester.name)
                let pipeline = try await options.client.promote(in: name, request)
                if options.json { return try Output.json(pipeline) }
                guard let promotion = pipeline.version.promotion else { return }
                print("\(promotion.challenger.brief) is the champion of pipeline \(name)")
                print("It replaces \(promotion.champion.brief). To go back: roost pipeline rollback \(name)")
            }
        }
    }
}
