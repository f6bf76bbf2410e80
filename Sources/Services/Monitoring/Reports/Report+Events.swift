import Definitions
import Events

extension Report {
    /// The numbers behind a verdict, for those who are told of it.
    private func facts(of challenger: String) -> [String: String] {
        guard let experiment, let found = experiment.comparisons.first(where: { $0.challenger == challenger }) else {
            return [:]
        }
        func value(_ arm: String) -> String? {
            experiment.arms.first { $0.name == arm }?.goal.map { "\($0.value)" }
        }
        var facts = ["champion": found.champion, "metric": experiment.goal.metric]
        facts["better"] = experiment.goal.better?.rawValue
        facts["budget_ms"] = experiment.goal.budgetMilliseconds.map { "\($0)" }
        facts["champion_value"] = value(found.champion)
        facts["challenger_value"] = value(challenger)
        let evidence = found.verdict == .worse ? found.worse : found.better
        facts["evidence"] = evidence.map { "\($0.maximum)" }
        facts["bound"] = found.alpha > 0 ? "\(1 / found.alpha)" : nil
        facts["broken_guardrail"] = found.guardrails.first(where: \.isBroken)?.metric.metric.metric
        return facts
    }

    /// Returns an event for each challenger whose verdict is not that of the last report on the same experiment. Before the first
    /// report, there is not enough data.
    func verdictEvents(after last: Report?, _ events: EventLog) -> [NewEvent] {
        let before = last?.summary.verdicts ?? [:]
        return (summary.verdicts ?? [:]).sorted { $0.key < $1.key }.compactMap { challenger, verdict in
            guard before[challenger, default: .notEnoughData] != verdict else { return nil }
            var details = ["pipeline": pipeline, "challenger": challenger, "verdict": verdict.rawValue]
            details["previous_verdict"] = before[challenger]?.rawValue
            details.merge(facts(of: challenger)) { known, _ in known }
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
