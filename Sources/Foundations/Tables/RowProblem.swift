/// Why a row cannot be read: where it is, and what was found there. Callers put it into words.
package struct RowProblem: Error, Equatable {
    package enum Reason: Sendable, Equatable {
        /// The beginning of a field that is not a number, with the spaces around it. It is also the reason for an empty field where
        /// values must not be missing.
        case notANumber(String)
        case infinite
        /// A value is missing in a column that must have one, or is below its minimum.
        case invalidValue
        case width(found: Int, expected: Int)
        /// A sparse row without a known number of columns.
        case widthUnknown
        /// Sparse rows that would fill more than this many numbers.
        case tooManyNumbers(limit: Int)
        case libsvm(LibsvmFault)
        /// RecordIO's description of an invalid record.
        case record(String)
        /// A description of what is wrong with the JSON, and at which byte of all rows.
        case json(String)
    }

    /// Counted from 1, without blank lines.
    package var row: Int
    /// The line in the text that was read, counted from 1; `nil` if the format has no lines.
    package var line: Int?
    /// Counted from 1, or in libsvm as the text says; `nil` if the problem concerns the whole row.
    package var column: Int?
    package var reason: Reason

    package init(row: Int, line: Int? = nil, column: Int? = nil, _ reason: Reason) {
        self.row = row
        self.line = line
        self.column = column
        self.reason = reason
    }
}

/// An error in a line of libsvm, with the word in which it is.
package enum LibsvmFault: Sendable, Equatable {
    case label(String)
    case labelNotFinite(String)
    case weight(String)
    case query(String)
    /// Not of the form `COLUMN:VALUE`.
    case pair(String)
    case column(String, limit: Int)
    case value(String)
    case infiniteValue(String)
    /// The first word contains a comma.
    case looksLikeCSV
}
