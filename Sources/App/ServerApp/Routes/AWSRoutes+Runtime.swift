import Definitions
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import SageMakerRuntime

/// Invocations outside the fast path: those whose signature is verified, and those that come through the proxy.
extension AWSRoutes {
    func invoke(
        _ request: Request,
        _ admit: (Data?) async throws -> Void
    ) async throws -> Response {
        let endpoint = SageMakerRuntime.endpoint(path: request.uri.path.utf8[...]) ?? ""
        let body: CollectedBody
        do {
            let sent = try await request.collectBody(upTo: Invocation.bodyLimit, budget)
            try await admit(sent.data)
            body = try sent.unpacked(request.headers[.contentEncoding], upTo: Invocation.bodyLimit)
        } catch let error as RoostError {
            var response = Self.response(InferenceService.response(error, .endpoint(name: endpoint)))
            response.headers[.connection] = "close"
            return response
        }
        var headers = HTTPHeaders()
        for field in request.headers { headers.add(name: field.name.rawName, value: field.value) }
        let answer = await withCheckedContinuation { continuation in
            inference.respond(to: .endpoint(name: endpoint), headers: headers, body: ByteBuffer(bytes: body.data)) {
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
            status: .init(code: Int(answer.status.code)),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        )
    }
}
