import Definitions
import Foundation
import NativeAPI

/// The declaration of a model in a definition file: a document with the field `file`.
struct ModelDeclaration: Decodable {
    var name: String
    var workspace: String?
    /// The path of the artifact, relative to the definition's folder.
    var file: String
    var framework: Framework?
    var trees: TreeSelection?
    var algorithm: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, workspace, file, framework, trees, algorithm
    }

    /// Decodes strictly: an unknown field is an error.
    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        workspace = try container.decodeIfPresent(String.self, forKey: .workspace)
        file = try container.decode(String.self, forKey: .file)
        framework = try container.decodeIfPresent(Framework.self, forKey: .framework)
        trees = try container.decodeIfPresent(TreeSelection.self, forKey: .trees)
        algorithm = try container.decodeIfPresent(String.self, forKey: .algorithm)
    }
}

/// The definitions in a file or a folder.
struct DefinitionFolder {
    /// A model with the path of its artifact.
    struct Model {
        var declaration: ModelDeclaration
        var path: String

        var workspace: String { declaration.workspace ?? Workspace.defaultName }
    }

    private(set) var models: [Model] = []
    /// Each with the path of its file.
    private(set) var pipelines: [(definition: PipelineDefinition, file: String)] = []

    /// - Parameter path: A file, a folder with `.yaml`, `.yml` and `.json` files, or `-` for standard input.
    init(_ path: String) throws {
        guard LocalFiles.isFolder(path) else {
            try add(path, in: path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".")
            return
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw RoostError(.notFound, "The folder '\(path)' cannot be read.", field: "file")
        }
        let files = names.filter { name in
            !name.hasPrefix(".") && [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
        }
        guard !files.isEmpty else {
            throw RoostError(.invalidInput, "The folder '\(path)' has no .yaml, .yml or .json file.", field: "file")
        }
        for name in files.sorted() { try add(path.hasSuffix("/") ? path + name : "\(path)/\(name)", in: path) }
    }

    private struct Kind: Decodable { var file: String? }

    private mutating func add(_ file: String, in folder: String) throws {
        do {
            for document in try DefinitionText.documents(in: file) {
                if document.hasFields, try document.decode(Kind.self).file != nil {
                    try add(try document.decode(ModelDeclaration.self), in: folder)
                } else {
                    try add(try document.decode(PipelineDefinition.self), from: file)
                }
            }
        } catch let error as RoostError where !error.message.contains("'\(file)'") {
            throw RoostError(error.code, "'\(file)': \(error.message)", field: error.field)
        }
    }

    private mutating func add(_ definition: PipelineDefinition, from file: String) throws {
        guard !pipelines.contains(where: { $0.definition.name == definition.name }) else {
            throw RoostError(.invalidInput, "Pipeline '\(definition.name)' is defined twice.", field: "name")
        }
        pipelines.append((definition, file))
    }

    private mutating func add(_ declaration: ModelDeclaration, in folder: String) throws {
        // Definitions may come from others, and must not upload files from elsewhere.
        let root = try Self.resolved(folder)
        let path = try Self.resolved("\(folder)/\(declaration.file)")
        guard path.hasPrefix(root + "/") else {
            throw RoostError(
                .invalidInput,
                "The file '\(declaration.file)' of model '\(declaration.name)' must be in the folder of its definition.",
                field: "file"
            )
        }
        let model = Model(declaration: declaration, path: path)
        guard !models.contains(where: { $0.declaration.name == declaration.name && $0.workspace == model.workspace })
        else { throw RoostError(.invalidInput, "Model '\(declaration.name)' is declared twice.", field: "name") }
        models.append(model)
    }

    /// Returns the absolute path without links.
    private static func resolved(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw InputFile.missing(path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
