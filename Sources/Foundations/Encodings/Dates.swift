package import Foundation

/// Times as RFC 3339 writes them: `2026-11-21T05:15:00.123456Z`.
package enum RFC3339 {
    /// The time in UTC with six digits of a second.
    ///
    /// - Parameter microseconds: Since the epoch.
    package static func string(microseconds: Int64) -> String {
        let (seconds, fraction) = parts(microseconds, perSecond: 1_000_000)
        let digits = String(fraction)
        return string(seconds: seconds).dropLast() + "." + String(repeating: "0", count: 6 - digits.count) + digits
            + "Z"
    }

    /// The time in UTC with three digits of a second.
    ///
    /// - Parameter milliseconds: Since the epoch.
    package static func string(milliseconds: Int64) -> String {
        let (seconds, fraction) = parts(milliseconds, perSecond: 1000)
        let digits = String(fraction)
        return string(seconds: seconds).dropLast() + "." + String(repeating: "0", count: 3 - digits.count) + digits
            + "Z"
    }

    /// The time in UTC without a fraction of a second.
    package static func string(seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    /// Reads a time with or without a fraction of a second, in any time zone.
    ///
    /// - Returns: `nil` if the string is not a time of the years 1 to 9999.
    package static func date(_ string: String) -> Date? {
        guard let date = anyDate(string), years.contains(date.timeIntervalSince1970) else { return nil }
        return date
    }

    /// The years 1 to 9999 in seconds since the epoch: every notation of a time can write them.
    private static let years: ClosedRange<Double> = -62_135_596_800...253_402_300_799

    private static func anyDate(_ string: String) -> Date? {
        guard let dot = string.firstIndex(of: ".") else { return try? Date(string, strategy: .iso8601) }
        let digits = string[string.index(after: dot)...].prefix { $0.isASCII && $0.isNumber }
        let zone = string[digits.endIndex...]
        // What stands around the fraction must be complete: `2026-11-21T05:15:00` and `Z` or `+01:00`.
        guard string.distance(from: string.startIndex, to: dot) == 19, !digits.isEmpty,
            zone == "Z" || zone.wholeMatch(of: /[+-]\d\d:\d\d/) != nil
        else { return nil }
        guard let whole = try? Date(String(string[..<dot]) + zone, strategy: .iso8601),
            let fraction = Double("0." + digits)
        else { return nil }
        return whole.addingTimeInterval(fraction)
    }

    /// Whole seconds, rounded down, and the rest.
    private static func parts(_ value: Int64, perSecond scale: Int64) -> (seconds: Int64, fraction: Int64) {
        let seconds = value >= 0 ? value / scale : (value - (scale - 1)) / scale
        return (seconds, value - seconds * scale)
    }
}

/// Times as HTTP headers write them: `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static var calendar: Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }

    /// Reads the preferred form of RFC 9110; `nil` if the string has another.
    package static func date(_ string: String) -> Date? {
        let words = string.split(separator: " ")
        guard words.count == 6, let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])),
            let year = Int(words[3]), (1...9999).contains(year), (1...31).contains(day)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        return calendar.date(
            from: DateComponents(
                year: year,
                month: month + 1,
                day: day,
                hour: clock[0],
                minute: clock[1],
                second: clock[2]
            )
        )
    }

    package static func string(_ date: Date) -> String {
        let parts = calendar.dateComponents([.year, .month, .day, .weekday, .hour, .minute, .second], from: date)
        func two(_ number: Int?) -> String { String("0\(number ?? 0)".suffix(2)) }
        return
            "\(days[(parts.weekday ?? 1) - 1]), \(two(parts.day)) \(months[(parts.month ?? 1) - 1]) \(parts.year ?? 0) "
            + "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) GMT"
    }
}
