package import Definitions

extension Status {
    package init(_ verdict: ArmComparison.Verdict) {
        switch verdict {
        case .better: self.init(.ok, "Better")
        case .worse: self.init(.bad, "Worse")
        case .noDifference: self.init(.off, "No difference")
        case .notEnoughData: self.init(.unknown, "Not enough data")
        case .invalid: self.init(.bad, "Invalid")
        }
    }
}

/// What is measured of models, in words.
package struct MetricWords: Sendable {
    private let metric: GoalMetric
    /// Failed requests, or the expression.
    package let name: String
    /// Whether it is a share of the units, not a mean.
    package let isRate: Bool
    package let isHigherBetter: Bool

    package init(_ metric: GoalMetric) {
        self.metric = metric
        let isOwn = ["errors", "check_failures", "latency"].contains(metric.metric)
        isHigherBetter = metric.better.map { $0 == .higher } ?? !isOwn
        switch metric.metric {
        case "errors": name = "Failed requests"
        case "check_failures": name = "Checks failed"
        case "accuracy": name = "Right answers"
        case "latency":
            name = "Slow: over \(Self.budget(metric))"
        default: name = metric.metric
        }
        isRate = isOwn || metric.metric == "accuracy" || Self.isCondition(metric.metric)
    }

    private static func budget(_ metric: GoalMetric) -> String {
        Numbers.with("ms", metric.budgetMilliseconds.map { Numbers.chosen($0) } ?? Numbers.none)
    }

    /// Whether an expression is true or false of a row.
    private static func isCondition(_ text: String) -> Bool {
        guard let last = (try? Definitions.Expression(parsing: text, for: .metric))?.operations.last else {
            return false
        }
        switch last {
        case .truth, .missing: return true
        case .apply(let symbol): return symbol.isComparison || symbol.isLogical
        case .number, .text, .element: return false
        }
    }

    package func value(_ value: Double?) -> String { isRate ? Numbers.percent(value) : Numbers.measure(value) }

    /// 95.61 % (95.02 to 96.20), or a mean with its interval.
    package func estimate(_ estimate: Estimate?) -> String {
        guard !isRate, let estimate else { return Numbers.rate(estimate) }
        let interval = estimate.interval.map { " (\(Numbers.measure($0.lower)) to \(Numbers.measure($0.upper)))" }
        return Numbers.measure(estimate.value) + (interval ?? "")
    }

    /// 95.02 % – 96.20 %
    package func interval(_ range: ValueRange?) -> String {
        range.map { "\(value($0.lower)) – \(value($0.upper))" } ?? Numbers.none
    }

    /// +1.6 points
    package func difference(_ value: Double?) -> String {
        guard let value, value.isFinite else { return Numbers.none }
        return isRate ? Numbers.points(value) + "\u{00A0}points" : Numbers.signed(value)
    }

    /// +1.6 points (+0.5 to +2.8)
    package func difference(_ estimate: Estimate?) -> String {
        guard let estimate else { return Numbers.none }
        return difference(estimate.value, within: estimate.interval)
    }

    /// +1.6 points (+0.5 to +2.8)
    package func difference(_ value: Double, within range: ValueRange?) -> String {
        difference(value) + (range.map { " (\(bare($0.lower)) to \(bare($0.upper)))" } ?? "")
    }

    /// A difference without its unit.
    package func bare(_ value: Double) -> String { isRate ? Numbers.points(value) : Numbers.signed(value) }

    /// A value on the scale of the page: percent or points for a rate.
    package func scaled(_ value: Double?) -> Double? { isRate ? value.map { $0 * 100 } : value }

    /// “Right answers”, larger is better
    ///
    /// - Parameter isDeclared: Whether it is the goal of the pipeline's definition.
    package func goal(isDeclared: Bool) -> String {
        var text = "“\(name)”, \(isHigherBetter ? "larger" : "smaller") is better"
        if let smallest = metric.smallestEffect, smallest > 0 {
            let amount = isRate ? Numbers.fixed(smallest * 100, 1) + "\u{00A0}points" : Numbers.measure(smallest)
            text += ", a difference below \(amount) does not matter"
        }
        return text + (isDeclared ? "" : ", chosen for this report")
    }

    /// “fraud-trees answers right for 95.61 %, fraud-dense for 94.13 %.”
    package func sentence(_ challenger: (name: String, value: Double?), _ champion: (name: String, value: Double?))
        -> String
    {
        let (mine, theirs) = (value(challenger.value), value(champion.value))
        switch metric.metric {
        case "errors": return "\(challenger.name) fails for \(mine) of the requests, \(champion.name) for \(theirs)."
        case "check_failures":
            return
                "A check fails for \(mine) of the answers of \(challenger.name), for \(theirs) of those of \(champion.name)."
        case "latency":
            return
                "\(challenger.name) takes over \(Self.budget(metric)) for \(mine) of the requests, \(champion.name) for \(theirs)."
        case "accuracy": return "\(challenger.name) is right for \(mine), \(champion.name) for \(theirs)."
        default:
            let direction = "; \(isHigherBetter ? "larger" : "smaller") is better."
            return isRate
                ? "“\(name)” holds for \(mine) with \(challenger.name), for \(theirs) with \(champion.name)\(direction)"
                : "“\(name)” is \(mine) on average with \(challenger.name), \(theirs) with \(champion.name)\(direction)"
        }
    }
}

extension GuardrailMetric {
    /// What the guardrail demands.
    package var demand: String { limit.map { "at most \(Numbers.share($0))" } ?? "no worse" }
}
