import Catalog
package import Definitions
import Platform
import Serving

/// What people decide about a release.
extension ReleaseService {
    /// Keeps a release from going on to its next step. It is still watched.
    package func pause(_ text: String, by: String?) async throws -> Release {
        try await change(text, .releasePaused, by: by) { record in
            guard record.release.state == .running, record.isAtStep else {
                throw Self.notPossible("paused", record)
            }
            record.release.state = .paused
            record.release.reason = "Paused\(Self.suffix(by))."
        }
    }

    package func resume(_ text: String, by: String?) async throws -> Release {
        try await change(text, .releaseResumed, by: by) { record in
            guard record.release.state == .paused, record.isAtStep else {
                throw Self.notPossible("resumed", record)
            }
            record.release.state = .running
            record.release.reason = nil
        }
    }

    /// Goes back to what answered before. Returns before that.
    package func abort(_ text: String, by: String?) async throws -> Release {
        let id = try await openID(text)
        let reason = "Aborted\(Self.suffix(by))."
        guard await takeBack(id, .aborted, .releaseAborted, reason, by: by), let running = open[id] else {
            throw Self.notPossible("aborted", try await record(id))
        }
        // A release that stands still goes back, too.
        if running.task == nil { begin(id) }
        return running.record.release
    }

    /// Aborts the release of a pipeline, and waits until the pipeline answers as before: a rollback is always possible. If that cannot be
    /// recorded, the deployment says so.
    ///
    /// - Parameter asker: Who asked for it, if the client said.
    /// - Returns: `nil` if the pipeline has none.
    package func rollBack(_ pipeline: String, by asker: String?) async throws -> Deployment? {
        guard let id = platform.released[pipeline], open[id] != nil else { return nil }
        await takeBack(id, .aborted, .releaseAborted, "Aborted by a rollback.", by: asker)
        if open[id]?.task == nil { begin(id) }
        while open[id]?.task?.isCancelled == false, await platform.serving.deployment(of: pipeline)?.error == nil {
            try await clock.sleep(for: .milliseconds(10))
        }
        return try await platform.deployment(of: pipeline)
    }

    /// Makes the candidate of a release the champion, whatever the evidence.
    func promote(_ id: String, _ request: PromotionRequest) async throws -> Release {
        let release = try await change(id) { record in
            if case .returning = record.phase { throw Self.notPossible("promoted", record) }
            record.request = request
            record.phase = .promotion
        }
        open[id]?.replay?.cancel()
        return release
    }

    static func suffix(_ by: String?) -> String { by.map { " by \($0)" } ?? "" }

    static func notPossible(_ what: String, _ record: ReleaseRecord) -> RoostError {
        let now =
            switch record.phase {
            case .returning where record.release.state.isOpen: "going back"
            case .promotion where record.release.state.isOpen: "being completed"
            default: record.release.state.words
            }
        return RoostError(.conflict, "The release is \(now), so it cannot be \(what).", field: "release")
    }

    private func change(
        _ text: String,
        _ event: EventKind? = nil,
        by asker: String? = nil,
        _ edit: @escaping @Sendable (inout ReleaseRecord) throws -> Void
    ) async throws -> Release {
        try await self.edit(openID(text), event, by: asker, edit)
    }

    private func openID(_ text: String) async throws -> String {
        let release = try await record(text).release
        guard open[release.id] != nil else {
            throw RoostError(
                .conflict,
                "Release \(release.id.prefix(8)) has ended: it was \(release.state.words).",
                field: "release"
            )
        }
        return release.id
    }
}
