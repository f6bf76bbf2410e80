import Foundation
import Testing

@testable import AWS
@testable import S3

@Suite("Forms sent to S3")
struct FormTests {
    private static let body =
        Array(
            "before\r\n--b\r\nContent-Disposition: form-data; name=\"Key\"\r\n\r\na/${filename}\r\n--b\r\n"
                .utf8
        )
        + Array(
            "content-disposition: form-data; name=file; filename=\"x y\"\r\nContent-Type: text/plain\r\n\r\n".utf8
        )
        + [0, 13, 10, 45, 45, 13, 10, 255] + Array("\r\n--b--\r\nafter".utf8)

    private func read(_ pieces: [[UInt8]]) throws -> (FormParser, [UInt8]) {
        var parser = try FormParser(contentType: "multipart/form-data; boundary=\"b\"")
        var file: [UInt8] = []
        for piece in pieces { file += try parser.feed(piece) }
        return (parser, file)
    }

    @Test("fields and file do not depend on how the body is split")
    func pieces() throws {
        let body = Self.body
        let cuts = [[body], body.map { [$0] }] + body.indices.map { [Array(body[..<$0]), Array(body[$0...])] }
        for pieces in cuts {
            let (parser, file) = try read(pieces)
            #expect(parser.fields == ["key": "a/${filename}"])
            #expect(parser.fileName == "x y")
            #expect(file == [0, 13, 10, 45, 45, 13, 10, 255])
            #expect(parser.isComplete)
        }
    }

    @Test("a truncated body is incomplete")
    func early() throws {
        for end in Self.body.indices.dropLast("--\r\nafter".utf8.count) {
            #expect(try !read([Array(Self.body[..<end])]).0.isComplete)
        }
    }

    @Test(
        "an invalid form is rejected",
        arguments: [
            "--b\r\n\r\nno name\r\n--b--", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\ny\r\n--b--",
            "--bc\r\n",
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b\r\n"
                + "Content-Disposition: form-data; name=A\r\n\r\n2\r\n--b--",
            String(repeating: "x", count: 30_000),
        ]
    )
    func refused(_ body: String) {
        #expect(throws: AWSError.self) { try read([Array(body.utf8)]) }
        #expect(throws: AWSError.self) { try FormParser(contentType: "multipart/form-data") }
    }

    private func policy(_ conditions: String, expiration: String = "2030-01-01T00:00:00Z") throws(AWSError)
        -> PostPolicy
    {
        let text = #"{"expiration": "\#(expiration)", "conditions": \#(conditions)}"#
        return try PostPolicy(Data(text.utf8).base64EncodedString())
    }

    @Test(
        "each condition must hold, and each field needs a condition",
        arguments: [
            (#"[{"bucket": "b"}, ["starts-with", "$key", "a/"]]"#, nil),
            (#"[{"bucket": "b"}, ["eq", "$KEY", "a/b"], ["content-length-range", 1, "9"]]"#, nil),
            (#"[["starts-with", "$key", "b/"]]"#, #"Policy Condition failed: ["starts-with", "$key", "b/"]"#),
            (#"[{"key": "other"}]"#, #"Policy Condition failed: ["eq", "$key", "other"]"#),
            (#"[{"bucket": "other"}, {"key": "a/b"}]"#, #"Policy Condition failed: ["eq", "$bucket", "other"]"#),
            (#"[{"key": "a/b"}, {"acl": "private"}]"#, #"Policy Condition failed: ["eq", "$acl", "private"]"#),
            ("[]", "Extra input fields: key"),
        ] as [(String, String?)]
    )
    func conditions(_ conditions: String, _ problem: String?) throws {
        let fields = ["key": "a/b", "bucket": "b", "policy": "…", "x-ignore-me": "1"]
        let policy = try policy(conditions)
        do {
            try policy.verify(fields, now: Date(timeIntervalSince1970: 0))
            #expect(problem == nil)
        } catch {
            #expect(error.message == "Invalid according to Policy: " + (problem ?? ""))
        }
        #expect(throws: AWSError.self) { try policy.verify(fields, now: .distantFuture) }
    }

    @Test("a policy limits the size of the file")
    func size() throws {
        #expect(try policy("[]").byteCount == 0...Int.max)
        #expect(try policy(#"[["content-length-range", 2, 10], ["content-length-range", 5, 20]]"#).byteCount == 5...10)
    }

    @Test(
        "an invalid policy is rejected",
        arguments: [
            #"[["content-length-range", 5, 1]]"#, #"[["like", "$key", "a"]]"#, #"[["eq", "key", "a"]]"#, "{}", "[1]",
        ]
    )
    func unreadable(_ conditions: String) {
        #expect(throws: AWSError.self) { try policy(conditions) }
        #expect(throws: AWSError.self) { try policy("[]", expiration: "tomorrow") }
        #expect(throws: AWSError.self) { try PostPolicy("no base64") }
    }
}
