import Definitions
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SageMaker

/// Sends requests that speak one of AWS's protocols to what answers them, before the router looks at their paths.
struct AWSRoutes<Context: RequestContext>: RouterMiddleware {
    let sageMaker: SageMakerService

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let header: (String) -> String? = { name in
            name == "host" ? request.head.authority : HTTPField.Name(name).flatMap { request.headers[$0] }
        }
        let query = request.uri.query ?? ""
        let path = request.uri.path
        let kind = AWSProtocol(method: request.method.rawValue, path: path, query: query, header: header)
        let region = CredentialScope(query: query, header: header)?.region ?? "us-east-1"
        switch kind {
        case nil: return try await next(request, context)
        case .json(let service, let operation):
            let body = Data(try await request.body.collect(upTo: ControlRoutes.bodyLimit).readableBytesView)
            let answer = await sageMaker.respond(service: service, operation: operation, region: region, body: body)
            return response(answer)
        case .query, .runtime, .s3:
            return Response(status: .notImplemented)
        }
    }

    private func response(_ answer: AWSAnswer) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        if let name = HTTPField.Name("x-amzn-RequestId") { headers[name] = UUID().uuidString.lowercased() }
        for (name, value) in answer.headers { if let name = HTTPField.Name(name) { headers[name] = value } }
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }
}
