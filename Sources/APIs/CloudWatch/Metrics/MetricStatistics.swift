import AWS
import Definitions
import Foundation

/// A `GetMetricStatistics` request.
///
/// - Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
struct MetricStatistics {
    /// The namespace of training jobs' metrics.
    static let trainingNamespace = "/aws/sagemaker/TrainingJobs"
    private static let datapointLimit = 1440

    let span: MetricSpan
    /// As the request names them.
    private let statistics: [(name: String, statistic: MetricStatistic)]
    private let extended: [(name: String, statistic: MetricStatistic)]

    /// - Parameter now: The time of the request.
    /// - Throws: ``AWSError`` with CloudWatch's codes.
    init(_ input: JSON, now: Date) throws {
        statistics = try Self.statistics(input["Statistics"])
        extended = try Self.statistics(input["ExtendedStatistics"])
        guard statistics.isEmpty || extended.isEmpty else {
            throw AWSError(
                "InvalidParameterCombination",
                "The parameters Statistics and ExtendedStatistics cannot be used together."
            )
        }
        guard !statistics.isEmpty || !extended.isEmpty else {
            throw AWSError("MissingParameter", "The parameter Statistics or ExtendedStatistics is required.")
        }
        span = try MetricSpan(
            start: input["StartTime"],
            end: input["EndTime"],
            period: input["Period"]?.int ?? 60,
            now: now
        )
        guard span.count <= Double(Self.datapointLimit) else {
            throw AWSError(
                "InvalidParameterCombination",
                "You have requested up to \(span.count.formatted(.number.locale(Locale(identifier: "en_US")))) datapoints, "
                    + "which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or "
                    + "decreasing the time range."
            )
        }
    }

    private static func statistics(_ names: JSON?) throws -> [(String, MetricStatistic)] {
        try (names?.array ?? []).compactMap(\.string).map { name in
            guard let statistic = MetricStatistic(name) else {
                throw AWSError(
                    "InvalidParameterValue",
                    "The statistic \(name.prefix(80)) is not supported by this server. \(MetricStatistic.help)"
                )
            }
            return (name, statistic)
        }
    }

    /// Returns one datapoint for each period that has values, oldest first.
    func datapoints(_ found: MetricReader.Found) -> JSON {
        .array(
            found.periods.sorted { $0.key < $1.key }.compactMap { index, values in
                var point: [String: JSON] = ["Timestamp": .time(span.time(of: index)), "Unit": .string(found.unit)]
                for (name, statistic) in statistics {
                    if let value = values.value(statistic) { point[name] = .number(value) }
                }
                let percentiles = extended.compactMap { name, statistic in
                    values.value(statistic).map { (name, JSON.number($0)) }
                }
                if !extended.isEmpty {
                    guard !percentiles.isEmpty else { return nil }
                    point["ExtendedStatistics"] = .object(Dictionary(percentiles) { first, _ in first })
                }
                return .object(point)
            }
        )
    }
}
