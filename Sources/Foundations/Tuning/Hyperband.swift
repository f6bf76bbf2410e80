import Foundation

/// Hyperband: many trials get few steps, and the best of them more.
///
/// Trials belong to brackets, each with rungs at growing numbers of steps. A trial that reaches a rung goes on if it is
/// among the best third of those that reached the rung so far; so no trial ever waits for another, however many run at
/// once.
///
/// - Source: Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar 2018, *Hyperband: a novel bandit-based approach to
///   hyperparameter optimization* (the brackets), and Li, Jamieson, Rostamizadeh, Gonina, Ben-Tzur, Hardt, Recht and
///   Talwalkar 2020, *A system for massively parallel hyperparameter tuning* (rungs without waiting).
package struct Hyperband: Sendable {
    /// A rung: how many trials of a bracket the paper starts there, and the steps that they run for.
    package struct Rung: Sendable, Equatable {
        package let trials: Int
        package let steps: Int
    }

    package static let reduction = 3
    /// More steps than any trial takes, and few enough to be counted with.
    package static let stepLimit = 1 << 40
    /// Bracket by bracket, the most eager to stop first; rung by rung.
    package let brackets: [[Rung]]
    private let maxSteps: Int
    /// The values at each rung of each bracket, less being better.
    private var results: [[[Double]]]
    private var passed: [Int: Int] = [:]

    package init(minSteps: Int, maxSteps: Int, reduction: Int = reduction) {
        let least = min(max(minSteps, 1), Self.stepLimit)
        let most = min(max(maxSteps, least), Self.stepLimit)
        self.maxSteps = most
        // log(R) by multiplication: floating-point logarithms of exact powers may round down.
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

    /// The bracket of the trial with this number: brackets take turns in proportion to the trials that they start.
    package func bracket(of trial: Int) -> Int {
        let sizes = brackets.map { $0[0].trials }
        var rest = trial % sizes.reduce(0, +)
        for (bracket, size) in sizes.enumerated() {
            if rest < size { return bracket }
            rest -= size
        }
        return 0
    }

    /// Takes in the best value of a trial after some steps, and says whether it goes on.
    ///
    /// At the most steps it does: a trial that has no more than those ends by itself, as one that is complete.
    mutating func report(trial: Int, step: Int, value: Double) -> Bool {
        let bracket = bracket(of: trial)
        let rungs = brackets[bracket]
        var next = passed[trial] ?? 0
        while next < rungs.count, step >= rungs[next].steps {
            results[bracket][next].append(value)
            let known = results[bracket][next].sorted()
            // Nobody is stopped before the rung has seen enough trials to tell a third of them.
            let kept = max((known.count + Self.reduction - 1) / Self.reduction, 1)
            passed[trial] = next + 1
            if next == rungs.count - 1 { break }
            if known.count >= Self.reduction, value > known[kept - 1] { return false }
            next += 1
        }
        return step <= maxSteps
    }

    /// Forgets how far a trial came: it starts again.
    mutating func restart(trial: Int) { passed[trial] = nil }
}

/// Stops a trial whose best value so far is worse than the median of the others' running averages at that step.
///
/// - Source: Golovin, Solnik, Moitra, Kochanski, Karro and Sculley 2017, *Google Vizier: a service for black-box
///   optimization*, section 3.2.2.
package struct MedianStoppingRule: Sendable {
    /// Trials that must be over before any is stopped, and steps that each trial gets in any case.
    package static let trials = 3
    package static let steps = 4

    /// The curves of trials that are over, less being better.
    private var finished: [[Double]] = []

    package init() {}

    package mutating func finish(_ curve: [Double]) {
        if !curve.isEmpty { finished.append(curve) }
    }

    /// - Parameter curve: The values of a trial that runs, step by step, less being better.
    package func stops(_ curve: [Double]) -> Bool {
        let step = curve.count
        let averages = finished.filter { $0.count >= step }.map { $0.prefix(step).reduce(0, +) / Double(step) }.sorted()
        guard step >= Self.steps, averages.count >= Self.trials, let best = curve.min() else { return false }
        let middle = averages.count / 2
        let median = averages.count % 2 == 1 ? averages[middle] : (averages[middle - 1] + averages[middle]) / 2
        return best > median
    }
}
