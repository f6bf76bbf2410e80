/// The text by which a user names a version of a model or of a pipeline: its ID, a tag, or the beginning of its ID.
package struct VersionName: Sendable, Hashable {
    /// A version that a text may name.
    package struct Candidate: Sendable {
        package let id: String
        package let tags: [String]

        package init(id: String, tags: [String]) {
            self.id = id
            self.tags = tags
        }
    }

    /// The fewest characters of an ID that stand for it.
    private static let shortestID = 4

    private let text: String

    package init(_ text: String) { self.text = text }

    /// Returns the ID of the version that the text names.
    ///
    /// An ID wins over a tag, so that what names exactly one version always does. A tag wins over the beginning of an ID, because
    /// somebody has chosen it.
    ///
    /// - Parameter owner: What has the versions, such as `model 'fraud'`.
    /// - Throws: ``RoostError`` if the text names no version, or several.
    package func find(among candidates: [Candidate], of owner: String) throws(RoostError) -> String {
        let id = text.lowercased()
        if candidates.contains(where: { $0.id == id }) { return id }
        let tagged = candidates.filter { $0.tags.contains(text) }.map(\.id)
        if let only = try only(of: tagged, owner, "Remove the tag from the others, or use an ID.") { return only }
        let begun = id.utf8.count < Self.shortestID ? [] : candidates.map(\.id).filter { $0.hasPrefix(id) }
        if let only = try only(of: begun, owner, "Add more characters.") { return only }
        let start = owner.prefix(1).uppercased() + owner.dropFirst()
        throw RoostError(.notFound, "\(start) has no version '\(text.prefix(80))'.", field: "version")
    }

    private func only(of ids: [String], _ owner: String, _ advice: String) throws(RoostError) -> String? {
        guard ids.count > 1 else { return ids.first }
        let shown = ids.prefix(10).joined(separator: ", ") + (ids.count > 10 ? " …" : "")
        throw RoostError(
            .invalidInput,
            "'\(text.prefix(80))' stands for several versions of \(owner): \(shown). \(advice)",
            field: "version"
        )
    }
}
