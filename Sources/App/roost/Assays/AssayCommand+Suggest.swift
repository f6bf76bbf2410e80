import ArgumentParser
import Definitions
import Foundation
import RoostClient

extension AssayCommand {
    struct Suggest: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Propose assays for a pipeline from its log, and add those that are accepted.",
            discussion: """
                Each proposal is tried on the last week of the log, which is also its baseline. With --accept, those with \
                these names are added; --accept-all adds all of them.
                """
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var pipeline: String
        @Option(
            help: "Beginning of the log that is read: \(TimeAgo.forms). (default: a week before the end)",
            transform: TimeAgo.date
        )
        var start: Date?
        @Option(help: "End of the log that is read. (default: now)", transform: TimeAgo.date) var end: Date?
        @Option(help: "Name of a proposal to add. Can be repeated.") var accept: [String] = []
        @Flag(help: "Add all proposals.") var acceptAll = false

        func run() async throws {
            try await reportingErrors {
                let client = try options.client
                let found = try await client.suggestAssays(for: pipeline, start: start, end: end)
                let unknown = accept.first { name in !found.suggestions.contains { $0.name == name } }
                if let unknown {
                    throw RoostError(.notFound, "There is no proposal '\(unknown)'.", field: "accept")
                }
                if options.json {
                    try Output.json(found)
                } else {
                    var page = Page.forOutput()
                    page.add(found)
                    page.show()
                }
                for suggestion in found.suggestions where acceptAll || accept.contains(suggestion.name) {
                    let assay = try await client.putAssay(suggestion.name, suggestion.definition).assay
                    Output.note("Added assay \(assay.name).")
                }
            }
        }
    }
}
