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

/// The access keys of a server. Secrets are stored in plain text because verifying a signature requires them.
package final class AccessKeys: Sendable {
    private struct Document: Codable {
        var secret: String
    }

    private struct Cache {
        var secrets: [String: String] = [:]
        var readAt: ContinuousClock.Instant?
    }

    private static let kind = "access-key"
    /// The longest time until a key that another process created or revoked takes effect here.
    private static let cacheTime: Duration = .seconds(1)

    private let catalog: Catalog
    private let now: @Sendable () -> ContinuousClock.Instant
    private let cache = Mutex(Cache())

    package init(catalog: Catalog, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.catalog = catalog
        self.now = now
    }

    package func make() async throws -> AccessKey {
        var generator = SystemRandomNumberGenerator()
        func text(_ characters: String, _ count: Int) -> String {
            let characters = Array(characters)
            return String((0..<count).compactMap { _ in characters.randomElement(using: &generator) })
        }
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        let id = "AKIA" + text(letters + "234567", 16)
        let secret = text(letters + letters.lowercased() + "0123456789+/", 40)
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

    package func secret(of id: String) async throws -> String? {
        let now = now()
        let known = cache.withLock { cache in
            cache.readAt.map { now - $0 < Self.cacheTime } == true ? cache.secrets : nil
        }
        if let known { return known[id] }
        var secrets: [String: String] = [:]
        for record in try await catalog.records(kind: Self.kind) {
            secrets[record.name] = try JSONDecoder().decode(Document.self, from: Data(record.document.utf8)).secret
        }
        cache.withLock { [secrets] in $0 = Cache(secrets: secrets, readAt: now) }
        return secrets[id]
    }
}
