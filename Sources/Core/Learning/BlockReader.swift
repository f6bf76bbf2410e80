import Dispatch
import Foundation
import Synchronization
import Tables

/// Reads files in blocks of whole lines, several in parallel, and delivers their rows in order.
struct BlockReader: Sendable {
    private static let blockSize = 4 << 20

    let threads: Int
    /// Puts a problem into words.
    let describe: @Sendable (RowProblem) -> String

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
                    let number = line + (problem.line ?? 0)
                    let column = problem.column.map { ", column \($0)" } ?? ""
                    let hint =
                        number == 1 && problem.mayBeHeader
                        ? " If the line is a header, remove it: headers are not supported." : ""
                    throw .client("\(name), line \(number)\(column): \(describe(problem))\(hint)")
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

extension RowProblem {
    /// Whether something is not a number, so that the line may be a header.
    fileprivate var mayBeHeader: Bool {
        switch reason {
        case .notANumber: true
        case .libsvm(let fault): fault != .looksLikeCSV
        default: false
        }
    }
}
