import Definitions
import Events

extension Report {
    /// Returns an event for each challenger whose verdict is not that of the last report on the same experiment. Before the first
    /// report, there is not enough data.
    func verdictEvents(after last: Report?, _ events: EventLog) -> [NewEvent] {
        let before = last?.summary.verdicts ?? [:]
        return (summary.verdicts ?? [:]).sorted { $0.key < $1.key }.compactMap { challenger, verdict in
            guard before[challenger, default: .notEnoughData] != verdict else { return nil }
            var details = ["pipeline": pipeline, "challenger": challenger, "verdict": verdict.rawValue]
            details["previous_verdict"] = before[challenger]?.rawValue
            return events.event(
                .reportVerdict,
                on: .init(.report, id),
                "A report on pipeline '\(pipeline)' says about '\(challenger)': \(verdict.rawValue).",
                details: details
            )
        }
    }
}
