import Definitions
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SageMakerRuntime
import Serving

/// Invocations outside the fast path: those whose signature is verified, and those that come through the proxy.
extension AWSRoutes {
    func invoke(
        _ request: Request,
        _ admit: (Data?) async throws -> Void
    ) async throws -> Response {
        let head = HeadBytes(
            uri: request.uri.string,
            fields: request.headers.map { ($0.name.rawName, $0.value) }
        )
        guard let call = head.withHead({ runtime.call($0) }) else { throw HTTPError(.notFound) }
        let body: CollectedBody
        do {
            let sent = try await request.collectBody(upTo: SageMakerRuntime.bodyLimit, budget)
            try await admit(sent.data)
            body = try sent.unpacked(request.headers[.contentEncoding], upTo: SageMakerRuntime.bodyLimit)
        } catch let error as RoostError {
            var response = Self.response(call.encode(error))
            response.headers[.connection] = "close"
            return response
        }
        let answer = await withCheckedContinuation { continuation in
            serving.respond(to: call, body: ByteBuffer(bytes: body.data), start: .now) {
                continuation.resume(returning: $0)
            }
        }
        return Self.response(answer)
    }

    private static func response(_ answer: InferenceResponse) -> Response {
        var headers = HTTPFields()
        if !answer.contentType.isEmpty { headers[.contentType] = answer.contentType }
        if let seconds = answer.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        for (name, value) in answer.headers { if let name = HTTPField.Name(name) { headers[name] = value } }
        return Response(
            status: .init(code: answer.status),
            headers: headers,
            body: ResponseBody(byteBuffer: answer.body)
        )
    }
}
