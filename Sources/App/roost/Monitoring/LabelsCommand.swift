import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient
import Words

struct LabelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels",
        abstract: "Add labels (ground truth) to inferences, and count them.",
        subcommands: [Add.self, Status.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add labels from a file, from S3, or one on the command line.",
            discussion: """
                A label names its inference by the id of the response, or by a key that was sent with the request: \
                {"id": "…", "label": 1} or {"key": {"order": "A17"}, "label": 1}. The header of a CSV file is id,label or \
                key:order,label; a column row is optional.
                """
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String
        @Argument(help: "File with labels; - for standard input.", completion: .file()) var file: String?
        @Option(help: "Format of the file: json, jsonl or csv. (default: by the file's name, or jsonl)")
        var format: LabelFormat?
        @Option(help: "ID of the inference.") var id: String?
        @Option(help: "Key of the inference, as NAME=VALUE.") var key: String?
        @Option(parsing: .unconditional, help: "Label: a number, true, false, or a string.") var label: String?
        @Option(help: "Row of the inference, from 0. (default: all rows)") var row: Int?
        @Option(name: .customLong("s3"), help: "Object with labels, or a prefix of objects, as s3://BUCKET/KEY.")
        var uri: String?
        @Flag(help: "NAME is an endpoint, not a pipeline.") var endpoint = false

        func validate() throws {
            let isSingle = id != nil || key != nil || label != nil
            guard [file != nil, uri != nil, isSingle].count(where: { $0 }) == 1 else {
                throw ValidationError("Pass either a file, --s3, or one label with --label and --id or --key.")
            }
            if isSingle {
                guard label != nil, (id == nil) != (key == nil) else {
                    throw ValidationError("One label needs --label and either --id or --key.")
                }
                guard key?.contains("=") != false else {
                    throw ValidationError("'--key' must be NAME=VALUE, not '\(key ?? "")'.")
                }
            }
            if row != nil, !isSingle { throw ValidationError("--row belongs to one label with --label.") }
            if format != nil, file == nil { throw ValidationError("--format belongs to a file.") }
        }

        func run() async throws {
            try await reportingErrors {
                let target = endpoint ? RoostClient.LabelTarget.endpoint(name) : .pipeline(name)
                let added: AddedLabels
                if let uri {
                    added = try await options.client.addLabels(at: uri, to: target)
                } else if let file {
                    let format = format ?? LabelFormat(fileName: file)
                    added = try await options.client.addLabels(
                        try InputFile.read(file),
                        contentType: format.contentType,
                        to: target
                    )
                } else {
                    let body = try NativeCoding.encoder.encode(OneLabel(id: id, key: key, label: label, row: row))
                    added = try await options.client.addLabels(body, contentType: "application/json", to: target)
                }
                if options.json { return try Output.json(added) }
                print("Added \(Numbers.count(added.accepted)) \(added.accepted == 1 ? "label" : "labels") to \(name)")
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show how many labels a pipeline has.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String

        func run() async throws {
            try await reportingErrors {
                let summary = try await options.client.groundTruth(of: name)
                if options.json { return try Output.json(summary) }
                var page = Page.forOutput()
                page.add(summary, of: name)
                page.show()
            }
        }
    }
}

enum LabelFormat: String, ExpressibleByArgument, CaseIterable {
    case json, jsonl, csv

    init(fileName: String) {
        let name = fileName.lowercased()
        self = name.hasSuffix(".json") ? .json : name.hasSuffix(".csv") ? .csv : .jsonl
    }

    var contentType: String {
        switch self {
        case .json: "application/json"
        case .jsonl: "application/x-ndjson"
        case .csv: "text/csv"
        }
    }
}

/// A label of the command line.
struct OneLabel: Encodable {
    enum Value: Encodable, Equatable {
        case boolean(Bool)
        case integer(Int)
        case number(Double)
        case string(String)

        /// A string in double quotes is a string, whatever it looks like.
        init(argument: String) {
            if let boolean = Bool(argument) {
                self = .boolean(boolean)
            } else if let integer = Int(argument) {
                self = .integer(integer)
            } else if let number = Double(argument), number.isFinite {
                self = .number(number)
            } else if argument.count >= 2, argument.hasPrefix("\""), argument.hasSuffix("\"") {
                self = .string(String(argument.dropFirst().dropLast()))
            } else {
                self = .string(argument)
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .boolean(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .string(let value): try container.encode(value)
            }
        }
    }

    var id: String?
    var key: [String: String]?
    var label: Value
    var row: Int?

    /// - Parameter key: `NAME=VALUE`.
    init(id: String?, key: String?, label: String?, row: Int?) {
        self.id = id
        self.key = key.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return [parts[0]: parts.count > 1 ? parts[1] : ""]
        }
        self.label = Value(argument: label ?? "")
        self.row = row
    }
}

extension Page {
    mutating func add(_ summary: GroundTruthSummary, of pipeline: String) {
        title("Labels of pipeline \(pipeline)")
        var facts = [
            (
                "labels",
                "\(Numbers.count(summary.labels)): \(Numbers.count(summary.byID)) by id, "
                    + "\(Numbers.count(summary.byKey)) by key"
            )
        ]
        if let oldest = summary.oldest, let newest = summary.newest {
            facts.append(("received", "\(Output.time(oldest)) to \(Output.time(newest)) UTC"))
        }
        facts.append(("waiting time", "\(Numbers.measure(summary.waitHours)) hours"))
        self.facts(facts)
    }
}
