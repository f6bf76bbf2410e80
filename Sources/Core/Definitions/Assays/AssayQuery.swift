/// Which assays a list has, by name.
package struct AssayQuery: Sendable {
    /// `nil` for those of all pipelines.
    package var pipeline: String?
    /// What enough of the last windows said; `nil` for all.
    package var level: AssayResult.Status?
    package var limit: Int
    package var offset: Int

    package init(pipeline: String? = nil, level: AssayResult.Status? = nil, limit: Int, offset: Int = 0) {
        self.pipeline = pipeline
        self.level = level
        self.limit = limit
        self.offset = offset
    }
}
