import Foundation

/// Hyperband: many trials run for a few steps, and the best of them for more.
///
/// Trials belong to brackets, each with rungs at increasing numbers of steps. A trial that reaches a rung continues if it
/// is among the best third of the trials that have reached it so far. So no trial waits for another, however many run
/// at once.
///
/// - Source: Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar 2018, *Hyperband: a novel bandit-based approach to
///   hyperparameter optimization* (the brackets), and Li, Jamieson, Rostamizadeh, Gonina, Ben-Tzur, Hardt, Recht and
///   Talwalkar 2020, *A system for massively parallel hyperparameter tuning* (rungs without waiting).
package struct Hyperband: Sendable {
    /// A rung: the number of a bracket's trials that the paper starts there, and the steps that they run for.
    package struct Rung: Sendable, Equatable {
        package let trials: Int
        package let steps: Int
    }

    package static let reduction = 3
    /// More steps than any trial takes, but few enough that arithmetic on them cannot overflow.
    package static let stepLimit = 1 << 40
    /// The rungs of each bracket; the bracket that stops trials earliest comes first.
    package let brackets: [[Rung]]
    private let maxSteps: Int
    /// The values at each rung of each bracket. Lower is better.
    private var results: [[[Double]]]
    private var passed: [Int: Int] = [:]

    package init(minSteps: Int, maxSteps: Int, reduction: Int = reduction) {
        let least = min(max(minSteps, 1), Self.stepLimit)
        let most = min(max(maxSteps, least), Self.stepLimit)
        self.maxSteps = most
        // log(R) by multiplication, because floating-point logarithms of exact powers may round down.
        var highest = 0
        var power = reduction
        while power <= most / least {
            highest += 1
            power *= reduction
        }
        brackets = (0...highest).reversed().map { bracket in
            var share = 1
            for _ in 0..<bracket { share *= reduction }
            let trials = (share * (highest + 1) + bracket) / (bracket + 1)
            var divisor = 1
            return (0...bracket).map { rung in
                defer { divisor *= reduction }
                let steps = (Double(most) * Double(divisor) / Double(share)).rounded()
                return Rung(trials: max(trials / divisor, 1), steps: max(Int(steps), least))
            }
        }
        results = brackets.map { $0.map { _ in [] } }
    }

    /// Returns the bracket of a trial. Brackets take turns in proportion to the number of trials that they start.
    package func bracket(of trial: Int) -> Int {
        let sizes = brackets.map { $0[0].trials }
        var rest = trial % sizes.reduce(0, +)
        for (bracket, size) in sizes.enumerated() {
            if rest < size { return bracket }
            rest -= size
        }
        return 0
    }

    /// Records the best value of a trial after `step` steps, and returns whether it continues.
    ///
    /// A trial at the maximum number of steps continues: it ends by itself, as completed.
    mutating func report(trial: Int, step: Int, value: Double) -> Bool {
        let bracket = bracket(of: trial)
        let rungs = brackets[bracket]
        var next = passed[trial] ?? 0
        while next < rungs.count, step >= rungs[next].steps {
            results[bracket][next].append(value)
            let known = results[bracket][next].sorted()
            // No trial is stopped before enough trials have reached the rung to determine the best third.
            let kept = max((known.count + Self.reduction - 1) / Self.reduction, 1)
            passed[trial] = next + 1
            if next == rungs.count - 1 { break }
            if known.count >= Self.reduction, value > known[kept - 1] { return false }
            next += 1
        }
        return step <= maxSteps
    }

    /// Forgets how far a trial got, because it starts again.
    mutating func restart(trial: Int) { passed[trial] = nil }
}

/// Stops a trial whose best value so far is worse than the median of the other trials' running averages at that step.
///
/// - Source: Golovin, Solnik, Moitra, Kochanski, Karro and Sculley 2017, *Google Vizier: a service for black-box
///   optimization*, section 3.2.2.
package struct MedianStoppingRule: Sendable {
    /// The number of trials that must end before any trial is stopped, and the number of steps that every trial gets.
    package static let trials = 3
    package static let steps = 4

    /// The curves of trials that have ended. Lower is better.
    private var finished: [[Double]] = []

    package init() {}

    package mutating func finish(_ curve: [Double]) {
        if !curve.isEmpty { finished.append(curve) }
    }

    /// - Parameter curve: The values of a running trial at each step. Lower is better.
    package func stops(_ curve: [Double]) -> Bool {
        let step = curve.count
        let averages = finished.filter { $0.count >= step }.map { $0.prefix(step).reduce(0, +) / Double(step) }.sorted()
        guard step >= Self.steps, averages.count >= Self.trials, let best = curve.min() else { return false }
        let middle = averages.count / 2
        let median = averages.count % 2 == 1 ? averages[middle] : (averages[middle - 1] + averages[middle]) / 2
        return best > median
    }
}
