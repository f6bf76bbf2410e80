import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Sets up each connection: HTTP/1, the fast path, and behind it Hummingbird, which needs other types.
struct ConnectionSetup: ServerChildChannel, HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: Responder
    let makeFastPath: @Sendable () -> InferenceChannelHandler

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            // Most requests fit in one read; a second one that finds nothing would waste a system call.
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            // The next pieces of a large body wait here, so that the socket never has to.
            let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 512 << 10, high: 1 << 20)
            try channel.syncOptions?.setOption(.writeBufferWaterMark, value: waterMark)
            let fastPath = makeFastPath()
            // The fast path encodes its own responses, which the decoder sends past the encoder.
            try pipeline.addHandler(ByteToMessageHandler(RequestDecoder(for: fastPath)))
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(fastPath)
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(HTTPConnectionStateHandler(logger: logger))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
        }
    }

    func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
}
