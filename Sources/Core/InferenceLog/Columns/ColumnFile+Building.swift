import Files
import Foundation

extension ColumnFile {
    /// Reads a segment up to its last newline, and calls `body` with the pieces of its column file in their order.
    ///
    /// - Parameter body: Gets the size of the file, and a function that calls its argument with each piece.
    static func build<Result>(
        from segment: ByteRegion,
        _ body: (_ byteCount: Int, _ forEachPiece: ((UnsafeRawBufferPointer) -> Bool) -> Bool) -> Result
    ) -> Result {
        var builder = TableBuilder(byteCount: segment.bytes.count)
        read(segment, into: &builder)
        return builder.write(segmentBytes: segment.bytes.count, body)
    }

    /// Builds a column file in memory.
    static func buildInMemory(from segment: ByteRegion) -> ByteRegion {
        build(from: segment) { byteCount, forEachPiece in
            ByteRegion(byteCount: byteCount) { memory in
                var offset = 0
                _ = forEachPiece { piece in
                    UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + piece.count]).copyMemory(
                        from: piece
                    )
                    offset += piece.count
                    return true
                }
            }
        }
    }

    /// Builds a column file under the name of a draft.
    static func buildDraft(at path: String, from segment: ByteRegion) throws(FileProblem) -> FileDraft {
        let draft = try FileDraft(at: path)
        let descriptor = draft.descriptor
        let isWritten = build(from: segment) { _, forEachPiece in
            forEachPiece { Files.append($0, to: descriptor) }
        }
        guard isWritten else { throw FileProblem(path: path) }
        return draft
    }

    private static func read(_ segment: ByteRegion, into builder: inout TableBuilder) {
        var released = 0
        forEachLine(of: segment) { line, start in
            builder.add(line, at: start)
            if start - released >= 8 << 20 {
                segment.release(upTo: start)
                released = start
            }
        }
    }

    /// Calls `body` with each complete line that is not empty, without its newline, and where it begins.
    static func forEachLine(of segment: ByteRegion, _ body: (_ line: UnsafeRawBufferPointer, _ start: Int) -> Void) {
        let bytes = segment.bytes
        var start = 0
        while start < bytes.count, let base = bytes.baseAddress,
            let newline = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
        {
            let end = UnsafeRawPointer(newline) - base
            if end > start { body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), start) }
            start = end + 1
        }
    }
}

extension TableBuilder {
    /// - Parameter body: See ``ColumnFile/build(from:_:)``.
    mutating func write<Result>(
        segmentBytes: Int,
        _ body: (_ byteCount: Int, _ forEachPiece: ((UnsafeRawBufferPointer) -> Bool) -> Bool) -> Result
    ) -> Result {
        var directory = ColumnDirectory()
        directory.dropped = finish()
        directory.entryCount = entryCount
        directory.rowCount = rowCount
        directory.skippedLines = skippedLines
        directory.hiddenLines = hiddenLines
        directory.firstTime = times.min() ?? 0
        directory.lastTime = times.max() ?? 0
        directory.subjects = scanner.subjects.subjects
        var layout = ColumnLayout()
        addEntryArrays(to: &directory, &layout)
        addValues(to: &directory, &layout)
        let directoryBytes = directory.encoded()
        var header = ColumnFile.Header(
            byteCount: 0,
            segmentBytes: segmentBytes,
            directoryBytes: directoryBytes.count,
            directoryChecksum: directoryBytes.withUnsafeBytes { ColumnFile.checksum($0) }
        )
        header.byteCount = header.arraysOffset + layout.byteCount
        var head = header.encoded() + directoryBytes
        head.append(contentsOf: repeatElement(0, count: header.arraysOffset - head.count))
        return body(header.byteCount) { use in head.withUnsafeBytes(use) && layout.forEachPiece(use) }
    }

    private func addEntryArrays(to directory: inout ColumnDirectory, _ layout: inout ColumnLayout) {
        directory[.time] = layout.add(times)
        directory[.offset] = layout.add(offsets)
        directory[.idHash] = layout.add(idHashes)
        directory[.elapsed] = layout.add(elapsed)
        if hasUnits { directory[.unit] = layout.add(units) }
        directory[.flags] = layout.add(flags)
        directory[.subject] = layout.add(subjects)
        directory[.rowStart] = layout.add(rowStarts)
        if hasCutEntries { directory[.totalRows] = layout.add(totalRows) }
        let hashes = idHashes
        var order = (0..<UInt32(entryCount)).map { (hash: hashes[Int($0)], entry: $0) }
        order.sort { ($0.hash, $0.entry) < ($1.hash, $1.entry) }
        directory[.idOrder] = layout.add(order.map(\.entry))
        for (index, name) in scanner.keys.names.enumerated() where index < keys.count {
            directory.keys.append(
                ColumnDirectory.Key(
                    name: name,
                    hashes: layout.add(keys[index].values),
                    missing: layout.add(keys[index].missingBits ?? [])
                )
            )
        }
    }

    private func addValues(to directory: inout ColumnDirectory, _ layout: inout ColumnLayout) {
        for value in values where value.reason == nil {
            var entry = ColumnDirectory.Value(name: value.name)
            let hasTexts = !value.text.codes.isEmpty
            if value.numbers.count > 0 || !hasTexts {
                entry.type = value.numbers.storedType
                entry.numbers = layout.add(value.numbers.values)
                entry.missing = layout.add(value.numbers.missingBits ?? [])
            }
            if hasTexts {
                entry.codes = layout.add(value.text.codes)
                entry.textEnds = layout.add(value.text.ends)
                entry.textBytes = layout.add(value.text.bytes)
            }
            directory.values.append(entry)
        }
    }
}

/// Places the arrays of a column file one after another.
private struct ColumnLayout {
    private struct Piece {
        var byteCount: Int
        /// Calls its argument with the array.
        var use: ((UnsafeRawBufferPointer) -> Bool) -> Bool
    }

    private(set) var byteCount = 0
    private var pieces: [Piece] = []

    mutating func add<Element: BitwiseCopyable>(_ array: [Element]) -> ColumnBlock {
        array.withUnsafeBytes { bytes in place(bytes) { use in array.withUnsafeBytes(use) } }
    }

    /// - Parameter bytes: Memory of the builder, which outlives the layout.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> ColumnBlock { place(bytes) { use in use(bytes) } }

    private mutating func place(
        _ bytes: UnsafeRawBufferPointer,
        _ use: @escaping ((UnsafeRawBufferPointer) -> Bool) -> Bool
    ) -> ColumnBlock {
        let block = ColumnBlock(offset: byteCount, byteCount: bytes.count, checksum: ColumnFile.checksum(bytes))
        byteCount += ColumnFile.aligned(bytes.count)
        pieces.append(Piece(byteCount: bytes.count, use: use))
        return block
    }

    /// Calls `use` with each array, and with what fills it up to its alignment, until it returns `false`.
    func forEachPiece(_ use: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        let zeros = [UInt8](repeating: 0, count: 64)
        for piece in pieces {
            let rest = ColumnFile.aligned(piece.byteCount) - piece.byteCount
            guard piece.use(use), zeros.withUnsafeBytes({ use(UnsafeRawBufferPointer(rebasing: $0[..<rest])) }) else {
                return false
            }
        }
        return true
    }
}
