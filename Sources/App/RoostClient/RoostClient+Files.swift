import AsyncHTTPClient
import Definitions
import Files
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Files as the bodies of requests and responses.
extension RoostClient {
    func upload(
        _ path: String,
        _ request: HTTPClientRequest,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> HTTPClientResponse {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
            let file = FileHandle(forReadingAtPath: path), let end = try? file.seekToEnd()
        else {
            throw RoostError(.notFound, "There is no readable file '\(path)'.", field: "path")
        }
        try file.seek(toOffset: 0)
        let total = Int(end)
        var request = request
        request.headers.add(name: "content-type", value: "application/octet-stream")
        let chunks = FileChunks(file: file, total: total, progress: progress)
        request.body = .stream(chunks, length: .known(Int64(total)))
        return try await execute(request, timeout: .hours(12))
    }

    /// Sends what is read from an open file until its end.
    func upload(from file: FileHandle, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        var request = request
        request.headers.add(name: "content-type", value: "application/octet-stream")
        request.body = .stream(FileChunks(file: file, total: 0) { _, _ in }, length: .unknown)
        return try await execute(request, timeout: .hours(12))
    }

    /// Writes a response's body to a new file at `path`.
    ///
    /// - Parameters:
    ///   - partial: The file's name until it is complete. Must not exist.
    ///   - byteCount: The number of bytes to expect, for `progress`.
    func download(
        _ request: HTTPClientRequest,
        to path: String,
        by partial: String,
        byteCount: Int,
        _ progress: @escaping @Sendable (_ received: Int, _ total: Int) -> Void
    ) async throws {
        let response = try await execute(request, timeout: .hours(12))
        do {
            let draft = try FileDraft(at: partial, mode: 0o666)
            var received = 0
            for try await chunk in response.body {
                try chunk.withUnsafeReadableBytes { try draft.append($0) }
                received += chunk.readableBytes
                progress(received, byteCount)
            }
            try draft.publish(at: path)
        } catch FileProblem.failed {
            throw RoostError(.invalidInput, "'\(path)' cannot be written.", field: "path")
        } catch let error as RoostError {
            throw error
        } catch {
            throw RoostError(.unavailable, "The connection to \(baseURL) broke during a download.", field: "url")
        }
    }
}

/// Reads a file in pieces, and reports its progress.
private struct FileChunks: AsyncSequence, Sendable {
    let file: FileHandle
    let total: Int
    let progress: @Sendable (Int, Int) -> Void

    struct AsyncIterator: AsyncIteratorProtocol {
        let chunks: FileChunks
        var sent = 0

        mutating func next() async throws -> ByteBuffer? {
            guard let data = try chunks.file.read(upToCount: 256 << 10), !data.isEmpty else { return nil }
            sent += data.count
            chunks.progress(sent, chunks.total)
            return ByteBuffer(bytes: data)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks: self) }
}
