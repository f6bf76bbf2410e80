import Foundation
import Yams

/// Definitions as people write them in YAML.
package enum DefinitionYAML {
    package static func text(of definition: some Encodable) throws -> String {
        try readable(YAMLEncoder().encode(definition))
    }

    /// Returns YAML with numbers as people write them. The encoder writes 0.5 as `5e-1`.
    private static func readable(_ yaml: String) throws -> String {
        func readable(_ node: Node) -> Node {
            switch node {
            case .scalar(var scalar):
                guard scalar.style == .any || scalar.style == .plain, scalar.string.contains("e"),
                    let number = Double(scalar.string), number.isFinite
                else { return node }
                scalar.string = Int(exactly: number).map(String.init) ?? "\(number)"
                return .scalar(scalar)
            case .sequence(var sequence):
                for index in sequence.indices { sequence[index] = readable(sequence[index]) }
                return .sequence(sequence)
            case .mapping(var mapping):
                for (key, value) in mapping { mapping[key] = readable(value) }
                return .mapping(mapping)
            case .alias: return node
            }
        }
        guard let node = try compose(yaml: yaml) else { return yaml }
        return try serialize(node: readable(node))
    }
}
