/// Rows to learn from.
package struct TrainingData: Sendable {
    /// The features of all rows.
    package enum Features: Sendable {
        /// Shape `[rows, columns]`, row after row. NaN is a missing value.
        case dense([Float])
        /// Where each row begins, and the end of the last one; the column and the value of each entry.
        case sparse(rowStarts: [UInt64], columns: [UInt32], values: [Float])
    }

    package var features: Features
    package var columnCount: Int
    package var rowCount: Int
    /// One a row; empty where the data has none.
    package var labels: [Float]
    /// One a row; empty where the data has none.
    package var weights: [Float]

    /// The features with zeros for what is not listed, shape `[rows, columns]`.
    package var dense: [Float] {
        switch features {
        case .dense(let values): return values
        case .sparse(let rowStarts, let columns, let values):
            var dense = [Float](repeating: 0, count: rowCount * columnCount)
            for row in 0..<rowCount {
                for entry in Int(rowStarts[row])..<Int(rowStarts[row + 1]) {
                    dense[row * columnCount + Int(columns[entry])] = values[entry]
                }
            }
            return dense
        }
    }
}
