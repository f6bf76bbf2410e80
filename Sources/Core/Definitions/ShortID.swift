/// The beginning of an identifier, where people write one.
public enum ShortID {
    /// The fewest characters that stand for an identifier.
    private static let fewest = 4

    /// Returns what an identifier or the beginning of one names; `nil` if there is nothing.
    ///
    /// - Parameter kind: What is searched, for the message: `versions of pipeline 'fraud'`.
    /// - Throws: ``RoostError`` if it could be several.
    public static func find<Item>(
        _ text: String,
        in items: [Item],
        id: (Item) -> String,
        kind: String,
        field: String
    ) throws(RoostError) -> Item? {
        let text = text.lowercased()
        if let exact = items.first(where: { id($0) == text }) { return exact }
        guard text.count >= fewest else { return nil }
        let found = items.filter { id($0).hasPrefix(text) }
        guard found.count <= 1 else {
            throw ambiguous(text, found.map(id), kind: kind, "Add more characters.", field: field)
        }
        return found.first
    }

    /// The error for a text that stands for several identifiers.
    static func ambiguous(
        _ text: String,
        _ found: [String],
        kind: String,
        _ advice: String,
        field: String
    ) -> RoostError {
        let shown = found.prefix(10).joined(separator: ", ") + (found.count > 10 ? ", …" : "")
        return RoostError(
            .invalidInput,
            "'\(text.prefix(80))' stands for several \(kind): \(shown). \(advice)",
            field: field
        )
    }
}
