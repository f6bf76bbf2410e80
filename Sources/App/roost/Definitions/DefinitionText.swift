import Definitions
import Foundation
import NativeAPI

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
}
