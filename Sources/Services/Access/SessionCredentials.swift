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

/// Why no credentials are issued.
package enum SessionProblem: Error, Equatable {
    /// The credentials that ask for further ones have expired or were revoked.
    case parentIsGone
}

extension AccessKeys {
    /// Issues temporary credentials.
    ///
    /// What temporary credentials ask for stands for whom they stand for, and ends when they do, so that revoking a key ends
    /// everything that came from it.
    ///
    /// - Parameters:
    ///   - parent: The access key that they are issued to, or another name of whom they stand for. They end with an access key.
    ///   - duration: How long they are valid, unless their parent ends earlier.
    /// - Throws: ``SessionProblem/parentIsGone``.
    package func issue(parent: String?, duration: Duration) async throws -> SessionCredentials {
        let now = Date()
        var root = parent
        var end = now + duration / .seconds(1)
        if let parent, Self.isSession(parent) {
            guard let session = try await session(parent), session.expiresAt > now else {
                throw SessionProblem.parentIsGone
            }
            root = session.parent
            end = min(end, session.expiresAt)
        }
        let credentials = SessionCredentials(
            accessKey: Self.sessionPrefix + Self.randomText(Self.keyCharacters, 16),
            secret: Self.randomText(Self.secretCharacters, 40),
            token: Self.randomText(Self.secretCharacters, 160),
            expiresAt: end
        )
        try await removeSessions { $0.expiresAt < now }
        let document = SessionDocument(
            secret: credentials.secret,
            token: credentials.token,
            expiresAt: credentials.expiresAt,
            parent: root
        )
        try await catalog.putRecord(
            kind: Self.sessionKind,
            name: credentials.accessKey,
            document: String(decoding: try JSONEncoder().encode(document), as: UTF8.self),
            at: now
        )
        // The parent may have been revoked since it was found.
        if let parent, Self.isSession(parent), try await session(parent) == nil {
            _ = try await catalog.removeRecord(kind: Self.sessionKind, name: credentials.accessKey)
            throw SessionProblem.parentIsGone
        }
        forgetCache()
        return credentials
    }

    /// Whether an access key belongs to temporary credentials.
    package static func isSession(_ accessKey: String) -> Bool { accessKey.hasPrefix(sessionPrefix) }

    private static let sessionPrefix = "ASIA"

    private func session(_ accessKey: String) async throws -> SessionDocument? {
        guard let record = try await catalog.record(kind: Self.sessionKind, name: accessKey) else { return nil }
        return try JSONDecoder().decode(SessionDocument.self, from: Data(record.document.utf8))
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
