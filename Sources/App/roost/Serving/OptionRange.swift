import ArgumentParser

/// Checks of options that all groups of them share.
enum OptionRange {
    static let mebibytes = 1...1 << 30
    static let threads = 1...1024
    static let day = 86_400.0

    /// Rejects values outside the range, and NaN.
    static func check<Value: Comparable>(
        _ value: Value?,
        _ option: String,
        _ range: ClosedRange<Value>,
        _ unit: String = ""
    ) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError(
            "'--\(option)' must be between \(range.lowerBound) and \(range.upperBound)\(unit), not \(value)."
        )
    }
}
