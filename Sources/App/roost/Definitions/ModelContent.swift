import Definitions
import RoostClient

/// What a model version is made of, by which it is found again on another server.
struct ModelContent {
    var name: String
    var workspace: String
    /// `nil` if the server detects it from the artifact.
    var framework: Framework?
    var sha256: String
    var trees: TreeSelection?
    var algorithm: String?

    /// Returns the newest version that was made of the same; `nil` if there is none.
    ///
    /// - Parameter id: The version to prefer.
    func version(on client: RoostClient, preferring id: String? = nil) async throws -> ModelVersion? {
        let versions: [ModelVersion]
        do {
            versions = try await client.model(name, in: workspace).versions
        } catch let error as RoostError where error.code == .notFound {
            return nil
        }
        let same = versions.filter { version in
            version.sha256 == sha256 && version.algorithm == algorithm && version.environment == nil
                && (framework ?? version.framework) == version.framework
                && (trees ?? .all) == (version.boosting?.trees ?? .all)
        }
        return same.first { $0.id == id } ?? same.first
    }

    /// Uploads the artifact at `path` as a new version.
    func upload(_ path: String, to client: RoostClient) async throws -> ModelVersion {
        let bar = ProgressBar("Uploading \(name)")
        defer { bar.end() }
        let version = try await client.uploadModel(
            name,
            path: path,
            in: workspace,
            framework: framework,
            trees: trees,
            algorithm: algorithm,
            progress: bar.show
        ).version
        guard version.sha256 == sha256 else {
            throw RoostError(.conflict, "'\(path)' changed while it was uploaded.", field: "file")
        }
        return version
    }
}

extension RoostClient {
    /// Returns a pipeline; `nil` if there is none of this name.
    func existingPipeline(_ name: String) async throws -> Pipeline? {
        do {
            return try await pipeline(name)
        } catch let error as RoostError where error.code == .notFound {
            return nil
        }
    }

    /// Throws unless the workspaces exist.
    func check(workspaces names: some Sequence<String>) async throws {
        let known = Set(try await workspaces().map(\.name))
        for name in names where !known.contains(name) {
            throw RoostError(
                .notFound,
                "There is no workspace '\(name)'. Create it with: roost workspace create \(name)",
                field: "workspace"
            )
        }
    }

    /// Deploys the newest version of a pipeline unless it runs, and waits until it does.
    func deployNewest(of pipeline: Pipeline) async throws {
        if let deployment = pipeline.deployment, deployment.state == .running, deployment.error == nil,
            deployment.version == pipeline.version.id
        {
            return
        }
        _ = try await deploy(pipeline.name, version: pipeline.version.id)
        _ = try await waitForDeployment(of: pipeline.name)
    }
}
