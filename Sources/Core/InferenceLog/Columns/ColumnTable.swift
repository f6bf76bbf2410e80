/// Reads a column file.
///
/// Everything returns `nil` if the file turns out to be damaged: each array is compared with its checksum before its first use.
final class ColumnTable {
    let directory: ColumnDirectory
    private let region: ByteRegion
    private let arraysOffset: Int
    /// Whether this process has just built it in memory.
    private let isTrusted: Bool
    /// The offsets of the arrays that were compared with their checksums.
    private var checked: Set<Int> = []
    private lazy var places = Dictionary(directory.values.enumerated().map { ($1.name, $0) }) { first, _ in first }

    /// Opens the column file of a segment; `nil` if there is none, or if it is not that of the segment as it is.
    convenience init?(path: String, segmentBytes: Int) {
        guard let region = ByteRegion(mapping: path) else { return nil }
        self.init(region, segmentBytes: segmentBytes, isTrusted: false)
    }

    /// Opens a column file that was built in memory.
    convenience init?(built region: ByteRegion, segmentBytes: Int) {
        self.init(region, segmentBytes: segmentBytes, isTrusted: true)
    }

    private init?(_ region: ByteRegion, segmentBytes: Int, isTrusted: Bool) {
        let bytes = region.bytes
        guard let header = ColumnFile.Header(bytes), header.segmentBytes == segmentBytes,
            header.byteCount == bytes.count
        else { return nil }
        let end = ColumnFile.headerBytes + header.directoryBytes
        let coded = UnsafeRawBufferPointer(rebasing: bytes[ColumnFile.headerBytes..<end])
        guard ColumnFile.checksum(coded) == header.directoryChecksum, let directory = ColumnDirectory(coded),
            directory.isConsistent(byteCount: bytes.count - header.arraysOffset)
        else { return nil }
        self.region = region
        self.directory = directory
        self.isTrusted = isTrusted
        arraysOffset = header.arraysOffset
    }

    /// Returns an array of 0 elements if the file has none of this kind.
    func array<Element: BitwiseCopyable>(_ kind: EntryArray, of type: Element.Type) -> LogArray<Element>? {
        let isNew = !checked.contains(directory[kind].offset)
        guard let elements = elements(directory[kind], of: type) else { return nil }
        if isNew, !isTrusted, !hasSense(kind) { return nil }
        return LogArray(elements, owner: region)
    }

    /// The hash of a key for each entry, and the bits of the entries without it.
    func key(_ name: String) -> (hashes: LogArray<UInt64>, missing: LogArray<UInt64>)?? {
        guard let key = directory.keys.first(where: { $0.name == name }) else { return .some(nil) }
        guard let hashes = elements(key.hashes, of: UInt64.self), let missing = elements(key.missing, of: UInt64.self)
        else { return nil }
        return .some((LogArray(hashes, owner: region), LogArray(missing, owner: region)))
    }

    /// Returns `.some(nil)` if there is no such column.
    func value(_ name: LogColumnName) -> LogValueColumn?? {
        guard let place = places[name] else { return .some(nil) }
        let value = directory.values[place]
        guard let numbers = bytes(value.numbers), let missing = elements(value.missing, of: UInt64.self),
            let codes = elements(value.codes, of: UInt32.self), let texts = texts(value)
        else { return nil }
        guard isTrusted || codes.allSatisfy({ $0 <= texts.count }) else { return nil }
        return LogValueColumn(
            value,
            rowCount: directory.rowCount,
            texts: texts,
            numbers: numbers,
            missing: missing,
            codes: codes,
            owner: region
        )
    }

    /// Returns the offsets of the lines whose ids have this hash, in ascending order.
    func lineOffsets(idHash: UInt64) -> [Int]? {
        guard let order = array(.idOrder, of: UInt32.self), let hashes = array(.idHash, of: UInt64.self),
            let offsets = array(.offset, of: UInt64.self)
        else { return nil }
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if hashes[Int(order[middle])] < idHash { low = middle + 1 } else { high = middle }
        }
        var found: [Int] = []
        while low < order.count, hashes[Int(order[low])] == idHash {
            guard let offset = Int(exactly: offsets[Int(order[low])]), offset < .max else { return nil }
            found.append(offset)
            low += 1
        }
        return found.sorted()
    }

    private func texts(_ value: ColumnDirectory.Value) -> [String]? {
        guard let ends = elements(value.textEnds, of: UInt32.self), let bytes = bytes(value.textBytes) else {
            return nil
        }
        var texts: [String] = []
        texts.reserveCapacity(ends.count)
        var start = 0
        for end in ends {
            let end = Int(end)
            guard start <= end, end <= bytes.count else { return nil }
            texts.append(String(decoding: bytes[start..<end], as: UTF8.self))
            start = end
        }
        return texts
    }

    /// Whether the elements are ones that a reader can use as indices.
    private func hasSense(_ kind: EntryArray) -> Bool {
        switch kind {
        case .rowStart:
            guard let starts = elements(directory[kind], of: UInt32.self) else { return false }
            return starts.first == 0 && Int(starts[starts.count - 1]) == directory.rowCount
                && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }
        case .subject:
            return elements(directory[kind], of: UInt32.self)?.allSatisfy { $0 < directory.subjects.count } ?? false
        case .idOrder:
            return elements(directory[kind], of: UInt32.self)?.allSatisfy { $0 < directory.entryCount } ?? false
        default: return true
        }
    }

    private func elements<Element: BitwiseCopyable>(
        _ block: ColumnBlock,
        of type: Element.Type
    ) -> UnsafeBufferPointer<Element>? {
        bytes(block).map { $0.assumingMemoryBound(to: type) }
    }

    /// - Precondition: The block is the directory's, which is consistent.
    private func bytes(_ block: ColumnBlock) -> UnsafeRawBufferPointer? {
        guard block.byteCount > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = arraysOffset + block.offset
        let bytes = UnsafeRawBufferPointer(rebasing: region.bytes[start..<start + block.byteCount])
        guard !isTrusted, !checked.contains(block.offset) else { return bytes }
        guard ColumnFile.checksum(bytes) == block.checksum else { return nil }
        checked.insert(block.offset)
        return bytes
    }
}
