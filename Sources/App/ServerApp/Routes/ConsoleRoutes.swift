import Console
import Definitions
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
        return Self.response(
            method == .post ? try await answer(toFormOf: request) : await console.respond(to: Self.read(request))
        )
    }

    /// Reads a form only if something takes it, so that the rest costs nothing.
    private func answer(toFormOf request: Request) async throws -> ConsoleResponse {
        let body: CollectedBody
        do {
            body = try await request.collectBody(upTo: try console.formLimit(at: request.uri.path), budget)
        } catch let error as RoostError {
            return await console.refuse(Self.read(request), error)
        }
        guard let form = FormFields(body.data) else {
            let error = RoostError(.tooLarge, "The form has more than \(FormFields.countLimit) fields.")
            return await console.refuse(Self.read(request), error)
        }
        let answer = await console.respond(to: Self.read(request, form: form.values))
        withExtendedLifetime(body) {}
        return answer
    }

    private static func read(_ request: Request, form: [String: String]? = nil) -> ConsoleRequest {
        ConsoleRequest(
            method: form == nil ? .get : .post,
            path: request.uri.path,
            query: FormFields((request.uri.query ?? "").utf8)?.values ?? [:],
            form: form ?? [:],
            cookies: request.headers[.cookie],
            ifNoneMatch: request.headers[.ifNoneMatch],
            host: request.head.authority ?? "",
            isSecure: HTTPField.Name("X-Forwarded-Proto").flatMap { request.headers[$0] } == "https"
        )
    }

    private static func response(_ answer: ConsoleResponse) -> Response {
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
}
