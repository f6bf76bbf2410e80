import Definitions
import Foundation
import NativeAPI

/// Times that people type.
enum GivenTime {
    /// A hundred years, beyond which a length of time is a mistake.
    private static let longest = 100 * 366 * 86_400

    /// Reads `2h` (ago), `2026-11-28`, `2026-11-28 08:04` in UTC, or RFC 3339.
    ///
    /// - Returns: `nil` for an empty text.
    /// - Throws: ``RoostError`` that names the field.
    static func parse(_ text: String, field: String, now: Date = Date()) throws(RoostError) -> Date? {
        let text = text.trimmingCharacters(in: .whitespaces)
        guard !text.isEmpty else { return nil }
        if let span = TimeSpan(text), span.seconds <= longest { return now.addingTimeInterval(-Double(span.seconds)) }
        for candidate in [
            text, text.replacing(" ", with: "T") + "Z", text.replacing(" ", with: "T") + ":00Z", text + "T00:00:00Z",
        ] {
            if let date = NativeCoding.date(candidate) { return date }
        }
        throw RoostError(
            .invalidInput,
            "'\(text.prefix(40))' is not a time. Expected one such as 2h (ago), 2026-11-28, 2026-11-28 08:04 (UTC) or "
                + "2026-11-28T08:04:00Z.",
            field: field
        )
    }

    /// Reads a time as the API takes it; empty for an empty text.
    static func stamp(_ text: String, field: String) throws(RoostError) -> String {
        try parse(text, field: field).map { NativeCoding.timestamp($0) } ?? ""
    }
}
