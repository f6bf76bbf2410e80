import DataFolder
import Definitions
import Dispatch
import Endpoints
import Foundation
import InferenceLog
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NativeAPI
import OpenInference
import Pipelines
import Programs
import Runtimes
import SageMakerRuntime
import Synchronization
import Tensors
import TestSupport

@testable import ServerApp
@testable import Serving

/// The fast path on its own channel, with pipelines of fake models.
///
/// `cheap` returns 0.5 for each row at once. `held` waits on a thread of the pool until the test releases it.
struct FastPath {
    let channel: NIOAsyncTestingChannel
    let lifecycle = ServerLifecycle()
    let budget = BodyBudget(limit: 2 * bodyLimit)
    private let data: DataFolder
    let serving: Serving
    let service: InferenceService
    /// Signaled by the test for each run of `held`.
    let gate = DispatchSemaphore(value: 0)
    private let received = ReceivedResponses()

    static let bodyLimit = 1 << 20

    private init(folder: String, access: NativeAPIAccess, from address: String) async throws {
        var configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: ""))
        // Between two steps of a test, a busy machine can take more than the minute that a request may run.
        configuration.serving.runTimeLimit = .seconds(3600)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        data = try DataFolder(configuration, logger: logger) { _, _, _ in
            throw RoostError(.unavailable, "There are no runtimes here.")
        }
        serving = data.serving
        try Self.serve("cheap", FakeModel(.floats(1), answering: 0.5), on: serving)
        let held = FakeModel(.floats(1)) { [gate] inputs, _ throws(RuntimeError) in
            // Refusing the zeros of the warm-up makes the model count as expensive.
            guard inputs[0].number(at: 0) != 0 else { throw .runFailed(reason: "no zeros, please") }
            gate.wait()
            return [inputs[0]]
        }
        try Self.serve("held", held, on: serving)
        let runtime = SageMakerRuntime(serving: serving, captures: data.endpoints.captures)
        service = InferenceService(
            serving: serving,
            entries: [
                .init(dialect: OpenInferenceDialect(serving)) { access.admits($1()) },
                .init(dialect: NativeInference(serving)) { access.admits($1()) },
                .init(dialect: runtime) { _, _ in true },
            ]
        )
        let connections = InferenceChannelHandler.Configuration(
            service: service,
            bodyLimit: Self.bodyLimit,
            lifecycle: lifecycle,
            budget: budget
        )
        channel = NIOAsyncTestingChannel()
        try await channel.testingEventLoop.executeInContext { [channel] in
            let handler = InferenceChannelHandler(connections)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ByteToMessageHandler(RequestDecoder(for: handler)))
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(handler)
        }
        try await channel.connect(to: SocketAddress(ipAddress: address, port: 4000))
    }

    private static func serve(_ name: String, _ model: FakeModel, on serving: Serving) throws {
        let version = ModelVersion.fake(name, model.signature)
        let steps: [Step] = [.model(version.reference)]
        let plan = try PipelinePlan(pipeline: name, steps: steps, validations: []) { _ throws(RoostError) in version }
        let executable = ExecutablePipeline(
            name: name,
            versionID: "1",
            plan: plan,
            models: [PreparedModel(version: version, loaded: model)]
        )
        serving.served.set(
            ServedPipeline(executable, log: serving.log.stream(for: name), metrics: PipelineMetrics(pipeline: name))
        )
    }

    static func run(
        access: NativeAPIAccess = .everybody,
        from address: String = "127.0.0.1",
        _ body: (FastPath) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let fastPath = try await FastPath(folder: folder, access: access, from: address)
            try await body(fastPath)
            _ = try? await fastPath.channel.finish()
            await fastPath.serving.close()
        }
    }

    /// The response to one request.
    struct Answer {
        var head: HTTPResponseHead
        var body: String
    }

    /// Sends a whole request at once.
    func send(
        _ uri: String,
        _ body: String = #"{"tensor":[[1]]}"#,
        method: HTTPMethod = .POST,
        version: HTTPVersion = .http1_1,
        headers: HTTPHeaders = [:]
    ) async throws {
        var headers = headers
        if !headers.contains(name: "host") { headers.add(name: "host", value: "localhost") }
        if !body.isEmpty { headers.add(name: "content-length", value: "\(body.utf8.count)") }
        try await send(bytes: Self.head(uri, method: method, version: version, headers: headers) + body)
    }

    static func head(
        _ uri: String,
        method: HTTPMethod = .POST,
        version: HTTPVersion = .http1_1,
        headers: HTTPHeaders
    ) -> String {
        "\(method.rawValue) \(uri) HTTP/\(version.major).\(version.minor)\r\n"
            + headers.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n"
    }

    func send(bytes: String) async throws { try await channel.writeInbound(ByteBuffer(string: bytes)) }

    /// Waits for the next response, and reads all of it.
    func answer() async throws -> Answer {
        while true {
            if let answer = received.take() { return answer }
            received.add(try await channel.waitForOutboundWrite(as: IOData.self))
        }
    }

    /// Returns the parts that the router has received.
    func passedOn() async throws -> [HTTPServerRequestPart] {
        var parts: [HTTPServerRequestPart] = []
        while let part = try await channel.readInbound(as: HTTPServerRequestPart.self) { parts.append(part) }
        return parts
    }

    /// Returns whether nothing is waiting to be sent.
    func isQuiet() async throws -> Bool {
        while let data = try await channel.readOutbound(as: IOData.self) { received.add(data) }
        return received.isEmpty
    }
}

/// Takes a server's bytes apart into responses.
final class ReceivedResponses: Sendable {
    private let text = Mutex("")

    var isEmpty: Bool { text.withLock { $0.isEmpty } }

    func add(_ data: IOData) {
        guard case .byteBuffer(let bytes) = data else { return }
        text.withLock { $0 += String(buffer: bytes) }
    }

    /// Removes the first response; `nil` if it is not complete.
    func take() -> FastPath.Answer? {
        text.withLock { text in
            guard let end = text.range(of: "\r\n\r\n") else { return nil }
            let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
            let status = lines[0].split(separator: " ")
            var headers = HTTPHeaders()
            for line in lines.dropFirst() {
                let parts = line.components(separatedBy: ": ")
                headers.add(name: parts[0], value: parts[1])
            }
            var body = text[end.upperBound...]
            if headers["transfer-encoding"] == ["chunked"] {
                guard let last = body.range(of: "0\r\n\r\n") else { return nil }
                body = body[..<last.upperBound]
            } else {
                let length = headers["content-length"].first.flatMap { Int($0) } ?? 0
                guard body.utf8.count >= length else { return nil }
                body = body.prefix(length)
            }
            let head = HTTPResponseHead(
                version: status[0] == "HTTP/1.0" ? .http1_0 : .http1_1,
                status: HTTPResponseStatus(statusCode: Int(status[1]) ?? 0),
                headers: headers
            )
            let answer = FastPath.Answer(head: head, body: String(body))
            text.removeSubrange(..<body.endIndex)
            return answer
        }
    }
}
