import Catalog
package import Foundation

/// Temporary credentials. Unlike an access key, they come with a token, and they end.
package struct SessionCredentials: Sendable {
    package let accessKey: String
    package let secret: String
    package let token: String
    package let expiresAt: Date

    package init(accessKey: String, secret: String, token: String, expiresAt: Date) {
        self.accessKey = accessKey
        self.secret = secret
        self.token = token
        self.expiresAt = expiresAt
    }
}

extension AccessKeys {
    /// Issues temporary credentials.
    ///
    /// - Parameters:
    ///   - parent: The access key that they are issued to, or another name of whom they stand for. They end with an access key.
    ///   - duration: How long they are valid.
    package func issue(parent: String?, duration: Duration) async throws -> SessionCredentials {
        let now = Date()
        let credentials = SessionCredentials(
            accessKey: "ASIA" + Self.randomText(Self.keyCharacters, 16),
            secret: Self.randomText(Self.secretCharacters, 40),
            token: Self.randomText(Self.secretCharacters, 160),
            expiresAt: now + duration / .seconds(1)
        )
        try await removeSessions { $0.expiresAt < now }
        let document = SessionDocument(
            secret: credentials.secret,
            token: credentials.token,
            expiresAt: credentials.expiresAt,
            parent: parent
        )
        try await catalog.putRecord(
            kind: Self.sessionKind,
            name: credentials.accessKey,
            document: String(decoding: try JSONEncoder().encode(document), as: UTF8.self),
            at: now
        )
        forgetCache()
        return credentials
    }

    /// Revokes the temporary credentials of all parents whose names begin with `prefix`.
    package func revokeAll(ofParentsWithPrefix prefix: String) async throws {
        try await removeSessions { $0.parent?.hasPrefix(prefix) == true }
        forgetCache()
    }

    private func removeSessions(_ isGone: (SessionDocument) -> Bool) async throws {
        for record in try await catalog.records(kind: Self.sessionKind) {
            let document = try? JSONDecoder().decode(SessionDocument.self, from: Data(record.document.utf8))
            guard document.map(isGone) ?? true else { continue }
            _ = try await catalog.removeRecord(kind: Self.sessionKind, name: record.name)
        }
    }
}
