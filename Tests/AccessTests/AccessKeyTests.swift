import Access
import Catalog
import Synchronization
import TestSupport
import Testing

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
}
