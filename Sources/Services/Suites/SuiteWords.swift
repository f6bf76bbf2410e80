import Foundation

/// Numbers and names in sentences.
enum SuiteWords {
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : "\(value)" }
        let style = FloatingPointFormatStyle<Double>(locale: Locale(identifier: "en_US_POSIX"))
        return value.formatted(style.precision(.significantDigits(1...4)).grouping(.never))
    }

    static func bytes(_ count: Int) -> String {
        let size = Double(count)
        for (unit, name) in [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")] where size >= unit {
            return "\(number(size / unit)) \(name)"
        }
        return "\(count) bytes"
    }

    /// `1`, `1.0` and the number 1 are the same class.
    static func className(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }

    static func className(of text: String) -> String {
        switch text.lowercased() {
        case "true": "1"
        case "false": "0"
        default: Double(text).map { $0.isFinite ? className($0) : text } ?? text
        }
    }

    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
