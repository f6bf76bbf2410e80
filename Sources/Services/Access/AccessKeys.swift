package import Catalog
package import Foundation
import Synchronization

/// A key that clients sign their requests with.
package struct AccessKey: Sendable {
    package let id: String
    package let createdAt: Date
    /// Set only when the key is created; the server never shows it again.
    package var secret: String?
}

/// What a signature is verified with.
package struct KeySecret: Sendable, Equatable {
    package let secret: String
    /// The token that requests must have, and when it expires, if the key is temporary.
    package var token: String?
    package var expiresAt: Date?
}

/// The access keys of a server. Secrets are stored in plain text because verifying a signature requires them.
package final class AccessKeys: Sendable {
    private struct Document: Codable {
        var secret: String
    }

    struct SessionDocument: Codable {
        var secret: String
        var token: String
        var expiresAt: Date
        /// The access key or the function that the session goes back to; never another session.
        var parent: String?
    }

    private struct Cache {
        var secrets: [String: KeySecret] = [:]
        var readAt: ContinuousClock.Instant?
    }

    private static let kind = "access-key"
    static let sessionKind = "session-key"
    static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    static let keyCharacters = letters + "234567"
    static let secretCharacters = letters + letters.lowercased() + "0123456789+/"
    /// The longest time until a key that another process created or revoked takes effect here.
    private static let cacheTime: Duration = .seconds(1)

    let catalog: Catalog
    private let now: @Sendable () -> ContinuousClock.Instant
    private let cache = Mutex(Cache())

    package init(catalog: Catalog, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.catalog = catalog
        self.now = now
    }

    package func make() async throws -> AccessKey {
        let id = "AKIA" + Self.randomText(Self.keyCharacters, 16)
        let secret = Self.randomText(Self.secretCharacters, 40)
        let now = Date()
        let document = String(decoding: try JSONEncoder().encode(Document(secret: secret)), as: UTF8.self)
        try await catalog.putRecord(kind: Self.kind, name: id, document: document, at: now)
        return AccessKey(id: id, createdAt: now, secret: secret)
    }

    package func all() async throws -> [AccessKey] {
        try await catalog.records(kind: Self.kind).map { AccessKey(id: $0.name, createdAt: $0.createdAt) }
    }

    /// Returns `false` if the key does not exist.
    package func revoke(_ id: String) async throws -> Bool {
        try await catalog.removeRecord(kind: Self.kind, name: id)
    }

    /// Returns what verifies the signatures of a key; `nil` if the key does not exist, or stands for one that was revoked.
    package func secret(of id: String) async throws -> KeySecret? {
        let now = now()
        let known = cache.withLock { cache in
            cache.readAt.map { now - $0 < Self.cacheTime } == true ? cache.secrets : nil
        }
        if let known { return known[id] }
        var secrets: [String: KeySecret] = [:]
        let decoder = JSONDecoder()
        for record in try await catalog.records(kind: Self.kind) {
            let document = try decoder.decode(Document.self, from: Data(record.document.utf8))
            secrets[record.name] = KeySecret(secret: document.secret)
        }
        for record in try await catalog.records(kind: Self.sessionKind) {
            let document = try decoder.decode(SessionDocument.self, from: Data(record.document.utf8))
            // Earlier releases recorded sessions as parents, which no revoked key would end.
            if let parent = document.parent, Self.isSession(parent) { continue }
            if let parent = document.parent, parent.hasPrefix("AKIA"), secrets[parent] == nil { continue }
            secrets[record.name] = KeySecret(
                secret: document.secret,
                token: document.token,
                expiresAt: document.expiresAt
            )
        }
        cache.withLock { [secrets] in $0 = Cache(secrets: secrets, readAt: now) }
        return secrets[id]
    }

    /// Reads the keys anew for the next request.
    func forgetCache() { cache.withLock { $0.readAt = nil } }

    static func randomText(_ characters: String, _ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        let characters = Array(characters)
        return String((0..<count).compactMap { _ in characters.randomElement(using: &generator) })
    }
}
