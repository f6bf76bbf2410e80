import Buckets
import Definitions
import Testing

@Suite("Settings of buckets")
struct SettingTests {
    @Test("a setting is kept until it is removed, and ends with its bucket")
    func settings() async throws {
        try await withBuckets { buckets in
            let service = buckets.service
            #expect(try await service.setting(.cors, of: "b") == nil)
            #expect(try await service.putSetting(.cors, "one", of: "b"))
            #expect(try await service.putSetting(.cors, "two", of: "b"))
            #expect(try await service.putSetting(.website, "three", of: "b"))
            #expect(try await service.setting(.cors, of: "b") == "two")
            try await service.removeSetting(.cors, of: "b")
            try await service.removeSetting(.cors, of: "b")
            #expect(try await service.setting(.cors, of: "b") == nil)
            #expect(try await service.setting(.website, of: "b") == "three")
            _ = try await service.removeBucket("b")
            #expect(try await !service.putSetting(.website, "four", of: "b"))
            _ = try await service.addBucket("b", region: "us-east-1", at: .at(0))
            #expect(try await service.setting(.website, of: "b") == nil)
        }
    }
}
