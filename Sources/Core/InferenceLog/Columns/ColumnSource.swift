/// The columns of a segment: those of its file, or built in memory if there is no usable file.
///
/// Damage of an array shows only when it is read. The columns are then built from the lines.
final class ColumnSource {
    let segment: ByteRegion
    private var table: ColumnTable?
    private let whenDamaged: () -> Void
    private(set) var directory: ColumnDirectory

    /// - Parameters:
    ///   - table: `nil` to build the columns in memory.
    ///   - whenDamaged: Called if the file of `table` is damaged.
    init(segment: ByteRegion, table: ColumnTable?, whenDamaged: @escaping () -> Void) {
        self.segment = segment
        self.table = table ?? Self.build(from: segment)
        self.whenDamaged = whenDamaged
        directory = self.table?.directory ?? ColumnDirectory()
    }

    func array<Element: BitwiseCopyable>(_ kind: EntryArray, of type: Element.Type) -> LogArray<Element> {
        read { $0.array(kind, of: type) }
            ?? LogArray(UnsafeBufferPointer(start: nil, count: 0), owner: segment)
    }

    func key(_ name: String) -> LogKeyColumn? {
        let key = read { $0.key(name) } ?? nil
        return key.map { LogKeyColumn(hashes: $0.hashes, missing: $0.missing) }
    }

    func value(_ name: LogColumnName) -> LogValueColumn? { read { $0.value(name) } ?? nil }

    private func read<Result>(_ body: (ColumnTable) -> Result?) -> Result? {
        if let table, let result = body(table) { return result }
        whenDamaged()
        table = Self.build(from: segment)
        directory = table?.directory ?? ColumnDirectory()
        return table.flatMap(body)
    }

    private static func build(from segment: ByteRegion) -> ColumnTable? {
        ColumnTable(built: ColumnFile.buildInMemory(from: segment), segmentBytes: segment.bytes.count)
    }
}
