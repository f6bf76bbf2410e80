import Definitions
import Foundation
import NativeAPI

/// A time as pages show it: how long ago, with the exact time beside it.
struct Moment: Sendable {
    /// 22 min ago; after 30 days the date.
    let text: String
    /// In UTC, with its offset.
    let exact: String
    /// For the `datetime` attribute.
    let machine: String

    init(_ time: Date, now: Date = Date()) {
        machine = NativeCoding.timestamp(time)
        exact = String(machine.prefix(19).replacing("T", with: " ")) + " +00:00"
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

    init?(_ time: Date?) {
        guard let time else { return nil }
        self.init(time)
    }

    /// The time of day in UTC.
    static func clock(_ time: Date) -> String { String(NativeCoding.timestamp(time).dropFirst(11).prefix(8)) }
}

/// Lengths of time.
enum Span {
    /// One unit: 47 min.
    static func short(_ seconds: Double) -> String {
        let (value, unit) = parts(seconds)
        return "\(value)\u{00A0}\(unit)"
    }

    /// Two units from an hour on: 5 d 3 h.
    static func long(_ seconds: Double) -> String {
        let whole = Int(saturating: min(max(seconds, 0), 1e12))
        if whole >= 86_400 { return "\(whole / 86_400)\u{00A0}d \(whole % 86_400 / 3600)\u{00A0}h" }
        if whole >= 3600 { return "\(whole / 3600)\u{00A0}h \(whole % 3600 / 60)\u{00A0}min" }
        if whole >= 60 { return "\(whole / 60)\u{00A0}min \(whole % 60)\u{00A0}s" }
        return seconds < 10 ? Numbers.fixed(max(seconds, 0), 1) + "\u{00A0}s" : "\(whole)\u{00A0}s"
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
