import AsyncHTTPClient
import Definitions
import NIOHTTP1
import Testing

@testable import RoostClient

@Suite("The server's address and the headers for a proxy")
struct ServerAddressTests {
    private func address(
        _ url: String = "https://roost.example",
        token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) throws -> ServerAddress { try ServerAddress(url, token: token, headers: headers) }

    @Test(
        "a user name and password become basic authentication, and are no part of the address",
        arguments: [
            // printf 'USER:PASSWORD' | base64
            ("https://ada:p%40ss@h.example/a/", "https://h.example/a", "YWRhOnBAc3M="),
            ("http://ada@127.0.0.1:80", "http://127.0.0.1:80", "YWRhOg=="),
            ("https://:k@h", "https://h", "Oms="),
            ("https://a:p@ss@h", "https://h", "YTpwQHNz"),
            ("https://a:b:c@[::1]:8443", "https://[::1]:8443", "YTpiOmM="),
            ("https://a:%C3%BC@h", "https://h", "YTrDvA=="),
        ]
    )
    func basic(text: String, url: String, encoded: String) throws {
        let address = try address(text)
        #expect(address.url == url)
        #expect(address.headers.map(\.value) == ["Basic \(encoded)"])
        #expect(address.credential == .password)
    }

    @Test("a token is sent as it is")
    func token() throws {
        #expect(try address(token: "abc.def").headers.map(\.value) == ["Bearer abc.def"])
        #expect(try address(token: "").headers.isEmpty)
        let client = try RoostClient(url: "https://h", token: "t", headers: [("X-Api-Key", " k ")])
        let sent = client.request(.GET, "/v1/status").headers
        #expect(sent["authorization"] == ["Bearer t"])
        #expect(sent["x-api-key"] == ["k"])
    }

    @Test(
        "a token that is not one word is refused without being shown",
        arguments: ["Bearer secret", "secret\r\nX: y", "secret\n", "s\u{e9}cret", "secret\0"]
    )
    func badToken(token: String) {
        let error = #expect(throws: RoostError.self) { try address(token: token) }
        #expect(error?.message.hasPrefix("ROOST_TOKEN contains") == true)
        #expect(error?.message.contains("cret") == false)
    }

    @Test(
        "an address that is not valid is refused without what may be a password",
        arguments: [
            "https://u:pa/secret@h", "https://u:pa?secret@h", "https://u:pa#secret@h", "https://u:secret@",
            "https://u:secret@h:x", "https://u:secret@h:99999", "ftp://u:secret@h", "https://u:secret%0a@h",
            "https://u:secret%@h", "https://u:secret%ff@h", "https://a%3Ab:secret@h", "https://u:secret@h/?a",
            "https://u:secret@h\r\nX: y", "https://u:secret@h h", "u:secret@h",
        ]
    )
    func badAddress(url: String) {
        let error = #expect(throws: RoostError.self) { try address(url) }
        #expect(error?.field == "url")
        #expect(error?.message.contains("secret") == false)
    }

    @Test("a header that would break the request is refused without its value")
    func badHeaders() {
        let headers = [
            ("X-Key", "secret\r\nX: y"), ("X-Key", "secret\u{7f}"), ("X Key", "secret"), ("", "secret"),
            ("Content-Length", "secret"), ("HOST", "secret"), ("X-Key:", "secret"),
        ]
        for (name, value) in headers {
            let error = #expect(throws: RoostError.self) { try address(headers: [(name, value)]) }
            #expect(error?.field == "headers")
            #expect(error?.message.contains("secret") == false)
        }
    }

    @Test("only one part may set the header Authorization")
    func conflict() {
        let header = (name: "AUTHORIZATION", value: "Bearer secret")
        let url = "https://u:secret@h"
        #expect(throws: RoostError.self) { try address(url, token: "secret") }
        #expect(throws: RoostError.self) { try address(token: "secret", headers: [header]) }
        #expect(throws: RoostError.self) { try address(url, headers: [header]) }
        #expect(throws: RoostError.self) { try address(headers: [header, header]) }
    }

    @Test("nothing that describes a client contains a secret")
    func descriptions() throws {
        let client = try RoostClient(url: "https://u:secret@h", headers: [("X-Key", "secret")])
        var dumped = ""
        dump(client, to: &dumped)
        for text in ["\(client)", String(reflecting: client), "\(client.address)", dumped] {
            #expect(!text.contains("secret"))
            #expect(!text.contains("dTpzZWNyZXQ"))
        }
    }
}
