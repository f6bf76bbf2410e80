import Encodings
import Foundation
import Tensors

/// Selects entries of a pipeline's log.
package struct LogQuery: Sendable {
    /// Milliseconds since the epoch, inclusive.
    package var start: Int64?
    /// Milliseconds since the epoch, exclusive.
    package var end: Int64?
    package var model: String?
    package var valid: Bool?
    package var ids: Set<String>?
    package var limit: Int?

    package init(
        start: Int64? = nil,
        end: Int64? = nil,
        model: String? = nil,
        valid: Bool? = nil,
        ids: Set<String>? = nil,
        limit: Int? = nil
    ) {
        self.start = start
        self.end = end
        self.model = model
        self.valid = valid
        self.ids = ids
        self.limit = limit
    }
}

extension InferenceLog {
    /// Returns the entries of a pipeline that match `query`, including all that were appended before the call.
    ///
    /// Blocks: do not call it on an event loop.
    package func entries(of pipeline: String, _ query: LogQuery) -> LogCursor {
        flush()
        return LogCursor(Segment.all(in: folder + "/" + pipeline), query)
    }
}

/// Entries of a log, newest first, read on demand, because a log may be larger than the memory.
package struct LogCursor: Sendable {
    private let query: LogQuery
    private var remaining: Int
    /// The remaining segments, oldest first.
    private var segments: [Segment]
    /// The current segment. It stays readable if retention deletes its file.
    private var data = Data()
    /// The position of the newline after the next line.
    private var end = 0
    /// Where the lines of the current segment begin that may have one of the ids; `nil` if it has no index.
    private var candidates: [Int]?

    init(_ segments: [Segment], _ query: LogQuery) {
        self.query = query
        remaining = query.limit ?? .max
        self.segments = Segment.within(LogWindow(start: query.start, end: query.end), of: segments)
    }

    /// Calls `body` with the next entry, a JSON object without the newline. Blocks.
    ///
    /// - Returns: `false` if there are no more entries.
    package mutating func next(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        guard remaining > 0 else { return false }
        while true {
            while let start = candidates?.popLast() {
                if read(lineAt: start, body) {
                    remaining -= 1
                    return true
                }
            }
            let (query, end) = (query, end)
            let (isFound, next) = data.withUnsafeBytes { bytes in
                var end = end
                while end > 0 {
                    let start = bytes[..<end].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
                    let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                    end = start - 1
                    guard let head = LineHead(line), head.matches(query) else { continue }
                    body(line)
                    return (true, end)
                }
                return (false, 0)
            }
            self.end = next
            if isFound {
                remaining -= 1
                return true
            }
            guard openSegment() else { return false }
        }
    }

    /// Returns the next entries, about 64 KiB of them; empty if there are no more. Blocks.
    ///
    /// - Parameters:
    ///   - separator: Written between entries, and before the first one of the call unless `isFirst` is true.
    ///   - isFirst: Whether this is the first call.
    package mutating func next(separator: UInt8, isFirst: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < 64 << 10,
            next({ line in
                if !isFirst || !bytes.isEmpty { bytes.append(separator) }
                bytes.append(contentsOf: line)
            })
        {}
        return bytes
    }

    /// Returns where lines begin whose id may be one of some, from the index of a closed segment; `nil` if it has none.
    private static func candidates(for ids: Set<String>, in segment: Segment, byteCount: Int) -> [Int]? {
        guard let table = ColumnTable(path: segment.columnsPath, segmentBytes: byteCount),
            table.directory.hiddenLines == 0
        else { return nil }
        var found: Set<Int> = []
        for id in ids {
            guard let offsets = table.lineOffsets(idHash: StableHash.hash(id)) else { return nil }
            found.formUnion(offsets)
        }
        return found.sorted()
    }

    /// Calls `body` with the line that begins at `start`, if it matches.
    private func read(lineAt start: Int, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        data.withUnsafeBytes { bytes in
            guard start < bytes.count, let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                return false
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            guard let head = LineHead(line), head.matches(query) else { return false }
            body(line)
            return true
        }
    }

    private mutating func openSegment() -> Bool {
        while let segment = segments.popLast() {
            guard let data = try? Data(contentsOf: URL(filePath: segment.path), options: .alwaysMapped) else {
                continue
            }
            self.data = data
            // What was appended after the segments were listed does not belong to the entries. The text after the last newline is an
            // incomplete line.
            end = data.withUnsafeBytes { $0.prefix(segment.byteCount).lastIndex(of: UInt8(ascii: "\n")) } ?? 0
            candidates = query.ids.flatMap { Self.candidates(for: $0, in: segment, byteCount: data.count) }
            if candidates != nil { end = 0 }
            return true
        }
        return false
    }
}

/// The fields that queries filter by, which are the first four of a line.
struct LineHead {
    var time: Int64 = 0
    var id = ""
    var valid = true
    var model = ""

    init?(_ line: UnsafeRawBufferPointer) {
        do throws(JSONError) {
            var cursor = try JSONCursor(line)
            try cursor.expect(UInt8(ascii: "{"), "'{'")
            var key = ""
            var first = true
            var left = 4
            while left > 0, try cursor.nextKey(first: &first, into: &key) {
                left -= 1
                switch key {
                case "time": time = Int64(try cursor.readInt())
                case "id": id = try cursor.readString()
                case "valid": valid = try cursor.readBool()
                case "model_name": model = try cursor.readString()
                default: return nil
                }
            }
            guard left == 0 else { return nil }
        } catch {
            return nil
        }
    }

    func matches(_ query: LogQuery) -> Bool {
        if let start = query.start, time < start { return false }
        if let end = query.end, time >= end { return false }
        if let wanted = query.model, wanted != model { return false }
        if let wanted = query.valid, wanted != valid { return false }
        if let wanted = query.ids, !wanted.contains(id) { return false }
        return true
    }
}
