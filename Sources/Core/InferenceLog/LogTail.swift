import Foundation

/// A place in a log between two entries.
package struct LogPosition: Sendable, Equatable, CustomStringConvertible {
    /// The start of the segment.
    let segment: Int64
    /// The number of bytes of the segment before the place.
    let offset: Int

    static let start = LogPosition(segment: .min, offset: 0)

    init(segment: Int64, offset: Int) {
        self.segment = segment
        self.offset = offset
    }

    /// Parses a description; `nil` if it is not one.
    package init?(_ text: String) {
        guard let hyphen = text.lastIndex(of: "-"), let segment = Int64(text[..<hyphen]),
            let offset = Int(text[text.index(after: hyphen)...]), offset >= 0
        else { return nil }
        self.init(segment: segment, offset: offset)
    }

    package var description: String { "\(segment)-\(offset)" }
}

/// A part of a log, in the order in which the entries were written.
package struct LogTail: Sendable {
    /// JSON objects without newlines, oldest first.
    package var entries: [[UInt8]] = []
    /// The place after the entries, from which to continue.
    package var next: LogPosition
    /// Whether the limit left out entries that have been written.
    package var hasMore = false
    fileprivate var byteCount = 0

    /// No more entries are added once there are this many bytes.
    fileprivate static let maximumBytes = 4 << 20

    fileprivate init(next: LogPosition) { self.next = next }
}

extension InferenceLog {
    /// Returns the newest entries that match the query; fewer than its limit if they are large. Blocks.
    package func tail(of pipeline: String, _ query: LogQuery) -> LogTail {
        let segments = writtenSegments(of: pipeline)
        var tail = LogTail(next: segments.last.map { LogPosition(segment: $0.start, offset: $0.byteCount) } ?? .start)
        var cursor = LogCursor(segments, query)
        while tail.byteCount < LogTail.maximumBytes, cursor.next({ tail.add($0) }) {}
        tail.entries.reverse()
        return tail
    }

    /// Returns the entries after a place that match the query; fewer than its limit if they are large. Blocks.
    ///
    /// If entries were deleted from the segment of the place, the next segment follows.
    package func tail(of pipeline: String, after position: LogPosition, _ query: LogQuery) -> LogTail {
        var tail = LogTail(next: position)
        for segment in writtenSegments(of: pipeline) where segment.start >= position.segment {
            guard let data = try? Data(contentsOf: URL(filePath: segment.path), options: .alwaysMapped) else {
                continue
            }
            let offset = segment.start == position.segment ? position.offset : 0
            data.withUnsafeBytes { bytes in
                let written = UnsafeRawBufferPointer(rebasing: bytes.prefix(segment.byteCount))
                tail.read(written, from: offset, of: segment, query)
            }
            if tail.hasMore { break }
        }
        return tail
    }
}

extension LogTail {
    fileprivate mutating func add(_ line: UnsafeRawBufferPointer) {
        entries.append(Array(line))
        byteCount += line.count
    }

    /// Adds the lines of a segment that begin at `offset` or later.
    fileprivate mutating func read(
        _ bytes: UnsafeRawBufferPointer,
        from offset: Int,
        of segment: Segment,
        _ query: LogQuery
    ) {
        let newline = UInt8(ascii: "\n")
        let isBetweenLines = offset == 0 || bytes.indices.contains(offset - 1) && bytes[offset - 1] == newline
        var start = isBetweenLines ? offset : bytes.count
        while start < bytes.count, let end = bytes[start...].firstIndex(of: newline) {
            guard entries.count < query.limit ?? .max, byteCount < Self.maximumBytes else {
                hasMore = true
                break
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if LineHead(line)?.matches(query) == true { add(line) }
            start = end + 1
        }
        next = LogPosition(segment: segment.start, offset: start)
    }
}
