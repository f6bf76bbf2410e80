import Definitions
import Encodings
import HTTPTypes
import Hummingbird
import Logging

/// Gives each request that is routed an id, which log messages and the response have, and logs the request if the operator wants it.
///
/// Inferences do not come this way. They have an inference id.
struct RequestLog: RouterMiddleware {
    /// Whether each request is logged.
    let isAccessLogged: Bool

    private static let header = HTTPField.Name("x-request-id")
    /// Where the AWS APIs return ids of their own.
    private static let awsHeaders = ["x-amzn-requestid", "x-amz-request-id"].compactMap { HTTPField.Name($0) }

    func handle(
        _ request: Request,
        context: RoutedContext,
        next: (Request, RoutedContext) async throws -> Response
    ) async throws -> Response {
        guard let header = Self.header else { return try await next(request, context) }
        let given = request.headers[header].flatMap { Self.isValid($0) ? $0 : nil }
        let id = given ?? UniqueID.make()
        var context = context
        // In place of the framework's own number.
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request.id"] = "\(id)"
        let watch = Stopwatch()
        var response = try await next(request, context)
        let ownID = ([header] + Self.awsHeaders).lazy.compactMap { response.headers[$0] }.first
        if ownID == nil { response.headers[header] = id }
        if isAccessLogged {
            context.logger.info(
                "Request",
                metadata: [
                    "request.id": "\(ownID ?? id)", "request.method": "\(request.method)",
                    // Without the query, which may have a signature.
                    "request.path": "\(request.uri.path.prefix(1000))",
                    "request.client": "\(context.remoteAddress?.ipAddress ?? "-")",
                    "response.status": "\(response.status.code)",
                    "response.milliseconds": "\(watch.nanoseconds / 1_000_000)",
                ]
            )
        }
        return response
    }

    private static func isValid(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count) && id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
