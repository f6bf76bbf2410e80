import Definitions
import Encodings
package import Foundation

/// A time as people read it: how long ago, with the exact time beside it.
package struct Moment: Sendable {
    /// 22 min ago; after 30 days the date.
    package let text: String
    /// 2026-11-28 09:00:12 UTC
    package let exact: String
    /// For the `datetime` attribute.
    package let machine: String

    package init(_ time: Date, now: Date = Date()) {
        machine = Self.machine(time)
        exact = String(machine.prefix(19).replacing("T", with: " ")) + " UTC"
        let seconds = now.timeIntervalSince(time)
        let isFuture = seconds < 0
        let span = Span.short(seconds.magnitude)
        if seconds.magnitude > 30 * 86_400 {
            text = String(machine.prefix(10))
        } else if seconds.magnitude < 1 {
            text = "now"
        } else {
            text = isFuture ? "in \(span)" : "\(span) ago"
        }
    }

    package init?(_ time: Date?) {
        guard let time else { return nil }
        self.init(time)
    }

    private static func machine(_ time: Date) -> String { RFC3339.string(microseconds: time.microseconds) }

    /// The time of day in UTC.
    package static func clock(_ time: Date) -> String { String(machine(time).dropFirst(11).prefix(8)) }

    /// 2026-11-28 09:00 in UTC, to the minute.
    package static func minute(_ time: Date) -> String {
        String(machine(time).prefix(16)).replacing("T", with: " ")
    }

    /// 2026-11-28 09:00:12 in UTC, to the second.
    package static func second(_ time: Date) -> String {
        String(machine(time).prefix(19)).replacing("T", with: " ")
    }

    /// 2026-11-28 09:00:12.25 in UTC: with as many digits as tell times apart.
    ///
    /// - Parameter step: How far the times are from each other, in seconds.
    package static func precise(_ time: Date, step: Double) -> String {
        let digits = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3
        return String(machine(time).prefix(digits > 0 ? 20 + digits : 19)).replacing("T", with: " ")
    }

    /// 2026-11-28 09:00 UTC; with seconds if it is not a whole minute.
    ///
    /// - Parameter exact: Whether it has seconds anyway, as other times beside it have.
    package static func title(_ time: Date, exact: Bool = false) -> String {
        let text = second(time)
        return (text.hasSuffix(":00") && !exact ? String(text.dropLast(3)) : text) + " UTC"
    }

    /// How long ago, with the time to the second, for what is printed and stays: 22 min ago (2026-11-28 09:00:12 UTC).
    package static func printed(_ time: Date, now: Date = Date()) -> String {
        let moment = Moment(time, now: now)
        return moment.machine.hasPrefix(moment.text) ? "\(second(time)) UTC" : "\(moment.text) (\(second(time)) UTC)"
    }
}

/// Lengths of time.
package enum Span {
    /// One unit: 47 min.
    package static func short(_ seconds: Double) -> String {
        let (value, unit) = parts(seconds)
        return "\(value)\u{00A0}\(unit)"
    }

    /// Two units from an hour on: 5 d 3 h.
    package static func long(_ seconds: Double) -> String {
        let whole = Int(saturating: min(max(seconds, 0), 1e12))
        if whole >= 86_400 { return "\(whole / 86_400)\u{00A0}d \(whole % 86_400 / 3600)\u{00A0}h" }
        if whole >= 3600 { return "\(whole / 3600)\u{00A0}h \(whole % 3600 / 60)\u{00A0}min" }
        if whole >= 60 { return "\(whole / 60)\u{00A0}min \(whole % 60)\u{00A0}s" }
        return seconds < 10 && whole < 10 ? Numbers.with("s", Numbers.fixed(max(seconds, 0), 1)) : "\(whole)\u{00A0}s"
    }

    private static func parts(_ seconds: Double) -> (Int, String) {
        let whole = Int(saturating: min(max(seconds, 0), 1e12))
        switch whole {
        case ..<60: return (whole, "s")
        case ..<3600: return (whole / 60, "min")
        case ..<86_400: return (whole / 3600, "h")
        default: return (whole / 86_400, "d")
        }
    }
}
