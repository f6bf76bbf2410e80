import Definitions
import Foundation

/// Numbers as pages show them: three significant digits for measures, thin spaces between thousands, a real minus, and a space that
/// does not break before a unit.
enum Numbers {
    static let none = "–"
    private static let thinSpace = "\u{202F}"
    private static let noBreak = "\u{00A0}"

    /// 18 204
    static func count(_ value: Int) -> String {
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
    static func count(_ value: Int, _ singular: String, _ plural: String? = nil) -> String {
        count(value) + " " + (value == 1 ? singular : plural ?? singular + "s")
    }

    /// Three significant digits: 41.8, 0.002, 1 240, 1.1 × 10¹¹.
    static func measure(_ value: Double?) -> String {
        guard let value else { return none }
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
        guard value != 0 else { return "0" }
        let magnitude = value.magnitude
        let sign = value < 0 ? "−" : ""
        guard magnitude >= 1e-6, magnitude < 1e9 else { return sign + scientific(magnitude) }
        let exponent = Int(saturating: log10(magnitude).rounded(.down))
        guard exponent < 3 else { return sign + count(Int(saturating: magnitude.rounded())) }
        return sign + fixed(magnitude, min(8, 2 - exponent))
    }

    /// A factor in two significant digits: 6, 1.4, 120.
    static func factor(_ value: Double) -> String {
        value < 10 ? String(format: "%.2g", value) : measure((value * 10).rounded() / 10)
    }

    /// A share of 0 to 1 in percent, with two decimals.
    static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return none }
        return signed(fixed(share.magnitude * 100, 2), share) + noBreak + "%"
    }

    /// A difference of rates, in points with its sign.
    static func points(_ difference: Double?) -> String {
        guard let difference, difference.isFinite else { return none }
        return (difference < 0 ? "−" : "+") + fixed(difference.magnitude * 100, 1)
    }

    /// Evidence: 0.04, 1.9, 14.3, 131, 2 152, 1.1 × 10¹¹.
    static func evidence(_ value: Double?) -> String {
        guard let value, !value.isNaN else { return none }
        if value < 0.01 { return "< 0.01" }
        if value.isInfinite { return "∞" }
        if value > 1e6 { return scientific(value) }
        if value >= 100 { return count(Int(saturating: value.rounded())) }
        return fixed(value, value < 1 ? 2 : 1)
    }

    /// 63 B, 24.1 MB, 41.2 GB
    static func bytes(_ value: Int) -> String {
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
    static func with(_ unit: String, _ value: String) -> String { value == none ? value : value + noBreak + unit }

    static func fixed(_ value: Double, _ decimals: Int) -> String {
        String(format: "%.\(decimals)f", value)
    }

    private static func signed(_ text: String, _ value: Double) -> String { value < 0 ? "−" + text : text }

    private static func scientific(_ value: Double) -> String {
        var exponent = Int(saturating: log10(value).rounded(.down))
        var mantissa = value / pow(10, Double(exponent))
        if mantissa >= 9.95 { (mantissa, exponent) = (1, exponent + 1) }
        return fixed(mantissa, 1) + "\(noBreak)×\(noBreak)" + powerOfTen(exponent)
    }

    /// 10⁻⁵
    static func powerOfTen(_ exponent: Int) -> String {
        let raised = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        let digits = String(exponent.magnitude).compactMap { $0.wholeNumberValue }.map { raised[$0] }
        return "10" + (exponent < 0 ? "⁻" : "") + String(digits)
    }
}
