import Archives
import Definitions
import Encodings
import Foundation
import Hummingbird
import NIOCore
import NativeAPI

extension Call {
    /// - Parameters:
    ///   - bodyLimit: The maximum number of bytes of a body that is read as a whole.
    ///   - budget: The memory for the bodies of all requests.
    init(_ request: Request, _ context: RoutedContext, bodyLimit: Int, _ budget: BodyBudget) {
        let parameters = context.parameters.map { (String($0.key), String($0.value).percentDecoded) }
        // Conditions have spaces, which many clients send as in forms.
        let query = PercentEncoding.pairs(of: request.uri.query ?? "", plusIsSpace: true)
        self.init(
            parameters: Dictionary(parameters) { first, _ in first },
            query: Dictionary(query.map { ($0.name, $0.value) }) { first, _ in first },
            contentType: request.headers[.contentType] ?? "",
            body: RoutedBody(request: request, limit: bodyLimit, budget: budget)
        )
    }
}

/// The body of a request that the router handles.
private struct RoutedBody: CallBody {
    let request: Request
    let limit: Int
    let budget: BodyBudget

    func collect() async throws -> Data { try await withAll(upTo: limit) { $0 } }

    func withAll<Result: Sendable>(upTo limit: Int, _ use: (Data) async throws -> Result) async throws -> Result {
        let sent = try await request.collectBody(upTo: limit, budget)
        let body = try sent.unpacked(request.headers[.contentEncoding], upTo: limit)
        let result = try await use(body.data)
        // The reservation of the budget ends with the body.
        withExtendedLifetime(body) {}
        return result
    }

    func receive(
        _ subject: String,
        upTo limit: Int,
        _ take: ([UInt8]) async throws -> Void
    ) async throws {
        let tooLarge = RoostError(
            .tooLarge,
            "The \(subject) is larger than the limit of \(limit) bytes.",
            field: "body"
        )
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        switch ContentCoding.announced(by: request.headers[.contentEncoding]) {
        case .unsupported(let name): throw RoostError.unsupportedCoding(name)
        case .none:
            var remaining = limit
            for try await chunk in request.body {
                guard chunk.readableBytes <= remaining else { throw tooLarge }
                remaining -= chunk.readableBytes
                try await take(Array(chunk.readableBytesView))
            }
        case .coding(let coding):
            let inflater = Inflater(coding, limit: limit)
            do {
                for try await var chunk in request.body {
                    // At most a thousand times as many bytes come out, which are in memory at the same time.
                    while let part = chunk.readSlice(length: min(chunk.readableBytes, 1 << 10)), part.readableBytes > 0
                    {
                        var pieces: [[UInt8]] = []
                        try part.withUnsafeReadableBytes { try inflater.push($0) { pieces.append(Array($0)) } }
                        for piece in pieces { try await take(piece) }
                    }
                }
                try inflater.finish()
            } catch let error as ContentCodingError {
                throw error == .damaged ? RoostError.damagedBody(coding) : tooLarge
            }
        }
    }
}

extension Request {
    /// The maximum number of bytes of the body of an AWS request, unless its service has a limit of its own.
    static let controlBodyLimit = APIOperation.definitionLimit
}
