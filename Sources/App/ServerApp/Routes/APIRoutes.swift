import APIGateway
import AWS
import Access
import Definitions
import Encodings
import Foundation
import HTTPTypes
import Hummingbird
import Lambda
import NIOCore

/// Answers requests to APIs and to the URLs of functions, whether they come through the router or not.
struct APIRoutes: Sendable {
    let apis: PublicAPIs
    let policy: AccessPolicy
    let budget: BodyBudget

    /// A request whose body has been read.
    struct Call: Sendable {
        let method: String
        /// Percent-encoded.
        let query: String
        /// With the names as the client wrote them.
        let headers: [(name: String, value: String)]
        let host: String
        /// The address of the client.
        let client: String?
        let body: Data

        var sourceAddress: String { client ?? "127.0.0.1" }
        /// Whether the request came through the proxy, which ends TLS for these hosts.
        var isSecure: Bool { AWSHost(host) != nil }
    }

    struct Answer: Sendable {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: Data
    }

    /// Maximum bytes of a request's body.
    func bodyLimit(of route: PublicRoute) -> Int {
        if case .api = route { Gateway.bodyLimit } else { FunctionEvent.payloadLimit }
    }

    /// - Parameter isSigned: Whether the request has a valid signature.
    func answer(to call: Call, on route: PublicRoute, isSigned: () async -> Bool) async -> Answer {
        switch route {
        case .website: return Answer(status: 404, headers: [], body: Data())
        case .api(let id, let path, let prefix):
            let answer = await apis.gateway.respond(
                to: GatewayRequest(
                    method: call.method,
                    api: id,
                    path: path,
                    query: call.query,
                    headers: call.headers,
                    body: call.body,
                    host: call.host,
                    sourceAddress: call.sourceAddress,
                    isSecure: call.isSecure
                )
            )
            return Self.isolated(Answer(status: answer.status, headers: answer.headers, body: answer.body), prefix)
        case .functionURL(let id, let path, let prefix):
            let requestID = UniqueID.make()
            let request = ProxyRequest(
                method: call.method,
                path: path,
                query: call.query,
                headers: call.headers,
                body: call.body,
                host: call.host,
                sourceAddress: call.sourceAddress,
                isSecure: call.isSecure,
                requestID: requestID,
                time: Date()
            )
            let answer = await apis.urls.respond(id: id, request, isSigned: await isSigned())
            return Self.isolated(
                Answer(
                    status: answer.status,
                    headers: answer.headers + [("x-amzn-RequestId", requestID)],
                    body: call.method == "HEAD" ? Data() : answer.body
                ),
                prefix
            )
        }
    }

    /// Gives a response an origin of its own, if it has the host of the server's own API. Whether it can run scripts is for browsers
    /// to say: they read headers in more ways than one.
    ///
    /// - Parameter prefix: The part of the URL's path before the API's own; empty if the API has a host of its own.
    private static func isolated(_ answer: Answer, _ prefix: String) -> Answer {
        guard !prefix.isEmpty else { return answer }
        var answer = answer
        answer.headers.removeAll { $0.name.lowercased() == Response.isolation.name }
        answer.headers.append(Response.isolation)
        return answer
    }

    /// Words an error of reading a body as API Gateway and Lambda do.
    static func answer(to error: RoostError, on route: PublicRoute) -> Answer {
        let isAPI = if case .api = route { true } else { false }
        let (status, text) =
            switch error.code {
            case .tooLarge: (413, isAPI ? "Request Too Long" : "Request must be smaller than 6291456 bytes")
            case .unavailable: (503, "Service Unavailable")
            default: (400, "Bad Request")
            }
        return Answer(
            status: status,
            headers: [("content-type", "application/json")],
            body: JSON.object(["message": .string(text)]).encoded
        )
    }

    // MARK: Router

    func respond(to request: Request, on route: PublicRoute, _ context: RoutedContext) async -> Response {
        let body: CollectedBody
        do {
            body = try await request.collectBody(upTo: bodyLimit(of: route), budget)
        } catch {
            let problem = error as? RoostError ?? RoostError(.invalidInput, "The body cannot be read.")
            var response = Response(Self.answer(to: problem, on: route))
            // The rest of the body is not read.
            response.headers[.connection] = "close"
            return response
        }
        let target = request.head.path ?? "/"
        let host = request.head.authority ?? ""
        let call = Call(
            method: request.method.rawValue,
            query: target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) } ?? "",
            headers: [("Host", host)]
                + request.headers.filter { $0.name.canonicalName != "\(Admission.header)" }
                .map { ($0.name.rawName, $0.value) },
            host: host,
            client: context.remoteAddress?.ipAddress,
            body: body.data
        )
        return Response(await answer(to: call, on: route) { await isSigned(request, body.data) })
    }

    /// Whether a request has a valid signature, or one that nobody needs to verify.
    private func isSigned(_ request: Request, _ body: Data) async -> Bool {
        let authorization = request.headers[.authorization]
        guard PublicRoute.claimsSignature(authorization: authorization, target: request.head.path ?? "") else {
            return false
        }
        guard !policy.isOpen else { return true }
        do {
            _ = try await policy.admit(SignedRequest(request), for: "lambda", body: body, shape: .rest)
            return true
        } catch {
            return false
        }
    }
}

extension Response {
    fileprivate init(_ answer: APIRoutes.Answer) {
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        self.init(
            status: .init(code: answer.status),
            headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        )
    }
}
