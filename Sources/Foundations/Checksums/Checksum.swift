import CChecksums
import Crypto
import Foundation

/// A checksum that clients can request for an object, with the name that clients use for it.
package enum ChecksumAlgorithm: String, Sendable, CaseIterable, Codable {
    case crc32 = "CRC32"
    case crc32c = "CRC32C"
    case crc64nvme = "CRC64NVME"
    case sha1 = "SHA1"
    case sha256 = "SHA256"

    /// Whether the checksum of a whole can be computed from the checksums of its parts.
    package var isLinear: Bool { crcKind != nil }

    fileprivate var crcKind: crc_kind? {
        switch self {
        case .crc32: CRC_32
        case .crc32c: CRC_32C
        case .crc64nvme: CRC_64_NVME
        case .sha1, .sha256: nil
        }
    }

    /// The size of a checksum in bytes.
    package var byteCount: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme: 8
        case .sha1: 20
        case .sha256: 32
        }
    }

    /// Returns the checksum of consecutive pieces; `nil` if the algorithm is not linear, or if a checksum has the wrong size.
    package func combine(_ pieces: [(checksum: [UInt8], byteCount: Int)]) -> [UInt8]? {
        guard let kind = crcKind, pieces.allSatisfy({ $0.checksum.count == byteCount }) else { return nil }
        let whole = pieces.reduce(UInt64(0)) { crc, piece in
            let next = piece.checksum.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return crc_combine(kind, crc, next, UInt64(piece.byteCount))
        }
        return bigEndian(whole)
    }

    fileprivate func bigEndian(_ crc: UInt64) -> [UInt8] {
        (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: crc >> (8 * $0)) }
    }
}

/// Computes the checksum of bytes that arrive in pieces.
package struct ChecksumHasher {
    private enum State {
        case crc(crc_kind, UInt64)
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
    }

    private let algorithm: ChecksumAlgorithm
    private var state: State

    package init(_ algorithm: ChecksumAlgorithm) {
        self.algorithm = algorithm
        state =
            switch algorithm {
            case .crc32, .crc32c, .crc64nvme: .crc(algorithm.crcKind ?? CRC_32, 0)
            case .sha1: .sha1(Insecure.SHA1())
            case .sha256: .sha256(SHA256())
            }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .crc(let kind, let crc): state = .crc(kind, crc_update(kind, crc, bytes.baseAddress, bytes.count))
        case .sha1(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha1(hash)
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        }
    }

    package func finalize() -> [UInt8] {
        switch state {
        case .crc(_, let crc): algorithm.bigEndian(crc)
        case .sha1(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        }
    }
}

/// Computes the MD5 of bytes that arrive in pieces, which S3 uses as the tag of an object.
package struct MD5Hasher {
    private var md5 = Insecure.MD5()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) { md5.update(bufferPointer: bytes) }

    package func finalize() -> [UInt8] { Array(md5.finalize()) }
}
