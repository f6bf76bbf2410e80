import Database
package import Definitions
import Foundation

/// Where events are sent.
extension Catalog {
    package func webhooks() async throws -> [WebhookRecord] {
        try await database.read { connection in
            try Self.readable(connection.rows("SELECT * FROM webhook ORDER BY name"), Self.webhook)
        }
    }

    /// Returns `nil` if there is none.
    package func webhook(named name: String) async throws -> WebhookRecord? {
        try await database.read { try $0.row("SELECT * FROM webhook WHERE name = ?", [name]).map(Self.webhook) }
    }

    /// Adds a webhook, or replaces the one with its name.
    package func putWebhook(_ webhook: WebhookRecord) async throws {
        let document = try Self.encode(webhook.definition)
        let progress = try Self.encode(webhook.progress)
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO webhook (name, created_at, document, progress) VALUES (?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET document = excluded.document, progress = excluded.progress
                """,
                [webhook.name, webhook.createdAt.microseconds, document, progress]
            )
        }
    }

    /// Records how far the deliveries have come. Does nothing if the webhook was removed.
    package func setProgress(_ progress: WebhookProgress, ofWebhook name: String) async throws {
        let progress = try Self.encode(progress)
        try await database.write { connection in
            try connection.execute("UPDATE webhook SET progress = ? WHERE name = ?", [progress, name])
        }
    }

    package func removeWebhook(_ name: String) async throws {
        try await database.write { try $0.execute("DELETE FROM webhook WHERE name = ?", [name]) }
    }

    /// Returns how many events of these kinds there are after a sequence.
    package func eventCount(of kinds: [EventKind], after sequence: Int) async throws -> Int {
        let sql = """
            SELECT count(*) AS count FROM event WHERE sequence > ? AND kind IN (\(Self.placeholders(kinds.count)))
            """
        return try await database.read { connection in
            try connection.row(sql, [sequence] + kinds.map(\.rawValue))?["count"] ?? 0
        }
    }

    private static func webhook(_ row: Row) throws -> WebhookRecord {
        WebhookRecord(
            name: row["name"],
            definition: try decode(WebhookDefinition.self, row["document"]),
            createdAt: Date(microseconds: row["created_at"]),
            progress: try decode(WebhookProgress.self, row["progress"])
        )
    }
}
