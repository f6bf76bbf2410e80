import Definitions
import Foundation
import Testing

@testable import AWS
@testable import S3

@Suite("S3 bodies and headers")
struct S3BodyTests {
    private func decode(_ text: String, pieceSize: Int) throws(AWSError) -> (payload: String, AWSChunkedDecoder) {
        var decoder = AWSChunkedDecoder()
        var payload: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            payload += try decoder.decode(Array(rest.prefix(pieceSize)))
            rest = rest.dropFirst(pieceSize)
        }
        return (String(decoding: payload, as: UTF8.self), decoder)
    }

    @Test("chunks with signatures and trailers are decoded however they are split", arguments: [1, 2, 7, 1000])
    func chunks(pieceSize: Int) throws {
        let text =
            "5;chunk-signature=ab\r\nhello\r\nA\r\n, world\r\n!\r\n0\r\nX-Amz-Checksum-CRC32: NhCmhg==\r\nb:c\r\n\r\n"
        let (payload, decoder) = try decode(text, pieceSize: pieceSize)
        #expect(payload == "hello, world\r\n!")
        #expect(decoder.isComplete)
        #expect(decoder.trailers == ["x-amz-checksum-crc32": "NhCmhg==", "b": "c"])
    }

    @Test("a body without its last chunk is incomplete", arguments: ["", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n"])
    func incomplete(text: String) throws {
        #expect(try !decode(text, pieceSize: 3).1.isComplete)
    }

    @Test("the line after the last chunk may be missing", arguments: ["0\r\n", "5\r\nhello\r\n0\r\n\r\n"])
    func end(text: String) throws {
        #expect(try decode(text, pieceSize: 3).1.isComplete)
    }

    @Test(
        "malformed chunks are rejected",
        arguments: [
            "hello\r\n", "-5\r\nhello", "+5\r\nhello", "\r\n", ";x\r\n", "ffffffffffffffff\r\n", "5\r\nhelloo\r\n",
            "0\r\ntrailer\r\n", "0\r\n\r\nmore", String(repeating: "1", count: 5000),
        ]
    )
    func malformed(text: String) {
        #expect(throws: AWSError.self) { try decode(text, pieceSize: 100) }
    }

    @Test(
        "a byte range is resolved against the object's size",
        arguments: [
            ("bytes=0-4", 0..<5), ("bytes=5-", 5..<10), ("bytes=-3", 7..<10), ("bytes=-30", 0..<10),
            ("bytes=9-99", 9..<10), ("bytes=2-99999999999999999999", 2..<10), ("bytes=10-", nil), ("bytes=-0", nil),
            ("bytes=99999999999999999999-", nil),
        ] as [(String, Range<Int>?)]
    )
    func range(header: String, range: Range<Int>?) throws {
        let parsed = try #require(ByteRange(header))
        #expect(parsed.resolved(byteCount: 10) == range)
    }

    @Test("an empty object has no range")
    func emptyRange() throws {
        #expect(try #require(ByteRange("bytes=0-")).resolved(byteCount: 0) == nil)
        #expect(try #require(ByteRange("bytes=-1")).resolved(byteCount: 0) == nil)
    }

    @Test(
        "an invalid range header is ignored",
        arguments: ["", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-", "rows=1-2", "bytes=1-2,3-4"]
    )
    func noRange(header: String) { #expect(ByteRange(header) == nil) }

    @Test("the parts of an object are recorded as their sizes")
    func parts() throws {
        let sizes = [5, 5, 5, 7, 3, 3]
        let text = ObjectParts(byteCounts: sizes).text
        #expect(text == "5*3,7,3*2")
        var object = ObjectRecord(key: "k", blob: "b", byteCount: 28, etag: "e-6", modifiedAt: Date())
        #expect(ObjectParts(of: object) == nil)
        object.headers[ObjectParts.header] = text
        let parts = try #require(ObjectParts(of: object))
        #expect(parts.count == 6)
        #expect((0...7).map(parts.range) == [nil, 0..<5, 5..<10, 10..<15, 15..<22, 22..<25, 25..<28, nil])
    }

    @Test(
        "invalid recorded part sizes are ignored",
        arguments: [
            "", "*", "a", "5*", "-5,33", "28*0", "28,", "5*3", "9223372036854775807*9223372036854775807",
            "9223372036854775807,9223372036854775807", "0*9223372036854775807,28", "28*1*1",
        ]
    )
    func otherParts(text: String) {
        var object = ObjectRecord(key: "k", blob: "b", byteCount: 28, etag: "e-6", modifiedAt: Date())
        object.headers[ObjectParts.header] = text
        let parts = ObjectParts(of: object)
        #expect(parts == nil || parts?.range(of: 1) == 0..<28, "\(text)")
        #expect(parts?.range(of: .max) == nil)
    }

    @Test("an XML document has elements, text and entities")
    func document() throws {
        let text = """
            <?xml version="1.0"?><!-- x --><s3:Delete xmlns:s3="y"><Object><Key>a &amp; &lt;b&gt; &#x1F389;&#65;</Key></Object>
            <Quiet>true</Quiet><Empty/></s3:Delete>
            """
        let root = try XMLElement(parsing: Array(text.utf8), named: "Delete")
        #expect(root.child("Object")?.child("Key")?.text == "a & <b> 🎉A")
        #expect(root.child("Quiet")?.text == "true")
        #expect(root.children.map(\.name) == ["Object", "Quiet", "Empty"])
    }

    @Test(
        "an invalid XML document is rejected",
        arguments: [
            "", "text", "<Delete>", "<Delete></Other>", "<Delete></Delete><Delete></Delete>", "<Other></Other>",
            "<!DOCTYPE x [<!ENTITY a 'b'>]><Delete>&a;</Delete>", "<Delete>&nope;</Delete>",
            "<Delete>&#xD800;</Delete>",
            "<Delete", "</Delete>", "<>", "<Delete/>x", "<Delete>\u{1}&</Delete>",
            String(repeating: "<Delete>", count: 100_000),
        ]
    )
    func noDocument(text: String) {
        #expect(throws: AWSError.self) { try XMLElement(parsing: Array(text.utf8), named: "Delete") }
    }
}
