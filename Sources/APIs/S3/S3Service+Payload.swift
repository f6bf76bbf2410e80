import AWS
import Buckets
import Checksums
import Crypto
import Definitions
import Encodings
import Foundation

extension S3Service {
    /// Reads the whole payload of a request, and checks that it is complete.
    ///
    /// - Returns: The trailers after it, by their names in lower case.
    @discardableResult
    func receive(
        _ request: S3Request,
        _ body: S3Body,
        limit: Int = putLimit,
        _ take: ([UInt8]) async throws -> Void
    ) async throws -> [String: String] {
        // A connection that ends early looks like the end of the body, so a length is required.
        guard let declared = request.declaredByteCount else {
            throw AWSError("MissingContentLength", "You must provide the Content-Length HTTP header.", status: 411)
        }
        guard declared <= limit else {
            throw AWSError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size of \(limit) bytes.")
        }
        var received = 0
        var decoder = AWSChunkedDecoder(signatures: request.chunkSignatures)
        var isReading = true
        do {
            for try await piece in body {
                isReading = false
                let payload = request.isChunked ? try decoder.decode(piece) : piece
                received += payload.count
                guard received <= declared else { throw Self.incomplete }
                try await take(payload)
                isReading = true
            }
        } catch  where isReading {
            // The connection broke, or the request is not valid HTTP.
            throw Self.incomplete
        }
        guard received == declared, !request.isChunked || decoder.isComplete else { throw Self.incomplete }
        return decoder.trailers
    }

    static let incomplete = AWSError(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )

    /// Stores the payload of a request, and verifies every checksum that came with it.
    ///
    /// - Parameter algorithm: A checksum to compute even if the request has none.
    func store(
        _ request: S3Request,
        _ body: S3Body,
        algorithm: ChecksumAlgorithm? = nil
    ) async throws -> (stored: StoredBytes, checksums: [ChecksumAlgorithm: [UInt8]]) {
        let announced = try Checks(request)
        let wanted = Set(announced.values.keys).union(announced.trailers).union(algorithm.map { [$0] } ?? [])
        let hashes = announced.payloadSHA256 == nil ? wanted : wanted.union([.sha256])
        let writer = try await buckets.beginObject(checksums: hashes)
        let trailers = try await receive(request, body) { try await writer.append($0) }
        let checks = try announced.with(trailers: trailers)
        let stored = try await writer.finish { md5, checksums in try checks.verify(md5, checksums) }
        return (stored, stored.checksums.filter { wanted.contains($0.key) })
    }
}

/// The checksums that a request announces for its payload.
struct Checks {
    private(set) var values: [ChecksumAlgorithm: [UInt8]] = [:]
    /// The algorithms whose values follow the payload.
    let trailers: Set<ChecksumAlgorithm>
    private let md5: [UInt8]?
    let payloadSHA256: [UInt8]?

    init(_ request: S3Request) throws(AWSError) {
        for algorithm in ChecksumAlgorithm.allCases {
            guard let text = request.headers[algorithm.header] else { continue }
            values[algorithm] = try Self.value(text, algorithm)
        }
        let names = request.headers["x-amz-trailer"]?.lowercased().split(separator: ",") ?? []
        trailers = Set(
            ChecksumAlgorithm.allCases.filter { algorithm in
                names.contains { $0.drop { $0 == " " } == algorithm.header[...] }
            }
        )
        guard values.count + trailers.count <= 1 else {
            throw AWSError(
                "InvalidRequest",
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
            )
        }
        md5 = try request.headers["content-md5"].map { text throws(AWSError) in
            guard let bytes = Data(base64Encoded: text), bytes.count == 16 else {
                throw AWSError("InvalidDigest", "The Content-MD5 you specified was invalid.")
            }
            return Array(bytes)
        }
        let hash = request.headers["x-amz-content-sha256"] ?? ""
        payloadSHA256 = hash.utf8.count == 64 ? [UInt8](hexadecimal: hash) : nil
    }

    private static func value(_ text: String, _ algorithm: ChecksumAlgorithm) throws(AWSError) -> [UInt8] {
        guard let bytes = Data(base64Encoded: text), bytes.count == algorithm.byteCount else {
            throw AWSError("InvalidRequest", "Value for \(algorithm.header) header is invalid.")
        }
        return Array(bytes)
    }

    /// Returns these checksums with the values of the announced trailers.
    func with(trailers found: [String: String]) throws(AWSError) -> Checks {
        var checks = self
        for algorithm in trailers {
            guard let text = found[algorithm.header] else {
                throw AWSError(
                    "MalformedTrailerError",
                    "The announced trailer \(algorithm.header) is missing."
                )
            }
            checks.values[algorithm] = try Self.value(text, algorithm)
        }
        return checks
    }

    func verify(_ md5: [UInt8], _ checksums: [ChecksumAlgorithm: [UInt8]]) throws(AWSError) {
        if let wanted = self.md5, wanted != md5 {
            throw AWSError("BadDigest", "The Content-MD5 you specified did not match what we received.")
        }
        for (algorithm, value) in values where checksums[algorithm] != value {
            throw AWSError(
                "BadDigest",
                "The \(algorithm.rawValue) you specified did not match the calculated checksum."
            )
        }
        if let payloadSHA256, checksums[.sha256] != payloadSHA256 {
            throw AWSError(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed."
            )
        }
    }

    /// Verifies a payload that is in memory.
    func verify(_ bytes: [UInt8]) throws(AWSError) {
        var checksums: [ChecksumAlgorithm: [UInt8]] = [:]
        for algorithm in Set(values.keys).union(payloadSHA256 == nil ? [] : [.sha256]) {
            var hasher = ChecksumHasher(algorithm)
            bytes.withUnsafeBytes { hasher.update($0) }
            checksums[algorithm] = hasher.finalize()
        }
        try verify(Array(Insecure.MD5.hash(data: bytes)), checksums)
    }
}

extension ChecksumAlgorithm {
    /// The header for the checksum.
    var header: String { "x-amz-checksum-\(rawValue.lowercased())" }

    /// Reads the algorithm that a request's header names.
    init?(named name: String, in request: S3Request) throws(AWSError) {
        guard let text = request.headers[name] else { return nil }
        guard let algorithm = ChecksumAlgorithm(rawValue: text.uppercased()) else {
            throw AWSError(
                "InvalidRequest",
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                    + "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
            )
        }
        self = algorithm
    }
}
