package import Definitions
import Foundation

/// Numbers as people read them: three significant digits for measures, thin spaces between thousands, a real minus, and a space that
/// does not break before a unit.
package enum Numbers {
    /// What stands for a value that is missing.
    package static let none = "–"
    private static let thinSpace = "\u{202F}"
    private static let noBreak = "\u{00A0}"

    /// 18 204
    package static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { grouped += thinSpace }
            grouped.append(digit)
        }
        return value < 0 ? "−" + grouped : grouped
    }

    /// 1 row, 18 204 rows
    ///
    /// - Parameter plural: `nil` for one with an s.
    package static func count(_ value: Int, _ singular: String, _ plural: String? = nil) -> String {
        count(value) + " " + (value == 1 ? singular : plural ?? singular + "s")
    }

    /// Three significant digits: 41.8, 0.002, 1 240, 1.1 × 10¹¹.
    package static func measure(_ value: Double?) -> String {
        guard let value else { return none }
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
        guard value != 0 else { return "0" }
        let magnitude = value.magnitude
        let sign = value < 0 ? "−" : ""
        guard magnitude >= 1e-6, magnitude < 1e9 else { return sign + scientific(magnitude) }
        var exponent = Int(saturating: log10(magnitude).rounded(.down))
        // 0.9996 rounds up to the next power of ten.
        if (magnitude / pow(10, Double(exponent - 2))).rounded() >= 1000 { exponent += 1 }
        guard exponent < 3 else { return sign + count(Int(saturating: magnitude.rounded())) }
        return sign + fixed(magnitude, min(8, 2 - exponent))
    }

    /// A measure that always has a sign.
    package static func signed(_ value: Double?) -> String {
        guard let value else { return none }
        return (value > 0 ? "+" : "") + measure(value)
    }

    /// A share of 0 to 1 in percent, with two decimals.
    package static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return none }
        return with("%", fixed(share * 100, 2))
    }

    /// A share of 0 to 1 in percent, with as many decimals as it needs: 50 %, 0.5 %.
    package static func share(_ share: Double?) -> String {
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

    /// A difference of rates, in points with its sign.
    package static func points(_ difference: Double?) -> String {
        guard let difference, difference.isFinite else { return none }
        guard difference != 0 else { return "0" }
        return (difference < 0 ? "−" : "+") + fixed(difference.magnitude * 100, 1)
    }

    /// Evidence: 0.04, 1.9, 14.3, 131, 2 152, 1.1 × 10¹¹.
    package static func evidence(_ value: Double?) -> String {
        guard let value, !value.isNaN else { return none }
        if value < 0.01 { return "<\(noBreak)0.01" }
        if value.isInfinite { return "∞" }
        if value > 1e6 { return scientific(value) }
        if value >= 100 { return count(Int(saturating: value.rounded())) }
        return fixed(value, value < 1 ? 2 : 1)
    }

    /// The evidence that decides, which is mostly a whole number: 20.
    package static func bound(_ value: Double) -> String {
        guard value.isFinite, value > 0 else { return none }
        let isWhole = (value - value.rounded()).magnitude < value * 1e-9
        return isWhole && value < 1e6 ? count(Int(saturating: value.rounded())) : evidence(value)
    }

    /// A p-value with two significant digits: 0.043, < 0.0001.
    package static func probability(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        if value < 0.0001 { return "<\(noBreak)0.0001" }
        return value >= 0.1 ? fixed(value, 2) : String(format: "%.2g", value)
    }

    /// A number that people chose, without zeros at its end: 0.05.
    package static func chosen(_ value: Double) -> String {
        guard value.isFinite else { return none }
        guard value == 0 || (0.0001..<999.5).contains(value.magnitude) else { return measure(value) }
        return String(format: "%.3g", value).replacing("-", with: "−")
    }

    /// A number for an attribute, which a script reads.
    ///
    /// - Parameter gap: What stands for a value that is missing or not finite.
    package static func exact(_ value: Double?, gap: String = "") -> String {
        guard let value, value.isFinite else { return gap }
        return String(format: "%.6g", value)
    }

    /// 63 B, 24.1 MB, 41.2 GB
    package static func bytes(_ value: Int) -> String {
        var amount = Double(value)
        for unit in ["B", "kB", "MB", "GB", "TB"] {
            if amount < 1000 || unit == "TB" {
                return (unit == "B" ? count(value) : fixed(amount, amount < 10 ? 2 : amount < 100 ? 1 : 0)) + noBreak
                    + unit
            }
            amount /= 1000
        }
        return count(value)
    }

    /// A value with its unit.
    package static func with(_ unit: String, _ value: String) -> String {
        value == none ? value : value + noBreak + unit
    }

    /// A number with decimals, without a sign if it rounds to zero.
    package static func fixed(_ value: Double, _ decimals: Int, sign: Bool = false) -> String {
        guard value.isFinite else { return value.isNaN ? none : value < 0 ? "−∞" : "∞" }
        guard value.magnitude < 1e9 else { return (value < 0 ? "−" : sign ? "+" : "") + scientific(value.magnitude) }
        let isZero = value.magnitude < 0.5 * pow(10, -Double(decimals))
        return (isZero ? "" : value < 0 ? "−" : sign ? "+" : "") + String(format: "%.\(decimals)f", value.magnitude)
    }

    private static func scientific(_ value: Double) -> String {
        var exponent = Int(saturating: log10(value).rounded(.down))
        var mantissa = value / pow(10, Double(exponent))
        // Below the smallest normal number, the power of ten is zero.
        guard mantissa.isFinite else { return "0" }
        if mantissa >= 9.95 { (mantissa, exponent) = (1, exponent + 1) }
        return String(format: "%.1f", mantissa) + "\(noBreak)×\(noBreak)" + power(exponent)
    }

    /// A power of ten: 10¹¹.
    package static func power(_ exponent: Int) -> String {
        let raised = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        let digits = String(exponent.magnitude).compactMap { $0.wholeNumberValue }.map { raised[$0] }
        return "10" + (exponent < 0 ? "⁻" : "") + String(digits)
    }
}

// MARK: Estimates

extension Numbers {
    /// How many decimals show two significant digits of the widths of the intervals; without an interval, three significant digits of
    /// the largest value.
    package static func decimals(_ estimates: [Estimate?]) -> Int {
        let widths = estimates.compactMap { $0?.interval }.map { $0.upper - $0.lower }
        let values = estimates.compactMap { $0?.value.magnitude }
        if let width = widths.filter({ $0 > 0 && $0.isFinite }).min() { return decimals(width / 2, digits: 2) }
        return values.filter { $0 > 0 && $0.isFinite }.max().map { decimals($0, digits: 3) } ?? 1
    }

    private static func decimals(_ size: Double, digits: Double) -> Int {
        min(max(Int(saturating: digits - 1 - log10(size).rounded(.down)), 0), 6)
    }

    /// 0.790 to 0.833
    package static func interval(_ range: ValueRange, _ decimals: Int) -> String {
        "\(fixed(range.lower, decimals)) to \(fixed(range.upper, decimals))"
    }

    /// 0.812 (0.790 to 0.833)
    package static func estimate(_ estimate: Estimate?, _ decimals: Int? = nil) -> String {
        guard let estimate else { return none }
        let decimals = decimals ?? Self.decimals([estimate])
        return fixed(estimate.value, decimals) + (estimate.interval.map { " (\(interval($0, decimals)))" } ?? "")
    }

    /// 95.61 % (95.02 to 96.20)
    package static func rate(_ estimate: Estimate?) -> String {
        guard let estimate, estimate.value.isFinite else { return none }
        let interval = estimate.interval.map { range in
            " (\(fixed(range.lower * 100, 2)) to \(fixed(range.upper * 100, 2)))"
        }
        return percent(estimate.value) + (interval ?? "")
    }
}

/// Identifiers, which are long.
package enum Identifiers {
    /// Returns the shortest beginnings, of at least eight characters, that tell all identifiers apart.
    package static func short(_ ids: [String]) -> [String: String] {
        let distinct = Set(ids)
        var length = 8
        while length < 36, Set(distinct.map { $0.prefix(length) }).count < distinct.count { length += 1 }
        return Dictionary(uniqueKeysWithValues: distinct.map { ($0, String($0.prefix(length))) })
    }

    /// Returns a text with the first eight characters of each UUID.
    package static func brief(_ text: String) -> String {
        let uuid = /\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/
        return text.replacing(uuid) { $0.output.1 }
    }
}
