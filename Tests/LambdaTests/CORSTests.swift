import AWS
import Definitions
import Foundation
import Testing

@testable import Lambda

struct CORSTests {
    private func request(_ headers: [(String, String)], method: String = "GET") -> ProxyRequest {
        ProxyRequest(
            method: method,
            path: "/",
            query: "",
            headers: headers.map { (name: $0.0, value: $0.1) },
            body: Data(),
            host: "localhost",
            sourceAddress: "127.0.0.1",
            isSecure: false,
            requestID: "r",
            time: Date(timeIntervalSince1970: 0)
        )
    }

    private func rules(_ origins: [String], credentials: Bool? = nil) -> FunctionURL.CORSRules {
        var rules = FunctionURL.CORSRules()
        rules.allowOrigins = origins
        rules.allowCredentials = credentials
        rules.allowMethods = ["GET", "POST"]
        rules.allowHeaders = ["content-type"]
        rules.exposeHeaders = ["x-id"]
        rules.maxAge = 60
        return rules
    }

    @Test("a page of an allowed origin learns what it may send")
    func preflight() throws {
        let request = request(
            [("Origin", "https://a.example"), ("Access-Control-Request-Method", "POST")],
            method: "OPTIONS"
        )
        #expect(CORSHeaders.isPreflight(request))
        let answer = try #require(CORSHeaders(rules(["https://a.example"]), request)).preflight
        #expect(answer.status == 200)
        #expect(answer.header("access-control-allow-origin") == "https://a.example")
        #expect(answer.header("access-control-allow-methods") == "GET,POST")
        #expect(answer.header("access-control-allow-headers") == "content-type")
        #expect(answer.header("access-control-max-age") == "60")
        #expect(answer.header("vary") == "Origin")
    }

    @Test("other origins and requests without one get no headers")
    func refused() {
        #expect(CORSHeaders(rules(["https://a.example"]), request(headers("https://b.example"))) == nil)
        #expect(CORSHeaders(rules(["*"]), request([])) == nil)
        #expect(!CORSHeaders.isPreflight(request(headers("https://a.example"), method: "OPTIONS")))
    }

    @Test("every origin is allowed by name if credentials are")
    func everyOrigin() throws {
        let open = try #require(CORSHeaders(rules(["*"]), request(headers("null"))))
        #expect(open.preflight.header("access-control-allow-origin") == "*")
        let named = try #require(CORSHeaders(rules(["*"], credentials: true), request(headers("null"))))
        #expect(named.preflight.header("access-control-allow-origin") == "null")
        #expect(named.preflight.header("access-control-allow-credentials") == "true")
    }

    @Test("the rules of the URL replace the function's headers")
    func replaced() throws {
        var answer = ProxyAnswer()
        answer.headers = [("Access-Control-Allow-Origin", "https://x.example"), ("x-id", "7")]
        try #require(CORSHeaders(rules(["*"]), request(headers("https://a.example")))).add(to: &answer)
        let origins = answer.headers.filter { $0.name.lowercased() == "access-control-allow-origin" }
        #expect(origins.map(\.value) == ["*"])
        #expect(answer.header("x-id") == "7")
        #expect(answer.header("access-control-expose-headers") == "x-id")
    }

    private func headers(_ origin: String) -> [(String, String)] { [("Origin", origin)] }
}
