/// An array of a column file.
struct ColumnBlock: Equatable {
    /// From the beginning of the file's arrays; a multiple of 64.
    var offset = 0
    var byteCount = 0
    /// CRC-32C.
    var checksum: UInt32 = 0
}

/// The arrays with one element for each entry. The raw values are part of the file format.
enum EntryArray: Int, CaseIterable {
    case time, offset, idHash, elapsed, unit, flags, subject, rowStart, totalRows
    /// The entries in the order of their id hashes.
    case idOrder

    var width: Int {
        switch self {
        case .time, .offset, .idHash, .elapsed, .unit: 8
        case .flags: 1
        case .subject, .rowStart, .totalRows, .idOrder: 4
        }
    }

    /// Whether the file may lack it.
    var isOptional: Bool { self == .unit || self == .totalRows }
}

/// What a column file contains, and where.
struct ColumnDirectory {
    struct Key {
        var name: String
        var hashes = ColumnBlock()
        /// Empty if every entry has the key.
        var missing = ColumnBlock()
    }

    struct Value {
        var name: LogColumnName
        /// `nil` if the column has no numbers.
        var type: LogNumberType?
        var numbers = ColumnBlock()
        /// Empty if no row is missing.
        var missing = ColumnBlock()
        /// Empty if the column has no texts.
        var codes = ColumnBlock()
        var textEnds = ColumnBlock()
        var textBytes = ColumnBlock()
    }

    var entryCount = 0
    var rowCount = 0
    var skippedLines = 0
    /// Skipped lines that begin like entries: ``LogCursor`` returns them, so a look-up by id has to scan.
    var hiddenLines = 0
    /// The least and the greatest time of an entry.
    var firstTime: Int64 = 0
    var lastTime: Int64 = 0
    var subjects: [LogEntrySubject] = []
    var arrays = [ColumnBlock](repeating: ColumnBlock(), count: EntryArray.allCases.count)
    var keys: [Key] = []
    var values: [Value] = []
    var dropped: [LogDroppedColumn] = []

    subscript(array: EntryArray) -> ColumnBlock {
        get { arrays[array.rawValue] }
        set { arrays[array.rawValue] = newValue }
    }

    /// Whether all blocks lie within the file's arrays and have the size that the counts ask for.
    ///
    /// - Parameter byteCount: The size of the arrays.
    func isConsistent(byteCount: Int) -> Bool {
        func isInside(_ block: ColumnBlock) -> Bool {
            block.offset & 63 == 0 && block.offset <= byteCount && block.byteCount <= byteCount - block.offset
        }
        func has(_ count: Int, _ width: Int, _ block: ColumnBlock) -> Bool {
            isInside(block) && block.byteCount % width == 0 && block.byteCount / width == count
        }
        func isBitmap(_ count: Int, _ block: ColumnBlock) -> Bool {
            block.byteCount == 0 || has((count + 63) >> 6, 8, block)
        }
        let limit = Int(Int32.max)
        guard entryCount <= limit, rowCount <= Int(UInt32.max) else { return false }
        guard subjects.count <= entryCount, entryCount == 0 || !subjects.isEmpty else { return false }
        for array in EntryArray.allCases {
            let block = self[array]
            if array.isOptional, block.byteCount == 0 { continue }
            guard has(array == .rowStart ? entryCount + 1 : entryCount, array.width, block) else { return false }
        }
        for key in keys {
            guard has(entryCount, 8, key.hashes), isBitmap(entryCount, key.missing) else { return false }
        }
        for value in values {
            if let type = value.type {
                guard has(rowCount, type.width, value.numbers), isBitmap(rowCount, value.missing) else { return false }
            }
            guard value.codes.byteCount > 0 else { continue }
            guard has(rowCount, 4, value.codes), isInside(value.textEnds), isInside(value.textBytes),
                value.textEnds.byteCount % 4 == 0
            else { return false }
        }
        return true
    }
}
