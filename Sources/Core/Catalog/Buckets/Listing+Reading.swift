import Definitions

extension Listing {
    /// Reads items page by page until there are enough entries.
    ///
    /// Items below a common prefix are skipped with a single index lookup, however many there are.
    ///
    /// - Parameters:
    ///   - page: Returns items whose keys begin with `prefix`, from a key on, and after the last item of the previous page.
    init(
        prefix: String,
        delimiter: String,
        from start: ListingStart,
        limit: Int,
        key: (Item) -> String,
        page: (_ first: String, _ last: Item?, _ limit: Int) throws -> [Item]
    ) rethrows {
        self.init()
        guard limit > 0 else { return }
        var first: String? = prefix
        if case .afterPrefix(let passed) = start {
            first = Catalog.successor(of: passed).map { Catalog.precedes($0, prefix) ? prefix : $0 }
        }
        var last: Item?
        // With a delimiter, most rows of a page may have the same common prefix.
        let pageLimit = delimiter.isEmpty ? limit + 1 : min(limit + 1, 200)
        while let from = first {
            let items = try page(from, last, pageLimit)
            var passed: String?
            for item in items {
                let key = key(item)
                if let passed, key.utf8.starts(with: passed.utf8) { continue }
                guard entries.count < limit else {
                    isTruncated = true
                    return
                }
                passed = Catalog.commonPrefix(of: key, after: prefix, delimiter)
                entries.append(passed.map { .prefix($0) } ?? .item(item))
            }
            guard items.count == pageLimit, let end = items.last else { break }
            last = end
            first = passed.map { Catalog.successor(of: $0) } ?? key(end)
        }
    }
}

extension ListingStart {
    /// The key to begin after; empty in the other cases.
    var key: String { if case .after(let key) = self { key } else { "" } }
}
