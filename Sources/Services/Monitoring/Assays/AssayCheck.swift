import Definitions
import Foundation

extension AssayDefinition {
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    func check() throws(RoostError) {
        if isNamedMetric || budgetMilliseconds != nil {
            try GoalMetric(metric: metric, budgetMilliseconds: budgetMilliseconds).check()
        }
        try baseline?.check()
        try bins?.check()
        try checkSchedule()
        try checkThresholds()
        try checkCounts()
        if let alpha, !(alpha > 0 && alpha < 1) {
            throw Self.fail("alpha", "'alpha' must be more than 0 and less than 1, not \(alpha).")
        }
        if isNamedMetric, chosenStatistic != .mean {
            throw Self.fail(
                "statistic",
                "The metric '\(metric)' has a value for each inference, whose mean is compared: leave out 'statistic', or set it to 'mean'."
            )
        }
        if isQualityMetric { try checkQuality() }
    }

    private func checkQuality() throws(RoostError) {
        let reason = "The metric '\(metric)' has one value for all labeled rows of a window"
        guard chosenStatistic == .mean else {
            throw Self.fail("statistic", "\(reason): leave out 'statistic', or set it to 'mean'.")
        }
        guard bins == nil else { throw Self.fail("bins", "\(reason), which cannot be divided into bins.") }
        guard baseline == nil || baseline?.start != nil || baseline?.end != nil else {
            throw Self.fail("baseline", "\(reason), so its baseline must be a window of the log: 'start' and 'end'.")
        }
    }

    private func checkSchedule() throws(RoostError) {
        // A year.
        let longest = 366 * 86_400
        guard (1...longest).contains(window.seconds) else {
            throw Self.fail("window", "'window' must be from 1s to 366d.")
        }
        if let every, !(1...longest).contains(every.seconds) {
            throw Self.fail("every", "'every' must be from 1s to 366d.")
        }
        if let delay, delay.seconds > longest { throw Self.fail("delay", "'delay' must be at most 366d.") }
        if cron != nil, every != nil { throw Self.fail("cron", "Only one of 'every' and 'cron' can be set.") }
        if let cron { _ = try CronSchedule(cron, field: "cron") }
    }

    private func checkThresholds() throws(RoostError) {
        for (field, value) in [("warn", warn), ("alert", alert)] {
            if let value, !(value > 0 && value.isFinite) { throw Self.fail(field, "'\(field)' must be more than 0.") }
        }
        if let warn, let alert, warn > alert { throw Self.fail("warn", "'warn' must not be more than 'alert'.") }
        if chosenStatistic.defaultThresholds == nil, warn == nil, alert == nil {
            throw Self.fail(
                "alert",
                "The statistic 'mean' needs 'warn' or 'alert', in the unit of '\(metric.prefix(80))'."
            )
        }
    }

    private func checkCounts() throws(RoostError) {
        for (field, value) in [("alerts", alerts), ("out_of", outOf)] {
            if let value, !(1...100).contains(value) {
                throw Self.fail(field, "'\(field)' must be a number of windows from 1 to 100.")
            }
        }
        if let outOf, outOf < alerts ?? Self.defaultAlerts {
            throw Self.fail(
                "out_of",
                "'out_of' must not be less than 'alerts', which is \(alerts ?? Self.defaultAlerts)."
            )
        }
        if let minimum, !(2...1_000_000_000).contains(minimum) {
            throw Self.fail("minimum", "'minimum' must be a number of values from 2 to 1000000000.")
        }
    }

    fileprivate static func fail(_ field: String, _ message: String) -> RoostError {
        RoostError(.invalidInput, message, field: field)
    }
}

extension AssayDefinition.Baseline {
    /// The most values that a definition may list.
    static let valueLimit = 100_000

    fileprivate func check() throws(RoostError) {
        let sources = [start != nil || end != nil, values != nil, uri != nil, job != nil].count { $0 }
        guard sources == 1 else {
            throw AssayDefinition.fail(
                "baseline",
                "A baseline needs one source: 'start' and 'end', 'values', 's3_uri', or 'job'."
            )
        }
        if start != nil || end != nil {
            guard let start, let end, start < end else {
                throw AssayDefinition.fail(
                    "baseline.start",
                    "'baseline' needs 'start' and 'end', and 'start' must be before 'end'."
                )
            }
        }
        if let values, values.count > Self.valueLimit {
            throw AssayDefinition.fail(
                "baseline.values",
                "A baseline can list \(Self.valueLimit) values, not \(values.count). Put more of them into a file in a bucket."
            )
        }
        if channel != nil, job == nil { throw AssayDefinition.fail("baseline.channel", "'channel' needs 'job'.") }
        if column != nil, uri == nil, job == nil {
            throw AssayDefinition.fail("baseline.column", "'column' needs 's3_uri' or 'job'.")
        }
    }
}

extension AssayDefinition.Binning {
    fileprivate func check() throws(RoostError) {
        if let count, !(2...Self.countLimit).contains(count) {
            throw AssayDefinition.fail("bins.count", "'bins.count' must be from 2 to \(Self.countLimit).")
        }
        switch by {
        case .edges:
            guard let edges, (1..<Self.countLimit).contains(edges.count) else {
                throw AssayDefinition.fail("bins.edges", "'bins' by 'edges' needs 1 to \(Self.countLimit - 1) edges.")
            }
            guard edges.allSatisfy(\.isFinite), zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw AssayDefinition.fail(
                    "bins.edges",
                    "'bins.edges' must be numbers in ascending order, each only once."
                )
            }
            if count != nil { throw AssayDefinition.fail("bins.count", "'bins' by 'edges' has no 'count'.") }
        case .quantiles, .equalWidth, .categories:
            if edges != nil { throw AssayDefinition.fail("bins.edges", "'bins.edges' needs 'by: edges'.") }
            if by == .categories, count != nil {
                throw AssayDefinition.fail("bins.count", "'bins' by 'categories' has no 'count'.")
            }
        }
    }
}
