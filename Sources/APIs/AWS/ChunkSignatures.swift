import Crypto
import Foundation

/// The signatures of a body that is signed chunk by chunk. Each covers the one before it, and the first the request's own,
/// so that no chunk can be changed, left out or moved.
///
/// - Source: Amazon S3, *Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks*,
///   and *Including trailing headers*.
package struct ChunkSignatures: Sendable {
    private static let trailer = "x-amz-trailer-signature"

    private let key: SymmetricKey
    /// Time and scope, as they stand in what is signed.
    private let scope: String
    private let hasTrailers: Bool
    private var previous: String
    private var announced = ""
    private var chunk = SHA256()
    private var trailers = ""
    /// Whether the last signature was there and right.
    private(set) var areComplete = false

    /// - Parameters:
    ///   - payload: What stands for the hash of the body: `nil` is answered where it announces no signed chunks.
    ///   - seed: The signature of the request.
    init?(announcedBy payload: String, key: SymmetricKey, scope: String, seed: String) {
        switch payload {
        case SignatureV4.signedChunks: hasTrailers = false
        case SignatureV4.signedChunksAndTrailers: hasTrailers = true
        default: return nil
        }
        self.key = key
        self.scope = scope
        previous = seed
    }

    /// Takes what stands behind the size of a chunk: `chunk-signature=…`.
    mutating func beginChunk(_ extensions: Substring) {
        let name = "chunk-signature="
        let field = extensions.split(separator: ";").first { $0.hasPrefix(name) }
        announced = String(field?.dropFirst(name.count) ?? "")
        chunk = SHA256()
    }

    mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { chunk.update(bufferPointer: $0) }
    }

    /// - Throws: `SignatureDoesNotMatch`.
    mutating func endChunk(isLast: Bool) throws(AWSError) {
        try verify(
            announced,
            "\(SignatureV4.algorithm)-PAYLOAD",
            [SignatureV4.hash(Data()), SignatureV4.hexadecimal(chunk.finalize())]
        )
        areComplete = isLast && !hasTrailers
    }

    /// Takes a line behind the last chunk.
    ///
    /// - Returns: Whether it is a trailer of the request, and not the signature of those before it.
    /// - Throws: `SignatureDoesNotMatch`, also for a trailer that no signature can cover.
    mutating func takeTrailer(_ name: String, _ value: String) throws(AWSError) -> Bool {
        guard !areComplete else { throw Self.wrong }
        guard name == Self.trailer else {
            trailers += "\(name):\(value)\n"
            return true
        }
        try verify(value, "\(SignatureV4.algorithm)-TRAILER", [SignatureV4.hash(Data(trailers.utf8))])
        areComplete = true
        return false
    }

    /// - Throws: `SignatureDoesNotMatch` where the trailers have no signature.
    func end() throws(AWSError) {
        guard areComplete else { throw Self.wrong }
    }

    private mutating func verify(_ signature: String, _ algorithm: String, _ hashes: [String]) throws(AWSError) {
        let text = ([algorithm, scope, previous] + hashes).joined(separator: "\n")
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
        let calculated = SignatureV4.hexadecimal(code)
        guard SignatureV4.areEqual(calculated, signature) else { throw Self.wrong }
        previous = calculated
    }

    private static var wrong: AWSError { AWSErrorShape.s3.error(.wrong) }
}
