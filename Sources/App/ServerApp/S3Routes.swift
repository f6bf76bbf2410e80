import AWS
import Access
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Platform
import S3
import Storage
import Synchronization

/// Handles requests to S3, streaming their bodies both ways.
struct S3Routes: Sendable {
    let service: S3Service

    /// Bytes of a blob to read and send at a time.
    private static let readByteCount = 256 << 10

    /// - Parameter form: Decides who may send forms, if the request is one.
    func respond(
        to request: Request,
        region: String,
        chunkSignatures: ChunkSignatures?,
        form: AccessPolicy? = nil
    ) async -> Response {
        var headers: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            headers[name] = headers[name].map { "\($0),\(field.value)" } ?? field.value
        }
        headers["host"] = request.head.authority
        let received = Mutex(0)
        let body = request.body.map { piece in
            received.withLock { $0 += piece.readableBytes }
            return Array(piece.readableBytesView)
        }
        let target = request.head.path ?? "/"
        let answer: S3Answer
        if let form {
            answer = await service.postForm(target: target, headers: headers, access: form, body: body)
        } else {
            answer = await service.respond(
                method: request.method.rawValue,
                target: target,
                headers: headers,
                region: region,
                chunkSignatures: chunkSignatures,
                body: body
            )
        }
        var response = Self.response(answer)
        // The rest of a refused body need not be sent: a client that sees this uses a new connection for its next request.
        let announced = request.headers[.contentLength].map { Int($0) ?? .max } ?? 0
        if answer.status >= 400, announced > received.withLock({ $0 }) || request.headers[.transferEncoding] != nil {
            response.headers[.connection] = "close"
        }
        return response
    }

    private static func response(_ answer: S3Answer) -> Response {
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        let body: ResponseBody =
            switch answer.body {
            case .bytes(let bytes):
                ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            case .blob(let blob, let range):
                ResponseBody(contentLength: range.count) { writer in try await send(blob, range, &writer) }
            case .omitted(let byteCount):
                ResponseBody(contentLength: byteCount) { writer in try await writer.finish(nil) }
            case .late(let document):
                ResponseBody { writer in
                    try await send(document, every: .seconds(10), &writer)
                    try await writer.finish(nil)
                }
            }
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }

    /// Sends the start of a document at once, then a space at each interval, so that neither side gives up on the other.
    static func send(
        _ document: Task<S3Answer, Never>,
        every interval: Duration,
        _ writer: inout any ResponseBodyWriter
    ) async throws {
        try await writer.write(ByteBuffer(string: S3Answer.documentStart))
        // The rest of the document, or `nil` if it is not ready yet.
        let (news, source) = AsyncStream<[UInt8]?>.makeStream()
        let waiting = Task {
            if case .bytes(let bytes) = await document.value.body { source.yield(bytes) }
            source.finish()
        }
        let ticking = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: interval)
                source.yield(nil)
            }
        }
        defer {
            waiting.cancel()
            ticking.cancel()
        }
        for await bytes in news {
            guard let bytes else {
                try await writer.write(ByteBuffer(string: " "))
                continue
            }
            return try await writer.write(ByteBuffer(bytes: bytes.dropFirst(S3Answer.documentStart.utf8.count)))
        }
    }

    /// Sends a range of a blob, reading the next piece while the last one is sent.
    private static func send(_ blob: OpenBlob, _ range: Range<Int>, _ writer: inout any ResponseBodyWriter) async throws
    {
        guard !range.isEmpty else { return try await writer.finish(nil) }
        var position = range.lowerBound
        var piece = try await Self.piece(of: blob, position, range.upperBound)
        while position + piece.readableBytes < range.upperBound {
            position += piece.readableBytes
            let start = position
            async let next = Self.piece(of: blob, start, range.upperBound)
            try await writer.write(piece)
            piece = try await next
        }
        try await writer.write(piece)
        try await writer.finish(nil)
    }

    private static func piece(of blob: OpenBlob, _ position: Int, _ end: Int) async throws -> ByteBuffer {
        let wanted = min(readByteCount, end - position)
        let piece = try await offload { try blob.piece(at: position, byteCount: wanted) }
        // A blob never changes, so the disk lost bytes. The connection ends before the announced length.
        guard piece.readableBytes > 0 else { throw StorageError.writeFailed(reason: "bytes are missing") }
        return piece
    }
}

extension OpenBlob {
    fileprivate func piece(at offset: Int, byteCount: Int) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { bytes in
            try read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount]), at: offset)
        }
        return buffer
    }
}
