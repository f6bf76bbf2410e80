import Foundation

/// Rows for training: features, labels and weights.
package struct TrainingData {
    package enum Features {
        /// `[rows, columns]` in row-major order; NaN is a missing value.
        case dense(FloatBuffer)
        /// Row `i` has the entries `offsets[i]..<offsets[i + 1]`. Columns that a row omits are missing, or 0 for algorithms
        /// that do not support missing values.
        case sparse(offsets: [UInt64], columns: [UInt32], values: [Float])
    }

    package var rowCount: Int
    package var columnCount: Int
    package var features: Features
    /// One per row; empty if the data has none.
    package var labels: [Float]
    /// One per row; empty if all rows have the same weight.
    package var weights: [Float] = []
    /// The numbers of consecutive rows that belong to each query; empty if the data has no queries.
    package var groups: [UInt32] = []
}

/// Memory for floats that grows in place if the system supports that.
///
/// Not thread-safe.
package final class FloatBuffer {
    package private(set) var base: UnsafeMutablePointer<Float>
    package private(set) var count = 0
    private var capacity: Int

    package init(capacity: Int = 1024) {
        self.capacity = max(capacity, 1)
        base = FloatBuffer.allocate(self.capacity)
    }

    deinit { free(base) }

    package var elements: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: base, count: count) }

    package func append(_ values: [Float]) {
        reserve(count + values.count)
        values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            (base + count).initialize(from: start, count: source.count)
        }
        count += values.count
    }

    /// Appends the columns from `first` on of rows of `width` values.
    ///
    /// - Precondition: `first` is less than `width`, which divides the number of values.
    package func append(rows: [Float], width: Int, from first: Int) {
        let kept = width - first
        let rowCount = rows.count / width
        reserve(count + rowCount * kept)
        rows.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            for row in 0..<rowCount {
                (base + count + row * kept).initialize(from: start + row * width + first, count: kept)
            }
        }
        count += rowCount * kept
    }

    private func reserve(_ needed: Int) {
        guard needed > capacity else { return }
        capacity = max(needed, capacity + capacity / 2)
        base = Self.allocate(capacity, growing: base)
    }

    private static func allocate(_ count: Int, growing old: UnsafeMutablePointer<Float>? = nil)
        -> UnsafeMutablePointer<Float>
    {
        let size = count * MemoryLayout<Float>.stride
        guard let memory = realloc(old, size) else { fatalError("Cannot allocate memory: \(size) bytes") }
        return memory.assumingMemoryBound(to: Float.self)
    }
}
