package import Definitions
package import Foundation
import Serving

/// The stored state of an endpoint. It is the truth; what runs follows it.
package struct EndpointRecord: Codable, Sendable {
    package enum Status: String, Codable, Sendable {
        case creating, inService, updating, deleting, failed

        /// Whether no change is in progress.
        package var isSettled: Bool { self == .inService || self == .failed }
    }

    /// What answers, and the version of the endpoint's pipeline that does.
    package struct Serving: Codable, Sendable {
        package var definition: EndpointDefinition
        package var pipelineVersion: String

        package init(definition: EndpointDefinition, pipelineVersion: String) {
            self.definition = definition
            self.pipelineVersion = pipelineVersion
        }
    }

    package var status: Status
    package var failureReason: String?
    /// `nil` until the endpoint first serves.
    package var serving: Serving?
    /// The requested change that is not complete. After a restart, the server resumes it.
    package var pending: EndpointChange?
    /// What the API that manages the endpoint keeps with it. Only that API reads it.
    package var note: String?

    package init(
        status: Status,
        failureReason: String? = nil,
        serving: Serving? = nil,
        pending: EndpointChange? = nil,
        note: String? = nil
    ) {
        self.status = status
        self.failureReason = failureReason
        self.serving = serving
        self.pending = pending
        self.note = note
    }
}

/// A requested change of an endpoint.
package struct EndpointChange: Codable, Sendable {
    /// New weights and instance counts of existing variants.
    package struct Capacity: Codable, Sendable {
        package var variant: String
        package var weight: Double?
        package var instanceCount: Int?

        package init(variant: String, weight: Double?, instanceCount: Int?) {
            self.variant = variant
            self.weight = weight
            self.instanceCount = instanceCount
        }
    }

    package enum Kind: Codable, Sendable {
        /// Another definition, and how traffic moves to it.
        case definition(EndpointDefinition, RolloutPlan)
        case capacities([Capacity])
        case deletion
    }

    package var kind: Kind
    package var startedAt: Date
    /// Why the change is being taken back; `nil` if it is not.
    package var failure: String?

    package init(_ kind: Kind, startedAt: Date) {
        self.kind = kind
        self.startedAt = startedAt
    }
}

/// Why a change of an endpoint is refused.
package enum EndpointRejection: Error, Equatable {
    /// A pipeline of another workspace answers under the name.
    case nameIsPipeline(workspace: String)
    case exists
    case missing
    case inProgress
    /// The endpoint failed before it served, so there is nothing to update.
    case neverServed
    case unknownVariant(String)
    /// No production variant would have a weight above 0.
    case noTraffic
    /// The gate of the endpoint does not admit a version that would begin to answer.
    case gate(String)
}
