import Archives
import Buckets
import Definitions
import Foundation
import Platform
import WorkThreads

/// Copies a job's checkpoint folder into a bucket, while the job runs and when it ends.
actor CheckpointSync {
    private struct Mark: Equatable {
        var byteCount: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private let platform: Platform
    private let folder: JobFolder
    private let target: ObjectURI
    private var stored: [String: Mark]
    private var seen: [String: Mark] = [:]

    /// Creates the sync. Files already in the folder came from the bucket and are not copied back.
    init(_ folder: JobFolder, to target: ObjectURI, platform: Platform) async throws {
        self.folder = folder
        self.target = target
        self.platform = platform
        stored = try await offload { try Self.marks(folder) }
    }

    /// Stores what is complete, time and again until this task is canceled.
    ///
    /// At an interval, although the kernel could report changes: programs write checkpoints of many files in nested folders, also
    /// by mapping them into memory, which it does not report; and a file is taken for complete when it has not changed for one
    /// interval.
    func storeRegularly(by clock: any Clock<Duration>) async {
        while (try? await clock.sleep(for: .seconds(2))) != nil { try? await store(isFinal: false) }
    }

    /// Stores the files that are new or have changed.
    ///
    /// - Parameter isFinal: Whether the job has ended. Before that, a file that changed since the last call may be incomplete and
    ///   is left to the next call.
    func store(isFinal: Bool) async throws {
        let folder = folder
        let marks = try await offload { try Self.marks(folder) }
        for (name, mark) in marks.sorted(by: { $0.key < $1.key })
        where stored[name] != mark && (isFinal || seen[name] == mark) {
            let file = try await offload { try folder.opened(folder.checkpoints).file(name) }
            try await platform.buckets.putFile(file, at: target.appending(name))
            stored[name] = mark
        }
        seen = marks
    }

    private static func marks(_ folder: JobFolder) throws -> [String: Mark] {
        let opened = try folder.opened(folder.checkpoints)
        var marks: [String: Mark] = [:]
        for name in try opened.listing().files {
            // Skips files that were removed in the meantime.
            guard let file = try? opened.file(name) else { continue }
            marks[name] = Mark(
                byteCount: file.byteCount,
                seconds: file.modified.seconds,
                nanoseconds: file.modified.nanoseconds
            )
        }
        return marks
    }
}
