/// A first suite for a model or a pipeline, which is not stored.
public struct SuiteSuggestion: Sendable, Hashable, Codable {
    public var name: String
    public var definition: SuiteDefinition
    /// What the cases were made from, and what is missing.
    public var notes: [String]

    public init(name: String, definition: SuiteDefinition, notes: [String]) {
        self.name = name
        self.definition = definition
        self.notes = notes
    }
}

/// Which version is tested.
public struct SuiteRunRequest: Sendable, Hashable, Codable {
    /// An ID, the beginning of one, or a tag, also after the model's name and `@`; `nil` for the newest version.
    public var version: String?
    /// Who asks.
    public var by: String?

    private enum CodingKeys: String, CodingKey, CaseIterable { case version, by }

    public init(version: String? = nil, by: String? = nil) {
        self.version = version
        self.by = by
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        version = try container.decodeIfPresent(String.self, forKey: .version)
        by = try container.decodeIfPresent(String.self, forKey: .by)
    }
}
