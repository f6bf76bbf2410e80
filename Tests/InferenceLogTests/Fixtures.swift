import Foundation
import Tensors
import TestSupport
import Testing

@testable import InferenceLog

/// Calls `body` with a log in a new folder that is written only by `flush()`.
func withLog(
    _ configure: (inout InferenceLog.Configuration) -> Void = { _ in },
    _ body: (_ log: InferenceLog, _ folder: String) throws -> Void
) throws {
    try withTemporaryFolder { folder in
        let log = try InferenceLog(folder: folder, configuration: .manual(configure))
        defer { log.close() }
        try body(log, folder)
    }
}

extension InferenceLog.Configuration {
    static func manual(_ configure: (inout Self) -> Void = { _ in }) -> Self {
        var configuration = Self()
        configuration.flushInterval = .seconds(3600)
        configure(&configuration)
        return configuration
    }
}

extension InferenceRecord {
    static func fake(
        _ id: String,
        time: Int64 = 0,
        model: String = "m",
        checkFailures: String? = nil,
        input: Input = .json(Array("{}".utf8)),
        output: Output = .tensors([])
    ) -> InferenceRecord {
        InferenceRecord(
            time: time,
            id: id,
            subject: LogSubject(
                modelName: model,
                modelVersion: "1",
                role: .champion,
                pipelineName: "p",
                pipelineVersion: "2"
            ),
            elapsed: 3,
            checkFailures: checkFailures.map { Array($0.utf8) },
            input: input,
            output: output
        )
    }
}

extension InferenceLog {
    /// Returns the entries in the log's order.
    func lines(_ query: LogQuery = LogQuery(), of pipeline: String = "p") -> [String] {
        var lines: [String] = []
        var entries = entries(of: pipeline, query)
        while entries.next({ lines.append(String(decoding: $0, as: UTF8.self)) }) {}
        return lines
    }

    /// Returns the IDs of the entries in the log's order.
    func ids(_ query: LogQuery = LogQuery(), of pipeline: String = "p") -> [String] {
        lines(query, of: pipeline).map { line in
            let entry = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return entry?["id"] as? String ?? "?"
        }
    }

    func append(_ records: InferenceRecord..., to pipeline: String = "p") { stream(for: pipeline).append(records) }
}

/// Returns the names of a pipeline's segments, oldest first.
func segments(in folder: String, of pipeline: String = "p") -> [String] {
    files(in: folder, of: pipeline).filter { $0.hasSuffix(".jsonl") }
}

/// Returns the names of a pipeline's files, sorted.
func files(in folder: String, of pipeline: String = "p") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(pipeline)")) ?? []).sorted()
}

/// Writes a segment of an earlier server.
func writeSegment(_ text: String, start: Int64, in folder: String, of pipeline: String = "p") throws {
    try FileManager.default.createDirectory(atPath: "\(folder)/\(pipeline)", withIntermediateDirectories: true)
    let digits = String(start)
    let name = String(repeating: "0", count: 17 - digits.count) + digits
    try text.write(toFile: "\(folder)/\(pipeline)/\(name).jsonl", atomically: false, encoding: .utf8)
}

/// Returns an entry of a segment, shortened to the fields that queries use.
func entry(_ id: String, time: Int64) -> String {
    #"{"time":\#(time),"id":"\#(id)","valid":true,"model_name":"m","model_version":"1"}"#
}

/// Calls `body` with a log that has the segments of an earlier server, one hour apart, and does nothing by itself.
func withSegments(_ segments: String..., body: (_ log: InferenceLog, _ folder: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
        let log = try InferenceLog(folder: folder, configuration: .manual())
        log.close()
        for (index, text) in segments.enumerated() {
            try writeSegment(text, start: Int64(index + 1) * 3_600_000_000, in: folder)
        }
        try body(log, folder)
    }
}

/// Returns an entry with a newline.
///
/// - Parameters:
///   - result: The member with the outputs or the error.
///   - more: Members after the others.
func line(
    _ id: String = "1",
    time: Int64 = 3_600_000,
    facts: String = "",
    result: String = #""outputs":[{"Float":{"data":[0.5],"dim":[1,1],"v":1}}]"#,
    input: String = "{}",
    more: String = ""
) -> String {
    #"{"time":\#(time),"id":"\#(id)","valid":true,"model_name":"m","model_version":"1","role":"champion","#
        + #""pipeline_name":"p","pipeline_version":"2","elapsed":7\#(facts),"check_failures":[],"#
        + #"\#(result),"original_data":\#(input)\#(more)}"# + "\n"
}

extension InferenceLog {
    /// Returns the only batch of a window.
    func batch(_ window: LogWindow = LogWindow()) throws -> LogBatch {
        let batches = Array(batches(of: "p", window))
        try #require(batches.count == 1)
        return batches[0]
    }
}

extension LogValueColumn {
    /// The values of all rows as text.
    var all: [String] {
        (0..<rowCount).map { row in
            integer(at: row).map { "\($0)" } ?? number(at: row).map { "\($0)" } ?? text(at: row).map { "'\($0)'" }
                ?? "-"
        }
    }
}

extension InferenceLog {
    /// Deletes the entries that match one condition.
    func deleteEntries(of pipeline: String, where condition: LogCondition) throws -> LogCondition.Outcome {
        var outcome = LogCondition.Outcome()
        try deleteEntries(of: pipeline, whereAny: [condition], &outcome)
        return outcome
    }
}
