/// The place of a value in an entry of the log: an element of an output or input, or a feature of an input.
package struct LogColumnName: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        /// The index of an output.
        case output(Int)
        /// The name of a member of `original_data`; empty if `original_data` is an array.
        case input(String)
    }

    package enum Place: Hashable, Sendable {
        /// The index of a value within its row, in row-major order. A row with one value has element 0.
        case element(Int)
        /// The key of a value, if the rows are objects.
        case feature(String)
    }

    package var source: Source
    package var place: Place

    package init(_ source: Source, _ place: Place = .element(0)) {
        self.source = source
        self.place = place
    }
}

/// How the numbers of a column are stored: the narrowest type that holds all of them exactly.
///
/// The exception is an integer beyond ±2⁵³ in a column that also has fractions: it is rounded to `float64`, and so is one beyond
/// the range of `int64`.
package enum LogNumberType: UInt8, Sendable {
    /// Every value is `true` or `false`; read as 1 and 0.
    case boolean
    case uint8
    case int16
    case int32
    case int64
    case float32
    case float64

    /// The size of a value in bytes.
    var width: Int {
        switch self {
        case .boolean, .uint8: 1
        case .int16: 2
        case .int32, .float32: 4
        case .int64, .float64: 8
        }
    }
}

/// A column, without its values.
package struct LogColumnSummary: Hashable, Sendable {
    package var name: LogColumnName
    /// `nil` if the column has no numbers.
    package var numberType: LogNumberType?
    package var hasTexts: Bool
}

/// A column whose values are in the JSON lines, but not all in the columns.
package struct LogDroppedColumn: Hashable, Sendable {
    package enum Reason: UInt8, Sendable {
        /// A row of the source has more elements than ``ColumnLimits/rowElements``. `name` is the first one that was left out.
        case rowTooLong
        /// The segment has more columns than ``ColumnLimits/columns``. `name` is the first one of its source that was left out.
        case tooManyColumns
        /// There are too many distinct texts, or too long ones.
        case tooMuchText
        /// The columns need much more memory than the JSON lines.
        case tooMuchMemory
    }

    package var name: LogColumnName
    package var reason: Reason

    package init(name: LogColumnName, reason: Reason) {
        self.name = name
        self.reason = reason
    }
}

/// What produced an entry.
package struct LogEntrySubject: Hashable, Sendable {
    package var modelName = ""
    package var modelVersion = ""
    /// As in the log: `champion` or `challenger`.
    package var role = ""
    package var pipelineVersion = ""
    package var experiment: String?
    package var variant: String?
    /// The probability with which the variant was chosen.
    package var share: Double?

    package init() {}
}

/// Bounds for the columns of one segment, which keep a strange log from filling the memory.
enum ColumnLimits {
    /// The number of elements of a tensor's row.
    static let rowElements = 8192
    /// The number of value columns.
    static let columns = 65_536
    /// The number of distinct key names.
    static let keys = 64
    /// The number of distinct texts in a column.
    static let texts = 1 << 20
    /// The size of the distinct texts of a column in bytes.
    static let textBytes = 64 << 20
    /// The number of dropped columns that are listed.
    static let dropped = 1024

    /// The memory for the value columns of a segment in bytes. Numbers in their narrowest type seldom need more than their text.
    static func memory(forSegmentOf byteCount: Int) -> Int { max(16 << 20, byteCount + byteCount / 2) }
}
