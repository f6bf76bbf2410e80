import NIOCore
import NIOHTTP1

/// How long a connection may wait for its client.
struct ConnectionTimeLimits: Sendable {
    /// Between two requests. Load balancers reuse a connection after up to 75 s and must not find it closed.
    var idle = TimeAmount.seconds(120)
    /// For a request's head, from its first byte.
    var head = TimeAmount.seconds(30)
    /// For the next piece of a body.
    var body = TimeAmount.seconds(60)
    /// For a client to read more of its response. Progress is only visible when a good part of the socket's buffer is free again,
    /// which takes minutes on a slow connection.
    var write = TimeAmount.minutes(5)
    /// For a client to close its side after the server has closed its own.
    var close = TimeAmount.seconds(2)
}

/// The only timer of a connection. It is not rescheduled for each request; when it fires, it checks the current deadline.
struct ConnectionTimer {
    private var scheduled: (task: Scheduled<Void>, deadline: NIODeadline)?
    /// When the last request was answered, or the connection was opened.
    private var idleSince = NIODeadline.now()
    private var headSince: NIODeadline?
    private var lastPiece = NIODeadline.now()
    private var unwritableSince: NIODeadline?
    /// Whether the router has asked for more of a body; otherwise, none can arrive.
    private var isReading = false
    /// Whether the last read completed a part of a request.
    var sawPart = false

    /// Whether the timer fires by `deadline` anyway.
    func isDue(by deadline: NIODeadline) -> Bool { scheduled.map { $0.deadline <= deadline } ?? false }

    mutating func headIsRead(bodyIsToCome: Bool) {
        headSince = nil
        if bodyIsToCome { lastPiece = .now() }
    }

    mutating func readBegins() {
        guard !isReading else { return }
        isReading = true
        // Nothing could arrive before it was asked for.
        lastPiece = .now()
    }

    mutating func answerIsWritten() { idleSince = .now() }

    mutating func readIsComplete(isIdle: Bool) {
        isReading = false
        if sawPart {
            // Between requests, nobody waits for a piece.
            if !isIdle { lastPiece = .now() }
        } else if isIdle, headSince == nil {
            headSince = .now()
        }
        sawPart = false
    }

    mutating func writabilityChanged(isWritable: Bool) { unwritableSince = isWritable ? nil : .now() }

    mutating func cancel() {
        scheduled?.task.cancel()
        scheduled = nil
    }

    mutating func schedule(_ task: Scheduled<Void>, at deadline: NIODeadline) {
        cancel()
        scheduled = (task, deadline)
    }

    /// Returns when the connection will have waited too long, or `nil` if it is not the client's turn.
    func deadline(_ state: InferenceChannelHandler.State, _ limits: ConnectionTimeLimits) -> NIODeadline? {
        if let unwritableSince, !state.isClosing { return unwritableSince + limits.write }
        return switch state {
        case .idle: headSince.map { min($0 + limits.head, idleSince + limits.idle) } ?? idleSince + limits.idle
        case .collecting: lastPiece + limits.body
        case .passing(let passed) where !passed.isRead: isReading ? lastPiece + limits.body : nil
        case .running, .passing: nil
        case .connecting: lastPiece + limits.head
        case .closing: idleSince + limits.close
        }
    }
}

extension InferenceChannelHandler.State {
    var isClosing: Bool {
        if case .closing = self { return true }
        return false
    }
}

extension InferenceChannelHandler {
    func answerIsWritten(_ context: ChannelHandlerContext) {
        timer.answerIsWritten()
        startTimer(context)
    }

    func noteReadComplete(_ context: ChannelHandlerContext) {
        var isIdle = false
        if case .idle = state { isIdle = true }
        timer.readIsComplete(isIdle: isIdle)
        startTimer(context)
    }

    func startTimer(_ context: ChannelHandlerContext) {
        guard let deadline = timer.deadline(state, configuration.timeLimits), !timer.isDue(by: deadline) else { return }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timer.cancel()
            handler.timeIsUp(context)
        }
        timer.schedule(task, at: deadline)
    }

    private func timeIsUp(_ context: ChannelHandlerContext) {
        guard let deadline = timer.deadline(state, configuration.timeLimits), deadline <= .now() else {
            return startTimer(context)
        }
        switch state {
        case .collecting(let collected): refuse(collected.call.base, collected.form, .bodyTimeout, context)
        case .passing(let passed) where !passed.hasBegunResponse && context.channel.isWritable:
            refuse(passed.head, RequestHeadFacts(passed.head.headers), .bodyTimeout, context)
            // The next handlers must learn that the rest of the body will not arrive.
            context.fireErrorCaught(ChannelError.inputClosed)
        default: context.close(promise: nil)
        }
    }
}
