import Checksums
import Crypto
import Definitions
import Encodings
import Foundation

/// Files that the user names.
enum InputFile {
    /// Returns what is in a file.
    ///
    /// - Parameter path: `-` for standard input.
    static func read(_ path: String) throws(RoostError) -> Data {
        if path == "-" { return FileHandle.standardInput.readDataToEndOfFile() }
        guard let contents = FileManager.default.contents(atPath: path) else { throw missing(path) }
        return contents
    }

    /// Returns the hexadecimal SHA-256 of a file.
    static func sha256(of path: String) throws -> String {
        guard LocalFiles.isFile(path), let file = FileHandle(forReadingAtPath: path) else { throw missing(path) }
        defer { try? file.close() }
        return try SHA256.hash(of: file).hexadecimal
    }

    static func missing(_ path: String) -> RoostError {
        RoostError(.notFound, "There is no readable file '\(path)'.", field: "file")
    }
}
