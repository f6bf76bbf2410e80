import NIOCore
import NIOHTTP1

/// Decodes one request after another, including those that ask for another protocol.
///
/// NIO's decoder reads nothing after a request with `Upgrade` and waits to be removed. Java's HttpClient and `curl --http2` send
/// one with every first request, and keep using the connection if the server ignores it, as this one does.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    private var decoder = RequestDecoder.make()
    /// Whether the decoder will stop at the end of the current request.
    private var isLast = false
    private var hasStopped = false
    /// Whether a CONNECT request was read: the bytes after it are not HTTP.
    private var isTunnel = false

    /// Presigned requests and object metadata need high limits.
    private static func make() -> HTTPRequestDecoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 80 << 10
        limits.maxHeaderListSize = 80 << 10
        limits.maxHeaderFieldCount = 1000
        return HTTPRequestDecoder(limitConfiguration: limits)
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    /// Leaves the bytes after the current request to another handler.
    func stop() { isTunnel = true }

    /// Must be called with each part that was read, because NIO's decoder does not report that it has stopped.
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
