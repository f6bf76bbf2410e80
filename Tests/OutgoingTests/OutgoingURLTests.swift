import Foundation
import Testing

@testable import Outgoing

/// URLs and requests that outgoing calls accept.
struct OutgoingURLTests {
    @Test("the parts of a URL")
    func parts() throws {
        let url = try OutgoingURL("https://Example.COM:8443/a/b?c=d#e")
        #expect(url.isSecure && url.host == "example.com" && url.port == 8443 && url.target == "/a/b?c=d")
        #expect(url.authority == "example.com:8443")
        #expect(url.url(host: "::1") == "https://[::1]:8443/a/b?c=d")
        let short = try OutgoingURL("http://h?x")
        #expect(!short.isSecure && short.port == nil && short.target == "/?x" && short.authority == "h")
        #expect(try OutgoingURL("http://[::1]:80/").host == "::1")
    }

    @Test(
        "other schemes, users, escapes and broken hosts are rejected",
        arguments: [
            "", "x", "ftp://h/", "file:///etc/passwd", "http://", "http:///x", "http://user@h/", "http://a:b@h/",
            "http://h:0/", "http://h:65536/", "http://h:x/", "http://h:80:80/", "http://%31/", "http://h /",
            "http://h/\n",
            "http://h\\@x/", "http://[fe80::1%25eth0]/", "http://[127.0.0.1]/", "http://[::1/", "http://ü/",
        ]
    )
    func invalid(_ text: String) {
        #expect(throws: OutgoingError.invalidURL(text)) { try OutgoingURL(text) }
    }

    @Test(
        "notations of private addresses are judged by the address that they resolve to",
        arguments: [
            "http://127.0.0.1:9/", "http://2130706433:9/", "http://0x7f000001:9/", "http://[::ffff:127.0.0.1]:9/",
        ]
    )
    func notations(_ text: String) async {
        let client = OutgoingClient(allowsPrivateAddresses: false)
        await #expect {
            _ = try await client.send(OutgoingRequest(method: "GET", url: text))
        } throws: { error in
            guard case .addressNotAllowed(_, _, true) = error as? OutgoingError else { return false }
            return true
        }
    }

    @Test("a header or a method with a line break is rejected")
    func headers() async {
        let client = OutgoingClient(allowsPrivateAddresses: true)
        var request = OutgoingRequest(method: "GET", url: "http://127.0.0.1:9/")
        request.headers = [("X-A", "b\r\nX-C: d")]
        await #expect(throws: OutgoingError.invalidHeader("X-A")) { try await client.send(request) }
        let other = OutgoingRequest(method: "GET /\r\n", url: "http://127.0.0.1:9/")
        await #expect(throws: OutgoingError.invalidHeader("GET /\r\n")) { try await client.send(other) }
    }

    @Test("a server that does not listen is a failed connection")
    func refused() async {
        let client = OutgoingClient(allowsPrivateAddresses: true)
        await #expect {
            var request = OutgoingRequest(method: "GET", url: "http://127.0.0.1:1/")
            // Beside all other tests, a call may wait for its turn.
            request.timeLimit = .seconds(600)
            _ = try await client.send(request)
        } throws: { error in
            guard case .connectionFailed("127.0.0.1", _) = error as? OutgoingError else { return false }
            return true
        }
    }
}
