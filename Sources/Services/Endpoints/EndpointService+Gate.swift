import Definitions
import Platform

extension EndpointService {
    /// Checks that the gate of an endpoint admits what a change would let answer, before the change is accepted.
    ///
    /// - Throws: ``EndpointRejection/gate(_:)`` that names the cases that failed.
    func checkGate(of name: String, _ change: EndpointChange) async throws {
        let definition: EndpointDefinition
        switch change.kind {
        case .deletion: return
        case .definition(let wanted, _): definition = wanted
        case .capacities(let capacities):
            guard let serving = try await entry(named: name)?.record.serving else { return }
            definition = serving.definition.with(capacities)
        }
        do {
            try await platform.checkGate(of: name, in: definition.workspace, [definition.step])
        } catch let error as RoostError where error.code == .conflict {
            throw EndpointRejection.gate(error.message)
        }
    }
}

extension EndpointDefinition {
    /// The same with other weights and instance counts.
    func with(_ capacities: [EndpointChange.Capacity]) -> EndpointDefinition {
        var definition = self
        for capacity in capacities {
            guard let index = definition.variants.firstIndex(where: { $0.name == capacity.variant }) else { continue }
            if let weight = capacity.weight { definition.variants[index].weight = weight }
            if let count = capacity.instanceCount { definition.variants[index].instanceCount = count }
        }
        return definition
    }
}
