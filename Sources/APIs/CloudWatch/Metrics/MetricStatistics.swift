import AWS
import Definitions
import Foundation

/// A `GetMetricStatistics` request, and the statistics of a metric's values.
///
/// - Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
struct MetricStatistics {
    enum Statistic: String {
        case sampleCount = "SampleCount"
        case average = "Average"
        case sum = "Sum"
        case minimum = "Minimum"
        case maximum = "Maximum"
    }

    /// The namespace of training jobs' metrics.
    static let namespace = "/aws/sagemaker/TrainingJobs"
    private static let datapointLimit = 1440

    /// Inclusive.
    let start: Date
    /// Exclusive.
    let end: Date
    private let seconds: Int
    private let statistics: [Statistic]
    private var periods: [Int: MonitoringMetric.Summary] = [:]

    /// - Throws: ``AWSError`` with CloudWatch's codes.
    init(_ input: JSON) throws {
        guard input["ExtendedStatistics"] == nil else {
            throw AWSError(
                "InvalidParameterValue",
                "ExtendedStatistics is not supported by this server. Use Statistics with Average, Sum, Minimum, Maximum or "
                    + "SampleCount."
            )
        }
        statistics = (input["Statistics"]?.array ?? []).compactMap { $0.string.flatMap(Statistic.init) }
        guard !statistics.isEmpty else {
            throw AWSError("MissingParameter", "The parameter Statistics is required.")
        }
        seconds = input["Period"]?.int ?? 60
        guard [1, 5, 10, 20, 30].contains(seconds) || (seconds > 0 && seconds.isMultiple(of: 60)) else {
            throw AWSError(
                "InvalidParameterValue",
                "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."
            )
        }
        guard let from = input["StartTime"]?.date?.timeIntervalSince1970,
            let to = input["EndTime"]?.date?.timeIntervalSince1970, from < to
        else {
            throw AWSError(
                "InvalidParameterValue",
                "The parameter StartTime must be less than the parameter EndTime."
            )
        }
        // Round the start down to a whole minute, or to a multiple of a shorter period.
        let unit = Double(min(seconds, 60))
        let first = (from / unit).rounded(.down) * unit
        let count = ((to - first) / Double(seconds)).rounded(.up)
        guard count <= Double(Self.datapointLimit) else {
            throw AWSError(
                "InvalidParameterCombination",
                "You have requested up to \(count.formatted(.number.locale(Locale(identifier: "en_US")))) datapoints, which "
                    + "exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or "
                    + "decreasing the time range."
            )
        }
        start = Date(timeIntervalSince1970: first)
        end = Date(timeIntervalSince1970: to)
    }

    mutating func add(_ summary: MonitoringMetric.Summary, at time: Date) {
        let index = Int(saturating: time.timeIntervalSince(start) / Double(seconds))
        if periods[index]?.add(summary) == nil { periods[index] = summary }
    }

    /// One datapoint for each period that has values, oldest first.
    var datapoints: JSON {
        .array(
            periods.sorted { $0.key < $1.key }.map { index, period in
                var point: [String: JSON] = [
                    "Timestamp": .time(start + Double(index) * Double(seconds)), "Unit": .string("None"),
                ]
                for statistic in statistics {
                    let value =
                        switch statistic {
                        case .sampleCount: period.count
                        case .average: period.sum / period.count
                        case .sum: period.sum
                        case .minimum: period.minimum
                        case .maximum: period.maximum
                        }
                    point[statistic.rawValue] = .number(value)
                }
                return .object(point)
            }
        )
    }
}
