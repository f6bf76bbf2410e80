package import Foundation

/// A line of cron: minute, hour, day of the month, month, day of the week; in UTC.
///
/// As in cron, a day fits if it fits the day of the month or the day of the week, where both are restricted.
package struct CronSchedule: Sendable, Hashable {
    private static let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]
    private static let names = ["minute", "hour", "day of the month", "month", "day of the week"]

    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    private let weekdays: Set<Int>
    private let isAnyDay: Bool
    private let isAnyWeekday: Bool

    /// - Throws: ``RoostError`` that says which field of the line is wrong.
    package init(_ text: String, field: String) throws(RoostError) {
        let fields = text.prefix(200).split(whereSeparator: \.isWhitespace)
        guard fields.count == 5 else {
            throw RoostError(
                .invalidInput,
                "'\(text.prefix(80))' is not a schedule. Expected five fields as in cron, such as '0 * * * *' for every hour.",
                field: field
            )
        }
        var sets: [Set<Int>] = []
        for (index, part) in fields.enumerated() {
            guard let values = Self.values(part, Self.ranges[index]), !values.isEmpty else {
                throw RoostError(
                    .invalidInput,
                    "'\(part.prefix(40))' is not a valid \(Self.names[index]) of a schedule. Expected *, or numbers from "
                        + "\(Self.ranges[index].lowerBound) to \(Self.ranges[index].upperBound), with '-', ',' and '/'.",
                    field: field
                )
            }
            sets.append(values)
        }
        minutes = sets[0]
        hours = sets[1]
        days = sets[2]
        months = sets[3]
        // Sunday is 0 and 7.
        weekdays = Set(sets[4].map { $0 % 7 })
        isAnyDay = fields[2] == "*"
        isAnyWeekday = fields[4] == "*"
        guard next(after: Date(timeIntervalSince1970: 0)) != nil else {
            throw RoostError(.invalidInput, "The schedule '\(text.prefix(80))' never comes.", field: field)
        }
    }

    private static func values(_ text: Substring, _ range: ClosedRange<Int>) -> Set<Int>? {
        var values: Set<Int> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count) else { return nil }
            guard let step = parts.count == 2 ? number(parts[1]) : 1, step > 0 else { return nil }
            let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
            var span = range
            if parts[0] != "*" {
                guard (1...2).contains(ends.count), let first = number(ends[0]), range.contains(first) else {
                    return nil
                }
                // `5/10` means from 5 on.
                let end = ends.count == 2 ? number(ends[1]) : parts.count == 2 ? range.upperBound : first
                guard let end, range.contains(end), first <= end else { return nil }
                span = first...end
            }
            values.formUnion(stride(from: span.lowerBound, through: span.upperBound, by: min(step, 100)))
        }
        return values
    }

    private static func number(_ text: Substring) -> Int? {
        (1...3).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    /// Returns the first moment after a time that fits; `nil` if there is none within the next eight years.
    package func next(after time: Date) -> Date? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let start = time.clamped
        guard let minute = calendar.dateInterval(of: .minute, for: start)?.end,
            var day = calendar.dateInterval(of: .day, for: minute)?.start
        else { return nil }
        // Leap days may be eight years apart.
        for _ in 0...(8 * 366) {
            let parts = calendar.dateComponents([.month, .day, .weekday], from: day)
            if fits(parts) {
                for hour in hours.sorted() {
                    for minuteOfHour in minutes.sorted() {
                        let found = day.addingTimeInterval(Double(hour * 3600 + minuteOfHour * 60))
                        if found >= minute { return found }
                    }
                }
            }
            day = day.addingTimeInterval(86_400)
        }
        return nil
    }

    private func fits(_ parts: DateComponents) -> Bool {
        guard let month = parts.month, let day = parts.day, let weekday = parts.weekday, months.contains(month) else {
            return false
        }
        let (isDay, isWeekday) = (days.contains(day), weekdays.contains(weekday - 1))
        return isAnyDay || isAnyWeekday ? isDay && isWeekday : isDay || isWeekday
    }
}
