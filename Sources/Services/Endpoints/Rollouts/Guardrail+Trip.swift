import Definitions
import Foundation
import Platform
import Serving

/// Counts of the invocations of variants, as guardrails look at them.
package struct VariantObservation: Sendable, Equatable {
    /// Upper bounds of the classes in which latencies are counted, in nanoseconds.
    static let bounds = Histogram.bounds

    var answers = 0
    var failures = 0
    /// The sum of the latencies of all responses, in nanoseconds.
    var sum = 0
    /// The number of responses within each of ``bounds``, followed by the number of all responses.
    var cumulative = [Int](repeating: 0, count: bounds.count + 1)

    mutating func add(_ counts: VariantCounts) {
        let (more, total) = counts.latency.cumulative()
        for (index, count) in more.enumerated() { cumulative[index] += count }
        answers += more.last ?? 0
        failures += counts.failures
        sum += total
    }
}

extension Guardrail {
    /// Returns the reason why the alarm trips; `nil` if it does not trip or there were no invocations yet.
    func trip(_ seen: VariantObservation) -> String? {
        let count = seen.answers + seen.failures
        guard count > 0 else { return nil }
        switch metric {
        case .errorRate:
            guard Double(seen.failures) / Double(count) > threshold else { return nil }
            return "\(seen.failures) of \(count) invocations of the new variants failed"
        case .errors:
            guard Double(seen.failures) > threshold else { return nil }
            return "\(seen.failures) invocations of the new variants failed"
        case .meanLatency:
            guard seen.answers > 0, case let mean = Double(seen.sum) / Double(seen.answers), mean > threshold else {
                return nil
            }
            return "invocations of the new variants took \(Self.milliseconds(mean)) on average"
        case .latency(let quantile):
            guard seen.answers > 0 else { return nil }
            // Counts what exceeds the first bound at or above the threshold, which can only underestimate the number.
            let bound =
                VariantObservation.bounds.firstIndex { Double($0) >= threshold } ?? VariantObservation.bounds.count
            let within = seen.cumulative[bound]
            guard Double(within) < quantile * Double(seen.answers) else { return nil }
            return "\(seen.answers - within) of \(seen.answers) invocations of the new variants exceeded the threshold"
        }
    }

    private static func milliseconds(_ nanoseconds: Double) -> String { String(format: "%.3g ms", nanoseconds / 1e6) }
}
