package import Files
import Foundation
import Synchronization
import Tensors

/// Selects entries to delete.
package enum LogCondition: Sendable {
    /// Entries whose key `name` has this hash.
    case key(name: String, hash: UInt64)
    /// Entries whose `original_data` has the member `name` with this value, by itself or as the only element of nested arrays. The
    /// member may also be one of a row, if rows are objects.
    case input(name: String, value: Scalar)
    /// Entries of these units.
    case units(Set<UInt64>)

    package enum Scalar: Hashable, Sendable {
        case text(String)
        /// Compared with all digits.
        case integer(Int64)
        case number(Double)
    }

    package struct Outcome: Hashable, Sendable {
        /// The number of deleted entries.
        package var count = 0
        /// The ids of the deleted entries, each once, in the order of the log.
        package var ids: [String] = []

        package init() {}
    }
}

extension InferenceLog {
    /// Deletes the entries of a pipeline that match any of the conditions, including all that were appended before the call.
    ///
    /// Segments with such entries are replaced, one after the other. After an error or a crash, those of some segments are deleted and the
    /// others are complete: call it again. Lines that are not complete entries stay, whatever they contain, except an incomplete last
    /// line. Blocks.
    ///
    /// - Parameter outcome: Gets what was deleted, also before an error: the ids are not found again.
    package func deleteEntries(
        of pipeline: String,
        whereAny conditions: [LogCondition],
        _ outcome: inout LogCondition.Outcome
    ) throws(FileProblem) {
        // Two deletions at the same time would each bring back what the other has deleted. The segments are closed within the lock, so
        // that none of them is written to while it is replaced.
        let result = deletions.withLock { _ in
            Result { () throws(FileProblem) in
                try delete(conditions, from: closedSegments(of: pipeline), &outcome)
            }
        }
        columnWork.signal()
        try result.get()
    }

    private func delete(
        _ conditions: [LogCondition],
        from segments: [Segment],
        _ outcome: inout LogCondition.Outcome
    ) throws(FileProblem) {
        var known: Set<String> = []
        for segment in segments {
            for id in try delete(conditions, from: segment) {
                outcome.count += 1
                if known.insert(id).inserted { outcome.ids.append(id) }
            }
        }
    }

    /// - Returns: The ids of the deleted entries.
    private func delete(_ conditions: [LogCondition], from segment: Segment) throws(FileProblem) -> [String] {
        guard let region = ByteRegion(mapping: segment.path) else { return [] }
        var ids: [String] = []
        var deleted: [Range<Int>] = []
        var end = 0
        ColumnFile.forEachLine(of: region) { line, start in
            end = start + line.count + 1
            guard conditions.contains(where: { $0.matches(line) }), let head = LineHead(line) else { return }
            ids.append(head.id)
            deleted.append(start..<end)
        }
        guard !ids.isEmpty else { return [] }
        let draft = try FileDraft(at: Segment.draftPath(of: segment.path))
        var start = 0
        for range in deleted + [end..<end] {
            try draft.append(UnsafeRawBufferPointer(rebasing: region.bytes[start..<range.lowerBound]))
            start = range.upperBound
        }
        Files.flush(draft.descriptor)
        try replace(segment, by: draft)
        return ids
    }

    private func replace(_ segment: Segment, by draft: borrowing FileDraft) throws(FileProblem) {
        let result = segmentNames.withLock { _ in
            Result { () throws(FileProblem) in
                // The column file has the values of the deleted entries too, so it goes first.
                unlink(segment.columnsPath)
                // Retention may have deleted the segment.
                guard Segment.byteCount(of: segment.path) != nil else { return }
                try draft.publish(at: segment.path)
            }
        }
        try result.get()
    }
}

extension LogCondition {
    /// Whether an entry is to be deleted; `false` if the line is not an entry.
    fileprivate func matches(_ line: UnsafeRawBufferPointer) -> Bool {
        do throws(JSONError) {
            var cursor = try JSONCursor(line)
            try cursor.expect(UInt8(ascii: "{"), "'{'")
            var first = true
            var isFound = false
            while let name = try cursor.nextName(first: &first) {
                switch (self, name) {
                case (.units(let units), "unit"):
                    if let unit = try cursor.readHash(), units.contains(unit) { isFound = true }
                case (.key(let key, let hash), "keys"):
                    if try cursor.hasMember(key, where: { value throws(JSONError) in try value.readHash() == hash }) {
                        isFound = true
                    }
                case (.input(let input, let wanted), "original_data"):
                    let isWanted = { (value: inout JSONCursor) throws(JSONError) in try value.isNext(wanted) }
                    if try cursor.hasMember(input, hasRows: true, where: isWanted) { isFound = true }
                default: try cursor.skipValue()
                }
            }
            return isFound
        } catch {
            return false
        }
    }
}

extension JSONCursor {
    /// Reads an object, or skips another value.
    ///
    /// - Parameters:
    ///   - hasRows: Whether a member may be a list of objects, whose members count too.
    ///   - isMatch: Reads the value of a member with the name.
    fileprivate mutating func hasMember(
        _ wanted: String,
        hasRows: Bool = false,
        where isMatch: (inout JSONCursor) throws(JSONError) -> Bool
    ) throws(JSONError) -> Bool {
        guard take(UInt8(ascii: "{")) else {
            try skipValue()
            return false
        }
        var isFound = false
        var first = true
        while let name = try nextName(first: &first) {
            if name.text == wanted {
                if try isMatch(&self) { isFound = true }
            } else if hasRows, take(UInt8(ascii: "[")) {
                var isFirstRow = true
                while try nextElement(first: &isFirstRow) {
                    if try hasMember(wanted, where: isMatch) { isFound = true }
                }
            } else {
                try skipValue()
            }
        }
        return isFound
    }

    /// Reads a value, and returns whether it is the scalar, by itself or as the only element of nested arrays.
    fileprivate mutating func isNext(_ wanted: LogCondition.Scalar) throws(JSONError) -> Bool {
        let start = offset
        var depth = 0
        while depth < Self.maxDepth, take(UInt8(ascii: "[")) { depth += 1 }
        let isSame = try isScalar(wanted)
        var closed = 0
        while closed < depth, take(UInt8(ascii: "]")) { closed += 1 }
        if closed == depth { return isSame }
        rewind(to: start)
        try skipValue()
        return false
    }

    private mutating func isScalar(_ wanted: LogCondition.Scalar) throws(JSONError) -> Bool {
        switch (wanted, peek()) {
        // An empty array.
        case (_, UInt8(ascii: "]")): return false
        case (.text(let text), UInt8(ascii: "\"")): return try readString() == text
        case (.integer(let integer), UInt8(ascii: "0")...UInt8(ascii: "9")), (.integer(let integer), UInt8(ascii: "-")):
            return try readNumber().isNumber(integer)
        case (.number(let number), UInt8(ascii: "0")...UInt8(ascii: "9")), (.number(let number), UInt8(ascii: "-")):
            return try readNumber().isNumber(number)
        default:
            try skipValue()
            return false
        }
    }
}
