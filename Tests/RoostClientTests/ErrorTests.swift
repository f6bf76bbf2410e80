import AsyncHTTPClient
import Definitions
import Foundation
import NIOCore
import NIOHTTP1
import NativeAPI
import Testing

@testable import RoostClient

@Suite("Errors of the client")
struct ErrorTests {
    private let client: RoostClient

    init() throws { client = try RoostClient(url: "http://example.com", token: "") }

    private func response(_ status: HTTPResponseStatus, _ body: String) -> HTTPClientResponse {
        HTTPClientResponse(status: status, body: .bytes(ByteBuffer(string: body)))
    }

    @Test("a response with success is passed on", arguments: [HTTPResponseStatus.ok, .created, .accepted])
    func success(_ status: HTTPResponseStatus) async throws {
        let response = try await client.successful(response(status, #"{"name": "blue"}"#))
        #expect(response.status == status)
        #expect(try await client.decode([String: String].self, response) == ["name": "blue"])
    }

    @Test("an error of the server is thrown as it is")
    func serverError() async {
        let body = #"{"error": {"code": "not_found", "message": "There is no model 'x'.", "field": "name"}}"#
        await #expect(throws: RoostError(.notFound, "There is no model 'x'.", field: "name")) {
            try await client.successful(response(.notFound, body))
        }
    }

    @Test("an error with a code that the client does not know is internal")
    func unknownCode() async {
        await #expect(throws: RoostError(.internalError, "Too hot.")) {
            try await client.successful(
                response(.serviceUnavailable, #"{"error": {"code": "overheated", "message": "Too hot."}}"#)
            )
        }
    }

    @Test("a server that does not answer in time is not a missing one")
    func silent() async throws {
        // The system accepts the connection, and nobody answers.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                try #require(bind(listener, pointer, length) == 0 && listen(listener, 1) == 0)
                try #require(getsockname(listener, pointer, &length) == 0)
            }
        }
        let url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        let client = try RoostClient(url: url, token: "")
        await #expect(
            throws: RoostError(
                .timeout,
                "The Roost server at \(url) did not answer within 1 s. It may still complete the request.",
                field: "url"
            )
        ) { try await client.execute(client.request(.GET, "/v1/status"), timeout: .seconds(1)) }
    }

    @Test("an error of another server says so", arguments: ["", "<html>", "{}", #"{"error": "no"}"#])
    func otherServer(body: String) async {
        await #expect(
            throws: RoostError(
                .internalError,
                "http://example.com returned HTTP 418 I'm a teapot. Is it a Roost server?"
            )
        ) { try await client.successful(response(.imATeapot, body)) }
        await #expect(
            throws: RoostError(
                .unavailable,
                "The proxy at http://example.com responded with 502 Bad Gateway. The Roost server behind it does not respond."
            )
        ) { try await client.successful(response(.badGateway, body)) }
    }

    @Test("a refusal by a proxy says which credentials it refused, or what to set")
    func refusal() async throws {
        let proxy = "The proxy at http://example.com responded with 401 Unauthorized. "
        await #expect(
            throws: RoostError(
                .unauthorized,
                proxy + "Set ROOST_TOKEN, or put a user name and password into ROOST_URL."
            )
        ) { try await client.successful(response(.unauthorized, "<html>")) }
        let known = try RoostClient(url: "http://example.com", token: "secret")
        await #expect(throws: RoostError(.unauthorized, proxy + "It did not accept the token in ROOST_TOKEN.")) {
            try await known.successful(response(.unauthorized, "secret"))
        }
    }

    @Test("a redirect is an error that shows only where it leads")
    func redirect() async {
        let moved = HTTPClientResponse(
            status: .movedPermanently,
            headers: ["location": "https://u:p@other.example:444/v1?secret"]
        )
        await #expect(
            throws: RoostError(
                .invalidInput,
                "http://example.com redirects to https://other.example:444. Redirects are not followed. Set ROOST_URL to "
                    + "the server's final address.",
                field: "url"
            )
        ) { try await client.successful(moved) }
    }

    @Test("a body that is not the expected JSON says so", arguments: ["", "<html>", "[]", "{}"])
    func wrongBody(body: String) async {
        await #expect(
            throws: RoostError(
                .internalError,
                "http://example.com did not return the expected JSON. Is it a Roost server?"
            )
        ) { try await client.decode(ErrorBody.self, response(.ok, body)) }
    }

    @Test("an address without a scheme is refused before anything is sent", arguments: ["example.com", "ftp://a", ""])
    func address(url: String) {
        #expect(
            throws: RoostError(
                .invalidInput,
                "'\(url)' is not a valid server address. It must begin with http:// or https://, such as "
                    + "http://127.0.0.1:8080.",
                field: "url"
            )
        ) { try RoostClient(url: url) }
    }

    @Test("the error for a server that does not run says how to start one")
    func noServer() async {
        await #expect {
            // The port of a protocol that is no longer in use.
            try await RoostClient(url: "http://127.0.0.1:1", token: "").status()
        } throws: { error in
            guard let error = error as? RoostError else { return false }
            return error.code == .unavailable && error.field == "url"
                && error.message
                    == "No Roost server at http://127.0.0.1:1 (Connection refused). Start one with: roost serve"
        }
    }

    @Test("a file that cannot be read is not uploaded", arguments: ["/no/such/file", "/tmp"])
    func missingFile(path: String) async {
        await #expect(throws: RoostError(.notFound, "There is no readable file '\(path)'.", field: "path")) {
            try await client.uploadModel("m", path: path, in: "default")
        }
    }
}
