import AWS
import Definitions
import NIOCore
import NIOHTTP1
import Serving

/// Output: responses of the fast path, refusals, and the router's responses on their way through.
extension InferenceChannelHandler {
    /// Larger bodies are not copied behind their heads.
    private static let copiedBytes = 16 << 10

    /// Sends a response, as one piece if it is small.
    func write(
        _ response: InferenceResponse,
        as form: ResponseForm,
        closes: Bool,
        _ context: ChannelHandlerContext,
        reason: String? = nil
    ) {
        guard let decoder else { return }
        let last = closes ? lastWrite(context) : nil
        let hasBody = !form.isToHEAD
        guard hasBody, response.body.readableBytes > Self.copiedBytes else {
            // Reuses the memory unless the socket has yet to take the response before.
            responseBytes.clear()
            response.write(to: &responseBytes, as: form, closes: closes, reason: reason, includesBody: hasBody)
            decoder.write(responseBytes, promise: last)
            decoder.flush()
            return
        }
        var head = context.channel.allocator.buffer(capacity: 512)
        response.write(to: &head, as: form, closes: closes, reason: reason, includesBody: false)
        decoder.write(head, promise: nil)
        decoder.write(response.body, promise: last)
        decoder.flush()
    }

    /// Returns a promise for the last write of a connection, which is then closed.
    ///
    /// Only the server's side is closed at first. The client may still be sending. If the whole connection were closed, the
    /// client's next piece would cause a reset, which discards the response before the client has read it.
    private func lastWrite(_ context: ChannelHandlerContext) -> EventLoopPromise<Void> {
        let written = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        let mode = isInputClosed ? CloseMode.all : .output
        written.futureResult.whenComplete { _ in
            channel.close(mode: mode).whenFailure { _ in channel.close(promise: nil) }
        }
        return written
    }

    // MARK: Refusals

    /// Refuses an inference before all of it is read. The rest is discarded.
    func refuse(
        _ call: any CollectedCall,
        _ form: ResponseForm,
        _ error: RoostError,
        _ context: ChannelHandlerContext
    ) {
        close(with: call.encode(error), form, context)
    }

    /// Refuses any request, in the format of the API that it was meant for.
    func refuse(
        _ head: HTTPRequestHead,
        _ facts: RequestHeadFacts,
        _ error: RoostError,
        _ context: ChannelHandlerContext
    ) {
        close(with: Self.response(error, to: head, facts), ResponseForm(head), context)
    }

    /// Refuses a request with a status line that says why.
    func refuse(_ head: HTTPRequestHead, reason: String, _ context: ChannelHandlerContext) {
        var response = InferenceResponse(status: 403, body: ByteBuffer(string: "\(reason).\n"))
        response.contentType = "text/plain"
        close(with: response, ResponseForm(head), context, reason: reason)
    }

    private func close(
        with response: InferenceResponse,
        _ form: ResponseForm,
        _ context: ChannelHandlerContext,
        reason: String? = nil
    ) {
        releaseBody()
        state = .closing
        write(response, as: form, closes: true, context, reason: reason)
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
