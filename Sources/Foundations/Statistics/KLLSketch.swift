import Glibc

/// A small summary of any number of values, which knows about how many of them are below a limit.
///
/// Values are kept in levels. One of level h stands for 2ʰ values. When the sketch is full, the lowest full level is sorted, and every
/// second of its values, beginning with the first or the second by chance, moves up and stands for two. The same values in the same
/// order with the same seed make the same sketch. Sketches can be merged.
///
/// - Source: Karnin, Lang and Liberty 2016, *Optimal quantile approximation in streams*, arXiv 1603.05346.
package struct KLLSketch: Equatable, Sendable {
    /// No level holds fewer values than this before it is full.
    private static let leastCapacity = 8
    /// The most levels: enough for any count.
    private static let maxLevels = 56

    /// The capacity of the highest level.
    package let k: Int
    /// By how much the capacity shrinks from a level to the one below it.
    package let c: Double
    /// The values of each level, not sorted. A value of level h stands for 2ʰ values.
    package private(set) var compactors: [[Double]] = [[]]
    /// The number of values that were added.
    package private(set) var count = 0
    private var size = 0
    private var capacity: Int
    private var random: SplitMix64

    /// An empty sketch of about 5,700 values at most, with the parameters of SageMaker Model Monitor.
    ///
    /// - Parameter seed: Decides which values are kept.
    package init(seed: UInt64 = 0) {
        k = 2048
        c = 0.64
        random = SplitMix64(seed: seed)
        capacity = Self.capacity(0, of: 1, k: k, c: c)
    }

    /// Restores a sketch from its levels.
    ///
    /// - Returns: `nil` unless `k` is from 8 to 65,536 and `c` from 0.5 to 0.9, there are 1 to 56 levels of numbers, and what they stand
    ///   for fits an integer.
    package init?(compactors: [[Double]], k: Int, c: Double) {
        guard (8...65_536).contains(k), (0.5...0.9).contains(c), (1...Self.maxLevels).contains(compactors.count) else {
            return nil
        }
        for (level, values) in compactors.enumerated() {
            let (weight, overflows) = values.count.multipliedReportingOverflow(by: Self.weight(level))
            guard !overflows, weight < Int.max - count, !values.contains(where: \.isNaN) else { return nil }
            count += weight
            size += values.count
        }
        self.compactors = compactors
        self.k = k
        self.c = c
        random = SplitMix64(seed: 0)
        capacity = Self.capacity(of: compactors.count, k: k, c: c)
    }

    /// Adds a value, unless it is not a number.
    package mutating func add(_ value: Double) {
        guard !value.isNaN, count < Int.max else { return }
        compactors[0].append(value)
        count += 1
        size += 1
        if size >= capacity { compress() }
    }

    /// Adds what another sketch summarizes.
    package mutating func merge(_ other: KLLSketch) {
        guard other.count < Int.max - count else { return }
        while compactors.count < other.compactors.count { addLevel() }
        for (level, values) in other.compactors.enumerated() { compactors[level] += values }
        count += other.count
        size += other.size
        if size >= capacity { compress() }
    }

    // MARK: Answers

    /// How far a rank may be off, as a share of the count, with a probability of 99 %. 0 while every value is kept.
    ///
    /// - Source: Apache DataSketches, which fitted it to experiments.
    package var rankError: Double { compactors.count > 1 ? 2.446 / pow(Double(k), 0.9433) : 0 }

    /// Returns how many values are at most a limit, about.
    package func countUpTo(_ limit: Double) -> Int { count { $0 <= limit } }

    /// Returns how many values are below a limit, about.
    package func countBelow(_ limit: Double) -> Int { count { $0 < limit } }

    /// Returns the share of the values that are at most a limit, about; `nil` without values.
    package func cdf(_ limit: Double) -> Double? { count > 0 ? Double(countUpTo(limit)) / Double(count) : nil }

    /// Returns the least kept value with at least a share of the values up to it.
    ///
    /// - Returns: `nil` without values, or unless the share is in [0, 1].
    package func quantile(at share: Double) -> Double? {
        guard count > 0, (0.0...1.0).contains(share) else { return nil }
        let (values, ranks) = ranked
        let index = ranks.countBefore { Double($0) < share * Double(count) }
        return values[min(index, values.count - 1)]
    }

    /// Returns the largest difference of the two distribution functions, about. 0 if a sketch is empty.
    package func largestDifference(from other: KLLSketch) -> Double {
        func function(_ sketch: KLLSketch) -> DistributionFunction {
            let (values, ranks) = sketch.ranked
            return DistributionFunction(values, ranks: ranks)
        }
        return DistributionFunction.largestDifference(function(self), function(other))
    }

    private func count(_ condition: (Double) -> Bool) -> Int {
        compactors.enumerated().reduce(0) { $0 + $1.element.count(where: condition) * Self.weight($1.offset) }
    }

    /// The kept values in ascending order, and how many values there are up to each.
    private var ranked: (values: [Double], ranks: [Int]) {
        let weighted = compactors.enumerated().flatMap { level, values in values.map { ($0, Self.weight(level)) } }
        let sorted = weighted.sorted { $0.0 < $1.0 }
        var rank = 0
        let ranks = sorted.map { item in
            rank += item.1
            return rank
        }
        return (sorted.map(\.0), ranks)
    }

    // MARK: Compaction

    private static func weight(_ level: Int) -> Int { 1 << level }

    /// Returns how many values a level holds if there are a number of levels.
    private static func capacity(_ level: Int, of levels: Int, k: Int, c: Double) -> Int {
        let share = pow(c, Double(levels - 1 - level))
        return max(leastCapacity, Int(exactly: (Double(k) * share).rounded(.up)) ?? leastCapacity)
    }

    private static func capacity(of levels: Int, k: Int, c: Double) -> Int {
        (0..<levels).reduce(0) { $0 + capacity($1, of: levels, k: k, c: c) }
    }

    private mutating func addLevel() {
        compactors.append([])
        capacity = Self.capacity(of: compactors.count, k: k, c: c)
    }

    private mutating func compress() {
        while size >= capacity {
            // One is full, because together they hold as many values as all may.
            let full = compactors.indices.first {
                compactors[$0].count >= Self.capacity($0, of: compactors.count, k: k, c: c)
            }
            guard let full else { return }
            if full + 1 == compactors.count {
                guard compactors.count < Self.maxLevels else { return }
                addLevel()
            }
            compact(full)
        }
    }

    private mutating func compact(_ level: Int) {
        var values = compactors[level]
        // An odd one stays, so that the levels stand for as many values as were added.
        let rest = values.count.isMultiple(of: 2) ? [] : [values.removeLast()]
        values.sort()
        let kept = stride(from: random.next().isMultiple(of: 2) ? 0 : 1, to: values.count, by: 2).map { values[$0] }
        compactors[level] = rest
        compactors[level + 1] += kept
        size -= values.count - kept.count
    }
}
