package import Definitions
package import Foundation

/// The steps of a series: each is as long as the others, and begins at a multiple of its length since the epoch.
package struct SeriesRange: Sendable, Equatable {
    /// Steps of one series.
    package static let stepLimit = 2000
    /// Steps of all series of one answer.
    package static let totalLimit = 20_000
    package static let maxStep = 86_400

    private static let secondSteps: [Int] = [5, 10, 15, 30]
    private static let niceSteps: [Int] =
        secondSteps + [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]
    /// How many steps a series has at most if the server chooses their length: for one series, and for several.
    private static let (defaultSteps, defaultStepsOfMany) = (300, 150)
    private static let hour: Int64 = 3600

    /// Of the first step, in seconds since the epoch.
    package let start: Int64
    /// The end of what is asked for, in seconds since the epoch.
    package let end: Int64
    /// The length of a step in seconds.
    package let step: Int64
    package let count: Int

    /// - Parameters:
    ///   - step: A multiple of 60.
    ///   - start: A multiple of 60.
    package init(from start: Int64, before end: Int64, step: Int64) {
        (self.start, self.end, self.step) = (start, end, max(1, step))
        count = Int((max(0, end - start) + self.step - 1) / self.step)
    }

    /// - Parameters:
    ///   - step: In seconds; `nil` lets the server choose.
    ///   - seriesCount: How many series are asked for.
    ///   - fineSince: Since when there are points of less than a minute, in seconds since the epoch.
    package init(
        start: Date?,
        end: Date?,
        step: Int?,
        seriesCount: Int,
        fineSince: Int64,
        now: Date
    ) throws(RoostError) {
        let current = now.wholeSeconds(.up)
        let last = max(1, end?.wholeSeconds(.up) ?? current)
        let first = max(0, start?.wholeSeconds(.down) ?? last - Self.hour)
        guard first < last else {
            throw RoostError(.invalidInput, "'start' must be before 'end'.", field: "start")
        }
        // A minute for the way of the request.
        let fineStart = current - Self.hour - 60
        let length: Int
        if let step {
            guard (Self.secondSteps.contains(step) || step > 0 && step.isMultiple(of: 60)) && step <= Self.maxStep
            else {
                throw RoostError(
                    .invalidInput,
                    "'step' must be 5, 10, 15, 30, or a multiple of 60 up to \(Self.maxStep) seconds, not \(step).",
                    field: "step"
                )
            }
            guard step >= 60 || first >= fineStart else {
                throw RoostError(
                    .invalidInput,
                    "Steps of less than 60 seconds are only available for the last hour. Use a multiple of 60, or a later "
                        + "'start'.",
                    field: "step"
                )
            }
            length = step
        } else {
            let limit = seriesCount > 1 ? Self.defaultStepsOfMany : Self.defaultSteps
            let minimum = first >= max(fineStart, fineSince) ? Self.secondSteps[0] : 60
            length =
                Self.niceSteps.first { $0 >= minimum && Self.count(first, last, Int64($0)) <= limit } ?? Self.maxStep
        }
        self.step = Int64(length)
        self.start = first.rounded(to: self.step)
        self.end = last
        count = Self.count(first, last, self.step)
        guard count <= Self.stepLimit, count * max(1, seriesCount) <= Self.totalLimit else {
            throw RoostError(
                .invalidInput,
                "The answer would have \(count) steps"
                    + (seriesCount > 1 ? " of \(seriesCount) pipelines" : "")
                    + ". The limit is \(Self.stepLimit) steps of a series and \(Self.totalLimit) of all. Use a longer 'step' or a "
                    + "shorter time.",
                field: "step"
            )
        }
    }

    private static func count(_ start: Int64, _ end: Int64, _ step: Int64) -> Int {
        Int(exactly: (end - start.rounded(to: step) + step - 1) / step) ?? .max
    }

    /// Returns the step in which a time lies.
    func index(of time: Int64) -> Int? {
        guard time >= start else { return nil }
        let index = (time - start) / step
        return index < Int64(count) ? Int(index) : nil
    }

    /// Returns when a step begins, in seconds since the epoch.
    package func time(of index: Int) -> Int64 { start + Int64(index) * step }
}

extension Date {
    func wholeSeconds(_ rule: FloatingPointRoundingRule) -> Int64 {
        Int64(saturating: clamped.timeIntervalSince1970.rounded(rule))
    }
}
