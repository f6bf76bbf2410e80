package import Definitions
import Foundation
import InferenceLog
import Pipelines
import Statistics

extension Monitoring {
    /// Estimates what a metric would have been if another policy had chosen, from the units that went where it would have sent them.
    ///
    /// - Throws: ``RoostError`` if the question does not fit the pipeline, or if its shares are not known.
    package func counterfactual(_ request: CounterfactualRequest, on name: String) async throws -> CounterfactualReport
    {
        let subject = try await subject(name)
        return try await compute { [self] in try answer(request, subject) }
    }

    private func answer(_ request: CounterfactualRequest, _ subject: Subject) throws(RoostError) -> CounterfactualReport
    {
        guard request.arm != nil || request.decision != nil else {
            throw RoostError(
                .invalidInput,
                "Ask about an 'arm', to which all units would have gone, or about another 'decision', or both.",
                field: "arm"
            )
        }
        guard let goal = request.metric ?? subject.settings.goal else {
            throw RoostError(
                .invalidInput,
                "Pipeline '\(subject.name)' declares no goal. Name a 'metric', such as 'accuracy'.",
                field: "metric"
            )
        }
        let found = request.arm == nil ? nil : try self.experiment(request.experiment, subject)
        let subject = found.map { subject.reading($0.plan) } ?? subject
        let metric = try ResolvedMetric(goal, subject.settings.labels, subject.layout)
        var other: ResolvedMetric?
        if let text = request.decision { other = try self.decision(text, of: metric, subject) }
        let window = try window(start: request.start, end: request.end)
        var experiment: Experiment?
        if let arm = request.arm, let found {
            experiment = found.experiment
            let arms = found.plan.arms
            guard arms.contains(where: { $0.name == arm }) else {
                throw RoostError(
                    .invalidInput,
                    "Unknown arm '\(arm.prefix(80))'. Expected one of: \(arms.map(\.name).joined(separator: ", ")).",
                    field: "arm"
                )
            }
            guard arms.allSatisfy({ $0.share != nil }) else {
                throw RoostError(
                    .invalidInput,
                    "The shares of pipeline '\(subject.name)' are not known: its key split declares no 'shares'.",
                    field: "arm"
                )
            }
        }
        let collected = collect(request, metric, other, experiment, subject, window)
        return report(request, metric, collected, subject)
    }

    /// Returns the metric with another decision in place of the prediction.
    private func decision(
        _ text: String,
        of metric: ResolvedMetric,
        _ subject: Subject
    ) throws(RoostError) -> ResolvedMetric {
        guard case .accuracy = metric.kind else {
            throw RoostError(
                .invalidInput,
                "Another 'decision' can be tried for the metric 'accuracy'. For an expression, change the expression.",
                field: "decision"
            )
        }
        let truth = "(\(text)) and label == 1 or not (\(text)) and label == 0"
        do throws(RoostError) {
            return try ResolvedMetric(GoalMetric(metric: truth), subject.settings.labels, subject.layout)
        } catch {
            throw RoostError(.invalidInput, error.message, field: "decision")
        }
    }

    private struct Collected {
        var weights: [Double] = []
        var outcomes: [Double] = []
        var observed = TallyBuilder()
        var withoutOutcome = 0
    }

    private func collect(
        _ request: CounterfactualRequest,
        _ metric: ResolvedMetric,
        _ decision: ResolvedMetric?,
        _ experiment: Experiment?,
        _ subject: Subject,
        _ window: LogWindow
    ) -> Collected {
        var collected = Collected()
        let (batches, table) = labeledLog(of: subject, window)
        var seen: Set<UInt64> = []
        for (index, batch) in batches.enumerated() {
            let weights = batch.subjects.map { weight(of: $0, request.arm, experiment, subject) }
            var values = BatchMetric(metric, subject.layout, batch)
            var others = decision.map { BatchMetric($0, subject.layout, batch) }
            for range in batch.entryRanges {
                for entry in range {
                    guard let weight = weights[Int(batch.subjectCodes[entry])] else { continue }
                    // One unit, one outcome.
                    if let unit = batch.unit(at: entry), !seen.insert(unit).inserted { continue }
                    let slot = table.isEmpty ? nil : table.slot(batch, index: index, entry: entry)
                    guard let observed = values.value(at: entry, slot) else {
                        collected.withoutOutcome += 1
                        continue
                    }
                    collected.observed.add(observed)
                    guard let other = others == nil ? observed : others?.value(at: entry, slot) else { continue }
                    collected.weights.append(weight)
                    collected.outcomes.append(other)
                }
            }
        }
        return collected
    }

    /// Returns the probability of a choice under the other policy, divided by that with which it was made; `nil` if the entry does
    /// not count.
    private func weight(
        of subject: LogEntrySubject,
        _ arm: String?,
        _ experiment: Experiment?,
        _ pipeline: Subject
    ) -> Double? {
        guard subject.role == "champion" else { return nil }
        guard let arm else { return 1 }
        guard subject.experiment == experiment?.id, let own = subject.share, own > 0 else { return nil }
        guard subject.variant == arm else { return 0 }
        // Choices with the same name share its units, also under the other policy.
        let named = pipeline.plans[subject.pipelineVersion]?.arms.filter { $0.name == arm }.compactMap(\.share) ?? []
        return 1 / (named.isEmpty ? own : named.reduce(0, +))
    }

    private func report(
        _ request: CounterfactualRequest,
        _ metric: ResolvedMetric,
        _ collected: Collected,
        _ subject: Subject
    ) -> CounterfactualReport {
        let estimate = OffPolicyEstimate(weights: collected.weights, outcomes: collected.outcomes)
        func value(_ value: OffPolicyEstimate.Value) -> Estimate {
            Estimate(
                value: value.mean,
                // Outcomes that are all equal tell nothing about their spread.
                interval: value.standardError > 0 ? value.interval(alpha: 0.05).map(ValueRange.init) : nil,
                count: collected.outcomes.count
            )
        }
        var notes: [String] = []
        if let estimate {
            if estimate.isUnreliable {
                notes.append(
                    "The effective sample size is \(String(format: "%.0f", estimate.effectiveSampleSize)), too few to rely on the "
                        + "intervals."
                )
            }
        } else {
            notes.append(
                "Not enough data: fewer than two units with an outcome went where this policy would have sent them."
            )
        }
        if collected.withoutOutcome > 0 {
            notes.append("\(collected.withoutOutcome) units have no outcome of the metric.")
        }
        let parts = [
            request.arm.map { "all units go to '\($0)'" }, request.decision.map { "a positive decision is \($0)" },
        ]
        let tally = collected.observed.tally
        return CounterfactualReport(
            pipeline: subject.name,
            policy: parts.compactMap { $0 }.joined(separator: "; "),
            metric: metric.settings,
            observed: tally.count > 0
                ? Estimate(
                    value: tally.mean,
                    interval: tally.moments?.meanInterval(alpha: 0.05).map(ValueRange.init),
                    count: tally.count
                ) : nil,
            inversePropensity: (estimate?.inversePropensity).map(value),
            selfNormalized: (estimate?.selfNormalized).map(value),
            effectiveSampleSize: estimate?.effectiveSampleSize ?? 0,
            isUnreliable: estimate?.isUnreliable ?? true,
            notes: notes
        )
    }
}
