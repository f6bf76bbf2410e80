import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import ServerApp

@Suite("The fast path")
struct InferenceChannelHandlerTests {
    @Test("an inference is answered, and its connection stays open")
    func native() async throws {
        try await FastPath.run { path in
            try await path.send("/v1/pipelines/cheap/infer")
            let answer = try await path.answer()
            #expect(answer.head.status == .ok && answer.head.version == .http1_1)
            #expect(answer.head.headers["content-type"] == ["application/json"])
            #expect(answer.head.headers["content-length"] == ["\(answer.body.utf8.count)"])
            #expect(answer.head.headers["connection"].isEmpty)
            #expect(answer.head.headers["x-roost-inference-id"].first?.utf8.count == 36)
            #expect(answer.body.contains(#""outputs":[{"Float":{"data":[0.5],"dim":[1,1],"v":1}}]"#))
            #expect(path.channel.isActive)
        }
    }

    @Test("an Open Inference request gets a response in its own format")
    func openInference() async throws {
        try await FastPath.run { path in
            let body = #"{"id":"7","inputs":[{"name":"tensor","datatype":"FP32","shape":[1,1],"data":[1]}]}"#
            try await path.send("/v2/models/cheap/versions/1/infer", body)
            let answer = try await path.answer()
            #expect(
                answer.body == #"{"model_name":"cheap","model_version":"1","id":"7","outputs":"#
                    + #"[{"name":"score","datatype":"FP32","shape":[1,1],"data":[0.5]}]}"#
            )
            #expect(answer.head.headers["x-roost-inference-id"] == ["7"])
        }
    }

    @Test(
        "an error has its status, and the format of its API",
        arguments: [
            ("/v1/pipelines/ghost/infer", "{}", 404, #"{"error":{"code":"not_found""#),
            ("/v1/pipelines/cheap/infer", "{", 400, #"{"error":{"code":"invalid_input""#),
            ("/v1/pipelines/cheap/infer", "", 400, #"{"error":{"code":"invalid_input""#),
            ("/v2/models/ghost/infer", "{}", 404, #"{"error":"No"#),
            ("/v2/models/cheap/versions/2/infer", "{}", 404, #"{"error":"Version"#),
            ("/v2/models/cheap/infer", "{}", 400, #"{"error":"The request has no 'inputs'."}"#),
        ]
    )
    func errors(uri: String, body: String, status: Int, beginning: String) async throws {
        try await FastPath.run { path in
            try await path.send(uri, body)
            let answer = try await path.answer()
            #expect(answer.head.status.code == UInt(status))
            #expect(answer.body.hasPrefix(beginning), "\(answer.body)")
            // The connection can be reused.
            try await path.send("/v1/pipelines/cheap/infer")
            #expect(try await path.answer().head.status == .ok)
        }
    }

    @Test("a body may arrive in pieces")
    func pieces() async throws {
        try await FastPath.run { path in
            let head = FastPath.head(
                "/v1/pipelines/cheap/infer",
                headers: ["host": "localhost", "transfer-encoding": "chunked"]
            )
            try await path.send(bytes: head)
            for piece in ["{\"ten", "sor\":", "[[1],", "[2]]}"] {
                try await path.send(bytes: "\(piece.utf8.count)\r\n\(piece)\r\n")
            }
            #expect(try await path.isQuiet())
            try await path.send(bytes: "0\r\n\r\n")
            #expect(try await path.answer().body.contains(#""dim":[2,1]"#))
        }
    }

    @Test("a request may arrive in any pieces, and others may follow at once")
    func splits() async throws {
        let body = #"{"tensor":[[1],[2]]}"#
        let headers: HTTPHeaders = ["Host": "localhost", "content-length": "\(body.utf8.count)", "accept": "*/*"]
        let request = FastPath.head("/v1/pipelines/cheap/infer", headers: headers) + body
        let status = FastPath.head("/v1/status", method: .GET, headers: ["host": "localhost"])
        try await FastPath.run { path in
            for split in stride(from: 1, to: request.utf8.count, by: 7) {
                try await path.send(bytes: String(request.prefix(split)))
                #expect(try await path.isQuiet())
                try await path.send(bytes: request.dropFirst(split) + request + status.prefix(split % 20))
                for _ in 0..<2 { #expect(try await path.answer().body.contains(#""dim":[2,1]"#)) }
                #expect(try await path.isQuiet())
                #expect(try await path.passedOn().isEmpty)
                try await path.send(bytes: String(status.dropFirst(split % 20)))
                #expect(try await path.passedOn().count == 2)
                try await path.channel.writeOutbound(
                    HTTPServerResponsePart.head(.init(version: .http1_1, status: .noContent))
                )
                try await path.channel.writeOutbound(HTTPServerResponsePart.end(nil))
                #expect(try await path.answer().head.status == .noContent)
            }
        }
    }

    @Test(
        "only a head that has one meaning is taken for a plain inference",
        arguments: [
            ("host: localhost", 200), ("HOST:  127.0.0.1:80 ", 200), ("host: evil.example", 403),
            ("host: localhost\r\nhost: localhost", 400), ("accept: x", 400),
            ("host: localhost\r\norigin: http://a", 403),
            ("host: localhost\r\nsec-fetch-site: cross-site", 403), ("host: localhost\r\nconnection: Keep-Alive", 200),
            ("host: localhost\r\nx: \u{e4}", 200), ("host: localhost\r\nx:\ta", 200),
            ("host: localhost\r\ncontent-length: 16", 400), ("host: localhost\r\ntransfer-encoding: chunked", 400),
            ("host: localhost\r\ncontent-encoding: br", 415), ("host: localhost\r\nbad name: x", 400),
            ("host: localhost\r\nx: a\r\n b", 400),
        ]
    )
    func heads(lines: String, status: Int) async throws {
        try await FastPath.run { path in
            let body = #"{"tensor":[[1]]}"#
            let head =
                "POST /v1/pipelines/cheap/infer HTTP/1.1\r\ncontent-length: \(body.utf8.count)\r\n\(lines)\r\n\r\n"
            do {
                try await path.send(bytes: head + body)
                #expect(try await path.answer().head.status.code == status)
            } catch {
                // The next handlers answer what is not valid HTTP.
                #expect(status == 400, "\(error)")
            }
        }
    }

    @Test(
        "all other requests go to the router",
        arguments: [("GET", "/v1/pipelines/cheap/infer"), ("POST", "/v1/pipelines")]
    )
    func passing(method: String, uri: String) async throws {
        try await FastPath.run { path in
            try await path.send(
                uri,
                "x",
                method: HTTPMethod(rawValue: method),
                headers: ["content-type": "application/json"]
            )
            #expect(try await path.passedOn().count == 3)
            #expect(try await path.isQuiet())
        }
    }

    @Test("a request waits for the router's response to the one before it")
    func behindRouter() async throws {
        try await FastPath.run { path in
            try await path.send("/v1/status", "", method: .GET)
            try await path.send("/v1/pipelines/cheap/infer")
            #expect(try await path.isQuiet())
            try await path.channel.writeOutbound(
                HTTPServerResponsePart.head(.init(version: .http1_1, status: .noContent))
            )
            try await path.channel.writeOutbound(HTTPServerResponsePart.end(nil))
            #expect(try await path.answer().head.status == .noContent)
            #expect(try await path.answer().head.status == .ok)
        }
    }

    @Test("pipelined requests are answered in order")
    func pipelined() async throws {
        try await FastPath.run { path in
            try await path.send("/v1/pipelines/held/infer", #"{"tensor":[[3]]}"#)
            try await path.send("/v1/pipelines/cheap/infer")
            try await path.send("/v1/status", "", method: .GET)
            try await path.send("/v1/pipelines/held/infer", #"{"tensor":[[4]]}"#)
            #expect(try await path.isQuiet())
            #expect(try await path.passedOn().isEmpty)
            path.gate.signal()
            #expect(try await path.answer().body.contains(#""data":[3.0]"#))
            #expect(try await path.answer().body.contains(#""data":[0.5]"#))
            #expect(try await path.passedOn().count == 2)
            try await path.channel.writeOutbound(
                HTTPServerResponsePart.head(.init(version: .http1_1, status: .accepted))
            )
            try await path.channel.writeOutbound(HTTPServerResponsePart.end(nil))
            #expect(try await path.answer().head.status == .accepted)
            path.gate.signal()
            #expect(try await path.answer().body.contains(#""data":[4.0]"#))
        }
    }

    @Test("a body over the limit is refused and the connection closed, whether its length was announced or not")
    func tooLarge() async throws {
        for isSaid in [true, false] {
            try await FastPath.run { path in
                let length = FastPath.bodyLimit + 1
                var headers: HTTPHeaders = isSaid ? ["content-length": "\(length)"] : ["transfer-encoding": "chunked"]
                headers.add(name: "host", value: "localhost")
                // The connection is closed before its input is complete, which later handlers report.
                try? await path.send(bytes: FastPath.head("/v1/pipelines/cheap/infer", headers: headers))
                if !isSaid {
                    let piece = String(repeating: " ", count: length / 2 + 1)
                    for _ in 0..<2 {
                        try? await path.send(bytes: "\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n")
                    }
                }
                let answer = try await path.answer()
                #expect(answer.head.status == .payloadTooLarge)
                #expect(answer.head.headers["connection"] == ["close"])
                #expect(!path.channel.isActive)
            }
        }
    }

    @Test("a client that expects 100-continue gets it, unless its body is too large")
    func expectContinue() async throws {
        try await FastPath.run { path in
            let uri = "/v1/pipelines/cheap/infer"
            let headers: HTTPHeaders = ["host": "localhost", "expect": "100-continue", "content-length": "16"]
            try await path.send(bytes: FastPath.head(uri, headers: headers))
            #expect(try await path.answer().head.status == .continue)
            try await path.send(bytes: #"{"tensor":[[1]]}"#)
            #expect(try await path.answer().head.status == .ok)
            let large: HTTPHeaders = ["host": "localhost", "expect": "100-continue", "content-length": "99999999"]
            try? await path.send(bytes: FastPath.head(uri, headers: large))
            #expect(try await path.answer().head.status == .payloadTooLarge)
        }
    }

    @Test(
        "the connection is closed if the client or the server wants that",
        arguments: [
            ("1.1", "close", false, true), ("1.1", nil, true, true), ("1.1", nil, false, false),
            ("1.0", nil, false, true),
            ("1.0", "keep-alive", false, false),
        ] as [(String, String?, Bool, Bool)]
    )
    func closing(version: String, connection: String?, isDraining: Bool, isClosed: Bool) async throws {
        try await FastPath.run { path in
            if isDraining { path.lifecycle.drain() }
            try await path.send(
                "/v1/pipelines/cheap/infer",
                version: version == "1.0" ? .http1_0 : .http1_1,
                headers: connection.map { ["connection": $0] } ?? [:]
            )
            let answer = try await path.answer()
            #expect(answer.head.status == .ok)
            #expect((answer.head.headers["connection"] == ["close"]) == isClosed)
            #expect(path.channel.isActive == !isClosed)
        }
    }

    @Test("an inference that is running when the server drains is answered first")
    func quiescing() async throws {
        try await FastPath.run { path in
            try await path.send("/v1/pipelines/held/infer")
            path.lifecycle.drain()
            try await path.channel.testingEventLoop.executeInContext {
                path.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            }
            #expect(path.channel.isActive)
            path.gate.signal()
            let answer = try await path.answer()
            #expect(answer.head.status == .ok && answer.head.headers["connection"] == ["close"])
        }
    }
}
