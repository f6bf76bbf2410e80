/// A condition on the new variants that rolls a change back. Its name says what it watches:
///
///     error-rate>1%        the share of invocations that failed; also error-rate>0.01
///     errors>3             the number of invocations that failed
///     latency>250ms        the mean latency; also latency-p50, -p90, -p99; in us, ms or s
package struct Guardrail: Codable, Sendable, Equatable {
    package enum Metric: Codable, Sendable, Equatable {
        case errorRate
        case errors
        case meanLatency
        /// The latency that this share of the invocations does not exceed.
        case latency(quantile: Double)
    }

    package let name: String
    package let metric: Metric
    /// A share, a number, or nanoseconds.
    package let threshold: Double

    /// - Throws: ``RoostError`` if the name is not a metric with a threshold.
    package init(_ name: String) throws(RoostError) {
        self.name = name
        let text = name.filter { $0 != " " }
        let known =
            "The name of an alarm states what it watches of the new variants: error-rate>1%, error-rate>old, errors>3 or "
            + "latency>250ms, with latency-p50, latency-p90 or latency-p99 in place of latency for a quantile."
        guard let sign = text.firstIndex(of: ">"), let metric = Self.metrics[String(text[..<sign])] else {
            throw RoostError(.invalidInput, "Unknown alarm '\(name)'. \(known)", field: "alarm")
        }
        self.metric = metric
        let value = text[text.index(after: sign)...]
        let unit = value.drop { $0.isNumber || $0 == "." }
        let scale: Double? =
            switch (metric, String(unit)) {
            case (.errorRate, ""), (.errors, ""): 1
            case (.errorRate, "%"): 0.01
            case (.meanLatency, "us"), (.latency, "us"): 1e3
            case (.meanLatency, "ms"), (.latency, "ms"): 1e6
            case (.meanLatency, "s"), (.latency, "s"): 1e9
            default: nil
            }
        guard let scale, let number = Double(value.dropLast(unit.count)), number.isFinite else {
            throw RoostError(.invalidInput, "Alarm '\(name)' has an invalid threshold. \(known)", field: "alarm")
        }
        threshold = number * scale
    }

    private static let metrics: [String: Metric] = [
        "error-rate": .errorRate, "errors": .errors, "latency": .meanLatency,
        "latency-p50": .latency(quantile: 0.5), "latency-p90": .latency(quantile: 0.9),
        "latency-p99": .latency(quantile: 0.99),
    ]
}
