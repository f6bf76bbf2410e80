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

    /// Returns the things of a list that are on the page, and how many are on all pages.
    package func part<Thing>(of all: [Thing], by name: (Thing) -> String) -> (found: [Thing], total: Int) {
        let found = search.isEmpty ? all : all.filter { name($0).contains(search) }
        return (Array(found.dropFirst(offset).prefix(limit)), found.count)
    }
}
