package import Definitions
package import Foundation

/// Something that must hold: a guardrail, or that the arms get the units that the shares promise.
package struct Demand: Sendable {
    package var name: String
    package var demand: String
    package var theirs: String
    package var mine: String
    package var evidence: String
    package var bound: String
    package var outcome: Status
}

/// What must be met for a promotion.
package struct Condition: Sendable {
    package var name: String
    package var value: String
    package var outcome: Status
}

/// What a comparison of a challenger with the champion has shown.
extension ArmComparison {
    /// The verdict in a word, and why, with the rates of both.
    package func words(in found: ExperimentReport) -> Words.Verdict {
        Words.Verdict(word: Status(verdict).word, sentence: sentence(found))
    }

    private func sentence(_ found: ExperimentReport) -> String {
        let metric = MetricWords(found.goal)
        func value(_ name: String) -> (String, Double?) {
            (name, found.arms.first { $0.name == name }?.goal?.value)
        }
        let values = metric.sentence(value(challenger), value(champion))
        let bound = alpha > 0 ? 1 / alpha : .infinity
        switch verdict {
        case .invalid: return reason
        case .better, .worse:
            if let broken = guardrails.first(where: \.isBroken) { return sentence(broken) }
            let evidence = verdict == .better ? better : worse
            let chance = Numbers.chosen(alpha * 100)
            return values
                + " The evidence reached \(Numbers.evidence(evidence?.maximum)) and had to reach \(Numbers.bound(bound)); "
                + "were the two equal, that would happen in at most \(chance) of 100 experiments."
        case .noDifference:
            return values + " The difference is too small to matter, whichever way it goes."
        case .notEnoughData:
            guard evidenceProblem == nil, let better, let worse, value(challenger).1 != nil,
                value(champion).1 != nil
            else { return reason }
            let needed =
                sampleStillNeeded.map {
                    " A fixed sample would need \(Numbers.count($0, "more unit")) of both together."
                } ?? ""
            return values + " The evidence has reached \(Numbers.evidence(better.maximum)) for better and "
                + "\(Numbers.evidence(worse.maximum)) for worse; \(Numbers.bound(bound)) decides." + needed
        }
    }

    private func sentence(_ broken: Guardrail) -> String {
        let metric = MetricWords(broken.metric.metric)
        let values = metric.sentence(
            (challenger, broken.challenger?.value),
            (champion, broken.champion?.value)
        )
        let evidence = broken.evidence.map { " The evidence is \(Numbers.evidence($0.maximum))." } ?? ""
        return "The guardrail “\(metric.name)”, \(broken.metric.demand), is broken. " + values + evidence
    }

    // MARK: What must hold

    /// The guardrails, and what the shares promise.
    package func demands(in found: ExperimentReport) -> [Demand] {
        var rows = guardrails.map { guardrail in
            let metric = MetricWords(guardrail.metric.metric)
            return Demand(
                name: metric.name,
                demand: guardrail.metric.demand,
                theirs: metric.value(guardrail.champion?.value),
                mine: metric.value(guardrail.challenger?.value),
                evidence: Numbers.evidence(guardrail.evidence?.maximum),
                bound: "100",
                outcome: Status(isBroken: guardrail.isBroken, isKnown: guardrail.hasValues)
            )
        }
        if let ratio = found.sampleRatio {
            let total = ratio.observed.reduce(0) { $0.addingReportingOverflow($1).partialValue }
            let expected = ratio.expected.reduce(0, +)
            let index = found.arms.firstIndex { $0.name == challenger } ?? 0
            let isKnown = ratio.observed.indices.contains(index) && ratio.expected.indices.contains(index)
            let seen = isKnown && total > 0 ? Double(ratio.observed[index]) / Double(total) : nil
            let due = isKnown && expected > 0 ? ratio.expected[index] / expected : nil
            rows.append(
                Demand(
                    name: "Sample ratio",
                    demand: "by the shares: \(Numbers.percent(due))",
                    theirs: Numbers.none,
                    mine: Numbers.percent(seen),
                    evidence: Numbers.evidence(ratio.evidence),
                    bound: Numbers.count(1000),
                    outcome: Status(isBroken: ratio.isAlarm, isKnown: total > 0)
                )
            )
        }
        return rows
    }

    /// A condition of a promotion is a full week, because the days of a week differ.
    private static let week: TimeInterval = 7 * 86_400

    /// What must be met for a promotion.
    ///
    /// - Parameters:
    ///   - end: The end of the report's window.
    ///   - gate: What the pipeline's gate says; `nil` if it has none, or if nobody asked.
    package func conditions(in found: ExperimentReport, until end: Date, gate: GateVerdict??) -> [Condition] {
        func condition(_ name: String, _ value: String, _ isMet: Bool, else word: String = "Not yet") -> Condition {
            Condition(name: name, value: value, outcome: isMet ? Status(.ok, "Met") : Status(.unknown, word))
        }
        let bound = alpha > 0 ? Numbers.bound(1 / alpha) : Numbers.none
        let length = max(0, end.timeIntervalSince(found.startedAt))
        var conditions = [
            verdict == .worse
                ? Condition(
                    name: "Verdict is better",
                    value: "E for worse \(Numbers.evidence(worse?.maximum)), bound \(bound)",
                    outcome: Status(verdict)
                )
                : condition(
                    "Verdict is better",
                    "E \(Numbers.evidence(better?.maximum)), bound \(bound)",
                    verdict == .better
                ),
            condition("A full week", "\(Span.long(length)) of 7\u{00A0}d", length >= Self.week),
        ]
        let broken = guardrails.count(where: \.isBroken)
        let holding = guardrails.count { !$0.isBroken && $0.hasValues }
        conditions.append(
            condition(
                "No guardrail is broken",
                "\(holding) of \(guardrails.count) hold",
                holding == guardrails.count,
                else: broken > 0 ? "Broken" : "Not yet"
            )
        )
        if let p = labeledShareP {
            let shares = [challenger, champion].map { name in
                Numbers.percent(found.arms.first { $0.name == name }?.labeled)
            }
            conditions.append(
                condition(
                    "Labeled share equal in both",
                    shares.joined(separator: " and ") + ", p \(Numbers.probability(p))",
                    p >= 0.01,
                    else: "Not equal"
                )
            )
        }
        if let gate {
            let words = gate.map { $0.problems.first ?? "its suites have passed" } ?? "it could not be read"
            conditions.append(condition("Gate", words, gate?.isAdmitted ?? false, else: "Refuses"))
        }
        return conditions
    }
}

extension ArmComparison.Guardrail {
    /// Whether both models have a value. A guardrail without one is not broken, but does not hold either.
    fileprivate var hasValues: Bool { champion != nil && challenger != nil }
}

extension Status {
    /// The state of what must hold.
    package init(isBroken: Bool, isKnown: Bool) {
        self = isBroken ? Status(.bad, "Broken") : isKnown ? Status(.ok, "Holds") : Status(.unknown, "No data")
    }
}
