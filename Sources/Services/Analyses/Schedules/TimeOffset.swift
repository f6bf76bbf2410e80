import Definitions
import Foundation

/// A length of time that users write as ISO 8601 has it, before or after another time: `-PT1H`, `-P1D`, `PT0S`.
///
/// Months and years are not accepted, because their lengths differ.
package struct TimeOffset: Sendable, Hashable, Codable {
    /// The longest offset: 366 days.
    private static let limit = 366 * 86_400

    /// Negative before the other time.
    package let seconds: Int

    package init(seconds: Int) { self.seconds = seconds }

    /// - Returns: `nil` unless the text is a duration of at most 366 days in weeks, days, hours, minutes and seconds.
    package init?(_ text: String) {
        let pattern = /([+-]?)P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?/
        guard let match = text.wholeMatch(of: pattern), !text.hasSuffix("P"), !text.hasSuffix("T") else { return nil }
        let (_, sign, weeks, days, hours, minutes, seconds) = match.output
        var sum = 0
        // Nine digits in each of five parts do not overflow.
        for (digits, unit) in [(weeks, 604_800), (days, 86_400), (hours, 3600), (minutes, 60), (seconds, 1)] {
            sum += (digits.flatMap { Int($0) } ?? 0) * unit
        }
        guard sum <= Self.limit else { return nil }
        self.init(seconds: sign == "-" ? -sum : sum)
    }

    func from(_ time: Date) -> Date { time.addingTimeInterval(TimeInterval(seconds)).clamped }
}
