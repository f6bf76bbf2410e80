/// What a release would do.
public struct ReleasePlan: Sendable, Hashable, Codable {
    /// With exact model versions, and what the pipeline declares.
    public var definition: ReleaseDefinition
    public var champion: ModelReference
    /// The version of the pipeline that answers now.
    public var fromVersion: String
    /// `nil` without a goal.
    public var level: Release.Level?
    /// The requests of the last hour.
    public var lastHour: Int

    private enum CodingKeys: String, CodingKey {
        case definition, champion, level
        case fromVersion = "from_version"
        case lastHour = "requests_of_last_hour"
    }

    public init(
        definition: ReleaseDefinition,
        champion: ModelReference,
        fromVersion: String,
        level: Release.Level?,
        lastHour: Int
    ) {
        self.definition = definition
        self.champion = champion
        self.fromVersion = fromVersion
        self.level = level
        self.lastHour = lastHour
    }
}
