package import Foundation

/// What a backup says about itself.
package struct BackupFacts: Codable, Sendable, Equatable {
    /// Increases if a release cannot read the backups of the next one.
    package static let currentFormat = 1

    package var format = BackupFacts.currentFormat
    /// The release of Roost that made the backup.
    package var release: String
    package var createdAt: Date

    package init(release: String, createdAt: Date) {
        self.release = release
        self.createdAt = createdAt
    }

    enum CodingKeys: String, CodingKey {
        case format
        case release
        case createdAt = "created_at"
    }

    static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys]
        return encoder
    }()

    static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()
}

/// The size of a backup.
package struct BackupSize: Sendable {
    package var files = 0
    package var bytes = 0
}
