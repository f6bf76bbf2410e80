import Encodings
import Testing

@testable import Checksums

@Suite("Checksums")
struct ChecksumTests {
    private func checksum(_ bytes: [UInt8], _ algorithm: ChecksumAlgorithm) -> [UInt8] {
        var hasher = ChecksumHasher(algorithm)
        bytes.withUnsafeBytes { hasher.update($0) }
        return hasher.finalize()
    }

    /// The CRCs are those of the catalog of parametrised CRC algorithms.
    @Test(
        "a CRC has the catalog's check value",
        arguments: [
            (ChecksumAlgorithm.crc32, "cbf43926"), (.crc32c, "e3069283"), (.crc64nvme, "ae8b14860a799888"),
        ]
    )
    func crc(algorithm: ChecksumAlgorithm, expected: String) {
        #expect(checksum(Array("123456789".utf8), algorithm).hexadecimal == expected)
    }

    @Test("the checksum of a whole is computed from those of its pieces", arguments: ChecksumAlgorithm.allCases)
    func combine(algorithm: ChecksumAlgorithm) {
        let pieces = [[UInt8](repeating: 7, count: 100_003), [], Array("abc".utf8), [UInt8](repeating: 0, count: 4096)]
        let combined = algorithm.combine(pieces.map { (checksum($0, algorithm), $0.count) })
        #expect(combined == (algorithm.isLinear ? checksum(pieces.flatMap { $0 }, algorithm) : nil))
    }
}
