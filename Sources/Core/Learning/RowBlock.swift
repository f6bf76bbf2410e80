import Dispatch
import Foundation
import Synchronization

/// The rows of a part of a file.
struct RowBlock: Sendable {
    /// An error in a line.
    struct Problem: Sendable {
        /// Counted from 1 at the start of the block.
        let line: Int
        /// Counted from 1; `nil` if the problem concerns the whole line.
        let column: Int?
        let text: String
        /// Whether a field is not a number, so that the line may be a header.
        var isText = false
    }

    var rowCount = 0
    var lineCount = 0
    var labels: [Float] = []
    var weights: [Float] = []
    /// The features, row by row.
    var values: [Float] = []
    /// For sparse rows: the column of each value, and the index at which each row's values end.
    var columns: [UInt32] = []
    var ends: [Int] = []
    var queries: [UInt64] = []
    var problem: Problem?
}

/// Reads files in blocks of whole lines, several in parallel, and delivers their rows in order.
struct BlockReader: Sendable {
    private static let blockSize = 4 << 20

    let threads: Int

    /// - Parameters:
    ///   - parse: Parses whole lines. Called on many threads at once.
    ///   - consume: Called with the blocks in the order of the files.
    func read(
        _ channel: LearningFolder.Channel,
        parse: @Sendable (UnsafeBufferPointer<UInt8>) -> RowBlock,
        consume: (RowBlock) throws(LearningError) -> Void
    ) throws(LearningError) {
        for (path, name) in channel.files {
            let data = try LearningFolder.contents(ofFileAt: path, name: name)
            let result = data.withUnsafeBytes { bytes in
                Result { () throws(LearningError) in
                    try read(bytes.bindMemory(to: UInt8.self), name: name, parse: parse, consume: consume)
                }
            }
            try result.get()
        }
    }

    private func read(
        _ bytes: UnsafeBufferPointer<UInt8>,
        name: String,
        parse: @Sendable (UnsafeBufferPointer<UInt8>) -> RowBlock,
        consume: (RowBlock) throws(LearningError) -> Void
    ) throws(LearningError) {
        var start = 0
        var line = 0
        // The byte order mark that Excel writes.
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { start = 3 }
        while start < bytes.count {
            var pieces: [UnsafeBufferPointer<UInt8>] = []
            while pieces.count < threads, start < bytes.count {
                let end = Self.endOfLine(in: bytes, from: min(start + Self.blockSize, bytes.count) - 1)
                pieces.append(UnsafeBufferPointer(rebasing: bytes[start..<end]))
                start = end
            }
            for block in Self.parseAll(pieces, parse) {
                if let problem = block.problem {
                    let column = problem.column.map { ", column \($0)" } ?? ""
                    let isHeader = problem.isText && line + problem.line == 1
                    throw .client(
                        "\(name), line \(line + problem.line)\(column): \(problem.text)"
                            + (isHeader ? " If the line is a header, remove it: headers are not supported." : "")
                    )
                }
                try consume(block)
                line += block.lineCount
            }
        }
    }

    private static func parseAll(
        _ pieces: [UnsafeBufferPointer<UInt8>],
        _ parse: @Sendable (UnsafeBufferPointer<UInt8>) -> RowBlock
    ) -> [RowBlock] {
        guard pieces.count > 1 else { return pieces.map(parse) }
        let blocks = Mutex([RowBlock?](repeating: nil, count: pieces.count))
        nonisolated(unsafe) let pieces = pieces
        DispatchQueue.concurrentPerform(iterations: pieces.count) { index in
            let block = parse(pieces[index])
            blocks.withLock { $0[index] = block }
        }
        return blocks.withLock { $0.compactMap { $0 } }
    }

    /// Returns the offset after the end of the line that contains `offset`.
    private static func endOfLine(in bytes: UnsafeBufferPointer<UInt8>, from offset: Int) -> Int {
        guard let base = bytes.baseAddress,
            let found = memchr(base + offset, Int32(UInt8(ascii: "\n")), bytes.count - offset)
        else { return bytes.count }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
    }
}
