import AWS
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Responds to `CONNECT HOST.amazonaws.com:443` like a proxy, and then acts as that host itself. Clients that have AWS's
/// addresses built in can use the server this way; their requests are handled like all others.
struct TunnelBuilder: Sendable {
    let authority: CertificateAuthority

    /// Returns the host that a CONNECT request names.
    ///
    /// - Throws: ``Refusal`` if the server does not stand in for that host.
    static func host(of target: String) throws(Refusal) -> String {
        let parts = target.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, AWSHost(target) != nil else {
            throw Refusal(
                reason: "Only connections to \(AWSHost.domains.map { "*" + $0 }.joined(separator: " and ")) are allowed"
            )
        }
        guard parts[1] == "443" else { throw Refusal(reason: "Only connections to port 443 are allowed") }
        let host = parts[0].lowercased()
        // The name becomes part of a certificate.
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.allSatisfy { $0.isNameByte }
        }
        guard host.utf8.count <= 253, isName else { throw Refusal(reason: "Not a valid host name") }
        return host
    }

    struct Refusal: Error {
        /// The reason phrase of the status line. Clients show it, but seldom the body.
        let reason: String
    }

    /// Inserts TLS before the HTTP decoder of a channel that has just read a CONNECT request, and reports success to the client.
    ///
    /// A decoder reads nothing after CONNECT, so a new one replaces it.
    func connect(
        to host: String,
        for fastPath: InferenceChannelHandler,
        _ context: ChannelHandlerContext
    ) -> EventLoopFuture<Void> {
        let pipeline = context.pipeline.syncOperations
        do {
            let tls = try authority.context(for: host)
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<RequestDecoder>.self)
            let bound = NIOLoopBound((context: context, tls: tls, fastPath: fastPath), eventLoop: context.eventLoop)
            return pipeline.removeHandler(context: decoder).flatMapThrowing {
                let (context, tls, fastPath) = bound.value
                let pipeline = context.pipeline.syncOperations
                let handler = NIOSSLServerHandler(context: tls)
                try pipeline.addHandler(handler, position: .first)
                try pipeline.addHandler(
                    ByteToMessageHandler(RequestDecoder(for: fastPath)),
                    position: .after(handler)
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
