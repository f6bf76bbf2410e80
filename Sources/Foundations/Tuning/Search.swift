/// A search for the values that optimize an objective. It proposes trials and learns from their results.
///
/// Proposals depend only on the seed, the earlier proposals and the observations so far. So a search continues where it
/// stopped if its trials are replayed in order.
package struct Search: Sendable {
    package enum Strategy: Sendable, Hashable {
        /// Uniform on the scale of each range.
        case random
        /// Every combination of categories once.
        case grid
        /// See ``BayesianOptimizer``. The first points are from a ``HaltonSequence``.
        case bayesian
        /// See ``Hyperband``; its trials are random.
        case hyperband(minSteps: Int, maxSteps: Int)
    }

    package enum Direction: Sendable, Hashable {
        case minimize
        case maximize
    }

    package struct Trial: Sendable, Hashable {
        /// Counted from 0.
        package let number: Int
        /// The value of each parameter, as a string.
        package let values: [String: String]
    }

    private enum Outcome: Sendable {
        case running
        case observed(Double)
        case failed
    }

    package let space: SearchSpace
    package let strategy: Strategy
    private let seed: UInt64
    private let direction: Direction
    private let halton: HaltonSequence
    private var hyperband: Hyperband?
    private var median: MedianStoppingRule?
    private var points: [[Double]] = []
    private var outcomes: [Outcome] = []
    /// The values that each trial reported while it ran. Lower is better.
    private var curves: [[Double]] = []
    /// Observations of earlier searches. Lower is better.
    private var learned: [(point: [Double], value: Double)] = []

    /// - Parameter stopsEarly: Whether ``report(_:_:)`` stops trials that fall behind. Hyperband always does.
    package init(
        _ space: SearchSpace,
        strategy: Strategy,
        direction: Direction,
        seed: UInt64,
        stopsEarly: Bool = false
    ) throws(SearchSpace.Problem) {
        self.space = space
        self.strategy = strategy
        self.direction = direction
        self.seed = seed
        halton = HaltonSequence(dimensions: space.parameters.count, seed: seed)
        if case .hyperband(let minSteps, let maxSteps) = strategy {
            hyperband = Hyperband(minSteps: minSteps, maxSteps: maxSteps)
        } else if stopsEarly {
            median = MedianStoppingRule()
        }
        if strategy == .grid {
            guard let index = space.isCategorical.firstIndex(of: false) else { return }
            let name = space.parameters[index].name
            throw SearchSpace.Problem(
                parameter: name,
                description: "Grid search supports only categorical ranges, but '\(name)' is numeric."
            )
        }
    }

    /// Returns the next trial; `nil` if every combination of values has been tried.
    package mutating func propose() -> Trial? {
        if strategy == .grid {
            guard let count = space.choiceCount, points.count < count else { return nil }
            return adopt(space.gridValues(points.count))
        }
        if let count = space.choiceCount, points.count >= count, Set(points).count >= count { return nil }
        var source = RandomSource(seed: seed, stream: points.count)
        let point =
            switch strategy {
            case .bayesian: bayesianPoint(using: &source)
            case .random, .grid, .hyperband: newPoint(from: source.point(space.parameters.count), using: &source)
            }
        return adopt(space.values(at: point))
    }

    /// Adds a trial with given values: a proposal of an earlier run.
    ///
    /// Values outside the space count as a trial at its center.
    package mutating func adopt(_ values: [String: String]) -> Trial {
        let point = space.point(of: values) ?? space.parameters.map { _ in 0.5 }
        points.append(space.snapped(point))
        outcomes.append(.running)
        curves.append([])
        return Trial(number: points.count - 1, values: values)
    }

    /// Records the objective's value for a trial that has ended.
    package mutating func observe(_ trial: Int, _ value: Double) {
        guard value.isFinite else { return fail(trial) }
        outcomes[trial] = .observed(cost(value))
        median?.finish(curves[trial])
    }

    /// Records that a trial has ended without a value.
    package mutating func fail(_ trial: Int) { outcomes[trial] = .failed }

    /// Records the value of a running trial at its next step.
    ///
    /// - Returns: Whether the trial should continue.
    package mutating func report(_ trial: Int, _ value: Double) -> Bool {
        guard value.isFinite else { return true }
        curves[trial].append(cost(value))
        if hyperband != nil, let best = curves[trial].min() {
            return hyperband?.report(trial: trial, step: curves[trial].count, value: best) ?? true
        }
        return median?.stops(curves[trial]) != true
    }

    /// Returns the number of steps that a trial has reported since it began.
    package func steps(of trial: Int) -> Int { curves[trial].count }

    /// Starts a trial again from its first step.
    package mutating func restart(_ trial: Int) {
        curves[trial] = []
        hyperband?.restart(trial: trial)
    }

    /// Learns from the trials of earlier searches. Trials outside the space are ignored.
    ///
    /// - Parameter isComparable: Whether the values are of the same objective. If not, they are standardized, so that only
    ///   their relative size counts.
    package mutating func learn(_ trials: [(values: [String: String], objective: Double)], isComparable: Bool) {
        let known = trials.compactMap { trial in
            space.point(of: trial.values).map { (point: space.snapped($0), value: cost(trial.objective)) }
        }.filter { $0.value.isFinite }
        if isComparable {
            learned += known
        } else {
            let standardized = BayesianOptimizer.standardized(known.map(\.value))
            learnedElsewhere += zip(known, standardized).map { ($0.0.point, $0.1) }
        }
    }

    /// Standardized observations of other objectives that are assumed to be similar.
    private var learnedElsewhere: [(point: [Double], value: Double)] = []

    private func cost(_ value: Double) -> Double { direction == .minimize ? value : -value }

    /// Returns a point whose values have not been tried, if it finds one.
    private func newPoint(from first: [Double], using source: inout RandomSource) -> [Double] {
        guard space.choiceCount != nil else { return first }
        let tried = Set(points)
        var point = first
        for _ in 0..<1000 where tried.contains(space.snapped(point)) { point = source.point(first.count) }
        return point
    }

    private func bayesianPoint(using source: inout RandomSource) -> [Double] {
        var known = learned
        var failed: [[Double]] = []
        var pending: [[Double]] = []
        for (point, outcome) in zip(points, outcomes) {
            switch outcome {
            case .observed(let value): known.append((point, value))
            case .failed: failed.append(point)
            case .running: pending.append(point)
            }
        }
        // A search has few trials. From the third on, the model chooses better than chance.
        let enough = points.count >= 3 || learned.count + learnedElsewhere.count >= 3
        guard enough, known.count + learnedElsewhere.count >= 2 else {
            return newPoint(from: halton[points.count + 1], using: &source)
        }
        // A trial near a failed one may fail too, so failures count as the worst value seen.
        if let worst = known.map(\.value).max() { known += failed.map { ($0, worst) } }
        if !learnedElsewhere.isEmpty {
            let standardized = BayesianOptimizer.standardized(known.map(\.value))
            known = zip(known, standardized).map { ($0.0.point, $0.1) } + learnedElsewhere
        }
        let optimizer = BayesianOptimizer(space: space, observations: known, pending: pending)
        return optimizer.propose(using: &source)
    }
}
