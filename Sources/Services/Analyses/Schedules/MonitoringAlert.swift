package import Foundation

/// Whether the latest runs of a schedule found so many violations that someone should look.
package struct MonitoringAlert: Sendable, Hashable, Codable {
    package struct Change: Sendable, Hashable, Codable {
        package var time: Date
        package var isOn: Bool

        package init(time: Date, isOn: Bool) {
            self.time = time
            self.isOn = isOn
        }
    }

    /// How many changes are kept.
    package static let historyLimit = 1000

    /// Of the last this many runs that compared something,
    package var evaluationPeriod = 1
    /// as many as this must have found violations.
    package var datapointsToAlert = 1
    package private(set) var isOn = false
    /// The newest changes, oldest first.
    package private(set) var history: [Change] = []
    package var createdAt: Date
    package var modifiedAt: Date

    package init(createdAt: Date) {
        self.createdAt = createdAt
        modifiedAt = createdAt
    }

    /// Takes what the latest runs found.
    ///
    /// - Parameter hasViolations: For each run that compared something, the newest first. Only the evaluation period counts.
    /// - Returns: Whether the alert has begun or ended.
    mutating func evaluate(_ hasViolations: some Sequence<Bool>, at time: Date) -> Bool {
        let isOn = hasViolations.prefix(evaluationPeriod).count { $0 } >= datapointsToAlert
        guard isOn != self.isOn else { return false }
        self.isOn = isOn
        history = history.suffix(Self.historyLimit - 1) + [Change(time: time, isOn: isOn)]
        modifiedAt = time
        return true
    }
}
