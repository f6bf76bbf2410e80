import Archives
import Definitions
import NIOCore
import NIOHTTP1
import Platform
import Runtimes

/// Bodies that are compressed, both ways.
extension InferenceService {
    /// Answers of fewer bytes are sent as they are.
    static let compressedBytes = 1 << 10
    /// More is not compressed on an event loop: zlib takes about 10 µs for a KiB of numbers.
    private static let eventLoopCompressedBytes = 16 << 10

    /// Unpacks the body first, on the thread pool.
    ///
    /// - Parameter limit: Bytes of the unpacked body.
    func respond(
        to target: InferenceTarget,
        headers: HTTPHeaders,
        coding: ContentCoding?,
        limit: Int,
        body: ByteBuffer,
        completion: @escaping Completion
    ) {
        guard let coding else { return respond(to: target, headers: headers, body: body, completion: completion) }
        let isAccepted = platform.pool.submit {
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

    /// Compresses an answer if its client takes that and it is worth it.
    ///
    /// - Parameter completion: Called once, here or on a thread of the pool.
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
        if !platform.pool.submit(work) { completion(response) }
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
    static let tooManyWaiting = RoostError(.busy, "Too many requests are waiting already; try again later.")

    static let bodyTimeout = RoostError(.requestTimeout, "The rest of the body did not come in time.", field: "body")

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
            self.init(.tooLarge, "The body is larger than the limit of \(limit) bytes when unpacked.", field: "body")
        case .damaged, nil: self = .damagedBody(coding)
        }
    }
}
