import Archives
import Buckets
import Definitions
import Foundation
import Platform
import Programs
import WorkThreads

/// The files of a transform job: the objects that its program reads, and what it writes for each of them.
struct TransformStaging: Sendable {
    /// An input object, and the URI of its output.
    struct Part: Sendable {
        let item: JobInput.Item
        let target: ObjectURI
        var name: String { "s3://\(item.bucket)/\(item.object.key)" }
    }

    /// The program's specification in the folder.
    static let specification = "spec.json"

    let definition: TransformDefinition
    let platform: Platform
    /// The job's folder.
    let folder: String

    init(_ definition: TransformDefinition, in parent: String, platform: Platform) {
        self.definition = definition
        self.platform = platform
        folder = "\(parent)/\(UUID().uuidString.lowercased())"
    }

    /// A folder for the program's temporary files.
    var temporary: String { folder + "/tmp" }

    /// Creates the folder with the input objects.
    func download() async throws -> [Part] {
        try await offload { [folder] in
            for name in ["in", "out", "tmp"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
        }
        let input = JobInput(platform: platform)
        let output = try ObjectURI(definition.output, field: "output")
        let parts = try await input.items(of: definition.input)
            .map { Part(item: $0, target: output.appending($0.path + ".out")) }
        try await input.lay(out: definition.input, in: "\(folder)/in")
        return parts
    }

    /// Writes what the program reads first.
    func write(_ specification: TransformSpec) async throws {
        try await offload { [folder] in try specification.write(to: "\(folder)/\(Self.specification)") }
    }

    /// Returns where the program finds each part, and where it writes the output.
    func objects(_ parts: [Part]) -> [TransformSpec.Object] {
        parts.enumerated().map { index, part in
            TransformSpec.Object(
                name: part.name,
                path: "\(folder)/in/\(unpackedPath(of: part.item))",
                output: "\(folder)/out/\(index)"
            )
        }
    }

    private func unpackedPath(of item: JobInput.Item) -> String {
        definition.input.isCompressed && item.path.hasSuffix(".gz") ? String(item.path.dropLast(3)) : item.path
    }

    /// Stores the output of a part.
    func store(_ part: Part, at index: Int, contentType: String?) async throws {
        let path = "\(folder)/out/\(index)"
        let file = try await offload { try UntrustedFile(path: path) }
        try await platform.buckets.putFile(file, at: part.target, contentType: contentType)
        unlink(path)
    }

    func remove() throws { try FolderRemoval.remove(folder) }
}
