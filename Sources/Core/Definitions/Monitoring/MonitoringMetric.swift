package import Foundation

/// What a run of a monitoring schedule measured: a number, or a summary of many.
package struct MonitoringMetric: Sendable, Hashable {
    /// What the metric is about.
    package enum Group: String, Sendable, CaseIterable {
        case dataQuality = "data_quality"
        case modelQuality = "model_quality"
    }

    /// What identifies a metric over time.
    package struct Series: Sendable, Hashable {
        package var group: Group
        package var endpoint: String
        package var schedule: String
        package var name: String

        package init(group: Group, endpoint: String, schedule: String, name: String) {
            self.group = group
            self.endpoint = endpoint
            self.schedule = schedule
            self.name = name
        }
    }

    /// Numbers that were measured at about the same time.
    package struct Summary: Sendable, Hashable {
        package var count: Double
        package var sum: Double
        package var minimum: Double
        package var maximum: Double

        package init(count: Double, sum: Double, minimum: Double, maximum: Double) {
            self.count = count
            self.sum = sum
            self.minimum = minimum
            self.maximum = maximum
        }

        /// The summary of one number.
        package init(_ value: Double) { self.init(count: 1, sum: value, minimum: value, maximum: value) }

        package mutating func add(_ other: Summary) {
            count += other.count
            sum += other.sum
            minimum = min(minimum, other.minimum)
            maximum = max(maximum, other.maximum)
        }
    }

    package var series: Series
    package var time: Date
    package var summary: Summary

    package init(series: Series, time: Date, summary: Summary) {
        self.series = series
        self.time = time
        self.summary = summary
    }
}
