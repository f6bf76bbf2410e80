import Archives
import NIOCore
import NIOHTTP1
import Serving

/// What a connection is doing.
extension InferenceChannelHandler {
    /// A request to answer in front of the router, whose body is being read.
    struct Collected {
        enum Work {
            case inference(any InferenceCall)
            case direct(any DirectCall)

            /// - Returns: `nil` if the router handles the request.
            init?(_ match: InferenceService.Match) {
                switch match {
                case .call(let call): self = .inference(call)
                case .direct(let call): self = .direct(call)
                case .inferenceForRouter, .other: return nil
                }
            }

            var base: any CollectedCall {
                switch self {
                case .inference(let call): call
                case .direct(let call): call
                }
            }
        }

        let call: Work
        let form: ResponseForm
        var coding: ContentCoding?
        /// The body's announced length in bytes.
        let declaredLength: Int?
        var body = ByteBuffer()
    }

    /// A request that the router handles.
    struct Passed {
        let head: HTTPRequestHead
        var isRead = false
        var hasBegunResponse = false
        var isAnswered = false
        /// Whether the response is the connection's last.
        var closes: Bool
        /// Whether to omit the end of the response to a HEAD request, for which the encoder would write the end of a body.
        var leavesOutEnd = false
    }

    enum State {
        case idle
        case collecting(Collected)
        /// An inference is running.
        case running(ResponseForm)
        case passing(Passed)
        /// A CONNECT request was read, and TLS is being inserted before the decoder.
        case connecting
        /// The last response was written. Further input is discarded until the client also closes its side.
        case closing
    }
}
