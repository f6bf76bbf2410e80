import Definitions
import Foundation
import NativeAPI
import Yams

/// Definitions as text: YAML, or JSON, which is also YAML.
enum DefinitionText {
    /// Returns the text of each document in a file.
    ///
    /// - Parameter path: `-` for standard input.
    static func documents(in path: String) throws -> [YAMLDefinition] {
        guard let text = String(data: try InputFile.read(path), encoding: .utf8) else { throw InputFile.missing(path) }
        // A line of hyphens separates documents.
        let documents = text.split(separator: /(?m)^---[ \t]*\r?$/).filter { $0.contains { !$0.isWhitespace } }
        guard !documents.isEmpty else {
            throw RoostError(.invalidInput, "'\(path)' does not contain a definition.", field: "file")
        }
        return try documents.map { try YAMLDefinition(String($0), of: "'\(path)'", field: "file") }
    }

    /// Returns the definitions of pipelines in a file.
    static func pipelines(in path: String) throws -> [PipelineDefinition] {
        try documents(in: path).map { try $0.decode(PipelineDefinition.self) }
    }

    static func yaml(of definition: PipelineDefinition) throws -> String {
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

extension Pipeline {
    /// The definition of the newest version.
    var definition: PipelineDefinition { definition(of: version) }

    func definition(of version: PipelineVersion) -> PipelineDefinition {
        PipelineDefinition(
            name: name,
            workspace: workspace,
            steps: version.steps,
            validations: version.validations,
            monitoring: version.monitoring
        )
    }
}
