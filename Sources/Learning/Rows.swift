import Dispatch
import Foundation
import Synchronization

extension TrainingData {
    /// Calls `body` with each feature of a row that is there; of sparse rows, only those are that the data names.
    @inline(__always)
    func forEachFeature(of row: Int, _ body: (_ column: Int, _ value: Float) -> Void) {
        switch features {
        case .dense(let values):
            let base = values.base + row * columnCount
            for column in 0..<columnCount { body(column, base[column]) }
        case .sparse(let offsets, let columns, let values):
            for entry in Int(offsets[row])..<Int(offsets[row + 1]) { body(Int(columns[entry]), values[entry]) }
        }
    }

    func weight(of row: Int) -> Double { weights.isEmpty ? 1 : Double(weights[row]) }

    var totalWeight: Double { weights.isEmpty ? Double(rowCount) : weights.reduce(0) { $0 + Double($1) } }

    /// All rows with all features; of sparse rows, what is not named is 0.
    func denseFeatures() -> FloatBuffer {
        if case .dense(let values) = features { return values }
        let buffer = FloatBuffer(capacity: rowCount * columnCount)
        for row in 0..<rowCount {
            var values = [Float](repeating: 0, count: columnCount)
            forEachFeature(of: row) { values[$0] = $1 }
            buffer.append(values)
        }
        return buffer
    }

    /// Algorithms that know no missing values refuse them, by the first row that has one.
    func refuseMissingValues(channel: String) throws(LearningError) {
        for row in 0..<rowCount {
            var missing: Int?
            forEachFeature(of: row) { if $1.isNaN { missing = $0 } }
            if let missing {
                throw .client(
                    "Row \(row + 1) of channel '\(channel)' has no value in feature \(missing + 1); this algorithm needs all."
                )
            }
        }
    }
}

/// Sums over rows, several parts at once; the same number of threads gives the same sum.
enum ParallelSum {
    /// - Parameters:
    ///   - size: How many numbers are summed.
    ///   - body: Adds the rows of a range to the numbers.
    static func over(
        rows: Int,
        size: Int,
        threads: Int,
        _ body: @Sendable (_ range: Range<Int>, _ sums: UnsafeMutableBufferPointer<Double>) -> Void
    ) -> [Double] {
        // Little work is done faster by one.
        let parts = rows < 1024 ? 1 : min(threads, rows / 512)
        let results = Mutex([[Double]](repeating: [], count: parts))
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            var sums = [Double](repeating: 0, count: size)
            sums.withUnsafeMutableBufferPointer { body((rows * part / parts)..<(rows * (part + 1) / parts), $0) }
            results.withLock { [sums] in $0[part] = sums }
        }
        return results.withLock { results in
            var total = results[0]
            for other in results.dropFirst() { for index in total.indices { total[index] += other[index] } }
            return total
        }
    }
}

/// Random numbers that a seed repeats.
///
/// - Source: Sebastiano Vigna's SplitMix64, https://prng.di.unimi.it/splitmix64.c.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// From 0 up to 1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Of mean 0 and variance 1, by Box and Muller.
    mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }
}
