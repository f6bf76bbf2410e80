import Definitions
import Foundation

/// An endpoint as it is stored in the catalog.
struct EndpointRecord: Codable, Sendable {
    /// AWS's status strings.
    enum Status: String, Codable, Sendable {
        case creating = "Creating"
        case inService = "InService"
        case updating = "Updating"
        case deleting = "Deleting"
        case failed = "Failed"

        /// Whether no change is in progress.
        var isSettled: Bool { self == .inService || self == .failed }
    }

    var arn: String
    var status: Status
    var failureReason: String?
    /// The state that answers requests; `nil` if none has so far.
    var serving: EndpointState?
    /// A requested change that is not complete. The server resumes it after a restart.
    var pending: EndpointChange?
    var lastDeploymentConfig: JSON?
}

/// Everything that an endpoint needs to answer. It is a copy, because the configuration and the models may be deleted meanwhile.
struct EndpointState: Codable, Sendable {
    /// A production or shadow variant.
    struct Variant: Codable, Sendable {
        var name: String
        var image: String
        var model: String
        /// The id of the model version.
        var version: String
        var weight: Double
        var instanceCount: Int?
        var instanceType: String?

        var reference: ModelReference { ModelReference(name: model, version: version) }
    }

    var configName: String
    var variants: [Variant]
    var shadows: [Variant]
    var dataCapture: JSON?
    /// The version of the endpoint's pipeline that implements this state.
    var pipelineVersion = ""

    /// The only step of the endpoint's pipeline.
    var step: Step {
        guard let first = variants.first, !shadows.isEmpty else {
            return .randomSplit(RandomSplit(models: variants.map { $0.choice(weight: $0.weight) }))
        }
        // The ratio of the shadow's weight to the production variant's is the share of requests that are copied to the shadow.
        let share = first.weight > 0 ? min(1, (shadows.first?.weight ?? 1) / first.weight) : 1
        return .shadowDeploy(
            ShadowDeploy(
                champion: first.reference,
                challengers: shadows.map(\.reference),
                share: share < 1 ? share : nil,
                names: [first.name] + shadows.map(\.name)
            )
        )
    }

    /// Returns the step that answers while traffic moves from this state to another.
    ///
    /// - Parameter share: The share of the requests that goes to the new state's variants. They follow this state's variants.
    func step(towards new: EndpointState, share: Double) -> Step {
        func choices(_ state: EndpointState, _ part: Double) -> [RandomSplit.Choice] {
            let total = state.variants.reduce(0) { $0 + $1.weight }
            return state.variants.map { $0.choice(weight: total > 0 ? $0.weight / total * part : 0) }
        }
        return .randomSplit(RandomSplit(models: choices(self, 1 - share) + choices(new, share)))
    }
}

extension EndpointState.Variant {
    fileprivate func choice(weight: Double) -> RandomSplit.Choice {
        RandomSplit.Choice(model: reference, weight: weight, name: name)
    }
}

/// A requested change to an endpoint.
struct EndpointChange: Codable, Sendable {
    /// A new weight and instance count for an existing variant.
    struct Capacity: Codable, Sendable {
        var variant: String
        var weight: Double?
        var instanceCount: Int?
    }

    enum Kind: Codable, Sendable {
        /// Another endpoint configuration: its name, and its content at the time of the request.
        case configuration(name: String, JSON)
        case capacities([Capacity])
        case deletion
    }

    var kind: Kind
    var startedAt: Date
    var deployment: JSON?
    /// Whether variants that exist before and after the change keep their weights.
    var retainsWeights = false
    var retainsInstanceCounts = false
    var retainsDataCapture = false
}
