package import Definitions
package import Foundation

/// The numbers of reports as text, the same on the terminal and in pictures.
package enum Figures {
    /// Returns how many decimals show two significant digits of the widths of the intervals.
    ///
    /// Without an interval, four significant digits of the largest value.
    package static func decimals(_ estimates: [Estimate?]) -> Int {
        let widths = estimates.compactMap { $0?.interval }.map { $0.upper - $0.lower }
        let values = estimates.compactMap { $0?.value.magnitude }
        if let width = widths.filter({ $0 > 0 && $0.isFinite }).min() { return decimals(width / 2, digits: 2) }
        return values.filter { $0 > 0 && $0.isFinite }.max().map { decimals($0, digits: 4) } ?? 1
    }

    private static func decimals(_ size: Double, digits: Double) -> Int {
        min(max(Int(saturating: digits - 1 - log10(size).rounded(.down)), 0), 6)
    }

    /// Returns a number with decimals; very large ones have an exponent.
    package static func fixed(_ value: Double, _ decimals: Int, sign: Bool = false) -> String {
        guard value.isFinite else { return value.isNaN ? "-" : value < 0 ? "-∞" : "∞" }
        if value.magnitude >= 1e9 { return String(format: sign ? "%+.3g" : "%.3g", value) }
        // Rounds to zero without a sign.
        let isZero = value.magnitude < 0.5 * pow(10, -Double(decimals))
        return String(format: sign && !isZero ? "%+.\(decimals)f" : "%.\(decimals)f", isZero ? 0 : value)
    }

    /// Returns a number with up to four significant digits.
    package static func short(_ value: Double) -> String {
        value.isFinite ? String(format: "%.4g", value) : fixed(value, 0)
    }

    /// Returns `[lower, upper]`.
    package static func interval(_ range: ValueRange, _ decimals: Int, sign: Bool = false) -> String {
        "[\(fixed(range.lower, decimals, sign: sign)), \(fixed(range.upper, decimals, sign: sign))]"
    }

    /// Returns `0.812 [0.790, 0.833]`, or a hyphen.
    package static func estimate(_ estimate: Estimate?, _ decimals: Int? = nil, sign: Bool = false) -> String {
        guard let estimate else { return "-" }
        let decimals = decimals ?? Self.decimals([estimate])
        let interval = estimate.interval.map { " " + Self.interval($0, decimals, sign: sign) } ?? ""
        return fixed(estimate.value, decimals, sign: sign) + interval
    }

    /// Returns a share of 1 in percent.
    package static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return "-" }
        return fixed(share * 100, 1) + " %"
    }

    /// Returns a p-value with two significant digits.
    package static func pValue(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "-" }
        if value < 0.0001 { return "< 0.0001" }
        return value >= 0.1 ? fixed(value, 2) : String(format: "%.2g", value)
    }

    /// Returns `p = 0.043` or `p < 0.0001`.
    package static func p(_ value: Double) -> String {
        let text = pValue(value)
        return text.hasPrefix("<") ? "p " + text : "p = " + text
    }

    /// Returns evidence, which spans many powers of ten.
    package static func evidence(_ value: Double) -> String {
        guard value.isFinite else { return fixed(value, 0) }
        if value >= 1e6 || (value > 0 && value < 0.001) { return String(format: "%.1e", value) }
        return value >= 100 ? count(Int(saturating: value.rounded())) : String(format: "%.2g", value)
    }

    /// Returns milliseconds with three significant digits.
    package static func latency(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "-" }
        return value >= 100 ? fixed(value, 0) : value >= 10 ? fixed(value, 1) : fixed(value, 2)
    }

    /// Returns a count with groups of three digits.
    package static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }

    /// Returns a time in UTC to the minute, such as `2026-11-21 05:15`.
    package static func minute(_ date: Date) -> String {
        String(NativeCoding.timestamp(date).prefix(16)).replacing("T", with: " ")
    }

    /// Returns the shortest beginnings, of at least eight characters, that tell all ids apart.
    package static func short(ids: [String]) -> [String: String] {
        let distinct = Set(ids)
        var length = 8
        while length < 36, Set(distinct.map { $0.prefix(length) }).count < distinct.count { length += 1 }
        return Dictionary(uniqueKeysWithValues: distinct.map { ($0, String($0.prefix(length))) })
    }
}

extension GoalMetric {
    /// The metric with its settings, in words: `latency within 5 ms, lower is better`.
    package var summary: String {
        var text = metric
        if let budgetMilliseconds { text += " within \(Figures.short(budgetMilliseconds)) ms" }
        if let better { text += ", \(better.rawValue) is better" }
        if let minimum, let maximum {
            text += ", from \(Figures.short(minimum)) to \(Figures.short(maximum))"
        }
        if let smallestEffect { text += ", smallest effect \(Figures.short(smallestEffect))" }
        return text
    }
}

extension GuardrailMetric {
    /// `errors`, or `errors at most 0.01`.
    package var summary: String {
        let budget = metric.budgetMilliseconds.map { " within \(Figures.short($0)) ms" } ?? ""
        return metric.metric + budget + (limit.map { " at most \(Figures.short($0))" } ?? "")
    }
}

extension ArmComparison.Verdict {
    /// The verdict in words.
    package var words: String {
        switch self {
        case .invalid: "invalid"
        case .worse: "worse"
        case .better: "better"
        case .noDifference: "no difference"
        case .notEnoughData: "not enough data"
        }
    }
}
