import Testing

@testable import AWS
@testable import S3

@Suite("CORS rules")
struct CORSRulesTests {
    private func rules(_ text: String) throws(AWSError) -> CORSRules {
        try CORSRules(parsing: Array("<CORSConfiguration>\(text)</CORSConfiguration>".utf8))
    }

    private func rule(_ more: String = "") -> String {
        "<CORSRule><AllowedOrigin>https://a.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\(more)</CORSRule>"
    }

    @Test(
        "a pattern has one wildcard",
        arguments: [
            ("*", "null", true), ("*", "https://a.example", true), ("https://*.example", "https://a.b.example", true),
            ("https://*.example", "https://.example", true), ("https://*.example", "https://example", false),
            ("https://*.example", "http://a.example", false), ("https://*.example", "https://a.example.evil", false),
            ("https://a.example", "https://a.example", true), ("https://a.example", "https://A.example", false),
            ("https://a.example", "https://a.example:8080", false),
            ("http://localhost:*", "http://localhost:3000", true),
            ("http://localhost*", "http://localhost.evil.example", true), ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("", "", true), ("", "a", false),
        ]
    )
    func patterns(pattern: String, text: String, matches: Bool) {
        #expect(CORSRules.pattern(pattern, matches: text) == matches)
    }

    @Test("the first rule that allows origin, method and headers grants")
    func grants() throws {
        let rules = CORSRules(rules: [
            .init(
                origins: ["https://a.example"],
                methods: ["PUT"],
                headers: ["x-*", "Content-Type"],
                maxAgeSeconds: 3
            ),
            .init(origins: ["*"], methods: ["GET", "HEAD"], exposedHeaders: ["ETag", "x-amz-meta-a"]),
        ])
        let put = try #require(
            rules.grant(origin: "https://a.example", method: "PUT", headers: ["X-Any", "content-type"])
        )
        #expect(
            put.responseHeaders.map { "\($0.name): \($0.value)" } == [
                "access-control-allow-origin: https://a.example", "access-control-allow-methods: PUT",
                "access-control-allow-headers: X-Any, content-type", "access-control-max-age: 3",
                "access-control-allow-credentials: true",
                "vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
            ]
        )
        let get = try #require(rules.grant(origin: "null", method: "GET"))
        #expect(
            get.responseHeaders.prefix(3).map { "\($0.name): \($0.value)" } == [
                "access-control-allow-origin: *", "access-control-allow-methods: GET, HEAD",
                "access-control-expose-headers: ETag, x-amz-meta-a",
            ]
        )
        #expect(!get.responseHeaders.contains { $0.name == "access-control-allow-credentials" })
        #expect(rules.grant(origin: "https://b.example", method: "PUT") == nil)
        #expect(rules.grant(origin: "https://a.example", method: "DELETE") == nil)
        #expect(rules.grant(origin: "https://a.example", method: "PUT", headers: ["authorization"]) == nil)
        #expect(rules.grant(origin: "https://a.example", method: "GET", headers: ["range"]) == nil)
    }

    @Test("a document is read, and written as it was read")
    func documents() throws {
        let more =
            "<AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds><ID>one</ID>"
        let read = try rules(rule(more) + rule())
        #expect(
            read.rules == [
                .init(
                    id: "one",
                    origins: ["https://a.example"],
                    methods: ["GET"],
                    headers: ["*"],
                    exposedHeaders: ["ETag"],
                    maxAgeSeconds: 3000
                ), .init(origins: ["https://a.example"], methods: ["GET"]),
            ]
        )
        #expect(try CORSRules(parsing: Array(read.xml.text.utf8)) == read)
        #expect(try rules(String(repeating: rule(), count: 100)).rules.count == 100)
    }

    @Test(
        "a malformed document is refused",
        arguments: [
            ("", "MalformedXML"), ("<CORSRule/>", "MalformedXML"), ("<Other/>", "MalformedXML"),
            ("<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>", "MalformedXML"),
            ("<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>", "MalformedXML"),
            ("+<AllowedMethod>OPTIONS</AllowedMethod>", "InvalidRequest"),
            ("+<AllowedMethod>get</AllowedMethod>", "InvalidRequest"),
            ("+<AllowedOrigin>http://*.*</AllowedOrigin>", "InvalidRequest"),
            ("+<AllowedOrigin></AllowedOrigin>", "MalformedXML"),
            ("+<AllowedHeader>*-*</AllowedHeader>", "InvalidRequest"),
            ("+<ExposeHeader>x-*</ExposeHeader>", "InvalidRequest"),
            ("+<ExposeHeader>a b</ExposeHeader>", "MalformedXML"),
            ("+<ExposeHeader>a&#13;&#10;b</ExposeHeader>", "MalformedXML"),
            ("+<MaxAgeSeconds>-1</MaxAgeSeconds>", "MalformedXML"),
            ("+<MaxAgeSeconds>x</MaxAgeSeconds>", "MalformedXML"),
            ("+<MaxAgeSeconds>99999999999999999999</MaxAgeSeconds>", "MalformedXML"), ("+<Other/>", "MalformedXML"),
        ]
    )
    func malformed(text: String, code: String) {
        let document = text.hasPrefix("+") ? rule(String(text.dropFirst())) : text
        let error = #expect(throws: AWSError.self) { try rules(document) }
        #expect(error?.code == code && error?.status == 400)
    }

    @Test("a bucket has at most 100 rules, and an ID at most 255 bytes")
    func limits() {
        #expect(throws: AWSError.self) { try rules(String(repeating: rule(), count: 101)) }
        #expect(throws: AWSError.self) { try rules(rule("<ID>\(String(repeating: "x", count: 256))</ID>")) }
    }
}
