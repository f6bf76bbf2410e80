import Checksums
import Crypto
import Definitions
import Encodings
import Foundation
import WorkThreads

/// The SHA-256 of each object of a channel.
struct ObjectDigests {
    private var objects: [(key: String, sha256: String)] = []

    /// Adds an object whose bytes are in a file, unless there is none.
    mutating func add(_ key: String, _ path: String) async throws {
        guard let digest = try await Self.sha256(ofFile: path) else { return }
        objects.append((key, digest))
    }

    /// Returns the hexadecimal SHA-256 of a file; `nil` if there is none.
    static func sha256(ofFile path: String) async throws -> String? {
        try await offload {
            guard let file = FileHandle(forReadingAtPath: path) else { return nil }
            defer { try? file.close() }
            return try SHA256.hash(of: file).hexadecimal
        }
    }

    /// The digest of all objects, in the order of their keys' bytes.
    func digest(of channel: DataChannel) -> DataDigest {
        var hash = SHA256()
        for object in objects.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            hash.update(data: Data("\(object.sha256)  \(object.key)\0".utf8))
        }
        return DataDigest(
            channel: channel.name,
            uri: channel.uri,
            sha256: hash.finalize().hexadecimal,
            objects: objects.count
        )
    }
}
