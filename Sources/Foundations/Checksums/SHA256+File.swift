package import Crypto
package import Foundation

extension SHA256 {
    /// Returns the digest of what is read from an open file until its end. Blocks.
    package static func hash(of file: FileHandle) throws -> SHA256.Digest {
        var hash = SHA256()
        while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
        return hash.finalize()
    }
}
