import Foundation
import Storage
import Synchronization
import WorkThreads

/// Removes artifacts that no model version has any more, but none that an upload is about to record.
///
/// An upload holds its digest from before its bytes are stored until its version is recorded.
final class ArtifactKeeper: Sendable {
    private struct State {
        var held: [String: Int] = [:]
        /// What was held since the first of the current removals began: its version may be recorded by now.
        var heldDuringRemoval: Set<String> = []
        var removals = 0
    }

    private let store: ArtifactStore
    private let state = Mutex(State())

    init(_ store: ArtifactStore) { self.store = store }

    func hold(_ digest: String) {
        state.withLock { state in
            state.held[digest, default: 0] += 1
            if state.removals > 0 { state.heldDuringRemoval.insert(digest) }
        }
    }

    func release(_ digest: String) {
        state.withLock { state in
            let count = (state.held[digest] ?? 1) - 1
            state.held[digest] = count > 0 ? count : nil
        }
    }

    /// Removes those of the artifacts that nothing needs.
    ///
    /// - Parameter recorded: Returns those of the digests that a model version has.
    /// - Returns: The bytes that this freed.
    func remove(
        _ digests: Set<String>,
        recorded: @Sendable (Set<String>) async throws -> Set<String>
    ) async throws -> Int {
        let free = state.withLock { state in
            state.removals += 1
            return digests.filter { state.held[$0] == nil }
        }
        defer {
            state.withLock { state in
                state.removals -= 1
                if state.removals == 0 { state.heldDuringRemoval = [] }
            }
        }
        let unrecorded = free.subtracting(try await recorded(free))
        // Renamed while nothing can be held, and removed afterwards, because that takes a while for a large file.
        let paths = state.withLock { state in
            unrecorded.filter { state.held[$0] == nil && !state.heldDuringRemoval.contains($0) }
                .compactMap(store.discard(digest:))
        }
        return try await offload {
            paths.reduce(0) { freed, path in
                let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
                unlink(path)
                return freed + size
            }
        }
    }
}
