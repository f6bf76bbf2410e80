import AWS
import Definitions
import NIOCore
import NIOHTTP1
import Serving

/// Output: responses of the fast path, refusals, and the router's responses on their way through.
extension InferenceChannelHandler {
    func write(
        _ response: InferenceResponse,
        to request: HTTPRequestHead,
        closes: Bool,
        _ context: ChannelHandlerContext,
        reason: String? = nil
    ) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(5 + response.headers.count)
        if !response.contentType.isEmpty { headers.add(name: "content-type", value: response.contentType) }
        headers.add(name: "content-length", value: String(response.body.readableBytes))
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        if let seconds = response.retryAfterSeconds { headers.add(name: "retry-after", value: String(seconds)) }
        if closes {
            headers.add(name: "connection", value: "close")
        } else if request.version == .http1_0 {
            headers.add(name: "connection", value: "keep-alive")
        }
        let known = HTTPResponseStatus(statusCode: response.status)
        let status = reason.map { .custom(code: known.code, reasonPhrase: $0) } ?? known
        let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: closes ? lastWrite(context) : nil)
    }

    /// Returns a promise for the last write of a connection, which is then closed.
    ///
    /// Only the server's side is closed at first. The client may still be sending. If the whole connection were closed, the
    /// client's next piece would cause a reset, which discards the response before the client has read it.
    private func lastWrite(_ context: ChannelHandlerContext) -> EventLoopPromise<Void> {
        let written = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        written.futureResult.whenComplete { _ in
            channel.close(mode: .output).whenFailure { _ in channel.close(promise: nil) }
        }
        return written
    }

    // MARK: Refusals

    /// Refuses an inference before all of it is read. The rest is discarded.
    func refuse(
        _ call: any InferenceCall,
        _ head: HTTPRequestHead,
        _ error: RoostError,
        _ context: ChannelHandlerContext
    ) {
        close(with: call.encode(error), head, context)
    }

    /// Refuses any request, in the format of the API that it was meant for.
    func refuse(
        _ head: HTTPRequestHead,
        _ facts: RequestHeadFacts,
        _ error: RoostError,
        _ context: ChannelHandlerContext
    ) {
        close(with: Self.response(error, to: head, facts), head, context)
    }

    /// Refuses a request with a status line that says why.
    func refuse(_ head: HTTPRequestHead, reason: String, _ context: ChannelHandlerContext) {
        var response = InferenceResponse(status: 403, body: ByteBuffer(string: "\(reason).\n"))
        response.contentType = "text/plain"
        close(with: response, head, context, reason: reason)
    }

    private func close(
        with response: InferenceResponse,
        _ head: HTTPRequestHead,
        _ context: ChannelHandlerContext,
        reason: String? = nil
    ) {
        releaseBody()
        state = .closing
        write(response, to: head, closes: true, context, reason: reason)
        answerIsWritten(context)
    }

    static func response(_ error: RoostError, to head: HTTPRequestHead, _ facts: RequestHeadFacts) -> InferenceResponse
    {
        guard let kind = AWSRegistry.directory.kind(head) else {
            return InferenceService.response(error, path: head.uri)
        }
        let shape = AWSRegistry.directory.errorShape(of: kind) { head.headers.first(name: $0) }
        let error = AWSError("AccessDenied", error.message, status: error.httpStatus)
        let answer = shape.answer(error, requestID: "")
        var response = InferenceResponse(status: answer.status, body: ByteBuffer(bytes: answer.body))
        response.contentType = answer.contentType
        response.headers = answer.headers.map { ($0.key, $0.value) }
        return response
    }

    // MARK: The router's responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .passing(var passed) = state else {
            // The response to an abandoned request, whose connection is closing.
            if case .closing = state {
                promise?.succeed()
                return
            }
            return context.write(data, promise: promise)
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            guard head.status.code >= 200 else { return context.write(data, promise: promise) }
            passed.hasBegunResponse = true
            if configuration.lifecycle.isDraining || head.headers[canonicalForm: "connection"].contains("close") {
                passed.closes = true
            }
            // Do not read the rest of a refused body.
            if head.status.code >= 400, !passed.isRead { passed.closes = true }
            if passed.head.version == .http1_0 {
                head.version = .http1_0
                // Without chunks, the end of the connection is the end of the body.
                if !head.headers.contains(name: "content-length") { passed.closes = true }
                if !passed.closes { head.headers.replaceOrAdd(name: "connection", value: "keep-alive") }
            }
            if passed.closes { head.headers.replaceOrAdd(name: "connection", value: "close") }
            if passed.head.method == .HEAD, !head.headers.contains(name: "content-length") {
                passed.leavesOutEnd = true
            }
            state = .passing(passed)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            guard passed.head.method != .HEAD else {
                promise?.succeed()
                return
            }
            context.write(data, promise: promise)
        case .end:
            passed.isAnswered = true
            let closes = passed.closes
            state = closes ? .closing : passed.isRead ? .idle : .passing(passed)
            if passed.leavesOutEnd {
                promise?.succeed()
                if closes { lastWrite(context).succeed() }
            } else if closes {
                let last = lastWrite(context)
                if let promise { last.futureResult.cascade(to: promise) }
                context.write(data, promise: last)
            } else {
                context.write(data, promise: promise)
            }
            answerIsWritten(context)
            if !closes, passed.isRead { receiveWaiting(context) }
        }
    }
}
