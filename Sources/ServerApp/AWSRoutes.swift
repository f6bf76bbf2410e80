import Definitions
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SageMaker

/// Sends requests that speak one of AWS's protocols to what answers them, before the router looks at their paths.
struct AWSRoutes<Context: RequestContext>: RouterMiddleware {
    let sageMaker: SageMakerService
    let s3: S3Routes
    let inference: InferenceService
    let policy: AWSAccessPolicy
    let query = QueryService()

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let header: (String) -> String? = { name in
            name == "host" ? request.head.authority : HTTPField.Name(name).flatMap { request.headers[$0] }
        }
        let queryText = request.uri.query ?? ""
        let kind = AWSProtocol(
            method: request.method.rawValue,
            path: request.uri.path,
            query: queryText,
            header: header
        )
        guard let kind else { return try await next(request, context) }
        let region = CredentialScope(query: queryText, header: header)?.region ?? "us-east-1"
        let requestID = UUID().uuidString.lowercased()
        let shape = shape(of: kind, header)
        @discardableResult
        func admit(_ body: Data?) async throws -> ChunkSignatures? {
            // A request that nobody checks pays nothing for it.
            guard !policy.isOpen, kind != .telemetry else { return nil }
            return try await policy.admit(SignedRequest(request), as: kind, body: body, shape: shape)
        }
        do {
            switch kind {
            case .json(let service, let operation):
                let body = try await body(of: request)
                try await admit(body)
                let answer = await sageMaker.respond(service: service, operation: operation, region: region, body: body)
                return response(answer, requestID)
            case .query(let service):
                let body = try await body(of: request)
                try await admit(body)
                let answer =
                    if service == "monitoring" {
                        await sageMaker.respondToMonitoring(
                            query: queryText,
                            body: body,
                            region: region,
                            requestID: requestID
                        )
                    } else {
                        query.respond(service: service, query: queryText, body: body, requestID: requestID)
                    }
                return response(answer, requestID)
            case .s3:
                let chunkSignatures = try await admit(nil)
                return await s3.respond(to: request, region: region, chunkSignatures: chunkSignatures)
            case .s3Form: return await s3.respond(to: request, region: region, chunkSignatures: nil, form: policy)
            case .runtime(let endpoint): return try await invoke(endpoint, request) { try await admit($0) }
            case .telemetry: return Response(status: .ok)
            case .unknown(let service):
                // What is sent is not worth reading, but the connection may go on to be used.
                let body = try await body(of: request)
                try await admit(body)
                throw AWSError(
                    "UnknownOperationException",
                    "This operation of '\(service.prefix(60))' is not spoken here."
                )
            }
        } catch let error as AWSError {
            var answer = response(shape.answer(error, requestID: requestID), requestID)
            // The rest of a refused body is not worth reading.
            if error.status == 413 || kind == .s3 { answer.headers[.connection] = "close" }
            return answer
        } catch  where error.isBrokenRequest {
            let error = AWSError("InvalidRequest", "The request is not valid HTTP, or ends early.")
            var answer = response(shape.answer(error, requestID: requestID), requestID)
            answer.headers[.connection] = "close"
            return answer
        } catch {
            context.logger.error("Request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            let error = AWSError("InternalFailure", "The server failed; its log says why.", status: 500)
            return response(shape.answer(error, requestID: requestID), requestID)
        }
    }

    private func shape(of kind: AWSProtocol, _ header: (String) -> String?) -> AWSErrorShape {
        switch kind {
        case .json: .json
        case .query(let service): .query(service: service)
        case .runtime: .rest
        case .s3, .s3Form: .s3
        case .unknown, .telemetry:
            AWSErrorShape(contentType: header("content-type"), smithyProtocol: header("smithy-protocol"))
        }
    }

    private func body(of request: Request) async throws -> Data {
        do {
            return Data(try await request.body.collect(upTo: ControlRoutes.bodyLimit).readableBytesView)
        } catch is NIOTooManyBytesError {
            let message = "The body is larger than the limit of \(ControlRoutes.bodyLimit) bytes."
            throw AWSError("RequestEntityTooLargeException", message, status: 413)
        }
    }

    private func response(_ answer: AWSAnswer, _ requestID: String) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        if let name = HTTPField.Name("x-amzn-RequestId") { headers[name] = requestID }
        for (name, value) in answer.headers { if let name = HTTPField.Name(name) { headers[name] = value } }
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }
}

extension SignedRequest {
    init(_ request: Request) {
        var headers: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            headers[name] = headers[name].map { "\($0),\(field.value)" } ?? field.value
        }
        headers["host"] = request.head.authority
        let target = (request.head.path ?? "/").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            method: request.method.rawValue,
            path: String(target[0]),
            query: target.count > 1 ? String(target[1]) : "",
            headers: headers
        )
    }
}
