import AWS
import Definitions
import Foundation
import Serving
import TimeSeries

/// A statistic of a metric's values in a period.
enum MetricStatistic: Equatable {
    case sampleCount, average, sum, minimum, maximum
    /// - Parameter share: From 0 to 1.
    case percentile(share: Double)

    private static let named: [String: MetricStatistic] = [
        "SampleCount": .sampleCount, "Average": .average, "Sum": .sum, "Minimum": .minimum, "Maximum": .maximum,
    ]

    /// Reads a statistic as CloudWatch writes it: a name, or `p` and a percentage.
    ///
    /// - Returns: `nil` for one that this server does not support, such as a trimmed mean.
    init?(_ text: String) {
        if let known = Self.named[text] {
            self = known
            return
        }
        guard text.hasPrefix("p") || text.hasPrefix("P"), case let digits = text.dropFirst(), digits.utf8.count <= 14,
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
            let percent = Double(digits), (0...100).contains(percent)
        else { return nil }
        self = .percentile(share: percent / 100)
    }

    static let help = "Use SampleCount, Average, Sum, Minimum, Maximum, or a percentile such as p99 or p99.9."
}

/// The values of a metric in a period.
struct MetricValues {
    var summary: MonitoringMetric.Summary
    /// Returns the quantile of the values; `nil` if only their summary is known.
    var quantile: ((Double) -> Double)?

    /// Returns a statistic; `nil` if it is not known.
    func value(_ statistic: MetricStatistic) -> Double? {
        switch statistic {
        case .sampleCount: summary.count
        case .average: summary.count > 0 ? summary.sum / summary.count : nil
        case .sum: summary.sum
        case .minimum: summary.minimum
        case .maximum: summary.maximum
        case .percentile(let share): quantile?(share)
        }
    }
}

/// A metric of an endpoint's variant, in the namespace `AWS/SageMaker`.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html, "Endpoint invocation metrics"
enum EndpointMetric: String, CaseIterable {
    /// Requests to the variant.
    case invocations = "Invocations"
    /// Requests to the variant, divided by the instances that its configuration asks for.
    case invocationsPerInstance = "InvocationsPerInstance"
    /// 1 for each request that failed because of what the client sent, and 0 for each other request.
    case clientErrors = "Invocation4XXErrors"
    /// 1 for each other request that failed.
    case serverErrors = "Invocation5XXErrors"
    /// 1 for each request that failed.
    case modelErrors = "InvocationModelErrors"
    /// The microseconds inside the model, of requests that were answered.
    case modelLatency = "ModelLatency"
    /// The microseconds from the request's last byte to its result, outside of the model.
    case overheadLatency = "OverheadLatency"

    static let namespace = "AWS/SageMaker"

    var unit: String { self == .modelLatency || self == .overheadLatency ? "Microseconds" : "None" }

    /// Returns the values of the metric; `nil` if no request says anything about it.
    ///
    /// - Parameter instances: The instances that the variant's configuration asks for.
    func values(of counts: TrafficCounts, instances: Int) -> MetricValues? {
        switch self {
        case .invocations: Self.constant(1, count: counts.requests)
        case .invocationsPerInstance: Self.constant(1 / Double(max(1, instances)), count: counts.requests)
        case .clientErrors: Self.share(counts.clientErrors, of: counts.requests)
        case .serverErrors: Self.share(counts.serverErrors, of: counts.requests)
        case .modelErrors: Self.share(counts.errors, of: counts.requests)
        case .modelLatency: Self.latency(counts.model, nanoseconds: counts.modelNanoseconds)
        case .overheadLatency: Self.latency(counts.overhead, nanoseconds: counts.overheadNanoseconds)
        }
    }

    private static func constant(_ value: Double, count: Int) -> MetricValues? {
        guard count > 0 else { return nil }
        let sum = value * Double(count)
        return MetricValues(
            summary: .init(count: Double(count), sum: sum, minimum: value, maximum: value),
            quantile: { _ in value }
        )
    }

    /// The values are 1 for some of the requests, and 0 for the others.
    private static func share(_ ones: Int, of count: Int) -> MetricValues? {
        guard count > 0 else { return nil }
        let (ones, count) = (Double(min(ones, count)), Double(count))
        return MetricValues(
            summary: .init(count: count, sum: ones, minimum: ones < count ? 0 : 1, maximum: ones > 0 ? 1 : 0),
            quantile: { $0 * count > count - ones ? 1 : 0 }
        )
    }

    /// The extremes are those of the buckets, as near as the percentiles, and never on the wrong side of the average.
    private static func latency(_ histogram: [LatencyBuckets.Entry], nanoseconds: Int) -> MetricValues? {
        guard let lowest = histogram.lowest, let highest = histogram.highest else { return nil }
        let count = Double(histogram.total)
        let sum = Double(nanoseconds) / 1000
        return MetricValues(
            summary: .init(
                count: count,
                sum: sum,
                minimum: min(lowest / 1000, sum / count),
                maximum: max(highest / 1000, sum / count)
            ),
            quantile: { (histogram.quantile($0) ?? 0) / 1000 }
        )
    }
}
