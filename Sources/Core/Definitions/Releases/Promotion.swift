public import Foundation

/// A request to make a challenger the champion.
public struct PromotionRequest: Sendable, Hashable, Codable {
    /// The name or the version of the challenger; `nil` if there is only one.
    public var challenger: String?
    /// The report that it is based on.
    public var report: String?
    /// Who asks for it, as the client tells.
    public var by: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case challenger, report, by
    }

    public init(challenger: String? = nil, report: String? = nil, by: String? = nil) {
        self.challenger = challenger
        self.report = report
        self.by = by
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        challenger = try container.decodeIfPresent(String.self, forKey: .challenger)
        report = try container.decodeIfPresent(String.self, forKey: .report)
        by = try container.decodeIfPresent(String.self, forKey: .by)
    }
}

/// Why a version of a pipeline has the model that it has: it was promoted from challenger to champion.
public struct Promotion: Sendable, Hashable, Codable {
    public var promotedAt: Date
    /// Who asked for it, as the client told; `nil` if a release decided it.
    public var by: String?
    /// The model version that was promoted, and the one that it replaced.
    public var challenger: ModelReference
    public var champion: ModelReference
    /// The version of the pipeline that answered before.
    public var fromVersion: String
    /// The report and the release that it is based on.
    public var report: String?
    public var release: String?

    private enum CodingKeys: String, CodingKey {
        case by, challenger, champion, report, release
        case promotedAt = "promoted_at"
        case fromVersion = "from_version"
    }

    public init(
        promotedAt: Date,
        by: String?,
        challenger: ModelReference,
        champion: ModelReference,
        fromVersion: String,
        report: String? = nil,
        release: String? = nil
    ) {
        self.promotedAt = promotedAt
        self.by = by
        self.challenger = challenger
        self.champion = champion
        self.fromVersion = fromVersion
        self.report = report
        self.release = release
    }
}
