import AWS
import Access
import Buckets
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import S3
import Synchronization
import WorkThreads

/// Handles requests to S3, streaming their bodies both ways.
struct S3Routes: Sendable {
    let service: S3Service

    /// Bytes of an object to read and send at a time.
    private static let readByteCount = 256 << 10

    /// - Parameters:
    ///   - form: Decides who may send forms, if the request is one.
    ///   - isFromAllowedPage: Whether a CORS rule allows the page that sent the request, if a page did.
    func respond(
        to request: Request,
        region: String,
        chunkSignatures: ChunkSignatures?,
        form: AccessPolicy? = nil,
        isFromAllowedPage: Bool = false
    ) async -> Response {
        let headers = Self.headers(of: request)
        let received = Mutex(0)
        let body = request.body.map { piece in
            received.withLock { $0 += piece.readableBytes }
            return Array(piece.readableBytesView)
        }
        let target = request.head.path ?? "/"
        let answer: S3Response
        if let form {
            answer = await service.postForm(
                target: target,
                headers: headers,
                access: form,
                isFromAllowedPage: isFromAllowedPage,
                body: body
            )
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

    /// Responds to a browser that asks whether a page of another origin may send a request.
    func preflight(_ request: Request) async -> Response {
        Self.response(
            await service.preflight(target: request.head.path ?? "/", headers: Self.headers(of: request))
        )
    }

    /// Returns what the CORS rules of a bucket grant to the page that sent a request.
    ///
    /// - Parameter isRequired: Whether the request is only allowed if a rule allows it.
    /// - Throws: `AWSError` if no rule allows the request, but one is required.
    func grant(_ request: Request, isForm: Bool, isRequired: Bool) async throws -> CORSGrant? {
        try await service.grant(
            method: request.method.rawValue,
            target: request.head.path ?? "/",
            headers: Self.headers(of: request),
            isForm: isForm,
            isRequired: isRequired
        )
    }

    /// Returns the headers of a request, by their names in lower case.
    static func headers(of request: Request) -> [String: String] {
        var headers: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            headers[name] = headers[name].map { "\($0),\(field.value)" } ?? field.value
        }
        headers["host"] = request.head.authority
        return headers
    }

    static func response(_ answer: S3Response) -> Response {
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        let body: ResponseBody =
            switch answer.body {
            case .bytes(let bytes):
                ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            case .object(let object, let range):
                ResponseBody(contentLength: range.count) { writer in try await send(object, range, &writer) }
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
        _ document: Task<S3Response, Never>,
        every interval: Duration,
        by clock: any Clock<Duration> = ContinuousClock(),
        _ writer: inout any ResponseBodyWriter
    ) async throws {
        try await writer.write(ByteBuffer(string: S3Response.documentStart))
        // The rest of the document, or `nil` if it is not ready yet.
        let (news, source) = AsyncStream<[UInt8]?>.makeStream()
        let waiting = Task {
            if case .bytes(let bytes) = await document.value.body { source.yield(bytes) }
            source.finish()
        }
        let ticking = Task {
            while !Task.isCancelled {
                try await clock.sleep(for: interval)
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
            return try await writer.write(ByteBuffer(bytes: bytes.dropFirst(S3Response.documentStart.utf8.count)))
        }
    }

    /// Sends a range of an object, reading the next piece while the last one is sent.
    private static func send(
        _ object: OpenObject,
        _ range: Range<Int>,
        _ writer: inout any ResponseBodyWriter
    ) async throws {
        guard !range.isEmpty else { return try await writer.finish(nil) }
        var position = range.lowerBound
        var piece = try await Self.piece(of: object, position, range.upperBound)
        while position + piece.readableBytes < range.upperBound {
            position += piece.readableBytes
            let start = position
            async let next = Self.piece(of: object, start, range.upperBound)
            try await writer.write(piece)
            piece = try await next
        }
        try await writer.write(piece)
        try await writer.finish(nil)
    }

    /// Reads a piece. If it throws, the connection ends before the announced length.
    private static func piece(of object: OpenObject, _ position: Int, _ end: Int) async throws -> ByteBuffer {
        let wanted = min(readByteCount, end - position)
        return try await offload {
            var buffer = ByteBuffer()
            try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                try object.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]), at: position)
            }
            return buffer
        }
    }
}
