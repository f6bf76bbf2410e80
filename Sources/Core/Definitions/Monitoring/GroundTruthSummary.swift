public import Foundation

/// The labels that a request added.
public struct AddedLabels: Sendable, Hashable, Codable {
    public var accepted: Int

    public init(accepted: Int) { self.accepted = accepted }
}

/// The labels of a pipeline, as far as they are known without the log.
public struct GroundTruthSummary: Sendable, Hashable, Codable {
    public var labels: Int
    public var byID: Int
    public var byKey: Int
    /// When the first and the last one came; `nil` without labels.
    public var oldest: Date?
    public var newest: Date?
    public var waitHours: Double

    private enum CodingKeys: String, CodingKey {
        case labels, oldest, newest
        case byID = "by_id"
        case byKey = "by_key"
        case waitHours = "wait_hours"
    }

    public init(labels: Int, byID: Int, byKey: Int, oldest: Date?, newest: Date?, waitHours: Double) {
        self.labels = labels
        self.byID = byID
        self.byKey = byKey
        self.oldest = oldest
        self.newest = newest
        self.waitHours = waitHours
    }
}

/// Which entries of the log are to be deleted: those of one value of a key, an input or a feature.
public struct LogDeletion: Sendable, Hashable, Codable {
    public var key: String
    public var value: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, value
    }

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        value = try container.decode(String.self, forKey: .value)
    }
}

/// What was deleted.
public struct DeletedEntries: Sendable, Hashable, Codable {
    public var entries: Int
    public var labels: Int

    public init(entries: Int, labels: Int) {
        self.entries = entries
        self.labels = labels
    }
}
