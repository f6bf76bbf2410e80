import Definitions
import NIOHTTP1
import Testing

@testable import ServerApp

@Suite("Requests that pages make browsers send")
struct RequestGuardTests {
    private func verdict(
        _ method: HTTPMethod = .GET,
        _ uri: String = "/v1/status",
        version: HTTPVersion = .http1_1,
        headers: [(String, String)],
        guard requestGuard: RequestGuard = RequestGuard(),
        isTunnelled: Bool = false,
        isInference: Bool = false
    ) -> String {
        let head = HTTPRequestHead(version: version, method: method, uri: uri, headers: HTTPHeaders(headers))
        let facts = RequestHeadFacts(head.headers)
        switch requestGuard.verdict(on: head, facts, isTunnelled: isTunnelled, isInference: isInference) {
        case .admitted: return "admitted"
        case .admittedToS3: return "S3"
        case .refused(let error): return "\(error.code.rawValue) \(error.field ?? "")"
        }
    }

    @Test(
        "addresses, localhost and allowed names are accepted hosts",
        arguments: [
            "127.0.0.1", "127.0.0.1:8080", "10.1.2.3:80", "[::1]", "[::1]:8080", "[2001:db8::1]:9", "localhost",
            "LOCALHOST:8080",
            "localhost.", "bucket.localhost", "a.b.localhost:9", "ml.example.org", "ML.example.org:443", "x.y.lab.test",
        ]
    )
    func ownHosts(host: String) {
        let named = RequestGuard(allowedHosts: ["ml.example.org", "*.lab.test"])
        #expect(verdict(headers: [("Host", host)], guard: named) == "admitted")
    }

    @Test(
        "all other host names are refused",
        arguments: [
            "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil-localhost", "localhostevil",
            "0x7f.1",
            "2130706433", "127.1", "sts.amazonaws.com", "lab.test", "evillab.test", "127.0.0.1evil.example",
            "x@127.0.0.1.evil",
        ]
    )
    func foreignHosts(host: String) {
        let named = RequestGuard(allowedHosts: ["*.lab.test"])
        #expect(verdict(headers: [("Host", host)], guard: named).hasSuffix(" Host"))
        #expect(
            verdict(.GET, "http://\(host)/v1/status", headers: [("Host", "localhost")], guard: named).hasSuffix(" Host")
        )
    }

    @Test(
        "a malformed host is invalid input",
        arguments: ["", "a b", "[::1", "[::1]x", "local/host", "h:80a", "evil.example\u{0}"]
    )
    func noHosts(host: String) { #expect(verdict(headers: [("Host", host)]) == "invalid_input Host") }

    @Test("a request has one Host header; in HTTP/1.0 it may have none")
    func oneHost() {
        #expect(verdict(headers: []) == "invalid_input Host")
        #expect(verdict(headers: [("Host", "localhost"), ("host", "localhost")]) == "invalid_input Host")
        #expect(verdict(version: .http1_0, headers: []) == "admitted")
    }

    @Test("inside the tunnel, AWS's host names are accepted")
    func tunnel() {
        #expect(verdict(headers: [("Host", "sts.amazonaws.com")], isTunnelled: true) == "admitted")
        #expect(verdict(headers: [("Host", "b.s3.us-east-1.amazonaws.com:443")], isTunnelled: true) == "admitted")
        #expect(verdict(headers: [("Host", "evil.example")], isTunnelled: true) == "forbidden Host")
        #expect(verdict(headers: [("Host", "amazonaws.com.evil.example")], isTunnelled: true) == "forbidden Host")
    }

    @Test("the name that the server listens on is accepted")
    func listeningName() {
        let named = RequestGuard(listeningName: "GPU-box")
        #expect(verdict(headers: [("Host", "gpu-box:8080")], guard: named) == "admitted")
        #expect(verdict(headers: [("Host", "gpu-box:8080")]) == "forbidden Host")
    }

    @Test(
        "only the server's own pages may send requests",
        arguments: [
            ("http://localhost:8080", true), ("https://localhost:8080", true), ("http://LOCALHOST:8080", true),
            ("null", false),
            ("http://localhost", false), ("http://localhost:3000", false), ("http://127.0.0.1:8080", false),
            ("http://evil.example", false), ("http://localhost:8080.evil.example", false),
            ("ftp://localhost:8080", false),
            ("", false), ("http://localhost:8080/", false),
        ]
    )
    func origins(origin: String, isOwn: Bool) {
        for method in [HTTPMethod.GET, .POST, .OPTIONS, .PUT] {
            let found = verdict(method, headers: [("Host", "localhost:8080"), ("Origin", origin)], isInference: true)
            #expect(found == (isOwn ? "admitted" : "forbidden Origin"))
        }
    }

    @Test("standard ports may be omitted")
    func standardPorts() {
        #expect(verdict(headers: [("Host", "localhost"), ("Origin", "http://localhost:80")]) == "admitted")
        #expect(verdict(headers: [("Host", "localhost:443"), ("Origin", "https://localhost")]) == "admitted")
        #expect(verdict(headers: [("Host", "localhost:443"), ("Origin", "http://localhost")]) == "forbidden Origin")
    }

    @Test("other sites may only link to the server")
    func fetchMetadata() {
        func fetch(_ site: String, _ method: HTTPMethod = .GET, mode: String? = nil, destination: String? = nil)
            -> String
        {
            var headers = [("Host", "localhost"), ("Sec-Fetch-Site", site)]
            if let mode { headers.append(("Sec-Fetch-Mode", mode)) }
            if let destination { headers.append(("Sec-Fetch-Dest", destination)) }
            return verdict(method, headers: headers, isInference: true)
        }
        #expect(fetch("same-origin") == "admitted")
        #expect(fetch("none", mode: "navigate") == "admitted")
        #expect(fetch("cross-site", mode: "navigate", destination: "document") == "admitted")
        for site in ["cross-site", "same-site"] {
            #expect(fetch(site) == "forbidden Sec-Fetch-Site")
            #expect(fetch(site, mode: "no-cors", destination: "image") == "forbidden Sec-Fetch-Site")
            #expect(fetch(site, mode: "navigate", destination: "iframe") == "forbidden Sec-Fetch-Site")
            #expect(fetch(site, .POST, mode: "navigate", destination: "document") == "forbidden Sec-Fetch-Site")
        }
    }

    @Test(
        "a body that changes state must have a type that HTML forms cannot send",
        arguments: [
            ("application/json", true), ("Application/JSON; charset=utf-8", true), ("application/yaml", true),
            ("application/octet-stream", true), ("application/problem+json", true), ("text/plain", false),
            ("text/plain;application/json", false), ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=json", false), ("", false), (nil, false),
        ] as [(String?, Bool)]
    )
    func types(type: String?, isTaken: Bool) {
        for framing in [("Content-Length", "2"), ("Transfer-Encoding", "chunked")] {
            var headers = [("Host", "localhost"), framing]
            if let type { headers.append(("Content-Type", type)) }
            let expected = isTaken ? "admitted" : "unsupported_media_type Content-Type"
            #expect(verdict(.POST, "/v1/pipelines", headers: headers) == expected)
            #expect(verdict(.POST, "http://localhost/v1/pipelines", headers: headers) == expected)
            #expect(verdict(.POST, "/v2/models/m/infer", headers: headers, isInference: true) == "admitted")
            // AWS clients keep their types, because no page can set this header.
            #expect(verdict(.POST, "/", headers: headers + [("X-Amz-Target", "SageMaker.ListModels")]) == "admitted")
        }
    }

    @Test("a request with an S3 signature is left to S3 if signatures are verified")
    func signed() {
        let scope = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request"
        let headers = [("Host", "bucket.example"), ("Origin", "http://bucket.example"), ("Authorization", scope)]
        #expect(verdict(.PUT, "/b/k", headers: headers, guard: RequestGuard(verifiesSignatures: true)) == "S3")
        #expect(verdict(.PUT, "/b/k", headers: headers) == "forbidden Host")
        let other = headers.dropLast() + [("Authorization", scope.replacing("s3", with: "sagemaker"))]
        #expect(
            verdict(.PUT, "/b/k", headers: Array(other), guard: RequestGuard(verifiesSignatures: true))
                == "forbidden Host"
        )
    }
}
