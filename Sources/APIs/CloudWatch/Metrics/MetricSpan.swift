import AWS
import Definitions
import Foundation
import TimeSeries

/// The periods of a request for a metric.
///
/// - Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
struct MetricSpan: Hashable {
    /// Inclusive, rounded down to a whole minute, or to a multiple of a shorter period.
    let start: Date
    /// Exclusive.
    let end: Date
    /// The length of a period in seconds.
    let period: Int

    /// - Parameter code: The error code for an invalid parameter.
    /// - Throws: ``AWSError`` with CloudWatch's codes.
    init(start: JSON?, end: JSON?, period: Int, code: String = "InvalidParameterValue") throws {
        guard [1, 5, 10, 20, 30].contains(period) || (period > 0 && period.isMultiple(of: 60)) else {
            throw AWSError(code, "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
        }
        guard let from = start?.date?.timeIntervalSince1970, let to = end?.date?.timeIntervalSince1970, from <= to
        else {
            throw AWSError(code, "The parameter StartTime must be less than the parameter EndTime.")
        }
        guard from < to else {
            throw AWSError(code, "The parameter StartTime must not equal parameter EndTime.")
        }
        self.period = period
        let unit = Double(min(period, 60))
        self.start = Date(timeIntervalSince1970: (from / unit).rounded(.down) * unit)
        self.end = Date(timeIntervalSince1970: to)
    }

    /// How many periods there are.
    var count: Double {
        ((end.timeIntervalSince1970 - start.timeIntervalSince1970) / Double(period)).rounded(.up)
    }

    /// Returns the number of the period that a time lies in.
    func index(of time: Date) -> Int { Int(saturating: time.timeIntervalSince(start) / Double(period)) }

    func time(of index: Int) -> Date { start + Double(index) * Double(period) }

    /// Checks the period against CloudWatch's rules for metrics that are not of high resolution.
    func checkStandardResolution(at now: Date, code: String) throws {
        let age = now.timeIntervalSince(start) / 86_400
        let unit = age > 63 ? 3600 : age > 15 ? 300 : 60
        guard period.isMultiple(of: unit) else {
            throw AWSError(
                code,
                unit == 60
                    ? "The parameter Period must be a multiple of 60 for metrics of \(EndpointMetric.namespace)."
                    : "The parameter Period must be a multiple of \(unit) for a StartTime more than \(unit == 300 ? 15 : 63) "
                        + "days ago."
            )
        }
    }

    /// Returns the periods in which there may be points; `nil` if there are none.
    ///
    /// - Parameters:
    ///   - oldest: When the oldest point that is kept was counted.
    ///   - now: There are no points after it.
    func range(from oldest: Date, to now: Date) -> (range: SeriesRange, offset: Int)? {
        let length = Double(period)
        let skipped = max(0, (oldest.timeIntervalSince(start) / length).rounded(.down))
        let offset = Int(saturating: skipped)
        let first = Int64(saturating: start.timeIntervalSince1970 + skipped * length)
        let last = Int64(saturating: min(end, now + 60).timeIntervalSince1970.rounded(.up))
        guard first < last else { return nil }
        // No points are older than a period of a century, which is only limited so that it can be added.
        return (SeriesRange(from: first, before: last, step: Int64(min(period, 1 << 32))), offset)
    }
}
