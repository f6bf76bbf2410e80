import ArgumentParser
import Definitions
import Foundation
import NativeAPI

/// A time on the command line, or how long ago it was.
enum TimeAgo: Equatable {
    case time(Date)
    case ago(seconds: Double)

    /// What may be written, for help texts.
    static let forms = "30s, 10m, 2h, 7d or 4w ago, a time in RFC 3339, or a day such as 2026-11-20"

    init?(_ text: String) {
        if let time = NativeCoding.date(text) ?? NativeCoding.date(text + "T00:00:00Z") {
            self = .time(time)
        } else if let span = TimeSpan(text) {
            self = .ago(seconds: Double(span.seconds))
        } else {
            return nil
        }
    }

    func date(before now: Date) -> Date {
        switch self {
        case .time(let time): time
        case .ago(let seconds): now.addingTimeInterval(-seconds).clamped
        }
    }

    /// Returns the time that an option names, as of now.
    ///
    /// - Throws: An error that says what may be written.
    static func date(_ text: String) throws -> Date {
        guard let time = TimeAgo(text) else {
            throw ValidationError("'\(text)' is not a valid time. Expected \(forms).")
        }
        return time.date(before: Date())
    }

    /// Returns the time that an option of the log names: also in milliseconds since the epoch, as log entries have it.
    static func logDate(_ text: String) throws -> Date {
        guard let milliseconds = Int64(text) else { return try date(text) }
        return Date(timeIntervalSince1970: Double(milliseconds) / 1000).clamped
    }
}
