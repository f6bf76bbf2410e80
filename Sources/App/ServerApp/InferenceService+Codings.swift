import Archives
import Definitions
import NIOCore
import NIOHTTP1
import Runtimes
import Serving

/// Compressed bodies of requests and responses.
extension InferenceService {
    /// Smaller responses are not compressed.
    static let compressedBytes = 1 << 10
    /// Larger responses are not compressed on an event loop: zlib takes about 10 µs for a KiB of numbers.
    private static let eventLoopCompressedBytes = 16 << 10

    /// Decompresses the body on the thread pool, then responds to the request.
    ///
    /// - Parameter limit: Maximum bytes of the decompressed body.
    func respond(
        to target: InferenceTarget,
        headers: HTTPHeaders,
        coding: ContentCoding?,
        limit: Int,
        body: ByteBuffer,
        completion: @escaping Completion
    ) {
        guard let coding else { return respond(to: target, headers: headers, body: body, completion: completion) }
        let isAccepted = serving.pool.submit {
            do {
                let unpacked = try body.withUnsafeReadableBytes { try Inflater.unpack($0, coding, limit: limit) }
                let body = ByteBuffer(bytes: unpacked)
                respond(to: target, headers: headers, body: body, completion: completion)
            } catch {
                completion(Self.response(RoostError(error, coding, limit: limit), target))
            }
        }
        if !isAccepted { completion(Self.response(.tooManyWaiting, target)) }
    }

    /// Compresses a response if the client accepts that and the response is large enough.
    ///
    /// - Parameter completion: Called once, on this thread or on one of the pool.
    func compress(
        _ response: InferenceResponse,
        for acceptEncoding: String?,
        isOnEventLoop: Bool,
        _ completion: @escaping Completion
    ) {
        guard response.body.count >= Self.compressedBytes, let coding = ContentCoding.accepted(by: acceptEncoding)
        else {
            return completion(response)
        }
        let work: @Sendable () -> Void = { completion(response.compressed(coding)) }
        if !isOnEventLoop || response.body.count <= Self.eventLoopCompressedBytes { return work() }
        if !serving.pool.submit(work) { completion(response) }
    }
}

extension InferenceResponse {
    fileprivate func compressed(_ coding: ContentCoding) -> InferenceResponse {
        var response = self
        response.body = body.withUnsafeBytes { Deflater(coding).push($0, isLast: true) }
        response.headers += [("content-encoding", coding.rawValue), ("vary", "accept-encoding")]
        return response
    }
}

extension RoostError {
    static let tooManyWaiting = RoostError(.busy, "Too many requests are waiting. Try again later.")

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
