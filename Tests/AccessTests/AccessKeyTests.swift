import Catalog
import Synchronization
import TestSupport
import Testing

@testable import Access

@Suite("Access keys")
struct AccessKeyTests {
    @Test("a key that another process revokes is refused a second later")
    func revoked() async throws {
        try await withTemporaryFolder { folder in
            let time = Mutex(ContinuousClock.now)
            let path = folder + "/roost.sqlite"
            let keys = AccessKeys(catalog: try Catalog(path: path)) { time.withLock { $0 } }
            let others = AccessKeys(catalog: try Catalog(path: path))
            let key = try await others.make()
            #expect(try await keys.secret(of: key.id)?.secret == key.secret)
            #expect(try await others.revoke(key.id))
            time.withLock { $0 += .milliseconds(999) }
            #expect(try await keys.secret(of: key.id)?.secret == key.secret)
            time.withLock { $0 += .milliseconds(1) }
            #expect(try await keys.secret(of: key.id) == nil)
        }
    }

    @Test("a session that a session asked for ends with the key that both go back to, or when the first one expires")
    func chain() async throws {
        try await withTemporaryFolder { folder in
            let keys = AccessKeys(catalog: try Catalog(path: folder + "/roost.sqlite"))
            let key = try await keys.make()
            let first = try await keys.issue(parent: key.id, duration: .seconds(900))
            let second = try await keys.issue(parent: first.accessKey, duration: .seconds(43_200))
            #expect(second.expiresAt == first.expiresAt)
            let third = try await keys.issue(parent: second.accessKey, duration: .seconds(60))
            #expect(third.expiresAt < first.expiresAt)
            #expect(try await keys.secret(of: third.accessKey)?.secret == third.secret)
            #expect(try await keys.revoke(key.id))
            keys.forgetCache()
            for session in [first, second, third] { #expect(try await keys.secret(of: session.accessKey) == nil) }
        }
    }

    @Test("the sessions of a function end with it, also those that it asked for, and nobody gets further ones")
    func functions() async throws {
        try await withTemporaryFolder { folder in
            let keys = AccessKeys(catalog: try Catalog(path: folder + "/roost.sqlite"))
            let own = try await keys.issue(parent: "function:a", duration: .seconds(900))
            let assumed = try await keys.issue(parent: own.accessKey, duration: .seconds(900))
            let other = try await keys.issue(parent: "function:b", duration: .seconds(900))
            try await keys.revokeAll(ofParentsWithPrefix: "function:a")
            for session in [own, assumed] {
                #expect(try await keys.secret(of: session.accessKey) == nil)
                await #expect(throws: SessionProblem.parentIsGone) {
                    try await keys.issue(parent: session.accessKey, duration: .seconds(900))
                }
            }
            #expect(try await keys.secret(of: other.accessKey)?.secret == other.secret)
        }
    }

    @Test("an expired session gets no further ones")
    func expired() async throws {
        try await withTemporaryFolder { folder in
            let keys = AccessKeys(catalog: try Catalog(path: folder + "/roost.sqlite"))
            let session = try await keys.issue(parent: "function:a", duration: .seconds(-1))
            await #expect(throws: SessionProblem.parentIsGone) {
                try await keys.issue(parent: session.accessKey, duration: .seconds(900))
            }
        }
    }
}
