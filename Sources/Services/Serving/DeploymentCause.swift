package import Definitions
import Events

/// Why a version of a pipeline is deployed, for the event that tells about it.
package struct DeploymentCause: Sendable {
    package var kind: EventKind
    /// Who asked for it, if the client said.
    package var asker: String?
    /// Facts that the event has besides the version.
    package var details: [String: String]

    package init(_ kind: EventKind = .pipelineDeployed, by asker: String? = nil, details: [String: String] = [:]) {
        self.kind = kind
        self.asker = asker
        self.details = details
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
            on: .init(.pipeline, pipeline),
            message,
            details: cause.details.merging(["version": version]) { $1 },
            by: cause.asker
        )
    }
}
