import HTTPTypes
import Hummingbird
import NIOCore
import S3
import Synchronization
import Testing

@testable import ServerApp

@Suite("Documents that take long to create")
struct LateDocumentTests {
    private final class Pieces: Sendable {
        let all = Mutex<[String]>([])
    }

    private struct Writer: ResponseBodyWriter {
        let pieces: Pieces

        mutating func write(_ buffer: ByteBuffer) async throws {
            pieces.all.withLock { $0.append(String(buffer: buffer)) }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test("spaces are sent until the document is ready, then the rest of it")
    func waits() async throws {
        let pieces = Pieces()
        let document = Task {
            while pieces.all.withLock({ $0.count }) < 4 { try? await Task.sleep(for: .milliseconds(2)) }
            return S3Response(
                status: 200,
                headers: [],
                body: .bytes(Array((S3Response.documentStart + "<Made/>").utf8))
            )
        }
        var writer: any ResponseBodyWriter = Writer(pieces: pieces)
        try await S3Routes.send(document, every: .milliseconds(5), &writer)
        let sent = pieces.all.withLock { $0 }
        #expect(sent.first == S3Response.documentStart && sent.last == "<Made/>")
        #expect(sent.count >= 5 && sent.dropFirst().dropLast().allSatisfy { $0 == " " })
    }
}
