import Glibc

/// Evidence against a hypothesis that may be looked at after every request.
///
/// It is an e-process: if the hypothesis holds, its value ever reaches 1/α with a probability of at most α (Ville's inequality).
package struct Evidence: Equatable, Sendable {
    /// ln E now.
    package private(set) var logarithm = 0.0
    /// The maximum of ln E so far, at least 0.
    package private(set) var maximum = 0.0

    package init() {}

    /// Returns e to the power of a logarithm, or the largest number if that is too large: JSON has no infinity.
    package static func factor(_ logarithm: Double) -> Double { min(exp(logarithm), .greatestFiniteMagnitude) }

    /// Returns the factor from which on a hypothesis is rejected at a level, 1/α, or the largest number if that is too large.
    package static func bound(atAlpha alpha: Double) -> Double { min(1 / alpha, .greatestFiniteMagnitude) }

    /// The always-valid p-value, min(1, 1 / max E).
    package var pValue: Double { min(1, exp(-maximum)) }

    /// Returns whether the hypothesis is rejected at a level: max E ≥ 1/α.
    package func rejects(atAlpha alpha: Double) -> Bool {
        alpha > 0 && alpha < 1 && maximum >= -log(alpha)
    }

    mutating func update(to value: Double) {
        logarithm = value
        maximum = max(maximum, value)
    }
}
