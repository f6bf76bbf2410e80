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
        case .admittedToS3(.signature): return "S3"
        case .admittedToS3(let admission): return "S3 \(admission.rawValue)"
        case .admittedToPublicRoute(nil): return "public"
        case .admittedToPublicRoute(let admission?): return "public \(admission.rawValue)"
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

    @Test("no link leads to the query protocol, which takes its form from the URL")
    func links() {
        let link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
        func follow(_ service: String, _ path: String, _ more: [(String, String)] = []) -> String {
            let uri = "\(path)&X-Amz-Credential=k%2F20260101%2Fus-east-1%2F\(service)%2Faws4_request"
            return verdict(.GET, uri, headers: [("Host", "localhost:8080")] + link + more)
        }
        for service in ["iam", "sts", "monitoring"] {
            #expect(follow(service, "/?Action=CreateRole&RoleName=r") == "forbidden Sec-Fetch-Site")
            #expect(follow(service, "http://localhost:8080/?Action=CreateRole") == "forbidden Sec-Fetch-Site")
        }
        // A GET of these services only reads.
        #expect(follow("s3", "/bucket/key?x=y") == "admitted")
        #expect(follow("lambda", "/2015-03-31/functions?x=y") == "admitted")
    }

    @Test(
        "a form of a browser that says nothing of its page reaches no service of AWS that its URL names",
        arguments: [
            ("lambda", "/2015-03-31/functions"), ("lambda", "/2015-03-31/functions/f/versions"),
            ("apigateway", "/restapis"), ("iam", "/"), ("sts", "/"),
        ]
    )
    func formsWithoutOrigin(service: String, path: String) {
        let credential = "k/20260101/us-east-1/\(service)/aws4_request"
        let uri = "\(path)?Action=CreateRole&X-Amz-Credential=\(credential.replacing("/", with: "%2F"))"
        for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"] {
            for length in ["0", "9"] {
                let form = [("Host", "localhost"), ("Content-Type", type), ("Content-Length", length)]
                #expect(verdict(.POST, uri, headers: form) == "unsupported_media_type Content-Type")
                let signed = form + [("Authorization", "AWS4-HMAC-SHA256 Credential=\(credential)")]
                #expect(verdict(.POST, path, headers: signed) == "admitted")
                // No page can sign a URL.
                #expect(verdict(.POST, uri, headers: form, guard: RequestGuard(verifiesSignatures: true)) == "admitted")
            }
        }
        let declared = [("Host", "localhost"), ("Content-Type", "application/json"), ("Content-Length", "9")]
        #expect(verdict(.POST, uri, headers: declared) == "admitted")
    }

    @Test("a form of the console comes from one of its pages, whichever form its target has")
    func consoleForms() {
        let host = ("Host", "localhost")
        let json = [host, ("Content-Type", "application/json"), ("Content-Length", "2")]
        let form = [
            host, ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "2"),
            ("Origin", "http://localhost"),
        ]
        for uri in ["/console/drift/a/pause", "http://localhost/console/drift/a/pause?x=1"] {
            #expect(verdict(.POST, uri, headers: json).hasPrefix("forbidden"))
            #expect(verdict(.POST, uri, headers: form) == "admitted")
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
    private let scope = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request"

    @Test("without verification, an S3 request of a foreign page needs a rule, and reaches nothing but S3")
    func byRule() {
        let page = [("Host", "127.0.0.1:8080"), ("Origin", "https://app.example")]
        let signed = page + [("Authorization", scope)]
        #expect(verdict(.PUT, "/bucket/k", headers: signed) == "S3 rule")
        #expect(
            verdict(.GET, "/bucket/k?X-Amz-Credential=k%2F20260101%2Fr%2Fs3%2Faws4_request", headers: page) == "S3 rule"
        )
        #expect(verdict(.GET, "/bucket/k?AWSAccessKeyId=k&Signature=s&Expires=1", headers: page) == "S3 rule")
        let form = [("Content-Type", "multipart/form-data; boundary=b"), ("Content-Length", "9")]
        #expect(verdict(.POST, "/bucket", headers: page + form) == "S3 rule")
        #expect(verdict(.GET, "/bucket/k", headers: page) == "forbidden Origin")
        // Even if its path is that of an inference.
        #expect(verdict(.POST, "/v2/models/m/infer", headers: signed, isInference: true) == "S3 rule")
        #expect(verdict(.POST, "/v2/models/m/infer", headers: page, isInference: true) == "forbidden Origin")
        #expect(verdict(.POST, "/", headers: signed + [("X-Amz-Target", "SageMaker.ListModels")]) == "forbidden Origin")
        let other = page + [("Authorization", scope.replacing("s3", with: "sagemaker"))]
        #expect(verdict(.POST, "/", headers: other) == "forbidden Origin")
    }

    @Test("a rule does not help a page that has rebound its name, or sends no origin")
    func noRule() {
        let rebound = [("Host", "evil.example"), ("Origin", "http://evil.example"), ("Authorization", scope)]
        #expect(verdict(.PUT, "/bucket/k", headers: rebound) == "forbidden Host")
        let image = [("Host", "localhost"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")]
        #expect(verdict(.GET, "/bucket/k?AWSAccessKeyId=k", headers: image) == "forbidden Sec-Fetch-Site")
    }

    @Test(
        "preflight requests are left to S3 if their path can be that of a bucket",
        arguments: [
            ("/bucket/key", true), ("/bucket", true), ("/bucket?delete", true), ("/v1/pipelines", false),
            ("/v2/models/m/infer", false), ("/", false), ("/_aws/x", false), ("//bucket", false),
            ("/Bucket/key", false), ("http://localhost:8080/bucket", false),
        ]
    )
    func preflights(path: String, isForS3: Bool) {
        let page = [("Host", "localhost:8080"), ("Origin", "https://app.example")]
        let asked = page + [("Access-Control-Request-Method", "PUT")]
        for named in [RequestGuard(), RequestGuard(verifiesSignatures: true)] {
            let expected = isForS3 ? "S3 preflight" : "forbidden Origin"
            #expect(verdict(.OPTIONS, path, headers: asked, guard: named) == expected)
            #expect(verdict(.OPTIONS, path, headers: page, guard: named) == "forbidden Origin")
            #expect(verdict(.GET, path, headers: asked, guard: named) == "forbidden Origin")
        }
        let rebound = [
            ("Host", "evil.example"), ("Origin", "http://e.example"), ("Access-Control-Request-Method", "PUT"),
        ]
        #expect(verdict(.OPTIONS, path, headers: rebound).hasPrefix("forbidden"))
    }

    @Test("a preflight request for a presigned URL or a virtual host is left to S3")
    func presignedPreflight() {
        let asked = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "PUT")]
        for named in [RequestGuard(), RequestGuard(verifiesSignatures: true)] {
            let path = "/bucket/k?X-Amz-Credential=k%2F20260101%2Fr%2Fs3%2Faws4_request"
            #expect(verdict(.OPTIONS, path, headers: [("Host", "localhost")] + asked, guard: named) == "S3 preflight")
            let host = [("Host", "bucket.s3.us-east-1.amazonaws.com")]
            #expect(verdict(.OPTIONS, "/k", headers: host + asked, guard: named, isTunnelled: true) == "S3 preflight")
        }
    }

    @Test(
        "a web site is open to navigations and to its own pages, and to other pages by a rule",
        arguments: ["site.s3-website.localhost:8080", "site.s3-website-us-east-1.amazonaws.com"]
    )
    func websites(host: String) {
        func site(_ method: HTTPMethod = .GET, _ uri: String = "/a", _ more: [(String, String)] = []) -> String {
            verdict(method, uri, headers: [("Host", host)] + more)
        }
        #expect(site() == "public")
        #expect(site(.GET, "/a", [("Origin", "http://\(host)")]) == "public")
        let link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
        #expect(site(.GET, "/a", link) == "public")
        #expect(site(.GET, "/a", [("Sec-Fetch-Site", "cross-site")]) == "forbidden Sec-Fetch-Site")
        let page = [("Origin", "https://app.example"), ("Sec-Fetch-Site", "cross-site")]
        #expect(site(.GET, "/a", page) == "public rule")
        #expect(site(.OPTIONS, "/a", page + [("Access-Control-Request-Method", "GET")]) == "public preflight")
        // Whatever else is asked of its host is for the web site, too.
        for uri in ["/v1/status", "/v2/models/m/infer", "http://\(host)/v1/status"] {
            #expect(verdict(.POST, uri, headers: [("Host", host)], isInference: true) == "public")
        }
        // A target that names another host than the header could be for either.
        #expect(verdict(.POST, "http://localhost/v1/status", headers: [("Host", host)]) == "invalid_input Host")
        #expect(verdict(.GET, "http://\(host)/a", headers: [("Host", "localhost")]) == "invalid_input Host")
        #expect(site(.POST, "/", [("X-Amz-Target", "SageMaker.ListModels")]) == "public")
        for isTunnelled in [false, true] {
            #expect(!RequestGuard().admits(host, isTunnelled: isTunnelled))
        }
    }

    @Test("the path of a web site does not open a host that is not the server's")
    func websitePath() {
        let path = "/_aws/s3-website/site/a"
        #expect(verdict(.GET, path, headers: [("Host", "localhost")]) == "public")
        #expect(verdict(.GET, path, headers: [("Host", "evil.example")]) == "forbidden Host")
        #expect(verdict(.GET, path, headers: [("Host", "localhost"), ("Origin", "null")]) == "public rule")
    }

    @Test("only the connection can note an admission")
    func note() {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        head.headers = ["Roost-Admission": "signature", "host": "localhost", "ROOST-ADMISSION": "rule"]
        var noted = head
        Admission.note(nil, in: &noted, RequestHeadFacts(head.headers))
        #expect(noted.headers == ["host": "localhost"])
        Admission.note(.preflight, in: &head, RequestHeadFacts(head.headers))
        #expect(head.headers["roost-admission"] == ["preflight"])
    }
}
