import AWS
import Definitions
import Endpoints
import Foundation
import Platform
import Serving

/// Endpoints as releases before 0.3.0 recorded them: in SageMaker's words, as a record of this API.
private struct OldEndpointRecord: Decodable {
    struct Variant: Decodable {
        var name: String
        var image: String
        var model: String
        var version: String
        var weight: Double
        var instanceCount: Int?
        var instanceType: String?
    }

    struct State: Decodable {
        var configName: String
        var variants: [Variant]
        var shadows: [Variant]
        var dataCapture: JSON?
        var pipelineVersion: String
    }

    struct Change: Decodable {
        enum Kind: Decodable {
            case configuration(name: String, JSON)
            case capacities([EndpointChange.Capacity])
            case deletion
        }

        var kind: Kind
        var startedAt: Date
        var deployment: JSON?
        var retainsWeights: Bool
        var retainsInstanceCounts: Bool
        var retainsDataCapture: Bool
    }

    var arn: String
    var status: String
    var failureReason: String?
    var serving: State?
    var pending: Change?
    var lastDeploymentConfig: JSON?
}

extension SageMakerService {
    private static let oldEndpoints = RecordKind("sagemaker-endpoint")

    /// Hands the endpoints that an earlier release recorded to the endpoint service. Call it before that service is prepared.
    ///
    /// Each is removed here once it is recorded there, so that a server that stops in between hands over the rest.
    package func handOverOldEndpoints() async throws {
        for old in try await platform.allRecorded(OldEndpointRecord.self, Self.oldEndpoints) {
            let record = try await record(old.value)
            try await endpoints.adopt(old.name, record, createdAt: old.createdAt, modifiedAt: old.modifiedAt)
            _ = try await platform.removeRecord(Self.oldEndpoints, old.name)
        }
    }

    private func record(_ old: OldEndpointRecord) async throws -> EndpointRecord {
        let serving = try old.serving.map { state in
            EndpointRecord.Serving(definition: try definition(state), pipelineVersion: state.pipelineVersion)
        }
        let note = EndpointNote(arn: old.arn, lastDeploymentConfig: old.lastDeploymentConfig)
        var record = EndpointRecord(
            status: status(old.status),
            failureReason: old.failureReason,
            serving: serving,
            note: try encoded(note)
        )
        guard let pending = old.pending else { return record }
        do {
            record.pending = try await change(pending, from: serving?.definition)
        } catch {
            // A change that this release refuses must not keep the endpoint from being restored.
            record.status = serving == nil ? .failed : .inService
            record.failureReason = (error as? AWSError)?.message ?? (error as? RoostError)?.message ?? "\(error)"
        }
        return record
    }

    private func definition(_ state: OldEndpointRecord.State) throws -> EndpointDefinition {
        func variants(_ list: [OldEndpointRecord.Variant]) -> [EndpointDefinition.Variant] {
            list.map { old in
                var variant = EndpointDefinition.Variant(
                    name: old.name,
                    model: ModelReference(name: old.model, version: old.version),
                    weight: old.weight
                )
                variant.instanceCount = old.instanceCount
                variant.instanceType = old.instanceType
                variant.image = old.image
                return variant
            }
        }
        var definition = EndpointDefinition(
            workspace: Self.workspace,
            variants: variants(state.variants),
            shadows: variants(state.shadows)
        )
        definition.capture = state.dataCapture.flatMap { try? CaptureDefinition($0) }
        definition.request = try encoded(
            EndpointRequest(configName: state.configName, dataCapture: state.dataCapture)
        )
        return definition
    }

    private func change(
        _ old: OldEndpointRecord.Change,
        from serving: EndpointDefinition?
    ) async throws -> EndpointChange {
        switch old.kind {
        case .deletion: return EndpointChange(.deletion, startedAt: old.startedAt)
        case .capacities(let capacities): return EndpointChange(.capacities(capacities), startedAt: old.startedAt)
        case .configuration(let name, let config):
            var wanted = try await definition(of: config, named: name)
            if let serving {
                Self.retain(
                    weights: old.retainsWeights,
                    instanceCounts: old.retainsInstanceCounts,
                    capture: old.retainsDataCapture,
                    from: serving,
                    in: &wanted
                )
            }
            let plan = try RolloutPlan(old.deployment, instanceCount: wanted.instanceCount)
            return EndpointChange(.definition(wanted, plan), startedAt: old.startedAt)
        }
    }

    private func status(_ name: String) -> EndpointRecord.Status {
        switch name {
        case "Creating": .creating
        case "InService": .inService
        case "Updating": .updating
        case "Deleting": .deleting
        default: .failed
        }
    }
}
