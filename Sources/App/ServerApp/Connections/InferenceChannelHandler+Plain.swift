import Foundation
import NIOCore

/// Inferences with a plain head, which ``RequestDecoder`` hands over without NIO's decoder.
extension InferenceChannelHandler {
    /// Begins an inference with a plain head, if it is its turn and nothing speaks against it.
    ///
    /// - Returns: Whether the request is handled here. If not, nothing has changed: NIO's decoder decodes it as any other.
    func begin(_ head: RequestScanner.Head, isComplete: Bool) -> Bool {
        guard head.isPost, !head.isSpecial, case .idle = state, waiting.isEmpty, let context,
            context.channel.isWritable,
            admits(head.host),
            let call = Collected.Work(configuration.service.match(head.target, from: { context.remoteAddress })),
            head.bodyLength <= limit(of: call.base)
        else { return false }
        timer.headIsRead(bodyIsToCome: !isComplete)
        let encoding = head.acceptEncoding
        let form = ResponseForm(acceptEncoding: encoding.isEmpty ? nil : String(decoding: encoding, as: UTF8.self))
        state = .collecting(Collected(call: call, form: form, declaredLength: head.bodyLength))
        return true
    }

    /// Runs the inference that was begun.
    func receive(_ body: ByteBuffer) {
        guard case .collecting(var collected) = state, let context else { return }
        guard configuration.budget.reserve(body.readableBytes) else {
            return refuse(collected.call.base, collected.form, .tooManyBodies, context)
        }
        reservedBytes += body.readableBytes
        collected.body = body
        start(collected, context)
    }

    /// Leaves the inference that was begun to NIO's decoder, because its body ends early.
    func giveBack() {
        if case .collecting = state { state = .idle }
    }

    private func admits(_ host: UnsafeRawBufferPointer) -> Bool {
        let isAdmitted = admittedHost.withUnsafeBytes { known in
            guard !host.isEmpty, known.count == host.count, let start = host.baseAddress, let other = known.baseAddress
            else { return false }
            return memcmp(start, other, host.count) == 0
        }
        if isAdmitted { return true }
        guard configuration.requestGuard.admits(String(decoding: host, as: UTF8.self), isTunnelled: isTunnelled) else {
            return false
        }
        admittedHost = Array(host)
        return true
    }
}
