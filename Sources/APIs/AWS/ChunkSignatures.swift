import Crypto
import Encodings
import Foundation

/// Verifies the signatures of a body that is signed chunk by chunk. Each signature covers the previous one, and the first
/// covers the request's, so that no chunk can be changed, dropped or moved.
///
/// - Source: Amazon S3, *Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks*,
///   and *Including trailing headers*.
package struct ChunkSignatures: Sendable {
    private static let trailer = "x-amz-trailer-signature"

    private let key: SymmetricKey
    /// Time and scope, as written in the string to sign.
    private let scope: String
    private let hasTrailers: Bool
    private var previous: String
    private var announced = ""
    private var chunk = SHA256()
    private var trailers = ""
    /// Whether the last signature was present and valid.
    package private(set) var areComplete = false

    /// Returns `nil` if the payload does not announce signed chunks.
    ///
    /// - Parameters:
    ///   - payload: The value of `x-amz-content-sha256`.
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

    /// Starts a chunk, given the extensions after its size: `chunk-signature=…`.
    package mutating func beginChunk(_ extensions: Substring) {
        let name = "chunk-signature="
        let field = extensions.split(separator: ";").first { $0.hasPrefix(name) }
        announced = String(field?.dropFirst(name.count) ?? "")
        chunk = SHA256()
    }

    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { chunk.update(bufferPointer: $0) }
    }

    /// - Throws: `SignatureDoesNotMatch`.
    package mutating func endChunk(isLast: Bool) throws(AWSError) {
        try verify(
            announced,
            "\(SignatureV4.algorithm)-PAYLOAD",
            [SignatureV4.hash(Data()), chunk.finalize().hexadecimal]
        )
        areComplete = isLast && !hasTrailers
    }

    /// Accepts a line after the last chunk.
    ///
    /// - Returns: Whether the line is one of the request's trailers, not their signature.
    /// - Throws: `SignatureDoesNotMatch`, also for a trailer after the signature.
    package mutating func takeTrailer(_ name: String, _ value: String) throws(AWSError) -> Bool {
        guard !areComplete else { throw Self.wrong }
        guard name == Self.trailer else {
            trailers += "\(name):\(value)\n"
            return true
        }
        try verify(value, "\(SignatureV4.algorithm)-TRAILER", [SignatureV4.hash(Data(trailers.utf8))])
        areComplete = true
        return false
    }

    /// - Throws: `SignatureDoesNotMatch` if the trailers are not signed.
    package func end() throws(AWSError) {
        guard areComplete else { throw Self.wrong }
    }

    private mutating func verify(_ signature: String, _ algorithm: String, _ hashes: [String]) throws(AWSError) {
        let text = ([algorithm, scope, previous] + hashes).joined(separator: "\n")
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
        let calculated = code.hexadecimal
        guard SignatureV4.areEqual(calculated, signature) else { throw Self.wrong }
        previous = calculated
    }

    private static var wrong: AWSError { AWSErrorShape.s3.error(.wrong) }
}
