package import Files
import Foundation
import Synchronization

/// Deleting whole logs.
extension InferenceLog {
    /// Returns whether a log has anything, including what was appended before the call. Blocks.
    package func hasEntries(of pipeline: String) -> Bool {
        flush()
        return Segment.all(in: folder + "/" + pipeline).contains { $0.byteCount > 0 }
    }

    /// Deletes all entries of a pipeline that were appended before the call. Blocks.
    ///
    /// After an error or a crash, the newest entries are still there: call it again.
    ///
    /// - Returns: The number of deleted entries.
    package func deleteAll(of pipeline: String) throws(FileProblem) -> Int {
        let result = deletions.withLock { _ in
            Result { () throws(FileProblem) in
                try delete(closedSegments(of: pipeline), of: pipeline)
            }
        }
        return try result.get()
    }

    /// Deletes a log with its folder. What is still appended to its stream goes nowhere, and ``stream(for:)`` begins a new one.
    /// Blocks.
    package func remove(_ pipeline: String) throws(FileProblem) {
        let result = deletions.withLock { _ in
            Result { () throws(FileProblem) in
                _ = try delete(closedSegments(of: pipeline, isLast: true), of: pipeline)
                let path = folder + "/" + pipeline
                // Drafts of column files may be left. One more may appear while the folder is emptied, but not again: its segment is gone.
                for _ in 0..<3 where access(path, F_OK) == 0 { try? FileManager.default.removeItem(atPath: path) }
                guard access(path, F_OK) != 0 else { throw FileProblem(path: path) }
                Files.flush(folder: folder)
            }
        }
        try result.get()
    }

    /// Deletes segments, the oldest first.
    ///
    /// - Returns: The number of their entries.
    private func delete(_ segments: [Segment], of pipeline: String) throws(FileProblem) -> Int {
        guard !segments.isEmpty else { return 0 }
        // Written first, so that no report takes what is left for all there was.
        try Files.write(Data("\(Segment.microsecondsNow())\n".utf8), to: deletionMark(of: pipeline))
        var count = 0
        for segment in segments {
            if let region = ByteRegion(mapping: segment.path) {
                ColumnFile.forEachLine(of: region) { line, _ in if LineHead(line) != nil { count += 1 } }
            }
            let code = segmentNames.withLock { _ in
                unlink(segment.columnsPath)
                return unlink(segment.path) == 0 || errno == ENOENT ? 0 : errno
            }
            guard code == 0 else { throw .failed(path: segment.path, code: code) }
        }
        Files.flush(folder: folder + "/" + pipeline)
        return count
    }
}
