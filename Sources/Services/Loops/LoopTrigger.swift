import Definitions
import Foundation

/// What starts the runs of a loop, ready to be compared with what happens.
enum LoopTrigger: Sendable, Equatable {
    /// - Parameter subject: The name of the event's subject, or its pipeline; `nil` for any.
    case events([EventKind], subject: String?)
    /// At multiples of this many seconds since the epoch.
    case interval(Int)
    case cron(CronSchedule)
    case labels(Int)

    /// The most labels that can be waited for.
    private static let labelLimit = 1_000_000_000

    /// - Throws: ``RoostError`` that names the field that is wrong.
    init(_ trigger: LoopDefinition.Trigger) throws(RoostError) {
        let given: [String?] = [
            trigger.assay.map { _ in "assay" }, trigger.suite.map { _ in "suite" }, trigger.gate.map { _ in "gate" },
            trigger.event.map { _ in "event" }, trigger.every.map { _ in "every" }, trigger.cron.map { _ in "cron" },
            trigger.labels.map { _ in "labels" },
        ]
        let names = given.compactMap(\.self)
        guard names.count == 1 else {
            let found = names.isEmpty ? "none" : names.joined(separator: " and ")
            throw RoostError(
                .invalidInput,
                "'when' must have exactly one of: assay, suite, gate, event, every, cron, labels. It has \(found).",
                field: "when"
            )
        }
        guard trigger.subject == nil || trigger.event != nil else {
            throw RoostError(.invalidInput, "'subject' belongs to 'event'.", field: "when.subject")
        }
        if let assay = trigger.assay {
            self = .events([.assayAlert], subject: assay)
        } else if let suite = trigger.suite {
            self = .events(try EventKind.matching("suite.failed", field: "when.suite"), subject: suite)
        } else if let gate = trigger.gate {
            self = .events(try EventKind.matching("gate.refused", field: "when.gate"), subject: gate)
        } else if let event = trigger.event {
            self = .events(try EventKind.matching(event, field: "when.event"), subject: trigger.subject)
        } else if let cron = trigger.cron {
            self = .cron(try CronSchedule(cron, field: "when.cron"))
        } else if let labels = trigger.labels {
            guard (1...Self.labelLimit).contains(labels) else {
                throw RoostError(.invalidInput, "'labels' must be from 1 to \(Self.labelLimit).", field: "when.labels")
            }
            self = .labels(labels)
        } else {
            let seconds = trigger.every?.seconds ?? 0
            guard (1...Self.longest).contains(seconds) else {
                throw RoostError(.invalidInput, "'every' must be from 1s to 52w.", field: "when.every")
            }
            self = .interval(seconds)
        }
    }

    /// A year, in seconds.
    static let longest = 52 * 7 * 86_400

    /// Returns the first time of the schedule after a time; `nil` without a schedule.
    func next(after time: Date) -> Date? {
        switch self {
        case .events, .labels: return nil
        case .cron(let schedule): return schedule.next(after: time)
        case .interval(let seconds):
            let length = Double(max(1, seconds))
            let start = (time.clamped.timeIntervalSince1970 / length).rounded(.down) * length
            return Date(timeIntervalSince1970: start + length).clamped
        }
    }

    /// Whether an event starts a run of a loop. What happens to the loop itself never does.
    func includes(_ event: Event, of loop: String) -> Bool {
        guard case .events(let kinds, let subject) = self, kinds.contains(event.kind) else { return false }
        if event.subject.kind == .loop, event.subject.name == loop { return false }
        guard let subject else { return true }
        return event.subject.name == subject || event.details["pipeline"] == subject
    }
}
