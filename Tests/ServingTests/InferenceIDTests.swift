import Testing

@testable import Serving

@Suite("Ids of inferences")
struct InferenceIDTests {
    @Test("an id is a UUID of version 7 with its time first")
    func form() throws {
        let id = InferenceID.make(milliseconds: 0x0123_4567_89AB)
        #expect(id.wholeMatch(of: #/01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#) != nil, "\(id)")
    }

    @Test("no two ids are the same, also of one millisecond")
    func unique() {
        let ids = (0..<100_000).map { _ in InferenceID.make(milliseconds: 1_700_000_000_000) }
        #expect(Set(ids).count == ids.count)
    }

    @Test("ids sort by their time")
    func order() {
        let times: [UInt64] = [0, 1, 0xFFFF, 0x1_0000, 1_700_000_000_000, 1_700_000_000_001]
        let ids = times.map { InferenceID.make(milliseconds: $0) }
        #expect(ids == ids.sorted())
    }
}
