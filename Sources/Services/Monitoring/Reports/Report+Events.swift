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
                Self.words(verdict, of: challenger, pipeline),
                details: details
            )
        }
    }

    private static func words(_ verdict: ArmComparison.Verdict, of challenger: String, _ pipeline: String) -> String {
        let report = "A report on pipeline '\(pipeline)'"
        return switch verdict {
        case .better: "\(report) found '\(challenger)' better than the champion."
        case .worse: "\(report) found '\(challenger)' worse than the champion."
        case .noDifference: "\(report) found no difference between '\(challenger)' and the champion."
        case .notEnoughData: "\(report) no longer has enough data on '\(challenger)'."
        case .invalid:
            "\(report) is invalid for '\(challenger)': the models did not get the units that their shares promise."
        }
    }
}
