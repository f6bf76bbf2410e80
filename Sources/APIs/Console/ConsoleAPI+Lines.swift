import Definitions
import Foundation
import NativeAPI

extension ConsoleAPI {
    /// Reads some lines of a response that may be longer than the memory.
    ///
    /// - Parameters:
    ///   - first: The number of lines to skip.
    ///   - limit: The most lines that are returned.
    /// - Returns: The lines, whether there are more, and how many lines come before their end.
    func lines(
        _ path: String,
        _ query: [String: String],
        after first: Int,
        limit: Int
    ) async throws -> (lines: [Data], hasMore: Bool, end: Int) {
        var reader = LineReader(first: first, limit: limit)
        switch try await caller.call(.get, path, query: query.filter { !$0.value.isEmpty }).body {
        case .bytes(let bytes): _ = reader.take(bytes)
        case .stream(let pieces, _):
            for try await piece in pieces where !reader.take(piece) { break }
        case .file: throw RoostError(.internalError, "The response has no lines.")
        }
        return (Array(reader.lines.prefix(limit)), reader.lines.count > limit, reader.index)
    }
}

/// Takes lines out of pieces of text, which may end within a line.
private struct LineReader {
    let first: Int
    let limit: Int
    private(set) var lines: [Data] = []
    private var line: [UInt8] = []
    private(set) var index = 0

    init(first: Int, limit: Int) {
        self.first = first
        self.limit = limit
    }

    /// - Returns: Whether more text is wanted: one line more than the limit says that there are more.
    mutating func take(_ piece: [UInt8]) -> Bool {
        var rest = piece[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            if index >= first { lines.append(Data(line + rest[..<end])) }
            line.removeAll(keepingCapacity: true)
            index += 1
            rest = rest[(end + 1)...]
            if lines.count > limit { return false }
        }
        if index >= first { line += rest }
        return true
    }
}
