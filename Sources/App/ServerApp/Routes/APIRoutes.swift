import APIGateway
import AWS
import Access
import Definitions
import Foundation
import HTTPTypes
import Hummingbird
import Lambda
import NIOCore

/// Handles requests to APIs and to the URLs of functions.
struct APIRoutes: Sendable {
    let apis: PublicAPIs
    let policy: AccessPolicy
    let budget: BodyBudget

    /// - Parameters:
    ///   - path: Percent-encoded; begins with the stage.
    ///   - prefix: The part of the URL's path before it; empty if the API has a host of its own.
    func respond(
        to request: Request,
        api: String,
        path: String,
        prefix: String,
        _ context: RoutedContext
    ) async -> Response {
        let body: CollectedBody
        do {
            body = try await request.collectBody(upTo: Gateway.bodyLimit, budget)
        } catch {
            return Self.refusal(of: error, tooLarge: "Request Too Long")
        }
        let call = GatewayRequest(
            method: request.method.rawValue,
            api: api,
            path: path,
            query: request.queryAsSent,
            headers: request.headersAsSent,
            body: body.data,
            host: request.head.authority ?? "",
            sourceAddress: context.remoteAddress?.ipAddress ?? "127.0.0.1",
            isSecure: request.isTunnelled
        )
        let answer = await apis.gateway.respond(to: call)
        return Self.response(answer.status, answer.headers, answer.body, prefix)
    }

    func respond(
        to request: Request,
        functionURL id: String,
        path: String,
        prefix: String,
        _ context: RoutedContext
    ) async -> Response {
        let body: CollectedBody
        do {
            body = try await request.collectBody(upTo: FunctionEvent.payloadLimit, budget)
        } catch {
            return Self.refusal(of: error, tooLarge: "Request must be smaller than 6291456 bytes")
        }
        let requestID = UUID().uuidString.lowercased()
        let call = ProxyRequest(
            method: request.method.rawValue,
            path: path,
            query: request.queryAsSent,
            headers: request.headersAsSent,
            body: body.data,
            host: request.head.authority ?? "",
            sourceAddress: context.remoteAddress?.ipAddress ?? "127.0.0.1",
            isSecure: request.isTunnelled,
            requestID: requestID,
            time: Date()
        )
        let answer = await apis.urls.respond(id: id, call, isSigned: await isSigned(request, body.data))
        let headers = answer.headers + [("x-amzn-RequestId", requestID)]
        return Self.response(answer.status, headers, request.method == .head ? Data() : answer.body, prefix)
    }

    /// Whether a request has a valid signature, or one that nobody needs to verify.
    private func isSigned(_ request: Request, _ body: Data) async -> Bool {
        guard request.headers[.authorization] != nil else { return false }
        guard !policy.isOpen else { return true }
        return (try? await policy.admit(SignedRequest(request), for: "lambda", body: body, shape: .rest)) != nil
    }

    private static func response(
        _ status: Int,
        _ headers: [(name: String, value: String)],
        _ body: Data,
        _ prefix: String
    ) -> Response {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        var response = Response(
            status: .init(code: status),
            headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
        // JSON and plain text run no scripts. Everything else may.
        let type = (fields[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
        if !prefix.isEmpty, !["application/json", "text/plain"].contains(type) { response.isolate() }
        return response
    }

    /// Words an error of reading a body as API Gateway does.
    private static func refusal(of error: any Error, tooLarge: String) -> Response {
        let code = (error as? RoostError)?.code
        let (status, text) =
            switch code {
            case .tooLarge: (413, tooLarge)
            case .unavailable: (503, "Service Unavailable")
            default: (400, "Bad Request")
            }
        var response = response(
            status,
            [("content-type", "application/json")],
            JSON.object(["message": .string(text)]).encoded,
            ""
        )
        // The rest of the body is not read.
        response.headers[.connection] = "close"
        return response
    }
}

extension Request {
    /// The query of the target as received, percent-encoded.
    fileprivate var queryAsSent: String {
        let target = head.path ?? "/"
        return target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) } ?? ""
    }

    /// The headers with the names as the client wrote them, and `Host`.
    fileprivate var headersAsSent: [(name: String, value: String)] {
        let host = head.authority.map { [("Host", $0)] } ?? []
        return host + headers.filter { $0.name.canonicalName != "roost-admission" }.map { ($0.name.rawName, $0.value) }
    }

    /// Whether the request came through the proxy, which ends TLS for these hosts.
    fileprivate var isTunnelled: Bool { AWSHost(head.authority ?? "") != nil }
}
