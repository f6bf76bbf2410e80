import Definitions
import NIOCore
import NativeAPI
import OpenInference
import Serving

/// The APIs for inferences that are answered on the event loops, in front of the router.
struct InferenceService: Sendable {
    typealias Completion = Serving.ResponseCompletion

    /// A dialect, and which of its requests are answered here. The router handles the others.
    struct Entry: Sendable {
        let dialect: any InferenceDialect
        let admits: @Sendable (InferenceHead, _ client: () -> SocketAddress?) -> Bool
    }

    /// How a POST request is handled.
    enum Match {
        case call(any InferenceCall)
        /// A task answers it in front of the router.
        case direct(any DirectCall)
        /// It asks for an inference, but the router must first decide whether it may.
        case inferenceForRouter
        case other
    }

    let serving: Serving
    let entries: [Entry]
    /// `nil` if the router answers these calls too.
    var directCalls: DirectCalls?

    func match(_ head: InferenceHead, from client: () -> SocketAddress?) -> Match {
        for entry in entries {
            guard let call = entry.dialect.call(head) else { continue }
            return entry.admits(head, client) ? .call(call) : .inferenceForRouter
        }
        return directCalls?.call(head, from: client).map { .direct($0) } ?? .other
    }

    /// Words an error for a request that asks for no inference, or was refused before that was known.
    static func response(_ error: RoostError, path: String) -> InferenceResponse {
        path.hasPrefix("/v2") ? OpenInferenceDialect.response(to: error) : NativeInference.response(to: error)
    }
}
