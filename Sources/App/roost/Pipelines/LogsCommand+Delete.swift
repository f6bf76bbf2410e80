import ArgumentParser
import Definitions
import NativeAPI
import RoostClient
import Words

extension LogsCommand {
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Delete the entries of one value of a key, an input or a feature, or all entries, and their labels.",
            discussion: "What is deleted cannot be restored."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var pipeline: String
        @Option(help: "Name of the key, input or feature.") var key: String?
        @Option(help: "Its value.") var value: String?
        @Flag(help: "Delete all entries and labels.") var all = false
        @OptionGroup var confirmation: ConfirmationOptions

        func validate() throws {
            guard all ? key == nil && value == nil : key != nil && value != nil else {
                throw ValidationError("Expected either '--key' and '--value', or '--all'.")
            }
        }

        func run() async throws {
            try await reportingErrors {
                let deletion = key.flatMap { key in value.map { LogDeletion(key: key, value: $0) } }
                let condition = deletion.map { " with \($0.key) = '\($0.value)'" } ?? ""
                try confirmation.confirm("Delete all entries of \(pipeline)\(condition)?")
                let deleted =
                    if let deletion {
                        try await options.client.deleteLogEntries(of: pipeline, deletion)
                    } else {
                        try await options.client.deleteLog(of: pipeline)
                    }
                if options.json { return try Output.json(deleted) }
                print(
                    "Deleted \(Numbers.count(deleted.entries)) \(deleted.entries == 1 ? "entry" : "entries") and "
                        + "\(Numbers.count(deleted.labels)) \(deleted.labels == 1 ? "label" : "labels") of \(pipeline)"
                )
            }
        }
    }
}
