import Definitions
import NativeAPI
import RoostClient

/// Where a model's artifact comes from, as commands take it.
enum ModelSource {
    static let help =
        "A file, s3://BUCKET/KEY, or job:NAME for the model of a training job or the best one of a tuning job."

    /// Whether the server has the artifact.
    static func isOnServer(_ source: String) -> Bool { source.hasPrefix("s3://") || source.hasPrefix("job:") }

    /// Makes an artifact a new version of a model.
    static func upload(
        _ source: String,
        as name: String,
        in workspace: String,
        framework: Framework? = nil,
        trees: TreeSelection? = nil,
        algorithm: String? = nil,
        parent: String? = nil,
        by: String? = nil,
        on client: RoostClient
    ) async throws -> RoostClient.UploadedModel {
        if isOnServer(source) {
            return try await client.uploadModel(
                name,
                from: source,
                in: workspace,
                framework: framework,
                trees: trees,
                algorithm: algorithm,
                parent: parent,
                by: by ?? Requester.name
            )
        }
        return try await client.uploadModel(
            name,
            path: source,
            in: workspace,
            framework: framework,
            trees: trees,
            algorithm: algorithm,
            parent: parent,
            by: by ?? Requester.name,
            progress: ProgressBar("Uploading \(name)").show
        )
    }
}
