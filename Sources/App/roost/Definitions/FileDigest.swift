import Crypto
import Definitions
import Encodings
import Foundation

enum FileDigest {
    /// Returns the hexadecimal SHA-256 of a file.
    static func sha256(of path: String) throws -> String {
        let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        guard kind == .typeRegular, let file = FileHandle(forReadingAtPath: path) else {
            throw RoostError(.notFound, "There is no readable file '\(path)'.", field: "file")
        }
        defer { try? file.close() }
        var hash = SHA256()
        while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
        return hash.finalize().hexadecimal
    }
}
