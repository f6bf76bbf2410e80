import AsyncHTTPClient
import Definitions
import NIOCore
import NIOHTTP1
import NativeAPI
import Testing

@testable import RoostClient

@Suite("Errors of the client")
struct ErrorTests {
    private let client = RoostClient(url: "http://example.com")

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

    @Test("an error of another server says so", arguments: ["", "<html>", "{}", #"{"error": "no"}"#])
    func otherServer(body: String) async {
        await #expect(
            throws: RoostError(.internalError, "http://example.com returned HTTP 502. Is it a Roost server?")
        ) { try await client.successful(response(.badGateway, body)) }
    }

    @Test("an address without a scheme is refused before anything is sent", arguments: ["example.com", "ftp://a", ""])
    func address(url: String) async {
        await #expect(
            throws: RoostError(
                .invalidInput,
                "'\(url)' is not a valid server address. It must begin with http:// or https://, such as "
                    + "http://127.0.0.1:8080.",
                field: "url"
            )
        ) { try await RoostClient(url: url).status() }
    }

    @Test("the error for a server that does not run says how to start one")
    func noServer() async {
        await #expect {
            // The port of a protocol that is no longer in use.
            try await RoostClient(url: "http://127.0.0.1:1").status()
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
