/// A value of an entry, on its way from the line to its column.
struct ScannedValue {
    enum Kind: UInt8 {
        /// `null`, or a value that is neither a number, a Boolean nor a text.
        case missing
        case integer
        case double
        case boolean
        /// `bits` is an index of ``ScannedEntry/texts``.
        case text
        /// The end of a row of features.
        case rowEnd
    }

    var bits: UInt64 = 0
    /// The index of the feature, if the row is an object.
    var feature: Int32 = 0
    var kind: Kind

    static var missing: ScannedValue { ScannedValue(kind: .missing) }

    func isNumber(_ number: Int64) -> Bool { kind == .integer && Int64(bitPattern: bits) == number }

    func isNumber(_ number: Double) -> Bool {
        switch kind {
        case .integer: Double(Int64(bitPattern: bits)) == number
        case .double: Double(bitPattern: bits) == number
        default: false
        }
    }
}

/// An output or input of an entry.
struct ScannedPart {
    enum Source {
        case output(Int)
        /// The index of the input's name.
        case input(Int)
    }

    enum Form {
        /// One value, which belongs to all rows.
        case scalar
        case array
        case objects
        /// Its values do not form rows.
        case irregular
    }

    var source: Source
    var form: Form
    var rowCount: Int
    /// The indices of its values in ``ScannedEntry/values``.
    var values: Range<Int>
}

/// What one line says. The memory is used again for the next line.
struct ScannedEntry {
    var time: Int64 = 0
    var idHash: UInt64 = 0
    var elapsed: Int64 = 0
    var unit: UInt64?
    var flags: LogEntryFlags = []
    var subject: UInt32 = 0
    var totalRows: UInt32?
    /// Indices of key names, and the hashes.
    var keys: [(name: Int, hash: UInt64)] = []
    var parts: [ScannedPart] = []
    var values: [ScannedValue] = []
    var texts: [String] = []

    mutating func reset() {
        (time, idHash, elapsed, unit, flags, subject, totalRows) = (0, 0, 0, nil, [], 0, nil)
        keys.removeAll(keepingCapacity: true)
        parts.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        texts.removeAll(keepingCapacity: true)
    }

    /// The number of rows of the outputs, otherwise of the inputs, otherwise 1.
    var rowCount: Int {
        var inputRows: Int?
        for part in parts {
            switch (part.source, part.form) {
            case (.output, .array): return part.rowCount
            case (.input, .array), (.input, .objects): inputRows = inputRows ?? part.rowCount
            default: break
            }
        }
        return inputRows ?? 1
    }
}

/// Facts of an entry that are true or false.
package struct LogEntryFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// All checks succeeded.
    package static let valid = LogEntryFlags(rawValue: 1)
    /// The entry has an error instead of outputs.
    package static let failed = LogEntryFlags(rawValue: 2)
    /// Inputs or outputs were too large for the log.
    package static let omitted = LogEntryFlags(rawValue: 4)
    package static let hasUnit = LogEntryFlags(rawValue: 8)
    /// The log has only some of the request's rows.
    package static let cut = LogEntryFlags(rawValue: 16)
}
