import Foundation
import Testing

@testable import Outgoing

/// Calls to servers that behave well, and to some that do not.
struct OutgoingClientTests {
    private let client = OutgoingClient(allowsPrivateAddresses: true)

    private func request(_ server: RawServer, host: String = "127.0.0.1", _ path: String = "/a?b=c") -> OutgoingRequest
    {
        var request = OutgoingRequest(method: "POST", url: "http://\(host):\(server.port)\(path)")
        // Beside all other tests, a call may wait for its turn.
        request.timeLimit = .seconds(600)
        return request
    }

    @Test("a request and its response", arguments: ["127.0.0.1", "localhost"])
    func exchange(_ host: String) async throws {
        let server = try RawServer("HTTP/1.1 201 Created\r\nX-A: b\r\nX-A: c\r\nContent-Length: 4\r\n\r\nbody")
        defer { server.stop() }
        var request = request(server, host: host)
        request.headers = [("X-B", "d"), ("Host", "other"), ("Content-Length", "99")]
        request.body = Data("sent".utf8)
        let response = try await client.send(request)
        #expect(response.status == 201 && String(decoding: response.body, as: UTF8.self) == "body")
        #expect(response.headers.filter { $0.name == "X-A" }.map(\.value) == ["b", "c"])
        let head = try #require(server.requests.first).lowercased()
        #expect(head.hasPrefix("post /a?b=c http/1.1\r\n") && head.contains("\r\nhost: \(host):\(server.port)\r\n"))
        #expect(
            head.contains("\r\nx-b: d\r\n") && head.contains("\r\ncontent-length: 4\r\n") && !head.contains("other")
        )
    }

    @Test("a redirect is not followed")
    func redirect() async throws {
        let server = try RawServer("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        #expect(try await client.send(request(server)).status == 302)
        #expect(server.requests.count == 1)
    }

    @Test("the beginning of a large body is enough if the caller says so", arguments: [0, 1, 4, 5])
    func beginning(_ limit: Int) async throws {
        let server = try RawServer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")
        defer { server.stop() }
        var request = request(server)
        request.bodyLimit = limit
        request.cutsBody = true
        let response = try await client.send(request)
        #expect(response.status == 200 && String(decoding: response.body, as: UTF8.self) == "body".prefix(limit))
    }

    @Test("a URL is checked without a call")
    func check() async throws {
        let server = try RawServer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        try await client.check("http://127.0.0.1:\(server.port)/")
        #expect(server.requests.isEmpty)
        let strict = OutgoingClient(allowsPrivateAddresses: false)
        await #expect(throws: OutgoingError.self) { try await strict.check("http://127.0.0.1:\(server.port)/") }
        await #expect(throws: OutgoingError.invalidURL("ftp://h/")) { try await client.check("ftp://h/") }
    }

    @Test("a response that does not end is given up")
    func slow() async throws {
        let server = try RawServer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbo", holdsOpen: true)
        defer { server.stop() }
        var request = request(server)
        request.timeLimit = .milliseconds(200)
        await #expect(throws: OutgoingError.timedOut(host: "127.0.0.1")) { try await client.send(request) }
    }

    @Test("a body or headers without an end are cut off")
    func endless() async throws {
        let chunk = String(repeating: "x", count: 10_000)
        let body = try RawServer("HTTP/1.1 200 OK\r\n\r\n" + chunk, repeated: 100)
        defer { body.stop() }
        var request = request(body)
        request.bodyLimit = 50_000
        await #expect(throws: OutgoingError.bodyTooLarge(limit: 50_000)) { try await client.send(request) }
        let lines = (0..<4000).map { "X-\($0): \(chunk.prefix(100))\r\n" }.joined()
        let headers = try RawServer("HTTP/1.1 200 OK\r\n" + lines + "\r\n")
        defer { headers.stop() }
        await #expect(throws: OutgoingError.self) { try await client.send(self.request(headers)) }
    }

    @Test(
        "what is not HTTP is a failed connection",
        arguments: ["", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx"]
    )
    func garbage(_ answer: String) async throws {
        let server = try RawServer(answer)
        defer { server.stop() }
        await #expect {
            _ = try await client.send(request(server))
        } throws: { error in
            guard case .connectionFailed = error as? OutgoingError else { return false }
            return true
        }
    }
}
