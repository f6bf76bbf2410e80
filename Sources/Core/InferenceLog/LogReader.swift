import Foundation
import Tensors

/// Which entries of a pipeline's log are wanted.
package struct LogQuery: Sendable {
    /// Milliseconds since the epoch, inclusive.
    package var start: Int64?
    /// Milliseconds since the epoch, exclusive.
    package var end: Int64?
    package var model: String?
    package var valid: Bool?
    package var id: String?
    package var limit: Int?

    package init(
        start: Int64? = nil,
        end: Int64? = nil,
        model: String? = nil,
        valid: Bool? = nil,
        id: String? = nil,
        limit: Int? = nil
    ) {
        self.start = start
        self.end = end
        self.model = model
        self.valid = valid
        self.id = id
        self.limit = limit
    }
}

extension InferenceLog {
    /// The entries of a pipeline that `query` wants. Those appended before the call are among them.
    ///
    /// It blocks: not for an event loop.
    package func entries(of pipeline: String, _ query: LogQuery) -> LogCursor {
        flush()
        return LogCursor(Segment.all(in: folder + "/" + pipeline), query)
    }
}

/// Entries of a log, newest first, read as far as they are asked for: a log may be larger than the memory.
package struct LogCursor: Sendable {
    /// Entries wait in the buffer between their time and their segment, in milliseconds.
    private static let slack: Int64 = 60_000

    private let query: LogQuery
    private var remaining: Int
    /// Those that are still to be read, oldest first.
    private var segments: [Segment]
    /// The segment that is being read. It stays readable when retention deletes its file.
    private var data = Data()
    /// Where the newline behind the next line is.
    private var end = 0

    fileprivate init(_ segments: [Segment], _ query: LogQuery) {
        self.query = query
        remaining = query.limit ?? .max
        self.segments = segments.enumerated().filter { index, segment in
            if let end = query.end, segment.start / 1000 - Self.slack > end { return false }
            if let start = query.start, index + 1 < segments.count {
                return segments[index + 1].start / 1000 + Self.slack >= start
            }
            return true
        }.map(\.element)
    }

    /// Calls `body` with the next entry, a JSON object without its newline. It blocks.
    ///
    /// - Returns: `false` if there is none.
    package mutating func next(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        guard remaining > 0 else { return false }
        while true {
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

    /// The next entries, as many as make up about 64 KiB. It blocks.
    ///
    /// - Parameter separator: What stands between two entries, and before the first one unless it is the very first.
    /// - Returns: Nothing if there are no more.
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

    private mutating func openSegment() -> Bool {
        while let segment = segments.popLast() {
            guard let data = try? Data(contentsOf: URL(filePath: segment.path), options: .alwaysMapped) else {
                continue
            }
            self.data = data
            // What follows the last newline is half-written, and is passed over.
            end = data.withUnsafeBytes { $0.lastIndex(of: UInt8(ascii: "\n")) } ?? 0
            return true
        }
        return false
    }
}

/// The fields that a query filters by: the first four of a line.
private struct LineHead {
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
        if let wanted = query.id, wanted != id { return false }
        return true
    }
}
