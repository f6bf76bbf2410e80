import Catalog
import Checksums
import Crypto
import Encodings
import Foundation
import Storage
import WorkThreads

/// Looks for damage in a data folder, whether or not a server uses it, and changes nothing.
package struct FolderCheck: Sendable {
    private let folder: String
    /// The path of a catalog that no server is writing, or the folder's own.
    private let catalog: String
    private let scratch: String

    /// - Parameter scratch: An empty folder for temporary files.
    package init(of folder: String, scratch: String) throws {
        self.folder = folder
        self.scratch = scratch
        let path = "\(folder)/\(BackupLayout.database)"
        if FileManager.default.fileExists(atPath: path + "-shm") {
            catalog = path
        } else {
            // Without a server, SQLite would create this file even to read the catalog.
            catalog = scratch + "/stopped"
            for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: catalog + suffix)
            }
        }
    }

    /// Returns what is damaged in the catalog; empty if nothing is.
    ///
    /// - Throws: ``RoostError`` if a newer release has used the folder, or if the catalog cannot be read.
    package func damageOfCatalog() async throws -> [String] {
        try await offload { try Catalog.damage(at: catalog) }
    }

    /// Reads all artifacts, and returns the paths of stored files that are missing or damaged, and of those that disappeared
    /// meanwhile.
    ///
    /// - Parameter progress: Called with the number of files done, and of all files.
    package func damagedFiles(progress: @escaping @Sendable (Int, Int) -> Void) async throws -> [String] {
        let copy = scratch + "/copy"
        try await offload { try Catalog.copy(catalog, to: copy) }
        let records = try Catalog(path: copy)
        let artifacts = try await records.storedArtifacts().sorted()
        let sizes = try await records.blobSizes().sorted { $0.key < $1.key }
        return try await offload {
            let total = artifacts.count + sizes.count
            var damaged: [String] = []
            for (index, path) in artifacts.enumerated() {
                if Self.digest(of: "\(folder)/\(path)") != path.split(separator: "/").last { damaged.append(path) }
                progress(index, total)
            }
            for (blob, byteCount) in sizes {
                let path = "objects/" + BlobStore.path(of: blob)
                var status = stat()
                if stat("\(folder)/\(path)", &status) != 0 || Int(status.st_size) != byteCount { damaged.append(path) }
            }
            progress(total, total)
            return damaged
        }
    }

    /// Returns the hexadecimal SHA-256 of a file; `nil` if it cannot be read.
    private static func digest(of path: String) -> Substring? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        return (try? SHA256.hash(of: file)).map { $0.hexadecimal[...] }
    }
}
