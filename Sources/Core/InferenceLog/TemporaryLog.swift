import Files
import Foundation
import Tensors

/// Entries that are read by columns as those of the log are, and that no one else sees.
///
/// They are in files without names, so that they need no memory and nothing is left of them.
package final class TemporaryLog {
    private static let segmentBytes = 64 << 20
    private static let bufferBytes = 1 << 20

    private let folder: String
    private var draft: FileDraft?
    private var draftBytes = 0
    private var lines = JSONWriter(capacity: bufferBytes)
    private var batches: [LogBatch] = []
    /// The size of all entries.
    package private(set) var byteCount = 0

    /// - Parameter folder: Where the files are while they are written.
    package init(folder: String) { self.folder = folder }

    /// Appends a line of a log, without its newline.
    package func append(_ line: UnsafeRawBufferPointer) throws {
        try append { writer in
            writer.rawOnOneLine(line)
            writer.raw("\n")
        }
    }

    package func append(_ record: InferenceRecord) throws { try append { writer in _ = record.write(to: &writer) } }

    private func append(_ write: (inout JSONWriter) -> Void) throws {
        let before = lines.count
        write(&lines)
        byteCount += lines.count - before
        if lines.count >= Self.bufferBytes { try flush() }
    }

    private func flush() throws {
        if draft == nil {
            draft = try FileDraft(at: "\(folder)/\(UUID().uuidString).partial")
            draftBytes = 0
        }
        try lines.withBytes { try draft?.append($0) }
        draftBytes += lines.count
        lines = JSONWriter(capacity: Self.bufferBytes)
        if draftBytes >= Self.segmentBytes { try close() }
    }

    /// Ends a segment. What is mapped stays readable without its name.
    private func close() throws {
        guard let path = draft?.path else { return }
        guard let region = ByteRegion(mapping: path) else { throw FileProblem(path: path) }
        draft = nil
        let columns = try ColumnFile.buildDraft(at: "\(folder)/\(UUID().uuidString).partial", from: region)
        let table = ColumnTable(path: columns.path, segmentBytes: region.bytes.count)
        if let batch = LogBatch(ColumnSource(segment: region, table: table, whenDamaged: {}), LogWindow()) {
            batches.append(batch)
        }
    }

    /// Returns all entries, in their order. Nothing can be appended after that.
    package func finish() throws -> [LogBatch] {
        if lines.count > 0 { try flush() }
        try close()
        return batches
    }
}
