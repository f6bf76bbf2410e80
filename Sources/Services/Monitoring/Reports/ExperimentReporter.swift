import Definitions
import Foundation
import Pipelines
import Statistics

/// Computes the report on an experiment from what was read. A pure function: equal inputs give equal reports.
struct ExperimentReporter {
    let experiment: Experiment
    let goal: ResolvedMetric
    let isDeclared: Bool
    let guardrails: [(settings: GuardrailMetric, metric: ResolvedMetric)]
    let inputs: ExperimentInputs

    /// The probability that the required sample finds the effect.
    private static let power = 0.8
    private static let guardrailAlpha = 0.01

    private var alpha: Double { goal.settings.alpha ?? 0.05 }

    func report() -> ExperimentReport {
        let ratio = sampleRatio()
        let processes = (1..<max(1, inputs.arms.count)).map { evidence(of: $0) }
        let alphas = levels(processes.map(\.different.pValue))
        let comparisons = processes.enumerated().map { index, process in
            compare(index + 1, process, ratio?.evidence, alpha: alphas[index])
        }
        return ExperimentReport(
            goal: goal.settings,
            isDeclared: isDeclared,
            experiment: experiment.id,
            startedAt: experiment.startedAt,
            alpha: alpha,
            arms: inputs.arms.map(arm),
            comparisons: comparisons,
            sampleRatio: ratio?.check,
            rule: rule(comparisons)
        )
    }

    private func rule(_ comparisons: [ArmComparison]) -> [String] {
        // Several challengers share the level, so that each may have its own bound.
        let bounds = comparisons.map { text(1 / $0.alpha) }
        let bound =
            Set(bounds).count > 1
            ? "the bound, which is "
                + zip(bounds, comparisons).map { "\($0) for \($1.challenger)" }.joined(separator: ", ")
            : "1/alpha = \(bounds.first ?? text(1 / alpha))"
        return [
            "invalid: the arms did not get the units that the shares promise (evidence of at least 1000)",
            "worse: a guardrail's evidence reaches \(text(1 / Self.guardrailAlpha))"
                + (guardrails.isEmpty ? " (there are no guardrails)" : ""),
            "better or worse: the evidence that the arms differ, and that of the direction, reach \(bound)",
            goal.settings.smallestEffect.map {
                "no difference: the interval that is valid at any time lies within ±\(text($0))"
            } ?? "no difference: not possible, because no smallest effect was declared",
            "not enough data: otherwise",
        ]
    }

    // MARK: Arms

    private func arm(_ arm: ExperimentInputs.Arm) -> ExperimentReport.Arm {
        ExperimentReport.Arm(
            name: arm.name,
            model: arm.model,
            modelVersion: arm.modelVersion,
            share: arm.share,
            requests: arm.requests,
            units: arm.units,
            outcomes: arm.goal.count,
            goal: estimate(arm.goal, of: goal),
            errors: Estimate(arm.failed, of: arm.requests, alpha: alpha),
            checkFailures: Estimate(arm.checkFailed, of: arm.requests - arm.failed, alpha: alpha),
            latency: arm.latency.map { LatencySummary($0, budget: budget, alpha: alpha) },
            labeled: arm.requests > 0 ? Double(arm.labeled) / Double(arm.requests) : nil
        )
    }

    private var budget: Double? {
        ([goal] + guardrails.map(\.metric)).lazy.compactMap(\.settings.budgetMilliseconds).first
    }

    private func estimate(_ tally: ExperimentInputs.Tally, of metric: ResolvedMetric) -> Estimate? {
        if metric.isRate, tally.proportion != nil { return Estimate(tally.ones, of: tally.count, alpha: alpha) }
        return tally.moments.flatMap { moments in
            moments.mean.map {
                Estimate(
                    value: $0,
                    interval: moments.meanInterval(alpha: alpha).map(ValueRange.init),
                    count: moments.count
                )
            }
        }
    }

    // MARK: Evidence

    private func sampleRatio() -> (evidence: Evidence, check: SampleRatioCheck)? {
        let assignments = inputs.assignments.filter { $0.weights.count == inputs.arms.count }
        guard let first = assignments.first, var ratio = SampleRatio(weights: first.weights) else { return nil }
        var expected = inputs.arms.map { _ in 0.0 }
        var observed = inputs.arms.map { _ in 0 }
        for batch in assignments {
            ratio.change(weights: batch.weights)
            ratio.add(batch.units)
            let total = Double(batch.units.reduce(0, +))
            for arm in expected.indices {
                expected[arm] += total * batch.weights[arm]
                observed[arm] += batch.units[arm]
            }
        }
        return (
            ratio.evidence,
            SampleRatioCheck(
                evidence: Evidence.factor(ratio.evidence.maximum),
                isAlarm: ratio.isAlarming,
                chiSquaredP: ratio.chiSquaredTest()?.pValue,
                expected: expected,
                observed: observed
            )
        )
    }

    /// Returns the evidence of a challenger against the champion as far as it decides: none if the goal cannot.
    func decidingEvidence(of challenger: Int) -> EProcess {
        evidenceProblem == nil ? evidence(of: challenger) : EProcess()
    }

    private func evidence(of challenger: Int) -> EProcess {
        var process = EProcess()
        for batch in inputs.batches {
            if let pair = Self.pair(batch.weights, batch.outcomes, challenger) { process.add(pair) }
        }
        return process
    }

    static func pair(
        _ weights: [Double],
        _ outcomes: [ExperimentInputs.Outcomes],
        _ challenger: Int
    ) -> EProcess.Batch? {
        guard weights.count == outcomes.count else { return nil }
        let both = weights[0] + weights[challenger]
        guard both > 0, outcomes[0].count + outcomes[challenger].count > 0 else { return nil }
        return EProcess.Batch(
            champion: EProcess.Outcomes(count: outcomes[0].count, sum: outcomes[0].sum),
            challenger: EProcess.Outcomes(count: outcomes[challenger].count, sum: outcomes[challenger].sum),
            weight: weights[challenger] / both
        )
    }

    /// Returns the level for each challenger by Holm's method: the smallest p-value gets alpha divided by their number.
    private func levels(_ pValues: [Double]) -> [Double] {
        var levels = pValues.map { _ in alpha }
        var isRejecting = true
        var level = alpha
        for (position, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
            if isRejecting { level = alpha / Double(pValues.count - position) }
            levels[index] = level
            if pValues[index] > level { isRejecting = false }
        }
        return levels
    }

    private func guardrail(_ index: Int, _ challenger: Int) -> ArmComparison.Guardrail {
        let (settings, metric) = guardrails[index]
        var evidence: Evidence?
        if let limit = settings.limit {
            if var rate = RateGuard(limit: limit) {
                var sum = 0.0
                for batch in inputs.assignments {
                    let outcomes = batch.guardrails[index][challenger]
                    sum += outcomes.sum
                    // A request with several rows has a share of an event. What is less than one waits for the next batch.
                    let events = max(0, Int(saturating: (sum + 1e-9).rounded(.down)) - rate.events)
                    rate.add(events: min(outcomes.count, events), of: outcomes.count)
                }
                evidence = rate.evidence
            }
        } else if metric.range != nil {
            var process = EProcess()
            for batch in inputs.assignments {
                if let pair = Self.pair(batch.weights, batch.guardrails[index], challenger) { process.add(pair) }
            }
            // More is worse, so this is the evidence that the challenger has more.
            evidence = process.better
        }
        let level = metric.settings.alpha ?? Self.guardrailAlpha
        return ArmComparison.Guardrail(
            metric: settings,
            champion: estimate(inputs.arms[0].guardrails[index], of: metric),
            challenger: estimate(inputs.arms[challenger].guardrails[index], of: metric),
            evidence: evidence.map(ArmComparison.Evidence.init),
            isBroken: evidence?.rejects(atAlpha: level) ?? false
        )
    }

    /// JSON has no infinity.
    private func finite(_ value: Double) -> Double { min(value, .greatestFiniteMagnitude) }

    // MARK: Comparison

    private func compare(
        _ index: Int,
        _ process: EProcess,
        _ ratio: Evidence?,
        alpha: Double
    ) -> ArmComparison {
        let (champion, challenger) = (inputs.arms[0], inputs.arms[index])
        let watched = guardrails.indices.map { guardrail($0, index) }
        let difference = difference(champion.goal, challenger.goal)
        let sequence = sequence(champion.current, challenger.current, alpha: alpha)
        let problem = evidenceProblem
        let verdict = VerdictInputs(
            sampleRatio: ratio ?? Evidence(),
            isGuardrailBroken: watched.contains(where: \.isBroken),
            // What cannot decide does not, in either direction.
            goal: problem == nil ? process : EProcess(),
            interval: problem == nil ? sequence.interval : nil,
            smallestEffect: goal.settings.smallestEffect,
            alpha: alpha
        ).verdict
        var comparison = ArmComparison(
            challenger: challenger.name,
            champion: champion.name,
            difference: difference.estimate,
            sequence: sequence.interval.map(ValueRange.init),
            sequenceProblem: sequence.problem,
            better: problem == nil ? ArmComparison.Evidence(process.better) : nil,
            worse: problem == nil ? ArmComparison.Evidence(process.worse) : nil,
            evidenceProblem: problem,
            alpha: alpha,
            series: course(of: index, alpha: alpha),
            fixedSample: difference.test,
            guardrails: watched,
            labeledShareP: goal.needsLabel ? labeledShareP(champion, challenger) : nil,
            sampleStillNeeded: verdict == .notEnoughData ? stillNeeded(champion, challenger, alpha) : nil,
            verdict: ArmComparison.Verdict(verdict),
            reason: ""
        )
        comparison.reason = reason(verdict, comparison, champion.goal, challenger.goal)
        return comparison
    }

    private var evidenceProblem: String? {
        if inputs.arms.contains(where: { $0.share == nil }) {
            return "The key split does not declare 'shares', so the keys may not be random."
        }
        if inputs.isCut {
            return "The beginning of the experiment was deleted from the log."
        }
        guard goal.range == nil else { return nil }
        return "The goal is not a rate and declares no 'minimum' and 'maximum'."
    }

    private func difference(
        _ champion: ExperimentInputs.Tally,
        _ challenger: ExperimentInputs.Tally
    ) -> (estimate: Estimate?, test: ArmComparison.FixedSampleTest?) {
        let count = champion.count + challenger.count
        if goal.isRate, let first = champion.proportion, let second = challenger.proportion {
            let both = ProportionDifference(first, second)
            return (
                Estimate(
                    value: both.difference,
                    interval: both.newcombeInterval(alpha: alpha).map(ValueRange.init),
                    count: count
                ),
                both.pooledTest().map {
                    ArmComparison.FixedSampleTest(
                        name: "two-proportion z",
                        statistic: finite($0.statistic),
                        pValue: $0.pValue
                    )
                }
            )
        }
        guard let first = champion.moments, let second = challenger.moments, let one = first.mean, let two = second.mean
        else { return (nil, nil) }
        let test = WelchTest(first, second)
        return (
            Estimate(value: two - one, interval: test?.interval(alpha: alpha).map(ValueRange.init), count: count),
            test.map {
                ArmComparison.FixedSampleTest(
                    name: "Welch's t",
                    statistic: finite($0.result.statistic),
                    pValue: $0.result.pValue
                )
            }
        )
    }

    /// Returns the interval that is valid at any time, over the units of the current weights.
    private func sequence(
        _ champion: ExperimentInputs.Tally,
        _ challenger: ExperimentInputs.Tally,
        alpha: Double
    ) -> (interval: ConfidenceInterval?, problem: String?) {
        if goal.isRate, let first = champion.proportion, let second = challenger.proportion {
            guard let sequence = ConfidenceSequence(rates: ProportionDifference(first, second)) else {
                return (nil, "It needs 5 successes and 5 failures in each arm since the weights changed.")
            }
            return (sequence.interval(alpha: alpha), nil)
        }
        guard let first = champion.moments, let second = challenger.moments,
            let sequence = ConfidenceSequence(means: first, second)
        else { return (nil, "It needs 300 outcomes in each arm since the weights changed.") }
        return (sequence.interval(alpha: alpha), nil)
    }

    private func labeledShareP(_ champion: ExperimentInputs.Arm, _ challenger: ExperimentInputs.Arm) -> Double? {
        guard let first = Proportion(successes: champion.labeled, count: champion.requests),
            let second = Proportion(successes: challenger.labeled, count: challenger.requests)
        else { return nil }
        return ProportionDifference(first, second).pooledTest()?.pValue
    }

    private func stillNeeded(
        _ champion: ExperimentInputs.Arm,
        _ challenger: ExperimentInputs.Arm,
        _ alpha: Double
    ) -> Int? {
        guard let first = champion.share, let second = challenger.share, first > 0, second > 0, goal.isRate,
            let rate = champion.goal.moments?.mean, let other = challenger.goal.moments?.mean
        else { return nil }
        let observed = other - rate
        let effect = goal.settings.smallestEffect.map { observed < 0 ? -$0 : $0 } ?? observed
        let needed = SampleSize(rate: rate, change: effect, alpha: alpha, power: Self.power, ratio: second / first)?
            .stillNeeded(
                champion: champion.goal.count,
                challenger: challenger.goal.count,
                share: second / (first + second)
            )
        // A sample that has been reached without a verdict says nothing about the rest.
        return needed.flatMap { $0 > 0 ? $0 : nil }
    }
}

extension ArmComparison.Verdict {
    init(_ verdict: Statistics.Verdict) {
        self =
            switch verdict {
            case .invalid: .invalid
            case .worse: .worse
            case .better: .better
            case .noDifference: .noDifference
            case .notEnoughData: .notEnoughData
            }
    }
}
