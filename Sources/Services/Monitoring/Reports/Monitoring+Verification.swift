package import Definitions
import Foundation
import InferenceLog

extension Monitoring {
    /// Computes a kept report again from its recorded inputs, and compares these with the log.
    package func verify(_ id: String) async throws -> ReportVerification {
        let stored = try await stored(id)
        let inputs = try JSONDecoder().decode(ReportInputs.self, from: Data(stored.inputs.utf8))
        let subject = try await subject(stored.report.pipeline)
        guard inputs.experiment == nil else {
            return try await compute { [self] in try verify(stored.report, inputs, subject) }
        }
        return await verifyPairs(stored.report, inputs, subject)
    }

    private func verify(_ report: Report, _ inputs: ReportInputs, _ subject: Subject) throws -> ReportVerification {
        var differences: [String] = []
        var logDifferences: [String] = []
        if let recorded = inputs.experiment {
            let found = try experiment(report.experiment?.experiment, subject)
            let subject = subject.reading(found.plan)
            var request = inputs.request
            // The definition may have changed since.
            request.goal = report.experiment?.goal
            request.guardrails = report.experiment?.comparisons.first?.guardrails.map(\.metric) ?? request.guardrails
            var metrics = try metrics(request, subject)
            metrics.isDeclared = report.experiment?.isDeclared ?? false
            let reporter = ExperimentReporter(
                experiment: found.experiment,
                goal: metrics.goal,
                isDeclared: metrics.isDeclared,
                guardrails: metrics.guardrails,
                inputs: recorded
            )
            if var again = Optional(reporter.report()), let kept = report.experiment {
                // The shares and intervals of a later version of the experiment are not part of the result.
                again.startedAt = kept.startedAt
                differences = Self.differences(kept, again)
            }
            let now = gather(
                found,
                metrics,
                subject,
                start: inputs.start,
                end: inputs.end,
                labelsUntil: report.createdAt,
                excluding: Set(inputs.excluded ?? [])
            )
            logDifferences = Self.differences(recorded, now)
        }
        return ReportVerification(
            report: report.id,
            isReproduced: differences.isEmpty,
            differences: differences,
            logAgrees: logDifferences.isEmpty,
            logDifferences: logDifferences
        )
    }

    /// Computes the goals of a replay or shadow report from the recorded inputs, and the whole report again. A replay runs again for it.
    private func verifyPairs(_ report: Report, _ inputs: ReportInputs, _ subject: Subject) async -> ReportVerification {
        var differences: [String] = []
        var logDifferences: [String] = []
        let challengers = report.shadow?.challengers ?? []
        for (kept, recorded) in zip(challengers, inputs.pairs ?? []) {
            let again = kept.goal.flatMap { recorded?.comparison($0.goal, isDeclared: $0.isDeclared) }
            if again != kept.goal { differences.append("The goal of '\(kept.name)' differs.") }
        }
        do {
            let again = try await make(
                inputs.pinned(for: report),
                subject.with(inputs.pipelineVersion),
                at: report.createdAt,
                id: report.id,
                excluding: Set(inputs.excluded ?? [])
            ).report
            if again.entries != report.entries {
                logDifferences.append("The log holds \(again.entries) of the \(report.entries) entries.")
            }
            // A model does not take the same time twice.
            let withoutLatency = { (each: ShadowComparison) in
                var each = each
                if report.kind == .replay { each.latency = nil }
                return each
            }
            if again.shadow?.challengers.map(withoutLatency) != challengers.map(withoutLatency) {
                logDifferences.append("The log gives another comparison than the report has.")
            }
        } catch {
            logDifferences.append((error as? RoostError)?.message ?? "The report cannot be computed again: \(error)")
        }
        return ReportVerification(
            report: report.id,
            isReproduced: differences.isEmpty,
            differences: differences,
            logAgrees: logDifferences.isEmpty,
            logDifferences: logDifferences
        )
    }

    private static func differences(_ kept: ExperimentReport, _ again: ExperimentReport) -> [String] {
        var differences: [String] = []
        if kept.arms != again.arms { differences.append("The arms differ.") }
        if kept.sampleRatio != again.sampleRatio { differences.append("The check of the sample ratio differs.") }
        for (one, two) in zip(kept.comparisons, again.comparisons) where one != two {
            differences.append(
                "The comparison of '\(one.challenger)' differs: it was \(one.verdict.rawValue) and is \(two.verdict.rawValue)."
            )
        }
        if differences.isEmpty, kept != again { differences.append("The report differs.") }
        return differences
    }

    private static func differences(_ recorded: ExperimentInputs, _ now: ExperimentInputs) -> [String] {
        guard recorded != now else { return [] }
        var differences: [String] = []
        if recorded.entries != now.entries {
            differences.append(
                "The log holds \(now.entries) inferences of the window; the report used \(recorded.entries)."
            )
        }
        for (one, two) in zip(recorded.arms, now.arms) {
            if one.requests != two.requests || one.units != two.units {
                differences.append(
                    "Arm '\(one.name)': \(two.requests) requests of \(two.units) units in the log; the report used "
                        + "\(one.requests) of \(one.units)."
                )
            }
            if one.goal != two.goal {
                differences.append(
                    "Arm '\(one.name)': \(two.goal.count) outcomes now; the report used \(one.goal.count)."
                )
            }
        }
        if let first = zip(recorded.batches, now.batches).first(where: { $0 != $1 }) {
            let time = Date(milliseconds: first.0.time)
            differences.append("The outcomes differ from \(time.formatted(.iso8601)) on.")
        }
        if differences.isEmpty { differences.append("The log gives other numbers than the report used.") }
        return differences
    }
}

extension ReportInputs {
    /// The request with the window and the goal that it had. The definition may have changed since.
    fileprivate func pinned(for report: Report) -> ReportRequest {
        var pinned = request
        pinned.kind = report.kind
        pinned.start = Date(milliseconds: start)
        pinned.end = Date(milliseconds: end)
        pinned.goal = report.shadow?.challengers.lazy.compactMap(\.goal?.goal).first ?? request.goal
        return pinned
    }
}
