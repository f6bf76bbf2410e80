import Definitions
import Foundation
import Statistics

/// Whether the last step of a learning curve helped by more than the noise of the samples.
struct CurveVerdict: Sendable, Equatable {
    private static let confidence = 0.95
    /// A step that brings at most this part of what all data has brought is not worth its data.
    private static let smallPart = 0.25
    /// A change of at most this part of the metric is none.
    private static let smallChange = 0.01

    let gain: Estimate?
    let verdict: LearningCurve.Verdict
    let summary: String

    /// Returns the mean with Student's interval; `nil` without values.
    static func estimate(_ values: [Double]) -> Estimate? {
        guard let mean = mean(values) else { return nil }
        guard let deviation = deviation(values), let t = critical(values.count) else {
            return Estimate(value: mean, interval: nil, count: values.count)
        }
        let half = t * deviation / Double(values.count).squareRoot()
        return Estimate(value: mean, interval: ValueRange(lower: mean - half, upper: mean + half), count: values.count)
    }

    /// All data can be sampled only once, so that its noise is not seen. It is taken to be that of the samples of the step before,
    /// less what more data does to it: the variance of what is learned from n rows falls with 1/n. So the variance of the gain is
    /// s²/k + s²·p/100, with the variance s² of the k values at p percent.
    ///
    /// - Parameters:
    ///   - points: The parts of the data in percent, in ascending order, each with the values of its jobs.
    ///   - metric: The name of the metric.
    init(
        _ points: [(percent: Int, values: [Double])],
        metric: String,
        _ direction: TuningDefinition.Objective.Direction
    ) {
        let sign = direction == .maximize ? 1.0 : -1.0
        guard points.count > 1, case let last = points[points.count - 1], case let before = points[points.count - 2],
            let now = Self.mean(last.values), let then = Self.mean(before.values)
        else {
            self.init(
                nil,
                .notEnoughEvidence,
                "Jobs of the last step have no value of \(metric)."
            )
            return
        }
        let value = sign * (now - then)
        let step = "from \(before.percent) % to \(last.percent) % of the data"
        guard let deviation = Self.deviation(before.values), let t = Self.critical(before.values.count) else {
            self.init(
                Estimate(value: value, interval: nil, count: before.values.count),
                .notEnoughEvidence,
                "Without several samples, the noise is not known. The step \(step) changed \(metric) from \(Self.text(then)) to "
                    + "\(Self.text(now))."
            )
            return
        }
        let share = Double(before.percent) / Double(last.percent)
        let half = t * deviation * (1 / Double(before.values.count) + share).squareRoot()
        let gain = Estimate(
            value: value,
            interval: ValueRange(lower: value - half, upper: value + half),
            count: before.values.count
        )
        func words(_ value: Double) -> String {
            "\(Self.text(value)) [\(Self.text(value - half)), \(Self.text(value + half))]"
        }
        // What changed the value is said of the value itself, whichever way is better.
        let change = "\(now < then ? "lowered" : "raised") \(metric) by \(words((now - then).magnitude))"
        let total = points.first.flatMap { Self.mean($0.values) }.map { sign * (now - $0) } ?? 0
        let small = max(Self.smallPart * total, Self.smallChange * now.magnitude)
        if value - half > 0 {
            self.init(
                gain,
                .helped,
                "The last step, \(step), improved \(metric) by \(words(value)), which is more than the noise. More "
                    + "data would probably help."
            )
        } else if value + half < 0 {
            self.init(
                gain,
                .hurt,
                "The last step, \(step), made \(metric) worse by \(Self.text(-value)), which is more than the noise. Are later rows "
                    + "different from the others?"
            )
        } else if value + half <= small {
            self.init(
                gain,
                .withinNoise,
                "The last step, \(step), \(change), which is within the noise. More data like this would hardly help."
            )
        } else {
            self.init(
                gain,
                .notEnoughEvidence,
                "The last step, \(step), \(change), which may be noise or not. More repeats would tell, or more held-out data."
            )
        }
    }

    private init(_ gain: Estimate?, _ verdict: LearningCurve.Verdict, _ summary: String) {
        self.gain = gain
        self.verdict = verdict
        self.summary = summary
    }

    /// Three significant digits, with a real minus.
    private static func text(_ value: Double) -> String {
        String(format: "%.3g", value).replacing("-", with: "−")
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0) { $0 + $1 / Double(values.count) }
    }

    /// The standard deviation of the values; `nil` for fewer than two.
    private static func deviation(_ values: [Double]) -> Double? {
        guard values.count > 1, let mean = mean(values) else { return nil }
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
        return deviation.isFinite ? deviation : nil
    }

    private static func critical(_ count: Int) -> Double? {
        StudentDistribution.quantile(1 - (1 - confidence) / 2, degreesOfFreedom: Double(count - 1))
    }
}
