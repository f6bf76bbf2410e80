import Archives
import Definitions
import NIOCore
import NIOHTTP1

/// The first that sees a request, and the fast path: it refuses what must not come in, answers inference requests on the event
/// loop that read them, and passes on all else to the router.
///
/// HTTP/1.1 lets a client send the next request before the last one is answered. What comes while a request is under way, here
/// or behind, waits in order; and so does all that comes from a client that does not read its answers.
final class InferenceChannelHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What all connections of a server have in common.
    struct Configuration: Sendable {
        let service: InferenceService
        /// Bytes of an inference's body, packed or not.
        var bodyLimit: Int
        let lifecycle: ServerLifecycle
        var requestGuard = RequestGuard()
        var budget = BodyBudget(limit: 1 << 30)
        var timeLimits = ConnectionTimeLimits()
        /// Without one, CONNECT is refused.
        var tunnel: TunnelBuilder?
        /// Whether endpoints are invoked here: only where signatures are not checked.
        var takesInvocations = true
        /// Who may use Roost's own API; others are left to the router, which refuses them.
        var access = OwnAPIAccess.everybody
    }

    /// An inference request whose body is being read.
    struct Collected {
        let target: InferenceTarget
        let head: HTTPRequestHead
        let facts: RequestHeadFacts
        let coding: ContentCoding?
        var body = ByteBuffer()
    }

    /// A request that the router answers.
    struct Passed {
        let head: HTTPRequestHead
        var isRead = false
        var hasBegunAnswer = false
        var isAnswered = false
        /// Whether the answer is the connection's last.
        var closes: Bool
        /// Whether the encoder would put the end of a body after the answer to a HEAD request, which has none.
        var leavesOutEnd = false
    }

    enum State {
        case idle
        case collecting(Collected)
        /// An inference is under way.
        case running(HTTPRequestHead)
        case passing(Passed)
        /// A CONNECT request, while TLS is put before the decoder.
        case connecting
        /// The last answer was written: what still comes is thrown away until the client has closed its side too.
        case closing
    }

    /// More parts than this are not read ahead.
    private static let readAhead = 64

    let configuration: Configuration
    let decoder: RequestDecoder?
    var state = State.idle
    private var waiting: [HTTPServerRequestPart] = []
    private var isReceivingWaiting = false
    private var isReadHeld = false
    private var isTunnelled = false
    private var heldQuiesceEvent: ChannelShouldQuiesceEvent?
    /// What could not be read as HTTP, while the requests before it are still answered.
    private var heldError: (any Error)?
    /// Bytes of the budget that this connection's body takes.
    private var reservedBytes = 0
    var timer = ConnectionTimer()

    init(_ configuration: Configuration, decoder: RequestDecoder? = nil) {
        self.configuration = configuration
        self.decoder = decoder
    }

    // MARK: Inbound

    func handlerAdded(context: ChannelHandlerContext) { startTimer(context) }

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
        context.fireChannelReadComplete()
    }

    /// Whether a part's turn has come: not while a request is under way, and no new request while answers pile up.
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
            guard collected.body.readableBytes + byteCount <= limit(of: collected.target) else {
                return refuse(collected.target, collected.head, tooLarge(collected.target), context)
            }
            guard configuration.budget.reserve(byteCount) else {
                return refuse(collected.target, collected.head, .tooManyBodies, context)
            }
            reservedBytes += byteCount
            if collected.body.readableBytes == 0 {
                collected.body = chunk
                // Room for all of it at once, where it comes in pieces.
                if let length = collected.facts.declaredLength, length > byteCount {
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
            context.fireChannelRead(wrapInboundOut(part))
        case (.closing, _), (.connecting, _), (.idle, _), (.collecting, _), (.running, _): break
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        timer.headIsRead()
        if head.method == .CONNECT { return connect(head, context) }
        let facts = RequestHeadFacts(head.headers)
        let target = head.method == .POST ? InferenceTarget(uri: head.uri) : nil
        let verdict = configuration.requestGuard.verdict(
            on: head,
            facts,
            isTunnelled: isTunnelled,
            isInference: target != nil
        )
        if case .refused(let error) = verdict { return refuse(head, facts, error, context) }
        guard let target, verdict == .admitted, takes(target, head, context) else {
            state = .passing(Passed(head: head, closes: !head.isKeepAlive))
            readFaster(facts, context)
            inviteBody(of: head, facts, context)
            context.fireChannelRead(wrapInboundOut(.head(head)))
            return
        }
        let coding: ContentCoding?
        switch ContentCoding.announced(by: facts.contentEncoding) {
        case .none: coding = nil
        case .coding(let known): coding = known
        case .unsupported(let name): return refuse(target, head, .unsupportedCoding(name), context)
        }
        if let length = facts.declaredLength, length > limit(of: target) {
            return refuse(target, head, tooLarge(target), context)
        }
        state = .collecting(Collected(target: target, head: head, facts: facts, coding: coding))
        inviteBody(of: head, facts, context)
    }

    private func connect(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !isTunnelled, let tunnel = configuration.tunnel, let decoder else {
            return refuse(head, reason: "Roost is no proxy here", context)
        }
        do throws(TunnelBuilder.Refusal) {
            let host = try TunnelBuilder.host(of: head.uri)
            state = .connecting
            decoder.stop()
            let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            tunnel.connect(to: host, context).whenComplete { result in
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

    /// Whether the request is answered here: an invocation is told from a request to a bucket called `endpoints` by its signature.
    private func takes(_ target: InferenceTarget, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Bool {
        guard case .endpoint = target else { return configuration.access.admits(context.remoteAddress) }
        return configuration.takesInvocations && Invocation.isSigned(head.headers)
    }

    private func limit(of target: InferenceTarget) -> Int {
        guard case .endpoint = target else { return configuration.bodyLimit }
        return min(configuration.bodyLimit, Invocation.bodyLimit)
    }

    private func tooLarge(_ target: InferenceTarget) -> RoostError {
        RoostError(.tooLarge, "The body is larger than the limit of \(limit(of: target)) bytes.", field: "body")
    }

    /// A client that asks first, as curl does with a large body, is told to go on.
    private func inviteBody(of head: HTTPRequestHead, _ facts: RequestHeadFacts, _ context: ChannelHandlerContext) {
        guard facts.expectsContinue else { return }
        context.writeAndFlush(wrapOutboundOut(.head(.init(version: head.version, status: .continue))), promise: nil)
    }

    /// A large body is worth larger reads: each one that goes to the router costs a change of threads.
    private func readFaster(_ facts: RequestHeadFacts, _ context: ChannelHandlerContext) {
        guard let length = facts.declaredLength, length > 1 << 20 else { return }
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 1 << 16, maximum: 1 << 20)
        try? context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
    }

    private func start(_ request: Collected, _ context: ChannelHandlerContext) {
        state = .running(request.head)
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        configuration.service.respond(
            to: request.target,
            headers: request.head.headers,
            coding: request.coding,
            limit: limit(of: request.target),
            body: request.body
        ) { [service = configuration.service, acceptEncoding = request.facts.acceptEncoding] response in
            service.compress(response, for: acceptEncoding, isOnEventLoop: eventLoop.inEventLoop) { response in
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
        }
    }

    private func finish(_ response: InferenceResponse, _ context: ChannelHandlerContext) {
        releaseBody()
        guard case .running(let head) = state, context.channel.isActive else { return }
        let closes = !head.isKeepAlive || configuration.lifecycle.isDraining
        // What follows on a connection that ends here will not be answered, so it is not run either.
        state = closes ? .closing : .idle
        write(response, to: head, closes: closes, context)
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

    /// Goes on with what came while a request was under way.
    func receiveWaiting(_ context: ChannelHandlerContext) {
        // A response that is sent at once makes the channel writable again in the middle of it: the loop further out goes on.
        guard !isReceivingWaiting else { return }
        isReceivingWaiting = true
        var hasPassedOn = false
        while let part = waiting.first, mayReceive(part, context) {
            waiting.removeFirst()
            receive(part, context)
            if case .passing = state { hasPassedOn = true }
        }
        isReceivingWaiting = false
        // The read that brought these parts is complete long since; what is behind waits for that to be said.
        if hasPassedOn { context.fireChannelReadComplete() }
        guard waiting.isEmpty else { return }
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

    /// A request that cannot be read is answered after those before it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isUnderWay || !waiting.isEmpty {
            heldError = error
        } else {
            context.fireErrorCaught(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer.cancel()
        // An inference that still runs holds its body; its bytes are given back when it is over.
        if case .running = state {} else { releaseBody() }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelShouldQuiesceEvent {
            // What is behind closes an idle connection at once, and does not know of the requests that end here.
            switch state {
            case .collecting, .running:
                heldQuiesceEvent = event
                return
            default: break
            }
        }
        if case .closing = state, case .inputClosed? = event as? ChannelEvent {
            return context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }
}
