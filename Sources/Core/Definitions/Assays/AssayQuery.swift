/// Which assays a list has, by name.
package struct AssayQuery: Sendable {
    package var filter: PipelineFilter
    /// What enough of the last windows said; `nil` for all.
    package var level: AssayResult.Status?
    package var limit: Int
    package var offset: Int

    package init(of filter: PipelineFilter = .all, level: AssayResult.Status? = nil, limit: Int, offset: Int = 0) {
        self.filter = filter
        self.level = level
        self.limit = limit
        self.offset = offset
    }
}
