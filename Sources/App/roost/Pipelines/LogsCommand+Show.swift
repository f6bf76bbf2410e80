import ArgumentParser
import Definitions
import Files
import Foundation
import NativeAPI
import RoostClient

extension LogsCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the inference log of a pipeline, newest entries first.",
            discussion: "With --follow, the newest entries come last, and new ones are added until ^C."
        )

        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var pipeline: String
        @Option(name: [.short, .customLong("limit")], help: "Maximum number of entries.") var limit = 20
        @Flag(name: .shortAndLong, help: "Keep printing new entries until ^C.") var follow = false
        @Option(help: "Only entries from this time on: \(TimeAgo.forms).", transform: TimeAgo.logDate)
        var start: Date?
        @Option(help: "Only entries before this time.", transform: TimeAgo.logDate) var end: Date?
        @Option(help: "Only entries of this model.") var model: String?
        @Option(help: "Only entries that passed all validations (true), or that did not (false).") var valid: Bool?
        @Option(help: "Only the entries of the inference with this id.") var id: String?
        @Option(
            help: "Write all entries to this file as JSON Lines (.jsonl), regardless of --limit.",
            completion: .file(extensions: LogFile.extensions),
            transform: LogFile.init
        )
        var export: LogFile?

        func validate() throws {
            guard limit > 0 else { throw ValidationError("'--limit' must be at least 1, not \(limit).") }
            guard follow else { return }
            if export != nil { throw ValidationError("--follow and --export exclude each other.") }
            if end != nil { throw ValidationError("--follow and --end exclude each other.") }
        }

        func run() async throws {
            try await reportingErrors {
                var filter = RoostClient.LogFilter()
                filter.start = start.map(NativeCoding.timestamp)
                filter.end = end.map(NativeCoding.timestamp)
                filter.model = model
                filter.valid = valid
                filter.id = id
                if let export {
                    return try await export.write(try await options.client.logs(of: pipeline, filter))
                }
                filter.limit = limit
                if follow { return try await follow(filter) }
                var data = Data()
                for try await chunk in try await options.client.logs(of: pipeline, filter) { data.append(chunk) }
                if options.json { return Output.write(data) }
                let rows = try data.split(separator: UInt8(ascii: "\n")).map { try ShownEntry($0).cells }
                Output.table(ShownEntry.header, rows)
            }
        }

        private func follow(_ filter: RoostClient.LogFilter) async throws {
            let client = try options.client
            var filter = filter
            var new = try await client.newLogEntries(of: pipeline, filter)
            var rows = GrowingTable(ShownEntry.header, try new.entries.map { try ShownEntry($0).cells })
            if !options.json { print(rows.header) }
            filter.limit = nil
            while true {
                for entry in new.entries {
                    if options.json {
                        Output.write(entry + [UInt8(ascii: "\n")])
                    } else {
                        print(rows.line(try ShownEntry(entry).cells))
                    }
                }
                // The server does not report new entries by itself.
                if !new.hasMore { try await Task.sleep(for: .milliseconds(500)) }
                new = try await client.newLogEntries(of: pipeline, filter, after: new.next)
            }
        }
    }
}

/// An entry of the log, for people.
private struct ShownEntry {
    static let header = ["TIME", "MODEL", "ROLE", "VALID", "ELAPSED", "OUTPUTS"]

    private struct Fields: Decodable {
        var time: Double
        var valid: Bool
        var model_name: String
        var role: String
        var elapsed: Double
        var outputs: [OutputValues]?
        var error: String?
    }

    let cells: [String]

    init(_ entry: Data) throws {
        let fields = try JSONDecoder().decode(Fields.self, from: entry)
        let outputs = fields.outputs.map { outputs in
            outputs.prefix(4).map {
                "[" + $0.values.prefix(3).map(\.text).joined(separator: ", ") + ($0.values.count > 3 ? ", …]" : "]")
            }
            .joined(separator: " ") + (outputs.count > 4 ? " …" : "")
        }
        cells = [
            Output.time(Date(timeIntervalSince1970: fields.time / 1000)), fields.model_name, fields.role,
            fields.valid ? "yes" : "NO", Output.duration(nanoseconds: fields.elapsed),
            fields.error.map { "error: \($0)" } ?? outputs ?? "(too large)",
        ]
    }
}

/// A file for exported entries. Its name must not promise another format.
struct LogFile {
    static let extensions = ["jsonl", "ndjson", "json", "log", "txt"]

    private let path: String

    init(_ path: String) throws {
        let suffix = URL(filePath: path).pathExtension.lowercased()
        guard suffix.isEmpty || Self.extensions.contains(suffix) else {
            throw ValidationError(
                "'\(path)' would not be a .\(suffix) file: the log is exported as JSON Lines, to a file such as log.jsonl. "
                    + "For Parquet and CSV use the Python SDK: pipeline.export_logs('log.parquet')."
            )
        }
        self.path = path
    }

    /// Writes JSON Lines. A file that exists is replaced only by a complete one.
    func write(_ lines: AsyncThrowingStream<Data, any Error>) async throws {
        let partial = path + ".partial"
        // What an interrupted export left.
        unlink(partial)
        do {
            let draft = try FileDraft(at: partial, mode: 0o666)
            for try await chunk in lines { try chunk.withUnsafeBytes { try draft.append($0) } }
            try draft.publish(at: path)
        } catch FileProblem.failed {
            throw RoostError(.invalidInput, "'\(path)' cannot be written.", field: "export")
        }
    }
}
