/// The entries of one segment, by columns. Only the columns that are asked for are read.
///
/// A segment may have entries outside of the window: the entries within it are those of ``entryRanges``. The arrays and columns have all
/// entries and rows of the segment.
package final class LogBatch {
    /// The indices of the entries within the window, in the order of the log. There is usually one range, because entries are nearly in
    /// the order of their times.
    package let entryRanges: [Range<Int>]
    /// The rows of the entries within the window, in the same order.
    package private(set) lazy var rowRanges: [Range<Int>] = {
        let starts = rowStarts
        return entryRanges.map { Int(starts[$0.lowerBound])..<Int(starts[$0.upperBound]) }
    }()
    private let segment: ByteRegion
    private let source: ColumnSource

    /// Returns `nil` if no entry is within the window.
    init?(_ source: ColumnSource, _ window: LogWindow) {
        self.source = source
        segment = source.segment
        guard source.directory.entryCount > 0 else { return nil }
        let (first, last) = (source.directory.firstTime, source.directory.lastTime)
        if window.contains(first), window.contains(last) {
            entryRanges = [0..<source.directory.entryCount]
            return
        }
        let times = source.array(.time, of: Int64.self)
        var ranges: [Range<Int>] = []
        var start: Int?
        for (index, time) in times.enumerated() {
            if window.contains(time) {
                start = start ?? index
            } else if let first = start {
                ranges.append(first..<index)
                start = nil
            }
        }
        if let start { ranges.append(start..<times.count) }
        guard !ranges.isEmpty else { return nil }
        entryRanges = ranges
    }

    // MARK: Entries

    /// The number of entries of the segment.
    package var entryCount: Int { source.directory.entryCount }
    /// The number of rows of the segment.
    package var rowCount: Int { source.directory.rowCount }
    /// Lines of the segment that are not entries. An incomplete last line is not counted.
    package var skippedLines: Int { source.directory.skippedLines }
    /// Milliseconds since the epoch.
    package var times: LogArray<Int64> { source.array(.time, of: Int64.self) }
    /// `StableHash.hash` of the ids.
    package var idHashes: LogArray<UInt64> { source.array(.idHash, of: UInt64.self) }
    /// Nanoseconds.
    package var elapsed: LogArray<Int64> { source.array(.elapsed, of: Int64.self) }
    /// Raw values of ``LogEntryFlags``.
    package var flags: LogArray<UInt8> { source.array(.flags, of: UInt8.self) }
    /// Indices of ``subjects``.
    package var subjectCodes: LogArray<UInt32> { source.array(.subject, of: UInt32.self) }
    package var subjects: [LogEntrySubject] { source.directory.subjects }
    /// The first row of each entry, and the number of rows. The rows of an entry are those of its first output; if it has no outputs, of
    /// its first input with rows; otherwise it has one.
    package var rowStarts: LogArray<UInt32> { source.array(.rowStart, of: UInt32.self) }

    /// The units of the entries, 0 for entries without one; empty if no entry has one.
    package var units: LogArray<UInt64> { source.array(.unit, of: UInt64.self) }

    package func flags(at entry: Int) -> LogEntryFlags { LogEntryFlags(rawValue: flags[entry]) }

    package func subject(at entry: Int) -> LogEntrySubject { subjects[Int(subjectCodes[entry])] }

    package func unit(at entry: Int) -> UInt64? { flags(at: entry).contains(.hasUnit) ? units[entry] : nil }

    package func rows(at entry: Int) -> Range<Int> {
        let starts = rowStarts
        return Int(starts[entry])..<Int(starts[entry + 1])
    }

    /// The number of rows of the request, of which the log may have only some.
    package func totalRows(at entry: Int) -> Int {
        let totals = source.array(.totalRows, of: UInt32.self)
        return totals.isEmpty ? rows(at: entry).count : Int(totals[entry])
    }

    /// The names of the keys that entries of the segment have.
    package var keyNames: [String] { source.directory.keys.map(\.name) }

    /// The hashes of a key; `nil` if no entry of the segment has it.
    package func keyHashes(_ name: String) -> LogKeyColumn? { source.key(name) }

    // MARK: Values

    /// The columns that the segment has, in the order of their appearance.
    package var valueColumns: [LogColumnSummary] {
        source.directory.values.map {
            LogColumnSummary(name: $0.name, numberType: $0.type, hasTexts: $0.codes.byteCount > 0)
        }
    }

    /// Columns whose values are only in the lines, at most ``ColumnLimits/dropped``.
    package var droppedColumns: [LogDroppedColumn] { source.directory.dropped }

    /// Returns `nil` if no entry of the segment has the value, or if the column was dropped.
    package func value(_ source: LogColumnName.Source, _ place: LogColumnName.Place = .element(0)) -> LogValueColumn? {
        value(LogColumnName(source, place))
    }

    package func value(_ name: LogColumnName) -> LogValueColumn? { source.value(name) }

    // MARK: Lines

    /// Calls `body` with the JSON line of an entry, without its newline.
    package func withLine<Result>(at entry: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let bytes = segment.bytes
        let start = Int(clamping: source.array(.offset, of: UInt64.self)[entry])
        guard start < bytes.count else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        return try body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    }

    package func line(at entry: Int) -> String { withLine(at: entry) { String(decoding: $0, as: UTF8.self) } }

    package func id(at entry: Int) -> String { withLine(at: entry) { LineHead($0)?.id ?? "" } }
}

/// The hashes of one key.
package struct LogKeyColumn: Sendable {
    package let hashes: LogArray<UInt64>
    private let missing: LogArray<UInt64>

    init(hashes: LogArray<UInt64>, missing: LogArray<UInt64>) {
        self.hashes = hashes
        self.missing = missing
    }

    /// Returns `nil` if the entry does not have the key.
    package subscript(entry: Int) -> UInt64? {
        if !missing.isEmpty, missing[entry >> 6] & (1 &<< UInt64(entry & 63)) != 0 { return nil }
        return hashes[entry]
    }
}
