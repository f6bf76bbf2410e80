import Definitions
import Foundation

/// When the windows of an assay end.
struct AssaySchedule: Sendable {
    /// How many windows that no server looked at are made up for.
    static let catchUpLimit = 100

    private enum Kind: Sendable {
        /// At multiples of this many seconds since the epoch.
        case interval(Int)
        case cron(CronSchedule)
    }

    private let kind: Kind
    private let width: Double
    private let delay: Double

    /// - Throws: ``RoostError`` if the definition has no valid schedule.
    init(_ definition: AssayDefinition) throws(RoostError) {
        width = Double(definition.window.seconds)
        delay = Double(definition.delay?.seconds ?? 0)
        if let cron = definition.cron {
            kind = .cron(try CronSchedule(cron, field: "cron"))
        } else {
            kind = .interval(max(1, (definition.every ?? definition.window).seconds))
        }
    }

    /// Returns the end of the first window that ends after a time.
    func end(after time: Date) -> Date {
        switch kind {
        case .interval(let seconds):
            let length = Double(seconds)
            return Date(
                timeIntervalSince1970: ((time.clamped.timeIntervalSince1970 / length).rounded(.down) + 1) * length
            )
            .clamped
        case .cron(let schedule): return schedule.next(after: time) ?? .distantFuture
        }
    }

    func start(of end: Date) -> Date { end.addingTimeInterval(-width).clamped }

    /// Returns when a window can be looked at.
    func due(_ end: Date) -> Date { end.addingTimeInterval(delay) }

    /// Returns the ends of the windows after one that can be looked at by now, the newest ones if they are too many.
    func dueEnds(after end: Date, now: Date) -> [Date] {
        let last = now.addingTimeInterval(-delay)
        var start = end
        if case .interval(let seconds) = kind {
            start = max(start, last.addingTimeInterval(-Double(seconds) * Double(Self.catchUpLimit + 1)))
        }
        return ends(after: start, until: last).suffix(Self.catchUpLimit)
    }

    /// Returns the ends of the windows after a time until another one, inclusive.
    func ends(after start: Date, until end: Date, limit: Int = 100_000) -> [Date] {
        var ends: [Date] = []
        var next = self.end(after: start)
        while next <= end, ends.count < limit {
            ends.append(next)
            next = self.end(after: next)
        }
        return ends
    }
}

extension [AssayResult.Status] {
    /// What enough of the last windows say. Windows without enough data do not count.
    ///
    /// - Parameter before: The level so far.
    func level(_ definition: AssayDefinition, before: AssayResult.Status) -> AssayResult.Status {
        let needed = Swift.max(1, definition.alerts ?? AssayDefinition.defaultAlerts)
        let last = filter { $0 != .notEnoughData }.suffix(
            Swift.max(needed, definition.outOf ?? AssayDefinition.defaultOutOf)
        )
        guard !last.isEmpty else { return before }
        if last.count(where: { $0 == .alert }) >= needed { return .alert }
        if last.count(where: { $0 != .ok }) >= needed { return .warning }
        return .ok
    }
}
