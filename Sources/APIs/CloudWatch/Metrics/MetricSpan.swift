import AWS
import Definitions
import Foundation
import TimeSeries

/// The periods of a request for a metric.
///
/// - Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
struct MetricSpan: Hashable {
    /// Inclusive, rounded down to a whole minute, or to a multiple of a shorter period. More than 15 days ago, it is rounded down to five
    /// minutes, and more than 63 days ago to an hour.
    let start: Date
    /// Exclusive.
    let end: Date
    /// The length of a period in seconds.
    let period: Int
    /// The shortest period in seconds that has points from the start on, of metrics that are not of high resolution.
    private let resolution: Int

    /// - Parameters:
    ///   - now: The time of the request.
    ///   - code: The error code for an invalid parameter.
    /// - Throws: ``AWSError`` with CloudWatch's codes.
    init(start: JSON?, end: JSON?, period: Int, now: Date, code: String = "InvalidParameterValue") throws {
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
        let age = (now.timeIntervalSince1970 - from) / 86_400
        resolution = age > 63 ? 3600 : age > 15 ? 300 : 60
        let unit = Double(resolution == 60 ? min(period, 60) : resolution)
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

    /// Returns whether there may be points of a metric that is not of high resolution. Periods that are too short for the age of the start
    /// have none.
    ///
    /// - Throws: ``AWSError`` if the period is shorter than every period of such metrics.
    func fitsStandardResolution(code: String) throws -> Bool {
        guard period.isMultiple(of: 60) else {
            throw AWSError(
                code,
                "The parameter Period must be a multiple of 60 for metrics of \(EndpointMetric.namespace)."
            )
        }
        return period.isMultiple(of: resolution)
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
