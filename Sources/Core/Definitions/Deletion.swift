/// What a deletion removed.
public struct Deletion: Sendable, Hashable, Codable {
    public var workspaces: [String]
    /// The models without any version left.
    public var models: [String]
    public var modelVersions: [ModelReference]
    /// The pipelines without any version left.
    public var pipelines: [String]
    /// Each `PIPELINE@ID`.
    public var pipelineVersions: [String]
    /// The IDs of the reports.
    public var reports: [String]
    /// The size of the artifacts that no version has any more.
    public var freedBytes: Int

    private enum CodingKeys: String, CodingKey {
        case workspaces, models, pipelines, reports
        case modelVersions = "model_versions"
        case pipelineVersions = "pipeline_versions"
        case freedBytes = "freed_bytes"
    }

    public init(
        workspaces: [String] = [],
        models: [String] = [],
        modelVersions: [ModelReference] = [],
        pipelines: [String] = [],
        pipelineVersions: [String] = [],
        reports: [String] = [],
        freedBytes: Int = 0
    ) {
        self.workspaces = workspaces
        self.models = models
        self.modelVersions = modelVersions
        self.pipelines = pipelines
        self.pipelineVersions = pipelineVersions
        self.reports = reports
        self.freedBytes = freedBytes
    }
}

/// What a user asks to delete. The names were checked.
package enum DeletionTarget: Sendable {
    case workspace(String)
    case model(String, workspace: String)
    case modelVersion(ModelReference, workspace: String)
    case pipeline(String)
    /// - Parameter version: The version's ID.
    case pipelineVersion(String, version: String)
}

extension DeletionTarget: CustomStringConvertible {
    package var description: String {
        switch self {
        case .workspace(let name): "Workspace '\(name)'"
        case .model(let name, _): "Model '\(name)'"
        case .modelVersion(let reference, _): "Model version '\(reference)'"
        case .pipeline(let name): "Pipeline '\(name)'"
        case .pipelineVersion(let name, let version): "Version \(version.prefix(8)) of pipeline '\(name)'"
        }
    }
}
