import Encodings

/// A tag of an object or a bucket.
package struct ObjectTag: Codable, Sendable, Equatable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    /// Reads tags that are stored as a query string.
    package static func tags(ofQuery query: String) -> [ObjectTag] {
        PercentEncoding.pairs(of: query).map { ObjectTag(key: $0.name, value: $0.value) }
    }
}

extension ObjectRecord {
    /// The header in which an object keeps its tags, as a query string.
    package static let tagsHeader = "x-roost-tags"

    package var tags: [ObjectTag] { ObjectTag.tags(ofQuery: headers[Self.tagsHeader] ?? "") }
}
