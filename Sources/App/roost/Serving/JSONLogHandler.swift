import Definitions
import Encodings
import Files
import Foundation
import Logging
import Synchronization
import Tensors

/// Writes log messages to standard error as JSON Lines: `time`, `level`, `message`, and the metadata under its own names.
struct JSONLogHandler: LogHandler {
    /// Serializes the lines of all threads.
    private static let output = Mutex<Void>(())

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(level: Logger.Level) { logLevel = level }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var metadata = metadata
        if let more = event.metadata { metadata.merge(more) { $1 } }
        if let error = event.error { metadata["error"] = metadata["error"] ?? "\(error)" }
        let now = Date().microseconds / 1000
        let line = Self.line(event.level, "\(event.message)", metadata, at: now)
        Self.output.withLock { _ in _ = line.withUnsafeBytes { Files.append($0, to: STDERR_FILENO) } }
    }

    /// - Parameter now: In milliseconds since the epoch.
    static func line(
        _ level: Logger.Level,
        _ message: String,
        _ metadata: Logger.Metadata,
        at now: Int64
    ) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.raw("{\"time\":")
        json.string(RFC3339.string(milliseconds: now))
        json.raw(",\"level\":")
        json.string(level.rawValue)
        json.raw(",\"message\":")
        json.string(message)
        for (name, value) in metadata.sorted(by: { $0.key < $1.key })
        where !["time", "level", "message"].contains(name) {
            json.raw(",")
            json.string(name)
            json.raw(":")
            write(value, to: &json)
        }
        json.raw("}\n")
        return json.bytes
    }

    private static func write(_ value: Logger.Metadata.Value, to json: inout JSONWriter) {
        switch value {
        case .string(let text): json.string(text)
        case .stringConvertible(let value): json.string("\(value)")
        case .array(let elements):
            json.raw("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { json.raw(",") }
                write(element, to: &json)
            }
            json.raw("]")
        case .dictionary(let members):
            json.raw("{")
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { json.raw(",") }
                json.string(member.key)
                json.raw(":")
                write(member.value, to: &json)
            }
            json.raw("}")
        }
    }
}
