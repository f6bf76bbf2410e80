import Definitions
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import ServerApp

@Suite("Access to Roost's own API")
struct OwnAPIAccessTests {
    @Test(
        "a server that verifies signatures admits only its own machine",
        arguments: [
            ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("::ffff:127.0.0.1", true),
            ("192.168.0.1", false), ("128.0.0.1", false), ("12.7.0.1", false), ("fe80::1", false), ("::2", false),
            ("::ffff:10.0.0.1", false), ("::127.0.0.1", false),
        ]
    )
    func addresses(text: String, isAdmitted: Bool) throws {
        let address = try SocketAddress(ipAddress: text, port: 4000)
        #expect(NativeAPIAccess.thisMachine.admits(address) == isAdmitted)
        #expect(NativeAPIAccess.everybody.admits(address))
        #expect(!NativeAPIAccess.thisMachine.admits(nil))
    }

    @Test(
        "the router refuses others, except on paths without secrets",
        arguments: [
            ("/v1/models", false), ("/v1/training-jobs", false), ("/v2/models/m/infer", false), ("/v2", false),
            ("/openapi.json", false), ("/nowhere", false), ("/metrics", true), ("/v1/aws", true),
            ("/v1/aws/keys", false),
            ("/v2/health/ready", true),
            ("/v2/health/live", true), ("/metrics/..%2fv1/models", false),
        ]
    )
    func paths(path: String, isAnswered: Bool) async throws {
        let channel = NIOAsyncTestingChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: "10.0.0.9", port: 4000)
        let context = RoutedContext(
            source: .init(channel: channel, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        )
        let request = Request(
            head: .init(method: .get, scheme: nil, authority: nil, path: path),
            body: .init(buffer: ByteBuffer())
        )
        let guarding = NativeAPIGuard(access: .thisMachine)
        if isAnswered {
            _ = try await guarding.handle(request, context: context) { _, _ in Response(status: .ok) }
        } else {
            let error = await #expect(throws: RoostError.self) {
                try await guarding.handle(request, context: context) { _, _ in Response(status: .ok) }
            }
            #expect(error?.code == .unauthorized)
        }
    }

    @Test("the fast path leaves inferences from elsewhere to the router")
    func fastPath() async throws {
        for (address, isTaken) in [("10.0.0.9", false), ("127.0.0.1", true)] {
            try await FastPath.run(access: .thisMachine, from: address) { path in
                try await path.send("/v1/pipelines/cheap/infer")
                if isTaken {
                    #expect(try await path.answer().head.status == .ok)
                } else {
                    #expect(try await path.passedOn().count == 3)
                    #expect(try await path.isQuiet())
                }
            }
        }
    }
}
