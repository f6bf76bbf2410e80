import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import SageMaker

/// Answers `CONNECT HOST.amazonaws.com:443` as a proxy does, and is that host itself: clients with AWS's addresses built in come
/// here, and their requests go the way of all others.
struct TunnelBuilder: Sendable {
    let authority: CertificateAuthority

    /// The host that a CONNECT request names, or why it is not connected.
    static func host(of target: String) throws(Refusal) -> String {
        let parts = target.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, AWSHost(target) != nil else {
            throw Refusal(reason: "Roost connects to *\(AWSHost.domain) alone")
        }
        guard parts[1] == "443" else { throw Refusal(reason: "Roost connects to port 443 alone") }
        let host = parts[0].lowercased()
        // It becomes part of a certificate.
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.allSatisfy { $0.isNameByte }
        }
        guard host.utf8.count <= 253, isName else { throw Refusal(reason: "This is no name of a host") }
        return host
    }

    struct Refusal: Error {
        /// Clients show the reason of the status line, and seldom the body.
        let reason: String
    }

    /// Puts TLS before the HTTP decoder of a channel, which has just read a CONNECT request, and says that it is connected.
    ///
    /// The decoder reads no further after CONNECT, so that there is a new one afterwards.
    func connect(to host: String, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        let pipeline = context.pipeline.syncOperations
        do {
            let tls = try authority.context(for: host)
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<RequestDecoder>.self)
            let bound = NIOLoopBound((context: context, tls: tls), eventLoop: context.eventLoop)
            return pipeline.removeHandler(context: decoder).flatMapThrowing {
                let (context, tls) = bound.value
                let pipeline = context.pipeline.syncOperations
                let encoder = try pipeline.context(handlerType: HTTPResponseEncoder.self)
                let handler = NIOSSLServerHandler(context: tls)
                try pipeline.addHandler(handler, position: .first)
                try pipeline.addHandler(
                    ByteToMessageHandler(RequestDecoder()),
                    position: .after(encoder.handler)
                )
                let answer = context.channel.allocator.buffer(string: "HTTP/1.1 200 Connection established\r\n\r\n")
                try pipeline.context(handler: handler).writeAndFlush(NIOAny(answer), promise: nil)
            }
        } catch {
            return context.eventLoop.makeFailedFuture(error)
        }
    }
}

extension UInt8 {
    fileprivate var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
