import Definitions
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import ServiceLifecycle

/// The fast path: answers inference requests on the event loop that read them, in front of the router; all else passes.
///
/// HTTP/1.1 lets a client send the next request before the last one is answered. What comes while a request is under way, here
/// or behind, waits in order.
final class InferenceChannelHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        /// An inference request is being read.
        case collecting(InferenceTarget, HTTPRequestHead, ByteBuffer?)
        /// An inference is under way.
        case running(HTTPRequestHead)
        /// A request for the router: whether it was read whole and answered whole.
        case passing(isRead: Bool, isAnswered: Bool)
        /// A CONNECT request, while TLS is put before the decoder.
        case connecting
        /// The rest of a request that was refused is thrown away until the connection is closed.
        case refusing
    }

    /// More parts than this are not read ahead.
    private static let readAhead = 64

    private let service: InferenceService
    private let bodyLimit: Int
    private let lifecycle: ServerLifecycle
    private let tunnel: TunnelBuilder?
    private let takesInvocations: Bool
    private let access: OwnAPIAccess
    private var state = State.idle
    private var waiting: [HTTPServerRequestPart] = []
    private var isReadHeld = false
    private var heldQuiesceEvent: ChannelShouldQuiesceEvent?

    /// - Parameters:
    ///   - tunnel: Without one, CONNECT is refused.
    ///   - takesInvocations: Whether endpoints are invoked here: only where signatures are not checked.
    ///   - access: Who may use Roost's own API; others are left to the router, which refuses them.
    init(
        service: InferenceService,
        bodyLimit: Int,
        lifecycle: ServerLifecycle,
        tunnel: TunnelBuilder? = nil,
        takesInvocations: Bool = true,
        access: OwnAPIAccess = .everybody
    ) {
        self.service = service
        self.bodyLimit = bodyLimit
        self.lifecycle = lifecycle
        self.tunnel = tunnel
        self.takesInvocations = takesInvocations
        self.access = access
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if waiting.isEmpty {
            receive(part, context)
        } else {
            waiting.append(part)
        }
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (state, part) {
        case (.idle, .head(let head)) where head.method == .CONNECT: connect(head, context)
        case (.idle, .head(let head)):
            guard head.method == .POST, let target = InferenceTarget(uri: head.uri), takes(target, head, context) else {
                state = .passing(isRead: false, isAnswered: false)
                readFaster(head, context)
                inviteBody(of: head, context)
                context.fireChannelRead(wrapInboundOut(part))
                return
            }
            state = .collecting(target, head, nil)
            if let length = Self.declaredLength(of: head), length > limit(of: target) {
                refuse(target, head, context)
            } else {
                inviteBody(of: head, context)
            }
        case (.collecting(let target, let head, var body), .body(var chunk)):
            state = .idle
            if body == nil {
                body = chunk
                // Room for all of it at once, where it comes in pieces.
                if let length = Self.declaredLength(of: head),
                    length > chunk.readableBytes
                {
                    body?.reserveCapacity(length)
                }
            } else {
                body?.writeBuffer(&chunk)
            }
            state = .collecting(target, head, body)
            if let body, body.readableBytes > limit(of: target) { refuse(target, head, context) }
        case (.collecting(let target, let head, let body), .end):
            start(target, head, body ?? ByteBuffer(), context)
        case (.running, _): waiting.append(part)
        case (.passing(true, _), .head): waiting.append(part)
        case (.passing(let isRead, let isAnswered), _):
            var isRead = isRead
            if case .end = part { isRead = true }
            state = isRead && isAnswered ? .idle : .passing(isRead: isRead, isAnswered: isAnswered)
            context.fireChannelRead(wrapInboundOut(part))
        case (.refusing, _), (.connecting, _), (.idle, _), (.collecting, _): break
        }
    }

    private func connect(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard let tunnel else { return refuse(head, reason: "Roost is no proxy here", context) }
        do throws(TunnelBuilder.Refusal) {
            let host = try TunnelBuilder.host(of: head.uri)
            state = .connecting
            let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            tunnel.connect(to: host, context).whenComplete { result in
                let (handler, context) = bound.value
                switch result {
                case .success: handler.state = .idle
                case .failure: context.close(promise: nil)
                }
            }
        } catch {
            refuse(head, reason: error.reason, context)
        }
    }

    private func refuse(_ head: HTTPRequestHead, reason: String, _ context: ChannelHandlerContext) {
        state = .refusing
        let body = ByteBuffer(string: reason + ".\n")
        var response = HTTPResponseHead(version: head.version, status: .custom(code: 403, reasonPhrase: reason))
        response.headers.add(name: "content-type", value: "text/plain")
        response.headers.add(name: "content-length", value: String(body.readableBytes))
        response.headers.add(name: "connection", value: "close")
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    /// Whether the request is answered here: an invocation is told from a request to a bucket called `endpoints` by its signature.
    private func takes(_ target: InferenceTarget, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Bool {
        guard case .endpoint = target else { return access.admits(context.remoteAddress) }
        return takesInvocations && Invocation.isSigned(head.headers)
    }

    private func limit(of target: InferenceTarget) -> Int {
        guard case .endpoint = target else { return bodyLimit }
        return min(bodyLimit, Invocation.bodyLimit)
    }

    private static func declaredLength(of head: HTTPRequestHead) -> Int? {
        head.headers.first(name: "content-length").flatMap { Int($0) }
    }

    /// A client that asks first, as curl does with a large body, is told to go on.
    private func inviteBody(of head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.headers.first(name: "expect")?.lowercased() == "100-continue" else { return }
        context.writeAndFlush(wrapOutboundOut(.head(.init(version: head.version, status: .continue))), promise: nil)
    }

    /// A large body is worth larger reads: each one that goes to the router costs a change of threads.
    private func readFaster(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard let length = Self.declaredLength(of: head), length > 1 << 20 else { return }
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 1 << 16, maximum: 1 << 20)
        try? context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
    }

    private func start(
        _ target: InferenceTarget,
        _ head: HTTPRequestHead,
        _ body: ByteBuffer,
        _ context: ChannelHandlerContext
    ) {
        state = .running(head)
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        service.respond(to: target, headers: head.headers, body: body) { response in
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

    private func finish(_ response: InferenceResponse, _ context: ChannelHandlerContext) {
        guard case .running(let head) = state, context.channel.isActive else { return }
        let closes = !head.isKeepAlive || lifecycle.isDraining
        // What follows on a connection that ends here will not be answered, so it is not run either.
        state = closes ? .refusing : .idle
        write(response, to: head, closes: closes, context)
        if let event = heldQuiesceEvent {
            heldQuiesceEvent = nil
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func refuse(_ target: InferenceTarget, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        state = .refusing
        let error = RoostError(
            .tooLarge,
            "The body is larger than the limit of \(limit(of: target)) bytes.",
            field: "body"
        )
        write(InferenceService.response(error, target), to: head, closes: true, context)
    }

    private func write(
        _ response: InferenceResponse,
        to request: HTTPRequestHead,
        closes: Bool,
        _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(5 + response.headers.count)
        if !response.contentType.isEmpty { headers.add(name: "content-type", value: response.contentType) }
        headers.add(name: "content-length", value: String(response.body.count))
        if let id = response.id { headers.add(name: InferenceService.idHeader, value: id) }
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        if let seconds = response.retryAfterSeconds { headers.add(name: "retry-after", value: String(seconds)) }
        if closes {
            headers.add(name: "connection", value: "close")
        } else if request.version == .http1_0 {
            headers.add(name: "connection", value: "keep-alive")
        }
        let head = HTTPResponseHead(version: request.version, status: response.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let body = context.channel.allocator.buffer(bytes: response.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let written: EventLoopPromise<Void>? = closes ? context.eventLoop.makePromise() : nil
        if closes {
            let channel = context.channel
            written?.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    /// Goes on with what came while a request was under way.
    private func receiveWaiting(_ context: ChannelHandlerContext) {
        var hasPassedOn = false
        loop: while !waiting.isEmpty {
            switch state {
            case .running, .passing(true, _): break loop
            default:
                receive(waiting.removeFirst(), context)
                if case .passing = state { hasPassedOn = true }
            }
        }
        // The read that brought these parts is complete long since; what is behind waits for that to be said.
        if hasPassedOn { context.fireChannelReadComplete() }
        guard waiting.isEmpty else { return }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    func read(context: ChannelHandlerContext) {
        if waiting.count > Self.readAhead {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // What is behind closes an idle connection at once, and does not know of the requests that end here.
        if let event = event as? ChannelShouldQuiesceEvent {
            switch state {
            case .collecting, .running:
                heldQuiesceEvent = event
                return
            default: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var isEnd = false
        if case .end = unwrapOutboundIn(data) { isEnd = true }
        context.write(data, promise: promise)
        guard isEnd, case .passing(let isRead, _) = state else { return }
        state = isRead ? .idle : .passing(isRead: false, isAnswered: true)
        if isRead { receiveWaiting(context) }
    }
}

/// Puts the fast path before the codec that turns HTTP/1's types into Hummingbird's, as soon as it is in the pipeline: a
/// request that ends there need not be turned.
final class FastPathInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let makeHandler: @Sendable () -> InferenceChannelHandler

    init(_ makeHandler: @escaping @Sendable () -> InferenceChannelHandler) { self.makeHandler = makeHandler }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            // A request is mostly one read; a second one that finds nothing is a system call for nothing.
            try context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            // The next pieces of a large body wait here, so that the socket never does.
            let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 512 << 10, high: 1 << 20)
            try context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: waterMark)
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(makeHandler(), position: .before(codec))
        } catch {
            context.fireErrorCaught(error)
        }
        pipeline.removeHandler(context: context, promise: nil)
    }
}
