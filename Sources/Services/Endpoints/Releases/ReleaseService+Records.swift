import Catalog
import Definitions
import Events
import Foundation
import Logging
import Platform
import Processes
import Serving

/// The records of releases that have not ended, and the events of their changes.
extension ReleaseService {
    /// Decides that a release goes back. That comes first: what cannot be recorded now is done all the same, and recorded later.
    ///
    /// - Parameter asker: Who asked for it, if somebody did.
    /// - Returns: Whether the release goes back because of this call.
    @discardableResult
    func takeBack(
        _ id: String,
        _ state: Release.State,
        _ kind: EventKind,
        _ reason: String,
        by asker: String? = nil,
        if isDue: @escaping @Sendable (ReleaseRecord) -> Bool = { _ in true }
    ) async -> Bool {
        await edits.pass { await begin(returningTo: state, kind, reason, by: asker, of: id, isDue) }
    }

    private func begin(
        returningTo state: Release.State,
        _ kind: EventKind,
        _ reason: String,
        by asker: String?,
        of id: String,
        _ isDue: (ReleaseRecord) -> Bool
    ) async -> Bool {
        guard var record = open[id]?.record, isDue(record) else { return false }
        if case .returning = record.phase { return false }
        record.phase = .returning(state)
        record.release.reason = reason
        record.abortedBy = asker
        do {
            try await save(record, kind, by: asker)
        } catch {
            logger.error("Could not record a release", metadata: ["release": "\(id)", "error": "\(error)"])
            open[id]?.unrecorded = kind
        }
        open[id]?.record = record
        open[id]?.replay?.cancel()
        return true
    }

    private func save(
        _ record: ReleaseRecord,
        _ kind: EventKind?,
        by asker: String?,
        _ units: Set<UInt64> = []
    ) async throws {
        try await catalog.save(record, counting: units, event: kind.map { event($0, record.release, by: asker) })
        if kind != nil { platform.serving.events.wake() }
    }

    /// Changes the record of an open release. The change is on the disk before it is seen.
    ///
    /// - Parameters:
    ///   - event: Recorded with it.
    ///   - asker: Who asked for it, if somebody did.
    ///   - units: The units that the step which ends has counted.
    @discardableResult
    func edit(
        _ id: String,
        _ event: EventKind? = nil,
        by asker: String? = nil,
        counting units: Set<UInt64> = [],
        _ edit: @escaping @Sendable (inout ReleaseRecord) throws -> Void
    ) async throws -> Release {
        // One after the other, because each begins with the record that the one before has left.
        try await edits.pass { try await apply(edit, event, by: asker, units, to: id) }
    }

    private func apply(
        _ edit: @escaping @Sendable (inout ReleaseRecord) throws -> Void,
        _ kind: EventKind?,
        by asker: String?,
        _ units: Set<UInt64>,
        to id: String
    ) async throws -> Release {
        guard var record = open[id]?.record else { throw CancellationError() }
        try edit(&record)
        try await save(record, kind, by: asker, units)
        open[id]?.record = record
        return record.release
    }

    func event(_ kind: EventKind, _ release: Release, by asker: String?) -> NewEvent {
        let name = "\(release.id.prefix(8)) of pipeline '\(release.pipeline)'"
        let reason = release.reason ?? ""
        let message =
            switch kind {
            case .releaseStarted:
                "Started release \(name): '\(release.candidate.brief)' may replace '\(release.champion.brief)'."
            case .releasePromoted: "Completed release \(name): '\(release.candidate.brief)' is the champion."
            case .releaseResumed: "Resumed release \(name)."
            case .releaseFailed: "Release \(name) failed: \(reason)"
            // The reason says what was done.
            default: "Release \(name) was \(reason.prefix(1).lowercased())\(reason.dropFirst())"
            }
        var details = [
            "pipeline": release.pipeline, "champion": release.champion.description,
            "candidate": release.candidate.description,
        ]
        details["reason"] = release.reason
        return platform.serving.events.event(
            kind,
            on: .init(.release, release.id),
            message,
            details: details,
            by: asker
        )
    }
}
