import Definitions
package import Foundation

/// When the runs of a schedule are due.
package enum Timetable: Sendable, Hashable, Codable {
    /// Every `hours` hours of each day in UTC, the first of them at the hour `first`.
    ///
    /// 6 from 17 is at 17:00, 23:00, 5:00 and 11:00. The run at an hour is about the time since the run before.
    case daily(every: Int, from: Int)
    /// Once, when someone asks for it, about the time between two offsets from that moment.
    case once(start: TimeOffset, end: TimeOffset)

    /// A run that is due, and the time that it is about.
    package struct Run: Sendable, Hashable, Codable {
        package var time: Date
        /// Inclusive.
        package var start: Date
        /// Exclusive.
        package var end: Date

        package init(time: Date, start: Date, end: Date) {
            self.time = time
            self.start = start
            self.end = end
        }
    }

    /// The latest time at which a run was due, not after `time`; `nil` for ``once(start:end:)``.
    package func latest(until time: Date) -> Date? { hour(from: Self.hour(of: time), by: -1) }

    /// The first time after `time` at which a run is due; `nil` for ``once(start:end:)``.
    package func next(after time: Date) -> Date? { hour(from: Self.hour(of: time) + 1, by: 1) }

    /// The runs that were due after `time` until `now`, oldest first, but only the newest `limit` of them.
    func due(after time: Date, until now: Date, limit: Int) -> [Run] {
        var runs: [Run] = []
        var latest = latest(until: now)
        while let due = latest, due > time, runs.count < limit {
            let before = self.latest(until: due.addingTimeInterval(-1)) ?? due
            runs.append(Run(time: due, start: before, end: due))
            latest = before
        }
        return runs.reversed()
    }

    /// The first hour at which a run is due, from an hour since the epoch on in one direction.
    private func hour(from hour: Int, by step: Int) -> Date? {
        guard case .daily(let interval, let first) = self else { return nil }
        let every = max(1, interval)
        for index in 0..<24 {
            let hour = hour + index * step
            let sinceFirst = ((hour - first) % 24 + 24) % 24
            if sinceFirst.isMultiple(of: every) { return Date(timeIntervalSince1970: Double(hour) * 3600) }
        }
        // `first` itself is among any 24 hours.
        return nil
    }

    private static func hour(of time: Date) -> Int {
        Int(saturating: (time.clamped.timeIntervalSince1970 / 3600).rounded(.down))
    }
}
