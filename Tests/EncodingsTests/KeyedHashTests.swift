import Testing

@testable import Encodings

@Suite("Keyed hash")
struct KeyedHashTests {
    @Test("it is SipHash-2-4")
    func vector() {
        // The test vector of the authors for a message of eight bytes: key 00 01 … 0f, message 00 01 … 07.
        let hash = KeyedHash(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        #expect(hash.hash(0x0706_0504_0302_0100) == 0x93F5_F579_9A93_2462)
    }

    @Test("the key can be written and read")
    func text() {
        let hash = KeyedHash(0xF, .max)
        #expect(hash.text == "000000000000000fffffffffffffffff")
        #expect(KeyedHash(hash.text) == hash)
        for text in ["", "0", String(repeating: "g", count: 32), String(repeating: "0", count: 33)] {
            #expect(KeyedHash(text) == nil)
        }
    }
}
