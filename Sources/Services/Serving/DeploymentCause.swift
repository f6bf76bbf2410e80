package import Catalog
package import Definitions
import Events
import Foundation

/// Why a version of a pipeline is deployed, for the event that tells about it, and what comes of a later rollback.
package struct DeploymentCause: Sendable {
    package var kind: EventKind
    /// What it happened to; `nil` for the pipeline.
    package var subject: Event.Subject?
    /// `nil` for a sentence about the version.
    package var message: String?
    /// Who asked for it, if the client said.
    package var asker: String?
    /// Facts that the event has besides the version.
    package var details: [String: String]
    /// The version that a rollback returns to afterwards.
    package var rollback: Catalog.RollbackTarget
    /// Whether the version answers even if that cannot be recorded, for instance because the disk is full. The deployment then shows
    /// an error until it is tried again.
    package var answersUnrecorded = false
    /// When the version was deployed, if it answered before the server was restarted.
    var deployedAt: Date?
    /// Whether the pipeline's gate must admit the version. What takes a change back is not held up.
    package var isGated = true

    package init(
        _ kind: EventKind = .pipelineDeployed,
        on subject: Event.Subject? = nil,
        _ message: String? = nil,
        by asker: String? = nil,
        details: [String: String] = [:],
        rollback: Catalog.RollbackTarget = .versionBefore
    ) {
        self.kind = kind
        self.subject = subject
        self.message = message
        self.asker = asker
        self.details = details
        self.rollback = rollback
    }
}

extension EventLog {
    func event(of cause: DeploymentCause, _ pipeline: String, _ version: String) -> NewEvent {
        let name = "version \(version.prefix(8))"
        let message =
            switch cause.kind {
            case .pipelineRolledBack: "Pipeline '\(pipeline)' was rolled back to \(name)."
            case .pipelinePromoted: "Pipeline '\(pipeline)' was promoted to \(name)."
            default: "Version \(version.prefix(8)) of pipeline '\(pipeline)' was deployed."
            }
        return event(
            cause.kind,
            on: cause.subject ?? .init(.pipeline, pipeline),
            cause.message ?? message,
            details: cause.details.merging(["version": version]) { $1 },
            by: cause.asker
        )
    }
}
