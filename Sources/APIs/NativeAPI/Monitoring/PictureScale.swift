import Definitions
import Foundation
import Words

/// Places values between two coordinates of a picture.
struct PictureScale {
    /// A place on the scale with its label.
    struct Tick {
        var place: Double
        var label: String
    }

    private let lower: Double
    private let upper: Double
    private let from: Double
    private let to: Double

    /// - Parameters:
    ///   - values: What must be visible. There is some space around it.
    ///   - limits: What the values cannot exceed, so that the scale does not go beyond it either.
    init(_ values: [Double], limits: ClosedRange<Double>? = nil, from: Double, to: Double) {
        let values = values.filter { $0.isFinite && $0.magnitude < 1e100 }
        var lower = values.min() ?? 0
        var upper = values.max() ?? 1
        let space = upper > lower ? (upper - lower) * 0.06 : max(lower.magnitude * 0.1, 0.01)
        lower -= space
        upper += space
        if let limits, limits.lowerBound < upper, limits.upperBound > lower {
            lower = max(lower, limits.lowerBound)
            upper = min(upper, limits.upperBound)
        }
        self.lower = lower
        self.upper = upper
        self.from = from
        self.to = to
    }

    /// Returns where a value is; one outside of the scale is at its end.
    func place(_ value: Double) -> Double {
        let part = (value - lower) / (upper - lower)
        return from + (part.isFinite ? min(max(part, 0), 1) : 0) * (to - from)
    }

    /// About five round values.
    var ticks: [Tick] {
        let rough = (upper - lower) / 5
        guard rough > 0, rough.isFinite else { return [] }
        let power = pow(10, log10(rough).rounded(.down))
        let step = ([1, 2, 5].first { $0 * power >= rough * 0.99 } ?? 10) * power
        let decimals = min(max(Int(saturating: -log10(step).rounded(.down)), 0), 6)
        return values(from: (lower / step).rounded(.up), step: step).map {
            Tick(place: place($0), label: Numbers.fixed($0, decimals))
        }
    }

    private func values(from first: Double, step: Double) -> [Double] {
        (0..<20).map { (first + Double($0)) * step }.filter { $0 <= upper + step * 1e-6 }
    }
}

/// Places values whose powers of ten matter.
struct LogScale {
    private static let smallest = 0.01

    private let lower: Double
    private let upper: Double
    private let from: Double
    private let to: Double

    /// - Parameter values: What must be visible. Smaller values than 0.01 are at the end of the scale.
    init(_ values: [Double], from: Double, to: Double) {
        let logarithms = values.filter { $0.isFinite && $0 > 0 }.map { log10(max($0, Self.smallest)) }
        lower = min(logarithms.min() ?? 0, 0) - 0.15
        upper = max(logarithms.max() ?? 1, 1) + 0.25
        self.from = from
        self.to = to
    }

    func place(_ value: Double) -> Double {
        let part = value > 0 ? (log10(value) - lower) / (upper - lower) : 0
        let inside = part.isNaN ? 0 : min(max(part, 0), 1)
        return from + inside * (to - from)
    }

    /// Powers of ten, six at most.
    var ticks: [PictureScale.Tick] {
        let first = Int(saturating: lower.rounded(.up))
        let last = Int(saturating: upper.rounded(.down))
        let step = max(1, Int(saturating: (Double(last - first) / 5).rounded(.up)))
        return stride(from: first - first % step, through: last, by: step).filter { $0 >= first }.map { power in
            PictureScale.Tick(place: place(pow(10, Double(power))), label: Self.label(power))
        }
    }

    private static func label(_ power: Int) -> String {
        if (-3..<0).contains(power) { return Numbers.fixed(pow(10, Double(power)), -power) }
        if (0...4).contains(power) { return Numbers.count(Int(saturating: pow(10, Double(power)))) }
        return Numbers.power(power)
    }
}

/// Places times. The labels are in UTC.
struct TimeScale {
    private let start: Double
    private let end: Double
    private let from: Double
    private let to: Double

    init(_ times: [Date], from: Double, to: Double) {
        let seconds = times.map(\.timeIntervalSince1970).filter { $0.magnitude < 1e11 }
        let first = seconds.min() ?? 0
        // A single moment gets some time around it.
        let last = max(seconds.max() ?? 0, first + 60)
        start = first
        end = last
        self.from = from
        self.to = to
    }

    func place(_ time: Date) -> Double { place(time.timeIntervalSince1970) }

    private func place(_ seconds: Double) -> Double {
        let part = (seconds - start) / (end - start)
        return from + (part.isFinite ? min(max(part, 0), 1) : 0) * (to - from)
    }

    /// At most eight round times.
    var ticks: [PictureScale.Tick] {
        let day = 86_400.0
        let steps = [60, 300, 900, 3600, 10_800, 21_600, 43_200, day, 2 * day, 7 * day, 14 * day, 30 * day, 90 * day]
        let step = steps.first { (end - start) / $0 <= 7 } ?? ((end - start) / 6 / day).rounded(.up) * day
        let first = (start / step).rounded(.up)
        return (0..<8).map { (first + Double($0)) * step }.filter { $0 <= end }.map { seconds in
            let time = Moment.minute(Date(timeIntervalSince1970: seconds))
            // A midnight among hours shows its day.
            let isDay = step >= day || seconds.truncatingRemainder(dividingBy: day) == 0
            return PictureScale.Tick(
                place: place(seconds),
                label: String(isDay ? time.prefix(10) : time.suffix(5))
            )
        }
    }
}
