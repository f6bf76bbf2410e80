import Console
import Encodings
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers browsers with the pages of the console.
struct ConsoleRoutes<Context: RequestContext>: RouterMiddleware {
    let console: Console
    let budget: BodyBudget

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard Console.owns(request.uri.path), let method = Self.method(of: request) else {
            return try await next(request, context)
        }
        let body = try await request.collectBody(upTo: Request.controlBodyLimit, budget)
        let answer = await console.respond(
            to: ConsoleRequest(
                method: method,
                path: request.uri.path,
                query: Self.fields(request.uri.query ?? ""),
                form: method == .post ? Self.fields(String(decoding: body.data, as: UTF8.self)) : [:],
                cookies: request.headers[.cookie],
                ifNoneMatch: request.headers[.ifNoneMatch],
                host: request.head.authority ?? ""
            )
        )
        withExtendedLifetime(body) {}
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        return Response(
            status: .init(code: answer.status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        )
    }

    private static func method(of request: Request) -> ConsoleRequest.Method? {
        switch request.method {
        case .get, .head: .get
        case .post: .post
        default: nil
        }
    }

    private static func fields(_ text: String) -> [String: String] {
        let pairs = PercentEncoding.pairs(of: text, plusIsSpace: true).map { ($0.name, $0.value) }
        return Dictionary(pairs) { first, _ in first }
    }
}
