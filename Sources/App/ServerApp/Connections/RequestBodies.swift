import Archives
import Definitions
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A body in memory, and its share of the budget for all bodies.
struct CollectedBody: Sendable {
    let data: Data
    private let reservation: BodyReservation

    fileprivate init(_ data: Data, _ reservation: BodyReservation) {
        self.data = data
        self.reservation = reservation
    }

    /// Returns the decompressed body.
    ///
    /// - Parameter encoding: The value of `Content-Encoding`.
    func unpacked(_ encoding: String?, upTo limit: Int) throws -> CollectedBody {
        switch ContentCoding.announced(by: encoding) {
        case .none: return self
        case .unsupported(let name): throw RoostError.unsupportedCoding(name)
        case .coding(let coding):
            let unpacked: [UInt8]
            do {
                unpacked = try data.withUnsafeBytes { try Inflater.unpack($0, coding, limit: limit) }
            } catch {
                throw RoostError(error, coding, limit: limit)
            }
            guard reservation.reserve(unpacked.count) else { throw RoostError.tooManyBodies }
            return CollectedBody(Data(unpacked), reservation)
        }
    }
}

extension Request {
    /// Reads the whole body into memory.
    func collectBody(upTo limit: Int, _ budget: BodyBudget) async throws -> CollectedBody {
        let tooLarge = RoostError(.tooLarge, "The body is larger than the limit of \(limit) bytes.", field: "body")
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let reservation = BodyReservation(budget)
        var data = Data()
        for try await piece in body {
            guard piece.readableBytes <= limit - data.count else { throw tooLarge }
            guard reservation.reserve(piece.readableBytes) else { throw RoostError.tooManyBodies }
            data.append(contentsOf: piece.readableBytesView)
        }
        return CollectedBody(data, reservation)
    }
}

extension RoostError {
    static let tooManyBodies = RoostError(.unavailable, "The server is reading too many large bodies. Try again later.")
}

/// Responds to HEAD like GET, but without the body. Its length is given if it is known.
struct HeadResponses<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard request.method == .head else { return response }
        if let byteCount = response.body.contentLength {
            response.body = ResponseBody(contentLength: byteCount) { writer in try await writer.finish(nil) }
        } else {
            response.body = ResponseBody { writer in try await writer.finish(nil) }
        }
        return response
    }
}

/// Compresses the router's responses for clients that accept that.
struct ResponseCompression<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard request.method != .head, response.headers[.contentEncoding] == nil,
            response.body.contentLength ?? .max >= InferenceService.compressedBytes,
            !["application/octet-stream", "application/zip"].contains(response.headers[.contentType]),
            let coding = ContentCoding.accepted(by: request.headers[.acceptEncoding])
        else { return response }
        response.headers[.contentEncoding] = coding.rawValue
        response.headers[.vary] = "accept-encoding"
        response.headers[.contentLength] = nil
        let body = response.body
        response.body = ResponseBody { writer in try await body.write(CompressingWriter(coding, writer)) }
        return response
    }
}

/// Compresses what is written to it.
private struct CompressingWriter: ResponseBodyWriter {
    private let deflater: Deflater
    private var writer: any ResponseBodyWriter

    init(_ coding: ContentCoding, _ writer: any ResponseBodyWriter) {
        deflater = Deflater(coding)
        self.writer = writer
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        let bytes = buffer.withUnsafeReadableBytes { deflater.push($0, isLast: false) }
        if !bytes.isEmpty { try await writer.write(ByteBuffer(bytes: bytes)) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        let rest = deflater.push(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
        if !rest.isEmpty { try await writer.write(ByteBuffer(bytes: rest)) }
        try await writer.finish(trailingHeaders)
    }
}
