import Foundation
import Testing

@testable import AWS
@testable import S3

/// The examples of the S3 documentation: 66560 letters in two chunks, without and with a trailer.
@Suite("Chunk signatures")
struct ChunkSignaturesTests {
    private static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    private static let payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    private static let seeds = [
        payload: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        "\(payload)-TRAILER": "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    ]
    private static let chunks = [
        payload: [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ],
        "\(payload)-TRAILER": [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ],
    ]
    private static let checksum = "x-amz-checksum-crc32c:sOO8/Q=="
    private static let trailer =
        "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"

    /// The documented body, which a test can change before it is decoded.
    private struct Body {
        var chunks: [(signature: String, text: String)]
        var trailers: [String]

        init(_ payload: String) {
            let texts = [65536, 1024, 0].map { String(repeating: "a", count: $0) }
            chunks = zip(ChunkSignaturesTests.chunks[payload] ?? [], texts).map { ($0, $1) }
            let isPlain = payload == ChunkSignaturesTests.payload
            trailers = isPlain ? [] : [ChunkSignaturesTests.checksum, ChunkSignaturesTests.trailer]
        }

        var bytes: [UInt8] {
            let lines = chunks.map { signature, text in
                "\(String(text.utf8.count, radix: 16));\(signature.isEmpty ? "" : "chunk-signature=")\(signature)\r\n"
                    + (text.isEmpty ? "" : "\(text)\r\n")
            }
            return Array((lines.joined() + trailers.map { "\($0)\r\n" }.joined() + "\r\n").utf8)
        }
    }

    private func signature(of payload: String) throws -> (SignedRequest, SignatureV4) {
        var headers = [
            "content-encoding": "aws-chunked", "host": "s3.amazonaws.com", "x-amz-content-sha256": payload,
            "x-amz-date": "20130524T000000Z", "x-amz-decoded-content-length": "66560",
            "x-amz-storage-class": "REDUCED_REDUNDANCY",
        ]
        if payload == Self.payload {
            headers["content-length"] = "66824"
        } else {
            headers["x-amz-trailer"] = "x-amz-checksum-crc32c"
        }
        let names = headers.keys.sorted().joined(separator: ";")
        headers["authorization"] =
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            + "SignedHeaders=\(names),Signature=\(Self.seeds[payload] ?? "")"
        let request = SignedRequest(
            method: "PUT",
            path: "/examplebucket/chunkObject.txt",
            query: "",
            headers: headers
        )
        return (request, try SignatureV4(of: request))
    }

    /// Decodes a body in pieces that do not match the chunks' sizes.
    private func decode(_ body: [UInt8], _ payload: String) throws -> (payload: [UInt8], decoder: AWSChunkedDecoder) {
        let signatures = try #require(try signature(of: payload).1.chunks(of: payload, secret: Self.secret))
        var decoder = AWSChunkedDecoder(signatures: signatures)
        var bytes: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            bytes += try decoder.decode(Array(rest.prefix(1000)))
            rest = rest.dropFirst(1000)
        }
        return (bytes, decoder)
    }

    @Test("the documented bodies are accepted", arguments: [payload, "\(payload)-TRAILER"])
    func documented(payload: String) throws {
        let (request, signature) = try signature(of: payload)
        try signature.verify(
            request,
            payload: payload,
            secret: Self.secret,
            encodesPath: false,
            now: Date(timeIntervalSince1970: 1_369_353_600)
        )
        let (bytes, decoder) = try decode(Body(payload).bytes, payload)
        let isRight = bytes == Array(repeating: UInt8(ascii: "a"), count: 66560)
        #expect(isRight)
        #expect(decoder.isComplete)
        #expect(decoder.trailers == (payload == Self.payload ? [:] : ["x-amz-checksum-crc32c": "sOO8/Q=="]))
    }

    /// Ways to tamper with a body in transit.
    enum Change: CaseIterable {
        case text, signature, lastSignature, noSignature, leftOut, moved, added, trailer, trailerSignature
        case noTrailerSignature, lateTrailer
    }

    @Test("a body changed in transit is rejected", arguments: [payload, "\(payload)-TRAILER"], Change.allCases)
    func changed(payload: String, change: Change) {
        var body = Body(payload)
        switch change {
        case .text: body.chunks[1].text = String(repeating: "a", count: 1023) + "b"
        case .signature: body.chunks[0].signature = body.chunks[1].signature
        case .lastSignature: body.chunks[2].signature = body.chunks[1].signature
        case .noSignature: body.chunks[0].signature = ""
        case .leftOut: body.chunks.remove(at: 1)
        case .moved: body.chunks.swapAt(0, 1)
        case .added: body.chunks.insert(body.chunks[1], at: 1)
        case .trailer: body.trailers.insert("x-amz-checksum-crc32c:AAAAAA==", at: 0)
        case .trailerSignature: body.trailers = [Self.checksum, Self.trailer.replacing(":d81f", with: ":d810")]
        case .noTrailerSignature: body.trailers = [Self.checksum]
        case .lateTrailer: body.trailers.append(Self.checksum)
        }
        #expect { try decode(body.bytes, payload).decoder.isComplete } throws: {
            ($0 as? AWSError)?.code == "SignatureDoesNotMatch"
        }
    }

    @Test("a body without a trailer signature is incomplete")
    func noTrailers() throws {
        var body = Body("\(Self.payload)-TRAILER")
        body.trailers = [Self.checksum]
        #expect(try !decode(Array(body.bytes.dropLast(2)), "\(Self.payload)-TRAILER").decoder.isComplete)
    }

    @Test("other payloads are not signed", arguments: ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
    func unsigned(payload: String) throws {
        let chunks = try signature(of: Self.payload).1.chunks(of: payload, secret: Self.secret)
        #expect(chunks == nil)
    }
}
