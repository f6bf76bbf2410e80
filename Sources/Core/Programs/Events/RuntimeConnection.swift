import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// A connection of a program to its Runtime API.
///
/// - Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
final class RuntimeConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let prefix = "/2018-06-01/runtime/"

    private let process: EventProcess
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    /// Whether the body is too large to be kept.
    private var isTooLarge = false
    /// Whether the body belongs to an event that the program does not handle.
    private var isIgnored = false
    /// Whether nothing is read until the program has read its responses.
    private var isReadHeld = false
    private var context: ChannelHandlerContext?
    /// The address of the listener.
    private var address = ""

    private init(_ process: EventProcess) { self.process = process }

    static func handlers(for process: EventProcess) -> [any ChannelHandler] {
        [
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)),
            RuntimeConnection(process),
        ]
    }

    /// AWS's client for Python describes an error in a header too, with all frames of a recursion, unless that takes 1 MiB.
    private static var limits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = (1 << 20) + 1024
        return limits
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        address = "127.0.0.1:\(context.localAddress?.port ?? 0)"
        guard process.opened(self) else { return context.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        process.closed(self)
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        // A program that does not read its responses would fill the server's memory with them.
        guard context.channel.isWritable else { return isReadHeld = true }
        context.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, isReadHeld {
            isReadHeld = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
            isTooLarge = false
            isIgnored = !isAwaited(head)
        case .body(var piece):
            if isIgnored { break }
            if body.readableBytes + piece.readableBytes > process.resultLimit {
                isTooLarge = true
                body = ByteBuffer()
            } else if !isTooLarge {
                body.writeBuffer(&piece)
            }
        case .end:
            guard let head else { return }
            self.head = nil
            respond(to: head)
        }
    }

    /// Whether the body of a request is of interest.
    private func isAwaited(_ head: HTTPRequestHead) -> Bool {
        let path = head.uri.dropFirst(Self.prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        return path.count == 3 ? process.handles(path[1]) : path.first == "init"
    }

    private func respond(to head: HTTPRequestHead) {
        // A web page that guesses the port must not take an event. Programs send neither of these headers.
        guard head.headers["origin"].isEmpty, head.headers["sec-fetch-site"].isEmpty,
            let host = head.headers.first(name: "host"), host == address, head.uri.hasPrefix(Self.prefix)
        else { return write("403 Forbidden", #"{"errorMessage":"Forbidden","errorType":"Forbidden"}"#) }
        let path = head.uri.dropFirst(Self.prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        switch (head.method, path.count, path.first) {
        case (.GET, 2, "invocation") where path[1] == "next":
            if !process.wants(self) {
                write("403 Forbidden", #"{"errorMessage":"An event is in progress","errorType":"InvalidState"}"#)
            }
        case (.POST, 3, "invocation") where path[2] == "response":
            post(isTooLarge ? .tooLarge : .result(Data(buffer: body)), for: path[1])
        case (.POST, 3, "invocation") where path[2] == "error": post(.failed(Data(buffer: body)), for: path[1])
        case (.POST, 2, "init") where path[1] == "error":
            process.postStartFailure(Data(buffer: body))
            accept()
        default: write("404 Not Found", #"{"errorMessage":"Not found","errorType":"NotFound"}"#)
        }
    }

    private func post(_ result: EventProcess.Result, for id: Substring) {
        guard process.post(result, for: String(id)) else {
            return write("400 Bad Request", #"{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#)
        }
        // At once: whoever invokes a function again and again waits for the program to ask for the next event.
        accept()
    }

    // MARK: Responses

    /// Sends an event. Head and body go out as one piece: two small ones would wait for each other's acknowledgment.
    ///
    /// The content type must be exactly this one. Without it, AWS's own client for Python crashes.
    func send(_ event: EventProcess.Event, deadline: Date) {
        var fields = "lambda-runtime-aws-request-id: \(event.id)\r\n"
        fields += "lambda-runtime-deadline-ms: \(Int64(deadline.timeIntervalSince1970 * 1000))\r\n"
        for (name, value) in event.headers {
            // No control characters, so that a value cannot smuggle in another header.
            let bytes = value.utf8.filter { $0 >= 0x20 && $0 != 0x7F }
            fields += "\(name): \(String(decoding: bytes, as: UTF8.self))\r\n"
        }
        write("200 OK", fields, event.payload)
    }

    private func accept() { write("202 Accepted", #"{"status":"OK"}"#) }

    private func write(_ status: String, _ document: String) { write(status, "", Data(document.utf8)) }

    private func write(_ status: String, _ fields: String, _ document: Data) {
        guard let context else { return }
        var bytes = context.channel.allocator.buffer(capacity: 256 + fields.utf8.count + document.count)
        bytes.writeString("HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(fields)")
        bytes.writeString("Content-Length: \(document.count)\r\n\r\n")
        bytes.writeBytes(document)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func close() { context?.close(promise: nil) }
}
