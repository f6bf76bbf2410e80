import ArgumentParser
import Definitions
import Files
import Foundation
import RoostClient

struct Infer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send inputs to a deployed pipeline, and print the result.",
        discussion: #"The inputs are a JSON object with each input under its name: {"tensor": [[1.0, 2.0]]}"#
    )

    @OptionGroup var options: ClientOptions
    @Argument(help: "Name of the pipeline.") var pipeline: String
    @Option(name: .shortAndLong, help: "File with the inputs; - for standard input.", completion: .file()) var file:
        String?
    @Argument(help: "Inputs as JSON.") var body: String?

    func validate() throws {
        guard (file == nil) != (body == nil) else {
            throw ValidationError("Pass the inputs either as an argument or with --file.")
        }
    }

    func run() async throws {
        try await reportingErrors {
            var data = body.map { Data($0.utf8) }
            if let file {
                data =
                    file == "-"
                    ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
            }
            guard let data else {
                throw RoostError(.notFound, "There is no readable file '\(file ?? "")'.", field: "file")
            }
            let result = try await options.client.infer(pipeline, body: data)
            Output.write(result + [UInt8(ascii: "\n")])
        }
    }
}

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the inference log of a pipeline, newest entries first.",
        subcommands: []
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
