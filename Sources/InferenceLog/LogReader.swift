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
    /// Calls `body` with each entry that `query` wants, a JSON object without its newline, newest first.
    ///
    /// Entries appended before the call are seen. It blocks: not for an event loop.
    ///
    /// - Parameter body: Answers `false` to stop.
    package func read(_ pipeline: String, _ query: LogQuery, _ body: (UnsafeRawBufferPointer) -> Bool) {
        flush()
        var remaining = query.limit ?? .max
        // Entries wait in the buffer between their time and their segment.
        let slack: Int64 = 60_000
        let segments = Segment.all(in: folder + "/" + pipeline)
        for (index, segment) in segments.enumerated().reversed() where remaining > 0 {
            if let end = query.end, segment.start / 1000 - slack > end { continue }
            if let start = query.start, index + 1 < segments.count, segments[index + 1].start / 1000 + slack < start {
                return
            }
            // A segment can be deleted by retention between the listing and now.
            guard let data = try? Data(contentsOf: URL(filePath: segment.path), options: .alwaysMapped) else {
                continue
            }
            let goesOn = data.withUnsafeBytes { bytes in
                Self.forEachLineBackwards(bytes) { line in
                    guard let head = LineHead(line), head.matches(query) else { return true }
                    remaining -= 1
                    return body(line) && remaining > 0
                }
            }
            if !goesOn { return }
        }
    }

    /// What follows the last newline is half-written, and is passed over.
    private static func forEachLineBackwards(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        let newline = UInt8(ascii: "\n")
        guard var end = bytes.lastIndex(of: newline) else { return true }
        while end > 0 {
            let start = bytes[..<end].lastIndex(of: newline).map { $0 + 1 } ?? 0
            guard body(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) else { return false }
            end = start - 1
        }
        return true
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
