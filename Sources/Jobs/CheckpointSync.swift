import Archives
import Definitions
import Foundation
import Platform

/// Copies what a job writes to its checkpoint folder into a bucket, while it runs and when it ends.
actor CheckpointSync {
    private struct Mark: Equatable {
        var byteCount: Int
        var modified: Date
    }

    private let platform: Platform
    private let folder: String
    private let target: ObjectURI
    private var stored: [String: Mark] = [:]
    private var seen: [String: Mark] = [:]

    /// What is in the folder already came from the bucket.
    init(_ folder: String, to target: ObjectURI, platform: Platform) {
        self.folder = folder
        self.target = target
        self.platform = platform
        stored = Self.marks(folder)
    }

    /// Stores the files that are new or have changed.
    ///
    /// - Parameter isFinal: The job has ended. Before that, a file that has changed since the last look may be half-written:
    ///   it is for the next one.
    func store(isFinal: Bool) async throws {
        let folder = folder
        let marks = try await offload { Self.marks(folder) }
        for (name, mark) in marks.sorted(by: { $0.key < $1.key })
        where stored[name] != mark && (isFinal || seen[name] == mark) {
            try await platform.putFile("\(folder)/\(name)", at: target.appending(name))
            stored[name] = mark
        }
        seen = marks
    }

    private static func marks(_ folder: String) -> [String: Mark] {
        var marks: [String: Mark] = [:]
        for name in TarGzip.files(below: folder) {
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)") else {
                continue
            }
            marks[name] = Mark(
                byteCount: attributes[.size] as? Int ?? 0,
                modified: attributes[.modificationDate] as? Date ?? .distantPast
            )
        }
        return marks
    }
}
