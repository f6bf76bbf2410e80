import ArgumentParser
import Definitions
import Files
import Foundation
import NativeAPI
import RoostClient

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Read the inference log of a pipeline, and delete entries.",
        subcommands: [Show.self, Delete.self],
        defaultSubcommand: Show.self
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the inference log of a pipeline, newest entries first."
        )

        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.") var pipeline: String
        @Option(name: [.short, .customLong("limit")], help: "Maximum number of entries.") var limit = 20
        @Option(help: "Only entries from this time on: RFC 3339, or milliseconds since the epoch.") var start: String?
        @Option(help: "Only entries before this time.") var end: String?
        @Option(help: "Only entries of this model.") var model: String?
        @Option(help: "Only entries that passed all validations (true), or that did not (false).") var valid: Bool?
        @Option(help: "Only the entries of the inference with this id.") var id: String?
        @Option(help: "Write all entries to this file as JSON Lines, regardless of --limit.", completion: .file())
        var export: String?

        private struct Entry: Decodable {
            var time: Double
            var id: String
            var valid: Bool
            var model_name: String
            var role: String
            var elapsed: Double
            var outputs: Shown?
            var error: String?

            /// The outputs, shortened for a table.
            struct Shown: Decodable {
                struct Values: Decodable {
                    var data: [Value]
                }
                enum Value: Decodable {
                    case text(String)

                    init(from decoder: any Decoder) throws {
                        let container = try decoder.singleValueContainer()
                        if let number = try? container.decode(Double.self) {
                            self = .text(String(format: "%.6g", number))
                        } else if let truth = try? container.decode(Bool.self) {
                            self = .text("\(truth)")
                        } else {
                            self = .text(try container.decode(String.self))
                        }
                    }

                    var text: String { if case .text(let text) = self { text } else { "" } }
                }
                var text: String

                init(from decoder: any Decoder) throws {
                    let outputs = try decoder.singleValueContainer().decode([[String: Values]].self)
                    let shown = outputs.map { output in
                        let values = output.values.first?.data ?? []
                        return "[" + values.prefix(3).map(\.text).joined(separator: ", ")
                            + (values.count > 3 ? ", …]" : "]")
                    }
                    text = shown.prefix(4).joined(separator: " ") + (shown.count > 4 ? " …" : "")
                }
            }
        }

        func run() async throws {
            try await reportingErrors {
                var filter = RoostClient.LogFilter()
                filter.start = start
                filter.end = end
                filter.model = model
                filter.valid = valid
                filter.id = id
                if let export { return try await write(filter, to: export) }
                filter.limit = limit
                var data = Data()
                for try await chunk in try await options.client.logs(of: pipeline, filter) { data.append(chunk) }
                if options.json { return Output.write(data) }
                let entries = try data.split(separator: UInt8(ascii: "\n")).map {
                    try JSONDecoder().decode(Entry.self, from: $0)
                }
                Output.table(
                    ["TIME", "MODEL", "ROLE", "VALID", "ELAPSED", "OUTPUTS"],
                    entries.map {
                        [
                            Output.time(Date(timeIntervalSince1970: $0.time / 1000)), $0.model_name, $0.role,
                            $0.valid ? "yes" : "NO",
                            String(format: "%.0f µs", $0.elapsed / 1000),
                            $0.error.map { "error: \($0)" } ?? $0.outputs?.text ?? "(too large)",
                        ]
                    }
                )
            }
        }

        private func write(_ filter: RoostClient.LogFilter, to path: String) async throws {
            let partial = path + ".partial"
            // What an interrupted export left.
            unlink(partial)
            do {
                let draft = try FileDraft(at: partial, mode: 0o666)
                for try await chunk in try await options.client.logs(of: pipeline, filter) {
                    try chunk.withUnsafeBytes { try draft.append($0) }
                }
                try draft.publish(at: path)
            } catch FileProblem.failed {
                throw RoostError(.invalidInput, "'\(path)' cannot be written.", field: "export")
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Delete the entries of one value of a key, an input or a feature, or all entries, and their labels.",
            discussion: "Asks for confirmation on a terminal. What is deleted cannot be restored."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.") var pipeline: String
        @Option(help: "Name of the key, input or feature.") var key: String?
        @Option(help: "Its value.") var value: String?
        @Flag(help: "Delete all entries and labels.") var all = false
        @Flag(name: .shortAndLong, help: "Do not ask for confirmation.") var yes = false

        func validate() throws {
            guard all ? key == nil && value == nil : key != nil && value != nil else {
                throw ValidationError("Expected either '--key' and '--value', or '--all'.")
            }
        }

        func run() async throws {
            try await reportingErrors {
                let deletion = key.flatMap { key in value.map { LogDeletion(key: key, value: $0) } }
                let condition = deletion.map { " with \($0.key) = '\($0.value)'" } ?? ""
                guard yes || Terminal.confirms("Delete all entries of \(pipeline)\(condition)?") else {
                    Output.note("Nothing was deleted.")
                    throw ExitCode.failure
                }
                let deleted =
                    if let deletion {
                        try await options.client.deleteLogEntries(of: pipeline, deletion)
                    } else {
                        try await options.client.deleteLog(of: pipeline)
                    }
                if options.json { return try Output.json(deleted) }
                print(
                    "Deleted \(Figures.count(deleted.entries)) \(deleted.entries == 1 ? "entry" : "entries") and "
                        + "\(Figures.count(deleted.labels)) \(deleted.labels == 1 ? "label" : "labels") of \(pipeline)"
                )
            }
        }
    }
}
