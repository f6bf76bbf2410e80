import Archives
import Buckets
import Catalog
package import Definitions
import Events
import Files
import Foundation
import Runtimes
import Serving
import Storage
import Tensors
import WorkThreads

extension Platform {
    /// A model version, and the problem with its artifact if there is one.
    package struct AddedModel: Sendable {
        package var version: ModelVersion
        /// The reason why no runtime can load the artifact. The signature is empty then, and the version must not be deployed.
        package var problem: String?
    }

    /// Creates a model version from a copy of a local file, whether or not a runtime can load it.
    ///
    /// - Parameters:
    ///   - path: `nil` for a model without an artifact.
    ///   - algorithm: The algorithm that serves the model, if the framework is ``Framework/process``.
    ///   - image: The container image that the model is made for.
    /// - Throws: ``RoostError`` if the artifact cannot be stored or inspected, for example because a runtime is missing.
    package func addModel(
        named name: String,
        in workspace: String,
        framework: Framework,
        path: String?,
        algorithm: String? = nil,
        environment: [String: String]? = nil,
        image: String? = nil
    ) async throws -> AddedModel {
        try Name.check(name, what: "model name", field: "model")
        _ = try await self.workspace(named: workspace)
        let stored = try await copyAndHold(path)
        var problem: String?
        var found = Inspection()
        defer {
            for digest in [stored.digest, found.codeSHA256].compactMap(\.self) { keeper.release(digest) }
        }
        do {
            let artifact = store.localCopy(of: stored.digest)
            found = try await inspectArtifact(artifact.path, of: framework, algorithm, environment ?? [:])
        } catch let error as RoostError where error.code == .invalidInput {
            problem = error.message
        }
        let added = try await record(
            stored,
            as: name,
            in: workspace,
            framework,
            found,
            algorithm: algorithm,
            environment: environment,
            image: image
        )
        return AddedModel(version: added.version, problem: problem)
    }

    /// Copies a local file into the store, or stores an empty file if `path` is `nil`. The caller releases the digest.
    private func copyAndHold(_ path: String?) async throws -> ArtifactStore.Upload.Stored {
        try await offload { [store, keeper] in
            let upload = try store.beginUpload()
            if let path {
                let file = try FileHandle(forReadingFrom: URL(filePath: path))
                defer { try? file.close() }
                while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty {
                    try chunk.withUnsafeBytes { try upload.append($0) }
                }
            }
            let digest = upload.digest
            keeper.hold(digest)
            do {
                return try upload.finish()
            } catch {
                keeper.release(digest)
                throw error
            }
        }
    }

    /// Makes a stored artifact the newest version of a model, unless the model has a version of it with the same configuration.
    ///
    /// - Returns: The version, and whether it is new.
    func record(
        _ stored: ArtifactStore.Upload.Stored,
        as name: String,
        in workspace: String,
        _ framework: Framework,
        _ found: Inspection,
        algorithm: String?,
        environment: [String: String]? = nil,
        image: String? = nil,
        origin: UploadOrigin = UploadOrigin()
    ) async throws -> (version: ModelVersion, isNew: Bool) {
        try await removeLogIfDeleted(.model(name, workspace: workspace))
        var version = ModelVersion(
            id: UUID().uuidString.lowercased(),
            model: name,
            workspace: workspace,
            framework: framework,
            sha256: stored.digest,
            byteCount: stored.byteCount,
            signature: found.signature,
            tags: [],
            createdAt: Date()
        )
        version.algorithm = algorithm
        version.algorithmVersion = found.algorithmVersion
        version.codeSHA256 = found.codeSHA256
        version.environment = environment
        version.image = image
        version.boosting = found.boosting
        let added = try await catalog.addModelVersion(version, origin: origin)
        // Suites wait for it.
        if added.isNew { serving.events.wake() }
        return added
    }

    /// Returns how much a process of its own grows by loading a version and running it once, its runtime included.
    ///
    /// - Returns: `nil` if the version is served by a program of a user, or if it was not measured.
    package func memory(of version: ModelVersion) async throws -> Int? {
        guard version.framework != .process else { return nil }
        return try await inspect(version.framework, store.localCopy(of: version.sha256).path, nil).memoryBytes
    }

    /// The result of inspecting an artifact and the code that serves it.
    struct Inspection: Sendable {
        var signature = Signature(inputs: [], outputs: [])
        var boosting: Boosting?
        /// The version of the algorithm that serves the model.
        var algorithmVersion: String?
        /// SHA-256 of the archive with the code of the script that serves the model.
        var codeSHA256: String?
    }

    /// Reads an artifact's signature, checks that its shapes are within bounds, and stores a copy of a script's code.
    ///
    /// If a user's program serves the model, only the archives are checked; their content is up to the program.
    func inspectArtifact(
        _ path: String,
        of framework: Framework,
        _ algorithm: String?,
        _ environment: [String: String] = [:],
        trees: TreeSelection? = nil
    ) async throws -> Inspection {
        try JobLimits.check(environment: environment)
        guard framework == .process else {
            let model = try await inspect(framework, path, trees)
            try Self.checkShapes(of: model.signature)
            return Inspection(signature: model.signature, boosting: model.boosting)
        }
        var found = Inspection(signature: ProcessModel.signature)
        found.algorithmVersion = try await algorithms.checkServes(algorithm ?? "", environment)?.version
        try await offload {
            // A model without an artifact is an empty file.
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard attributes[.size] as? Int != 0 else { return }
            do {
                _ = try Archive(path: path).fileNames()
            } catch {
                throw RoostError(.invalidInput, "\(error)", field: "body")
            }
        }
        if found.algorithmVersion == nil { found.codeSHA256 = try await copyCode(environment) }
        return found
    }

    /// Copies the archive with a script's code, and returns its digest, which the caller releases; `nil` if the code is in the model's
    /// artifact.
    private func copyCode(_ environment: [String: String]) async throws -> String? {
        guard let text = environment["SAGEMAKER_SUBMIT_DIRECTORY"], text.hasPrefix("s3://") else { return nil }
        let uri = try ObjectURI(text, field: "environment")
        guard let object = try await buckets.object(at: uri) else {
            throw RoostError(
                .invalidInput,
                "The object \(uri) with the model's code does not exist.",
                field: "environment"
            )
        }
        let digest = try await copyAndHold(try await buckets.localCopy(of: object).path).digest
        return try await offload { [store, keeper] in
            do {
                _ = try Archive(path: store.localCopy(of: digest).path).fileNames()
                return digest
            } catch {
                keeper.release(digest)
                throw RoostError(.invalidInput, "The code in \(uri) cannot be read: \(error)", field: "environment")
            }
        }
    }

    /// The limit of elements in one row of an input or output.
    private static let maxElements = 1 << 31

    private static func checkShapes(of signature: Signature) throws(RoostError) {
        for spec in signature.inputs + signature.outputs {
            let count = Tensor.elementCount(of: spec.shape.map { max($0, 1) })
            guard count.map({ $0 <= maxElements }) ?? false else {
                throw RoostError(
                    .invalidInput,
                    "The model's tensor '\(spec.name)' of shape \(spec.shape) is too large. The limit is \(maxElements) elements "
                        + "per row.",
                    field: "body"
                )
            }
        }
    }
}
