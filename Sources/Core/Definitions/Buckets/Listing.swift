/// A part of a bucket's listing: items sorted by key, and common prefixes in place of all items below them.
package struct Listing<Item: Sendable>: Sendable {
    package enum Entry: Sendable {
        case item(Item)
        /// Ends with the delimiter.
        case prefix(String)
    }

    package var entries: [Entry] = []
    /// Whether there are more entries.
    package var isTruncated = false

    package init() {}
}

/// The position in a bucket's sorted keys at which a listing begins.
package enum ListingStart: Sendable, Equatable {
    case beginning
    /// After this key.
    case after(String)
    /// After every key with this prefix.
    case afterPrefix(String)
}
