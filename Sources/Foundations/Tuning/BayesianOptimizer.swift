import Foundation

/// Bayesian optimization: proposes the trial that is expected to improve most on the best one so far.
///
/// The objective is modeled as a Gaussian process with a Matérn 5/2 kernel that has one length scale for each
/// hyperparameter. The kernel's parameters are integrated over by slice sampling instead of fitted. So are the unknown
/// results of running trials, by drawing from the posterior.
///
/// - Source: Snoek, Larochelle and Adams 2012, *Practical Bayesian optimization of machine learning algorithms*
///   (NeurIPS): sections 3.1, 3.2 and 3.4. Slice sampling: Neal 2003.
struct BayesianOptimizer: Sendable {
    /// The number of samples of the kernel's parameters, each with one draw of the running trials' results.
    private static let sampleCount = 10
    private static let burnIn = 30
    /// The maximum number of observations for sampling the kernel's parameters. The posterior uses all observations.
    private static let fitLimit = 80
    private static let noiseFloor = 1e-6

    let space: SearchSpace
    /// Snapped points and their values. Lower is better.
    let observations: [(point: [Double], value: Double)]
    /// The snapped points of trials without a value yet.
    let pending: [[Double]]

    /// Returns the next point to try.
    func propose(using source: inout RandomSource) -> [Double] {
        let categorical = space.isCategorical
        let points = observations.map(\.point)
        let values = Self.standardized(observations.map(\.value))
        let models = samples(points, values, using: &source).compactMap { hyperparameters in
            fantasy(points, values, hyperparameters, categorical, using: &source)
        }
        guard !models.isEmpty else { return source.point(categorical.count) }
        let tried = Set(points + pending)
        func acquisition(_ point: [Double]) -> Double {
            let snapped = space.snapped(point)
            // There is nothing to learn at a point that was tried.
            if tried.contains(snapped) { return -1 }
            return models.reduce(0) { total, model in
                let (mean, variance) = model.process.posterior(at: snapped)
                return total + expectedImprovement(mean: mean, variance: variance, best: model.best)
            }
        }
        return maximize(acquisition, around: best(points, values, count: 3), using: &source)
    }

    /// Scales values to mean 0 and standard deviation 1.
    static func standardized(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        guard variance > 0, variance.isFinite else { return values.map { _ in 0 } }
        return values.map { ($0 - mean) / variance.squareRoot() }
    }

    private func best(_ points: [[Double]], _ values: [Double], count: Int) -> [[Double]] {
        values.indices.sorted { values[$0] < values[$1] }.prefix(count).map { points[$0] }
    }

    /// Returns the posterior after the observations and one draw of the running trials' results.
    private func fantasy(
        _ points: [[Double]],
        _ values: [Double],
        _ hyperparameters: GaussianProcess.Hyperparameters,
        _ categorical: [Bool],
        using source: inout RandomSource
    ) -> (process: GaussianProcess, best: Double)? {
        var values = values
        guard
            var process = GaussianProcess(
                points: points,
                values: values,
                isCategorical: categorical,
                hyperparameters
            )
        else { return nil }
        for point in pending {
            let (mean, variance) = process.posterior(at: point)
            let value = mean + variance.squareRoot() * source.normal()
            guard let next = process.observing(value, at: point) else { return nil }
            values.append(value)
            process = next
        }
        return (process, values.min() ?? 0)
    }

    /// Returns the point that maximizes the acquisition function: the best of many random points, refined in ever smaller steps.
    private func maximize(
        _ acquisition: ([Double]) -> Double,
        around incumbents: [[Double]],
        using source: inout RandomSource
    ) -> [Double] {
        let dimensions = space.parameters.count
        let size = Double(observations.count + pending.count)
        let budget = Int(min(max(4e7 / (Double(Self.sampleCount) * size * size), 100), 1000))
        var candidates = (0..<budget).map { _ in source.point(dimensions) }
        for incumbent in incumbents {
            for _ in 0..<budget / 20 { candidates.append(moved(incumbent, by: 0.1, using: &source)) }
        }
        var scored = candidates.map { (point: $0, score: acquisition($0)) }
        scored.sort { $0.score > $1.score }
        var best = scored[0]
        for start in scored.prefix(4) {
            var current = start
            var step = 0.1
            while step > 0.002 {
                var improved = false
                for _ in 0..<2 * dimensions + 4 {
                    let point = moved(current.point, by: step, using: &source)
                    let score = acquisition(point)
                    if score > current.score {
                        current = (point, score)
                        improved = true
                    }
                }
                if !improved { step /= 2 }
            }
            if current.score > best.score { best = current }
        }
        return best.point
    }

    /// Returns a point near another: some coordinates are moved a little, categories are redrawn.
    private func moved(_ point: [Double], by step: Double, using source: inout RandomSource) -> [Double] {
        let categorical = space.isCategorical
        var moved = point
        let chance = max(0.3, 1 / Double(point.count))
        for index in point.indices where source.uniform() < chance {
            moved[index] = categorical[index] ? source.uniform() : point[index] + step * source.normal()
            moved[index] = min(max(moved[index], 0), 1)
        }
        return moved
    }
}

extension BayesianOptimizer {
    /// Samples the kernel's parameters given the observations.
    func samples(
        _ points: [[Double]],
        _ values: [Double],
        using source: inout RandomSource
    ) -> [GaussianProcess.Hyperparameters] {
        // The best and the latest observations carry the most information.
        var chosen = Array(points.indices)
        if chosen.count > Self.fitLimit {
            let best = Set(chosen.sorted { values[$0] < values[$1] }.prefix(Self.fitLimit / 2))
            let latest = chosen.reversed().filter { !best.contains($0) }.prefix(Self.fitLimit - best.count)
            chosen = best.union(latest).sorted()
        }
        let (points, values) = (chosen.map { points[$0] }, chosen.map { values[$0] })
        let categorical = space.isCategorical
        let differences = SquaredDifferences(points, isCategorical: categorical)
        let dimensions = categorical.count

        func hyperparameters(_ logs: [Double]) -> GaussianProcess.Hyperparameters {
            .init(
                variance: exp(logs[0]),
                noise: exp(logs[1]) + Self.noiseFloor,
                lengthScales: logs[2...].map { exp($0) }
            )
        }
        // Wide normal priors on the logarithms: values have variance 1 and little noise, and points lie in the unit cube.
        let prior: [(mean: Double, deviation: Double)] =
            [(0, 1), (log(1e-3), 2)] + (0..<dimensions).map { _ in (log(0.5), 1) }
        func logDensity(_ logs: [Double]) -> Double {
            var density = 0.0
            for (value, (mean, deviation)) in zip(logs, prior) {
                let score = (value - mean) / deviation
                density -= 0.5 * score * score
            }
            let process = GaussianProcess(
                points: points,
                values: values,
                isCategorical: categorical,
                differences: differences,
                hyperparameters(logs)
            )
            guard let process else { return -.infinity }
            return density + process.logMarginalLikelihood
        }
        var sampler = SliceSampler(start: prior.map(\.mean), logDensity: logDensity)
        for _ in 0..<Self.burnIn { sampler.step(using: &source) }
        return (0..<Self.sampleCount).map { _ in
            for _ in 0..<2 { sampler.step(using: &source) }
            return hyperparameters(sampler.current)
        }
    }
}

/// Samples from a density, one coordinate at a time.
///
/// - Source: Neal 2003, *Slice sampling*, figures 3 (stepping out) and 5 (shrinkage).
struct SliceSampler {
    private(set) var current: [Double]
    private var density: Double
    private let logDensity: ([Double]) -> Double

    init(start: [Double], logDensity: @escaping ([Double]) -> Double) {
        current = start
        self.logDensity = logDensity
        density = logDensity(start)
    }

    mutating func step(using source: inout RandomSource) {
        for index in current.indices {
            let level = density + log(1 - source.uniform())
            var point = current
            func value(_ coordinate: Double) -> Double {
                point[index] = coordinate
                return logDensity(point)
            }
            let origin = current[index]
            var low = origin - source.uniform()
            var high = low + 1
            for _ in 0..<8 where value(low) > level { low -= 1 }
            for _ in 0..<8 where value(high) > level { high += 1 }
            // If rounding keeps every candidate outside the slice, the coordinate does not change.
            for _ in 0..<50 {
                let candidate = low + source.uniform() * (high - low)
                let found = value(candidate)
                if found > level {
                    current[index] = candidate
                    density = found
                    break
                }
                if candidate < origin { low = candidate } else { high = candidate }
            }
        }
    }
}
