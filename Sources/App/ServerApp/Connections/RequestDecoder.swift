import NIOCore
import NIOHTTP1

/// Reads one request after another, also those that ask for another protocol.
///
/// NIO's decoder reads nothing after a request with `Upgrade`, and waits to be removed. Java's HttpClient and `curl --http2` send
/// one with every first request, and use the connection on if the server ignores it, as this one does.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    private var decoder = RequestDecoder.make()
    /// Whether the request that is being read makes its decoder stop at its end.
    private var isLast = false
    private var hasStopped = false
    /// After a CONNECT request, what follows is not HTTP.
    private var isTunnel = false

    /// Presigned requests and metadata of objects make long heads.
    private static func make() -> HTTPRequestDecoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 80 << 10
        limits.maxHeaderListSize = 80 << 10
        limits.maxHeaderFieldCount = 1000
        return HTTPRequestDecoder(limitConfiguration: limits)
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    /// Leaves what follows the request that is being read to somebody else.
    func stop() { isTunnel = true }

    /// To be told each part that was read: the decoder does not say that it has stopped.
    func note(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            isLast =
                head.headers.contains(name: "upgrade")
                && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
        case .body: break
        case .end: hasStopped = isLast
        }
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        repeat {
            if hasStopped {
                hasStopped = false
                decoder.decoderRemoved(context: context)
                decoder = Self.make()
                decoder.decoderAdded(context: context)
            }
            _ = try decoder.decode(context: context, buffer: &buffer)
        } while hasStopped && !isTunnel && buffer.readableBytes > 0
        return .needMoreData
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        if buffer.readableBytes > 0 { _ = try decode(context: context, buffer: &buffer) }
        return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }
}
