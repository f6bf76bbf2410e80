import HTTPTypes
import Hummingbird
import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

@testable import ServerApp

@Suite("Documents that take long to create")
struct LateDocumentTests {
    private struct Writer: ResponseBodyWriter {
        let pieces: AsyncStream<String>.Continuation

        mutating func write(_ buffer: ByteBuffer) async throws { pieces.yield(String(buffer: buffer)) }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test("a space is sent at each interval until the document is ready, then the rest of it")
    func waits() async throws {
        let clock = ManualClock()
        let (pieces, source) = AsyncStream<String>.makeStream()
        let (made, maker) = AsyncStream<S3Response>.makeStream()
        let document = Task {
            for await response in made { return response }
            return S3Response(status: 500, headers: [], body: .bytes([]))
        }
        let sending = Task {
            var writer: any ResponseBodyWriter = Writer(pieces: source)
            try await S3Routes.send(document, every: .seconds(10), by: clock, &writer)
            source.finish()
        }
        var sent = pieces.makeAsyncIterator()
        #expect(await sent.next() == S3Response.documentStart)
        for _ in 0..<3 {
            await clock.sleepers()
            clock.advance(by: .seconds(9))
            clock.advance(by: .seconds(1))
            #expect(await sent.next() == " ")
        }
        let bytes = Array((S3Response.documentStart + "<Made/>").utf8)
        maker.yield(S3Response(status: 200, headers: [], body: .bytes(bytes)))
        #expect(await sent.next() == "<Made/>")
        try await sending.value
        #expect(await sent.next() == nil)
    }
}
