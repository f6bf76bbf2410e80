/// The pipelines whose releases, assays, loops or comparisons a list has.
package struct PipelineFilter: Sendable {
    package static let all = PipelineFilter()

    /// `nil` for all pipelines.
    package var pipeline: String?
    /// `nil` for the pipelines of all workspaces.
    package var workspace: String?

    package init(pipeline: String? = nil, workspace: String? = nil) {
        self.pipeline = pipeline
        self.workspace = workspace
    }
}
