import Definitions
import Foundation
import Words

extension SuiteCaseResult.Measure {
    /// What is measured, without its unit.
    var words: String {
        if name == "bytes" { return "size" }
        var words = name[...]
        for unit in ["_ms", "_bytes"] where words.hasSuffix(unit) { words = words.dropLast(unit.count) }
        return String(words).replacing("_", with: " ")
    }

    /// A value with the unit that the name says.
    func text(_ value: Double?) -> String {
        guard let value, value.isFinite else { return Numbers.measure(value) }
        if name.hasSuffix("_ms") { return Numbers.with("ms", Numbers.measure(value)) }
        if name == "bytes" || name.hasSuffix("_bytes") { return Numbers.bytes(Int(saturating: value.rounded())) }
        return name.hasPrefix("share_") ? Numbers.percent(value) : Numbers.measure(value)
    }
}
