import Foundation
import Testing

@testable import Programs

@Suite("Responses of programs")
struct LoopbackResponseReaderTests {
    /// Reads `text` as a response from a socket whose other end is then closed.
    private func read(_ text: String, bodyLimit: Int = 1 << 20) throws -> LoopbackResponse {
        var sockets: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &sockets) == 0)
        let (near, far) = (sockets[0], sockets[1])
        defer { close(near) }
        let writer = Thread {
            let bytes = Array(text.utf8)
            var offset = 0
            while offset < bytes.count {
                let count = bytes[offset...].withUnsafeBytes {
                    send(far, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                offset += count
            }
            close(far)
        }
        writer.start()
        var reader = LoopbackResponseReader(
            near,
            .init(bodyByteCount: bodyLimit, silence: 5, deadline: .now + .seconds(20))
        )
        return try reader.read()
    }

    @Test(
        "a response is read in every form",
        arguments: [
            ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-type: text/csv\r\n\r\nabcdef", 200, "abc"),
            ("HTTP/1.0 404 Not Found\r\ncontent-type: text/csv\r\n\r\nto the end", 404, "to the end"),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/csv\r\n\r\n"
                    + "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", 200, "abc0123456789"
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nx: y\r\n\r\n"
                    + "HTTP/1.1 201 Created\r\ncontent-length: 0\r\ncontent-type: text/csv\r\n\r\n", 201, ""
            ),
            ("HTTP/1.1 204 No Content\r\ncontent-type: text/csv\r\n\r\n", 204, ""),
            ("HTTP/1.1 200 OK\r\nx-other: é\r\ncontent-type: text/csv\r\ncontent-length: 0\r\n\r\n", 200, ""),
        ]
    )
    func forms(text: String, status: Int, body: String) throws {
        let response = try read(text)
        #expect(response.status == status)
        #expect(String(decoding: response.body, as: UTF8.self) == body)
        #expect(response.contentType == "text/csv")
    }

    @Test(
        "a response with invalid numbers or headers is refused",
        .timeLimit(.minutes(1)),
        arguments: [
            "HTTP/1.1 99999999999 OK\r\n\r\n", "HTTP/1.1 999 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 +20 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "nonsense\r\n\r\n", "", "HTTP/1.1 200 OK",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 9223372036854775807\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\na",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7fffffffffffffff\r\nabc\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n7fffffffffffffff\r\nabc\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\(String(repeating: "f", count: 100))\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabcdef\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n1\r\na\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-type: text/csv\nx-evil: 1\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-type: text/csv\rx-evil: 1\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-type: a\0b\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-type: é\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-type: \(String(repeating: "x", count: 2000))\r\ncontent-length: 0\r\n\r\n",
            String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 1000),
            "HTTP/1.1 200 OK\r\n" + String(repeating: "x: y\r\n", count: 20_000) + "\r\n",
            "HTTP/1.1 200 OK\r\nx: " + String(repeating: "y", count: 100_000) + "\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "y", count: 2 << 20),
            "HTTP/1.1 200 OK\r\ncontent-length: \(2 << 20)\r\n\r\n" + String(repeating: "y", count: 2 << 20),
        ]
    )
    func refused(text: String) {
        #expect(throws: ProgramError.self) { try read(text) }
    }
}
