import Definitions
import NIOCore
import NIOHTTP1
import Serving

/// Limits of bodies, and how they are read.
extension InferenceChannelHandler {
    func limit(of call: any CollectedCall) -> Int {
        min(configuration.bodyLimit, call.bodyLimit ?? .max)
    }

    func tooLarge(_ call: any CollectedCall) -> RoostError {
        RoostError(.tooLarge, "The body is larger than the limit of \(limit(of: call)) bytes.", field: "body")
    }

    /// Tells a client to continue if it asks first, as curl does before a large body.
    func inviteBody(of head: HTTPRequestHead, _ facts: RequestHeadFacts, _ context: ChannelHandlerContext) {
        guard facts.expectsContinue else { return }
        context.writeAndFlush(wrapOutboundOut(.head(.init(version: head.version, status: .continue))), promise: nil)
    }

    /// Enlarges the reads of a large body, because each one that goes to the router costs a thread switch.
    func readFaster(_ facts: RequestHeadFacts, _ context: ChannelHandlerContext) {
        guard let length = facts.declaredLength, length > 1 << 20 else { return }
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 1 << 16, maximum: 1 << 20)
        try? context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
    }
}
