/// Selects a page of things that have names.
package struct NamedPage: Sendable {
    /// Part of the name; empty for all.
    package var search: String
    package var limit: Int
    /// The number of things to skip.
    package var offset: Int

    package init(search: String = "", limit: Int, offset: Int = 0) {
        self.search = search
        self.limit = limit
        self.offset = offset
    }
}
