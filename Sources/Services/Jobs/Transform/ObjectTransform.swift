import Files
import Foundation
import Synchronization

/// Runs a model on one object, on several threads. Each thread takes the next piece, and writes its output in turn.
///
/// It is sendable because `condition` guards the input file, and only the thread whose turn it is writes the output file.
final class ObjectTransform: @unchecked Sendable {
    /// The reason why an object could not be transformed.
    struct Failure: Error {
        /// The number of the bad record, counted from 1; `nil` if the failure concerns the whole object.
        var record: Int?
        /// The number of bad records.
        var recordCount = 0
        let message: String
        /// Whether the model is at fault and not the records.
        var isOfModel = false
    }

    private let transform: RecordTransform
    private let reader: RecordReader
    private let output: Int32
    private let onProgress: @Sendable (_ offset: Int, _ recordCount: Int) -> Void
    private let condition = NSCondition()
    private var nextRead = 0
    private var nextWrite = 0
    private var recordCount = 0
    /// The content type of the output; `nil` until some is written.
    private(set) var contentType: String?
    private var failure: Failure?

    /// - Parameters:
    ///   - output: The path of the output file.
    ///   - onProgress: Receives the number of bytes and records done so far.
    init(
        _ transform: RecordTransform,
        path: String,
        cut: RecordReader.Cut,
        output: String,
        onProgress: @escaping @Sendable (_ offset: Int, _ recordCount: Int) -> Void
    ) throws(Failure) {
        self.transform = transform
        self.onProgress = onProgress
        do {
            reader = try RecordReader(path: path, cut: cut)
        } catch {
            throw Failure(message: error.message)
        }
        self.output = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard self.output >= 0 else { throw Failure(message: Self.writeFailure()) }
    }

    deinit { if output >= 0 { close(output) } }

    /// Transforms the object.
    ///
    /// - Returns: The number of records.
    func run(threadCount: Int) throws(Failure) -> Int {
        let group = DispatchGroup()
        for _ in 1..<max(threadCount, 1) {
            group.enter()
            let thread = Thread { [self] in
                work()
                group.leave()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
        work()
        group.wait()
        if let failure { throw failure }
        return recordCount
    }

    private func work() {
        while let (number, piece) = take() {
            let result = Result { () throws(RecordTransform.Refusal) in try transform.answer(piece.bytes) }
            condition.lock()
            while nextWrite != number, failure == nil { condition.wait() }
            if failure == nil {
                switch result {
                case .success(let answer):
                    write(answer.bytes)
                    recordCount += answer.recordCount
                    contentType = answer.contentType ?? contentType
                    onProgress(piece.offset + piece.bytes.count, recordCount)
                case .failure(let refusal):
                    failure = Failure(
                        record: recordCount + refusal.record + 1,
                        recordCount: refusal.count,
                        message: refusal.message,
                        isOfModel: refusal.isOfModel
                    )
                }
                nextWrite += 1
            }
            condition.broadcast()
            condition.unlock()
        }
    }

    private func take() -> (number: Int, piece: RecordReader.Piece)? {
        condition.lock()
        defer { condition.unlock() }
        guard failure == nil else { return nil }
        do throws(RecordError) {
            guard let piece = try reader.next() else { return nil }
            nextRead += 1
            return (nextRead - 1, piece)
        } catch {
            // An earlier piece may still fail, and its failure takes precedence.
            while nextWrite != nextRead, failure == nil { condition.wait() }
            if failure == nil { failure = Failure(record: recordCount + 1, message: error.message) }
            condition.broadcast()
            return nil
        }
    }

    private func write(_ bytes: [UInt8]) {
        guard !bytes.withUnsafeBytes({ Files.append($0, to: output) }) else { return }
        failure = Failure(message: Self.writeFailure())
    }

    private static func writeFailure() -> String {
        errno == ENOSPC ? "the disk is full." : "the output cannot be written: \(String(cString: strerror(errno)))."
    }
}
