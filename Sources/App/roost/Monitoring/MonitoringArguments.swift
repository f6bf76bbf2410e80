import ArgumentParser
import Definitions
import Files
import Foundation
import NativeAPI

/// The window of a question about the past.
struct WindowOptions: ParsableArguments {
    @Option(help: "Only inferences from this time on: \(TimeAgo.forms).", transform: TimeAgo.date)
    var start: Date?
    @Option(help: "Only inferences before this time. (default: now)", transform: TimeAgo.date) var end: Date?
}

enum Period {
    /// Returns the seconds of `90s`, `15m`, `1h`, `1d` or `2w`.
    static func seconds(_ text: String) throws -> Int {
        guard let span = TimeSpan(text), span.seconds > 0, span.seconds < Int.max else {
            throw ValidationError("'\(text)' is not a valid period. Expected a number and s, m, h, d or w, such as 1d.")
        }
        return span.seconds
    }
}

/// Writes a file of a user. One that exists is replaced only by a complete one.
func write(_ bytes: Data, toFile path: String, field: String) throws {
    let partial = path + ".partial"
    // What an interrupted command left.
    unlink(partial)
    do {
        let draft = try FileDraft(at: partial, mode: 0o666)
        try bytes.withUnsafeBytes { try draft.append($0) }
        try draft.publish(at: path)
    } catch FileProblem.failed {
        throw RoostError(.invalidInput, "'\(path)' cannot be written.", field: field)
    }
}
