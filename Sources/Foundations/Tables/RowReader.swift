/// The formats that rows are read from.
package enum RowFormat: Sendable, Equatable {
    case csv
    case json
    case jsonLines
    case libsvm
    case recordIO
}

/// Reads all rows of a body, in any format, into the memory of a tensor.
package struct RowReader {
    /// Numbers per row; `nil` if the first row decides.
    let width: Int?
    /// Whether values may be missing; they are read as NaN.
    let takesMissing: Bool
    /// Whether a feature that a sparse row omits is missing; if not, it is 0.
    let isOmittedMissing: Bool

    package init(width: Int?, takesMissing: Bool, isOmittedMissing: Bool) {
        self.width = width
        self.takesMissing = takesMissing
        self.isOmittedMissing = isOmittedMissing
    }

    package func readFloats(_ body: UnsafeRawBufferPointer, as format: RowFormat) throws(RowProblem) -> DenseRows {
        let reader = DenseReader<Float>(
            width: width,
            missing: takesMissing ? .nan : nil,
            omitted: isOmittedMissing ? .nan : 0
        )
        return try reader.read(body, as: format)
    }

    package func readDoubles(_ body: UnsafeRawBufferPointer, as format: RowFormat) throws(RowProblem) -> DenseRows {
        let reader = DenseReader<Double>(
            width: width,
            missing: takesMissing ? .nan : nil,
            omitted: isOmittedMissing ? .nan : 0
        )
        return try reader.read(body, as: format)
    }
}

struct DenseReader<Element: RowElement> {
    let width: Int?
    /// The substitute for a missing value; `nil` if missing values are not allowed.
    let missing: Element?
    /// The value of a feature that a sparse row omits.
    let omitted: Element

    func read(_ body: UnsafeRawBufferPointer, as format: RowFormat) throws(RowProblem) -> DenseRows {
        switch format {
        case .csv: try readCSV(body)
        case .libsvm: try readLibsvm(body)
        case .recordIO: try readRecords(body)
        case .json: try readJSON(body, lines: false)
        case .jsonLines: try readJSON(body, lines: true)
        }
    }
}
