import NIOCore
import NIOHTTP1
import Serving

/// Decodes one request after another, including those that ask for another protocol.
///
/// Most inferences have a plain head. Those go to the ``InferenceChannelHandler`` without being taken apart into parts, strings
/// and dictionaries. NIO's decoder decodes all other requests, and decides what is valid HTTP.
///
/// NIO's decoder reads nothing after a request with `Upgrade` and waits to be removed. Java's HttpClient and `curl --http2` send
/// one with every first request, and keep using the connection if the server ignores it, as this one does.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// What is known about the next byte.
    private enum Position {
        /// It begins a request.
        case start
        /// It begins an inference whose head was read. The head stays in the buffer until its body has arrived.
        case inference(headBytes: Int, bodyLength: Int)
        /// It belongs to a request whose remaining bytes NIO's decoder gets.
        case within(remaining: Int)
        /// Only NIO's decoder knows.
        case unknown
    }

    /// Larger bodies go to NIO's decoder, which does not need them in one piece.
    private static let maxInferenceBytes = 64 << 10

    private var decoder = RequestDecoder.make()
    /// `nil` once the decoder is removed, which ends the cycle of references.
    private var handler: InferenceChannelHandler?
    private var context: ChannelHandlerContext?
    private var position = Position.start
    /// Whether the decoder will stop at the end of the current request.
    private var isLast = false
    private var hasStopped = false
    /// Whether a CONNECT request was read: the bytes after it are not HTTP.
    private var isTunnel = false

    init(for handler: InferenceChannelHandler) { self.handler = handler }

    /// Presigned requests and object metadata need high limits.
    private static func make() -> HTTPRequestDecoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 80 << 10
        limits.maxHeaderListSize = 80 << 10
        limits.maxHeaderFieldCount = 1000
        return HTTPRequestDecoder(limitConfiguration: limits)
    }

    func decoderAdded(context: ChannelHandlerContext) {
        self.context = context
        handler?.decoder = self
        decoder.decoderAdded(context: context)
    }

    func decoderRemoved(context: ChannelHandlerContext) {
        decoder.decoderRemoved(context: context)
        self.context = nil
        handler = nil
    }

    /// Writes bytes for the client as they are.
    func write(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(NIOAny(bytes), promise: promise)
    }

    func flush() { context?.flush() }

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
        while buffer.readableBytes > 0 {
            switch position {
            case .start:
                guard begin(buffer) else { return .needMoreData }
            case .inference(let headBytes, let bodyLength):
                handler?.timer.sawPart = true
                guard buffer.readableBytes >= headBytes + bodyLength else { return .needMoreData }
                position = .start
                buffer.moveReaderIndex(forwardBy: headBytes)
                if let body = buffer.readSlice(length: bodyLength) { handler?.receive(body) }
            case .within(let remaining):
                guard var part = buffer.readSlice(length: min(remaining, buffer.readableBytes)) else {
                    return .needMoreData
                }
                let rest = remaining - part.readableBytes
                position = rest > 0 ? .within(remaining: rest) : .start
                _ = try decoder.decode(context: context, buffer: &part)
            case .unknown: return try decodeUnknown(context, &buffer)
            }
        }
        return .needMoreData
    }

    /// Decides who decodes the request at the start of `buffer`.
    ///
    /// - Returns: Whether that is decided; if not, more bytes are needed.
    private func begin(_ buffer: ByteBuffer) -> Bool {
        buffer.withUnsafeReadableBytes { bytes in
            RequestScanner.scan(bytes) { result in
                switch result {
                case .incomplete:
                    guard bytes.count > RequestScanner.maxHeadBytes else { return false }
                    position = .unknown
                case .irregular: position = .unknown
                case .head(let head):
                    if head.bodyLength <= Self.maxInferenceBytes, let handler,
                        handler.begin(head, isComplete: bytes.count >= head.byteCount + head.bodyLength)
                    {
                        position = .inference(headBytes: head.byteCount, bodyLength: head.bodyLength)
                    } else {
                        position = .within(remaining: head.byteCount + head.bodyLength)
                    }
                }
                return true
            }
        }
    }

    private func decodeUnknown(_ context: ChannelHandlerContext, _ buffer: inout ByteBuffer) throws -> DecodingState {
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
        if buffer.readableBytes > 0 {
            // A request that ends early, which NIO's decoder reports.
            if case .inference = position { handler?.giveBack() }
            position = .unknown
            _ = try decodeUnknown(context, &buffer)
        }
        return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }
}
