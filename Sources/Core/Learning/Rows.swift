import Dispatch
import Foundation
import Synchronization

extension TrainingData {
    /// Calls `body` with each feature of a row; for a sparse row, only with its entries.
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

    /// The position of the first value that is not finite.
    var firstGap: (row: Int, column: Int)? {
        switch features {
        case .dense(let values):
            values.elements.firstIndex { !$0.isFinite }.map { ($0 / columnCount, $0 % columnCount) }
        case .sparse(let offsets, let columns, let values):
            values.firstIndex { !$0.isFinite }.map { entry in
                ((offsets.firstIndex { $0 > entry } ?? 1) - 1, Int(columns[entry]))
            }
        }
    }

    /// Returns the features with shape `[rows, width]`, with 0 for values that a sparse row omits.
    func denseRows(width: Int) -> [Float] {
        if case .dense(let values) = features { return Array(values.elements) }
        var rows = [Float](repeating: 0, count: rowCount * width)
        for row in 0..<rowCount { forEachFeature(of: row) { rows[row * width + $0] = $1 } }
        return rows
    }

    func weight(of row: Int) -> Double { weights.isEmpty ? 1 : Double(weights[row]) }
}

/// Sums over rows in parallel. The same number of threads gives the same sum.
enum ParallelSum {
    /// - Parameters:
    ///   - size: The number of sums.
    ///   - body: Adds a range of rows to the sums.
    static func over(
        rows: Int,
        size: Int,
        threads: Int,
        _ body: @Sendable (_ range: Range<Int>, _ sums: UnsafeMutableBufferPointer<Double>) -> Void
    ) -> [Double] {
        // A single thread is faster for few rows.
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
