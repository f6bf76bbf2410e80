import Archives
import Definitions
import NIOCore
import Runtimes
import Serving

/// Compressed bodies of requests and responses.
extension InferenceService {
    /// Smaller responses are not compressed.
    static let compressedBytes = 1 << 10
    /// Larger responses are not compressed on an event loop: zlib takes about 10 µs for a KiB of numbers.
    private static let eventLoopCompressedBytes = 16 << 10

    /// Responds to a request, whose body is first decompressed on the inference pool if it has a coding.
    ///
    /// - Parameter limit: Maximum bytes of the decompressed body.
    func respond(
        to call: any InferenceCall,
        coding: ContentCoding?,
        limit: Int,
        body: ByteBuffer,
        completion: @escaping Completion
    ) {
        let start = Stopwatch()
        guard let coding else { return serving.respond(to: call, body: body, start: start, completion: completion) }
        let isAccepted = serving.pool.submit {
            do {
                let unpacked = try body.withUnsafeReadableBytes { try Inflater.unpack($0, coding, limit: limit) }
                serving.respond(
                    to: call,
                    body: ByteBuffer(bytes: unpacked),
                    start: Stopwatch(),
                    completion: completion
                )
            } catch {
                completion(call.encode(RoostError(error, coding, limit: limit)))
            }
        }
        if !isAccepted { completion(call.encode(.tooManyWaiting)) }
    }

    /// Compresses a response if the client accepts that and the response is large enough.
    ///
    /// - Parameter completion: Called once, on this thread or on one of the pool.
    func compress(
        _ response: InferenceResponse,
        for acceptEncoding: String,
        isOnEventLoop: Bool,
        _ completion: @escaping Completion
    ) {
        guard response.body.readableBytes >= Self.compressedBytes,
            let coding = ContentCoding.accepted(by: acceptEncoding)
        else {
            return completion(response)
        }
        let work: @Sendable () -> Void = { completion(response.compressed(coding)) }
        if !isOnEventLoop || response.body.readableBytes <= Self.eventLoopCompressedBytes { return work() }
        if !serving.pool.submit(work) { completion(response) }
    }
}

extension InferenceResponse {
    fileprivate func compressed(_ coding: ContentCoding) -> InferenceResponse {
        var response = self
        response.body = ByteBuffer(
            bytes: body.withUnsafeReadableBytes { Deflater(coding).push($0, isLast: true) }
        )
        response.headers += [("content-encoding", coding.rawValue), ("vary", "accept-encoding")]
        return response
    }
}

extension RoostError {
    static let bodyTimeout = RoostError(.requestTimeout, "The rest of the body did not arrive in time.", field: "body")

    static func unsupportedCoding(_ name: String) -> RoostError {
        RoostError(
            .unsupportedMediaType,
            "Unsupported content coding '\(name)'. Expected gzip or deflate.",
            field: "Content-Encoding"
        )
    }

    static func damagedBody(_ coding: ContentCoding) -> RoostError {
        RoostError(.invalidInput, "The body is not valid \(coding.rawValue).", field: "body")
    }

    init(_ error: any Error, _ coding: ContentCoding, limit: Int) {
        switch error as? ContentCodingError {
        case .tooLarge:
            self.init(
                .tooLarge,
                "The body is larger than the limit of \(limit) bytes when decompressed.",
                field: "body"
            )
        case .damaged, nil: self = .damagedBody(coding)
        }
    }
}
