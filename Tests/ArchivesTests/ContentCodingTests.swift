import Testing

@testable import Archives

@Suite("Compressed bodies")
struct ContentCodingTests {
    private static let text = Array(String(repeating: "a row of numbers, 1.25, -3e-7\n", count: 20_000).utf8)

    private func packed(_ bytes: [UInt8], _ coding: ContentCoding, pieces: Int = 1) -> [UInt8] {
        let deflater = Deflater(coding)
        var output: [UInt8] = []
        let length = max(1, bytes.count / pieces)
        for start in stride(from: 0, to: bytes.count, by: length) {
            output += bytes[start..<min(bytes.count, start + length)].withUnsafeBytes {
                deflater.push($0, isLast: false)
            }
        }
        return output + deflater.push(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
    }

    private func unpacked(_ bytes: [UInt8], _ coding: ContentCoding, limit: Int = .max) throws -> [UInt8] {
        try bytes.withUnsafeBytes { try Inflater.unpack($0, coding, limit: limit) }
    }

    @Test("a compressed body decompresses to the original", arguments: [ContentCoding.gzip, .deflate], [1, 7, 1000])
    func roundTrip(coding: ContentCoding, pieces: Int) throws {
        let packed = packed(Self.text, coding, pieces: pieces)
        #expect(packed.count < Self.text.count / 20)
        #expect(try unpacked(packed, coding) == Self.text)
        let inflater = Inflater(coding, limit: Self.text.count)
        var output: [UInt8] = []
        for byte in packed { try [byte].withUnsafeBytes { try inflater.push($0) { output += $0 } } }
        try inflater.finish()
        #expect(output == Self.text)
    }

    /// Created with Python's `zlib.compressobj(wbits=-15)`.
    @Test("deflate without a header is also accepted")
    func rawDeflate() throws {
        let bytes: [UInt8] = [0xAB, 0x56, 0x4A, 0x54, 0xB2, 0x8A, 0x36, 0xD4, 0x31, 0x8A, 0xAD, 0x05, 0x00]
        #expect(String(decoding: try unpacked(bytes, .deflate), as: UTF8.self) == #"{"a":[1,2]}"#)
    }

    @Test("gzip may have several members")
    func members() throws {
        #expect(try unpacked(packed([1, 2], .gzip) + packed([3], .gzip), .gzip) == [1, 2, 3])
    }

    @Test("a body that decompresses to more than its limit is rejected at the first extra byte")
    func limit() throws {
        let packed = packed(Self.text, .gzip)
        #expect(try unpacked(packed, .gzip, limit: Self.text.count).count == Self.text.count)
        #expect(throws: ContentCodingError.tooLarge(limit: Self.text.count - 1)) {
            try unpacked(packed, .gzip, limit: Self.text.count - 1)
        }
    }

    @Test("truncated or damaged data is rejected")
    func damaged() {
        let packed = packed(Self.text, .gzip)
        var broken = packed
        broken[packed.count / 2] ^= 0xFF
        for bytes in [Array(packed.dropLast()), broken, packed + [0], [1, 2, 3], []] {
            #expect(throws: ContentCodingError.damaged) { try unpacked(bytes, .gzip) }
        }
    }

    @Test("Content-Encoding is parsed")
    func announced() {
        #expect(ContentCoding.announced(by: nil) == .none)
        #expect(ContentCoding.announced(by: "identity") == .none)
        #expect(ContentCoding.announced(by: "") == .none)
        #expect(ContentCoding.announced(by: "GZIP") == .coding(.gzip))
        #expect(ContentCoding.announced(by: " x-gzip ") == .coding(.gzip))
        #expect(ContentCoding.announced(by: "deflate, identity") == .coding(.deflate))
        #expect(ContentCoding.announced(by: "br") == .unsupported("br"))
        #expect(ContentCoding.announced(by: "gzip, gzip") == .unsupported("gzip, gzip"))
    }

    @Test("Accept-Encoding is parsed")
    func accepted() {
        #expect(ContentCoding.accepted(by: nil) == nil)
        #expect(ContentCoding.accepted(by: "identity") == nil)
        #expect(ContentCoding.accepted(by: "gzip, deflate") == .gzip)
        #expect(ContentCoding.accepted(by: "gzip;q=0.5, deflate") == .deflate)
        #expect(ContentCoding.accepted(by: "gzip;q=0, br") == nil)
        #expect(ContentCoding.accepted(by: "*") == .gzip)
    }
}
