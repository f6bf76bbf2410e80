import Glibc

/// Watches that a rate, such as that of errors, stays at or below a limit. Other arms do not matter.
///
///     ln E = ln [B(s + ½, f + ½)·I_{>p₀}(s + ½, f + ½)] − ln [B(½, ½)·I_{>p₀}(½, ½)] − s·ln p₀ − f·ln(1 − p₀)
///
/// is the mean likelihood ratio of rates p > p₀, by Jeffreys' prior, to p₀, for s events and f others.
package struct RateGuard: Equatable, Sendable {
    package let limit: Double
    package private(set) var events = 0
    package private(set) var count = 0
    /// Evidence against "the rate is at most the limit".
    package private(set) var evidence = Evidence()
    private let logPrior: Double

    /// - Returns: `nil` unless the limit is inside (0, 1).
    package init?(limit: Double) {
        guard limit > 0, limit < 1, let prior = IncompleteBeta(a: 0.5, b: 0.5, x: limit)?.logUpper else { return nil }
        self.limit = limit
        logPrior = log(Double.pi) + prior
    }

    /// - Returns: `false` if there are more events than requests, or a count is negative or too large; they are not counted.
    @discardableResult
    package mutating func add(events added: Int, of requests: Int) -> Bool {
        guard added >= 0, requests >= added else { return false }
        let total = count.saturatingSum(requests)
        let events = events.saturatingSum(added)
        let (s, f) = (Double(events), Double(total - events))
        guard let tail = IncompleteBeta(a: s + 0.5, b: f + 0.5, x: limit)?.logUpper else { return false }
        self.events = events
        count = total
        // B(s + ½, f + ½) / (p₀ˢ(1 − p₀)ᶠ), without the large terms that cancel.
        let density = IncompleteBeta.logDensity(s + 0.5, f + 0.5, limit, 1 - limit)
        evidence.update(to: 0.5 * (log(limit) + log1p(-limit)) - density + tail - logPrior)
        return true
    }
}
