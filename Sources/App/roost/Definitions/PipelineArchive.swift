import Archives
import Crypto
import Definitions
import Encodings
import Files
import Foundation
import NativeAPI

/// A pipeline in a file: its definition, and the artifacts of its models. Nothing in it is trusted.
struct PipelineArchive {
    /// The first entry.
    private static let manifestName = "pipeline.json"
    private static let format = 1

    struct Manifest: Codable {
        var format: Int
        var definition: PipelineDefinition
        var models: [ExportedModel]
    }

    struct ExportedModel: Codable {
        /// The version on the server that exported it.
        var version: ModelReference
        var framework: Framework
        var sha256: String
        var trees: TreeSelection?
        var algorithm: String?

        init(_ version: ModelVersion) {
            self.version = version.reference
            framework = version.framework
            sha256 = version.sha256
            trees = version.boosting?.trees
            algorithm = version.algorithm
        }
    }

    let path: String

    // MARK: Writing

    /// Writes the archive, in place of one that is there.
    ///
    /// - Parameter artifact: Returns the path of the artifact with a digest.
    func write(_ definition: PipelineDefinition, _ models: [ExportedModel], artifact: (String) -> String) throws {
        let partial = path + ".partial"
        // What an interrupted export left.
        unlink(partial)
        do {
            let draft = try FileDraft(at: partial, mode: 0o666)
            let archive = try ArchiveWriter(.tar)
            try archive.open(descriptor: draft.descriptor)
            let encoder = NativeCoding.encoder
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let manifest = Manifest(format: Self.format, definition: definition, models: models)
            let bytes = [UInt8](try encoder.encode(manifest))
            try archive.add(Self.manifestName, byteCount: bytes.count, isExecutable: false, modified: 0) {
                Array(bytes[$0...])
            }
            for digest in Set(models.map(\.sha256)).sorted() {
                let file = try UntrustedFile(path: artifact(digest))
                try archive.add(
                    Self.name(of: digest),
                    byteCount: file.byteCount,
                    isExecutable: false,
                    modified: 0
                ) { try file.read(from: $0, upTo: 1 << 17) }
            }
            try archive.close()
            try draft.publish(at: path)
        } catch let problem as FileProblem {
            throw RoostError(.invalidInput, "\(problem)", field: "file")
        } catch let error as ArchiveError {
            throw RoostError(.unavailable, "'\(path)' cannot be written: \(error.reason).", field: "file")
        }
    }

    private static func name(of digest: String) -> String { "models/\(digest)" }

    // MARK: Reading

    /// Reads the whole archive, and returns what it contains if everything is there and undamaged.
    func verified() throws -> Manifest {
        guard FileManager.default.isReadableFile(atPath: path) else { throw InputFile.missing(path) }
        var text: Data?
        var digests: Set<String> = []
        var rejection: String?
        do {
            try archive.forEachFile { name, _, read throws(ArchiveError) in
                if text == nil {
                    guard name == Self.manifestName else {
                        throw .unreadable(reason: "it has no '\(Self.manifestName)'")
                    }
                    var bytes = Data()
                    try read { chunk throws(ArchiveError) in
                        guard bytes.count + chunk.count <= APIOperation.definitionLimit else {
                            throw .tooLarge(limit: APIOperation.definitionLimit)
                        }
                        bytes.append(contentsOf: chunk)
                    }
                    text = bytes
                    return
                }
                var hash = SHA256()
                try read { chunk throws(ArchiveError) in hash.update(bufferPointer: chunk) }
                let digest = hash.finalize().hexadecimal
                guard name == Self.name(of: digest) else { throw .unreadable(reason: "'\(name)' is damaged") }
                guard digests.insert(digest).inserted else { throw .twice(name) }
            }
        } catch {
            rejection = "\(error)"
        }
        if let rejection { throw RoostError(.invalidInput, "'\(path)': \(rejection)", field: "file") }
        let manifest = try Self.manifest(text ?? Data(), path)
        for model in manifest.models where !digests.contains(model.sha256) {
            throw RoostError(
                .invalidInput,
                "'\(path)' is incomplete: the artifact of '\(model.version)' is missing.",
                field: "file"
            )
        }
        return manifest
    }

    private static func manifest(_ data: Data, _ path: String) throws -> Manifest {
        struct Format: Decodable { var format: Int }
        let decoder = NativeCoding.decoder
        guard let format = try? decoder.decode(Format.self, from: data).format else {
            throw RoostError(.invalidInput, "'\(path)' was not made by 'roost export'.", field: "file")
        }
        guard format == Self.format else {
            throw RoostError(
                .invalidInput,
                "'\(path)' has the format \(format), which only another release can read.",
                field: "file"
            )
        }
        do {
            return try decoder.decode(Manifest.self, from: data)
        } catch let error as DecodingError {
            throw RoostError(decoding: error)
        }
    }

    /// Unpacks artifacts to a folder, each with its digest as its name below `models`.
    func extract(_ digests: Set<String>, to folder: String) throws {
        do {
            try archive.extract(to: folder) { name in digests.contains { Self.name(of: $0) == name } }
        } catch {
            throw RoostError(error == .full ? .insufficientStorage : .invalidInput, "\(error)", field: "file")
        }
    }

    static func path(of digest: String, in folder: String) -> String { "\(folder)/\(name(of: digest))" }

    private var archive: Archive { Archive(path: path, limits: .none) }
}

/// Calls `body` with an empty folder for temporary files, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "roost-\(UUID().uuidString)").path
    guard mkdir(folder, 0o700) == 0 else {
        throw RoostError(.unavailable, "'\(folder)' cannot be created: \(String(cString: strerror(errno))).")
    }
    defer { try? FolderRemoval.remove(folder) }
    return try await body(folder)
}
