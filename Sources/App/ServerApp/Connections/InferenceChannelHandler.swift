import Archives
import Definitions
import NIOCore
import NIOHTTP1
import Serving

/// The first handler to see a request, and the fast path. It refuses requests that must not be let in, handles inference requests
/// on the event loop that read them, and passes all others to the router.
///
/// HTTP/1.1 lets a client send the next request before the last one is answered. Parts that arrive while a request is in
/// progress, here or in the router, wait in order. So does everything from a client that does not read its responses.
final class InferenceChannelHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Settings that all connections of a server share.
    struct Configuration: Sendable {
        let service: InferenceService
        /// Maximum bytes of an inference's body, compressed or not.
        var bodyLimit: Int
        let lifecycle: ServerLifecycle
        var requestGuard = RequestGuard()
        var budget = BodyBudget(limit: 1 << 30)
        var timeLimits = ConnectionTimeLimits()
        /// If `nil`, CONNECT is refused.
        var tunnel: TunnelBuilder?
    }

    /// Maximum number of parts to read ahead.
    private static let readAhead = 64

    let configuration: Configuration
    var decoder: RequestDecoder?
    var state = State.idle
    private(set) var waiting: [HTTPServerRequestPart] = []
    private var isReceivingWaiting = false
    /// Whether the next handlers have got a part since they last learned of the end of a read.
    private var hasPassedOn = false
    private var isReadHeld = false
    private(set) var isTunnelled = false
    private var heldQuiesceEvent: ChannelShouldQuiesceEvent?
    /// Whether the client closed its side while an inference was running. It still reads the response, as `nc` does.
    private(set) var isInputClosed = false
    /// An error in the HTTP input, held back until the requests before it are answered.
    private var heldError: (any Error)?
    /// Bytes of the budget that this connection's body has reserved.
    var reservedBytes = 0
    var timer = ConnectionTimer()

    /// The memory of the last response that was sent as one piece.
    var responseBytes = ByteBuffer()
    /// `nil` once the handler is removed, which ends the cycle of references.
    private(set) var context: ChannelHandlerContext?
    /// Runs tasks on this connection's event loop.
    lazy var loopExecutor = context.map { EventLoopExecutor($0.eventLoop) }
    /// The last `Host` that the guard admitted, because clients repeat it.
    var admittedHost: [UInt8] = []

    init(_ configuration: Configuration) { self.configuration = configuration }

    // MARK: Inbound

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        startTimer(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        decoder = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        timer.sawPart = true
        decoder?.note(part)
        if waiting.isEmpty, mayReceive(part, context) {
            receive(part, context)
        } else {
            waiting.append(part)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        noteReadComplete(context)
        // The next handlers need not know of reads that brought them nothing.
        guard hasPassedOn else { return }
        hasPassedOn = false
        context.fireChannelReadComplete()
    }

    private func passOn(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        hasPassedOn = true
        context.fireChannelRead(wrapInboundOut(part))
    }

    /// Whether it is a part's turn: not while a request is in progress, and no new request while responses pile up.
    private func mayReceive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) -> Bool {
        switch (state, part) {
        case (.running, _): false
        case (.passing(let passed), .head): !passed.isRead
        case (.idle, .head): context.channel.isWritable
        default: true
        }
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (state, part) {
        case (.idle, .head(let head)): begin(head, context)
        case (.collecting(var collected), .body(var chunk)):
            state = .idle
            let byteCount = chunk.readableBytes
            guard collected.body.readableBytes + byteCount <= limit(of: collected.call.base) else {
                let call = collected.call.base
                return refuse(call, collected.form, tooLarge(call), context)
            }
            guard configuration.budget.reserve(byteCount) else {
                return refuse(collected.call.base, collected.form, .tooManyBodies, context)
            }
            reservedBytes += byteCount
            if collected.body.readableBytes == 0 {
                collected.body = chunk
                // A body that comes in pieces gets all its memory at once.
                if let length = collected.declaredLength, length > byteCount {
                    collected.body.reserveCapacity(length)
                }
            } else {
                collected.body.writeBuffer(&chunk)
            }
            state = .collecting(collected)
        case (.collecting(let collected), .end): start(collected, context)
        case (.passing(var passed), _):
            if case .end = part { passed.isRead = true }
            state = passed.isRead && passed.isAnswered ? .idle : .passing(passed)
            passOn(part, context)
        case (.closing, _), (.connecting, _), (.idle, _), (.collecting, _), (.running, _): break
        }
    }

    private func begin(_ sent: HTTPRequestHead, _ context: ChannelHandlerContext) {
        timer.headIsRead(bodyIsToCome: true)
        if sent.method == .CONNECT { return connect(sent, context) }
        let facts = RequestHeadFacts(sent.headers)
        let head = sent.inOriginForm
        let match = head.method == .POST ? match(head, context) : .other
        let isInference =
            switch match {
            case .call, .inferenceForRouter: true
            case .direct, .other: false
            }
        let verdict = configuration.requestGuard.verdict(
            on: sent,
            facts,
            isTunnelled: isTunnelled,
            isInference: isInference
        )
        if case .refused(let error) = verdict { return refuse(head, facts, error, context) }
        let isAnsweredHere: Bool
        switch match {
        // The guard and the call agree on what the request is for. One with an encoded body is the router's.
        case .direct(let call):
            let expected = call.route == nil ? RequestGuard.Verdict.admitted : .admittedToPublicRoute(nil)
            isAnsweredHere = verdict == expected && facts.contentEncoding == nil
        case .call: isAnsweredHere = verdict == .admitted
        case .inferenceForRouter, .other: isAnsweredHere = false
        }
        guard let work = Collected.Work(match), isAnsweredHere else {
            state = .passing(Passed(head: head, closes: !head.isKeepAlive))
            readFaster(facts, context)
            inviteBody(of: head, facts, context)
            var head = head
            Admission.note(verdict.admission, in: &head, facts)
            passOn(.head(head), context)
            return
        }
        let call = work.base
        let coding: ContentCoding?
        switch ContentCoding.announced(by: facts.contentEncoding) {
        case .none: coding = nil
        case .coding(let known): coding = known
        case .unsupported(let name):
            return refuse(call, ResponseForm(head), .unsupportedCoding(name), context)
        }
        let form = ResponseForm(head, acceptEncoding: facts.acceptEncoding)
        if let length = facts.declaredLength, length > limit(of: call) {
            return refuse(call, form, tooLarge(call), context)
        }
        state = .collecting(Collected(call: work, form: form, coding: coding, declaredLength: facts.declaredLength))
        inviteBody(of: head, facts, context)
    }

    private func match(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> InferenceService.Match {
        HeadBytes(uri: head.uri, fields: head.headers.map { ($0.name, $0.value) }).withHead {
            configuration.service.match($0) { context.remoteAddress }
        }
    }

    private func connect(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !isTunnelled, let tunnel = configuration.tunnel, let decoder else {
            return refuse(head, reason: "Proxying is not enabled", context)
        }
        do throws(TunnelBuilder.Refusal) {
            let host = try TunnelBuilder.host(of: head.uri)
            state = .connecting
            decoder.stop()
            let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            tunnel.connect(to: host, for: self, context).whenComplete { result in
                let (handler, context) = bound.value
                switch result {
                case .success:
                    handler.isTunnelled = true
                    handler.state = .idle
                case .failure: context.close(promise: nil)
                }
            }
        } catch {
            refuse(head, reason: error.reason, context)
        }
    }

    func start(_ request: Collected, _ context: ChannelHandlerContext) {
        state = .running(request.form)
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        let send: Serving.ResponseCompletion = { response in
            if eventLoop.inEventLoop {
                let (handler, context) = bound.value
                handler.finish(response, context)
            } else {
                eventLoop.execute {
                    let (handler, context) = bound.value
                    handler.finish(response, context)
                    handler.receiveWaiting(context)
                }
            }
        }
        let service = configuration.service
        let inference: any InferenceCall
        switch request.call {
        case .inference(let call): inference = call
        case .direct(let call):
            let body = request.body
            // Another thread reads what would hold up the event loop.
            let executor = body.readableBytes > DirectCalls.bodyLimit ? nil : loopExecutor
            Task(executorPreference: executor) { send(await call.respond(to: body)) }
            return
        }
        var completion = send
        if let accepted = request.form.acceptEncoding {
            completion = { service.compress($0, for: accepted, isOnEventLoop: eventLoop.inEventLoop, send) }
        }
        service.respond(
            to: inference,
            coding: request.coding,
            limit: limit(of: inference),
            body: request.body,
            completion: completion
        )
    }

    private func finish(_ response: InferenceResponse, _ context: ChannelHandlerContext) {
        releaseBody()
        guard case .running(let form) = state, context.channel.isActive else { return }
        let closes = !form.keepsAlive || configuration.lifecycle.isDraining || isInputClosed && waiting.isEmpty
        // Later requests on a connection that ends here cannot be answered, so they are not run.
        state = closes ? .closing : .idle
        write(response, as: form, closes: closes, context)
        answerIsWritten(context)
        forwardHeldEvents(context)
    }

    func releaseBody() {
        guard reservedBytes > 0 else { return }
        configuration.budget.release(reservedBytes)
        reservedBytes = 0
    }

    private func forwardHeldEvents(_ context: ChannelHandlerContext) {
        if let event = heldQuiesceEvent {
            heldQuiesceEvent = nil
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Processes the parts that arrived while a request was in progress.
    func receiveWaiting(_ context: ChannelHandlerContext) {
        // A response that is sent at once makes the channel writable inside this loop; the outer call continues.
        guard !isReceivingWaiting else { return }
        isReceivingWaiting = true
        while let part = waiting.first, mayReceive(part, context) {
            waiting.removeFirst()
            receive(part, context)
        }
        isReceivingWaiting = false
        // The read that brought these parts completed long ago, but the next handlers still wait for that event.
        if hasPassedOn {
            hasPassedOn = false
            context.fireChannelReadComplete()
        }
        guard waiting.isEmpty else { return }
        if isInputClosed, case .passing = state {
            isInputClosed = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        if let error = heldError, !isUnderWay {
            heldError = nil
            context.fireErrorCaught(error)
        }
        if isReadHeld, context.channel.isWritable {
            isReadHeld = false
            read(context: context)
        }
    }

    private var isUnderWay: Bool {
        switch state {
        case .running: true
        case .passing(let passed): passed.isRead
        default: false
        }
    }

    func read(context: ChannelHandlerContext) {
        if case .closing = state { return context.read() }
        if waiting.count > Self.readAhead || !context.channel.isWritable {
            isReadHeld = true
        } else {
            if case .passing = state {
                timer.readBegins()
                startTimer(context)
            }
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        timer.writabilityChanged(isWritable: context.channel.isWritable)
        context.fireChannelWritabilityChanged()
        if context.channel.isWritable {
            receiveWaiting(context)
        } else {
            startTimer(context)
        }
    }

    /// Handles a malformed request after those before it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isUnderWay || !waiting.isEmpty {
            heldError = error
        } else {
            context.fireErrorCaught(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer.cancel()
        // A running inference still holds its body, whose bytes are released when it ends.
        if case .running = state {} else { releaseBody() }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelShouldQuiesceEvent {
            // The next handlers close an idle connection at once, and do not know about requests that are handled here.
            switch state {
            case .collecting, .running:
                heldQuiesceEvent = event
                return
            default: break
            }
        }
        if case .inputClosed? = event as? ChannelEvent {
            switch state {
            // The next handlers would close the connection.
            case .running: return isInputClosed = true
            case .closing: return context.close(promise: nil)
            default: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }
}
