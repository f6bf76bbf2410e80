import AWS
import Definitions
import Foundation
import Functions
import Lambda
import Logging
import Testing

struct FunctionURLsTests {
    private func request(_ method: String = "GET", headers: [(name: String, value: String)] = []) -> ProxyRequest {
        ProxyRequest(
            method: method,
            path: "/",
            query: "",
            headers: headers,
            body: Data(),
            host: "localhost",
            sourceAddress: "127.0.0.1",
            isSecure: false,
            requestID: "r",
            time: Date(timeIntervalSince1970: 0)
        )
    }

    @Test("a URL that does not exist is forbidden, and so is a request without the signature that a URL wants")
    func forbidden() async throws {
        try await LambdaAPI.run { api in
            let urls = FunctionURLs(functions: api.functions, logger: Logger(label: "test"))
            let missing = await urls.respond(id: "none", request(), isSigned: true)
            #expect(missing.status == 403)
            #expect(missing.header("x-amzn-errortype") == "AccessDeniedException")
            #expect(String(decoding: missing.body, as: UTF8.self) == #"{"Message":null}"#)
            await api.create()
            let url = try await api.functions.addURL(to: "f", qualifier: nil, authType: "AWS_IAM")
            let unsigned = await urls.respond(id: url.id, request(), isSigned: false)
            #expect(unsigned.status == 403)
            #expect(String(decoding: unsigned.body, as: UTF8.self).contains("Forbidden. For troubleshooting"))
        }
    }

    @Test("a browser's question is answered without the function")
    func preflight() async throws {
        try await LambdaAPI.run { api in
            let urls = FunctionURLs(functions: api.functions, logger: Logger(label: "test"))
            await api.create()
            let url = try await api.functions.addURL(to: "f", qualifier: nil, authType: "AWS_IAM") { url in
                var rules = FunctionURL.CORSRules()
                rules.allowOrigins = ["https://a.example"]
                url.cors = rules
            }
            for (origin, allowed) in [("https://a.example", "https://a.example"), ("https://b.example", nil)] {
                let headers = [(name: "Origin", value: origin), (name: "Access-Control-Request-Method", value: "GET")]
                let answer = await urls.respond(id: url.id, request("OPTIONS", headers: headers), isSigned: false)
                #expect(answer.status == 200)
                #expect(answer.header("access-control-allow-origin") == allowed)
            }
            let headers = [(name: "Origin", value: "https://a.example")]
            let refused = await urls.respond(id: url.id, request(headers: headers), isSigned: false)
            #expect(refused.status == 403)
            #expect(refused.header("access-control-allow-origin") == "https://a.example")
        }
    }
}
