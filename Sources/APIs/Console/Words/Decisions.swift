import Definitions
import Foundation

extension Status {
    init(_ verdict: ArmComparison.Verdict) {
        switch verdict {
        case .better: self.init(.ok, "Better")
        case .worse: self.init(.bad, "Worse")
        case .noDifference: self.init(.off, "No difference")
        case .notEnoughData: self.init(.unknown, "Not enough data")
        case .invalid: self.init(.bad, "Invalid")
        }
    }
}

extension Numbers {
    /// The evidence that decides, which is mostly a whole number: 20.
    static func bound(_ value: Double) -> String {
        guard value.isFinite, value > 0 else { return none }
        let isWhole = (value - value.rounded()).magnitude < value * 1e-9
        return isWhole && value < 1e6 ? count(Int(saturating: value.rounded())) : evidence(value)
    }

    /// A p-value with two significant digits: 0.043, < 0.0001.
    static func probability(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        if value < 0.0001 { return "<\u{00A0}0.0001" }
        return value >= 0.1 ? fixed(value, 2) : String(format: "%.2g", value)
    }

    /// A number that people chose, without zeros at its end: 0.05.
    static func chosen(_ value: Double) -> String {
        value.isFinite ? String(format: "%.3g", value) : none
    }

    /// A number for an attribute, which a script reads.
    ///
    /// - Parameter gap: What stands for a value that is missing or not finite.
    static func exact(_ value: Double?, gap: String = "") -> String {
        guard let value, value.isFinite else { return gap }
        return String(format: "%.6g", value)
    }

    /// A measure that always has a sign.
    static func signed(_ value: Double?) -> String {
        guard let value else { return none }
        return (value > 0 ? "+" : "") + measure(value)
    }

    /// A share of 0 to 1 in percent, with as many decimals as it needs: 50 %, 0.5 %.
    static func share(_ share: Double?) -> String {
        guard let share, share.isFinite else { return none }
        let percent = share * 100
        let tolerance = 1e-9 * max(1, percent.magnitude)
        let decimals = (0...2).first { (percent - fixedValue(percent, $0)).magnitude < tolerance } ?? 2
        return with("%", fixed(percent, decimals))
    }

    private static func fixedValue(_ value: Double, _ decimals: Int) -> Double {
        let scale = pow(10, Double(decimals))
        return (value * scale).rounded() / scale
    }
}

/// What is measured of models, in words.
struct MetricWords: Sendable {
    private let metric: GoalMetric
    /// Failed requests, or the expression.
    let name: String
    /// Whether it is a share of the units, not a mean.
    let isRate: Bool
    let isHigherBetter: Bool

    init(_ metric: GoalMetric) {
        self.metric = metric
        let isOwn = ["errors", "check_failures", "latency"].contains(metric.metric)
        isHigherBetter = metric.better.map { $0 == .higher } ?? !isOwn
        switch metric.metric {
        case "errors": name = "Failed requests"
        case "check_failures": name = "Checks failed"
        case "accuracy": name = "Right answers"
        case "latency":
            name = "Slow: over " + Numbers.with("ms", Numbers.measure(metric.budgetMilliseconds))
        default: name = metric.metric
        }
        isRate = isOwn || metric.metric == "accuracy" || Self.isCondition(metric.metric)
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

    func value(_ value: Double?) -> String { isRate ? Numbers.percent(value) : Numbers.measure(value) }

    /// +1.6 points
    func difference(_ value: Double?) -> String {
        guard let value, value.isFinite else { return Numbers.none }
        return isRate ? Numbers.points(value) + "\u{00A0}points" : Numbers.signed(value)
    }

    /// +1.6 points (+0.5 to +2.8)
    func difference(_ estimate: Estimate?) -> String {
        guard let estimate else { return Numbers.none }
        guard let interval = estimate.interval else { return difference(estimate.value) }
        return difference(estimate.value) + " (\(bare(interval.lower)) to \(bare(interval.upper)))"
    }

    /// A difference without its unit.
    func bare(_ value: Double) -> String { isRate ? Numbers.points(value) : Numbers.signed(value) }

    /// A value on the scale of the page: percent or points for a rate.
    func scaled(_ value: Double?) -> Double? { isRate ? value.map { $0 * 100 } : value }

    /// “fraud-trees answers right for 95.61 %, fraud-dense for 94.13 %.”
    func sentence(_ challenger: (name: String, value: Double?), _ champion: (name: String, value: Double?)) -> String {
        let (mine, theirs) = (value(challenger.value), value(champion.value))
        switch metric.metric {
        case "errors": return "\(challenger.name) fails for \(mine) of the requests, \(champion.name) for \(theirs)."
        case "check_failures":
            return
                "A check fails for \(mine) of the answers of \(challenger.name), for \(theirs) of those of \(champion.name)."
        case "latency":
            let budget = Numbers.with("ms", Numbers.measure(metric.budgetMilliseconds))
            return
                "\(challenger.name) takes over \(budget) for \(mine) of the requests, \(champion.name) for \(theirs)."
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
    var demand: String { limit.map { "at most \(Numbers.share($0))" } ?? "no worse" }
}
