import Definitions
import Foundation
import Statistics

/// The evidence of a roll-out's rate guardrails.
struct RolloutEvidence: Sendable {
    /// One guardrail, and what speaks against what is new.
    struct Watch: Sendable {
        fileprivate enum Test: Sendable {
            /// That the rate of what is new is higher than the old one.
            case comparison(EProcess)
            /// That it is above a limit.
            case limit(RateGuard)
        }

        let guardrail: RateGuardrail
        private(set) var old = Proportion()
        private(set) var new = Proportion()
        fileprivate var test: Test

        /// The events among the units that were looked at.
        struct Proportion: Sendable, Equatable {
            var events = 0
            var count = 0

            mutating func add(_ more: Proportion) {
                events += more.events
                count += more.count
            }
        }

        var evidence: Evidence {
            switch test {
            case .comparison(let process): process.better
            case .limit(let rate): rate.evidence
            }
        }

        var isBroken: Bool { evidence.rejects(atAlpha: guardrail.alpha) }

        mutating func add(_ counts: RolloutCounts) {
            let (one, two) = (guardrail.rate.proportion(of: counts.old), guardrail.rate.proportion(of: counts.new))
            old.add(one)
            new.add(two)
            switch test {
            case .comparison(var process):
                process.add(
                    EProcess.Batch(
                        champion: EProcess.Outcomes(count: one.count, sum: Double(one.events)),
                        challenger: EProcess.Outcomes(count: two.count, sum: Double(two.events)),
                        weight: counts.weight
                    )
                )
                test = .comparison(process)
            case .limit(var rate):
                rate.add(events: two.events, of: two.count)
                test = .limit(rate)
            }
        }
    }

    private(set) var watches: [Watch]

    init(_ guardrails: [RateGuardrail]) {
        watches = guardrails.compactMap { guardrail in
            guard let limit = guardrail.limit else { return Watch(guardrail: guardrail, test: .comparison(EProcess())) }
            // The limits were checked when the guardrails were declared.
            return RateGuard(limit: limit).map { Watch(guardrail: guardrail, test: .limit($0)) }
        }
    }

    mutating func add(_ counts: RolloutCounts) {
        for index in watches.indices { watches[index].add(counts) }
    }

    /// The first guardrail that is broken, as a clause that says what was seen.
    var problem: String? { watches.first(where: \.isBroken)?.finding }
}

extension RateGuardrail.Rate {
    fileprivate func proportion(of tally: RolloutCounts.Tally) -> RolloutEvidence.Watch.Proportion {
        switch self {
        case .errors: .init(events: tally.failed, count: tally.units)
        // What failed has no answer that could be checked or slow.
        case .checkFailures: .init(events: tally.checkFailed, count: tally.units - tally.failed)
        case .slowAnswers: .init(events: tally.slow, count: tally.units - tally.failed)
        }
    }

    private var events: String {
        switch self {
        case .errors: "failed"
        case .checkFailures: "failed a validation"
        case .slowAnswers: "took longer than the budget"
        }
    }

    fileprivate func finding(_ new: RolloutEvidence.Watch.Proportion) -> String {
        "\(new.events) of \(new.count) \(self == .errors ? "requests" : "answers") \(events)"
    }
}

extension RolloutEvidence.Watch {
    fileprivate var finding: String {
        let seen = guardrail.rate.finding(new)
        guard let limit = guardrail.limit else {
            return "\(seen), compared with \(old.events) of \(old.count) before (evidence "
                + "\(evidence.displayed), level \(guardrail.alpha))"
        }
        return
            "\(seen), which is above the limit of \(limit) (evidence \(evidence.displayed), level \(guardrail.alpha))"
    }
}

extension Evidence {
    /// The evidence as people read it, such as `128 to 1`.
    fileprivate var displayed: String {
        guard maximum < 13.8 else { return "more than 1000000 to 1" }
        return "\(Int(saturating: exp(maximum).rounded())) to 1"
    }
}
