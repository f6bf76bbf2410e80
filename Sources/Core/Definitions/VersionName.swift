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

    private let text: String

    package init(_ text: String) { self.text = text }

    /// Whether it names the version of a pipeline that was deployed before: `previous`, in any case.
    package var isPrevious: Bool { text.lowercased() == "previous" }

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
        guard tagged.count <= 1 else {
            throw ShortID.ambiguous(
                text,
                tagged,
                kind: "versions of \(owner)",
                "Remove the tag from the others, or use an ID.",
                field: "version"
            )
        }
        if let only = tagged.first { return only }
        let begun = try ShortID.find(id, in: candidates, id: \.id, kind: "versions of \(owner)", field: "version")
        if let begun { return begun.id }
        let start = owner.prefix(1).uppercased() + owner.dropFirst()
        throw RoostError(.notFound, "\(start) has no version '\(text.prefix(80))'.", field: "version")
    }
}
