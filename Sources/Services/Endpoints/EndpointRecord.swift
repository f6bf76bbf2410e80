import Definitions
import Foundation

/// What is kept of an endpoint.
struct EndpointRecord: Codable, Sendable {
    /// Status strings of AWS.
    enum Status: String, Codable, Sendable {
        case creating = "Creating"
        case inService = "InService"
        case updating = "Updating"
        case deleting = "Deleting"
        case failed = "Failed"

        /// Nothing is under way.
        var isSettled: Bool { self == .inService || self == .failed }
    }

    var arn: String
    var status: Status
    var failureReason: String?
    /// What answers; `nil` before anything did.
    var serving: EndpointState?
    /// What was asked for and is not done: a server that starts takes it up again.
    var pending: EndpointChange?
    var lastDeploymentConfig: JSON?
}

/// Everything that an endpoint answers with: its configuration may be deleted while it serves, and its models too.
struct EndpointState: Codable, Sendable {
    /// A production or shadow variant.
    struct Variant: Codable, Sendable {
        var name: String
        var image: String
        var model: String
        /// The platform's model version.
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
    /// The version of the endpoint's pipeline that answers so.
    var pipelineVersion = ""

    /// The one step of the endpoint's pipeline.
    var step: Step {
        guard let first = variants.first, !shadows.isEmpty else {
            return .randomSplit(RandomSplit(models: variants.map { $0.choice(weight: $0.weight) }))
        }
        // A shadow's weight against the production variant's says which part of the requests it gets too.
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

    /// The step that answers while traffic moves from this state to another.
    ///
    /// - Parameter share: The part of the requests that goes to the new state's variants, which come after this one's.
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

/// A change of an endpoint that was asked for.
struct EndpointChange: Codable, Sendable {
    /// New weights and instance counts of variants that are there.
    struct Capacity: Codable, Sendable {
        var variant: String
        var weight: Double?
        var instanceCount: Int?
    }

    enum Kind: Codable, Sendable {
        /// Another endpoint configuration: its name, and what it said when it was asked for.
        case configuration(name: String, JSON)
        case capacities([Capacity])
        case deletion
    }

    var kind: Kind
    var startedAt: Date
    var deployment: JSON?
    /// Weights and instance counts of variants that stay are kept.
    var retainsWeights = false
    var retainsInstanceCounts = false
    var retainsDataCapture = false
}
